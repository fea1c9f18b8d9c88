/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Needs go backwards through a kernel: what leaves it is needed, and an operator whose result
 * is needed whole, and that reads an operand to its last byte, needs that whole.  Where only
 * a part is read, or through a view that names a part, nothing is demanded.
 */
#include "planfile/needs.h"

#include <stdlib.h>

#include "base/mem.h"

uint32_t storage_of(const struct graph *g, uint32_t tensor)
{
	uint32_t view = g->tensors[tensor].view;

	return view == NO_INDEX ? tensor : g->views[view].storage;
}

static bool is_of_kernel(const struct needs *n, uint32_t op)
{
	return n->p->kernel_of_op[op] == n->p->kernel.number;
}

bool needs_is_made_here(const struct needs *n, uint32_t storage)
{
	uint32_t producer = n->p->g->tensors[storage].producer;

	return producer != NO_INDEX && is_of_kernel(n, producer);
}

bool needs_is_read(const struct needs *n, uint32_t storage)
{
	return n->first_read[storage] < n->first_read[storage + 1];
}

bool needs_is_for_others(const struct needs *n, uint32_t storage)
{
	for (size_t i = n->first_read[storage]; i < n->first_read[storage + 1]; i++)
		if (!is_of_kernel(n, n->readers[i]))
			return true;
	return n->is_put_out[storage];
}

/* An operator of the kernel, whole itself, reads `tensor` by that name to the last byte. */
static bool is_read_whole(const struct needs *n, uint32_t tensor)
{
	const struct file_kernel *k = &n->p->kernel;
	const struct graph *g = n->p->g;

	for (size_t i = 0; i < k->n_ops; i++) {
		const struct op *op = &g->ops[k->ops[i]];

		for (unsigned j = 0; n->is_whole[k->ops[i]] && j < op->n_inputs; j++)
			if (op_input(g, op, j) == tensor && op_knows_input(&k->infos[i], j) &&
			    op_touched_bytes(g, op, &k->infos[i], j) == tensor_bytes(g, tensor))
				return true;
	}
	return false;
}

/* Readers come behind those whose results they read, and are known when these are looked at. */
void needs_kernel(struct needs *n)
{
	const struct file_kernel *k = &n->p->kernel;
	const struct graph *g = n->p->g;

	for (size_t i = 0; i < k->n_ops; i++)
		n->is_whole[k->ops[i]] = false;
	for (size_t i = k->n_ops; i-- > 0;) {
		uint32_t result = op_output(g, &g->ops[k->ops[i]], 0);
		uint32_t storage = storage_of(g, result);

		n->is_whole[k->ops[i]] = needs_is_for_others(n, storage) ||
					 !needs_is_read(n, storage) || is_read_whole(n, result);
	}
}

static void list_readers(struct needs *n)
{
	const struct graph *g = n->p->g;

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

static void find_views(struct needs *n)
{
	for (uint32_t o = 0; o < n->p->g->n_ops; o++) {
		struct op_info info;

		op_describe(n->p->g, o, &info);
		n->is_view[o] = op_is_view(&info);
	}
}

void needs_init(struct needs *n, const struct parser *p)
{
	const struct graph *g = p->g;

	*n = (struct needs){.p = p};
	n->is_view = xcalloc(g->n_ops + 1, sizeof(*n->is_view));
	n->is_whole = xcalloc(g->n_ops + 1, sizeof(*n->is_whole));
	n->stays = xcalloc(g->n_tensors + 1, sizeof(*n->stays));
	n->is_given = xcalloc(g->n_tensors + 1, sizeof(*n->is_given));
	n->is_put_out = xcalloc(g->n_tensors + 1, sizeof(*n->is_put_out));
	for (uint32_t t = 0; t < g->n_tensors; t++) {
		uint32_t s = storage_of(g, t);
		uint8_t role = g->tensors[t].role;

		n->stays[s] |= role != ROLE_INTERMEDIATE;
		n->is_given[s] |= role == ROLE_INPUT || role == ROLE_WEIGHT || role == ROLE_STATE;
		n->is_put_out[s] |= role == ROLE_OUTPUT || role == ROLE_STATE;
	}
	find_views(n);
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
