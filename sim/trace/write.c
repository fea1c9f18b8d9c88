/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a graph to statements: each tensor just before the first operator that names
 * it or a later one, in the graph's order; attributes that are not defaults; groups;
 * and always the last line that tells a whole file.
 */
#include "trace/write.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ir/attrs.h"
#include "ir/ops.h"
#include "trace/trace.h"

static void write_tensor(const struct graph *g, uint32_t index, struct buf *to)
{
	const struct tensor *t = &g->tensors[index];
	bool is_4d = graph_shape(g, index)->n_dims == 4;
	char shape[SHAPE_TEXT];

	BUG_ON(strchr(t->id, '['));
	shape_text(graph_shape(g, index), shape);
	buf_printf(to, "tensor %s %s %s", t->id, dtype_name(t->dtype), shape);
	if (t->role != ROLE_INTERMEDIATE)
		buf_printf(to, " role=%s", role_name(t->role));
	if (t->layout != (is_4d ? LAYOUT_NHWC : LAYOUT_ROW_MAJOR))
		buf_printf(to, " layout=%s", t->layout == LAYOUT_NHWC ? "nhwc" : "nchw");
	buf_putc(to, '\n');
}

static void write_operands(const struct graph *g, const char *key, const uint32_t *tensors,
			   unsigned n, struct buf *to)
{
	for (unsigned i = 0; i < n; i++)
		buf_printf(to, "%s%s%s%s", i ? "," : " ", i ? "" : key, i ? "" : "=",
			   g->tensors[tensors[i]].id);
}

static void write_op(const struct graph *g, const struct op *op, struct buf *to)
{
	const uint32_t *operands = g->operands + op->operands;

	BUG_ON(strchr(op->id, '['));
	buf_printf(to, "op %s %s", op->id, op_kind_name(op->kind));
	write_operands(g, "in", operands, op->n_inputs, to);
	write_operands(g, "out", operands + op->n_inputs, op->n_outputs, to);
	attr_print(g, op, to);
	buf_putc(to, '\n');
}

static uint32_t tensors_needed(const struct graph *g, const struct op *op)
{
	uint32_t needed = 0;

	for (unsigned i = 0; i < op->n_inputs + op->n_outputs; i++)
		if (g->operands[op->operands + i] + 1 > needed)
			needed = g->operands[op->operands + i] + 1;
	return needed;
}

/* Members of a group in execution order; groups in the order of their numbers. */
static void write_groups(const struct graph *g, struct buf *to)
{
	uint32_t *first = xcalloc(g->n_groups + 1, sizeof(*first));
	uint32_t *next = xcalloc(g->n_ops, sizeof(*next));

	memset(first, 0xff, (g->n_groups + 1) * sizeof(*first));
	for (uint32_t i = (uint32_t)g->n_ops; i-- > 0;) {
		uint32_t group = g->ops[i].group;

		if (group == NO_INDEX)
			continue;
		next[i] = first[group];
		first[group] = i;
	}
	for (size_t group = 0; group < g->n_groups; group++) {
		buf_puts(to, "fuse");
		for (uint32_t i = first[group]; i != NO_INDEX; i = next[i])
			buf_printf(to, " %s", g->ops[i].id);
		buf_putc(to, '\n');
	}
	free(first);
	free(next);
}

void trace_write(const struct graph *g, struct buf *to)
{
	uint32_t tensor = 0;

	buf_puts(to, "memsim-trace " TRACE_VERSION "\n");
	if (*g->model)
		buf_printf(to, "model %s%s%s\n", g->model, *g->model_keys ? " " : "",
			   g->model_keys);
	for (size_t i = 0; i < g->n_ops; i++) {
		uint32_t needed = tensors_needed(g, &g->ops[i]);

		while (tensor < needed)
			write_tensor(g, tensor++, to);
		write_op(g, &g->ops[i], to);
	}
	while (tensor < g->n_tensors)
		write_tensor(g, tensor++, to);
	write_groups(g, to);
	buf_printf(to, "end-of-trace ops=%zu\n", g->n_ops);
}
