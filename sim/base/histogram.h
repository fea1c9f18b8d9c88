/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often each value came, for percentiles.  Values below HISTOGRAM_EXACT keep their own
 * count; above, a count is shared by values that differ by less than 1/1024.  Memory grows with
 * the largest value's number of bits, not with the number of values.
 */
#ifndef MEMSIM_BASE_HISTOGRAM_H
#define MEMSIM_BASE_HISTOGRAM_H

#include "base/base.h"

#define HISTOGRAM_EXACT 2048

struct histogram {
	uint64_t *counts;
	size_t n_counts;
	uint64_t total;
};
#define HISTOGRAM_INIT { NULL, 0, 0 }

void histogram_add(struct histogram *h, uint64_t value, uint64_t times);
void histogram_merge(struct histogram *to, const struct histogram *from);
void histogram_release(struct histogram *h);

/* The least value that at least `permille` thousandths of all do not exceed, and at least one
 * does not; where values share a count, the least of them.  0 if there are none. */
uint64_t histogram_permille(const struct histogram *h, unsigned permille);

#endif
