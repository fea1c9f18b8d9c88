/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a strided transfer into packets: aligned blocks of packet_bytes, with the
 * bursts touched and the bytes asked for.  Consecutive runs in one block share a packet.
 */
#ifndef MEMSIM_MODEL_DMA_PACKETS_H
#define MEMSIM_MODEL_DMA_PACKETS_H

#include "ir/command.h"

struct packet_cutter {
	uint64_t packet_bytes; /* a power of two, at most 64 bursts */
	unsigned burst_shift;  /* a burst has 2^burst_shift bytes */
	uint64_t run_bytes;
	uint64_t count[3], stride_bytes[3];
	uint64_t base[3]; /* address of the current run, of the dimensions above included */
	uint64_t at[3];   /* index of the current run */
	uint64_t next, left; /* of the current run: next byte, bytes to go; 0 left: done */
};

struct packet_cut {
	uint64_t address, burst_mask;
	uint32_t bytes;
};

void packet_cutter_init(struct packet_cutter *c, const struct transfer *t, uint64_t packet_bytes,
			unsigned burst_shift);
/* False after the last packet. */
bool packet_cutter_next(struct packet_cutter *c, struct packet_cut *out);

#endif
