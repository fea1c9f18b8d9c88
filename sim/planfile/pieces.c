/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array of pointers, so that a piece in the middle costs a move of few bytes.  Room that
 * is not used is given back: a thousand cores may each have had many pieces once.
 */
#include "planfile/pieces.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define KEPT 64 /* pointers' room that is not given back */

void pieces_clear(struct pieces *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->v[i]);
	free(set->v);
	*set = (struct pieces){.v = NULL};
}

size_t pieces_behind(const struct pieces *set, uint64_t at)
{
	size_t lo = 0, hi = set->n;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (set->v[middle]->hi <= at)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

static void insert(struct pieces *set, size_t at, const struct piece *p)
{
	struct piece *copy = xmalloc(sizeof(*copy));

	*copy = *p;
	GROW(set->v, set->n, set->capacity);
	memmove(&set->v[at + 1], &set->v[at], (set->n++ - at) * sizeof(*set->v));
	set->v[at] = copy;
}

static void cut(struct pieces *set, uint64_t at)
{
	size_t i = pieces_behind(set, at);
	struct piece left;

	if (i == set->n || set->v[i]->lo >= at)
		return;
	left = *set->v[i];
	left.hi = at;
	set->v[i]->lo = at;
	insert(set, i, &left);
}

void pieces_cut(struct pieces *set, uint64_t lo, uint64_t hi)
{
	cut(set, lo);
	cut(set, hi);
}

static void shrink(struct pieces *set)
{
	if (set->capacity <= KEPT || set->n >= set->capacity / 4)
		return;
	set->capacity /= 2;
	set->v = xreallocarray(set->v, set->capacity, sizeof(*set->v));
}

void pieces_replace(struct pieces *set, size_t first, size_t last, const struct piece *by)
{
	if (first == last) {
		insert(set, first, by);
		return;
	}
	*set->v[first] = *by;
	for (size_t i = first + 1; i < last; i++)
		free(set->v[i]);
	memmove(&set->v[first + 1], &set->v[last], (set->n - last) * sizeof(*set->v));
	set->n -= last - first - 1;
	shrink(set);
}
