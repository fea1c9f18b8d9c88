/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts the ticks in which at least one data bus carries a burst: a ring of bits over the
 * ticks that commits can still reach, counted when they are past.
 */
#ifndef MEMSIM_MODEL_HBM_BUSY_H
#define MEMSIM_MODEL_HBM_BUSY_H

#include "base/base.h"

struct hbm_busy {
	uint64_t *words;
	uint64_t n_words;              /* a power of two */
	uint64_t base_word, last_word; /* words before are counted; after, empty */
	uint64_t ticks;                /* counted */
};

/* Nobody will mark more than `span` ticks ahead of the last advance. */
void hbm_busy_init(struct hbm_busy *b, uint64_t span);
void hbm_busy_release(struct hbm_busy *b);
void hbm_busy_count(struct hbm_busy *b, uint64_t word); /* those before, which are past */
/* Nothing before `tick` will be marked any more. */
static inline void hbm_busy_advance(struct hbm_busy *b, uint64_t tick)
{
	if (tick / 64 > b->base_word)
		hbm_busy_count(b, tick / 64);
}
/* [tick, tick + length), length > 0. */
void hbm_busy_mark(struct hbm_busy *b, uint64_t tick, uint64_t length);
/* Ticks marked so far, all of them. */
uint64_t hbm_busy_ticks(const struct hbm_busy *b);

#endif
