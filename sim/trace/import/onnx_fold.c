/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant folding: the elements of small tensors that are known before the run, followed
 * through shape arithmetic.  Integers wrap as two's complement does.  Floating-point elements are
 * bits that may be moved about, and are never computed with.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/import/onnx_node.h"

int64_t *fold_room(struct draft *d, struct value *out)
{
	uint64_t n = value_elements(out);

	if (n > KNOWN_MAX || d->n_known + n > KNOWN_TOTAL)
		return NULL;
	d->n_known += n + 1;
	out->known = arena_alloc(d->arena, (n + 1) * sizeof(*out->known));
	return out->known;
}

void fold_copy(struct draft *d, const struct value *in, struct value *out)
{
	int64_t *to = value_is_known(in) ? fold_room(d, out) : NULL;

	if (to)
		memcpy(to, in->known, value_elements(out) * sizeof(*to));
}

/* Row-major order of the output; `at` follows in the input. */
static void copy_strided(const int64_t *in, const struct value *out, int64_t at,
			 const int64_t *stride, int64_t *to)
{
	int64_t index[MAX_DIMS] = { 0 };
	uint64_t n = value_elements(out);

	for (uint64_t i = 0; i < n; i++) {
		to[i] = in[at];
		for (unsigned d = out->n_dims; d-- > 0;) {
			at += stride[d];
			if (++index[d] < out->dims[d])
				break;
			at -= stride[d] * out->dims[d];
			index[d] = 0;
		}
	}
}

void fold_strided(struct draft *d, const struct value *in, struct value *out, int64_t base,
		  const int64_t *stride)
{
	int64_t *to = value_is_known(in) ? fold_room(d, out) : NULL;

	if (to)
		copy_strided(in->known, out, base, stride, to);
}

/* Strides of `v` broadcast to the output: 0 where it has one element for all. */
static void broadcast_strides(const struct value *v, const struct value *out, int64_t *stride)
{
	int64_t step = 1;

	for (unsigned d = out->n_dims; d-- > 0;) {
		unsigned missing = out->n_dims - v->n_dims;
		int64_t extent = d >= missing ? v->dims[d - missing] : 1;

		stride[d] = extent == 1 ? 0 : step;
		step *= extent;
	}
}

static int64_t *broadcast(const struct value *v, const struct value *out)
{
	int64_t stride[MAX_DIMS];
	int64_t *to = xcalloc(value_elements(out) + 1, sizeof(*to));

	broadcast_strides(v, out, stride);
	copy_strided(v->known, out, 0, stride, to);
	return to;
}

static int64_t wrap(uint64_t v)
{
	return (int64_t)v;
}

static int64_t divide(int64_t a, int64_t b)
{
	if (b == 0)
		return 0;
	return b == -1 ? wrap(-(uint64_t)a) : a / b;
}

/* With the sign of the divisor. */
static int64_t remainder_of(int64_t a, int64_t b)
{
	int64_t r = b == 0 || b == -1 ? 0 : a % b;

	return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static int64_t power(int64_t a, int64_t b)
{
	uint64_t base = (uint64_t)a, p = 1;

	for (uint64_t n = b > 0 ? (uint64_t)b : 0; n; n >>= 1) {
		if (n & 1)
			p *= base;
		base *= base;
	}
	return wrap(p);
}

static int64_t apply(enum fold_op op, int64_t a, int64_t b)
{
	switch (op) {
	case FOLD_ADD: return wrap((uint64_t)a + (uint64_t)b);
	case FOLD_SUB: return wrap((uint64_t)a - (uint64_t)b);
	case FOLD_MUL: return wrap((uint64_t)a * (uint64_t)b);
	case FOLD_DIV: return divide(a, b);
	case FOLD_MOD: return remainder_of(a, b);
	case FOLD_MIN: return min_i64(a, b);
	case FOLD_MAX: return max_i64(a, b);
	case FOLD_EQUAL: return a == b;
	case FOLD_LESS: return a < b;
	case FOLD_GREATER: return a > b;
	case FOLD_LESS_EQUAL: return a <= b;
	case FOLD_GREATER_EQUAL: return a >= b;
	case FOLD_AND: return a && b;
	case FOLD_OR: return a || b;
	case FOLD_NEG: return wrap(-(uint64_t)a);
	case FOLD_ABS: return a < 0 ? wrap(-(uint64_t)a) : a;
	case FOLD_NOT: return !a;
	case FOLD_POW: return power(a, b);
	default: return a;
	}
}

static bool has_integers(const struct value *v)
{
	return value_is_known(v) && (dtype_is_int(v->dtype) || v->dtype == DTYPE_BOOL);
}

void fold_unary(struct draft *d, enum fold_op op, const struct value *in, struct value *out)
{
	int64_t *to = op != FOLD_NONE && has_integers(in) ? fold_room(d, out) : NULL;

	for (uint64_t i = 0; to && i < value_elements(out); i++)
		to[i] = apply(op, in->known[i], 0);
}

void fold_binary(struct draft *d, enum fold_op op, const struct value *a, const struct value *b,
		 struct value *out)
{
	bool both = op != FOLD_NONE && has_integers(a) && has_integers(b);
	int64_t *to = both ? fold_room(d, out) : NULL;
	int64_t *x, *y;

	if (!to)
		return;
	x = broadcast(a, out);
	y = broadcast(b, out);
	for (uint64_t i = 0; i < value_elements(out); i++)
		to[i] = apply(op, x[i], y[i]);
	free(x);
	free(y);
}

void fold_where(struct draft *d, const struct value *c, const struct value *a,
		const struct value *b, struct value *out)
{
	bool all = has_integers(c) && value_is_known(a) && value_is_known(b);
	int64_t *to = all ? fold_room(d, out) : NULL;
	int64_t *choice, *x, *y;

	if (!to)
		return;
	choice = broadcast(c, out);
	x = broadcast(a, out);
	y = broadcast(b, out);
	for (uint64_t i = 0; i < value_elements(out); i++)
		to[i] = choice[i] ? x[i] : y[i];
	free(choice);
	free(x);
	free(y);
}

/* Elements of the dimensions before an axis, and of those after it. */
static void around(const struct value *v, unsigned axis, size_t *outer, size_t *inner)
{
	*outer = *inner = 1;
	for (unsigned i = 0; i < v->n_dims; i++)
		*(i < axis ? outer : inner) *= i == axis ? 1 : (size_t)v->dims[i];
}

void fold_concat(struct draft *d, struct value *const *in, unsigned n_in, struct value *out,
		 unsigned axis)
{
	size_t outer, inner, at = 0;
	int64_t *to;

	for (unsigned i = 0; i < n_in; i++)
		if (!value_is_known(in[i]))
			return;
	to = fold_room(d, out);
	around(out, axis, &outer, &inner);
	for (size_t o = 0; to && value_elements(out) && o < outer; o++)
		for (unsigned i = 0; i < n_in; i++) {
			size_t run = (size_t)in[i]->dims[axis] * inner;

			memcpy(to + at, in[i]->known + o * run, run * sizeof(*to));
			at += run;
		}
}

void fold_gather(struct draft *d, const struct value *table, const struct value *indices,
		 struct value *out, unsigned axis)
{
	size_t outer, inner, at = 0, n = value_elements(indices), rows = (size_t)table->dims[axis];
	int64_t *to;

	if (!value_is_known(table) || !has_integers(indices))
		return;
	to = fold_room(d, out);
	around(table, axis, &outer, &inner);
	for (size_t o = 0; to && value_elements(out) && o < outer; o++)
		for (size_t i = 0; i < n; i++) {
			int64_t index = indices->known[i]; /* in range: the caller looked */
			size_t row = (size_t)(index < 0 ? index + (int64_t)rows : index);

			memcpy(to + at, table->known + (o * rows + row) * inner,
			       inner * sizeof(*to));
			at += inner;
		}
}

/* Between integers; to booleans; others are not followed. */
void fold_cast(struct draft *d, const struct value *in, struct value *out)
{
	bool to_int = dtype_is_int(out->dtype) || out->dtype == DTYPE_BOOL;
	int64_t *to = has_integers(in) && to_int ? fold_room(d, out) : NULL;

	for (uint64_t i = 0; to && i < value_elements(out); i++) {
		int64_t v = in->known[i];

		if (out->dtype == DTYPE_BOOL)
			to[i] = v != 0;
		else
			to[i] = out->dtype == DTYPE_I32 ? (int32_t)v : v;
	}
}

/* The 32-bit product of an integer and a floating-point number, rounded to nearest even. */
bool scaled_extent(int64_t extent, int64_t scale, int64_t *out)
{
	uint64_t mantissa = (uint64_t)scale & 0x7fffff, product, rest, half;
	int exponent = (int)((uint64_t)scale >> 23 & 0xff), dropped = 0;

	if (scale >> 31 & 1 || exponent == 0 || exponent == 0xff || extent < 1 ||
	    extent > INT32_MAX)
		return false;
	product = (uint64_t)extent * (mantissa | 0x800000);
	exponent -= 127 + 23;
	while (product >> dropped >> 24)
		dropped++;
	if (dropped) {
		rest = product & (((uint64_t)1 << dropped) - 1);
		half = (uint64_t)1 << (dropped - 1);
		product >>= dropped;
		product += rest > half || (rest == half && product & 1);
		exponent += dropped;
	}
	if (exponent > 7 || exponent < -40)
		return false;
	product = exponent >= 0 ? product << exponent : product >> -exponent;
	*out = (int64_t)product;
	return product >= 1 && product <= INT32_MAX;
}
