/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distance of names: optimal string alignment, three rows of its table.  Only for
 * messages: nothing that a run computes depends on it.
 */
#include "base/names.h"

#include <string.h>

#define MAX_NAME 255

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

unsigned name_distance(const char *a, const char *b, unsigned limit)
{
	unsigned rows[3][MAX_NAME + 1];
	size_t na = strnlen(a, MAX_NAME + 1), nb = strnlen(b, MAX_NAME + 1);
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];

	if (na > MAX_NAME || nb > MAX_NAME)
		return limit + 1;
	for (unsigned j = 0; j <= nb; j++)
		last[j] = j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *oldest = before;

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned cost = a[i - 1] != b[j - 1];

			now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[nb] > limit ? limit + 1 : last[nb];
}

void nearest_init(struct nearest *n, const char *wanted)
{
	size_t half = strnlen(wanted, 2 * MAX_NAME) / 2;

	n->wanted = wanted;
	n->best = NULL;
	n->distance = (half < 2 ? 2 : (unsigned)half) + 1;
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	unsigned distance = name_distance(n->wanted, candidate, n->distance);

	if (distance < n->distance) {
		n->distance = distance;
		n->best = candidate;
	}
}
