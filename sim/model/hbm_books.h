/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of the data buses: what every tick of each pseudo channel's bus was, decided
 * when a burst is scheduled (design: the memory's cycle classes).  Any controller that
 * commits bursts of a pseudo channel in the order of their data can keep it.
 */
#ifndef MEMSIM_MODEL_HBM_BOOKS_H
#define MEMSIM_MODEL_HBM_BOOKS_H

#include "engine/clock.h"
#include "model/hbm_busy.h"
#include "model/hbm_history.h"
#include "model/hbm_queue.h"

struct hbm_interval {
	uint64_t from, to;
	uint64_t banks; /* as a mask; all set: the whole pseudo channel */
};

/* One data bus. */
struct hbm_bus {
	struct hbm_books *books;
	uint32_t id;              /* of its pseudo channel, over all channels */
	uint64_t n_waiting;       /* packets in its queues and doors */
	uint64_t class_ticks[N_HBM_CLASSES];
	uint64_t data_end;        /* of the last burst */
	struct hbm_interval *refreshes; /* that its gap can meet */
	size_t n_refreshes, refreshes_capacity;
	uint64_t crowded_until;   /* the last tick at which it was crowded, while it is not */
	uint64_t crowded_at_gap[N_HBM_DIRECTIONS]; /* history's integral at the gap's start ... */
	bool is_gap_noted;        /* ... kept because the history was cut */
};

struct hbm_books {
	struct clock clock;
	uint64_t now_ps, now_tick; /* a pair that was asked for before */
	uint64_t latency[N_HBM_DIRECTIONS]; /* column command to data */
	uint64_t burst_ticks;
	struct hbm_history history;
	struct hbm_busy busy;
	struct hbm_bus *buses;
	uint32_t n_buses;
};

/* What held a burst's column command back: the ticks at which each reason ended. */
struct hbm_delay {
	const struct packet *packet;
	uint64_t accepted_tick; /* the packet could be served from here */
	uint64_t banks;         /* that its packet visits, as a mask */
	uint64_t row;           /* its row is open and its bank ready */
	uint64_t turned;        /* turnaround, and the batch it waited in, are over */
	uint64_t column;        /* spacing of column commands */
};

/* Latencies and burst set, and clock; nobody marks more than `span` ticks ahead. */
void hbm_books_init(struct hbm_books *b, uint32_t n_buses, uint64_t span);
void hbm_books_release(struct hbm_books *b);
uint64_t hbm_books_tick(struct hbm_books *b, uint64_t ps); /* first edge at or after */

void hbm_bus_refresh(struct hbm_bus *bus, uint64_t from, uint64_t to);
void hbm_bus_refresh_banks(struct hbm_bus *bus, uint64_t banks, uint64_t from, uint64_t to);
/* Of the last one, which was told of with an end that nobody knew yet. */
void hbm_bus_refresh_ends(struct hbm_bus *bus, uint64_t to);
/* The burst of a column command at `tick`; n of them, without a gap between their data. */
void hbm_bus_bursts(struct hbm_bus *bus, enum hbm_direction d, const struct hbm_delay *why,
		    uint64_t tick, uint64_t n);
static inline void hbm_bus_burst(struct hbm_bus *bus, enum hbm_direction d,
				 const struct hbm_delay *why, uint64_t tick)
{
	hbm_bus_bursts(bus, d, why, tick, 1);
}
/* The number of waiting packets changes. */
void hbm_bus_waiting(struct hbm_bus *bus, uint64_t tick, int change);
/* Adds the classes of a bus up to the run's end. */
void hbm_bus_close(const struct hbm_bus *bus, uint64_t end_tick, struct hbm_account *out);

#endif
