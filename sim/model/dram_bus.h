/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command bus as a ring of reservations, one bit a tick, because the pseudo channels
 * that share it commit their commands ahead of time and not in order of time.
 */
#ifndef MEMSIM_MODEL_DRAM_BUS_H
#define MEMSIM_MODEL_DRAM_BUS_H

#include "base/base.h"

struct dram_bus {
	uint64_t *words;
	uint64_t n_words;   /* a power of two */
	uint64_t base_word; /* ticks before 64 * base_word are past */
};

/* Nobody will reserve more than `span` ticks ahead of the last advance. */
void dram_bus_init(struct dram_bus *b, uint64_t span);
void dram_bus_release(struct dram_bus *b);
void dram_bus_forget(struct dram_bus *b, uint64_t word); /* those before */
/* Nothing before `tick` will be asked for any more. */
static inline void dram_bus_advance(struct dram_bus *b, uint64_t tick)
{
	if (tick / 64 > b->base_word)
		dram_bus_forget(b, tick / 64);
}
/* Reserves `length` ticks, a few, at the first place at or after `tick` that lies a multiple of
 * `step`, 1 or 2, from tick 0, as `tick` does; returns their first. */
uint64_t dram_bus_take(struct dram_bus *b, uint64_t tick, unsigned length, unsigned step);
/* The first free tick at or after `tick`. */
uint64_t dram_bus_first_free(const struct dram_bus *b, uint64_t tick);
/* Reserves single ticks, n of them, each the first free one `apart` ticks or more after the one
 * before, until one of them is not exactly that far after it; returns how many.  `tick` is
 * free.  `marks`: a bit at each multiple of `apart`, below 64. */
unsigned dram_bus_take_row(struct dram_bus *b, uint64_t tick, uint64_t marks, unsigned apart,
			   unsigned n);

#endif
