/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy "ramulator21", seen from inside: the HBM controller of Ramulator 2.1 as its
 * behaviour is described in doc/hbm.md, cycle for cycle, with everything that a better
 * controller would do otherwise.
 *   ram21.c        doors, events, the memory.h interface
 *   ram21_tick.c   which commands go at a tick
 *   ram21_issue.c  what a command changes: timing, rows, requests, accounts
 * A request is a burst; a packet of several is taken apart at its channel's door.
 * Ticks count from 1: tick t is at edge t of the memory clock, the odd ones of two ticks a
 * clock are its rising edges, and what arrives between two ticks is seen by the later one.
 */
#ifndef MEMSIM_MODEL_RAM21_H
#define MEMSIM_MODEL_RAM21_H

#include "base/histogram.h"
#include "base/mem.h"
#include "model/dram_timing.h"
#include "model/hbm_books.h"
#include "model/hbm_map.h"
#include "model/memory_ops.h"
#include "model/ram21_times.h"

#define RAM21_NO_TICK UINT64_MAX
#define RAM21_NO_ROW UINT32_MAX

/* A packet that the memory holds. */
struct ram21_packet {
	struct ram21_packet *next; /* of those at a door, done, or free */
	struct packet *packet;
	struct ram21_channel *channel;
	struct ram21_pc *pc;
	uint64_t order;      /* of the offers */
	uint64_t at_door;    /* bursts that are not accepted yet, as a mask */
	unsigned n_queued;   /* accepted ones that are not scheduled yet */
	uint64_t arrive;     /* ticks done when the last one was accepted */
	uint64_t end_tick;   /* of the last data so far */
};
struct ram21_fifo {
	struct ram21_packet *first, *last;
};

struct ram21_request {
	struct ram21_packet *of;
	struct ram21_pc *pc;
	uint64_t address;
	uint64_t arrive;     /* ticks done when it was accepted */
	uint32_t row, bank, column;
	bool is_counted;     /* as hit, miss or conflict */
};
struct ram21_list {
	struct ram21_request *requests;
	size_t n, room;
};

struct ram21_pc {
	struct ram21_channel *channel;
	struct hbm_bus *bus;
	uint8_t index;               /* within its channel */
	struct dram_state state;
	uint32_t open_row[DRAM_MAX_BANKS]; /* or RAM21_NO_ROW */
	uint64_t open_since[DRAM_MAX_BANKS];
	unsigned n_open;
	bool is_awaited[DRAM_MAX_BANKS]; /* opened for a request that has not had its burst */
	unsigned n_awaited;
	uint64_t refreshed;          /* when its last refresh is over */
};

static inline bool ram21_is_rising(const struct dram_timing *t, uint64_t tick)
{
	return tick % t->standard->ticks_per_clock == 1 % t->standard->ticks_per_clock;
}

/* The first tick at or after `tick` at which the command may start. */
static inline uint64_t ram21_on_edge(const struct dram_timing *t, enum dram_command_kind c,
				     uint64_t tick)
{
	return tick + (t->standard->commands[c].is_on_rising && !ram21_is_rising(t, tick));
}

/* What the row slot of a rising edge issued last: holds PREs back at one falling edge. */
struct ram21_pairing {
	const struct ram21_pc *pc;
	enum dram_command_kind command;
	unsigned bank;
	uint64_t tick; /* that falling edge */
};

struct ram21_channel {
	struct ram21 *ram;
	uint32_t id;                 /* over all stacks */
	struct ram21_pc *pcs;
	struct ram21_list queues[N_HBM_DIRECTIONS]; /* oldest first */
	struct ram21_list active;    /* their ACT was for them; in the order of the ACTs */
	struct ram21_fifo door;
	bool is_writing;
	uint64_t serves_since[N_HBM_DIRECTIONS]; /* the first tick of its last turn */
	uint64_t bus_free[N_DRAM_BUSES];
	struct ram21_pairing pairing;
	uint64_t refresh_due;        /* the next one */
	unsigned n_refreshes;        /* due and not done: of the PCs, in turn */
	unsigned refresh_pc;         /* the first of them */
	uint64_t next_tick;          /* nothing happens before */
	uint64_t wake;               /* while ticking: when something could, at the earliest */
	struct hbm_account counts;   /* but class_ticks */
	struct histogram latencies;  /* of read packets, in ticks */
};

struct ram21 {
	struct memory memory;        /* first: this is a struct memory */
	struct event_queue *events;
	struct memory_client client;
	struct dram_timing timing;
	struct addrmap map;
	struct addr_pattern pattern;
	uint64_t write_high, write_low; /* queued writes at which writing starts and ends */
	struct ram21_times times;

	struct ram21_channel *channels;
	uint32_t n_channels, pcs_per_channel;
	struct ram21_pc *pcs;
	struct hbm_books books;

	uint64_t clk;                /* ticks done */
	uint64_t end_clk;            /* when all that was accepted so far is done */
	uint64_t event_tick;         /* of the pending event, or RAM21_NO_TICK */
	uint64_t n_offers, n_at_doors;
	bool visits_every_tick;
	struct ram21_fifo done;      /* packets to tell of when the tick is over */
	struct arena *arena;         /* of all struct ram21_packet */
	struct ram21_packet *free;
	dram_command_fn watch;
	void *watch_context;
};

/* Takes no tick for granted: results are the same, only later. */
void ram21_visit_every_tick(struct memory *mem);

/* ram21_tick.c */
void ram21_tick(struct ram21_channel *ch, uint64_t tick);

/* ram21_issue.c: all at the current tick, at which they are legal. */
void ram21_issue_precharge(struct ram21_pc *pc, unsigned bank, uint64_t tick);
void ram21_issue_precharge_all(struct ram21_pc *pc, uint64_t tick);
void ram21_issue_refresh(struct ram21_pc *pc, uint64_t tick);
/* For the request at `index` of a queue, which becomes active. */
void ram21_issue_activate(struct ram21_list *queue, size_t index, uint64_t tick);
/* For the request at `index` of a queue or of the active ones, which is done. */
void ram21_issue_column(struct ram21_list *list, size_t index, uint64_t tick);
/* Before the first command that is issued for a request. */
void ram21_count_outcome(struct ram21_request *r);

static inline void ram21_fifo_add(struct ram21_fifo *f, struct ram21_packet *p)
{
	p->next = NULL;
	if (f->first)
		f->last->next = p;
	else
		f->first = p;
	f->last = p;
}

static inline struct ram21_packet *ram21_fifo_take(struct ram21_fifo *f)
{
	struct ram21_packet *p = f->first;

	if (p)
		f->first = p->next;
	return p;
}

static inline enum hbm_direction ram21_direction(const struct ram21_request *r)
{
	return r->of->packet->is_write ? HBM_WRITES : HBM_READS;
}

static inline enum dram_command_kind ram21_column_command(const struct ram21_request *r)
{
	return r->of->packet->is_write ? DRAM_WR : DRAM_RD;
}

#endif
