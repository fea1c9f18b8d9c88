/* SPDX-License-Identifier: Apache-2.0 */
/* Tilings of a phase: those to choose from, the choice, and cutting a phase by a given one. */
#ifndef MEMSIM_PLAN_TILE_H
#define MEMSIM_PLAN_TILE_H

#include "plan/internal.h"

#define MAX_CHOICES 64

struct choices {
	uint64_t value[MAX_CHOICES];
	unsigned n;
};
/* Balanced pieces of n elements, rounded up to a multiple of `unit`: n, n/2, n/3 ... 1. */
void tile_divide(struct choices *c, uint64_t n, uint64_t unit);

/* tile.c: the best tiling of a phase.  Where none fits, least_spad is what the smallest takes; of a
 * part (plan.h), no more than that. */
struct tile_memory;
void tile_search(const struct plan *p, struct phase *ph, struct tile_memory *out);

/* tile_kernel.c: makes `t` the phase's tiling, buffers and all. */
void tile_adopt(const struct plan *p, struct phase *ph, const struct tiling *t,
		uint64_t spad_bytes);

/* resident.c: the stream of `b` that `a` could leave to it, or NULL. */
struct stream *resident_candidate(const struct phase *a, const struct phase *b);
/* Cuts a and b by `t`, a's input kept in between, and estimates both; false if it does not fit. */
bool adopt_resident(const struct plan *p, struct phase *a, struct phase *b, struct stream *taken,
		    const struct tiling *t, uint64_t *score);
/* Keeps a's input on chip for b where some tiles allow it and that is better than not. */
void pair_resident(const struct plan *p, struct phase *a, struct phase *b);

#endif
