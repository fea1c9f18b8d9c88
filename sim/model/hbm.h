/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command-level memory, seen from inside: one struct for each pseudo channel (PC),
 * channel and memory, shared by
 *   hbm.c           doors, events, refresh of idle PCs, the memory.h interface
 *   hbm_schedule.c  which packet a PC serves next, and when it decides
 *   hbm_commit.c    at which ticks the commands of a decision go
 *   hbm_gaps.c      what every tick of a data bus is counted as
 * Ticks are edges of the memory clock; a decision at tick d commits only commands at d or
 * later, so what lies before the current tick is final.
 */
#ifndef MEMSIM_MODEL_HBM_H
#define MEMSIM_MODEL_HBM_H

#include "engine/clock.h"
#include "model/addrmap.h"
#include "model/dram_bus.h"
#include "model/dram_timing.h"
#include "model/hbm_busy.h"
#include "model/hbm_history.h"
#include "model/hbm_queue.h"
#include "model/hbm_watch.h"
#include "model/memory_ops.h"

#define HBM_NO_TICK UINT64_MAX
#define HBM_NO_ROW UINT32_MAX

struct hbm_interval {
	uint64_t from, to;
};

struct hbm_pc {
	struct hbm *hbm;
	struct hbm_channel *channel;
	uint32_t id;              /* over all channels */
	uint8_t index;            /* within its channel */
	struct dram_state state;
	uint32_t open_row[DRAM_MAX_BANKS]; /* or HBM_NO_ROW */
	unsigned n_open;

	struct hbm_queue queues[N_HBM_DIRECTIONS];
	uint64_t next_order;
	uint64_t n_waiting;       /* in queues and doors */
	uint64_t last_column;     /* tick of the last column command */
	uint64_t resume;          /* no decision before: the row opens after a refresh */
	uint64_t due;             /* next refresh */
	uint64_t event_tick;      /* of the pending decision, or HBM_NO_TICK */
	bool is_deciding;
	bool is_writing;          /* serves writes */
	bool is_in_batch;         /* and goes on until the low watermark */
	bool is_flushing;         /* writes are not held back */
	uint64_t writing_since;

	/* Accounts: hbm_gaps.c. */
	uint64_t class_ticks[N_HBM_CLASSES];
	uint64_t data_end;        /* of the last burst, on the data bus */
	struct hbm_interval *refreshes; /* that its gap can meet */
	size_t n_refreshes, refreshes_capacity;
	uint64_t crowded_until;   /* the last tick at which it was crowded, while it is not */
	uint64_t crowded_at_gap[N_HBM_DIRECTIONS]; /* history's integral at the gap's start ... */
	bool is_gap_noted;        /* ... kept because the history was cut */
};

struct hbm_channel {
	uint32_t id;              /* over all stacks */
	struct hbm_pc *pcs;
	struct dram_bus buses[N_DRAM_BUSES];
};

struct hbm {
	struct memory memory;     /* first: this is a struct memory */
	struct event_queue *events;
	struct memory_client client;
	struct clock clock;
	struct dram_timing timing;
	struct addrmap map;
	struct addr_pattern pattern;
	unsigned packet_shift;    /* log2 of packet_bytes */

	uint64_t write_high, write_low, write_idle, hit_cap;
	uint64_t lookahead;       /* ticks ahead of the data bus that decisions are made */
	uint64_t latency[N_HBM_DIRECTIONS]; /* column command to data */
	uint64_t burst_ticks;

	struct hbm_channel *channels;
	uint32_t n_channels, pcs_per_channel;
	struct hbm_pc *pcs;
	uint32_t n_pcs;

	uint64_t now_ps, now_tick; /* a pair that was asked for before */
	struct hbm_history history;
	struct hbm_busy busy;
	struct hbm_watch watch;
	struct hbm_account counts; /* but class_ticks */
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

/* hbm_gaps.c */
void hbm_gaps_refresh(struct hbm_pc *pc, uint64_t from, uint64_t to);
/* Before the column command at `tick` is issued. */
void hbm_gaps_burst(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e,
		    unsigned bank, uint64_t tick);
/* The number of waiting packets changes. */
void hbm_gaps_waiting(struct hbm_pc *pc, uint64_t tick, int change);
void hbm_gaps_close(struct hbm *hbm, uint64_t end_tick, struct hbm_account *out);

uint64_t hbm_tick(struct hbm *hbm, uint64_t ps); /* first edge at or after */

#endif
