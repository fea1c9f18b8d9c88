/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state is written in place, perhaps several times.  Who reads it comes after the operator
 * that wrote it last, who writes it after that one and all that have read it since.
 */
#include "base/mem.h"
#include "plan/internal.h"

#include <stdlib.h>

/* One operator's use of a state; uses of one state are linked, the latest first. */
struct touch {
	uint32_t op;
	bool is_write;
	uint32_t before; /* NONE: the first */
};

struct touches {
	struct touch *v;
	size_t n, capacity;
	uint32_t *last, *last_write; /* by tensor */
};

static void add_need(struct plan *p, uint32_t op, uint32_t before)
{
	if (op == before)
		return;
	GROW(p->state_needs, p->n_state_needs, p->state_needs_capacity);
	p->state_needs[p->n_state_needs++] = (struct state_need){op, before};
}

static void touch(struct plan *p, struct touches *all, uint32_t op, uint32_t t, bool is_write)
{
	uint32_t state = plan_storage(p, t);

	if (p->graph->tensors[state].role != ROLE_STATE)
		return;
	for (uint32_t i = is_write ? all->last[state] : all->last_write[state]; i != NONE;
	     i = all->v[i].before) {
		add_need(p, op, all->v[i].op);
		if (all->v[i].is_write)
			break;
	}
	GROW(all->v, all->n, all->capacity);
	all->v[all->n] = (struct touch){op, is_write, all->last[state]};
	all->last[state] = (uint32_t)all->n;
	if (is_write)
		all->last_write[state] = (uint32_t)all->n;
	all->n++;
}

void plan_states(struct plan *p)
{
	const struct graph *g = p->graph;
	struct touches all = {NULL, 0, 0, NULL, NULL};

	all.last = xcalloc(g->n_tensors + 1, sizeof(*all.last));
	all.last_write = xcalloc(g->n_tensors + 1, sizeof(*all.last_write));
	for (uint32_t t = 0; t < g->n_tensors; t++)
		all.last[t] = all.last_write[t] = NONE;
	for (uint32_t i = 0; i < g->n_ops; i++) {
		const struct op *op = &g->ops[i];

		for (unsigned j = 0; p->kernel_of_op[i] != NONE && j < op->n_inputs; j++)
			touch(p, &all, i, op_input(g, op, j), false);
		for (unsigned j = 0; p->kernel_of_op[i] != NONE && j < op->n_outputs; j++)
			touch(p, &all, i, op_output(g, op, j), true);
	}
	free(all.v);
	free(all.last);
	free(all.last_write);
}

const struct state_need *plan_needs_of(const struct plan *p, uint32_t op, size_t *n)
{
	size_t lo = 0, hi = p->n_state_needs;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (p->state_needs[middle].op < op)
			lo = middle + 1;
		else
			hi = middle;
	}
	for (*n = 0; lo + *n < p->n_state_needs && p->state_needs[lo + *n].op == op; ++*n)
		;
	return *n == 0 ? NULL : p->state_needs + lo;
}
