/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A region: a box of element indices, [lo, hi) per dimension, in the order in
 * which a trace writes the dimensions.  A region with any hi <= lo is empty.
 */
#ifndef MEMSIM_IR_REGION_H
#define MEMSIM_IR_REGION_H

#include "base/base.h"

#define MAX_DIMS 8

struct region {
	unsigned n_dims;
	int64_t lo[MAX_DIMS];
	int64_t hi[MAX_DIMS];
};

static inline int64_t region_extent(const struct region *r, unsigned d)
{
	return r->hi[d] > r->lo[d] ? r->hi[d] - r->lo[d] : 0;
}
bool region_is_empty(const struct region *r);
bool region_equal(const struct region *a, const struct region *b);
uint64_t region_elements(const struct region *r);
/* The smallest box that holds both; an empty one adds nothing. */
void region_join(struct region *into, const struct region *other);
void region_meet(struct region *into, const struct region *other);

#endif
