/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts: where an operator reads or writes only some rows of an operand, at places of their
 * own, plans take a view of just these for the operand.  Such views are tensors beyond
 * graph.n_tensors, which no trace declares and no report lists.  What is moved for them
 * counts for the tensor that they are a part of.
 */
#include "ir/graph_build.h"
#include "ir/op_row.h"

void graph_add_parts(struct graph *g)
{
	size_t n = 0, n_views = g->n_views;

	for (size_t i = 0; i < g->n_ops; i++)
		n += op_row(g->ops[i].kind)->part != NULL;
	if (n == 0)
		return;
	g->tensors = xreallocarray(g->tensors, g->n_tensors + n, sizeof(*g->tensors));
	g->shapes = xreallocarray(g->shapes, g->n_shapes + n, sizeof(*g->shapes));
	g->views = xreallocarray(g->views, n_views + n, sizeof(*g->views));
	g->parts = xcalloc(n, sizeof(*g->parts));
	for (uint32_t i = 0; i < g->n_ops; i++) {
		const struct op_ctx c = { .g = g, .op = &g->ops[i] };
		const struct op_row *row = op_row(c.op->kind);
		uint32_t of = g->operands[c.op->operands + row->part_operand];
		struct tensor *t = &g->tensors[g->n_tensors + g->n_parts];

		if (row->part == NULL)
			continue;
		*t = g->tensors[of];
		t->shape = (uint32_t)g->n_shapes++;
		t->view = (uint32_t)g->n_views++;
		tensor_placement(g, of, &g->views[t->view]);
		g->shapes[t->shape] = *graph_shape(g, of);
		row->part(&c, &g->shapes[t->shape], &g->views[t->view]);
		g->parts[g->n_parts++] = (struct graph_part){ .op = i, .of = of };
	}
}

uint32_t op_operand(const struct graph *g, const struct op *op, unsigned i)
{
	const struct op_row *row = op_row(op->kind);
	uint32_t index = (uint32_t)(op - g->ops);
	size_t lo = 0, hi = g->n_parts;

	if (row->part == NULL || i != row->part_operand)
		return g->operands[op->operands + i];
	while (hi - lo > 1) {
		size_t middle = lo + (hi - lo) / 2;

		if (g->parts[middle].op <= index)
			lo = middle;
		else
			hi = middle;
	}
	return (uint32_t)(g->n_tensors + lo);
}
