/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With kernel.halo = "keep" no core computes a thing twice.  Results of different shapes are
 * phases of their own, and each would make what it needs: here that goes out to HBM instead,
 * once, and those of another shape read it a level later.
 */
#include "plan/cut.h"

/* Sinks of level `level` that member i goes into on chip, given those of later members. */
static uint64_t sinks_of(const struct cut *c, unsigned i, int level, const uint64_t *sinks)
{
	uint64_t mask = 0;

	if (c->m[i].is_stored)
		return 1ULL << i;
	for (unsigned q = i + 1; q < c->n; q++) {
		const struct member *r = &c->m[q];

		if (!(r->producers >> i & 1))
			continue;
		if (r->level == level)
			mask |= sinks[q];
		else if (r->is_split && !r->is_given && r->stats_level == level)
			mask |= 1ULL << q;
	}
	return mask != 0 ? mask : 1ULL << i;
}

static bool are_alike(const struct cut *c, uint64_t sinks, int level)
{
	const struct member *first = &c->m[__builtin_ctzll(sinks)];

	for (unsigned i = 0; i < c->n; i++)
		if ((sinks >> i & 1) && !cut_same_shape(c, first, &c->m[i], level))
			return false;
	return true;
}

bool cut_store_shared(struct cut *c)
{
	uint64_t sinks[MAX_NODES];
	bool changed = false;

	if (c->p->machine->halo != HALO_KEEP)
		return false;
	for (unsigned i = c->n; i-- > 0;) {
		struct member *m = &c->m[i];

		sinks[i] = sinks_of(c, i, m->level, sinks);
		if (m->is_stored || m->loop >= 0 || are_alike(c, sinks[i], m->level))
			continue;
		m->is_stored = changed = true;
		sinks[i] = 1ULL << i;
	}
	return changed;
}
