/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The groups of least cost, by a dynamic program over what is done: a state is a set of
 * operators that nothing outside it is needed for, a step runs one more group.  Every
 * grouping whose kernels can run one after the other is a path through it.  Where a graph is
 * so wide that there are too many states, those that save least are given up.
 */
#include "plan/search.h"

#include "base/mem.h"
#include "plan/search_state.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STATES 32 /* of a level: beyond it, those that save least are given up */
#define MAX_SEEDS 6   /* operators of a state from which groups are grown */

static bool is_better(const struct search_state *a, const struct search_state *b)
{
	return a->cost_ps != b->cost_ps ? a->cost_ps < b->cost_ps : a->bytes < b->bytes;
}

/* By what they save; of equals those that have got further in the trace's order. */
static int compare_states(const void *x, const void *y)
{
	const struct search_state *a = x, *b = y;
	/* a - b < 0, without a sign */
	uint64_t left = a->alone_ps + b->cost_ps, right = b->alone_ps + a->cost_ps;

	if (left != right)
		return left > right ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? -1 : 1;
	if (a->first != b->first)
		return a->first > b->first ? -1 : 1;
	return a->done < b->done ? -1 : a->done > b->done;
}

static void keep_state(struct search_level *level, const struct search_state *state)
{
	for (size_t i = 0; i < level->n; i++) {
		struct search_state *v = &level->v[i];

		if (v->first != state->first || v->done != state->done)
			continue;
		if (is_better(state, v))
			*v = *state;
		return;
	}
	GROW(level->v, level->n, level->capacity);
	level->v[level->n++] = *state;
}

static void step(struct group_search *s, size_t level, size_t index, const struct grown *g)
{
	const struct search_state *from = &s->levels[level].v[index];
	struct search_state next = *from;
	unsigned n = (unsigned)__builtin_popcountll(g->members);
	uint64_t done = from->done | g->members;

	next.from = index;
	next.from_level = level;
	next.group = g->members;
	next.cost_ps += search_time_ps(s, g->class);
	next.bytes += s->costs[g->class].bytes;
	for (uint64_t rest = g->members; rest != 0; rest &= rest - 1)
		next.alone_ps += search_time_ps(
			s, s->alone[from->first + (unsigned)__builtin_ctzll(rest)]);
	if (~done == 0) {
		next.first += WINDOW;
		done = 0;
	} else {
		next.first += (unsigned)__builtin_ctzll(~done);
		done >>= __builtin_ctzll(~done);
	}
	next.done = done;
	keep_state(&s->levels[level + n], &next);
}

static void leave_state(struct group_search *s, size_t level, size_t index)
{
	const struct search_state state = s->levels[level].v[index];
	uint64_t ready = search_ready(s, &state);

	for (unsigned n = 0; n < MAX_SEEDS && ready != 0; n++, ready &= ready - 1) {
		search_grow(s, &state, (unsigned)__builtin_ctzll(ready));
		for (size_t i = 0; i < s->n_grown; i++)
			step(s, level, index, &s->grown[i]);
	}
}

static void clear_found(struct group_search *s)
{
	free(s->found);
	free(s->found_ops);
	s->found = NULL;
	s->found_ops = NULL;
	s->n_found = 0;
}

/* Back from the end, then turned round. */
static void collect(struct group_search *s)
{
	size_t level = s->n, index = 0, n_ops = 0;

	clear_found(s);
	s->found = xcalloc(s->n + 1, sizeof(*s->found));
	s->found_ops = xcalloc(s->n + 1, sizeof(*s->found_ops));
	while (level > 0) {
		const struct search_state *to = &s->levels[level].v[index];
		const struct search_state *from = &s->levels[to->from_level].v[to->from];
		struct found_group *f = &s->found[s->n_found++];

		f->ops = &s->found_ops[n_ops];
		f->class = search_class(s, from->first, to->group);
		for (uint64_t rest = to->group; rest != 0; rest &= rest - 1, f->n_ops++)
			s->found_ops[n_ops++] =
				s->ops[from->first + (unsigned)__builtin_ctzll(rest)].op;
		level = to->from_level;
		index = to->from;
	}
	for (size_t i = 0; i < s->n_found / 2; i++) {
		struct found_group swap = s->found[i];

		s->found[i] = s->found[s->n_found - 1 - i];
		s->found[s->n_found - 1 - i] = swap;
	}
}

void group_search_solve(struct group_search *s, unsigned estimate_percent)
{
	struct search_state start = {0};

	s->estimate_percent = estimate_percent;
	s->levels = xcalloc(s->n + 1, sizeof(*s->levels));
	keep_state(&s->levels[0], &start);
	for (size_t level = 0; level < s->n; level++) {
		struct search_level *l = &s->levels[level];

		if (l->n > 1)
			qsort(l->v, l->n, sizeof(*l->v), compare_states);
		for (size_t i = 0; i < l->n && i < MAX_STATES; i++)
			leave_state(s, level, i);
	}
	collect(s);
	for (size_t level = 0; level <= s->n; level++)
		free(s->levels[level].v);
	free(s->levels);
	s->levels = NULL;
}

struct group_search *group_search_new(const struct graph *g, const struct machine *m,
				      struct err *err)
{
	struct group_search *s;

	s = xcalloc(1, sizeof(*s));
	s->graph = g;
	s->machine = m;
	s->part = part_new(g, m);
	search_read_graph(s);
	if (!search_costs_init(s, err)) {
		group_search_free(s);
		return NULL;
	}
	return s;
}

void group_search_free(struct group_search *s)
{
	if (s == NULL)
		return;
	plan_free(s->part);
	search_costs_release(s);
	clear_found(s);
	free(s->ops);
	free(s->place);
	free(s);
}

size_t group_search_n(const struct group_search *s)
{
	return s->n_found;
}

const struct found_group *group_search_group(const struct group_search *s, size_t i)
{
	return &s->found[i];
}
