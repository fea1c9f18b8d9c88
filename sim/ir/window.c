/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the attribute lists of an operator mean: windows, axes, slices and
 * permutations, with every short form written out.  Shared by the shape rules
 * and the access relations; decides nothing about either.
 */
#include <stdio.h>

#include "ir/op_row.h"

/* One value for all dimensions, or one each; none: `fallback`. */
static bool spread(const struct graph *g, const struct op *op, enum attr_key key, unsigned n_dims,
		   const int64_t *fallback, int64_t *to)
{
	size_t n;
	const int64_t *v = attr_values(g, op, key, &n);

	for (unsigned d = 0; d < n_dims; d++)
		to[d] = n == 0 ? fallback[d] : v[n == 1 ? 0 : d];
	return n <= 1 || n == n_dims;
}

/* One value, one for each dimension, or one for each side: all low ones, then all high. */
static bool spread_pad(const struct graph *g, const struct op *op, struct window *w)
{
	size_t n;
	const int64_t *v = attr_values(g, op, ATTR_pad, &n);

	for (unsigned d = 0; d < w->n; d++) {
		w->pad_lo[d] = v[n == 1 ? 0 : d];
		w->pad_hi[d] = n == 2 * w->n ? v[w->n + d] : w->pad_lo[d];
	}
	return n == 1 || n == w->n || n == 2 * w->n;
}

static unsigned spatial_dims(const struct op_row *row)
{
	for (unsigned i = 0; i < row->n_attrs; i++)
		if (row->attrs[i].key == ATTR_stride)
			return row->attrs[i].max_values;
	BUG("not a kind with a window");
}

bool op_window(const struct graph *g, const struct op *op, struct window *w, char *why,
	       size_t why_size)
{
	static const int64_t ones[MAX_SPATIAL] = { 1, 1, 1 }, zeros[MAX_SPATIAL] = { 0, 0, 0 };
	size_t n;
	const int64_t *groups = attr_values(g, op, ATTR_groups, &n);
	int64_t from_weight[MAX_SPATIAL] = { 0 };

	*w = (struct window){ .n = spatial_dims(op_row(op->kind)), .groups = groups ? *groups : 1 };
	if (op->n_inputs > 1) {
		const struct shape *weight = graph_shape(g, op_input(g, op, 1));
		for (unsigned d = 0; d < w->n && d + 2 < weight->n_dims; d++)
			from_weight[d] = weight->dims[d + 2];
	}
	if (!spread(g, op, ATTR_kernel, w->n, from_weight, w->kernel) ||
	    !spread(g, op, ATTR_stride, w->n, w->kernel, w->stride) ||
	    !spread(g, op, ATTR_dilation, w->n, ones, w->dilation) ||
	    !spread(g, op, ATTR_output_pad, w->n, zeros, w->output_pad) || !spread_pad(g, op, w)) {
		snprintf(why, why_size,
			 "an attribute has the wrong number of values (expected 1 or %u, pad also "
			 "%u)",
			 w->n, 2 * w->n);
		return false;
	}
	return true;
}

struct matmul_operands matmul_operands(const struct graph *g, const struct op *op)
{
	if (op->n_inputs == 4)
		return (struct matmul_operands){ .bias = 2, .scale = 3 };
	if (op->n_inputs == 3 && attr_int(g, op, ATTR_group) > 0)
		return (struct matmul_operands){ .scale = 2 };
	return (struct matmul_operands){ .bias = op->n_inputs == 3 ? 2 : 0 };
}

static bool axis_of(int64_t axis, unsigned n_dims, unsigned *out)
{
	if (axis < 0)
		axis += n_dims;
	*out = (unsigned)axis;
	return axis >= 0 && axis < (int64_t)n_dims;
}

bool op_axis(const struct op_ctx *c, unsigned n_dims, unsigned *axis)
{
	return axis_of(attr_int(c->g, c->op, ATTR_axis), n_dims, axis);
}

bool op_axes(const struct op_ctx *c, unsigned n_dims, uint32_t *mask)
{
	size_t n;
	const int64_t *v = attr_values(c->g, c->op, ATTR_axes, &n);
	unsigned axis;

	*mask = n == 0 ? (1u << n_dims) - 1 : 0;
	for (size_t i = 0; i < n; i++) {
		if (!axis_of(v[i], n_dims, &axis) || (*mask & 1u << axis))
			return false;
		*mask |= 1u << axis;
	}
	return true;
}

/* ONNX's reading: negative from the end, clamped to the dimension. */
static int64_t slice_bound(int64_t v, int64_t dim)
{
	if (v < 0)
		v += dim;
	return v < 0 ? 0 : v > dim ? dim : v;
}

bool op_slice(const struct op_ctx *c, struct slice *s, char *why, size_t why_size)
{
	const struct shape *in = input_shape(c, 0);
	size_t n_axes, n, n_ends, n_steps;
	const int64_t *axes = attr_values(c->g, c->op, ATTR_axes, &n_axes);
	const int64_t *starts = attr_values(c->g, c->op, ATTR_starts, &n);
	const int64_t *ends = attr_values(c->g, c->op, ATTR_ends, &n_ends);
	const int64_t *steps = attr_values(c->g, c->op, ATTR_steps, &n_steps);
	uint32_t seen = 0;

	*s = (struct slice){ 0 };
	for (unsigned d = 0; d < in->n_dims; d++) {
		s->count[d] = in->dims[d];
		s->step[d] = 1;
	}
	if (n != n_ends || (n_axes && n != n_axes) || (n_steps && n != n_steps) || n > in->n_dims) {
		snprintf(why, why_size, "axes, starts, ends and steps must have as many values");
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned axis = (unsigned)i;

		if ((n_axes && !axis_of(axes[i], in->n_dims, &axis)) || (seen & 1u << axis)) {
			snprintf(why, why_size, "axes names a wrong axis, or one twice");
			return false;
		}
		seen |= 1u << axis;
		int64_t end = slice_bound(ends[i], in->dims[axis]);

		s->start[axis] = slice_bound(starts[i], in->dims[axis]);
		s->step[axis] = n_steps ? steps[i] : 1;
		if (end <= s->start[axis]) {
			snprintf(why, why_size, "the slice of axis %u is empty", axis);
			return false;
		}
		s->count[axis] = (end - s->start[axis] - 1) / s->step[axis] + 1;
	}
	return true;
}

bool op_perm(const struct op_ctx *c, unsigned n_dims, unsigned perm[MAX_DIMS])
{
	size_t n;
	const int64_t *v = attr_values(c->g, c->op, ATTR_perm, &n);
	uint32_t seen = 0;

	for (unsigned d = 0; d < n_dims; d++) {
		perm[d] = n == 0 ? n_dims - 1 - d : 0;
		if (n == n_dims && !axis_of(v[d], n_dims, &perm[d]))
			return false;
		seen |= 1u << perm[d];
	}
	return (n == 0 || n == n_dims) && seen == (1u << n_dims) - 1;
}
