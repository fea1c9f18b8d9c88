/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the fast ramulator21 as numbers, and what a jump does to it.  Private. */
#ifndef MEMSIM_MODEL_RAM21_STEADY_STATE_H
#define MEMSIM_MODEL_RAM21_STEADY_STATE_H

#include "model/ram21_fast_channel.h"

struct words {
	uint64_t *v;
	size_t n, capacity;
};

/* How far the future is to be the same: for ever, or up to the next refresh, which is not under
 * way, and whose distance then does not matter. */
enum fast_horizon { FAST_FOR_EVER, FAST_TO_REFRESH };

uint64_t fast_refreshes(const struct ram21_fast *f);
uint64_t fast_refresh_due(const struct ram21_fast *f); /* the next one */
/* Relative to the time and to a row, at a place of the stream's block; equal words: the same
 * future.  False: what is to come depends on more than these. */
bool fast_write_state(const struct ram21_fast *f, enum fast_horizon horizon, uint64_t row,
		      uint64_t place, struct words *out);
/* All sums. */
void fast_write_counts(struct ram21_fast *f, struct words *out);
/* Adds what came between two writings, `times` times. */
void fast_repeat_counts(struct ram21_fast *f, const struct words *from, const struct words *to,
			uint64_t times);
/* Moves all times and rows on; a refresh to come stays where it is, up to the horizon of it. */
void fast_shift_state(struct ram21_fast *f, enum fast_horizon horizon, uint64_t ticks,
		      uint64_t rows);

#endif
