/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of ONNX operators that compute element by element, reduce, normalise or multiply. */
#include <string.h>

#include "trace/import/onnx_node.h"

/* Further inputs (bounds, a diagonal) are single numbers that cost nothing. */
bool make_unary(struct node *n)
{
	struct value *x = n->in[0], *y = n->out[0];
	bool is_test = strcmp(n->row->name, "Not") == 0;

	if (!node_result(n, 0, is_test ? DTYPE_BOOL : x->dtype, x->n_dims, x->dims))
		return false;
	fold_unary(n->d, (enum fold_op)n->row->fold, x, y);
	node_step_one(n, "", n->row->kind, x, y, "%s", "");
	return true;
}

bool make_cast(struct node *n)
{
	struct value *x = n->in[0], *y = n->out[0];
	int64_t to = node_int(n, "to", 0);
	enum dtype dtype;

	if (to < 0 || to > 100 || !onnx_dtype((int32_t)to, &dtype))
		return node_fail(n, "cannot convert to type %" PRId64, to);
	if (!node_result(n, 0, dtype, x->n_dims, x->dims))
		return false;
	fold_cast(n->d, x, y);
	node_step_one(n, "", "cast", x, y, "%s", "");
	return true;
}

static bool joined_result(struct node *n, unsigned i, enum dtype dtype, struct value *a,
			  struct value *b)
{
	unsigned n_dims = 0;
	int64_t dims[MAX_DIMS];

	return join_dims(n, a, &n_dims, dims) && join_dims(n, b, &n_dims, dims) &&
	       node_result(n, i, dtype, n_dims, dims);
}

static void fold_step(struct node *n, struct value *a, struct value *b, struct value *y)
{
	fold_binary(n->d, (enum fold_op)n->row->fold, a, b, y);
	node_step(n, n->row->kind, (struct value *[]){ a, b }, 2, &y, 1, "%s", "");
}

/* Max, Min and Sum take any number: two at a time, in a chain. */
bool make_binary(struct node *n)
{
	struct value *sum = n->in[0], *y = n->out[0];

	if (n->n_in == 1)
		return make_same_view(n);
	for (unsigned i = 1; i < n->n_in; i++) {
		struct value *result = n->out[0] = y;

		if (i + 1 < n->n_in)
			result = n->out[0] =
				draft_value(n->d, draft_text(n->d, "%s/%u", n->name, i));
		if (!joined_result(n, 0, sum->dtype, sum, n->in[i]))
			return false;
		fold_step(n, sum, n->in[i], result);
		sum = result;
	}
	return true;
}

bool make_compare(struct node *n)
{
	if (!joined_result(n, 0, DTYPE_BOOL, n->in[0], n->in[1]))
		return false;
	fold_step(n, n->in[0], n->in[1], n->out[0]);
	return true;
}

bool make_where(struct node *n)
{
	struct value *c = n->in[0], *a = n->in[1], *b = n->in[2];
	unsigned n_dims = 0;
	int64_t dims[MAX_DIMS];

	if (!join_dims(n, c, &n_dims, dims) || !join_dims(n, a, &n_dims, dims) ||
	    !join_dims(n, b, &n_dims, dims) || !node_result(n, 0, a->dtype, n_dims, dims))
		return false;
	fold_where(n->d, c, a, b, n->out[0]);
	node_step(n, "where", n->in, 3, n->out, 1, "%s", "");
	return true;
}

/* One axis as an attribute (ArgMax), or a list, in older sets an attribute too. */
static bool reduced_axes(struct node *n, uint32_t *mask)
{
	unsigned axis;

	if (strncmp(n->row->name, "Arg", 3) != 0)
		return node_axes(n, "axes", 1, n->in[0]->n_dims, mask);
	if (!node_axis(n, node_int(n, "axis", 0), n->in[0]->n_dims, &axis))
		return false;
	*mask = 1u << axis;
	return true;
}

bool make_reduce(struct node *n)
{
	struct value *x = n->in[0], *y = n->out[0];
	bool keeps = node_int(n, "keepdims", 1) != 0, is_arg = strncmp(n->row->name, "Arg", 3) == 0;
	int64_t dims[MAX_DIMS], axes[MAX_DIMS];
	unsigned n_dims = 0, n_axes = 0;
	uint32_t mask;

	if (!reduced_axes(n, &mask))
		return false;
	if (!is_arg && node_int(n, "noop_with_empty_axes", 0) && !node_in(n, 1) &&
	    !node_attr(n, "axes"))
		mask = 0;
	for (unsigned d = 0; d < x->n_dims; d++) {
		bool is_reduced = mask >> d & 1;

		if (is_reduced)
			axes[n_axes++] = d;
		if (!is_reduced || keeps)
			dims[n_dims++] = is_reduced ? 1 : x->dims[d];
	}
	if (!node_result(n, 0, is_arg ? DTYPE_I64 : x->dtype, n_dims, dims))
		return false;
	if (n_axes == 0)
		node_step_one(n, "", "reshape", x, y, "%s", "");
	else
		node_step_one(n, "", "reduce", x, y, "fn=%s %s keepdims=%d", n->row->kind,
			      node_list_text(n, "axes", axes, n_axes), keeps);
	return true;
}

/* Before set 13 over all dimensions from the axis on, as if they were one. */
bool make_softmax(struct node *n)
{
	struct value *x = n->in[0], *y = n->out[0], *flat, *soft;
	int64_t dims[2] = { 1, 1 };
	unsigned axis;

	if (!node_result_like(n, 0, x))
		return false;
	if (x->n_dims == 0)
		return node_fail(n, "its input has no dimensions");
	if (!node_axis(n, node_int(n, "axis", n->opset < 13 ? 1 : -1), x->n_dims, &axis))
		return false;
	if (n->opset >= 13 || axis == x->n_dims - 1) {
		node_step_one(n, "", "softmax", x, y, "axis=%d",
			      axis == x->n_dims - 1 ? -1 : (int)axis);
		return true;
	}
	for (unsigned d = 0; d < x->n_dims; d++)
		dims[d >= axis] *= x->dims[d];
	if (dims[0] > INT32_MAX || dims[1] > INT32_MAX)
		return node_fail(n, "more than 2^31 elements in a row");
	flat = node_between(n, "/flat", x->dtype, 2, dims);
	soft = node_between(n, "/soft", x->dtype, 2, dims);
	node_step_one(n, "/flat", "reshape", x, flat, "%s", "");
	node_step_one(n, "", "softmax", flat, soft, "axis=1");
	node_step_one(n, "/shaped", "reshape", soft, y, "%s", "");
	return true;
}

/* gamma and beta have the shape of the dimensions that are normalised. */
bool make_layer_norm(struct node *n)
{
	struct value *x = n->in[0];
	struct value *operands[3] = { x };
	unsigned n_operands = 1, axis;

	if (!node_result_like(n, 0, x) ||
	    !node_axis(n, node_int(n, "axis", -1), x->n_dims, &axis))
		return false;
	for (unsigned i = 1; i < n->n_in; i++) {
		struct value *affine = node_in(n, i), *shaped;

		if (!affine)
			continue;
		if (affine->n_dims > x->n_dims - axis)
			return node_fail(n, "input %u has more dimensions than are normalised", i);
		shaped = affine;
		if (affine->n_dims != x->n_dims - axis) {
			shaped = node_between(n, "/affine", affine->dtype, x->n_dims - axis,
					      x->dims + axis);
			shaped->is_static = true;
		}
		operands[n_operands++] = shaped;
	}
	node_step(n, n->row->kind, operands, n_operands, n->out, 1, "axis=%u", axis);
	return true;
}

/* Statistics that were learned are folded into scale and shift; the others are taken. */
bool make_channel_norm(struct node *n)
{
	struct value *x = n->in[0];
	bool is_batch = strcmp(n->row->name, "BatchNormalization") == 0;
	bool is_group = strcmp(n->row->name, "GroupNormalization") == 0;
	struct value *operands[3] = { x, n->in[1], n->in[2] };
	int64_t groups;

	if (x->n_dims < 2)
		return node_fail(n, "%u dimensions (expected at least 2)", x->n_dims);
	if (!node_result_like(n, 0, x))
		return false;
	groups = is_group ? node_int(n, "num_groups", 0) : x->dims[1];
	if (groups < 1 || groups > x->dims[1])
		return node_fail(n, "%" PRId64 " groups of %" PRId64 " channels", groups,
				 x->dims[1]);
	for (unsigned i = 1; is_group && i < 3; i++) /* set 18: one of each group */
		if (operands[i]->n_dims == 1 && operands[i]->dims[0] == groups &&
		    groups != x->dims[1]) {
			operands[i] = node_between(n, "/affine", x->dtype, 1, &x->dims[1]);
			operands[i]->is_static = true;
		}
	if (is_batch)
		node_step(n, "batchnorm", operands, 3, n->out, 1, "%s", "");
	else
		node_step(n, "groupnorm", operands, 3, n->out, 1, "groups=%" PRId64, groups);
	return true;
}

/* An operand without a row or without a column gets one for the product. */
static struct value *as_matrix(struct node *n, struct value *v, bool is_left)
{
	int64_t dims[2] = { 1, 1 };
	struct value *matrix;

	if (v->n_dims != 1)
		return v;
	dims[is_left] = v->dims[0];
	matrix = node_between(n, is_left ? "/row" : "/column", v->dtype, 2, dims);
	matrix->is_static = v->is_static;
	node_step_one(n, is_left ? "/row" : "/column", "reshape", v, matrix, "%s", "");
	return matrix;
}

static bool matmul_dims(struct node *n, const struct value *a, const struct value *b,
			unsigned *n_dims, int64_t *dims)
{
	struct value batch_a = *a, batch_b = *b;

	if (a->n_dims < 2 || b->n_dims < 2)
		return node_fail(n, "an operand without dimensions");
	if (a->dims[a->n_dims - 1] != b->dims[b->n_dims - 2])
		return node_fail(n,
				 "the inner dimensions differ (found %" PRId64 " and %" PRId64 ")",
				 a->dims[a->n_dims - 1], b->dims[b->n_dims - 2]);
	batch_a.n_dims -= 2;
	batch_b.n_dims -= 2;
	*n_dims = 0;
	if (!join_dims(n, &batch_a, n_dims, dims) || !join_dims(n, &batch_b, n_dims, dims))
		return false;
	dims[(*n_dims)++] = a->dims[a->n_dims - 2];
	dims[(*n_dims)++] = b->dims[b->n_dims - 1];
	return true;
}

bool make_matmul(struct node *n)
{
	struct value *a = as_matrix(n, n->in[0], true), *b = as_matrix(n, n->in[1], false);
	bool has_rows = n->in[0]->n_dims != 1, has_columns = n->in[1]->n_dims != 1;
	struct value *y = n->out[0], *product = y;
	int64_t dims[MAX_DIMS], kept[MAX_DIMS];
	unsigned n_dims, n_kept = 0;

	if (!matmul_dims(n, a, b, &n_dims, dims))
		return false;
	for (unsigned d = 0; d < n_dims; d++)
		if ((d != n_dims - 2 || has_rows) && (d != n_dims - 1 || has_columns))
			kept[n_kept++] = dims[d];
	if (!node_result(n, 0, a->dtype, n_kept, kept))
		return false;
	if (n_kept != n_dims)
		product = node_between(n, "/product", a->dtype, n_dims, dims);
	node_step(n, "matmul", (struct value *[]){ a, b }, 2, &product, 1, "%s", "");
	if (product != y)
		node_step_one(n, "/shaped", "reshape", product, y, "%s", "");
	return true;
}

bool make_gemm(struct node *n)
{
	struct value *a = n->in[0], *b = n->in[1], *c = node_in(n, 2);
	struct value *operands[3] = { a, b, c };
	unsigned ta = node_int(n, "transA", 0) != 0, tb = node_int(n, "transB", 0) != 0;
	int64_t dims[2];

	if (a->n_dims != 2 || b->n_dims != 2)
		return node_fail(n, "operands of %u and %u dimensions (expected 2 and 2)",
				 a->n_dims, b->n_dims);
	if (a->dims[!ta] != b->dims[tb])
		return node_fail(n,
				 "the inner dimensions differ (found %" PRId64 " and %" PRId64 ")",
				 a->dims[!ta], b->dims[tb]);
	dims[0] = a->dims[ta];
	dims[1] = b->dims[!tb];
	if (!node_result(n, 0, a->dtype, 2, dims))
		return false;
	node_step(n, "matmul", operands, c ? 3 : 2, n->out, 1, "transpose_a=%u transpose_b=%u", ta,
		  tb);
	return true;
}

bool make_quant(struct node *n)
{
	struct value *x = n->in[0], *scale = n->in[1], *zero = node_in(n, 2);
	bool is_quant = n->row->name[0] == 'Q';
	enum dtype dtype = is_quant ? (zero ? zero->dtype : DTYPE_I8) : scale->dtype;
	int64_t group = node_int(n, "block_size", 0);
	unsigned axis = 0;

	if (!node_result(n, 0, dtype, x->n_dims, x->dims))
		return false;
	if (scale->n_dims > 0 && value_elements(scale) > 1 &&
	    !node_axis(n, node_int(n, "axis", 1), x->n_dims, &axis))
		return false;
	node_step(n, n->row->kind, n->in, 2, n->out, 1, "axis=%u group=%" PRId64, axis, group);
	return true;
}
