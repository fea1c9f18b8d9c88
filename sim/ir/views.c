/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Views: where the elements of a reshaped, transposed, sliced, split or expanded
 * tensor lie in the storage of its source, as an offset and strides.  What strides
 * cannot express stays a tensor of its own, into which a plan copies (op_info.copies).
 */
#include "ir/graph_build.h"
#include "ir/op_row.h"

static void add_view(struct graph *g, uint32_t tensor, const struct placement *p)
{
	struct graph_build *b = g->build;

	GROW(g->views, g->n_views, b->view_capacity);
	g->tensors[tensor].view = (uint32_t)g->n_views;
	g->views[g->n_views++] = *p;
}

/* End of the run of dimensions from `d` on that lie like one: each stride is the next one's
 * stride times its extent. */
static unsigned merged_end(const struct shape *s, const uint64_t *stride, unsigned d)
{
	for (d++; d < s->n_dims; d++)
		if (stride[d - 1] != stride[d] * s->dims[d])
			break;
	return d;
}

/* Dimensions of 1 have no stride to speak of. */
static void drop_ones(const struct shape *in, const uint64_t *stride, struct shape *out,
		      uint64_t *out_stride)
{
	*out = (struct shape){ 0 };
	for (unsigned d = 0; d < in->n_dims; d++) {
		if (in->dims[d] == 1)
			continue;
		out_stride[out->n_dims] = stride[d];
		out->dims[out->n_dims++] = in->dims[d];
	}
}

/*
 * Cuts both shapes into the smallest groups of equal extent; a group of the input
 * whose dimensions lie like one can be cut in any way.
 */
static bool reshape_strides(const struct shape *from, const uint64_t *from_stride,
			    const struct shape *out, uint64_t *out_stride)
{
	struct shape in;
	uint64_t stride[MAX_DIMS], in_extent, out_extent;
	unsigned i = 0, o = 0;

	drop_ones(from, from_stride, &in, stride);
	while (i < in.n_dims) {
		unsigned i_end = i + 1, o_end = o + 1;

		in_extent = in.dims[i];
		out_extent = out->dims[o];
		while (in_extent != out_extent) {
			if (in_extent < out_extent)
				in_extent *= in.dims[i_end++];
			else
				out_extent *= out->dims[o_end++];
		}
		if (merged_end(&in, stride, i) < i_end)
			return false;
		uint64_t step = stride[i_end - 1];
		for (unsigned d = o_end; d-- > o;) {
			out_stride[d] = step;
			step *= out->dims[d];
		}
		i = i_end;
		o = o_end;
	}
	for (; o < out->n_dims; o++) /* ones at the end */
		out_stride[o] = 1;
	return true;
}

void resolve_reshape(struct graph *g, const struct op *op, struct placement *p)
{
	uint32_t out = op_output(g, op, 0);
	uint64_t stride[MAX_DIMS];

	if (!reshape_strides(graph_shape(g, op_input(g, op, 0)), p->stride, graph_shape(g, out),
			     stride))
		return;
	for (unsigned d = 0; d < graph_shape(g, out)->n_dims; d++)
		p->stride[d] = stride[d];
	add_view(g, out, p);
}

void resolve_transpose(struct graph *g, const struct op *op, struct placement *p)
{
	const struct op_ctx c = { .g = g, .op = op };
	struct placement out = { .storage = p->storage, .offset = p->offset };
	unsigned n_dims = input_shape(&c, 0)->n_dims, perm[MAX_DIMS];

	BUG_ON(!op_perm(&c, n_dims, perm));
	for (unsigned d = 0; d < n_dims; d++)
		out.stride[d] = p->stride[perm[d]];
	add_view(g, op_output(g, op, 0), &out);
}

void resolve_split(struct graph *g, const struct op *op, struct placement *p)
{
	const struct op_ctx c = { .g = g, .op = op };
	unsigned axis;

	BUG_ON(!op_axis(&c, input_shape(&c, 0)->n_dims, &axis));
	for (unsigned i = 0; i < op->n_outputs; i++) {
		add_view(g, op_output(g, op, i), p);
		p->offset += p->stride[axis] * output_shape(&c, i)->dims[axis];
	}
}

void resolve_slice(struct graph *g, const struct op *op, struct placement *p)
{
	struct op_ctx c = { .g = g, .op = op };
	struct slice s;

	BUG_ON(!op_slice(&c, &s, c.why, sizeof(c.why)));
	for (unsigned d = 0; d < input_shape(&c, 0)->n_dims; d++) {
		p->offset += (uint64_t)s.start[d] * p->stride[d];
		if (s.count[d] > 1)
			p->stride[d] *= (uint64_t)s.step[d];
	}
	add_view(g, op_output(g, op, 0), p);
}

void resolve_expand(struct graph *g, const struct op *op, struct placement *p)
{
	const struct op_ctx c = { .g = g, .op = op };
	const struct shape *in = input_shape(&c, 0), *out = output_shape(&c, 0);
	struct placement to = { .storage = p->storage, .offset = p->offset };
	unsigned added = out->n_dims - in->n_dims;

	for (unsigned d = 0; d < in->n_dims; d++)
		to.stride[added + d] = in->dims[d] == out->dims[added + d] ? p->stride[d] : 0;
	add_view(g, op_output(g, op, 0), &to);
}

void graph_resolve_views(struct graph *g, const struct op *op)
{
	void (*const resolve)(struct graph *, const struct op *, struct placement *) =
		op_row(op->kind)->resolve;
	struct placement p;

	if (!resolve)
		return;
	tensor_placement(g, op_input(g, op, 0), &p);
	resolve(g, op, &p);
}
