/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The groups that may run next and that hold a certain operator first: grown one operator at a
 * time, those that save most first.  Whatever is grown needs only what is done or in the group
 * itself, so groups that follow one another are convex and never wait for each other.
 */
#include "plan/search_state.h"

/* A group is not grown further after so many steps in a row that cost more than they save. */
#define MAX_LOSSES 3

/* Places from `first` on that exist, up to one that must be alone. */
static uint64_t window_of(const struct group_search *s, uint32_t first)
{
	uint64_t places = 0;

	for (unsigned i = 0; i < WINDOW && first + i < s->n; i++) {
		if (s->ops[first + i].is_alone)
			return i == 0 ? 1 : places;
		places |= UINT64_C(1) << i;
	}
	return places;
}

static bool needs_are_in(const struct group_search *s, uint32_t first, unsigned i, uint64_t places)
{
	return (window_before(s->ops[first + i].needs_before, i) & ~places) == 0;
}

uint64_t search_ready(const struct group_search *s, const struct search_state *state)
{
	uint64_t ready = 0;

	for (uint64_t rest = window_of(s, state->first) & ~state->done; rest != 0; rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctzll(rest);

		if (needs_are_in(s, state->first, i, state->done))
			ready |= UINT64_C(1) << i;
	}
	return ready;
}

static bool is_grown(const struct group_search *s, uint64_t members)
{
	for (size_t i = 0; i < s->n_grown; i++)
		if (s->grown[i].members == members)
			return true;
	return false;
}

/* Adds `members`, of which `i` is new since `from` (NULL: all). */
static void add_grown(struct group_search *s, const struct search_state *state, unsigned i,
		      uint64_t members, const struct grown *from)
{
	const struct search_op *op = &s->ops[state->first + i];
	uint64_t alone = s->costs[s->alone[state->first + i]].time_ps, cost;
	struct grown g = {.members = members};

	if (s->n_grown == MAX_GROWN || is_grown(s, members))
		return;
	g.class = search_class(s, state->first, members);
	cost = s->costs[g.class].time_ps; /* where to grow does not depend on what is measured */
	g.alone_ps = alone + (from == NULL ? 0 : from->alone_ps);
	g.floor_ps = min_u64(cost, alone + (from == NULL ? 0 : from->floor_ps));
	g.losses = from == NULL || cost <= g.floor_ps ? 0 : from->losses + 1;
	g.adjacent = window_before(op->adjacent_before, i) | window_after(op->adjacent_after, i) |
		     (from == NULL ? 0 : from->adjacent);
	g.is_expanded = g.losses > MAX_LOSSES || (from != NULL && !s->costs[g.class].is_legal);
	s->grown[s->n_grown++] = g;
}

/* The group to grow next: that which saves most, the first of equals. */
static struct grown *next_grown(struct group_search *s)
{
	struct grown *best = NULL;

	for (size_t i = 0; i < s->n_grown; i++) {
		struct grown *g = &s->grown[i];

		if (!g->is_expanded &&
		    (best == NULL || g->alone_ps - g->floor_ps > best->alone_ps - best->floor_ps))
			best = g;
	}
	return best;
}

static void expand(struct group_search *s, const struct search_state *state, struct grown *g,
		   uint64_t window)
{
	unsigned seed = (unsigned)__builtin_ctzll(g->members);
	const struct grown from = *g;

	g->is_expanded = true;
	for (uint64_t rest = from.adjacent & window & ~from.members & ~state->done; rest != 0;
	     rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctzll(rest);

		if (i > seed && needs_are_in(s, state->first, i, state->done | from.members))
			add_grown(s, state, i, from.members | UINT64_C(1) << i, &from);
	}
}

/* The trace's own group, if it may run next, whatever it costs. */
static void add_trace_group(struct group_search *s, const struct search_state *state,
			    unsigned seed, uint64_t window)
{
	uint64_t group = s->ops[state->first + seed].trace_group, members = group << seed;
	struct grown g = {.members = members, .is_expanded = true};

	if (group == 0 || members >> seed != group || (members & ~(window & ~state->done)) != 0 ||
	    is_grown(s, members))
		return;
	for (uint64_t rest = members; rest != 0; rest &= rest - 1)
		if (!needs_are_in(s, state->first, (unsigned)__builtin_ctzll(rest),
				  state->done | members))
			return;
	g.class = search_class(s, state->first, members);
	s->grown[s->n_grown++] = g;
}

void search_grow(struct group_search *s, const struct search_state *state, unsigned seed)
{
	uint64_t window = window_of(s, state->first);
	struct grown *g;

	s->n_grown = 0;
	add_trace_group(s, state, seed, window);
	add_grown(s, state, seed, UINT64_C(1) << seed, NULL);
	if (s->ops[state->first + seed].is_alone)
		return;
	while (s->n_grown < MAX_GROWN && (g = next_grown(s)) != NULL)
		expand(s, state, g, window);
}
