/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tensors that an ONNX file holds: types, dimensions, and the elements of the few that shape
 * arithmetic needs.  Elements in external files are not looked for.
 */
#include <string.h>

#include "trace/import/onnx_node.h"

bool onnx_dtype(int32_t data_type, enum dtype *out)
{
	/* Unsigned integers take the room and the rate of signed ones. */
	static const struct {
		int32_t type;
		enum dtype dtype;
	} types[] = {
		{ 1, DTYPE_F32 },  { 2, DTYPE_I8 },   { 3, DTYPE_I8 },    { 4, DTYPE_I16 },
		{ 5, DTYPE_I16 },  { 6, DTYPE_I32 },  { 7, DTYPE_I64 },   { 9, DTYPE_BOOL },
		{ 10, DTYPE_F16 }, { 11, DTYPE_F64 }, { 12, DTYPE_I32 },  { 13, DTYPE_I64 },
		{ 16, DTYPE_BF16 }, { 17, DTYPE_F8 }, { 18, DTYPE_F8 },   { 19, DTYPE_F8 },
		{ 20, DTYPE_F8 },  { 21, DTYPE_I4 },  { 22, DTYPE_I4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].type == data_type) {
			*out = types[i].dtype;
			return true;
		}
	return false;
}

/* Little-endian, as the format says; sign-extended unless the type is unsigned. */
static int64_t raw_element(const uint8_t *at, unsigned bytes, bool is_signed)
{
	uint64_t v = 0;

	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | at[i];
	if (is_signed && bytes < 8 && v >> (8 * bytes - 1))
		v |= UINT64_MAX << (8 * bytes);
	return (int64_t)v;
}

static bool is_signed_type(int32_t type)
{
	return type == 3 || type == 5 || type == 6 || type == 7;
}

/* Bits of element i of a floating-point list, whose type the parser's header gives. */
static int64_t bits_of(const void *list, size_t i)
{
	uint32_t bits;

	memcpy(&bits, (const char *)list + i * sizeof(bits), sizeof(bits));
	return bits;
}

/* The list that holds elements of this type, where there are no raw bytes; false: none that
 * is followed, or of the wrong length. */
static bool listed(const Onnx__TensorProto *from, uint64_t n, int64_t *to)
{
	bool is_float = from->data_type == 1, is_long = from->data_type == 7;
	size_t count = is_float ? from->n_float_data
				: is_long ? from->n_int64_data : from->n_int32_data;

	if (count != n)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (is_float)
			to[i] = bits_of(from->float_data, i);
		else
			to[i] = is_long ? from->int64_data[i] : from->int32_data[i];
	}
	return true;
}

static void take_elements(struct draft *d, const Onnx__TensorProto *from, struct value *to)
{
	unsigned bytes = dtype_bits(to->dtype) / 8;
	uint64_t n = value_elements(to);
	bool is_follow = dtype_is_int(to->dtype) || to->dtype == DTYPE_BOOL ||
			 to->dtype == DTYPE_F32;
	bool is_external = from->has_data_location && from->data_location == 1;
	int64_t *elements;

	if (!is_follow || bytes == 0 || n > KNOWN_MAX || is_external)
		return;
	if (from->has_raw_data && from->raw_data.len != n * bytes)
		return;
	elements = fold_room(d, to);
	if (!elements)
		return;
	if (from->has_raw_data) {
		for (uint64_t i = 0; i < n; i++)
			elements[i] = raw_element(from->raw_data.data + i * bytes, bytes,
						  is_signed_type(from->data_type));
	} else if (!listed(from, n, elements)) {
		to->known = NULL;
	}
}

bool onnx_tensor(struct draft *d, const Onnx__TensorProto *from, struct value *to)
{
	uint64_t elements = 1;

	if (!onnx_dtype(from->data_type, &to->dtype))
		return err_set(d->err, ERR_INPUT,
			       "%s: tensor '%.100s' has elements of type %d, which a trace cannot "
			       "hold (expected numbers or booleans)",
			       d->file, to->name, from->data_type);
	if (from->n_dims > MAX_DIMS)
		return err_set(d->err, ERR_INPUT,
			       "%s: tensor '%.100s' has %zu dimensions (expected at most %d)",
			       d->file, to->name, from->n_dims, MAX_DIMS);
	to->n_dims = (unsigned)from->n_dims;
	for (unsigned i = 0; i < to->n_dims; i++) {
		to->dims[i] = from->dims[i];
		if (from->dims[i] < 0 || from->dims[i] > INT32_MAX ||
		    !mul_u64(elements, (uint64_t)max_i64(from->dims[i], 1), &elements) || elements >> 56)
			return err_set(d->err, ERR_INPUT,
				       "%s: tensor '%.100s' has a dimension of %" PRId64
				       " (expected 0 to 2147483647, and at most 2^56 elements)",
				       d->file, to->name, from->dims[i]);
	}
	take_elements(d, from, to);
	return true;
}
