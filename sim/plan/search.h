/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for groups (schedule auto): which operators run as one kernel, so that the sum
 * of the kernels' times is least.  Times are estimates, until somebody who can measure tells
 * better ones; then solve again.
 */
#ifndef MEMSIM_PLAN_SEARCH_H
#define MEMSIM_PLAN_SEARCH_H

#include "base/err.h"
#include "plan/plan.h"

struct group_search;
/* `g` and `m` must outlive it.  NULL: the graph cannot run at all. */
struct group_search *group_search_new(const struct graph *g, const struct machine *m,
				      struct err *err);
void group_search_free(struct group_search *s);

/* A kernel's cost; all kernels of a class are alike and cost the same. */
struct group_cost {
	bool is_legal;
	bool is_measured;      /* time_ps was told; else it is an estimate */
	uint64_t time_ps;      /* launch and gap included */
	uint64_t bytes;        /* to and from HBM, estimated */
	uint64_t needs_bytes;  /* not legal: scratchpad of a core that it takes at the least;
				  UINT64_MAX: too many sums; 0: it cannot run */
};
/* Does the search look so far?  No views, and at most 64 operators from the first to the last. */
bool group_search_spans(const struct group_search *s, const uint32_t *ops, size_t n);
/* Class of such a group; the operators ascend. */
uint32_t group_search_class(struct group_search *s, const uint32_t *ops, size_t n);
const struct group_cost *group_search_cost(const struct group_search *s, uint32_t class);
/* From its release to its end. */
void group_search_measured(struct group_search *s, uint32_t class, uint64_t time_ps);

/* Finds the groups of least cost.  What is not measured counts `estimate_percent` of its
 * estimate: with less than 100, a grouping that wins has been measured, or is worth being
 * measured; 0: it counts as illegal. */
void group_search_solve(struct group_search *s, unsigned estimate_percent);

/* The groups found last, in the order in which they run. */
struct found_group {
	const uint32_t *ops; /* ascending */
	size_t n_ops;
	uint32_t class;
};
size_t group_search_n(const struct group_search *s);
const struct found_group *group_search_group(const struct group_search *s, size_t i);

#endif
