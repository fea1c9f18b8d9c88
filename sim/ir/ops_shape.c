/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shape rules of the kinds that compute: what operands must look like, and what
 * comes out.  Those of views and of data movement are in ops_shape_view.c.
 * A rule looks at shapes alone; roles and order are the builder's.
 */
#include <stdarg.h>
#include <stdio.h>

#include "ir/shape_rule.h"

bool rule_broken(struct op_ctx *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, args);
	va_end(args);
	return false;
}

static bool shape_equal(const struct shape *a, const struct shape *b)
{
	if (a->n_dims != b->n_dims)
		return false;
	for (unsigned d = 0; d < a->n_dims; d++)
		if (a->dims[d] != b->dims[d])
			return false;
	return true;
}

static bool expect_shape(struct op_ctx *c, const char *what, uint32_t tensor,
			 const struct shape *want)
{
	char found_text[SHAPE_TEXT], want_text[SHAPE_TEXT];
	const struct shape *found = graph_shape(c->g, tensor);

	if (shape_equal(found, want))
		return true;
	shape_text(found, found_text);
	shape_text(want, want_text);
	return rule_broken(c, "%s %.60s has the wrong shape (found %s, expected %s)", what,
			   c->g->tensors[tensor].id, found_text, want_text);
}

bool expect_output(struct op_ctx *c, unsigned i, const struct shape *want)
{
	return expect_shape(c, "output", op_output(c->g, c->op, i), want);
}

bool expect_input(struct op_ctx *c, unsigned i, const struct shape *want)
{
	return expect_shape(c, "input", op_input(c->g, c->op, i), want);
}

bool expect_dims(struct op_ctx *c, unsigned i, unsigned min, unsigned max)
{
	const struct shape *s = input_shape(c, i);
	char text[SHAPE_TEXT];

	if (s->n_dims >= min && s->n_dims <= max)
		return true;
	shape_text(s, text);
	if (min == max)
		return rule_broken(
			c, "input %.60s has %u dimensions (found %s, expected %u of them)",
			c->g->tensors[op_input(c->g, c->op, i)].id, s->n_dims, text, min);
	return rule_broken(c, "input %.60s has %u dimensions (found %s, expected %u to %u of them)",
			   c->g->tensors[op_input(c->g, c->op, i)].id, s->n_dims, text, min, max);
}

bool set_dim(struct op_ctx *c, struct shape *s, unsigned d, int64_t extent)
{
	if (extent < 1)
		return rule_broken(
			c, "dimension %u of the output would be %" PRId64 " (expected at least 1)",
			d, extent);
	if (extent > INT32_MAX)
		return rule_broken(c,
				   "dimension %u of the output would be %" PRId64
				   " (expected at most 2147483647)",
				   d, extent);
	s->dims[d] = (uint32_t)extent;
	return true;
}

bool expect_vector(struct op_ctx *c, unsigned i, uint32_t extent)
{
	struct shape want = { .n_dims = 1, .dims = { extent } };

	return i >= c->op->n_inputs || expect_input(c, i, &want);
}

/* Kernels are enumerated where their windows are clipped or leave holes. */
#define MAX_KERNEL 4096

static bool conv_operands(struct op_ctx *c, struct window *w, uint32_t in_channels_at)
{
	const struct shape *x = input_shape(c, 0), *weight = input_shape(c, 1);
	uint32_t groups;

	if (!op_window(c->g, c->op, w, c->why, sizeof(c->why)) ||
	    !expect_dims(c, 0, w->n + 2, w->n + 2) || !expect_dims(c, 1, w->n + 2, w->n + 2))
		return false;
	groups = (uint32_t)w->groups;
	for (unsigned d = 0; d < w->n; d++)
		if (w->kernel[d] > MAX_KERNEL)
			return rule_broken(c, "kernel of %" PRId64 " (expected at most %d)",
					   w->kernel[d], MAX_KERNEL);
	if (x->dims[1] % groups != 0 || weight->dims[0] % groups != 0)
		return rule_broken(c,
				   "groups=%u does not divide the channels (found %u in and %u in "
				   "the weight's first dimension)",
				   groups, x->dims[1], weight->dims[0]);
	if (in_channels_at == 1 && weight->dims[1] != x->dims[1] / groups)
		return rule_broken(c, "weight has the wrong input channels (found %u, expected %u)",
				   weight->dims[1], x->dims[1] / groups);
	if (in_channels_at == 0 && weight->dims[0] != x->dims[1])
		return rule_broken(c, "weight has the wrong input channels (found %u, expected %u)",
				   weight->dims[0], x->dims[1]);
	return true;
}

bool shape_conv(struct op_ctx *c)
{
	const struct shape *x = input_shape(c, 0);
	struct window w;
	struct shape out;

	if (!conv_operands(c, &w, 1))
		return false;
	out = *x;
	out.dims[1] = input_shape(c, 1)->dims[0];
	for (unsigned d = 0; d < w.n; d++) {
		int64_t span = w.dilation[d] * (w.kernel[d] - 1) + 1;
		int64_t room = x->dims[2 + d] + w.pad_lo[d] + w.pad_hi[d] - span;

		if (room < 0)
			return rule_broken(
				c,
				"the kernel is larger than the padded input (found %" PRId64
				", expected at most %" PRId64 ")",
				span, room + span);
		if (!set_dim(c, &out, 2 + d, room / w.stride[d] + 1))
			return false;
	}
	return expect_vector(c, 2, out.dims[1]) && expect_output(c, 0, &out);
}

bool shape_conv_transpose(struct op_ctx *c)
{
	const struct shape *x = input_shape(c, 0), *weight = input_shape(c, 1);
	struct window w;
	struct shape out;

	if (!conv_operands(c, &w, 0))
		return false;
	out = *x;
	if (!set_dim(c, &out, 1, weight->dims[1] * w.groups))
		return false;
	for (unsigned d = 0; d < w.n; d++) {
		int64_t extent = (x->dims[2 + d] - 1) * w.stride[d] - w.pad_lo[d] - w.pad_hi[d] +
				 w.dilation[d] * (w.kernel[d] - 1) + w.output_pad[d] + 1;

		if (!set_dim(c, &out, 2 + d, extent))
			return false;
	}
	return expect_vector(c, 2, out.dims[1]) && expect_output(c, 0, &out);
}

/* Right-aligned; a dimension of 1 gives way.  Both may be of any rank. */
static bool join_broadcast(struct op_ctx *c, struct shape *into, const struct shape *s)
{
	struct shape out = { .n_dims = into->n_dims > s->n_dims ? into->n_dims : s->n_dims };
	char a_text[SHAPE_TEXT], b_text[SHAPE_TEXT];

	for (unsigned i = 0; i < out.n_dims; i++) { /* from the last */
		uint32_t a = i < into->n_dims ? into->dims[into->n_dims - 1 - i] : 1;
		uint32_t b = i < s->n_dims ? s->dims[s->n_dims - 1 - i] : 1;

		if (a != b && a != 1 && b != 1) {
			shape_text(into, a_text);
			shape_text(s, b_text);
			return rule_broken(c,
					   "shapes do not broadcast (found %s and %s, expected "
					   "equal dimensions or 1)",
					   a_text, b_text);
		}
		out.dims[out.n_dims - 1 - i] = a == 1 ? b : a;
	}
	*into = out;
	return true;
}

bool shape_broadcast(struct op_ctx *c)
{
	struct shape out = *input_shape(c, 0);

	for (unsigned i = 1; i < c->op->n_inputs; i++)
		if (!join_broadcast(c, &out, input_shape(c, i)))
			return false;
	return expect_output(c, 0, &out);
}

bool shape_same(struct op_ctx *c)
{
	return expect_output(c, 0, input_shape(c, 0));
}

/* A scale per group of `group` elements along K, shaped like b; without groups one per column. */
static bool matmul_scale(struct op_ctx *c, unsigned i, unsigned k_dim, uint32_t columns)
{
	int64_t group = attr_int(c->g, c->op, ATTR_group);
	struct shape want = *input_shape(c, 1);

	if (group == 0)
		return expect_vector(c, i, columns);
	want.dims[k_dim] = (uint32_t)ceil_div_u64(want.dims[k_dim], (uint64_t)group);
	return expect_input(c, i, &want);
}

bool shape_matmul(struct op_ctx *c)
{
	const struct shape *a = input_shape(c, 0), *b = input_shape(c, 1);
	bool ta = attr_int(c->g, c->op, ATTR_transpose_a),
	     tb = attr_int(c->g, c->op, ATTR_transpose_b);
	struct matmul_operands x = matmul_operands(c->g, c->op);
	struct shape out, b_batch, joined;

	if (!expect_dims(c, 0, 2, MAX_DIMS) || !expect_dims(c, 1, 2, MAX_DIMS))
		return false;
	uint32_t rows = a->dims[a->n_dims - (ta ? 1 : 2)], k = a->dims[a->n_dims - (ta ? 2 : 1)];
	uint32_t b_k = b->dims[b->n_dims - (tb ? 1 : 2)],
		 columns = b->dims[b->n_dims - (tb ? 2 : 1)];

	if (k != b_k)
		return rule_broken(c,
				   "the inner dimensions differ (found %u of a and %u of b, "
				   "expected equal ones)",
				   k, b_k);
	out = *a;
	out.n_dims -= 2;
	b_batch = *b;
	b_batch.n_dims -= 2;
	if (!join_broadcast(c, &out, &b_batch))
		return false;
	out.dims[out.n_dims++] = rows;
	out.dims[out.n_dims++] = columns;
	if (!expect_output(c, 0, &out))
		return false;
	if (x.scale && !matmul_scale(c, x.scale, b->n_dims - (tb ? 1 : 2), columns))
		return false;
	joined = out;
	return !x.bias || (join_broadcast(c, &joined, input_shape(c, x.bias)) &&
			   (shape_equal(&joined, &out) ||
			    rule_broken(c, "the bias is larger than the output")));
}

bool shape_upsample(struct op_ctx *c)
{
	size_t n;
	const int64_t *scale = attr_values(c->g, c->op, ATTR_scale, &n);
	struct shape out = *input_shape(c, 0);
	unsigned spatial = out.n_dims - 2;

	if (!expect_dims(c, 0, 3, 5))
		return false;
	if (n != 1 && n != spatial)
		return rule_broken(c,
				   "scale has the wrong number of values (found %zu, expected 1 "
				   "or %u)",
				   n, spatial);
	for (unsigned d = 0; d < spatial; d++)
		if (!set_dim(c, &out, 2 + d, out.dims[2 + d] * scale[n == 1 ? 0 : d]))
			return false;
	return expect_output(c, 0, &out);
}

bool shape_pool(struct op_ctx *c)
{
	struct window w;
	struct shape out = *input_shape(c, 0);

	if (!op_window(c->g, c->op, &w, c->why, sizeof(c->why)) ||
	    !expect_dims(c, 0, w.n + 2, w.n + 2))
		return false;
	for (unsigned d = 0; d < w.n; d++) {
		int64_t room = out.dims[2 + d] + w.pad_lo[d] + w.pad_hi[d] - w.kernel[d];

		if (w.pad_lo[d] >= w.kernel[d] || w.pad_hi[d] >= w.kernel[d])
			return rule_broken(c,
					   "padding as large as the kernel (found %" PRId64
					   ", expected at most %" PRId64 ")",
					   w.pad_lo[d] > w.pad_hi[d] ? w.pad_lo[d] : w.pad_hi[d],
					   w.kernel[d] - 1);
		if (room < 0)
			return rule_broken(
				c,
				"the kernel is larger than the padded input (found %" PRId64
				", expected at most %" PRId64 ")",
				w.kernel[d], room + w.kernel[d]);
		if (!set_dim(c, &out, 2 + d, room / w.stride[d] + 1))
			return false;
	}
	return expect_output(c, 0, &out);
}

bool shape_global_pool(struct op_ctx *c)
{
	struct shape out = *input_shape(c, 0);

	if (!expect_dims(c, 0, 3, 2 + OP_MAX_RED))
		return false;
	for (unsigned d = 2; d < out.n_dims; d++)
		out.dims[d] = 1;
	return expect_output(c, 0, &out);
}

bool shape_group_norm(struct op_ctx *c)
{
	int64_t groups = attr_int(c->g, c->op, ATTR_groups);
	const struct shape *x = input_shape(c, 0);

	if (!expect_dims(c, 0, 2, MAX_DIMS))
		return false;
	if (x->dims[1] % (uint64_t)groups != 0)
		return rule_broken(c, "groups=%" PRId64 " does not divide the channels (found %u)",
				   groups, x->dims[1]);
	return expect_vector(c, 1, x->dims[1]) && expect_vector(c, 2, x->dims[1]) && shape_same(c);
}

bool expect_axis(struct op_ctx *c, unsigned *axis)
{
	unsigned n_dims = input_shape(c, 0)->n_dims;

	if (op_axis(c, n_dims, axis))
		return true;
	return rule_broken(c, "axis=%" PRId64 " is outside the input (expected -%u to %u)",
			   attr_int(c->g, c->op, ATTR_axis), n_dims, n_dims - 1);
}

/* Normalised from `axis` to the last dimension, as ONNX does. */
bool shape_axis_norm(struct op_ctx *c)
{
	const struct shape *x = input_shape(c, 0);
	struct shape affine = { 0 };
	unsigned axis;

	if (!expect_axis(c, &axis))
		return false;
	for (unsigned d = axis; d < x->n_dims; d++)
		affine.dims[affine.n_dims++] = x->dims[d];
	for (unsigned i = 1; i < c->op->n_inputs; i++)
		if (!expect_input(c, i, &affine))
			return false;
	return shape_same(c);
}

bool shape_softmax(struct op_ctx *c)
{
	unsigned axis;

	return expect_axis(c, &axis) && shape_same(c);
}

bool shape_batch_norm(struct op_ctx *c)
{
	const struct shape *x = input_shape(c, 0);

	return expect_dims(c, 0, 2, MAX_DIMS) && expect_vector(c, 1, x->dims[1]) &&
	       expect_vector(c, 2, x->dims[1]) && shape_same(c);
}

bool shape_reduce(struct op_ctx *c)
{
	const struct shape *x = input_shape(c, 0);
	bool keep = attr_int(c->g, c->op, ATTR_keepdims);
	struct shape out = { 0 };
	uint32_t mask;

	if (!op_axes(c, x->n_dims, &mask))
		return rule_broken(c,
				   "axes names an axis twice or one outside the input (expected "
				   "-%u to %u)",
				   x->n_dims, x->n_dims - 1);
	for (unsigned d = 0; d < x->n_dims; d++) {
		if (!(mask & 1u << d))
			out.dims[out.n_dims++] = x->dims[d];
		else if (keep)
			out.dims[out.n_dims++] = 1;
	}
	if (out.n_dims == 0)
		out.dims[out.n_dims++] = 1;
	return expect_output(c, 0, &out);
}
