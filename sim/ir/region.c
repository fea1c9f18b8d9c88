/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The algebra of regions (boxes of indices).  Decides nothing about tensors or
 * operators.
 */
#include "ir/region.h"

bool region_is_empty(const struct region *r)
{
	for (unsigned d = 0; d < r->n_dims; d++)
		if (r->hi[d] <= r->lo[d])
			return true;
	return false;
}

bool region_equal(const struct region *a, const struct region *b)
{
	if (a->n_dims != b->n_dims)
		return false;
	if (region_is_empty(a) || region_is_empty(b))
		return region_is_empty(a) && region_is_empty(b);
	for (unsigned d = 0; d < a->n_dims; d++)
		if (a->lo[d] != b->lo[d] || a->hi[d] != b->hi[d])
			return false;
	return true;
}

uint64_t region_elements(const struct region *r)
{
	uint64_t n = 1;

	for (unsigned d = 0; d < r->n_dims; d++)
		n *= (uint64_t)region_extent(r, d);
	return n;
}

void region_join(struct region *into, const struct region *other)
{
	BUG_ON(into->n_dims != other->n_dims);
	if (region_is_empty(other))
		return;
	if (region_is_empty(into)) {
		*into = *other;
		return;
	}
	for (unsigned d = 0; d < into->n_dims; d++) {
		if (other->lo[d] < into->lo[d])
			into->lo[d] = other->lo[d];
		if (other->hi[d] > into->hi[d])
			into->hi[d] = other->hi[d];
	}
}

void region_meet(struct region *into, const struct region *other)
{
	BUG_ON(into->n_dims != other->n_dims);
	for (unsigned d = 0; d < into->n_dims; d++) {
		if (other->lo[d] > into->lo[d])
			into->lo[d] = other->lo[d];
		if (other->hi[d] < into->hi[d])
			into->hi[d] = other->hi[d];
	}
}
