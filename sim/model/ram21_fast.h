/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy "ramulator21" once more, for streams of single bursts and as fast as it goes:
 * the same commands at the same ticks and the same accounts as ram21.c's, which is the
 * reference.  No events, packets or allocation while it runs.  Why it is exact: doc/engine.md.
 * Its user offers accesses in order, one at a time: while one is at the door no other may be.
 */
#ifndef MEMSIM_MODEL_RAM21_FAST_H
#define MEMSIM_MODEL_RAM21_FAST_H

#include "model/memory.h"

#define RAM21_FAST_NEVER UINT64_MAX

struct ram21_fast;

/* How often each shortcut served, and how often it had to fall back. */
#define RAM21_SERVED_LIST(X) \
	X(ticks, "ticks at which something could happen; no other is looked at") \
	X(column_looks, "looks at the column slot") \
	X(column_misses, "of them, those that found no command to go") \
	X(row_looks, "looks at the row slot") \
	X(row_misses, "of them, those that found no command to go") \
	X(wheel_misses, "banks that the wheel named before they were ready") \
	X(squeezes, "queues whose holes were squeezed out") \
	X(places_looked_up, "addresses whose place was looked up by bytes") \
	X(places_computed, "addresses whose place was computed digit by digit") \
	X(short_gaps, "bursts accounted for by the ends of what held them back") \
	X(long_gaps, "bursts for which refreshes or absence had to be looked at") \
	X(states, "states written down") \
	X(state_misses, "states that did not come again as their pace had promised") \
	X(skips, "repetitions of a state up to the next refresh") \
	X(skipped, "accesses passed over by them") \
	X(jumps, "repetitions of a state over refreshes") \
	X(jumped, "accesses passed over by them")

struct ram21_served {
#define X(name, help) uint64_t name;
	RAM21_SERVED_LIST(X)
#undef X
};

/* NULL for machines that it does not serve: other policies, and sizes past its tables. */
struct ram21_fast *ram21_fast_new(const struct machine *m);
void ram21_fast_free(struct ram21_fast *f); /* NULL is nothing */

/* As memory_watch(). */
void ram21_fast_watch(struct ram21_fast *f, dram_command_fn fn, void *context);

/*
 * The burst at `address`, offered at the edge of tick `now`: of the last tick that was run, or of
 * the one after it.  False: its queue is full, and it stays at the door until a step takes it.
 */
bool ram21_fast_offer(struct ram21_fast *f, uint64_t address, bool is_write, uint64_t now);
/* So far; those that a jump passed over, too (ram21_steady.h). */
void ram21_fast_offered(const struct ram21_fast *f, uint64_t *reads, uint64_t *writes);
uint64_t ram21_fast_clk(const struct ram21_fast *f); /* the last tick that was run */
bool ram21_fast_has_door(const struct ram21_fast *f);

uint64_t ram21_fast_held(const struct ram21_fast *f); /* accesses whose burst is not scheduled */
/*
 * Runs the ticks at which something can happen, those before `limit`, until the one at the door
 * is let in, which is at ram21_fast_clk(), or nothing is held.  False: so many ticks in a row
 * moved no access.
 */
bool ram21_fast_run(struct ram21_fast *f, uint64_t limit, uint64_t patience);

void ram21_fast_served(const struct ram21_fast *f, struct ram21_served *out);

/* When nothing is held: closes the accounts at the end of the last burst. */
uint64_t ram21_fast_end_ps(const struct ram21_fast *f);
void ram21_fast_account(struct ram21_fast *f, struct hbm_account *out);
unsigned ram21_fast_n_channels(const struct ram21_fast *f);
void ram21_fast_channel_account(const struct ram21_fast *f, unsigned channel,
				struct hbm_account *out);
/* The last one at or before the horizon of simulated time. */
uint64_t ram21_fast_last_tick(const struct ram21_fast *f);
uint64_t ram21_fast_tick_ps(const struct ram21_fast *f, uint64_t tick);

#endif
