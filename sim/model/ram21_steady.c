/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which states were met, and what to add for a repetition.  A state is written down relative to
 * the time and to the rows that the stream has moved on by (ram21_steady_state.c), and states
 * are compared in full; hashes only find the candidates.  Looked for are
 *   a state a few blocks ago, refreshes aside: it comes again until the next one is due;
 *   a state after an earlier refresh, at the same place of a block: from there on all comes again.
 */
#include "model/ram21_steady.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/ram21_steady_state.h"

/* Marks kept before all are forgotten, and from then on only every second one is made; of those
 * above the first number the hash alone, until it is met. */
#define MAX_FULL_MARKS 1024
#define MAX_MARKS (1u << 17)
#define BUCKETS (1u << 14) /* a power of two */
#define MAX_LAG 8  /* blocks between equal states within an interval */
#define MAX_REST 64 /* blocks */

struct mark {
	struct words state, counts;
	uint64_t hash, clk, n_accesses;
	struct mark *next;  /* of its bucket */
	struct mark *older; /* of all */
};

/* What is cheap to ask of a block: steady ones have it in common, `lag` blocks apart. */
struct pace {
	uint64_t ticks, activates, latency, writes;
};

struct ram21_steady {
	struct ram21_fast *fast;
	uint64_t block_accesses, block_rows;
	struct mark *newest;
	struct mark *buckets[BUCKETS];
	size_t n_marks;
	uint64_t refreshes;          /* at the last mark */
	uint64_t spacing, n_skipped; /* one in `spacing` chances is taken */
	struct mark *spare;          /* at hand */

	struct pace sums;            /* at the last block */
	struct pace paces[MAX_LAG];  /* of the last blocks */
	uint64_t n_paces;
	uint64_t same[MAX_LAG + 1];  /* by lag: how many in a row were like those before */
	struct mark before;          /* n_accesses 0: none; to be compared with the state ... */
	unsigned lag;                /* ... so many blocks later */
	uint64_t rest, n_misses;     /* blocks to let pass; states that did not come again */
	struct mark now;
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

static void free_words(struct mark *m)
{
	free(m->state.v);
	free(m->counts.v);
	m->state = m->counts = (struct words){ 0 };
}

static void forget_all(struct ram21_steady *s)
{
	while (s->newest) {
		struct mark *m = s->newest;

		s->newest = m->older;
		free_words(m);
		free(m);
	}
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
	if (s->spare)
		free_words(s->spare);
	free(s->spare);
	free_words(&s->before);
	free_words(&s->now);
	free(s);
}

/* By so many blocks, modulo the rows of a bank. */
static uint64_t rows_moved(const struct ram21_steady *s, uint64_t blocks)
{
	uint64_t rows = s->fast->timing.rows;

	return blocks % rows * (s->block_rows % rows) % rows;
}

static bool write_mark(struct ram21_steady *s, struct mark *m, enum fast_horizon horizon,
		       uint64_t n_accesses)
{
	uint64_t blocks = n_accesses / s->block_accesses;

	if (!fast_write_state(s->fast, horizon, rows_moved(s, blocks),
			      n_accesses % s->block_accesses, &m->state))
		return false;
	fast_write_counts(s->fast, &m->counts);
	m->clk = s->fast->clk;
	m->n_accesses = n_accesses;
	s->fast->served.states++;
	return true;
}

static bool same_state(const struct mark *a, const struct mark *b)
{
	return a->state.n == b->state.n &&
	       memcmp(a->state.v, b->state.v, b->state.n * sizeof(*b->state.v)) == 0;
}

/* Repeats what came between two marks of the same state: the accesses passed over.  The run's
 * last ticks before the horizon of simulated time are left to be checked as ever. */
static uint64_t jump(struct ram21_steady *s, enum fast_horizon horizon, const struct mark *first,
		     const struct mark *now, uint64_t times)
{
	uint64_t accesses = now->n_accesses - first->n_accesses, ticks = now->clk - first->clk, end;

	if (times == 0 || !mul_u64(ticks, times, &ticks) || !add_u64(ticks, now->clk, &end) ||
	    end > ram21_fast_last_tick(s->fast))
		return 0;
	fast_repeat_counts(s->fast, &first->counts, &now->counts, times + OFF(SKIP_SUMS));
	fast_shift_state(s->fast, horizon, ticks,
			 rows_moved(s, accesses / s->block_accesses * times) + OFF(SKIP_ROWS));
	return accesses * times;
}

/* Between refreshes. */

/* The least lag at which blocks have been alike for that many blocks, or 0. */
static unsigned steady_lag(struct ram21_steady *s)
{
	const struct hbm_account *c = &s->fast->channels[0].counts;
	const struct pace sums = { s->fast->clk, c->activates, c->read_latency_ticks, c->writes };
	const struct pace pace = { sums.ticks - s->sums.ticks, sums.activates - s->sums.activates,
				   sums.latency - s->sums.latency, sums.writes - s->sums.writes };
	unsigned steady = 0;

	for (unsigned lag = MAX_LAG; lag > 0; lag--) {
		const struct pace *past = &s->paces[(s->n_paces - lag) % MAX_LAG];

		s->same[lag] = memcmp(past, &pace, sizeof(pace)) == 0 ? s->same[lag] + 1 : 0;
		steady = s->same[lag] >= lag ? lag : steady;
	}
	s->paces[s->n_paces++ % MAX_LAG] = pace;
	s->sums = sums;
	return steady;
}

/* A state that is not that of before lets a look pass, then three, and so on. */
static void miss(struct ram21_steady *s)
{
	s->fast->served.state_misses++;
	s->before.n_accesses = 0;
	s->rest = s->n_misses = min_u64(2 * s->n_misses + 1, MAX_REST);
}

/* Time for the state to come again, and then for a repetition, before a refresh is due. */
static bool is_worthwhile(const struct ram21_steady *s, unsigned lag, uint64_t left)
{
	uint64_t ticks = s->paces[(s->n_paces - 1) % MAX_LAG].ticks;

	return 2 * lag * ticks < fast_refresh_due(s->fast) - s->fast->clk &&
	       left / s->block_accesses > 2 * lag;
}

static uint64_t repeat_before(struct ram21_steady *s, uint64_t left)
{
	const struct mark *first = &s->before, *now = &s->now;
	uint64_t until_due = fast_refresh_due(s->fast) - 1 + OFF(SKIP_DUE) - now->clk;
	uint64_t jumped = jump(s, FAST_TO_REFRESH, first, now,
			       min_u64(left / (now->n_accesses - first->n_accesses),
				       until_due / (now->clk - first->clk)));

	s->n_misses = 0;
	s->before.n_accesses = 0;
	s->fast->served.skips += jumped > 0;
	s->fast->served.skipped += jumped;
	return jumped;
}

static uint64_t look_between(struct ram21_steady *s, uint64_t n_accesses, uint64_t left)
{
	struct mark *before = &s->before, swap = *before;
	unsigned lag = steady_lag(s);
	uint64_t ago = n_accesses - before->n_accesses;

	if (lag == 0 || s->rest > 0) {
		s->rest -= s->rest > 0;
		before->n_accesses = 0;
		return 0;
	}
	if (before->n_accesses > 0 && lag == s->lag && ago < lag * s->block_accesses)
		return 0;
	if (!is_worthwhile(s, before->n_accesses > 0 ? 0 : lag, left))
		return 0;
	if (!write_mark(s, &s->now, FAST_TO_REFRESH, n_accesses)) {
		miss(s);
		return 0;
	}
	if (before->n_accesses > 0 && lag == s->lag) {
		if (same_state(before, &s->now))
			return repeat_before(s, left);
		miss(s);
		return 0;
	}
	*before = s->now;
	s->now = swap;
	s->lag = lag;
	return 0;
}

/* From refresh to refresh. */

/* The same state at an earlier time; then what is true of its buses absolutely must be, too.
 * Where only its hash was kept, the state is kept from now on. */
static struct mark *find_met(struct ram21_steady *s, const struct mark *now)
{
	struct mark *m = s->buckets[now->hash % BUCKETS];

	for (; m; m = m->next)
		if (m->hash == now->hash && (m->state.n == 0 || same_state(m, now)))
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
	if (s->n_marks++ >= MAX_FULL_MARKS)
		free_words(m);
	bucket = &s->buckets[m->hash % BUCKETS];
	m->next = *bucket;
	*bucket = m;
	m->older = s->newest;
	s->newest = m;
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

static uint64_t look_across(struct ram21_steady *s, uint64_t n_accesses, uint64_t left)
{
	struct mark *now, *first;
	uint64_t jumped;

	if (!is_chance(s))
		return 0;
	if (!s->spare)
		s->spare = xcalloc(1, sizeof(*s->spare));
	now = s->spare;
	if (!write_mark(s, now, FAST_FOR_EVER, n_accesses))
		return 0;
	now->hash = hash_of(&now->state);
	first = find_met(s, now);
	if (!first) {
		keep(s);
		return 0;
	}
	if (first->state.n == 0) {
		first->state = now->state;
		first->counts = now->counts;
		first->clk = now->clk;
		first->n_accesses = now->n_accesses;
		now->state = now->counts = (struct words){ 0 };
		return 0;
	}
	jumped = jump(s, FAST_FOR_EVER, first, now, left / (n_accesses - first->n_accesses));
	if (jumped > 0) {
		forget_all(s); /* their counts are those of another time */
		s->fast->served.jumps++;
		s->fast->served.jumped += jumped;
	}
	return jumped;
}

uint64_t ram21_steady_look(struct ram21_steady *s, uint64_t n_accesses, uint64_t left)
{
	uint64_t jumped = 0;

	if (n_accesses % s->block_accesses == 0)
		jumped = look_between(s, n_accesses, left);
	return jumped > 0 ? jumped : look_across(s, n_accesses, left);
}
