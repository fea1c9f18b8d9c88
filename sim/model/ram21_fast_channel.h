/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fast ramulator21, seen from inside.
 *   ram21_fast.c        machine, door, time, accounts
 *   ram21_fast_map.c    addresses to places, by look-up
 *   ram21_fast_rules.c  the timing rules, resolved to lists of what a command moves
 *   ram21_fast_wheel.c  banks, by when their next row command could go
 *   ram21_fast_tick.c   which commands go at a tick, and when the next one could
 *   ram21_fast_issue.c  what a command changes
 *
 * A queue is 64 places in order of age; what leaves a place leaves a hole, and when the last
 * place is taken the holes are squeezed out.  A set of requests is a mask of places, so that
 * the oldest of a set is its lowest bit.  For each queue there is the set of those whose
 * next command is a column command, an ACT, and a PRE that may go.
 */
#ifndef MEMSIM_MODEL_RAM21_FAST_CHANNEL_H
#define MEMSIM_MODEL_RAM21_FAST_CHANNEL_H

#include "base/histogram.h"
#include "base/off_by_one.h"
#include "model/dram_timing.h"
#include "model/hbm_books.h"
#include "model/hbm_map.h"
#include "model/ram21_fast.h"
#include "model/ram21_times.h"

#define FAST_PLACES 64
#define FAST_MAX_ROOM 48 /* so that squeezing comes after 16 acceptances at the earliest */
#define FAST_PCS 2       /* all standards of the policy have two */
#define FAST_MAX_BANKS (FAST_PCS * DRAM_MAX_BANKS) /* of a channel */
#define FAST_PC_NODES 128 /* of a pseudo channel, at most */
#define FAST_NODES (FAST_PCS * FAST_PC_NODES)
#define FAST_BANK_WORDS (FAST_MAX_BANKS / 64)
#define FAST_MAX_GROUPS 64 /* bank groups of a channel */
#define FAST_NO_ROW UINT32_MAX

/* All ones if true: a mask where a branch would go either way. */
static inline uint64_t fast_mask(bool is_set)
{
	return UINT64_C(0) - is_set;
}

/* What a node holds ready ticks of: the commands that this policy issues, and the part of a
 * column command's that turnaround rules made. */
enum fast_command {
	FAST_ACT, FAST_PREpb, FAST_PREab, FAST_REFab, FAST_RD, FAST_WR, N_FAST_COMMANDS,
	FAST_TURNED_RD = N_FAST_COMMANDS, FAST_TURNED_WR, N_FAST_READY
};

/* A command moves each ready tick of its list to at least its own tick + latency.  Which they
 * are depends on the bank: an index into a channel's ready ticks, all of them in a row. */
#define FAST_MAX_MOVES 24
struct fast_moves {
	uint64_t latency[FAST_MAX_MOVES];
	unsigned n;
	struct fast_window_move {
		uint8_t slot, level, what;
		uint64_t latency;
	} window[4];
	unsigned n_window;
};
typedef uint16_t fast_targets[N_FAST_COMMANDS][FAST_MAX_MOVES];

struct fast_rules {
	const struct dram_timing *timing;
	struct fast_moves of[N_FAST_COMMANDS];
	fast_targets targets[FAST_MAX_BANKS];
	struct dram_command_form form[N_FAST_COMMANDS];
	uint64_t edge[N_FAST_COMMANDS]; /* 1: it starts on odd ticks only */
	uint8_t dram[N_FAST_COMMANDS];  /* enum dram_command_kind */
	uint64_t ticks_per_clock;       /* 1 or 2 */
	unsigned n_banks;               /* of a pseudo channel */
};

/* Place of a burst, packed: see fast_map_*(). */
struct fast_map {
	const struct addrmap *map;
	bool is_linear; /* over bits: place = XOR of the places of the bytes of the burst's number */
	unsigned n_bytes, burst_shift;
	uint64_t (*of_byte)[256];
};

struct fast_request {
	uint64_t arrive;   /* ticks done when it was accepted */
	uint64_t accepted; /* at the edge of this tick */
	uint64_t offered;  /* at the edge of this tick */
	uint32_t row;
	uint16_t column;
	uint8_t bank;      /* within the channel */
	uint8_t direction;
};

struct fast_queue {
	uint64_t all;
	uint64_t column;                 /* hits, but those of young banks: see fast_active */
	uint64_t act, pre;               /* those of ripe banks; pre: that may go */
	uint64_t counted;                /* as hit, miss or conflict */
	unsigned n, tail, room;          /* tail: the place after the youngest */
	uint64_t of_pc[FAST_PCS];
	uint64_t of_group[FAST_MAX_GROUPS];
	uint64_t of_bank[FAST_MAX_BANKS];
	struct fast_request at[FAST_PLACES];
};

/*
 * Those whose ACT was for them, one a bank at most: young ones by the tick before which their
 * column command does not go, in its order; grown ones, for which that has come, in the order
 * in which they are served: of those that can go the first to arrive, and of these the first
 * that was activated.  A bank is young with its request: other requests of the same direction
 * that hit its row wait for the same tick.
 */
struct fast_active {
	struct fast_request of_bank[FAST_MAX_BANKS];
	uint64_t ready[FAST_MAX_BANKS]; /* of young ones: a ring */
	uint8_t young[FAST_MAX_BANKS], grown[FAST_MAX_BANKS];
	bool is_young[FAST_MAX_BANKS];
	unsigned first, n_young, n_grown;
};

/*
 * Banks by when their next ACT or PRE could go: ripe ones could now, the others not before
 * the tick of their slot, FAST_WHEEL - 1 ticks away at most.  A bank may be found not to be
 * ready after all, and goes to a later slot then; one that is awaited is in none.
 */
#define FAST_WHEEL 64
struct fast_wheel {
	uint64_t ripe[FAST_BANK_WORDS]; /* a bit a bank of the channel */
	uint64_t slots[FAST_WHEEL][FAST_BANK_WORDS];
	uint64_t used; /* slots that hold banks */
	uint64_t tick; /* slots up to this one are ripe */
	uint64_t next; /* the first in use after it */
};

struct fast_pairing {
	uint64_t tick;
	unsigned pc, bank;
	bool is_for_pc;
};

struct fast_channel {
	struct ram21_fast *fast;
	/* The next tick at which something could go in a slot, at the earliest. */
	uint64_t column_at, row_at;
	uint64_t refresh_due;
	uint64_t bus_free[N_DRAM_BUSES];
	bool is_writing;
	bool is_turning;     /* the next look at the queues changes is_writing */
	uint64_t serves_since[N_HBM_DIRECTIONS];
	unsigned n_refreshes, refresh_pc;
	unsigned n_open[FAST_PCS], n_awaited[FAST_PCS];
	uint64_t refreshed[FAST_PCS];
	struct fast_pairing pairing;
	struct fast_queue queues[N_HBM_DIRECTIONS];
	struct fast_active active;
	uint32_t open_row[FAST_MAX_BANKS];
	uint64_t open_since[FAST_MAX_BANKS];
	bool is_awaited[FAST_MAX_BANKS];
	struct fast_wheel wheel;
	uint64_t ready[FAST_NODES][N_FAST_READY];
	struct dram_history history[FAST_NODES][DRAM_MAX_WINDOWS];
	struct hbm_account counts;
	uint64_t latency_counts[HISTOGRAM_EXACT];
	uint64_t latency_top;            /* none of them from here on */
	struct histogram long_latencies;
	uint32_t id;
};

/* Nodes of a bank of the channel. */
struct fast_path {
	uint16_t node[N_DRAM_LEVELS];
	uint8_t pc, bank; /* within its pseudo channel */
	uint8_t group;    /* of the channel */
	uint8_t index;    /* of the bank within the channel */
};

struct ram21_fast {
	struct ram21_served served;
	struct fast_channel *channels;
	unsigned n_channels;
	struct dram_timing timing;
	struct fast_rules rules;
	struct fast_path path[FAST_MAX_BANKS];
	struct addrmap map;
	struct fast_map places;
	struct hbm_books books;
	struct packet probe;             /* what the books ask of a packet */
	uint64_t write_high, write_low;
	struct ram21_times times;
	uint64_t clk, end_clk, end_tick;
	uint64_t n_held, offered[N_HBM_DIRECTIONS];
	bool has_door;
	struct {
		uint64_t place, offered;
		bool is_write;
	} door;
	struct hbm_account *accounts;
	dram_command_fn watch;
	void *watch_context;
};

/* ram21_fast_map.c */
void fast_map_init(struct fast_map *m, const struct addrmap *map);
void fast_map_release(struct fast_map *m);
uint64_t fast_map_slowly(const struct fast_map *m, uint64_t address);

static inline uint64_t fast_map_place(const struct fast_map *m, uint64_t address)
{
	uint64_t burst = address >> m->burst_shift, place = 0;

	if (!m->is_linear)
		return fast_map_slowly(m, address);
	for (unsigned i = 0; i < m->n_bytes - OFF(PLACES); i++, burst >>= 8)
		place ^= m->of_byte[i][burst & 255];
	return place;
}
#define FAST_BANK_BITS 8
#define FAST_COLUMN_BITS 12
#define FAST_CHANNEL_BITS 12
static inline unsigned fast_place_bank(uint64_t place)
{
	return (unsigned)place & ((1u << FAST_BANK_BITS) - 1);
}
static inline uint16_t fast_place_column(uint64_t place)
{
	return (uint16_t)(place >> FAST_BANK_BITS & ((1u << FAST_COLUMN_BITS) - 1));
}
static inline unsigned fast_place_channel(uint64_t place)
{
	return (unsigned)(place >> (FAST_BANK_BITS + FAST_COLUMN_BITS)) &
	       ((1u << FAST_CHANNEL_BITS) - 1);
}
static inline uint32_t fast_place_row(uint64_t place)
{
	return (uint32_t)(place >> 32);
}

/* ram21_fast_rules.c */
bool fast_rules_init(struct fast_rules *r, const struct dram_timing *t,
		     const struct fast_path *paths);
void fast_rules_note(const struct fast_rules *r, struct fast_channel *ch, enum fast_command c,
		     const struct fast_path *path, uint64_t tick);
/* To the path's bank, or from a pseudo channel's first one to all.  Its bus is the caller's. */
static inline void fast_rules_issue(const struct fast_rules *r, struct fast_channel *ch,
				    enum fast_command c, const struct fast_path *path,
				    uint64_t tick)
{
	const struct fast_moves *m = &r->of[c];
	const uint16_t *target = r->targets[path->index][c];

	for (unsigned i = 0; i < m->n; i++) {
		uint64_t *ready = &ch->ready[0][0] + target[i];

		*ready = max_u64(*ready, tick + m->latency[i]);
	}
	if (m->n_window > 0)
		fast_rules_note(r, ch, c, path, tick);
}

/* Below the pseudo channel. */
static inline uint64_t fast_bank_ready(const struct fast_channel *ch, const struct fast_path *path,
				       enum fast_command c)
{
	uint64_t upper = max_u64(ch->ready[path->node[DRAM_LEVEL_SID]][c],
				 ch->ready[path->node[DRAM_LEVEL_BG]][c]);

	return max_u64(upper, ch->ready[path->node[DRAM_LEVEL_BANK]][c]);
}
static inline uint64_t fast_ready(const struct fast_channel *ch, const struct fast_path *path,
				  enum fast_command c)
{
	return max_u64(ch->ready[path->node[DRAM_LEVEL_PC]][c], fast_bank_ready(ch, path, c));
}
static inline uint64_t fast_pc_ready(const struct fast_channel *ch, unsigned pc,
				     enum fast_command c)
{
	return ch->ready[pc * FAST_PC_NODES][c];
}

/* Tick t is at edge t; the odd ones of two a clock are its rising edges. */
static inline bool fast_is_rising(const struct fast_rules *r, uint64_t tick)
{
	return ((tick ^ 1) & (r->ticks_per_clock - 1)) == 0;
}
static inline uint64_t fast_on_edge(const struct fast_rules *r, enum fast_command c, uint64_t tick)
{
	return tick + (~tick & r->edge[c]);
}

/* After a queue changed in number, or the write mode. */
static inline void fast_settle_turn(const struct ram21_fast *f, struct fast_channel *ch)
{
	unsigned n_writes = ch->queues[HBM_WRITES].n;
	bool wants_to_write = ch->queues[HBM_READS].n == 0 ||
			      (ch->is_writing ? n_writes > f->write_low - OFF(TURN_LOW)
					      : n_writes >= f->write_high - OFF(TURN_HIGH));

	ch->is_turning = wants_to_write != ch->is_writing;
}

/* A slot that gets as far as the queues settles the write mode: at `from`, unless all slots
 * wait for refreshes, and then when those are over. */
static inline void fast_look_again(struct fast_channel *ch, uint64_t from)
{
	if (ch->is_turning && ch->n_refreshes == 0) {
		ch->column_at = min_u64(ch->column_at, from + OFF(LOOK_AGAIN));
		ch->row_at = min_u64(ch->row_at, from + OFF(LOOK_AGAIN));
	}
}

static inline uint64_t fast_hits(const struct fast_queue *q, unsigned bank, uint32_t row)
{
	uint64_t hits = 0;

	for (uint64_t rest = q->of_bank[bank]; rest != 0; rest &= rest - 1) {
		unsigned at = (unsigned)__builtin_ctzll(rest);

		hits |= (uint64_t)(q->at[at].row == row) << at;
	}
	return hits;
}

static inline bool fast_is_wanted(const struct fast_channel *ch, unsigned bank)
{
	return (ch->queues[HBM_READS].of_bank[bank] | ch->queues[HBM_WRITES].of_bank[bank]) != 0;
}

/* ram21_fast_wheel.c */
void fast_wheel_ripen_all(struct fast_channel *ch);
void fast_wheel_turn_slots(struct fast_channel *ch, uint64_t tick);
/* All slots up to that of `tick` are ripe; ticks do not decrease. */
static inline void fast_wheel_turn(struct fast_channel *ch, uint64_t tick)
{
	if (tick >= ch->wheel.next)
		fast_wheel_turn_slots(ch, tick);
	ch->wheel.tick = tick;
}
/* The bank's next ACT or PRE does not go before `ready`. */
void fast_wheel_put(struct fast_channel *ch, unsigned bank, uint64_t ready);
/* It has none until it is put back. */
void fast_wheel_take(struct fast_channel *ch, unsigned bank);
static inline bool fast_wheel_is_ripe(const struct fast_channel *ch, unsigned bank)
{
	return ch->wheel.ripe[bank / 64] >> bank % 64 & 1;
}

/* As hbm_bus_waiting(), which hears of those that make the bus crowded, or no longer. */
static inline void fast_bus_waiting(struct hbm_bus *bus, uint64_t tick, int change)
{
	if (bus->n_waiting == (change > 0 ? 1u : 2u) + OFF(CROWDED))
		hbm_bus_waiting(bus, tick, change);
	else
		bus->n_waiting += (uint64_t)(int64_t)change;
}

/* ram21_fast_tick.c */
void fast_tick(struct ram21_fast *f, struct fast_channel *ch, uint64_t tick);
static inline uint64_t fast_next_tick(const struct fast_channel *ch)
{
	return min_u64(min_u64(ch->column_at, ch->row_at), ch->refresh_due);
}

/* ram21_fast_issue.c: all at the current tick, at which they are legal. */
void fast_enqueue(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
		  uint64_t place, uint64_t offered, uint64_t now);
void fast_issue_activate(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
			 unsigned at, uint64_t tick);
void fast_issue_precharge(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
			  unsigned at, uint64_t tick);
void fast_issue_precharge_all(struct ram21_fast *f, struct fast_channel *ch, unsigned pc,
			      uint64_t tick);
void fast_issue_refresh(struct ram21_fast *f, struct fast_channel *ch, unsigned pc, uint64_t tick);
void fast_issue_active(struct ram21_fast *f, struct fast_channel *ch, unsigned index,
		       uint64_t tick);
void fast_issue_queued(struct ram21_fast *f, struct fast_channel *ch, enum hbm_direction d,
		       unsigned at, uint64_t tick);
void fast_count_latency(struct ram21_fast *f, struct fast_channel *ch, uint64_t arrive,
			uint64_t accepted, uint64_t end_tick);

#endif
