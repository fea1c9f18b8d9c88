/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Derives the compulsory bytes of a kernel a second time: distinct bytes touched of
 * storages from outside, and outputs that somebody outside needs.  Where several
 * operators of a kernel touch different parts of one storage, or views are in play,
 * the graph alone gives an interval, else both bounds are equal.
 */
#include "run/audit_graph.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ir/ops.h"

#define KERNEL_NONE SIZE_MAX
#define KERNEL_SEVERAL (SIZE_MAX - 1)

/* What is known of each storage, by its tensor's index. */
struct storages {
	const struct graph *graph;
	size_t *kernel_of_op;
	size_t *reader;      /* kernel that reads it: one, none or several */
	bool *is_kept;       /* a tensor in it has a role that outlives the run */
	/* of the present kernel */
	uint64_t *largest, *sum; /* bytes that one operator touches; over operators */
	uint32_t *touched;
	size_t n_touched;
};

static uint32_t storage_of(const struct graph *g, uint32_t t)
{
	struct placement p;

	tensor_placement(g, t, &p);
	return p.storage;
}

static bool is_view_op(const struct graph *g, uint32_t op)
{
	struct op_info info;

	op_describe(g, op, &info);
	return op_is_view(&info);
}

static void note_readers(struct storages *s)
{
	const struct graph *g = s->graph;

	for (uint32_t o = 0; o < g->n_ops; o++) {
		if (s->kernel_of_op[o] == KERNEL_NONE || is_view_op(g, o))
			continue;
		for (unsigned i = 0; i < g->ops[o].n_inputs; i++) {
			size_t *reader = &s->reader[storage_of(g, op_input(g, &g->ops[o], i))];

			if (*reader == KERNEL_NONE)
				*reader = s->kernel_of_op[o];
			else if (*reader != s->kernel_of_op[o])
				*reader = KERNEL_SEVERAL;
		}
	}
}

static void storages_init(struct storages *s, const struct graph *g, const struct plan *plan)
{
	*s = (struct storages){ .graph = g };
	s->kernel_of_op = xreallocarray(NULL, g->n_ops + 1, sizeof(*s->kernel_of_op));
	s->reader = xreallocarray(NULL, g->n_tensors + 1, sizeof(*s->reader));
	s->is_kept = xcalloc(g->n_tensors + 1, sizeof(*s->is_kept));
	s->largest = xcalloc(g->n_tensors + 1, sizeof(*s->largest));
	s->sum = xcalloc(g->n_tensors + 1, sizeof(*s->sum));
	s->touched = xcalloc(g->n_tensors + 1, sizeof(*s->touched));
	for (size_t o = 0; o < g->n_ops; o++)
		s->kernel_of_op[o] = KERNEL_NONE;
	for (size_t k = 0; k < plan_n_kernels(plan); k++) {
		const struct kernel *kernel = plan_kernel(plan, k);

		for (size_t i = 0; i < kernel->n_ops; i++)
			s->kernel_of_op[kernel->ops[i]] = k;
	}
	for (uint32_t t = 0; t < g->n_tensors; t++) {
		s->reader[t] = KERNEL_NONE;
		if (g->tensors[t].role == ROLE_OUTPUT || g->tensors[t].role == ROLE_STATE)
			s->is_kept[storage_of(g, t)] = true;
	}
	note_readers(s);
}

static void storages_release(struct storages *s)
{
	free(s->kernel_of_op);
	free(s->reader);
	free(s->is_kept);
	free(s->largest);
	free(s->sum);
	free(s->touched);
}

/* Operand i of an operator is read whole, to its last byte. */
static bool reads_whole(const struct graph *g, const struct op *op, const struct op_info *info,
			unsigned i)
{
	return op_knows_input(info, i) &&
	       op_touched_bytes(g, op, info, i) == tensor_bytes(g, op_input(g, op, i));
}

/* Every element of the operator's result is needed: by others, or by a reader in the kernel
 * whose own result is. */
static bool is_needed_whole(const struct storages *s, size_t k, const struct kernel *kernel,
			    size_t at)
{
	const struct graph *g = s->graph;
	uint32_t t = op_output(g, &g->ops[kernel->ops[at]], 0), storage = storage_of(g, t);
	struct op_info info;

	if (s->is_kept[storage] || s->reader[storage] != k)
		return true;
	for (size_t i = at + 1; i < kernel->n_ops; i++) {
		const struct op *op = &g->ops[kernel->ops[i]];

		op_describe(g, kernel->ops[i], &info);
		for (unsigned j = 0; j < op->n_inputs; j++)
			if (op_input(g, op, j) == t && reads_whole(g, op, &info, j) &&
			    is_needed_whole(s, k, kernel, i))
				return true;
	}
	return false;
}

static void add_reads(struct storages *s, size_t kernel, uint32_t o, bool *is_exact)
{
	const struct graph *g = s->graph;
	const struct op *op = &g->ops[o];
	struct op_info info;

	op_describe(g, o, &info);
	for (unsigned i = 0; i < op->n_inputs; i++) {
		uint32_t t = op_input(g, op, i), storage = storage_of(g, t);
		uint32_t producer = g->tensors[storage].producer;
		bool is_known = op_knows_input(&info, i);
		uint64_t bytes = is_known ? op_touched_bytes(g, op, &info, i) : 0;
		bool seen = false; /* an operand twice is touched once */

		for (unsigned j = 0; j < i; j++)
			seen |= op_input(g, op, j) == t;
		if (seen || (producer != NO_INDEX && s->kernel_of_op[producer] == kernel))
			continue;
		*is_exact &= storage == t && is_known;
		if (s->sum[storage] == 0)
			s->touched[s->n_touched++] = storage;
		s->largest[storage] = max_u64(s->largest[storage], bytes);
		s->sum[storage] += bytes ? bytes : 1;
	}
}

static void add_writes(struct storages *s, size_t kernel, uint32_t o, struct byte_bounds *bounds,
		       bool *is_exact)
{
	const struct graph *g = s->graph;
	const struct op *op = &g->ops[o];

	for (unsigned i = 0; i < op->n_outputs; i++) {
		uint32_t t = op_output(g, op, i), storage = storage_of(g, t);
		uint64_t bytes = op_written_bytes(g, op, i);
		bool is_needed = s->is_kept[storage] || (s->reader[storage] != kernel &&
							 s->reader[storage] != KERNEL_NONE);

		*is_exact &= g->tensors[storage].role != ROLE_STATE;
		if (is_needed)
			bounds->least += bytes;
		if (is_needed || s->reader[storage] == KERNEL_NONE)
			bounds->most += bytes;
	}
}

static struct byte_bounds kernel_bounds(struct storages *s, size_t k, const struct kernel *kernel)
{
	struct byte_bounds bounds = { 0, 0 };
	bool is_exact = true;

	s->n_touched = 0;
	for (size_t i = 0; i < kernel->n_ops; i++) {
		if (is_view_op(s->graph, kernel->ops[i])) {
			is_exact = false;
			continue;
		}
		add_reads(s, k, kernel->ops[i], &is_exact);
		is_exact &= is_needed_whole(s, k, kernel, i);
		add_writes(s, k, kernel->ops[i], &bounds, &is_exact);
	}
	for (size_t i = 0; i < s->n_touched; i++) {
		uint32_t storage = s->touched[i];

		bounds.least += s->largest[storage];
		bounds.most += min_u64(s->sum[storage], tensor_bytes(s->graph, storage));
		s->largest[storage] = s->sum[storage] = 0;
	}
	if (!is_exact)
		bounds.least = 0;
	return bounds;
}

void graph_bounds_init(struct graph_bounds *b, const struct graph *g, const struct plan *plan)
{
	struct storages s;

	storages_init(&s, g, plan);
	b->n_kernels = plan_n_kernels(plan);
	b->kernels = xcalloc(b->n_kernels + 1, sizeof(*b->kernels));
	for (size_t k = 0; k < b->n_kernels; k++)
		b->kernels[k] = kernel_bounds(&s, k, plan_kernel(plan, k));
	storages_release(&s);
}

void graph_bounds_release(struct graph_bounds *b)
{
	free(b->kernels);
}
