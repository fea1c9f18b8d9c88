/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph's own facts: element types, roles, sizes, and where the elements of a
 * tensor lie.  What operators mean is ops.c; how a graph comes to be is build.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ir/graph_build.h"

static const struct {
	const char *name;
	unsigned bits;
	bool is_int;
} dtypes[N_DTYPES] = {
#define X(NAME, text, bits, is_int) [DTYPE_##NAME] = { text, bits, is_int },
	DTYPE_LIST(X)
#undef X
};

static const char *const roles[N_ROLES] = {
	[ROLE_INTERMEDIATE] = "intermediate", [ROLE_INPUT] = "input", [ROLE_OUTPUT] = "output",
	[ROLE_WEIGHT] = "weight",	      [ROLE_STATE] = "state",
};

unsigned dtype_bits(enum dtype t)
{
	return dtypes[t].bits;
}

const char *dtype_name(enum dtype t)
{
	return dtypes[t].name;
}

bool dtype_is_int(enum dtype t)
{
	return dtypes[t].is_int;
}

const char *role_name(enum role r)
{
	return roles[r];
}

struct graph *graph_new(void)
{
	struct graph *g = xcalloc(1, sizeof(*g));

	g->build = xcalloc(1, sizeof(*g->build));
	g->build->strings = arena_new();
	g->model = "";
	g->model_keys = "";
	return g;
}

void graph_free(struct graph *g)
{
	if (!g)
		return;
	arena_free(g->build->strings);
	free(g->build->attr_values);
	free(g->build->attr_slots);
	free(g->build);
	free(g->tensors);
	free(g->ops);
	free(g->operands);
	free(g->shapes);
	free(g->views);
	free(g->parts);
	free(g);
}

void shape_text(const struct shape *s, char out[SHAPE_TEXT])
{
	size_t at = 0;

	for (unsigned d = 0; d < s->n_dims; d++)
		at += (size_t)snprintf(out + at, SHAPE_TEXT - at, d ? "x%" PRIu32 : "%" PRIu32,
				       s->dims[d]);
}

/* The builder has checked that sizes fit: bits of a tensor are below 2^63. */
uint64_t tensor_elements(const struct graph *g, uint32_t t)
{
	const struct shape *s = graph_shape(g, t);
	uint64_t n = 1;

	for (unsigned d = 0; d < s->n_dims; d++)
		n *= s->dims[d];
	return n;
}

uint64_t element_bytes(enum dtype type, uint64_t elements)
{
	return ceil_div_u64(elements * dtype_bits(type), 8);
}

uint64_t tensor_bytes(const struct graph *g, uint32_t t)
{
	return element_bytes(g->tensors[t].dtype, tensor_elements(g, t));
}

uint64_t region_bytes(const struct graph *g, uint32_t t, const struct region *r)
{
	return element_bytes(g->tensors[t].dtype, region_elements(r));
}

void tensor_region(const struct graph *g, uint32_t t, struct region *whole)
{
	const struct shape *s = graph_shape(g, t);

	*whole = (struct region){ .n_dims = s->n_dims };
	for (unsigned d = 0; d < s->n_dims; d++)
		whole->hi[d] = s->dims[d];
}

void shape_strides(const struct shape *s, enum layout layout, uint64_t stride[MAX_DIMS])
{
	uint64_t step = 1;

	if (layout == LAYOUT_NHWC) {
		stride[1] = 1;
		step = s->dims[1];
	}
	for (unsigned d = s->n_dims; d-- > 0;) {
		if (layout == LAYOUT_NHWC && d == 1)
			continue;
		stride[d] = step;
		step *= s->dims[d];
	}
}

void tensor_placement(const struct graph *g, uint32_t t, struct placement *out)
{
	const struct tensor *tensor = &g->tensors[t];

	if (tensor->view != NO_INDEX) {
		*out = g->views[tensor->view];
		return;
	}
	*out = (struct placement){ .storage = t };
	shape_strides(graph_shape(g, t), tensor->layout, out->stride);
}
