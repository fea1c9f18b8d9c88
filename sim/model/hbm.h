/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command-level memory, seen from inside: one struct for each pseudo channel (PC),
 * channel and memory, shared by
 *   hbm.c           doors, events, refresh of idle PCs, the memory.h interface
 *   hbm_schedule.c  which packet a PC serves next, and when it decides
 *   hbm_commit.c    at which ticks the commands of a decision go
 * What every tick of a data bus is counted as: hbm_books.h.
 * Ticks are edges of the memory clock; a decision at tick d commits only commands at d or
 * later, so what lies before the current tick is final.
 */
#ifndef MEMSIM_MODEL_HBM_H
#define MEMSIM_MODEL_HBM_H

#include "model/dram_bus.h"
#include "model/dram_timing.h"
#include "model/hbm_books.h"
#include "model/hbm_map.h"
#include "model/hbm_watch.h"
#include "model/memory_ops.h"

#define HBM_NO_TICK UINT64_MAX
#define HBM_NO_ROW UINT32_MAX

struct hbm_pc {
	struct hbm *hbm;
	struct hbm_channel *channel;
	struct hbm_bus *bus;
	uint8_t index;            /* within its channel */
	struct dram_state state;
	uint32_t open_row[DRAM_MAX_BANKS]; /* or HBM_NO_ROW */
	unsigned n_open;

	struct hbm_queue queues[N_HBM_DIRECTIONS];
	uint64_t next_order;
	uint64_t last_column;     /* tick of the last column command */
	uint64_t resume;          /* no decision before: the row opens after a refresh */
	uint64_t due;             /* next refresh */
	uint64_t event_tick;      /* of the pending decision, or HBM_NO_TICK */
	bool is_deciding;
	bool is_writing;          /* serves writes */
	bool is_in_batch;         /* and goes on until the low watermark */
	bool is_flushing;         /* writes are not held back */
	uint64_t writing_since;
};

struct hbm_channel {
	uint32_t id;              /* over all stacks */
	struct hbm_pc *pcs;
	struct dram_bus buses[N_DRAM_BUSES];
	struct hbm_account counts; /* but class_ticks */
};

struct hbm {
	struct memory memory;     /* first: this is a struct memory */
	struct event_queue *events;
	struct memory_client client;
	struct dram_timing timing;
	struct addrmap map;
	struct addr_pattern pattern;
	unsigned packet_shift;    /* log2 of packet_bytes */

	uint64_t write_high, write_low, write_idle, hit_cap;
	uint64_t lookahead;       /* ticks ahead of the data bus that decisions are made */

	struct hbm_channel *channels;
	uint32_t n_channels, pcs_per_channel;
	struct hbm_pc *pcs;
	uint32_t n_pcs;

	struct hbm_books books;
	struct hbm_watch watch;
};

static inline enum dram_command_kind hbm_column_command(enum hbm_direction d)
{
	return d == HBM_WRITES ? DRAM_WR : DRAM_RD;
}

/* hbm_schedule.c */
uint64_t hbm_next_decision(const struct hbm_pc *pc, uint64_t now);
/* The packet to serve next; something is queued and it is time to decide. */
size_t hbm_choose(struct hbm_pc *pc, uint64_t now, enum hbm_direction *d);

/* hbm_commit.c: commits all commands, tells no one; returns the tick at which data ends. */
uint64_t hbm_commit(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		    uint64_t now);
/* The PC stopped deciding at its due tick; `now` is when that shows. */
void hbm_refresh(struct hbm_pc *pc, uint64_t now);

#endif
