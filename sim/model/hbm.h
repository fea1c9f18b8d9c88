/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command-level memory, seen from inside: one struct for each pseudo channel (PC),
 * channel and memory, shared by
 *   hbm.c           doors, events, idle PCs, the memory.h interface
 *   hbm_schedule.c  which packet a PC serves next, and when it decides
 *   hbm_rows.c      which rows open ahead of that
 *   hbm_refresh.c   refreshes, all banks at once or bank by bank
 *   hbm_commit.c    at which ticks the commands of a decision go
 *   hbm_run.c       the same for a packet at once
 *   hbm_banks.c     open rows, and who waits for which bank
 * What every tick of a data bus is counted as: hbm_books.h.
 * Ticks are edges of the memory clock; a decision at tick d commits only commands at d or
 * later, so what lies before the current tick is final.
 */
#ifndef MEMSIM_MODEL_HBM_H
#define MEMSIM_MODEL_HBM_H

#include "base/histogram.h"
#include "model/addr_table.h"
#include "model/dram_bus.h"
#include "model/dram_timing.h"
#include "model/hbm_books.h"
#include "model/hbm_map.h"
#include "model/hbm_watch.h"
#include "model/memory_ops.h"

#define HBM_NO_TICK UINT64_MAX
#define HBM_NO_ROW UINT32_MAX
#define HBM_CLOSING_MAX 15
#define HBM_CLOSING_PAYS 8

struct hbm_bank {
	uint32_t row;    /* open, or HBM_NO_ROW */
	/* Queued packets that visit it, and those of them that want the open row. */
	uint16_t n_waiting[N_HBM_DIRECTIONS], n_hits[N_HBM_DIRECTIONS];
	uint32_t last_row; /* the one open before, while none is */
	uint8_t closing_pays; /* 0 to HBM_CLOSING_MAX: lately it did, to close behind the last packet */
	bool is_unwanted; /* no queued packet wanted the row behind the last one; open or not */
	uint64_t opened; /* tick of the last ACT */
	uint64_t closed; /* tick at which the precharge after that began, once there is one */
	uint64_t used;   /* tick of its last column command; of its ACT before the first */
};

struct hbm_pc {
	struct hbm *hbm;
	struct hbm_channel *channel;
	struct hbm_bus *bus;
	uint8_t index;            /* within its channel */
	struct dram_state state;
	struct hbm_bank *banks;
	/* Masks of banks: that are open, that have n_waiting > 0, that have n_hits > 0. */
	uint64_t open, waiting[N_HBM_DIRECTIONS], hits[N_HBM_DIRECTIONS];
	/* No bank of those that only wait can open before; 0: not known. */
	uint64_t rows_rest[N_HBM_DIRECTIONS];

	struct hbm_queue queues[N_HBM_DIRECTIONS];
	uint64_t next_order;
	uint64_t now;             /* of the last decision: no command goes earlier */
	uint64_t last_column;     /* tick of the last column command */
	uint64_t event_tick;      /* of the pending decision, or HBM_NO_TICK */
	uint64_t expiry;          /* row_policy timeout: no row is to be closed before */
	bool is_deciding;
	bool is_writing;          /* serves writes */
	bool is_in_batch;         /* and goes on until the low watermark */
	bool is_flushing;         /* writes are not held back */
	bool wrote_last;          /* the last packet served was a write */
	bool has_waited;          /* since then, for rows of the direction that has its turn */
	uint64_t turned;          /* tick of the decision that ended such a wait, or turned */

	uint64_t due;             /* next refresh */
	uint64_t refresh_room;    /* no other refresh is committed before */
	uint64_t refreshing;      /* mask of banks that are left alone until they are refreshed */
	uint64_t refresh_from;    /* since then */
	uint64_t resume;          /* no row opens before: a REFab is under way */
	uint64_t round;           /* mask of banks that this round of REFpb has still to come to */
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
	struct addr_table table; /* of the map */
	struct addr_pattern pattern;
	unsigned packet_shift;    /* log2 of packet_bytes */

	uint64_t write_high, write_low, write_idle, hit_cap;
	uint64_t lookahead;       /* ticks ahead of its column command that a packet is chosen */
	uint64_t row_horizon;     /* ticks ahead of its ACT that a row is */
	uint64_t patience;        /* ticks for a row before the other direction goes first */
	uint64_t pre_to_act, pre_to_refresh; /* latencies of a bank */
	uint64_t column_to_pre[N_HBM_DIRECTIONS];
	unsigned row_policy;
	uint64_t row_timeout;
	bool forwards;
	bool refreshes_banks;     /* bank by bank */
	uint64_t refresh_interval, refresh_slack;
	uint64_t all_banks;       /* as a mask */

	struct hbm_channel *channels;
	uint32_t n_channels, pcs_per_channel;
	struct hbm_pc *pcs;
	uint32_t n_pcs;

	struct hbm_form *forms[N_HBM_DIRECTIONS]; /* NULL: packets go burst by burst */
	uint64_t run_marks;       /* bits nBL apart */
	struct hbm_books books;
	struct histogram latencies; /* of reads, in ticks */
	struct hbm_watch watch;
};

static inline enum dram_command_kind hbm_column_command(enum hbm_direction d)
{
	return d == HBM_WRITES ? DRAM_WR : DRAM_RD;
}

/* hbm_schedule.c */
struct hbm_choice {
	enum hbm_direction direction;
	size_t index;
	uint64_t again; /* without one: when there may be one */
};
/* The packet to serve now, if any; something is queued.  Opens rows. */
bool hbm_choose(struct hbm_pc *pc, struct hbm_choice *out);
/*
 * No packet is chosen before: late enough to know what has arrived, early enough that the row of
 * the next packet opens behind the data of the last one.
 */
static inline uint64_t hbm_next_column(const struct hbm_pc *pc)
{
	uint64_t lookahead = pc->hbm->lookahead;

	return pc->last_column > lookahead ? pc->last_column - lookahead : 0;
}
/* Writes wait for company: the bus served reads last and may get more. */
static inline bool hbm_is_holding(const struct hbm_pc *pc)
{
	const struct hbm_queue *writes = &pc->queues[HBM_WRITES];

	return pc->queues[HBM_READS].n == 0 && !pc->is_writing && !pc->is_flushing &&
	       writes->n < pc->hbm->write_high;
}
/* Nor before, because they do. */
static inline uint64_t hbm_hold_ends(const struct hbm_pc *pc)
{
	return hbm_is_holding(pc) ? pc->last_column + pc->hbm->write_idle : 0;
}

/* hbm_rows.c; `first`: a packet whose rows open whoever else wants the banks, or NULL;
 * `spared`: a mask of banks that are left as they are. */
void hbm_open_rows(struct hbm_pc *pc, enum hbm_direction d, struct hbm_entry *first,
		   uint64_t spared);
/* When a row could open that does not now, or HBM_NO_TICK. */
uint64_t hbm_rows_soonest(struct hbm_pc *pc, enum hbm_direction d,
			  const struct hbm_entry *first, uint64_t spared);

/* hbm_refresh.c: commits what is due and need not wait; when a busy PC must see to that
 * again; when an idle one does. */
void hbm_refresh_due(struct hbm_pc *pc);
/* An all-bank refresh is due, and put off while packets wait. */
static inline bool hbm_refresh_is_put_off(const struct hbm_pc *pc)
{
	return !pc->hbm->refreshes_banks && pc->bus->n_waiting > 0 &&
	       pc->now < pc->due + pc->hbm->refresh_slack;
}
static inline void hbm_refresh(struct hbm_pc *pc)
{
	if (pc->due <= pc->now && !hbm_refresh_is_put_off(pc))
		hbm_refresh_due(pc);
}
uint64_t hbm_refresh_next(const struct hbm_pc *pc);
uint64_t hbm_refresh_idle(const struct hbm_pc *pc);

/* hbm_commit.c.  A decision at tick `now` begins; commands go then or later. */
void hbm_commits_from(struct hbm_pc *pc, uint64_t now);
/* A row command at its earliest tick, which it returns; tells nobody's state but the rules'. */
uint64_t hbm_issue(struct hbm_pc *pc, enum dram_command_kind c, unsigned bank, uint32_t row);
void hbm_close_row(struct hbm_pc *pc, unsigned bank);
/* All bursts of a packet whose rows are open; returns the tick at which its data end. */
uint64_t hbm_commit(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e);

/* hbm_run.c. */
void hbm_runs_init(struct hbm *hbm);
void hbm_runs_release(struct hbm *hbm);

/* hbm_banks.c.  A packet came to the queue or left it. */
void hbm_banks_enter(struct hbm_pc *pc, enum hbm_direction d, struct hbm_entry *e);
void hbm_banks_leave(struct hbm_pc *pc, enum hbm_direction d, const struct hbm_entry *e);
void hbm_bank_opened(struct hbm_pc *pc, unsigned bank, uint32_t row, uint64_t tick);
void hbm_bank_closed(struct hbm_pc *pc, unsigned bank, uint64_t tick);
/* Ticks before `end_tick` since its ACT in which the bank's row was open. */
uint64_t hbm_bank_open_ticks(const struct hbm_bank *b, uint64_t end_tick);
/* The last burst of a packet went at a tick. */
void hbm_bank_used(struct hbm_pc *pc, unsigned bank, uint64_t tick);
/* The bank whose row has been without use and without takers for longest, and when that is too
 * long; HBM_NO_TICK: none. */
uint64_t hbm_bank_expires(const struct hbm_pc *pc, unsigned *bank);

#endif
