/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the search for groups.  Operators that are no views are numbered 0, 1, ... in the
 * trace's order; `place` is such a number.  Sets of neighbouring places are bit masks of
 * 64 places from a first one on.
 *
 *   search.c        the dynamic program over what is done
 *   search_grow.c   the groups that may run next, grown from an operator
 *   search_cost.c   what a group costs; classes of groups that are alike
 *   search_graph.c  who needs whom, and who shares data with whom
 */
#ifndef MEMSIM_PLAN_SEARCH_STATE_H
#define MEMSIM_PLAN_SEARCH_STATE_H

#include "plan/internal.h"
#include "plan/search.h"

#define WINDOW 64

/* What the search knows of an operator.  Masks `before` end at the operator: bit 63 is the
 * place before it; masks `after` begin behind it: bit 0 is the next place. */
struct search_op {
	uint32_t op;
	uint64_t needs_before;
	uint64_t adjacent_before, adjacent_after; /* makes, reads, or shares data with it */
	uint64_t readers_after;
	bool is_kept;  /* its result is needed beyond the window, or by the user */
	bool is_alone; /* touches a state: all before it is done first, and nothing joins it */
	bool is_unique; /* never taken to be like another */
	uint64_t trace_group; /* of its fuse group, if it is the first there: members from itself on */
	unsigned __int128 signature;
};

struct class_key {
	unsigned __int128 hash;
	uint32_t class;
	bool is_used;
};
struct set_key {
	uint32_t first; /* place */
	uint32_t class;
	uint64_t members; /* from `first` on; 0: free */
};

/* What is done: all places before `first`, and `done` from there on (bit 0 clear). */
struct search_state {
	uint32_t first;
	uint64_t done;
	uint64_t cost_ps, bytes;
	uint64_t alone_ps;       /* the same operators, each its own kernel */
	size_t from;             /* state of level `from_level` that it comes from ... */
	size_t from_level;
	uint64_t group;          /* ... by this group, places from there on */
};
struct search_level {
	struct search_state *v;
	size_t n, capacity;
};

/* A group that may run next: places from the state's first on. */
struct grown {
	uint64_t members, adjacent;
	uint64_t floor_ps; /* the least that these cost, as one kernel or split as it was grown */
	uint64_t alone_ps;
	uint32_t class;
	unsigned losses; /* steps in a row that did not pay */
	bool is_expanded;
};
#define MAX_GROWN 192

struct group_search {
	const struct graph *graph;
	const struct machine *machine;
	struct plan *part;
	struct search_op *ops;
	size_t n;
	uint32_t *place; /* of each operator of the graph; NONE for a view */
	uint32_t *alone; /* class of each place by itself */
	struct group_cost *costs;
	size_t n_costs, costs_capacity;
	struct class_key *keys;
	size_t n_keys, keys_capacity;
	struct set_key *sets;
	size_t n_sets, sets_capacity;
	unsigned estimate_percent;
	struct search_level *levels; /* by the number of places done */
	struct grown grown[MAX_GROWN];
	size_t n_grown;
	struct found_group *found;
	uint32_t *found_ops;
	size_t n_found;
};

/* search_graph.c */
void search_read_graph(struct group_search *s);

/* search_cost.c */
bool search_costs_init(struct group_search *s, struct err *err);
void search_costs_release(struct group_search *s);
uint32_t search_class(struct group_search *s, uint32_t first, uint64_t members);
/* As the search counts it: see group_search_solve(). */
uint64_t search_time_ps(const struct group_search *s, uint32_t class);

/* search_grow.c: groups that may run next and whose first place is `seed`, into s->grown. */
void search_grow(struct group_search *s, const struct search_state *state, unsigned seed);
/* Places from the state's first on that could run now by themselves. */
uint64_t search_ready(const struct group_search *s, const struct search_state *state);

/* Mask `before` or `after` of place `first` + i, as places from `first` on. */
static inline uint64_t window_before(uint64_t before, unsigned i)
{
	return i == 0 ? 0 : before >> (WINDOW - i);
}
static inline uint64_t window_after(uint64_t after, unsigned i)
{
	return i == WINDOW - 1 ? 0 : after << (i + 1);
}

#endif
