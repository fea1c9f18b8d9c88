/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rows of the operator table share: a node's attributes and operands, its results'
 * shapes, and the steps that it leaves in the draft.
 */
#include "trace/import/onnx_node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool node_fail(struct node *n, const char *fmt, ...)
{
	char why[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	return err_set(n->d->err, ERR_INPUT, "%s: node '%.120s' (%.40s): %s", n->d->file, n->name,
		       n->proto->op_type, why);
}

struct value *node_in(const struct node *n, unsigned i)
{
	return i < n->n_in ? n->in[i] : NULL;
}

const Onnx__AttributeProto *node_attr(const struct node *n, const char *name)
{
	for (size_t i = 0; i < n->proto->n_attribute; i++) {
		const Onnx__AttributeProto *a = n->proto->attribute[i];

		if (a->name && strcmp(a->name, name) == 0)
			return a;
	}
	return NULL;
}

int64_t node_int(const struct node *n, const char *name, int64_t otherwise)
{
	const Onnx__AttributeProto *a = node_attr(n, name);

	return a && a->has_i ? a->i : otherwise;
}

const int64_t *node_ints(const struct node *n, const char *name, size_t *count)
{
	const Onnx__AttributeProto *a = node_attr(n, name);

	*count = a ? a->n_ints : 0;
	return a ? a->ints : NULL;
}

bool node_word_is(const struct node *n, const char *name, const char *word)
{
	const Onnx__AttributeProto *a = node_attr(n, name);

	return a && a->has_s && a->s.len == strlen(word) && memcmp(a->s.data, word, a->s.len) == 0;
}

bool node_values(struct node *n, unsigned i, const int64_t **values, size_t *count)
{
	const struct value *v = node_in(n, i);

	if (!v)
		return node_fail(n, "input %u is missing", i);
	if (!value_is_known(v) || !dtype_is_int(v->dtype))
		return node_fail(n,
				 "the values of input %u ('%.100s') are not known before the run; "
				 "export the model with static shapes",
				 i, v->name);
	*values = v->known;
	*count = value_elements(v);
	return true;
}

bool node_list(struct node *n, const char *attr, unsigned i, const int64_t **values,
	       size_t *count)
{
	*values = node_ints(n, attr, count);
	return *values || !node_in(n, i) || node_values(n, i, values, count);
}

bool node_axis(struct node *n, int64_t axis, unsigned n_dims, unsigned *out)
{
	if (axis < -(int64_t)n_dims || axis >= (int64_t)n_dims)
		return node_fail(n, "axis %" PRId64 " is outside its %u dimensions", axis, n_dims);
	*out = (unsigned)(axis < 0 ? axis + n_dims : axis);
	return true;
}

bool node_axes(struct node *n, const char *attr, unsigned i, unsigned n_dims, uint32_t *mask)
{
	const int64_t *axes;
	size_t count;
	unsigned axis = 0;

	if (!node_list(n, attr, i, &axes, &count))
		return false;
	*mask = axes && count ? 0 : (1u << n_dims) - 1;
	for (size_t k = 0; axes && k < count; k++) {
		if (!node_axis(n, axes[k], n_dims, &axis))
			return false;
		if (*mask & 1u << axis)
			return node_fail(n, "%s names axis %u twice", attr, axis);
		*mask |= 1u << axis;
	}
	return true;
}

#define MAX_ELEMENTS ((uint64_t)1 << 56) /* of 64 bits: what a trace's tensor can have */

static bool check_dims(struct node *n, const struct value *v)
{
	uint64_t elements = 1;

	for (unsigned d = 0; d < v->n_dims; d++) {
		int64_t min = v->is_static ? 0 : 1; /* an empty list of shape arithmetic is one */

		if (v->dims[d] < min || v->dims[d] > INT32_MAX)
			return node_fail(n,
					 "dimension %u of '%.100s' would be %" PRId64
					 " (expected %" PRId64 " to 2147483647)",
					 d, v->name, v->dims[d], min);
		if (!mul_u64(elements, (uint64_t)max_i64(v->dims[d], 1), &elements) ||
		    elements > MAX_ELEMENTS)
			return node_fail(n, "'%.100s' would have more than 2^56 elements", v->name);
	}
	return true;
}

static bool set_dims(struct node *n, struct value *v, enum dtype dtype, unsigned n_dims,
		     const int64_t *dims)
{
	if (n_dims > MAX_DIMS)
		return node_fail(n, "'%.100s' would have %u dimensions (expected at most %d)",
				 v->name, n_dims, MAX_DIMS);
	v->dtype = dtype;
	v->n_dims = n_dims;
	v->is_static = n->is_static;
	v->is_set = true;
	for (unsigned d = 0; d < n_dims; d++)
		v->dims[d] = dims[d];
	return check_dims(n, v);
}

bool node_result(struct node *n, unsigned i, enum dtype dtype, unsigned n_dims,
		 const int64_t *dims)
{
	return set_dims(n, n->out[i], dtype, n_dims, dims);
}

bool node_result_like(struct node *n, unsigned i, const struct value *like)
{
	return node_result(n, i, like->dtype, like->n_dims, like->dims);
}

/* Of the shape of something that has been checked. */
struct value *node_between(struct node *n, const char *suffix, enum dtype dtype,
			   unsigned n_dims, const int64_t *dims)
{
	struct value *v = draft_value(n->d, draft_text(n->d, "%s%s", n->name, suffix));

	v->dtype = dtype;
	v->n_dims = n_dims;
	v->is_static = n->is_static;
	for (unsigned d = 0; d < n_dims; d++)
		v->dims[d] = dims[d];
	return v;
}

static bool is_view(const char *kind)
{
	static const char *const views[] = { "reshape", "transpose", "slice", "split", "expand" };

	for (size_t i = 0; i < ARRAY_SIZE(views); i++)
		if (strcmp(kind, views[i]) == 0)
			return true;
	return false;
}

/* A view of a parameter stays where the parameter lies, unless it is shape arithmetic. */
static bool views_weight(const char *kind, struct value *const *in, struct value *const *out,
			 unsigned n_out)
{
	bool is_arithmetic = value_is_known(in[0]) && dtype_is_int(in[0]->dtype);

	if (!is_view(kind) || !in[0]->in_weight || is_arithmetic)
		return false;
	for (unsigned i = 0; i < n_out; i++)
		if (value_elements(out[i]) == 0)
			return false;
	return true;
}

void node_step(struct node *n, const char *kind, struct value *const *in, unsigned n_in,
	       struct value *const *out, unsigned n_out, const char *fmt, ...)
{
	bool is_view_of_weight = n->is_static && views_weight(kind, in, out, n_out);
	struct step *s;
	va_list args;
	char *attrs;

	if (n->is_static && !is_view_of_weight)
		return;
	va_start(args, fmt);
	attrs = xvasprintf(fmt, args);
	va_end(args);
	s = draft_step(n->d, n->name, kind, in, n_in, out, n_out, draft_text(n->d, "%s", attrs));
	s->line = n->number;
	free(attrs);
	for (unsigned i = 0; i < n_out; i++)
		out[i]->in_weight = is_view_of_weight;
}

void node_step_one(struct node *n, const char *suffix, const char *kind, struct value *in,
		   struct value *out, const char *fmt, ...)
{
	const char *name = n->name;
	va_list args;
	char *attrs;

	va_start(args, fmt);
	attrs = xvasprintf(fmt, args);
	va_end(args);
	if (*suffix)
		n->name = draft_text(n->d, "%s%s", name, suffix);
	node_step(n, kind, &in, 1, &out, 1, "%s", attrs);
	n->name = name;
	free(attrs);
}

const char *node_list_text(struct node *n, const char *key, const int64_t *values, size_t count)
{
	struct buf text = BUF_INIT;
	const char *kept;

	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%s%" PRId64, i ? "," : key, i ? "" : "=", values[i]);
	kept = arena_strndup(n->d->arena, text.len ? text.data : "", text.len);
	buf_release(&text);
	return kept;
}

/* Dimensions that two tensors broadcast to, right-aligned; `dims` has what came before. */
bool join_dims(struct node *n, const struct value *v, unsigned *n_dims, int64_t *dims)
{
	unsigned joined = *n_dims > v->n_dims ? *n_dims : v->n_dims;
	int64_t out[MAX_DIMS];

	for (unsigned i = 0; i < joined; i++) { /* from the last */
		int64_t a = i < *n_dims ? dims[*n_dims - 1 - i] : 1;
		int64_t b = i < v->n_dims ? v->dims[v->n_dims - 1 - i] : 1;

		if (a != b && a != 1 && b != 1)
			return node_fail(n,
					 "shapes do not broadcast (found %" PRId64 " and %" PRId64
					 " in dimension -%u, expected equal ones or 1)",
					 a, b, i + 1);
		out[joined - 1 - i] = a == 1 ? b : a;
	}
	*n_dims = joined;
	memcpy(dims, out, joined * sizeof(*dims));
	return true;
}
