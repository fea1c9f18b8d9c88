/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access relations of views (in index space, whatever the storage), and what counts
 * as touched where an operator reads or writes only rows of a tensor.
 */
#include "ir/op_row.h"

/*
 * Dimensions that a reshape keeps, apart from the first of a group that it merges
 * (whose index is the quotient), are followed; all others are taken whole.
 */
void describe_reshape(const struct op_ctx *c, struct op_info *out)
{
	const struct shape *in = input_shape(c, 0), *to = output_shape(c, 0);
	struct access *a = add_access(out, in->n_dims);
	uint64_t in_before = 1; /* elements of the dimensions so far */

	for (unsigned d = 0; d < in->n_dims; d++) {
		uint64_t to_before = 1;
		unsigned o = 0;

		a->axis[d].whole = in->dims[d] != 1;
		while (o < to->n_dims && (to_before < in_before || to->dims[o] == 1))
			to_before *= to->dims[o++];
		if (o < to->n_dims && to_before == in_before && to->dims[o] % in->dims[d] == 0 &&
		    in->dims[d] != 1) {
			follow_out(&a->axis[d], o);
			a->axis[d].out_div = to->dims[o] / in->dims[d];
			a->axis[d].whole = false;
		}
		in_before *= in->dims[d];
	}
}

void describe_transpose(const struct op_ctx *c, struct op_info *out)
{
	struct access *a = add_access(out, out->out.n_dims);
	unsigned perm[MAX_DIMS];

	op_perm(c, a->n_dims, perm);
	for (unsigned d = 0; d < a->n_dims; d++)
		follow_out(&a->axis[perm[d]], d);
}

/* Each input lies at its place along the axis; what lies beside it is another's. */
void describe_concat(const struct op_ctx *c, struct op_info *out)
{
	int64_t at = 0;
	unsigned axis;

	if (c->op->n_inputs > OP_MAX_ACCESS) {
		out->refusal = "more than 16 inputs cannot be planned; join them a few at a time";
		return;
	}
	op_axis(c, out->out.n_dims, &axis);
	for (unsigned i = 0; i < c->op->n_inputs; i++) {
		struct access *a = add_access(out, out->out.n_dims);

		for (unsigned d = 0; d < a->n_dims; d++)
			follow_out(&a->axis[d], d);
		a->axis[axis].offset = -at;
		at += input_shape(c, i)->dims[axis];
	}
}

/* Of output 0; the other outputs follow at the offset of their placement. */
void describe_split(const struct op_ctx *c, struct op_info *out)
{
	struct access *a = add_access(out, input_shape(c, 0)->n_dims);

	for (unsigned d = 0; d < a->n_dims; d++)
		follow_out(&a->axis[d], d);
}

void describe_slice(const struct op_ctx *c, struct op_info *out)
{
	struct access *a = add_access(out, out->out.n_dims);
	struct slice s;
	char why[1];

	op_slice(c, &s, why, sizeof(why));
	for (unsigned d = 0; d < a->n_dims; d++) {
		follow_out(&a->axis[d], d);
		a->axis[d].out_mul = s.step[d];
		a->axis[d].offset = s.start[d];
	}
}

void describe_expand(const struct op_ctx *c, struct op_info *out)
{
	add_broadcast(c, out, 0);
}

/* What lies outside the input is padding, which nobody reads. */
void describe_pad(const struct op_ctx *c, struct op_info *out)
{
	struct access *a = add_access(out, out->out.n_dims);
	size_t n;
	const int64_t *pads = attr_values(c->g, c->op, ATTR_pads, &n);

	for (unsigned d = 0; d < a->n_dims; d++) {
		follow_out(&a->axis[d], d);
		a->axis[d].offset = -pads[d];
	}
}

/*
 * An element is turned with the other of its pair, which may stand anywhere in the last
 * dimension, and so may the sine and cosine in the table.  The table's other dimensions are
 * those of the input that they equal, from the last on; one that equals none is taken whole.
 */
void describe_rope(const struct op_ctx *c, struct op_info *out)
{
	const struct shape *x = input_shape(c, 0), *table = input_shape(c, 1);
	unsigned last = x->n_dims - 1, at = last;
	struct access *a = add_access(out, x->n_dims), *t = add_access(out, table->n_dims);

	for (unsigned d = 0; d <= last; d++)
		follow_out(&a->axis[d], d);
	a->axis[last].whole = true;
	t->axis[table->n_dims - 1].whole = true;
	for (unsigned d = table->n_dims - 1; d-- > 0;) {
		unsigned found = at;

		while (found > 0 && x->dims[found - 1] != table->dims[d])
			found--;
		if (found > 0 && table->dims[d] > 1)
			follow_out(&t->axis[d], at = found - 1);
		else
			t->axis[d].whole = true;
	}
}

/* One scale for all, one for each index of the axis, or one for each group along it. */
void describe_quant(const struct op_ctx *c, struct op_info *out)
{
	int64_t group = attr_int(c->g, c->op, ATTR_group);
	struct access *scale;
	unsigned axis;

	add_broadcast(c, out, 0);
	op_axis(c, out->out.n_dims, &axis);
	if (group > 0) {
		add_broadcast(c, out, 1);
		scale = &out->access[1];
		follow_out(&scale->axis[axis], axis);
		scale->axis[axis].out_div = group;
		return;
	}
	scale = add_access(out, input_shape(c, 1)->n_dims);
	if (tensor_elements(c->g, op_input(c->g, c->op, 1)) > 1)
		follow_out(&scale->axis[0], axis);
}

/* The cache is written where the new elements go, and not read. */
void describe_append(const struct op_ctx *c, struct op_info *out)
{
	tensor_region(c->g, op_input(c->g, c->op, 1), &out->out);
	add_access(out, out->out.n_dims)->is_unread = true;
	add_broadcast(c, out, 1);
}

void part_append(const struct op_ctx *c, struct shape *s, struct placement *p)
{
	unsigned axis;

	op_axis(c, s->n_dims, &axis);
	p->offset += (uint64_t)attr_int(c->g, c->op, ATTR_at) * p->stride[axis];
	*s = *input_shape(c, 1);
}

/* Nothing of the cache is read; of the output only the appended part is written. */
uint64_t touched_append(const struct op_ctx *c, unsigned i)
{
	return i == 0 ? 0 : tensor_elements(c->g, op_input(c->g, c->op, 1));
}
