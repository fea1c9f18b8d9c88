/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Needs go backwards: what leaves the trace is needed; an operator whose result is needed
 * whole, and that reads an operand to its last byte, needs that whole.  Where only a part
 * is read, or through a view that names a part, nothing is demanded.
 */
#include "planfile/needs.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ir/ops.h"

uint32_t storage_of(const struct graph *g, uint32_t tensor)
{
	uint32_t view = g->tensors[tensor].view;

	return view == NO_INDEX ? tensor : g->views[view].storage;
}

/* Elements that a view names, those that it repeats once. */
static uint64_t distinct_elements(const struct graph *g, uint32_t tensor)
{
	const struct shape *s = graph_shape(g, tensor);
	struct placement place;
	uint64_t n = 1;

	tensor_placement(g, tensor, &place);
	for (unsigned d = 0; d < s->n_dims; d++)
		n *= place.stride[d] == 0 ? 1 : s->dims[d];
	return n;
}

static bool reads_whole(const struct graph *g, const struct op *op, const struct op_info *info,
			unsigned i)
{
	uint32_t t = op_input(g, op, i);

	if (op_is_view(info))
		return distinct_elements(g, op_output(g, op, 0)) >= distinct_elements(g, t);
	return i < info->n_access &&
	       op_touched_bytes(g, op, info, i) >=
		       element_bytes(g->tensors[t].dtype, distinct_elements(g, t));
}

static void demand(struct needs *n, uint32_t o)
{
	const struct graph *g = n->g;
	const struct op *op = &g->ops[o];
	struct op_info info;

	op_describe(g, o, &info);
	n->is_view[o] = op_is_view(&info);
	for (unsigned i = 0; i < op->n_outputs; i++) {
		uint8_t role = g->tensors[op_output(g, op, i)].role;

		n->is_whole[o] |= role == ROLE_OUTPUT || role == ROLE_STATE;
	}
	for (unsigned i = 0; n->is_whole[o] && info.refusal == NULL && i < op->n_inputs; i++) {
		uint32_t producer = g->tensors[op_input(g, op, i)].producer;

		if (producer != NO_INDEX && producer < o && reads_whole(g, op, &info, i))
			n->is_whole[producer] = true;
	}
}

static void list_readers(struct needs *n)
{
	const struct graph *g = n->g;

	n->first_read = xcalloc(g->n_tensors + 2, sizeof(*n->first_read));
	for (int pass = 0; pass < 2; pass++) {
		for (uint32_t o = 0; o < g->n_ops; o++)
			for (unsigned i = 0; !n->is_view[o] && i < g->ops[o].n_inputs; i++) {
				uint32_t s = storage_of(g, op_input(g, &g->ops[o], i));

				if (pass == 0)
					n->first_read[s + 2]++;
				else
					n->readers[n->first_read[s + 1]++] = o;
			}
		if (pass > 0)
			break;
		for (size_t s = 0; s < g->n_tensors; s++)
			n->first_read[s + 2] += n->first_read[s + 1];
		n->readers = xcalloc(n->first_read[g->n_tensors + 1] + 1, sizeof(*n->readers));
	}
}

void needs_init(struct needs *n, const struct graph *g)
{
	*n = (struct needs){.g = g};
	n->is_whole = xcalloc(g->n_ops + 1, sizeof(*n->is_whole));
	n->is_view = xcalloc(g->n_ops + 1, sizeof(*n->is_view));
	n->stays = xcalloc(g->n_tensors + 1, sizeof(*n->stays));
	n->is_given = xcalloc(g->n_tensors + 1, sizeof(*n->is_given));
	n->is_put_out = xcalloc(g->n_tensors + 1, sizeof(*n->is_put_out));
	for (uint32_t o = (uint32_t)g->n_ops; o-- > 0;)
		demand(n, o);
	for (uint32_t t = 0; t < g->n_tensors; t++) {
		uint32_t s = storage_of(g, t);
		uint8_t role = g->tensors[t].role;

		n->stays[s] |= role != ROLE_INTERMEDIATE;
		n->is_given[s] |= role == ROLE_INPUT || role == ROLE_WEIGHT || role == ROLE_STATE;
		n->is_put_out[s] |= role == ROLE_OUTPUT || role == ROLE_STATE;
	}
	list_readers(n);
}

void needs_release(struct needs *n)
{
	free(n->is_whole);
	free(n->is_view);
	free(n->stays);
	free(n->is_given);
	free(n->is_put_out);
	free(n->first_read);
	free(n->readers);
}
