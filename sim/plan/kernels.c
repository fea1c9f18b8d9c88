/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which operators form a kernel, and in which order kernels run: baseline, each operator
 * its own; trace, the trace's fuse groups; auto, those that were chosen (search.c).  Views
 * are no kernel: they move nothing.
 * Kernels run in the trace's order, but for a group that must wait for what it needs.
 */
#include "base/mem.h"
#include "plan/internal.h"

#include <stdlib.h>
#include <string.h>

uint32_t plan_storage(const struct plan *p, uint32_t t)
{
	const struct tensor *tensor = &p->graph->tensors[t];

	return tensor->view == NO_INDEX ? t : p->graph->views[tensor->view].storage;
}

void plan_uses(struct plan *p)
{
	const struct graph *g = p->graph;

	p->use_start = xcalloc(g->n_tensors + 2, sizeof(*p->use_start));
	for (size_t i = 0; i < g->n_ops; i++)
		for (unsigned j = 0; j < g->ops[i].n_inputs; j++)
			p->use_start[op_input(g, &g->ops[i], j) + 2]++;
	for (size_t t = 0; t < g->n_tensors; t++)
		p->use_start[t + 2] += p->use_start[t + 1];
	p->uses = xcalloc(p->use_start[g->n_tensors + 1] + 1, sizeof(*p->uses));
	for (size_t i = 0; i < g->n_ops; i++)
		for (unsigned j = 0; j < g->ops[i].n_inputs; j++)
			p->uses[p->use_start[op_input(g, &g->ops[i], j) + 1]++] = (uint32_t)i;
}

/* Views of views of views: beyond this, somebody is assumed to look. */
#define MAX_VIEW_DEPTH 64

static bool is_needed(const struct plan *p, uint32_t t, uint32_t k, unsigned depth)
{
	const struct graph *g = p->graph;
	uint8_t role = g->tensors[t].role;

	if (role == ROLE_OUTPUT || role == ROLE_STATE || depth == MAX_VIEW_DEPTH)
		return true;
	for (uint32_t i = p->use_start[t]; i < p->use_start[t + 1]; i++) {
		const struct op *reader = &g->ops[p->uses[i]];
		uint32_t kernel = p->kernel_of_op[p->uses[i]];

		if (kernel != NONE && kernel != k)
			return true;
		for (unsigned j = 0; kernel == NONE && j < reader->n_outputs; j++)
			if (is_needed(p, op_output(g, reader, j), k, depth + 1))
				return true; /* through a view */
	}
	return false;
}

bool plan_needed_outside(const struct plan *p, uint32_t t, uint32_t k)
{
	return is_needed(p, t, k, 0);
}

static uint32_t group_of(const struct plan *p, uint32_t op)
{
	switch (p->schedule) {
	case SCHEDULE_TRACE: return p->graph->ops[op].group;
	case SCHEDULE_AUTO: return p->groups[op];
	default: return NO_INDEX;
	}
}

/* Operators of each kernel, numbered by their first operator. */
static void assign_kernels(struct plan *p)
{
	const struct graph *g = p->graph;
	size_t n_groups = max_u64(g->n_groups, g->n_ops); /* chosen ones: below n_ops */
	uint32_t *kernel_of_group = xcalloc(n_groups + 1, sizeof(*kernel_of_group));
	size_t capacity = 0;
	struct op_info info;

	for (size_t i = 0; i < n_groups; i++)
		kernel_of_group[i] = NONE;
	p->kernel_of_op = xcalloc(g->n_ops + 1, sizeof(*p->kernel_of_op));
	for (uint32_t i = 0; i < g->n_ops; i++) {
		uint32_t group = group_of(p, i);

		op_describe(g, i, &info);
		p->kernel_of_op[i] = NONE;
		if (op_moves_nothing(&info))
			continue;
		if (group != NO_INDEX && kernel_of_group[group] != NONE) {
			p->kernel_of_op[i] = kernel_of_group[group];
		} else {
			GROW(p->kernels, p->n_kernels, capacity);
			memset(&p->kernels[p->n_kernels], 0, sizeof(*p->kernels));
			p->kernel_of_op[i] = (uint32_t)p->n_kernels++;
			if (group != NO_INDEX)
				kernel_of_group[group] = p->kernel_of_op[i];
		}
		p->kernels[p->kernel_of_op[i]].info.n_ops++;
	}
	free(kernel_of_group);
}

static void list_ops(struct plan *p)
{
	for (size_t k = 0; k < p->n_kernels; k++) {
		p->kernels[k].ops = xcalloc(p->kernels[k].info.n_ops, sizeof(uint32_t));
		p->kernels[k].info.n_ops = 0;
	}
	for (uint32_t i = 0; i < p->graph->n_ops; i++) {
		struct kernel_plan *k;

		if (p->kernel_of_op[i] == NONE)
			continue;
		k = &p->kernels[p->kernel_of_op[i]];
		k->ops[k->info.n_ops++] = i;
	}
}

void kernel_name(const struct plan *p, struct kernel_plan *k)
{
	const struct op *ops = p->graph->ops;

	k->name = k->info.n_ops == 1 ? xstrdup(ops[k->ops[0]].id)
				     : xasprintf("%s..%s", ops[k->ops[0]].id,
						 ops[k->ops[k->info.n_ops - 1]].id);
	k->info.name = k->name;
	k->info.ops = k->ops;
}

/* The kernel that makes operand j of operator i, through views; NONE if none does. */
static uint32_t operand_kernel(const struct plan *p, uint32_t i, unsigned j)
{
	const struct graph *g = p->graph;
	uint32_t producer = g->tensors[plan_storage(p, op_input(g, &g->ops[i], j))].producer;

	return producer == NO_INDEX ? NONE : p->kernel_of_op[producer];
}

/*
 * Depth-first: a kernel comes after all that it needs; in the trace's order otherwise.
 * (op, operand) is the place up to which its needs have been looked at; states come after
 * operands.
 */
struct visit {
	uint32_t kernel, op, operand;
};

static bool visit_next_need(const struct plan *p, struct visit *v, uint32_t *need)
{
	const struct kernel_plan *k = &p->kernels[v->kernel];

	for (; v->op < k->info.n_ops; v->op++, v->operand = 0) {
		const struct op *op = &p->graph->ops[k->ops[v->op]];
		size_t n;
		const struct state_need *states = plan_needs_of(p, k->ops[v->op], &n);

		while (v->operand < op->n_inputs + n) {
			uint32_t at = v->operand++;

			*need = at < op->n_inputs
					? operand_kernel(p, k->ops[v->op], at)
					: p->kernel_of_op[states[at - op->n_inputs].before];
			if (*need != NONE && *need != v->kernel)
				return true;
		}
	}
	return false;
}

static bool order_from(const struct plan *p, uint32_t first, uint8_t *state, uint32_t *order,
		       size_t *n_order, struct visit *stack, struct err *err)
{
	size_t depth = 1;
	uint32_t need;

	stack[0] = (struct visit){first, 0, 0};
	state[first] = 1;
	while (depth > 0) {
		struct visit *v = &stack[depth - 1];

		if (!visit_next_need(p, v, &need)) {
			state[v->kernel] = 2;
			order[(*n_order)++] = v->kernel;
			depth--;
		} else if (state[need] == 1) {
			return err_trace(
				err, ERR_INPUT, p->graph->ops[p->kernels[need].ops[0]].line,
				"fuse groups of '%s' and '%s' need each other; split one of them",
				p->kernels[need].name, p->kernels[v->kernel].name);
		} else if (state[need] == 0) {
			state[need] = 1;
			stack[depth++] = (struct visit){need, 0, 0};
		}
	}
	return true;
}

static void apply_order(struct plan *p, const uint32_t *order)
{
	struct kernel_plan *sorted = xcalloc(p->n_kernels + 1, sizeof(*sorted));
	uint32_t *place = xcalloc(p->n_kernels + 1, sizeof(*place));

	for (uint32_t i = 0; i < p->n_kernels; i++) {
		sorted[i] = p->kernels[order[i]];
		place[order[i]] = i;
	}
	for (size_t i = 0; i < p->graph->n_ops; i++)
		if (p->kernel_of_op[i] != NONE)
			p->kernel_of_op[i] = place[p->kernel_of_op[i]];
	free(place);
	free(p->kernels);
	p->kernels = sorted;
}

static bool order_kernels(struct plan *p, struct err *err)
{
	uint8_t *state = xcalloc(p->n_kernels + 1, 1);
	uint32_t *order = xcalloc(p->n_kernels + 1, sizeof(*order));
	struct visit *stack = xcalloc(p->n_kernels + 1, sizeof(*stack));
	size_t n_order = 0;
	bool ok = true;

	for (uint32_t k = 0; ok && k < p->n_kernels; k++)
		if (state[k] == 0)
			ok = order_from(p, k, state, order, &n_order, stack, err);
	if (ok)
		apply_order(p, order);
	free(state);
	free(order);
	free(stack);
	return ok;
}

bool plan_kernels(struct plan *p, struct err *err)
{
	assign_kernels(p);
	list_ops(p);
	plan_states(p);
	for (size_t k = 0; k < p->n_kernels; k++)
		kernel_name(p, &p->kernels[k]);
	return order_kernels(p, err);
}
