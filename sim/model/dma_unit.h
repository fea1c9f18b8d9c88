/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the DMA units: shared by dma.c (transfers begin) and dma_unit.c (packets move). */
#ifndef MEMSIM_MODEL_DMA_UNIT_H
#define MEMSIM_MODEL_DMA_UNIT_H

#include "base/mem.h"
#include "model/dma.h"
#include "model/dma_packets.h"
#include "model/noc.h"

struct dma_transfer {
	struct dma_transfer *next;     /* of the free ones */
	struct dma_transfer *next_all; /* of all ever made, to release them */
	struct packet_cutter cutter;
	uint64_t n_out; /* packets cut and not yet arrived or acknowledged */
	uint32_t tensor;
	bool is_store, is_on_spad, is_multicast;
	uint32_t multicast_id;
	uint16_t self;
	const uint16_t *cores; /* members; &self for a transfer of one core alone */
	uint32_t n_members, n_arrived;
	uint32_t turn;    /* member that issues the next packet to be cut */
	uint64_t *index;  /* of the members' commands, in the order of `cores` */
	size_t index_capacity;
};

/* The packet comes first: what the memory hands back is one of these.  They begin at lines of the
 * host's caches, and are two of them long. */
struct dma_packet {
	struct packet packet;
	uint32_t burst_bytes;
	struct event_link link; /* of its way to the memory, then of its data's */
	struct dma_unit *unit; /* that issues it */
	struct dma_transfer *transfer;
};
#define DMA_PACKET_BLOCK 64 /* packets that are made at once */
#define DMA_PACKETS_AHEAD 4 /* that are fetched into the caches before they are taken */

struct dma_unit {
	struct dma *dma;
	struct spad *spad;
	uint32_t core;
	enum unit_kind kind;
	enum dma_state state;
	bool is_blocked; /* by its window, with no credit on its way */
	struct dma_transfer *current;
	struct dma_packet *first, *last; /* cut for this unit, not issued */
	uint64_t next_edge;       /* core clock: when the next packet may be issued */
	uint64_t issued_edge;     /* when the last one was; before the first: set up */
	uint64_t in_flight_bytes; /* of bursts, credits not yet taken included */
	struct event_line leaving; /* reads: to the memory's door; writes: to its link */
	struct ledger credits;    /* core clock */
};

struct dma {
	struct event_queue *events;
	struct dma_client client;
	struct memory *memory;
	struct noc *noc;
	struct clock core_clock;
	uint64_t packet_bytes, window_bytes, setup_ps;
	struct clock_divisor bytes_per_cycle;
	unsigned burst_shift;
	struct dma_unit *units; /* two a core: load, store */
	uint32_t n_units;
	struct dma_transfer **gathering;
	size_t n_gathering, gathering_capacity;
	struct arena *packets;
	struct packet **free_packets; /* a stack */
	size_t n_free_packets, free_packets_capacity;
	struct event_line *entering; /* of each memory port: writes behind its link */
	struct event_line *returning; /* read data, by the memory's unit modulo their number */
	unsigned n_entering, n_returning;
	struct dma_transfer *free_transfers, *all_transfers;
	struct dma_accounts accounts;
	uint64_t events_pending, packets_pending, progress;
	bool fault_drop_byte;
};

static inline struct dma_unit *dma_unit_of(const struct dma *dma, uint32_t core,
					   enum unit_kind kind)
{
	return &dma->units[2 * core + (kind == UNIT_STORE)];
}

/* All members are here: they set up and issue. */
void dma_start_transfer(struct dma *dma, struct dma_transfer *t);

/* Steps of packets: their events' contexts are links of struct dma_packet. */
void dma_offer(void *context, uint64_t argument);
void dma_reach_memory_link(void *context, uint64_t argument);
void dma_read_data(void *context, uint64_t argument);

/* The memory's callbacks. */
void dma_packet_accepted(void *context, struct packet *packet);
void dma_packet_scheduled(void *context, struct packet *packet, uint64_t end_ps);

#endif
