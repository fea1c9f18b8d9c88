/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the graph alone says must happen, whatever the plan: which operators' results are
 * needed to the last element, who reads what a storage holds, and what stays in memory.
 */
#ifndef MEMSIM_PLANFILE_NEEDS_H
#define MEMSIM_PLANFILE_NEEDS_H

#include "ir/graph.h"

struct needs {
	const struct graph *g;
	bool *is_whole;     /* by operator: every element of its result is needed */
	bool *is_view;      /* by operator */
	bool *stays;        /* by storage: input, weight, state or output lies in it */
	bool *is_given;     /* by storage: it is there from the start */
	bool *is_put_out;   /* by storage: an output or state lies in it */
	size_t *first_read; /* by storage: readers[first_read[s] .. first_read[s + 1]) */
	uint32_t *readers;  /* operators, but views */
};
void needs_init(struct needs *n, const struct graph *g);
void needs_release(struct needs *n);

uint32_t storage_of(const struct graph *g, uint32_t tensor);

#endif
