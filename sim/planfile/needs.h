/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the graph demands of a plan: which results are needed to the last element, who reads
 * what a storage holds, and what stays in device memory.
 */
#ifndef MEMSIM_PLANFILE_NEEDS_H
#define MEMSIM_PLANFILE_NEEDS_H

#include "planfile/parse.h"

struct needs {
	const struct parser *p;
	bool *is_view;      /* by operator */
	bool *is_whole;     /* by operator, of the kernel at hand: all of its result is needed */
	bool *stays;        /* by storage: input, weight, state or output lies in it */
	bool *is_given;     /* by storage: it is there from the start */
	bool *is_put_out;   /* by storage: an output or state lies in it */
	size_t *first_read; /* by storage: readers[first_read[s] .. first_read[s + 1]) */
	uint32_t *readers;  /* operators, but views */
};
void needs_init(struct needs *n, const struct parser *p);
void needs_release(struct needs *n);
void needs_kernel(struct needs *n); /* one begins */

uint32_t storage_of(const struct graph *g, uint32_t tensor);
/* Of the kernel at hand: an operator of it makes what lies in a storage; */
bool needs_is_made_here(const struct needs *n, uint32_t storage);
/* somebody else needs that; or nobody reads it at all. */
bool needs_is_for_others(const struct needs *n, uint32_t storage);
bool needs_is_read(const struct needs *n, uint32_t storage);

#endif
