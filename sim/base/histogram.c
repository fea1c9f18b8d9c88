/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts by value: 2,048 counts for the values below 2,048, then 1,024 for each further power of
 * two.
 */
#include "base/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SHARE_BITS 10 /* counts of a power of two, above the exact ones */
#define SHARES ((size_t)1 << SHARE_BITS)

/* A value of b bits, b > 11, shares with those that agree in their first 11 bits. */
static size_t index_of(uint64_t value)
{
	unsigned bits, shift;

	if (value < HISTOGRAM_EXACT)
		return (size_t)value;
	bits = 64 - (unsigned)__builtin_clzll(value);
	shift = bits - SHARE_BITS - 1;
	return shift * SHARES + (size_t)(value >> shift);
}

static uint64_t least_value(size_t index)
{
	size_t shift;

	if (index < HISTOGRAM_EXACT)
		return index;
	shift = index / SHARES - 1;
	return (uint64_t)(index - shift * SHARES) << shift;
}

/* Whole powers of two, so that growing is rare. */
static void make_room(struct histogram *h, size_t index)
{
	size_t n;

	if (index < h->n_counts)
		return;
	n = (size_t)max_u64(HISTOGRAM_EXACT, round_up_u64(index + 1, SHARES));
	h->counts = xreallocarray(h->counts, n, sizeof(*h->counts));
	memset(h->counts + h->n_counts, 0, (n - h->n_counts) * sizeof(*h->counts));
	h->n_counts = n;
}

void histogram_add(struct histogram *h, uint64_t value, uint64_t times)
{
	size_t index = index_of(value);

	make_room(h, index);
	h->counts[index] += times;
	h->total += times;
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
	if (from->n_counts == 0)
		return;
	make_room(to, from->n_counts - 1);
	for (size_t i = 0; i < from->n_counts; i++)
		to->counts[i] += from->counts[i];
	to->total += from->total;
}

void histogram_release(struct histogram *h)
{
	free(h->counts);
	*h = (struct histogram)HISTOGRAM_INIT;
}

/* ceil(total * permille / 1000) */
static uint64_t rank_of(uint64_t total, unsigned permille)
{
	unsigned __int128 rank = ((unsigned __int128)total * permille + 999) / 1000;

	return max_u64((uint64_t)rank, 1);
}

uint64_t histogram_permille(const struct histogram *h, unsigned permille)
{
	uint64_t rank = rank_of(h->total, permille), seen = 0;

	for (size_t i = 0; i < h->n_counts; i++) {
		seen += h->counts[i];
		if (seen >= rank)
			return least_value(i);
	}
	return 0;
}
