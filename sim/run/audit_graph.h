/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds on the bytes that a kernel must move, from the graph and the kernel's operators alone. */
#ifndef MEMSIM_RUN_AUDIT_GRAPH_H
#define MEMSIM_RUN_AUDIT_GRAPH_H

#include "ir/graph.h"
#include "plan/plan.h"

struct byte_bounds {
	uint64_t least, most;
};
struct graph_bounds {
	struct byte_bounds *kernels; /* one a kernel of the plan */
	size_t n_kernels;
};
void graph_bounds_init(struct graph_bounds *b, const struct graph *g, const struct plan *plan);
void graph_bounds_release(struct graph_bounds *b);

#endif
