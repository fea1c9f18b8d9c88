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

/* How often shortcuts served, and how often they had to fall back. */
struct ram21_served {
	uint64_t states;         /* written down */
	uint64_t skips, skipped; /* within a refresh interval; accesses */
	uint64_t misses;         /* states that did not come again a block later */
	uint64_t jumps, jumped;  /* over refreshes; accesses */
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
