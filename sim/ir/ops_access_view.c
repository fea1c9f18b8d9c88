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

/* All indices, and the rows that they name: each index its own page of rows, as long as the
 * table has that many; consecutive ones share pages. */
uint64_t touched_gather(const struct op_ctx *c, unsigned i)
{
	uint64_t indices = tensor_elements(c->g, op_input(c->g, c->op, 1)), rows, n_rows, page;
	const struct shape *table = input_shape(c, 0);
	unsigned axis;

	if (i != 0)
		return i == 1 ? indices : tensor_elements(c->g, op_output(c->g, c->op, 0));
	op_axis(c, table->n_dims, &axis);
	n_rows = table->dims[axis];
	page = (uint64_t)attr_int(c->g, c->op, ATTR_page);
	if (attr_int(c->g, c->op, ATTR_rows) == ROWS_SEQUENTIAL)
		rows = round_up_u64(min_u64(indices, n_rows), page);
	else
		rows = mul_sat_u64(indices, page);
	return min_u64(rows, n_rows) * (tensor_elements(c->g, op_input(c->g, c->op, 0)) / n_rows);
}

/* Nothing of the cache is read; of the output only the appended part is written. */
uint64_t touched_append(const struct op_ctx *c, unsigned i)
{
	return i == 0 ? 0 : tensor_elements(c->g, op_input(c->g, c->op, 1));
}
