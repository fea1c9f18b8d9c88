/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel's operators while it is cut into phases: what of each other they need, and what
 * has been decided so far.
 */
#ifndef MEMSIM_PLAN_CUT_H
#define MEMSIM_PLAN_CUT_H

#include "plan/internal.h"

struct member {
	uint32_t op;
	struct op_info info;
	bool is_long;    /* a normalisation or reduction over what no tile holds */
	bool is_split;   /* two passes */
	bool is_given;   /* statistics known beforehand: apply only */
	bool is_online;  /* runs along with the product that reads it */
	bool is_outside; /* value needed outside the kernel */
	bool is_stored;
	bool is_windowed; /* somebody needs more of its value than their own tile, at last */
	int loop;         /* member in whose chunk loop it runs, or -1 */
	int level, stats_level;
	uint64_t producers;   /* members whose value it reads, directly */
	uint64_t by_store;    /* through a view, or with gaps: from HBM only */
	uint64_t by_identity; /* element by element */
	uint64_t after;       /* members with which it shares a state: only a level later */
};

struct cut {
	const struct plan *p;
	struct kernel_plan *kernel;
	struct member m[MAX_NODES];
	unsigned n;
};

/* The member that makes operand j of m on chip, or through HBM; -1: none of the kernel. */
int cut_producer(const struct cut *c, const struct member *m, unsigned j);

/* Their tiles cut the same space in that level. */
bool cut_same_shape(const struct cut *c, const struct member *a, const struct member *b, int level);

/* shared.c: where everything has to be made once, marks as stored what results of several shapes
 * in a level would each make; true if that changed anything. */
bool cut_store_shared(struct cut *c);

/* loops.c: which members run inside the chunk loop of a product. */
void cut_loops(struct cut *c);

#endif
