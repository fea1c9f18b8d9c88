/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of ONNX operators that work on windows of an image: convolutions, pooling, resizing.
 * A trace's kinds have two dimensions of space (convolutions also three); one becomes two by
 * views, a dimension of 1 before it.
 */
#include <string.h>

#include "trace/import/onnx_node.h"

#define MAX_SPACE 3
#define MAX_VALUE 65535 /* of a stride, pad or dilation in a trace */

struct window {
	unsigned n;
	int64_t kernel[MAX_SPACE], stride[MAX_SPACE], dilation[MAX_SPACE], out_pad[MAX_SPACE];
	int64_t lo[MAX_SPACE], hi[MAX_SPACE], out[MAX_SPACE];
};

/* `count` values from the list, each `otherwise` without one. */
static bool read_list(struct node *n, const char *name, unsigned count, int64_t otherwise,
		      int64_t min, int64_t *to)
{
	size_t given;
	const int64_t *list = node_ints(n, name, &given);

	if (list && given != count)
		return node_fail(n, "%s has %zu values (expected %u)", name, given, count);
	for (unsigned i = 0; i < count; i++) {
		to[i] = list ? list[i] : otherwise;
		if (to[i] < min || to[i] > MAX_VALUE)
			return node_fail(n,
					 "%s of %" PRId64 " (expected %" PRId64 " to %d)",
					 name, to[i], min, MAX_VALUE);
	}
	return true;
}

static bool read_window(struct node *n, struct window *w)
{
	const struct value *x = n->in[0];
	int64_t pads[2 * MAX_SPACE];

	if (x->n_dims < 3 || x->n_dims > 2 + MAX_SPACE)
		return node_fail(n, "an input of %u dimensions (expected 3 to 5)", x->n_dims);
	w->n = x->n_dims - 2;
	if (!read_list(n, "strides", w->n, 1, 1, w->stride) ||
	    !read_list(n, "dilations", w->n, 1, 1, w->dilation) ||
	    !read_list(n, "output_padding", w->n, 0, 0, w->out_pad) ||
	    !read_list(n, "pads", 2 * w->n, 0, 0, pads))
		return false;
	memcpy(w->lo, pads, w->n * sizeof(*pads));
	memcpy(w->hi, pads + w->n, w->n * sizeof(*pads));
	return true;
}

static int64_t span_of(const struct window *w, unsigned d)
{
	return w->dilation[d] * (w->kernel[d] - 1) + 1;
}

static void share_pad(struct node *n, struct window *w, unsigned d, int64_t total)
{
	bool is_lower = node_word_is(n, "auto_pad", "SAME_LOWER");

	total = max_i64(total, 0);
	w->lo[d] = is_lower ? total - total / 2 : total / 2;
	w->hi[d] = total - w->lo[d];
}

static bool pads_itself(const struct node *n)
{
	return node_word_is(n, "auto_pad", "SAME_UPPER") ||
	       node_word_is(n, "auto_pad", "SAME_LOWER");
}

/* Of a convolution or pooling; ceil_mode as a larger pad behind. */
static bool slide(struct node *n, struct window *w)
{
	bool rounds_up = node_int(n, "ceil_mode", 0) != 0;

	for (unsigned d = 0; d < w->n; d++) {
		int64_t in = n->in[0]->dims[2 + d], span = span_of(w, d), room, steps;

		if (pads_itself(n))
			share_pad(n, w, d,
				  ((in + w->stride[d] - 1) / w->stride[d] - 1) * w->stride[d] +
					  span - in);
		room = in + w->lo[d] + w->hi[d] - span;
		if (room < 0)
			return node_fail(n, "a kernel of %" PRId64 " on %" PRId64 " with its pads",
					 span, room + span);
		steps = room / w->stride[d];
		if (rounds_up && room % w->stride[d] &&
		    (steps + 1) * w->stride[d] < in + w->lo[d]) {
			steps++;
			w->hi[d] += steps * w->stride[d] - room;
		}
		w->out[d] = steps + 1;
	}
	return true;
}

/* Of a transposed convolution, with its size or its pads given. */
static bool unslide(struct node *n, struct window *w)
{
	size_t count;
	const int64_t *want = node_ints(n, "output_shape", &count);

	if (want && count < w->n)
		return node_fail(n, "output_shape has %zu values (expected %u)", count, w->n);
	for (unsigned d = 0; d < w->n; d++) {
		int64_t full = (n->in[0]->dims[2 + d] - 1) * w->stride[d] + w->out_pad[d] +
			       span_of(w, d);

		if (want && (want[count - w->n + d] < 1 || want[count - w->n + d] > INT32_MAX))
			return node_fail(n, "output_shape has a size of %" PRId64,
					 want[count - w->n + d]);
		if (want && full < want[count - w->n + d]) {
			w->out_pad[d] += want[count - w->n + d] - full;
			full = want[count - w->n + d];
			w->lo[d] = w->hi[d] = 0;
		} else if (want) {
			share_pad(n, w, d, full - want[count - w->n + d]);
		} else if (pads_itself(n)) {
			share_pad(n, w, d, full - n->in[0]->dims[2 + d] * w->stride[d]);
		}
		w->out[d] = full - w->lo[d] - w->hi[d];
	}
	return true;
}

/* "KEY=a" for equal values, which means all of them; else "KEY=a,b". */
static const char *short_list(struct node *n, const char *key, const int64_t *values, size_t count)
{
	size_t equal = 1;

	while (equal < count && values[equal] == values[0])
		equal++;
	return node_list_text(n, key, values, equal == count ? 1 : count);
}

/* The same, after a dimension of space that was put before the only one. */
static const char *spaced(struct node *n, const char *key, const struct window *w,
			  const int64_t *values, int64_t before)
{
	int64_t two[2] = { before, values[0] };

	return w->n == 1 ? short_list(n, key, two, 2) : short_list(n, key, values, w->n);
}

static const char *pad_text(struct node *n, const struct window *w)
{
	int64_t pads[2 * MAX_SPACE] = { 0 };
	unsigned space = w->n == 1 ? 2 : w->n, skip = w->n == 1;

	for (unsigned d = 0; d < w->n; d++) {
		pads[skip + d] = w->lo[d];
		pads[space + skip + d] = w->hi[d];
	}
	return short_list(n, "pad", pads, (size_t)2 * space);
}

/* The tensor with a dimension of 1 before its only one of space. */
static struct value *widen(struct node *n, struct value *v, const char *suffix)
{
	int64_t dims[4] = { v->dims[0], v->dims[1], 1, v->dims[2] };
	struct value *wide = node_between(n, suffix, v->dtype, 4, dims);

	wide->is_static = v->is_static;
	return wide;
}

static void window_step(struct node *n, const struct window *w, const char *kind,
			struct value **operands, unsigned n_operands, unsigned n_images,
			const char *attrs)
{
	struct value *y = n->out[0], *wide = y;
	static const char *const suffixes[] = { "/x", "/w" };

	for (unsigned i = 0; w->n == 1 && i < n_images; i++) {
		struct value *narrow = operands[i];

		operands[i] = widen(n, narrow, suffixes[i]);
		node_step_one(n, suffixes[i], "reshape", narrow, operands[i], "%s", "");
	}
	if (w->n == 1)
		wide = widen(n, y, "/y");
	node_step(n, kind, operands, n_operands, &wide, 1, "%s", attrs);
	if (wide != y)
		node_step_one(n, "/y", "reshape", wide, y, "%s", "");
}

static bool conv_kernel(struct node *n, struct window *w)
{
	const struct value *x = n->in[0], *weight = n->in[1];

	if (weight->n_dims != x->n_dims)
		return node_fail(n, "a weight of %u dimensions for an input of %u",
				 weight->n_dims, x->n_dims);
	for (unsigned d = 0; d < w->n; d++) {
		w->kernel[d] = weight->dims[2 + d];
		if (w->kernel[d] < 1 || w->kernel[d] > MAX_VALUE)
			return node_fail(n, "a kernel of %" PRId64, w->kernel[d]);
	}
	return true;
}

bool make_conv(struct node *n)
{
	struct value *x = n->in[0], *weight = n->in[1];
	struct value *operands[3] = { x, weight, node_in(n, 2) };
	bool turns = strcmp(n->row->name, "ConvTranspose") == 0;
	int64_t groups = node_int(n, "group", 1), dims[MAX_DIMS];
	struct window w = { 0 };
	const char *attrs, *kind = n->row->kind;

	if (!read_window(n, &w) || !conv_kernel(n, &w) || !(turns ? unslide : slide)(n, &w))
		return false;
	if (groups < 1 || groups > INT32_MAX || x->dims[1] % groups ||
	    weight->dims[0] % groups || weight->dims[0] < 1 ||
	    (turns ? weight->dims[0] != x->dims[1] : weight->dims[1] != x->dims[1] / groups))
		return node_fail(n,
				 "a weight of %" PRId64 " by %" PRId64 " channels for %" PRId64
				 " channels in %" PRId64 " groups",
				 weight->dims[0], weight->dims[1], x->dims[1], groups);
	dims[0] = x->dims[0];
	dims[1] = turns ? weight->dims[1] * groups : weight->dims[0];
	memcpy(dims + 2, w.out, w.n * sizeof(*dims));
	if (!node_result(n, 0, x->dtype, x->n_dims, dims))
		return false;
	if (w.n == 3 && turns)
		return node_fail(n, "three dimensions of space, which no kind of a trace has");
	attrs = draft_text(n->d, "%s %s %s groups=%" PRId64 "%s%s",
			   spaced(n, "stride", &w, w.stride, 1), pad_text(n, &w),
			   spaced(n, "dilation", &w, w.dilation, 1), groups, turns ? " " : "",
			   turns ? spaced(n, "output_pad", &w, w.out_pad, 0) : "");
	if (w.n == 3)
		kind = "conv3d";
	window_step(n, &w, kind, operands, operands[2] ? 3 : 2, 2, attrs);
	return true;
}

bool make_pool(struct node *n)
{
	struct value *x = n->in[0];
	struct window w = { 0 };
	int64_t dims[MAX_DIMS];

	if (!read_window(n, &w) || !read_list(n, "kernel_shape", w.n, 0, 1, w.kernel) ||
	    !slide(n, &w))
		return false;
	for (unsigned d = 0; d < w.n; d++)
		if (w.dilation[d] != 1 || w.n == 3)
			return node_fail(n, "pooling with dilation, or over three dimensions of "
					    "space, which no kind of a trace has");
	dims[0] = x->dims[0];
	dims[1] = x->dims[1];
	memcpy(dims + 2, w.out, w.n * sizeof(*dims));
	if (!node_result(n, 0, x->dtype, x->n_dims, dims))
		return false;
	window_step(n, &w, n->row->kind, &x, 1, 1,
		    draft_text(n->d, "%s %s %s", spaced(n, "kernel", &w, w.kernel, 1),
			       spaced(n, "stride", &w, w.stride, 1), pad_text(n, &w)));
	return true;
}

bool make_global_pool(struct node *n)
{
	struct value *x = n->in[0];
	int64_t dims[MAX_DIMS];

	if (x->n_dims < 3)
		return node_fail(n, "an input of %u dimensions (expected at least 3)", x->n_dims);
	for (unsigned d = 0; d < x->n_dims; d++)
		dims[d] = d < 2 ? x->dims[d] : 1;
	if (!node_result(n, 0, x->dtype, x->n_dims, dims))
		return false;
	node_step_one(n, "", "globalpool", x, n->out[0], "%s", "");
	return true;
}

/* Sizes, or scales of each dimension: inputs that moved from set to set, or an attribute. */
static bool resized_dims(struct node *n, int64_t *dims)
{
	const struct value *x = n->in[0];
	struct value *sizes = node_in(n, 3), *scales = node_in(n, n->n_in > 2 ? 2 : 1);
	const int64_t *want;
	size_t count;

	if (sizes && value_elements(sizes) > 0) {
		if (!node_values(n, 3, &want, &count))
			return false;
		if (count != x->n_dims)
			return node_fail(n, "%zu sizes for %u dimensions", count, x->n_dims);
		memcpy(dims, want, count * sizeof(*dims));
		return true;
	}
	if (!scales || !value_is_known(scales) || scales->dtype != DTYPE_F32 ||
	    value_elements(scales) != x->n_dims)
		return node_fail(n, "neither sizes nor scales for its %u dimensions are known "
				    "before the run", x->n_dims);
	for (unsigned d = 0; d < x->n_dims; d++)
		if (!scaled_extent(x->dims[d], scales->known[d], &dims[d]))
			return node_fail(n, "scale %u leaves nothing, or too much", d);
	return true;
}

bool make_resize(struct node *n)
{
	struct value *x = n->in[0], *y = n->out[0];
	bool is_nearest = !node_word_is(n, "mode", "linear") && !node_word_is(n, "mode", "cubic");
	int64_t dims[MAX_DIMS], scale[MAX_DIMS];
	bool is_whole = x->n_dims >= 3 && x->n_dims <= 5;

	if (!resized_dims(n, dims) || !node_result(n, 0, x->dtype, x->n_dims, dims))
		return false;
	if (n->is_static)
		return true;
	for (unsigned d = 0; d < x->n_dims; d++) {
		scale[d] = dims[d] / x->dims[d];
		is_whole = is_whole && dims[d] % x->dims[d] == 0 && (d >= 2 || scale[d] == 1) &&
			   scale[d] <= MAX_VALUE;
	}
	if (is_whole && !node_word_is(n, "mode", "cubic"))
		node_step_one(n, "", "upsample", x, y, "%s mode=%s",
			      short_list(n, "scale", scale + 2, x->n_dims - 2),
			      is_nearest ? "nearest" : "bilinear");
	else /* bilinear: three blends of two multiplications and an addition */
		node_step_one(n, "", "custom", x, y, "vector_ops=%" PRIu64,
			      is_nearest ? 0 : 9 * value_elements(y));
	return true;
}
