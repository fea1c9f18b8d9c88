/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit of on-chip memory: spans lie within their memory; a command starts only when
 * no earlier unfinished command of its core touches its bytes with a write on either
 * side; what it reads was written in this kernel.  Knows nothing of buffers.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/audit_books.h"

#define N_ONCHIP 2 /* enum onchip */

/* Disjoint intervals [lo, hi), ascending, with gaps between them. */
struct interval {
	uint64_t lo, hi;
};
struct interval_set {
	struct interval *v;
	size_t n, capacity;
};

struct spans_book {
	struct verdict *verdict;
	uint64_t capacity[N_ONCHIP];
	size_t n_sets; /* cores x memories */
	struct interval_set *written;
};

struct spans_book *spans_book_new(const struct machine *m, struct verdict *v)
{
	struct spans_book *b = xcalloc(1, sizeof(*b));

	b->verdict = v;
	b->capacity[ONCHIP_SPAD] = m->spad_bytes;
	b->capacity[ONCHIP_ACC] = m->acc_bytes;
	b->n_sets = m->core_count * N_ONCHIP;
	b->written = xcalloc(b->n_sets, sizeof(*b->written));
	return b;
}

void spans_book_free(struct spans_book *b)
{
	for (size_t i = 0; i < b->n_sets; i++)
		free(b->written[i].v);
	free(b->written);
	free(b);
}

void spans_book_kernel(struct spans_book *b)
{
	for (size_t i = 0; i < b->n_sets; i++)
		b->written[i].n = 0;
}

static struct interval_set *written_of(struct spans_book *b, uint32_t core, const struct span *s)
{
	return &b->written[core * N_ONCHIP + s->memory];
}

/* Index of the first interval that ends at or after `at`. */
static size_t first_ending_from(const struct interval_set *set, uint64_t at)
{
	size_t lo = 0, hi = set->n;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (set->v[middle].hi < at)
			lo = middle + 1;
		else
			hi = middle;
	}
	return lo;
}

static void interval_add(struct interval_set *set, uint64_t lo, uint64_t hi)
{
	size_t first = first_ending_from(set, lo), last = first;

	while (last < set->n && set->v[last].lo <= hi) {
		lo = min_u64(lo, set->v[last].lo);
		hi = max_u64(hi, set->v[last].hi);
		last++;
	}
	if (first == last)
		GROW(set->v, set->n, set->capacity);
	memmove(&set->v[first + 1], &set->v[last], (set->n - last) * sizeof(*set->v));
	set->v[first] = (struct interval){lo, hi};
	set->n += 1 - (last - first);
}

static bool interval_holds(const struct interval_set *set, uint64_t lo, uint64_t hi)
{
	size_t i = first_ending_from(set, hi);

	return lo >= hi || (i < set->n && set->v[i].lo <= lo);
}

static void check_capacity(struct spans_book *b, uint32_t core, const struct span *s, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (s[i].memory >= N_ONCHIP || s[i].bytes > b->capacity[s[i].memory] ||
		    s[i].base > b->capacity[s[i].memory] - s[i].bytes)
			verdict_add(b->verdict, AUDIT_OCCUPANCY,
				    "core %" PRIu32 ": span [%" PRIu64 ", +%" PRIu64
				    ") ends beyond on-chip memory %u",
				    core, s[i].base, s[i].bytes, s[i].memory);
	}
}

void spans_book_drawn(struct spans_book *b, uint32_t core, const struct command *c)
{
	check_capacity(b, core, c->reads, c->n_reads);
	check_capacity(b, core, c->writes, c->n_writes);
}

static bool spans_meet(const struct span *a, unsigned n_a, const struct span *b, unsigned n_b)
{
	for (unsigned i = 0; i < n_a; i++) {
		for (unsigned j = 0; j < n_b; j++) {
			if (a[i].memory == b[j].memory && a[i].base < b[j].base + b[j].bytes &&
			    b[j].base < a[i].base + a[i].bytes)
				return true;
		}
	}
	return false;
}

static bool is_hazard(const struct command *a, const struct command *b)
{
	return spans_meet(a->writes, a->n_writes, b->writes, b->n_writes) ||
	       spans_meet(a->writes, a->n_writes, b->reads, b->n_reads) ||
	       spans_meet(a->reads, a->n_reads, b->writes, b->n_writes);
}

void spans_book_start(struct spans_book *b, uint32_t core, const struct window *w, size_t index)
{
	const struct command *c = &w->v[index].c;

	for (size_t i = w->first; i < index; i++) {
		if (w->v[i].state != WATCHED_DONE && is_hazard(&w->v[i].c, c))
			verdict_add(b->verdict, AUDIT_OCCUPANCY,
				    "core %" PRIu32 ": command %" PRIu64
				    " starts on bytes of command %" PRIu64 ", which is unfinished",
				    core, w->first_seq + (index - w->first),
				    w->first_seq + (i - w->first));
	}
	for (unsigned i = 0; i < c->n_reads; i++) {
		const struct span *s = &c->reads[i];

		if (!interval_holds(written_of(b, core, s), s->base, s->base + s->bytes))
			verdict_add(b->verdict, AUDIT_OCCUPANCY,
				    "core %" PRIu32 ": command %" PRIu64 " reads [%" PRIu64
				    ", +%" PRIu64
				    ") of on-chip memory %u, not all of it written in this kernel",
				    core, w->first_seq + (index - w->first), s->base, s->bytes,
				    s->memory);
	}
}

void spans_book_end(struct spans_book *b, uint32_t core, const struct command *c)
{
	for (unsigned i = 0; i < c->n_writes; i++) {
		const struct span *s = &c->writes[i];

		if (s->bytes)
			interval_add(written_of(b, core, s), s->base, s->base + s->bytes);
	}
}
