/* SPDX-License-Identifier: Apache-2.0 */
/* What a scratchpad holds, from the spans that commands read and write. */
#include "run/timeline_counters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct held_part {
	uint64_t base, end;
	uint64_t last_ps; /* when it was last used */
};

/* At a time so many bytes more, or fewer. */
struct held_change {
	uint64_t ps;
	uint64_t more, fewer;
};

static void change(struct held_counter *c, uint64_t ps, uint64_t more, uint64_t fewer)
{
	GROW(c->changes, c->n_changes, c->changes_capacity);
	c->changes[c->n_changes++] = (struct held_change){ ps, more, fewer };
}

/* The first part that ends behind `at`. */
static size_t find(const struct held_counter *c, uint64_t at)
{
	size_t low = 0, high = c->n_parts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->parts[middle].end > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static void insert(struct held_counter *c, size_t at, struct held_part part)
{
	GROW(c->parts, c->n_parts, c->parts_capacity);
	memmove(c->parts + at + 1, c->parts + at, (c->n_parts - at) * sizeof(*c->parts));
	c->parts[at] = part;
	c->n_parts++;
}

static void drop(struct held_counter *c, size_t at)
{
	c->n_parts--;
	memmove(c->parts + at, c->parts + at + 1, (c->n_parts - at) * sizeof(*c->parts));
}

/* What lay in [base, end) is gone since its last use; what sticks out of it stays. */
static void forget(struct held_counter *c, uint64_t base, uint64_t end)
{
	size_t i = find(c, base);

	while (i < c->n_parts && c->parts[i].base < end) {
		struct held_part part = c->parts[i];
		uint64_t from = max_u64(part.base, base), to = min_u64(part.end, end);

		change(c, part.last_ps, 0, to - from);
		drop(c, i);
		if (part.end > end)
			insert(c, i, (struct held_part){ end, part.end, part.last_ps });
		if (part.base < base)
			insert(c, i++, (struct held_part){ part.base, base, part.last_ps });
	}
}

void held_write(struct held_counter *c, uint64_t base, uint64_t bytes, uint64_t now_ps)
{
	if (bytes == 0)
		return;
	forget(c, base, base + bytes);
	insert(c, find(c, base), (struct held_part){ base, base + bytes, now_ps });
	change(c, now_ps, bytes, 0);
}

void held_use(struct held_counter *c, uint64_t base, uint64_t bytes, uint64_t now_ps)
{
	for (size_t i = find(c, base); i < c->n_parts && c->parts[i].base < base + bytes; i++)
		c->parts[i].last_ps = max_u64(c->parts[i].last_ps, now_ps);
}

/* What goes at a moment goes before what comes. */
static int compare(const void *a, const void *b)
{
	const struct held_change *ca = a, *cb = b;

	if (ca->ps != cb->ps)
		return ca->ps < cb->ps ? -1 : 1;
	return (ca->more > 0) - (cb->more > 0);
}

static void tell(struct held_counter *c, uint64_t ps, struct timeline_events *e, const char *name)
{
	char args[48];

	if (!events_want(e, ps, ps))
		return;
	snprintf(args, sizeof(args), "\"held\": %" PRIu64, c->held);
	events_counter(e, ps, name, args);
}

void held_end_kernel(struct held_counter *c, struct timeline_events *e, const char *name,
		     bool is_last)
{
	size_t i = 0, n;

	forget(c, 0, UINT64_MAX);
	n = c->n_changes;
	if (n > 0)
		qsort(c->changes, n, sizeof(*c->changes), compare);
	while (i < n && (is_last || c->changes[i].ps < c->changes[n - 1].ps)) {
		c->held += c->changes[i].more - c->changes[i].fewer;
		if (i + 1 == n || c->changes[i + 1].ps > c->changes[i].ps)
			tell(c, c->changes[i].ps, e, name);
		i++;
	}
	c->n_changes = n - i;
	if (c->n_changes > 0)
		memmove(c->changes, c->changes + i, c->n_changes * sizeof(*c->changes));
}

void held_release(struct held_counter *c)
{
	free(c->parts);
	free(c->changes);
	*c = (struct held_counter){ .parts = NULL };
}
