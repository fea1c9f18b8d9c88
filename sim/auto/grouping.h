/* SPDX-License-Identifier: Apache-2.0 */
/* A grouping as a list of kernels with their classes in the search (plan/search.h). */
#ifndef MEMSIM_AUTO_GROUPING_H
#define MEMSIM_AUTO_GROUPING_H

#include "ir/graph.h"
#include "plan/search.h"

struct grouped_kernel {
	const uint32_t *ops; /* ascending */
	uint32_t n_ops, class;
};

struct grouping {
	struct grouped_kernel *kernels;
	size_t n;
	uint32_t *ops;     /* of all kernels */
	uint32_t *classes; /* of all kernels, ascending */
	bool is_possible;  /* each of them can run, as far as the search sees */
};

/* What the search found last. */
void grouping_found(struct grouping *l, const struct group_search *s);
/* Each operator its own kernel. */
void grouping_alone(struct grouping *l, const struct graph *g, struct group_search *s);
/* The trace's own groups; not possible if it has none. */
void grouping_of_trace(struct grouping *l, const struct graph *g, struct group_search *s);
void grouping_copy(struct grouping *l, const struct grouping *from);
void grouping_release(struct grouping *l);

/* As plan_new_groups() takes them; the caller's. */
uint32_t *grouping_groups(const struct grouping *l, const struct graph *g);

/* Kernels that one list has and the other has not, or has fewer of. */
struct grouping_sum {
	uint64_t ps, estimated_ps; /* of them; of those that were not measured */
	size_t n_estimated;
};
struct grouping_difference {
	bool is_possible; /* both */
	size_t n;         /* kernels */
	struct grouping_sum mine, theirs;
	const struct grouped_kernel *largest; /* not measured; NULL: all are */
};
struct grouping_difference grouping_compare(const struct grouping *mine,
					   const struct grouping *theirs,
					   const struct group_search *s);

#endif
