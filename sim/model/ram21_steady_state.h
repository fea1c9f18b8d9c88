/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the fast ramulator21 as numbers, and what a jump does to it.  Private. */
#ifndef MEMSIM_MODEL_RAM21_STEADY_STATE_H
#define MEMSIM_MODEL_RAM21_STEADY_STATE_H

#include "model/ram21_fast_channel.h"

struct words {
	uint64_t *v;
	size_t n, capacity;
};

uint64_t fast_refreshes(const struct ram21_fast *f);
/* Relative to the time and to a row; equal words: the same future.  False: what is to come
 * depends on more than these. */
bool fast_write_state(const struct ram21_fast *f, uint64_t row, struct words *out);
/* All sums. */
void fast_write_counts(struct ram21_fast *f, struct words *out);
/* Adds what came between two writings, `times` times. */
void fast_repeat_counts(struct ram21_fast *f, const struct words *from, const struct words *to,
			uint64_t times);
/* Moves all times and rows on. */
void fast_shift_state(struct ram21_fast *f, uint64_t ticks, uint64_t rows);

#endif
