/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of ONNX operators that move data or only name it, and of those that make constants. */
#include <stdlib.h>
#include <string.h>

#include "trace/import/onnx_node.h"

static bool reshaped(struct node *n, unsigned n_dims, const int64_t *dims)
{
	struct value *x = n->in[0], *y = n->out[0];

	if (!node_result(n, 0, x->dtype, n_dims, dims))
		return false;
	if (value_elements(x) != value_elements(y))
		return node_fail(n, "%" PRIu64 " elements cannot become %" PRIu64,
				 value_elements(x), value_elements(y));
	fold_copy(n->d, x, y);
	node_step_one(n, "", "reshape", x, y, "%s", "");
	return true;
}

/* 0 takes the input's dimension, -1 what is left. */
bool make_reshape(struct node *n)
{
	const struct value *x = n->in[0];
	bool allows_zero = node_int(n, "allowzero", 0) != 0;
	int64_t dims[MAX_DIMS], open = -1;
	uint64_t known = 1;
	const int64_t *want;
	size_t count;

	if (!node_values(n, 1, &want, &count))
		return false;
	if (count > MAX_DIMS)
		return node_fail(n, "%zu dimensions (expected at most %d)", count, MAX_DIMS);
	for (size_t d = 0; d < count; d++) {
		dims[d] = want[d];
		if (want[d] == 0 && !allows_zero) {
			if (d >= x->n_dims)
				return node_fail(n, "0 for a dimension that its input lacks");
			dims[d] = x->dims[d];
		}
		if (want[d] == -1 && open >= 0)
			return node_fail(n, "-1 for two dimensions");
		if (want[d] == -1)
			open = (int64_t)d;
		else if (dims[d] < 0 || !mul_u64(known, (uint64_t)dims[d], &known))
			return node_fail(n, "a dimension of %" PRId64, dims[d]);
	}
	if (open >= 0)
		dims[open] = known ? (int64_t)(value_elements(x) / known) : 0;
	return reshaped(n, (unsigned)count, dims);
}

bool make_flatten(struct node *n)
{
	const struct value *x = n->in[0];
	int64_t axis = node_int(n, "axis", 1), dims[2] = { 1, 1 };

	if (axis < -(int64_t)x->n_dims || axis > (int64_t)x->n_dims)
		return node_fail(n, "axis %" PRId64 " is outside its %u dimensions", axis,
				 x->n_dims);
	axis += axis < 0 ? x->n_dims : 0;
	for (unsigned d = 0; d < x->n_dims; d++)
		dims[d >= axis] *= x->dims[d];
	return reshaped(n, 2, dims);
}

bool make_squeeze(struct node *n)
{
	const struct value *x = n->in[0];
	int64_t dims[MAX_DIMS];
	unsigned n_dims = 0;
	bool has_list = node_attr(n, "axes") || node_in(n, 1);
	uint32_t mask;

	if (!node_axes(n, "axes", 1, x->n_dims, &mask))
		return false;
	for (unsigned d = 0; d < x->n_dims; d++) {
		bool is_gone = mask >> d & 1 && (has_list || x->dims[d] == 1);

		if (is_gone && x->dims[d] != 1)
			return node_fail(n, "dimension %u is %" PRId64 " (expected 1)", d,
					 x->dims[d]);
		if (!is_gone)
			dims[n_dims++] = x->dims[d];
	}
	return reshaped(n, n_dims, dims);
}

bool make_unsqueeze(struct node *n)
{
	const struct value *x = n->in[0];
	int64_t dims[MAX_DIMS];
	unsigned n_dims, from = 0;
	const int64_t *axes;
	uint32_t mask = 0;
	size_t count;

	if (!node_list(n, "axes", 1, &axes, &count))
		return false;
	if (!axes || x->n_dims + count > MAX_DIMS)
		return node_fail(n, "%zu axes for %u dimensions (expected at most %d of both)",
				 count, x->n_dims, MAX_DIMS);
	n_dims = x->n_dims + (unsigned)count;
	for (size_t i = 0; i < count; i++) {
		unsigned axis;

		if (!node_axis(n, axes[i], n_dims, &axis))
			return false;
		if (mask & 1u << axis)
			return node_fail(n, "axes names axis %u twice", axis);
		mask |= 1u << axis;
	}
	for (unsigned d = 0; d < n_dims; d++)
		dims[d] = mask >> d & 1 ? 1 : x->dims[from++];
	return reshaped(n, n_dims, dims);
}

/* Dropout keeps everything outside training. */
bool make_same_view(struct node *n)
{
	return reshaped(n, n->in[0]->n_dims, n->in[0]->dims);
}

static void row_major(const struct value *v, int64_t *stride)
{
	int64_t step = 1;

	for (unsigned d = v->n_dims; d-- > 0;) {
		stride[d] = step;
		step *= v->dims[d];
	}
}

/* The result of `perm`; strides only where the elements are followed, which are few. */
static bool transposed(struct node *n, const int64_t *perm)
{
	struct value *x = n->in[0], *y = n->out[0];
	int64_t dims[MAX_DIMS], from[MAX_DIMS], stride[MAX_DIMS];

	for (unsigned d = 0; d < x->n_dims; d++)
		dims[d] = x->dims[perm[d]];
	if (!node_result(n, 0, x->dtype, x->n_dims, dims))
		return false;
	if (value_is_known(x)) {
		row_major(x, from);
		for (unsigned d = 0; d < x->n_dims; d++)
			stride[d] = from[perm[d]];
		fold_strided(n->d, x, y, 0, stride);
	}
	node_step_one(n, "", "transpose", x, y, "%s",
		      node_list_text(n, "perm", perm, x->n_dims));
	return true;
}

bool make_transpose(struct node *n)
{
	const struct value *x = n->in[0];
	int64_t perm[MAX_DIMS];
	const int64_t *given;
	uint32_t seen = 0;
	size_t count;

	given = node_ints(n, "perm", &count);
	if (given && count != x->n_dims)
		return node_fail(n, "perm has %zu values (expected %u)", count, x->n_dims);
	for (unsigned d = 0; d < x->n_dims; d++) {
		perm[d] = given ? given[d] : x->n_dims - 1 - d;
		if (perm[d] < 0 || perm[d] >= x->n_dims || seen >> perm[d] & 1)
			return node_fail(n, "perm is no permutation of its %u dimensions",
					 x->n_dims);
		seen |= 1u << perm[d];
	}
	if (x->n_dims == 0)
		return make_same_view(n);
	return transposed(n, perm);
}

struct cut {
	int64_t start[MAX_DIMS], end[MAX_DIMS], step[MAX_DIMS];
	int64_t count[MAX_DIMS];
};

static int64_t clamp(int64_t v, int64_t extent, int64_t low, int64_t high)
{
	if (v < 0)
		v = v < -extent ? -1 : v + extent;
	return max_i64(low, min_i64(v, high));
}

static void cut_axis(struct cut *c, unsigned d, int64_t extent, int64_t start, int64_t end,
		     int64_t step)
{
	uint64_t span;

	c->step[d] = step;
	if (step > 0) {
		c->start[d] = start < -extent ? 0 : clamp(start, extent, 0, extent);
		c->end[d] = end < -extent ? 0 : clamp(end, extent, 0, extent);
		span = c->end[d] > c->start[d] ? (uint64_t)(c->end[d] - c->start[d]) : 0;
		c->count[d] = (int64_t)ceil_div_u64(span, (uint64_t)step);
		return;
	}
	c->start[d] = clamp(start, extent, -1, extent - 1);
	c->end[d] = clamp(end, extent, -1, extent - 1);
	span = c->start[d] > c->end[d] ? (uint64_t)(c->start[d] - c->end[d]) : 0;
	c->count[d] = (int64_t)ceil_div_u64(span, -(uint64_t)step);
}

/* Starts, ends, axes and steps: attributes before set 10, then inputs. */
static bool read_cut(struct node *n, struct cut *c)
{
	const struct value *x = n->in[0];
	const int64_t *starts, *ends, *axes, *steps;
	size_t n_starts, n_ends, n_axes, n_steps;
	uint32_t seen = 0;

	if (!node_list(n, "starts", 1, &starts, &n_starts) ||
	    !node_list(n, "ends", 2, &ends, &n_ends) ||
	    !node_list(n, "axes", 3, &axes, &n_axes) || !node_list(n, "steps", 4, &steps, &n_steps))
		return false;
	if (!starts || !ends || n_starts != n_ends || (axes && n_axes != n_starts) ||
	    (steps && n_steps != n_starts) || n_starts > MAX_DIMS)
		return node_fail(n, "starts, ends, axes and steps differ in length");
	for (unsigned d = 0; d < x->n_dims; d++)
		cut_axis(c, d, x->dims[d], 0, x->dims[d], 1);
	for (size_t i = 0; i < n_starts; i++) {
		unsigned axis;

		if (!node_axis(n, axes ? axes[i] : (int64_t)i, x->n_dims, &axis))
			return false;
		if (seen >> axis & 1 || (steps && steps[i] == 0))
			return node_fail(n, "axis %u is cut twice, or with step 0", axis);
		seen |= 1u << axis;
		cut_axis(c, axis, x->dims[axis], starts[i], ends[i], steps ? steps[i] : 1);
	}
	return true;
}

/* Axes that are cut, as a trace writes them. */
static void cut_step(struct node *n, const struct cut *c)
{
	const struct value *x = n->in[0];
	int64_t axes[MAX_DIMS], starts[MAX_DIMS], ends[MAX_DIMS], steps[MAX_DIMS];
	unsigned k = 0;

	for (unsigned d = 0; d < x->n_dims; d++) {
		if (c->count[d] == x->dims[d])
			continue;
		axes[k] = d;
		starts[k] = c->start[d];
		ends[k] = c->end[d];
		steps[k++] = c->step[d] > INT32_MAX ? INT32_MAX : c->step[d];
	}
	if (k == 0) { /* all of it: still a slice */
		starts[0] = axes[0] = 0;
		ends[0] = x->dims[0];
		steps[k++] = 1;
	}
	node_step_one(n, "", "slice", n->in[0], n->out[0], "%s %s %s %s",
		      node_list_text(n, "axes", axes, k), node_list_text(n, "starts", starts, k),
		      node_list_text(n, "ends", ends, k), node_list_text(n, "steps", steps, k));
}

bool make_slice(struct node *n)
{
	struct value *x = n->in[0], *y = n->out[0];
	int64_t stride[MAX_DIMS], base = 0;
	struct cut c;

	if (x->n_dims == 0)
		return node_fail(n, "its input has no dimensions");
	if (!read_cut(n, &c) || !node_result(n, 0, x->dtype, x->n_dims, c.count))
		return false;
	if (value_is_known(x) && value_elements(y) > 0) {
		row_major(x, stride);
		for (unsigned d = 0; d < x->n_dims; d++) {
			base += c.start[d] * stride[d];
			stride[d] = c.count[d] > 1 ? stride[d] * c.step[d] : 0;
		}
		fold_strided(n->d, x, y, base, stride);
	} else if (value_is_known(x)) {
		fold_room(n->d, y);
	}
	for (unsigned d = 0; d < x->n_dims; d++)
		if (c.step[d] < 0 && c.count[d] > 1 && !n->is_static) {
			node_step_one(n, "", "custom", x, y, "%s", "");
			return true;
		}
	cut_step(n, &c);
	return true;
}

/* Sizes as given, or equal ones with what is left last. */
static bool split_sizes(struct node *n, int64_t extent, int64_t *sizes)
{
	const int64_t *given;
	int64_t part = (extent + n->n_out - 1) / n->n_out, left = extent;
	size_t count;

	if (!node_list(n, "split", 1, &given, &count))
		return false;
	if (given && count != n->n_out)
		return node_fail(n, "%zu sizes for %u outputs", count, n->n_out);
	for (unsigned i = 0; i < n->n_out; i++) {
		sizes[i] = given ? given[i] : min_i64(part, left);
		if (sizes[i] < 0 || sizes[i] > left)
			return node_fail(n, "the parts do not make up %" PRId64, extent);
		left -= sizes[i];
	}
	return left == 0 || node_fail(n, "the parts leave %" PRId64 " of %" PRId64, left, extent);
}

static bool split_at(struct node *n, unsigned axis, const int64_t *sizes)
{
	struct value *x = n->in[0];
	int64_t dims[MAX_DIMS], stride[MAX_DIMS], base = 0;

	memcpy(dims, x->dims, sizeof(dims));
	for (unsigned i = 0; i < n->n_out; i++) {
		dims[axis] = sizes[i];
		if (!node_result(n, i, x->dtype, x->n_dims, dims))
			return false;
		if (!value_is_known(x))
			continue;
		row_major(x, stride);
		if (value_elements(n->out[i]) == 0)
			fold_room(n->d, n->out[i]);
		else
			fold_strided(n->d, x, n->out[i], base * stride[axis], stride);
		base += sizes[i];
	}
	node_step(n, "split", n->in, 1, n->out, n->n_out, "axis=%u %s", axis,
		  node_list_text(n, "sizes", sizes, n->n_out));
	return true;
}

bool make_split(struct node *n)
{
	struct value *x = n->in[0];
	int64_t *sizes;
	unsigned axis;
	bool ok;

	if (!node_axis(n, node_int(n, "axis", 0), x->n_dims, &axis))
		return false;
	sizes = xcalloc(n->n_out, sizeof(*sizes));
	ok = split_sizes(n, x->dims[axis], sizes) && split_at(n, axis, sizes);
	free(sizes);
	return ok;
}

bool make_concat(struct node *n)
{
	struct value *first = n->in[0];
	int64_t dims[MAX_DIMS];
	unsigned axis;

	if (!node_axis(n, node_int(n, "axis", 0), first->n_dims, &axis))
		return false;
	memcpy(dims, first->dims, sizeof(dims));
	for (unsigned i = 1; i < n->n_in; i++) {
		const struct value *x = n->in[i];

		for (unsigned d = 0; d < first->n_dims; d++)
			if (x->n_dims != first->n_dims ||
			    (d != axis && x->dims[d] != first->dims[d]))
				return node_fail(n, "input %u differs in another dimension", i);
		if (dims[axis] > INT32_MAX) /* the sum of at most 2^32 of them fits */
			break;
		dims[axis] += x->dims[axis];
	}
	if (!node_result(n, 0, first->dtype, first->n_dims, dims))
		return false;
	fold_concat(n->d, n->in, n->n_in, n->out[0], axis);
	node_step(n, "concat", n->in, n->n_in, n->out, 1, "axis=%u", axis);
	return true;
}

bool make_expand(struct node *n)
{
	struct value *x = n->in[0], want = { .n_dims = 0 };
	const int64_t *shape;
	size_t count;
	unsigned n_dims = 0;
	int64_t dims[MAX_DIMS];

	if (!node_values(n, 1, &shape, &count))
		return false;
	if (count > MAX_DIMS)
		return node_fail(n, "%zu dimensions (expected at most %d)", count, MAX_DIMS);
	want.n_dims = (unsigned)count;
	memcpy(want.dims, shape, count * sizeof(*shape));
	if (!join_dims(n, x, &n_dims, dims) || !join_dims(n, &want, &n_dims, dims) ||
	    !node_result(n, 0, x->dtype, n_dims, dims))
		return false;
	fold_where(n->d, x, x, x, n->out[0]);
	node_step_one(n, "", "expand", x, n->out[0], "%s", "");
	return true;
}

bool make_tile(struct node *n)
{
	struct value *x = n->in[0];
	const int64_t *repeats;
	int64_t dims[MAX_DIMS];
	bool is_expand = true;
	size_t count;

	if (!node_values(n, 1, &repeats, &count))
		return false;
	if (count != x->n_dims)
		return node_fail(n, "%zu repeats for %u dimensions", count, x->n_dims);
	for (unsigned d = 0; d < x->n_dims; d++) {
		if (__builtin_mul_overflow(x->dims[d], repeats[d], &dims[d]))
			dims[d] = INT64_MAX;
		is_expand = is_expand && (x->dims[d] == 1 || repeats[d] == 1);
	}
	if (!node_result(n, 0, x->dtype, x->n_dims, dims))
		return false;
	node_step_one(n, "", is_expand ? "expand" : "custom", x, n->out[0], "%s", "");
	return true;
}

/* One known index of an activation names a part of it. */
static void gather_slice(struct node *n, unsigned axis, int64_t index)
{
	struct value *x = n->in[0], *part;
	int64_t dims[MAX_DIMS];

	memcpy(dims, x->dims, sizeof(dims));
	dims[axis] = 1;
	part = node_between(n, "/row", x->dtype, x->n_dims, dims);
	node_step_one(n, "", "slice", x, part, "axes=%u starts=%" PRId64 " ends=%" PRId64, axis,
		      index, index + 1);
	node_step_one(n, "/shaped", "reshape", part, n->out[0], "%s", "");
}

static bool check_indices(struct node *n, const struct value *indices, int64_t rows)
{
	for (uint64_t i = 0; value_is_known(indices) && i < value_elements(indices); i++)
		if (indices->known[i] < -rows || indices->known[i] >= rows)
			return node_fail(n, "index %" PRId64 " of %" PRId64 " rows",
					 indices->known[i], rows);
	return true;
}

bool make_gather(struct node *n)
{
	struct value *x = n->in[0], *indices = n->in[1];
	unsigned axis, n_dims = 0;
	int64_t dims[2 * MAX_DIMS];

	if (!node_axis(n, node_int(n, "axis", 0), x->n_dims, &axis) ||
	    !check_indices(n, indices, x->dims[axis]))
		return false;
	for (unsigned d = 0; d < axis; d++)
		dims[n_dims++] = x->dims[d];
	for (unsigned d = 0; d < indices->n_dims; d++)
		dims[n_dims++] = indices->dims[d];
	for (unsigned d = axis + 1; d < x->n_dims; d++)
		dims[n_dims++] = x->dims[d];
	if (!node_result(n, 0, x->dtype, n_dims, dims))
		return false;
	fold_gather(n->d, x, indices, n->out[0], axis);
	if (value_is_known(indices) && value_elements(indices) == 1) {
		int64_t index = indices->known[0];

		gather_slice(n, axis, index < 0 ? index + x->dims[axis] : index);
	} else if (indices->n_dims == 0) {
		return node_fail(n, "one row of an index that is computed cannot be traced");
	} else {
		/* which rows, the file does not say: as good as any */
		node_step(n, "gather", n->in, 2, n->out, 1, "axis=%u rows=random:1", axis);
	}
	return true;
}

/* Single elements from or to places that are data: bytes, and nobody knows which. */
bool make_scatter(struct node *n)
{
	bool gathers = n->row->name[0] == 'G';
	const struct value *like = n->in[gathers ? 1 : 0];

	if (!node_result(n, 0, n->in[0]->dtype, like->n_dims, like->dims))
		return false;
	node_step(n, "custom", n->in, n->n_in, n->out, 1, "%s", "");
	return true;
}

/* All low sides, then all high ones: an attribute before set 11, then an input. */
bool make_pad(struct node *n)
{
	struct value *x = n->in[0];
	const int64_t *pads;
	int64_t dims[MAX_DIMS];
	size_t count;

	if (!node_list(n, "pads", 1, &pads, &count))
		return false;
	if (!pads || count != 2 * (size_t)x->n_dims || node_in(n, 3))
		return node_fail(n, "%zu pads for %u dimensions (expected two for each)", count,
				 x->n_dims);
	for (unsigned d = 0; d < x->n_dims; d++) {
		int64_t low = pads[d], high = pads[x->n_dims + d];

		if (low < 0 || high < 0 || low > INT32_MAX || high > INT32_MAX)
			return node_fail(n, "pads of %" PRId64 " and %" PRId64
					 " (expected 0 to 2147483647)", low, high);
		dims[d] = x->dims[d] + low + high;
	}
	if (!node_result(n, 0, x->dtype, x->n_dims, dims))
		return false;
	if (x->n_dims == 0)
		node_step_one(n, "", "reshape", x, n->out[0], "%s", "");
	else
		node_step_one(n, "", "pad", x, n->out[0], "%s",
			      node_list_text(n, "pads", pads, count));
	return true;
}

/* Blocks of b x b pixels to channels or back: a transpose between two views. */
bool make_depth_space(struct node *n)
{
	static const int64_t depth_first[] = { 0, 3, 4, 1, 5, 2 }, column_first[] = { 0, 1, 4, 2,
									    5, 3 },
			     to_depth[] = { 0, 3, 5, 1, 2, 4 };
	struct value *x = n->in[0], *split, *swapped;
	int64_t b = node_int(n, "blocksize", 0), c, h, w, in[6], out[6];
	bool to_space = n->row->name[0] == 'D', is_crd = node_word_is(n, "mode", "CRD");
	const int64_t *perm = !to_space ? to_depth : is_crd ? column_first : depth_first;

	if (x->n_dims != 4 || b < 1 || b > 4096)
		return node_fail(n, "%u dimensions in blocks of %" PRId64, x->n_dims, b);
	c = x->dims[1], h = x->dims[2], w = x->dims[3];
	if (to_space ? c % (b * b) != 0 : h % b != 0 || w % b != 0)
		return node_fail(n, "blocks of %" PRId64 " do not divide its dimensions", b);
	if (to_space)
		memcpy(in, is_crd ? (int64_t[]){ x->dims[0], c / b / b, b, b, h, w }
				  : (int64_t[]){ x->dims[0], b, b, c / b / b, h, w }, sizeof(in));
	else
		memcpy(in, (int64_t[]){ x->dims[0], c, h / b, b, w / b, b }, sizeof(in));
	for (unsigned d = 0; d < 6; d++)
		out[d] = in[perm[d]];
	if (!node_result(n, 0, x->dtype, 4,
			 to_space ? (int64_t[]){ x->dims[0], c / b / b, h * b, w * b }
				  : (int64_t[]){ x->dims[0], c * b * b, h / b, w / b }))
		return false;
	split = node_between(n, "/blocks", x->dtype, 6, in);
	swapped = node_between(n, "/swapped", x->dtype, 6, out);
	node_step_one(n, "/blocks", "reshape", x, split, "%s", "");
	node_step_one(n, "", "transpose", split, swapped, "%s", node_list_text(n, "perm", perm, 6));
	node_step_one(n, "/shaped", "reshape", swapped, n->out[0], "%s", "");
	return true;
}
