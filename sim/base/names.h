/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the nearest of a set of names. */
#ifndef MEMSIM_BASE_NAMES_H
#define MEMSIM_BASE_NAMES_H

#include "base/base.h"

/* Edit distance of a and b (insert, delete, replace, swap of neighbours), capped at `limit` + 1. */
unsigned name_distance(const char *a, const char *b, unsigned limit);

/*
 * Feed candidates one by one; `best` is the nearest within half of the wanted
 * name's length (at least 2), or NULL.  Ties: the first fed.
 */
struct nearest {
	const char *wanted;
	const char *best;
	unsigned distance;
};
void nearest_init(struct nearest *n, const char *wanted);
void nearest_offer(struct nearest *n, const char *candidate);

#endif
