/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which states were met, and what to add for a repetition.  A state is written down relative to
 * the time and to the rows that the stream has moved on by (ram21_steady_state.c), and states
 * are compared in full; hashes only find the candidates.
 */
#include "model/ram21_steady.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/ram21_steady_state.h"

/* Marks kept before all are forgotten, and from then on only every second one is made. */
#define MAX_MARKS 1024
#define BUCKETS 2048 /* a power of two */

struct mark {
	struct words state, counts;
	uint64_t hash, clk, n_accesses;
	struct mark *next; /* of its bucket */
};

struct ram21_steady {
	struct ram21_fast *fast;
	uint64_t block_accesses, block_rows;
	struct mark *marks[MAX_MARKS];
	struct mark *buckets[BUCKETS];
	size_t n_marks;
	uint64_t refreshes;          /* at the last mark */
	uint64_t spacing, n_skipped; /* one in `spacing` chances is taken */
	struct mark *spare, *first;  /* at hand; the state of `spare` was met at `first` */
};

static uint64_t hash_of(const struct words *w)
{
	uint64_t h = w->n;

	for (size_t i = 0; i < w->n; i++) {
		h = (h ^ w->v[i]) * UINT64_C(0x9E3779B97F4A7C15);
		h ^= h >> 32;
	}
	return h;
}

static void free_mark(struct mark *m)
{
	if (!m)
		return;
	free(m->state.v);
	free(m->counts.v);
	free(m);
}

static void forget_all(struct ram21_steady *s)
{
	for (size_t i = 0; i < s->n_marks; i++)
		free_mark(s->marks[i]);
	s->n_marks = 0;
	memset(s->buckets, 0, sizeof(s->buckets));
}

struct ram21_steady *ram21_steady_new(struct ram21_fast *f, uint64_t accesses, uint64_t rows)
{
	struct ram21_steady *s = xcalloc(1, sizeof(*s));

	s->fast = f;
	s->block_accesses = accesses;
	s->block_rows = rows;
	s->spacing = 1;
	return s;
}

void ram21_steady_free(struct ram21_steady *s)
{
	if (!s)
		return;
	forget_all(s);
	free_mark(s->spare);
	free(s);
}

static uint64_t rows_moved(const struct ram21_steady *s, uint64_t n_accesses)
{
	uint64_t rows = s->fast->timing.rows;

	return n_accesses / s->block_accesses % rows * (s->block_rows % rows) % rows;
}

/* The same state at two times: then what is true of its buses absolutely must be, too. */
static struct mark *find_met(struct ram21_steady *s, const struct mark *now)
{
	struct mark *m = s->buckets[now->hash & (BUCKETS - 1)];

	for (; m; m = m->next)
		if (m->hash == now->hash && m->state.n == now->state.n &&
		    memcmp(m->state.v, now->state.v, now->state.n * sizeof(*now->state.v)) == 0)
			return m;
	return NULL;
}

static void keep(struct ram21_steady *s)
{
	struct mark *m = s->spare, **bucket;

	if (s->n_marks == MAX_MARKS) {
		forget_all(s);
		s->spacing *= 2;
	}
	s->marks[s->n_marks++] = m;
	bucket = &s->buckets[m->hash & (BUCKETS - 1)];
	m->next = *bucket;
	*bucket = m;
	s->spare = NULL;
}

/* One mark a refresh: a state that comes again comes again at those, too. */
static bool is_chance(struct ram21_steady *s)
{
	uint64_t refreshes = fast_refreshes(s->fast);

	if (refreshes == s->refreshes)
		return false;
	s->refreshes = refreshes;
	if (++s->n_skipped < s->spacing)
		return false;
	s->n_skipped = 0;
	return true;
}

uint64_t ram21_steady_look(struct ram21_steady *s, uint64_t n_accesses)
{
	struct mark *now;

	if (!is_chance(s))
		return 0;
	if (!s->spare)
		s->spare = xcalloc(1, sizeof(*s->spare));
	now = s->spare;
	if (!fast_write_state(s->fast, rows_moved(s, n_accesses), &now->state))
		return 0;
	fast_write_counts(s->fast, &now->counts);
	now->hash = hash_of(&now->state);
	now->clk = s->fast->clk;
	now->n_accesses = n_accesses;
	s->first = find_met(s, now);
	if (s->first)
		return n_accesses - s->first->n_accesses;
	keep(s);
	return 0;
}

/* The run's last ticks, after the jump, are left to be checked as ever. */
bool ram21_steady_fits(const struct ram21_steady *s, uint64_t times)
{
	uint64_t ticks;

	return mul_u64(s->spare->clk - s->first->clk, times, &ticks) &&
	       add_u64(ticks, s->fast->clk, &ticks) && ticks <= ram21_fast_last_tick(s->fast);
}

void ram21_steady_jump(struct ram21_steady *s, uint64_t times)
{
	const struct mark *first = s->first, *now = s->spare;
	uint64_t rows = s->fast->timing.rows;
	uint64_t blocks = (now->n_accesses - first->n_accesses) / s->block_accesses;
	uint64_t moved = blocks % rows * (s->block_rows % rows) % rows;

	fast_repeat_counts(s->fast, &first->counts, &now->counts, times);
	fast_shift_state(s->fast, (now->clk - first->clk) * times, times % rows * moved % rows);
	forget_all(s); /* their counts are those of another time */
}
