/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shape rules of views and of the kinds that move data: what they take and what
 * comes out.  Whether a view can be had without a copy is views.c.
 */
#include "ir/shape_rule.h"

bool shape_reshape(struct op_ctx *c)
{
	uint64_t in = tensor_elements(c->g, op_input(c->g, c->op, 0));
	uint64_t out = tensor_elements(c->g, op_output(c->g, c->op, 0));

	return in == out || rule_broken(c,
					"the number of elements changes (found %" PRIu64
					", expected %" PRIu64 ")",
					out, in);
}

bool shape_transpose(struct op_ctx *c)
{
	const struct shape *in = input_shape(c, 0);
	struct shape out = { .n_dims = in->n_dims };
	unsigned perm[MAX_DIMS];

	if (!op_perm(c, in->n_dims, perm))
		return rule_broken(c, "perm is not a permutation of the %u dimensions", in->n_dims);
	for (unsigned d = 0; d < in->n_dims; d++)
		out.dims[d] = in->dims[perm[d]];
	return expect_output(c, 0, &out);
}

bool shape_concat(struct op_ctx *c)
{
	struct shape out = *input_shape(c, 0);
	int64_t total = 0;
	unsigned axis;

	if (!expect_axis(c, &axis))
		return false;
	for (unsigned i = 0; i < c->op->n_inputs; i++) {
		struct shape want = out;

		if (input_shape(c, i)->n_dims == out.n_dims)
			want.dims[axis] = input_shape(c, i)->dims[axis];
		if (!expect_input(c, i, &want))
			return false;
		total += want.dims[axis];
	}
	return set_dim(c, &out, axis, total) && expect_output(c, 0, &out);
}

bool shape_split(struct op_ctx *c)
{
	const struct shape *in = input_shape(c, 0);
	size_t n;
	const int64_t *sizes = attr_values(c->g, c->op, ATTR_sizes, &n);
	struct shape want = *in;
	int64_t total = 0;
	unsigned axis;

	if (!expect_axis(c, &axis))
		return false;
	if (n != 0 && n != c->op->n_outputs)
		return rule_broken(c,
				   "sizes has the wrong number of values (found %zu, expected %u, "
				   "one per output)",
				   n, c->op->n_outputs);
	for (unsigned i = 0; i < c->op->n_outputs; i++) {
		if (n)
			want.dims[axis] = (uint32_t)sizes[i];
		else if (output_shape(c, i)->n_dims == in->n_dims)
			want.dims[axis] = output_shape(c, i)->dims[axis];
		if (!expect_output(c, i, &want))
			return false;
		total += want.dims[axis];
	}
	return total == in->dims[axis] ||
	       rule_broken(c, "the parts do not make up axis %u (found %" PRId64 ", expected %u)",
			   axis, total, in->dims[axis]);
}

bool shape_slice(struct op_ctx *c)
{
	struct shape out = *input_shape(c, 0);
	struct slice s;

	if (!op_slice(c, &s, c->why, sizeof(c->why)))
		return false;
	for (unsigned d = 0; d < out.n_dims; d++)
		out.dims[d] = (uint32_t)s.count[d];
	return expect_output(c, 0, &out);
}

bool shape_expand(struct op_ctx *c)
{
	const struct shape *in = input_shape(c, 0), *out = output_shape(c, 0);
	struct shape want = *out;

	if (in->n_dims > out->n_dims)
		return rule_broken(c,
				   "the output has fewer dimensions than the input (found %u, "
				   "expected at least %u)",
				   out->n_dims, in->n_dims);
	for (unsigned d = 0; d < in->n_dims; d++)
		if (in->dims[d] != 1)
			want.dims[out->n_dims - in->n_dims + d] = in->dims[d];
	return expect_output(c, 0, &want);
}

bool shape_pad(struct op_ctx *c)
{
	struct shape out = *input_shape(c, 0);
	size_t n;
	const int64_t *pads = attr_values(c->g, c->op, ATTR_pads, &n);

	if (n != 2 * (size_t)out.n_dims)
		return rule_broken(
			c,
			"pads has the wrong number of values (found %zu, expected %u: all "
			"low sides, then all high ones)",
			n, 2 * out.n_dims);
	for (unsigned d = 0; d < out.n_dims; d++)
		if (!set_dim(c, &out, d, out.dims[d] + pads[d] + pads[out.n_dims + d]))
			return false;
	return expect_output(c, 0, &out);
}

bool shape_gather(struct op_ctx *c)
{
	const struct shape *table = input_shape(c, 0), *indices = input_shape(c, 1);
	struct shape out = { 0 };
	unsigned axis;

	if (!expect_axis(c, &axis))
		return false;
	if (table->n_dims + indices->n_dims - 1 > MAX_DIMS)
		return rule_broken(c, "the output would have %u dimensions (expected at most %d)",
				   table->n_dims + indices->n_dims - 1, MAX_DIMS);
	for (unsigned d = 0; d < axis; d++)
		out.dims[out.n_dims++] = table->dims[d];
	for (unsigned d = 0; d < indices->n_dims; d++)
		out.dims[out.n_dims++] = indices->dims[d];
	for (unsigned d = axis + 1; d < table->n_dims; d++)
		out.dims[out.n_dims++] = table->dims[d];
	return expect_output(c, 0, &out);
}

/* out = cache: the same tensor, a state, of which [at, at + extent of new) is written. */
bool shape_append(struct op_ctx *c)
{
	struct shape want = *input_shape(c, 0);
	const struct shape *added = input_shape(c, 1);
	int64_t at = attr_int(c->g, c->op, ATTR_at);
	unsigned axis;

	if (op_output(c->g, c->op, 0) != op_input(c->g, c->op, 0))
		return rule_broken(c, "the output must be the cache (found %.60s, expected %.60s)",
				   c->g->tensors[op_output(c->g, c->op, 0)].id,
				   c->g->tensors[op_input(c->g, c->op, 0)].id);
	if (!expect_axis(c, &axis))
		return false;
	if (added->n_dims == want.n_dims) {
		if (at + added->dims[axis] > want.dims[axis])
			return rule_broken(c,
					   "at=%" PRId64 " and %u more pass the end of the cache "
					   "(expected at most %u)",
					   at, added->dims[axis], want.dims[axis]);
		want.dims[axis] = added->dims[axis];
	}
	return expect_input(c, 1, &want);
}

/* The table holds sines and cosines for pairs of the last dimension. */
bool shape_rope(struct op_ctx *c)
{
	const struct shape *x = input_shape(c, 0), *table = input_shape(c, 1);
	uint32_t head = x->dims[x->n_dims - 1], entry = table->dims[table->n_dims - 1];

	if (head % entry != 0)
		return rule_broken(
			c,
			"the table's last dimension does not divide the input's (found %u, "
			"expected a divisor of %u)",
			entry, head);
	return shape_same(c);
}

/* One scale, one per index of the axis, or one per group of elements along it. */
bool shape_quant(struct op_ctx *c)
{
	int64_t group = attr_int(c->g, c->op, ATTR_group);
	const struct shape *x = input_shape(c, 0);
	struct shape want = *x;
	unsigned axis;

	if (!expect_axis(c, &axis))
		return false;
	if (group == 0) {
		if (tensor_elements(c->g, op_input(c->g, c->op, 1)) == 1)
			return shape_same(c);
		return expect_vector(c, 1, x->dims[axis]) && shape_same(c);
	}
	want.dims[axis] = (uint32_t)ceil_div_u64(x->dims[axis], (uint64_t)group);
	return expect_input(c, 1, &want) && shape_same(c);
}

bool shape_any(struct op_ctx *c)
{
	(void)c;
	return true;
}
