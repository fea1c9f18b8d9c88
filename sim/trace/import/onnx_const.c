/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of ONNX operators that make constants: their results are known before the run. */
#include <string.h>

#include "trace/import/onnx_node.h"

static bool list_constant(struct node *n, enum dtype dtype, bool is_scalar, const void *from,
			  size_t count)
{
	int64_t dims[1] = { (int64_t)count };
	int64_t *to;

	if (!node_result(n, 0, dtype, is_scalar ? 0 : 1, dims))
		return false;
	to = fold_room(n->d, n->out[0]);
	for (size_t i = 0; to && i < count; i++) {
		uint32_t bits;

		if (dtype == DTYPE_I64) {
			to[i] = ((const int64_t *)from)[i];
			continue;
		}
		memcpy(&bits, (const char *)from + i * sizeof(bits), sizeof(bits));
		to[i] = bits;
	}
	return true;
}

bool make_constant(struct node *n)
{
	const Onnx__AttributeProto *a;

	a = node_attr(n, "value");
	if (a && a->t) {
		n->out[0]->is_set = n->out[0]->is_static = true;
		return onnx_tensor(n->d, a->t, n->out[0]);
	}
	a = node_attr(n, "value_int");
	if (a && a->has_i)
		return list_constant(n, DTYPE_I64, true, &a->i, 1);
	a = node_attr(n, "value_ints");
	if (a)
		return list_constant(n, DTYPE_I64, false, a->ints, a->n_ints);
	a = node_attr(n, "value_float");
	if (a && a->has_f)
		return list_constant(n, DTYPE_F32, true, &a->f, 1);
	a = node_attr(n, "value_floats");
	if (a)
		return list_constant(n, DTYPE_F32, false, a->floats, a->n_floats);
	return node_fail(n, "no value that a trace can hold (expected a tensor, integers or "
			    "floating-point numbers)");
}

bool make_constant_of_shape(struct node *n)
{
	const Onnx__AttributeProto *a = node_attr(n, "value");
	struct value fill = { .name = n->name, .dtype = DTYPE_F32 };
	int64_t zero = 0, *to;
	const int64_t *shape;
	size_t count;

	if (!node_values(n, 0, &shape, &count))
		return false;
	fill.known = &zero;
	if (a && a->t) {
		fill.known = NULL;
		if (!onnx_tensor(n->d, a->t, &fill))
			return false;
	}
	if (count > MAX_DIMS)
		return node_fail(n, "%zu dimensions (expected at most %d)", count, MAX_DIMS);
	if (!node_result(n, 0, fill.dtype, (unsigned)count, shape))
		return false;
	to = fill.known && value_elements(&fill) == 1 ? fold_room(n->d, n->out[0]) : NULL;
	for (uint64_t i = 0; to && i < value_elements(n->out[0]); i++)
		to[i] = fill.known[0];
	return true;
}

/* Dimensions `start` to `end`, which set 15 added. */
bool make_shape(struct node *n)
{
	const struct value *x = n->in[0];
	int64_t rank = x->n_dims, start = node_int(n, "start", 0), end = node_int(n, "end", rank);
	int64_t dims[1], *to;

	start = max_i64(0, min_i64(start < 0 ? start + rank : start, rank));
	end = max_i64(start, min_i64(end < 0 ? end + rank : end, rank));
	dims[0] = end - start;
	n->is_static = true;
	if (!node_result(n, 0, DTYPE_I64, 1, dims))
		return false;
	to = fold_room(n->d, n->out[0]);
	for (int64_t i = start; to && i < end; i++)
		to[i - start] = x->dims[i];
	return true;
}

bool make_size(struct node *n)
{
	int64_t *to;

	n->is_static = true;
	if (!node_result(n, 0, DTYPE_I64, 0, NULL))
		return false;
	to = fold_room(n->d, n->out[0]);
	if (to)
		to[0] = (int64_t)value_elements(n->in[0]);
	return true;
}

bool make_range(struct node *n)
{
	const int64_t *v[3];
	uint64_t span, step;
	int64_t dims[1], *to;
	size_t count;

	for (unsigned i = 0; i < 3; i++) {
		if (!node_values(n, i, &v[i], &count))
			return false;
		if (count != 1)
			return node_fail(n, "input %u has %zu values (expected 1)", i, count);
	}
	if (*v[2] == 0)
		return node_fail(n, "a step of 0");
	step = *v[2] > 0 ? (uint64_t)*v[2] : -(uint64_t)*v[2];
	span = (uint64_t)*v[1] - (uint64_t)*v[0];
	if (*v[2] < 0)
		span = -span;
	if (*v[2] > 0 ? *v[1] <= *v[0] : *v[1] >= *v[0])
		span = 0;
	span = ceil_div_u64(span, step);
	dims[0] = span > INT64_MAX ? INT64_MAX : (int64_t)span;
	if (!node_result(n, 0, n->in[0]->dtype, 1, dims))
		return false;
	to = fold_room(n->d, n->out[0]);
	for (uint64_t i = 0; to && i < span; i++)
		to[i] = (int64_t)((uint64_t)*v[0] + i * (uint64_t)*v[2]);
	return true;
}
