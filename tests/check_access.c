/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access relations against brute force.  Each case states, in plain loops and without the
 * operator table, which input elements an output element needs; the regions that the table
 * derives must be exactly the bounding boxes of what the loops touch, for many pieces of
 * the output and of the reduction, and its byte counts the number of elements touched.
 */
#include "support/graph_lines.h"
#include "support/tap_main.h"

#include "base/mem.h"
#include "ir/block.h"
#include "ir/ops.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CASE_INPUTS 4
#define PIECES 200

struct probe {
	const struct graph *g;
	const struct op *op;
	struct op_info info;
	struct region box[MAX_CASE_INPUTS]; /* of the touches so far */
	unsigned char *seen[MAX_CASE_INPUTS];
};

static const struct shape *in_shape(const struct probe *p, unsigned i)
{
	return graph_shape(p->g, op_operand(p->g, p->op, i));
}

/* An input element that is needed; outside the tensor it is padding. */
static void touch(struct probe *p, unsigned input, const int64_t *index)
{
	const struct shape *s = in_shape(p, input);
	struct region point = { .n_dims = s->n_dims };
	uint64_t at = 0;

	for (unsigned d = 0; d < s->n_dims; d++) {
		if (index[d] < 0 || index[d] >= s->dims[d])
			return;
		point.lo[d] = index[d];
		point.hi[d] = index[d] + 1;
		at = at * s->dims[d] + (uint64_t)index[d];
	}
	p->seen[input][at] = 1;
	region_join(&p->box[input], &point);
}
#define TOUCH(p, input, ...) touch(p, input, (const int64_t[]){ __VA_ARGS__ })

/* What output element `o` needs of all inputs at reduction point `r`. */
typedef void (*taps_fn)(struct probe *p, const int64_t *o, const int64_t *r);

struct access_case {
	const char *name;
	const char *statements[8];
	taps_fn taps;
	bool may_be_larger; /* the relation is a bound; exact are a view's placement, and the bytes */
};

/* stride 2,1; pad 1,2 and 0,1; dilation 1,2; 2 groups of 2 -> 3 channels */
static void taps_conv(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], o[1] / 3 * 2 + r[0], o[2] * 2 - 1 + r[1], o[3] - 2 + r[2] * 2);
	TOUCH(p, 1, o[1], r[0], r[1], r[2]);
	TOUCH(p, 2, o[1]);
}

static void taps_holes(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], r[0], o[2] * 3, o[3] * 3);
	TOUCH(p, 1, o[1], r[0], r[1], r[2]);
}

/* stride 3, dilation 2: windows with holes inside and between */
static void taps_sparse(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], r[0], o[2] * 3 - 3 + r[1] * 2, o[3] * 5 - 4 + r[2] * 3);
	TOUCH(p, 1, o[1], r[0], r[1], r[2]);
}

static void taps_conv3d(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], r[0], o[2] - 1 + r[1], o[3] * 2 + r[2], o[4] + r[3]);
	TOUCH(p, 1, o[1], r[0], r[1], r[2], r[3]);
}

/* index * stride + tap * dilation = output + pad, in one dimension */
static int64_t undone(int64_t o, int64_t pad, int64_t r, int64_t dilation, int64_t stride)
{
	int64_t at = o + pad - r * dilation;

	return at < 0 || at % stride != 0 ? -1 : at / stride;
}

/* stride 2,3; pad 1,2; dilation 1,2; 2 groups of 3 -> 1 channels */
static void taps_transposed_window(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], o[1] * 3 + r[0], undone(o[2], 1, r[1], 1, 2), undone(o[3], 2, r[2], 2, 3));
	TOUCH(p, 1, o[1] * 3 + r[0], 0, r[1], r[2]);
	TOUCH(p, 2, o[1]);
}

/* stride 3 of a kernel of 2: every third output needs nothing */
static void taps_gaps(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], r[0], undone(o[2], 0, r[1], 1, 3), undone(o[3], 0, r[2], 1, 3));
	TOUCH(p, 1, r[0], o[1], r[1], r[2]);
}

static void taps_matmul(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[1], o[2], r[0]);
	TOUCH(p, 1, o[0], 0, r[0], o[3]);
	TOUCH(p, 2, o[3]);
}

static void taps_transposed(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], r[0], o[1]);
	TOUCH(p, 1, o[2], r[0]);
}

/* 4 rows see the last 2 columns up to their own, of 5: row i up to i + 1. */
static void taps_masked(struct probe *p, const int64_t *o, const int64_t *r)
{
	if (o[2] > o[1] + 1 || o[2] < o[1])
		return;
	TOUCH(p, 0, o[0], o[1], r[0]);
	TOUCH(p, 1, o[0], r[0], o[2]);
}

/* A scale for 3 elements of b along its second dimension, K. */
static void taps_scaled(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], o[1], r[0]);
	TOUCH(p, 1, o[2], r[0]);
	TOUCH(p, 2, o[2]);
	TOUCH(p, 3, o[2], r[0] / 3);
}

static void taps_column_scale(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], r[0]);
	TOUCH(p, 1, r[0], o[1]);
	TOUCH(p, 2, o[1]);
	TOUCH(p, 3, o[1]);
}

static void taps_add(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1], 0);
	TOUCH(p, 1, o[1], o[2]);
}

static void taps_where(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1]);
	TOUCH(p, 1, o[1]);
	TOUCH(p, 2, o[0], 0);
}

static void taps_same(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	touch(p, 0, o);
}

static void taps_nearest(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1], o[2] / 2, o[3] / 3);
}

static int64_t bilinear_tap(int64_t o, int64_t scale, int64_t tap)
{
	/* floor((o + 1/2) / scale - 1/2), in halves */
	int64_t twice = 2 * o + 1 - scale,
		below = twice >= 0 ? twice / (2 * scale)
				   : -((-twice + 2 * scale - 1) / (2 * scale));

	return below + tap;
}

static void taps_bilinear(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], o[1], bilinear_tap(o[2], 2, r[0]), bilinear_tap(o[3], 3, r[1]));
}

static void taps_pool(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], o[1], o[2] * 2 - 1 + r[0], o[3] * 2 - 1 + r[1]);
}

static void taps_global(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], o[1], r[0], r[1]);
}

/* 2 groups of 3 channels over 3 x 4: all of the group's elements. */
static void taps_group_norm(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	for (int64_t c = o[1] / 3 * 3; c < o[1] / 3 * 3 + 3; c++)
		for (int64_t i = 0; i < 12; i++)
			TOUCH(p, 0, o[0], c, i / 4, i % 4);
	TOUCH(p, 1, o[1]);
	TOUCH(p, 2, o[1]);
}

static void taps_layer_norm(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	for (int64_t i = 0; i < 20; i++)
		TOUCH(p, 0, o[0], i / 5, i % 5);
	TOUCH(p, 1, o[1], o[2]);
}

static void taps_softmax(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	for (int64_t i = 0; i < 4; i++)
		TOUCH(p, 0, o[0], i, o[2]);
}

static void taps_batch_norm(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	touch(p, 0, o);
	TOUCH(p, 1, o[1]);
	TOUCH(p, 2, o[1]);
}

static void taps_reduce(struct probe *p, const int64_t *o, const int64_t *r)
{
	TOUCH(p, 0, o[0], r[0], o[1], r[1]);
}

static void taps_reduce_all(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)o;
	TOUCH(p, 0, r[0], r[1]);
}

/* 2x6x20 -> 2x3x2x4x5 */
static void taps_reshape(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1] * 2 + o[2], o[3] * 5 + o[4]);
}

static void taps_merge(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1], o[2] / 5, o[2] % 5);
}

static void taps_transpose(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	/* output dimension d is dimension perm[d] of the input: 1,3,0,2 */
	TOUCH(p, 0, o[2], o[0], o[3], o[1]);
}

static void taps_slice(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0] * 2 + 1, o[1], o[2] + 2);
}

static void taps_expand(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[1], 0, o[3]);
}

static void taps_pad(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0] - 3, o[1], o[2] - 1);
}

static void taps_concat(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1], o[2]);
	TOUCH(p, 1, o[0], o[1] - 4, o[2]);
	TOUCH(p, 2, o[0], o[1] - 5, o[2]);
}

/* Positions are the second dimension of the input: the table has 3 of them. */
static void taps_rope(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	for (int64_t i = 0; i < 4; i++)
		TOUCH(p, 0, o[0], o[1], o[2], i);
	for (int64_t i = 0; i < 2; i++)
		TOUCH(p, 1, o[1], i);
}

/* A table of more positions than the input has: any of them. */
static void taps_rope_any(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	for (int64_t i = 0; i < 4; i++)
		TOUCH(p, 0, o[0], o[1], i);
	for (int64_t i = 0; i < 36; i++)
		TOUCH(p, 1, i / 4, i % 4);
}

/* A gather reads a view of its table in whose place the dimensions of the indices stand. */
static void taps_gather(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1], o[2], o[3]);
	TOUCH(p, 1, o[1], o[2]);
}

/* Each index a page of 3 rows. */
static void taps_pages(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	for (int64_t i = 0; i < 3; i++)
		TOUCH(p, 0, o[0], i, o[1]);
	TOUCH(p, 1, o[0]);
}

/* 6 indices in pages of 4 rows. */
static void taps_shared_pages(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	for (int64_t i = 0; i < 4; i++)
		TOUCH(p, 0, 0, o[1] / 4 * 4 + i, o[2]);
	TOUCH(p, 1, 0, o[1]);
}

/* 2 x 3 indices in pages of 2 rows: the second page belongs to both. */
static void taps_split_pages(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	for (int64_t i = 0; i < 6; i++)
		TOUCH(p, 0, 0, i, o[2]);
	TOUCH(p, 1, o[0], o[1]);
}

static void taps_append(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 1, o[0], o[1], o[2]);
}

static void taps_quant(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1], o[2]);
	TOUCH(p, 1, o[0], o[1] / 3, o[2]);
}

static void taps_quant_axis(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1], o[2]);
	TOUCH(p, 1, o[1]);
}

static void taps_quant_one(struct probe *p, const int64_t *o, const int64_t *r)
{
	(void)r;
	TOUCH(p, 0, o[0], o[1], o[2]);
	TOUCH(p, 1, 0, 0);
}

static const struct access_case cases[] = {
	{ "conv2d",
	  { "tensor x f16 2x4x7x9 role=input", "tensor w f16 6x2x3x2 role=weight",
	    "tensor b f16 6 role=weight", "tensor y f16 2x6x3x10",
	    "op c conv2d in=x,w,b out=y stride=2,1 pad=1,2,0,1 dilation=1,2 groups=2" },
	  taps_conv, false },
	{ "conv2d 1x1 stride 3",
	  { "tensor x f16 1x3x8x7 role=input", "tensor w f16 2x3x1x1 role=weight",
	    "tensor y f16 1x2x3x3", "op c conv2d in=x,w out=y stride=3" },
	  taps_holes, false },
	{ "conv2d sparse",
	  { "tensor x f16 1x2x11x13 role=input", "tensor w f16 2x2x2x2 role=weight",
	    "tensor y f16 1x2x5x4", "op c conv2d in=x,w out=y stride=3,5 pad=3,4 dilation=2,3" },
	  taps_sparse, false },
	{ "conv3d",
	  { "tensor x f16 1x2x3x5x4 role=input", "tensor w f16 3x2x3x2x2 role=weight",
	    "tensor y f16 1x3x3x2x3", "op c conv3d in=x,w out=y stride=1,2,1 pad=1,0,0" },
	  taps_conv3d, false },
	{ "convtranspose2d",
	  { "tensor x f16 2x6x5x4 role=input", "tensor w f16 6x1x3x3 role=weight",
	    "tensor b f16 2 role=weight", "tensor y f16 2x2x10x11",
	    "op c convtranspose2d in=x,w,b out=y stride=2,3 pad=1,2 dilation=1,2 groups=2 "
	    "output_pad=1" },
	  taps_transposed_window, false },
	{ "convtranspose2d with gaps",
	  { "tensor x f16 1x3x4x3 role=input", "tensor w f16 3x2x2x2 role=weight",
	    "tensor y f16 1x2x11x8", "op c convtranspose2d in=x,w out=y stride=3" },
	  taps_gaps, false },
	{ "matmul",
	  { "tensor a f16 3x4x5 role=input", "tensor b f16 2x1x5x6 role=weight",
	    "tensor c f16 6 role=weight", "tensor y f16 2x3x4x6", "op m matmul in=a,b,c out=y" },
	  taps_matmul, false },
	{ "matmul transposed",
	  { "tensor a f16 2x5x4 role=input", "tensor b f16 6x5 role=weight", "tensor y f16 2x4x6",
	    "op m matmul in=a,b out=y transpose_a=1 transpose_b=1" },
	  taps_transposed, false },
	{ "matmul masked",
	  { "tensor a f16 2x4x4 role=input", "tensor b f16 2x4x5 role=input",
	    "tensor y f16 2x4x5", "op m matmul in=a,b out=y mask=window:2" },
	  taps_masked, true },
	{ "matmul scaled by groups",
	  { "tensor a f16 2x4x8 role=input", "tensor b i8 6x8 role=weight",
	    "tensor c f16 6 role=weight", "tensor s f16 6x3 role=weight", "tensor y f16 2x4x6",
	    "op m matmul in=a,b,c,s out=y transpose_b=1 group=3" },
	  taps_scaled, true },
	{ "matmul scaled by columns",
	  { "tensor a f16 4x8 role=input", "tensor b i8 8x6 role=weight",
	    "tensor c f16 6 role=weight", "tensor s f32 6 role=weight", "tensor y f16 4x6",
	    "op m matmul in=a,b,c,s out=y" },
	  taps_column_scale, false },
	{ "add",
	  { "tensor a f32 2x3x1 role=input", "tensor b f16 3x4 role=input", "tensor y f16 2x3x4",
	    "op s add in=a,b out=y" },
	  taps_add, false },
	{ "where",
	  { "tensor c bool 3x4 role=input", "tensor a f16 4 role=input",
	    "tensor b f16 3x1 role=input", "tensor y f16 3x4", "op s where in=c,a,b out=y" },
	  taps_where, false },
	{ "silu",
	  { "tensor x f16 2x3x4x5 role=input", "tensor y f16 2x3x4x5", "op s silu in=x out=y" },
	  taps_same, false },
	{ "upsample",
	  { "tensor x f16 1x2x3x4 role=input", "tensor y f16 1x2x6x12",
	    "op u upsample in=x out=y scale=2,3" },
	  taps_nearest, false },
	{ "upsample bilinear",
	  { "tensor x f16 1x2x3x4 role=input", "tensor y f16 1x2x6x12",
	    "op u upsample in=x out=y scale=2,3 mode=bilinear" },
	  taps_bilinear, false },
	{ "maxpool",
	  { "tensor x f16 1x2x7x8 role=input", "tensor y f16 1x2x4x4",
	    "op p maxpool in=x out=y kernel=3 stride=2 pad=1,1,1,0" },
	  taps_pool, false },
	{ "globalpool",
	  { "tensor x f16 2x3x4x5 role=input", "tensor y f16 2x3x1x1",
	    "op p globalpool in=x out=y" },
	  taps_global, false },
	{ "groupnorm",
	  { "tensor x f16 2x6x3x4 role=input", "tensor g f16 6 role=weight",
	    "tensor b f16 6 role=weight", "tensor y f16 2x6x3x4",
	    "op n groupnorm in=x,g,b out=y groups=2" },
	  taps_group_norm, false },
	{ "layernorm",
	  { "tensor x f16 3x4x5 role=input", "tensor g f16 4x5 role=weight", "tensor y f16 3x4x5",
	    "op n layernorm in=x,g out=y axis=1" },
	  taps_layer_norm, false },
	{ "softmax",
	  { "tensor x f16 3x4x5 role=input", "tensor y f16 3x4x5",
	    "op n softmax in=x out=y axis=-2" },
	  taps_softmax, false },
	{ "batchnorm",
	  { "tensor x f16 2x3x4 role=input", "tensor g f16 3 role=weight",
	    "tensor b f16 3 role=weight", "tensor y f16 2x3x4", "op n batchnorm in=x,g,b out=y" },
	  taps_batch_norm, false },
	{ "reduce",
	  { "tensor x f16 2x3x4x5 role=input", "tensor y f16 2x4",
	    "op r reduce in=x out=y fn=mean axes=3,1 keepdims=0" },
	  taps_reduce, false },
	{ "reduce all",
	  { "tensor x f16 3x4 role=input", "tensor y f16 1x1", "op r reduce in=x out=y fn=max" },
	  taps_reduce_all, false },
	{ "reshape",
	  { "tensor x f16 2x6x20 role=input", "tensor y f16 2x3x2x4x5", "op v reshape in=x out=y" },
	  taps_reshape, true },
	{ "reshape of nhwc",
	  { "tensor x f16 2x3x4x5 role=input", "tensor y f16 2x3x20", "op v reshape in=x out=y" },
	  taps_merge, true },
	{ "transpose",
	  { "tensor x f16 2x3x4x5 role=input layout=nchw", "tensor y f16 3x5x2x4",
	    "op v transpose in=x out=y perm=1,3,0,2" },
	  taps_transpose, false },
	{ "slice",
	  { "tensor x f16 7x3x8 role=input", "tensor y f16 3x3x4",
	    "op v slice in=x out=y axes=0,2 starts=1,-6 ends=7,6 steps=2,1" },
	  taps_slice, false },
	{ "concat",
	  { "tensor a f16 2x4x5 role=input", "tensor b f16 2x1x5 role=input",
	    "tensor c f16 2x3x5 role=input", "tensor y f16 2x8x5",
	    "op v concat in=a,b,c out=y axis=-2" },
	  taps_concat, false },
	{ "expand",
	  { "tensor x f16 3x1x5 role=input", "tensor y f16 2x3x4x5", "op v expand in=x out=y" },
	  taps_expand, false },
	{ "pad",
	  { "tensor x f16 2x3x4 role=input", "tensor y f16 7x5x5",
	    "op p pad in=x out=y pads=3,0,1,2,2,0" },
	  taps_pad, false },
	{ "rope",
	  { "tensor x f16 2x3x5x4 role=input", "tensor t f32 3x2 role=weight",
	    "tensor y f16 2x3x5x4", "op r rope in=x,t out=y" },
	  taps_rope, false },
	{ "rope of a longer table",
	  { "tensor x f16 2x3x4 role=input", "tensor t f32 9x4 role=weight", "tensor y f16 2x3x4",
	    "op r rope in=x,t out=y" },
	  taps_rope_any, false },
	{ "gather",
	  { "tensor t f16 2x9x4 role=weight", "tensor i i32 2x3 role=input",
	    "tensor y f16 2x2x3x4", "op o gather in=t,i out=y axis=1" },
	  taps_gather, false },
	{ "gather of pages",
	  { "tensor t f16 20x4 role=weight", "tensor i i32 5 role=input", "tensor y f16 5x4",
	    "op o gather in=t,i out=y rows=random:5 page=3" },
	  taps_pages, false },
	{ "gather of shared pages",
	  { "tensor t f16 20x4 role=weight", "tensor i i32 1x6 role=input", "tensor y f16 1x6x4",
	    "op o gather in=t,i out=y page=4" },
	  taps_shared_pages, false },
	{ "gather of split pages",
	  { "tensor t f16 20x4 role=weight", "tensor i i32 2x3 role=input", "tensor y f16 2x3x4",
	    "op o gather in=t,i out=y page=2" },
	  taps_split_pages, false },
	{ "kvappend",
	  { "tensor c f16 2x9x4 role=state", "tensor n f16 2x3x4 role=input",
	    "op a kvappend in=c,n out=c axis=1 at=5" },
	  taps_append, false },
	{ "quant by groups",
	  { "tensor x f16 2x8x3 role=input", "tensor s f32 2x3x3 role=weight",
	    "tensor y i8 2x8x3", "op q quant in=x,s out=y group=3 axis=1" },
	  taps_quant, false },
	{ "dequant by an axis",
	  { "tensor x i8 2x8x3 role=input", "tensor s f32 8 role=weight", "tensor y f16 2x8x3",
	    "op q dequant in=x,s out=y axis=-2" },
	  taps_quant_axis, false },
	{ "quant by one scale",
	  { "tensor x f16 2x8x3 role=input", "tensor s f32 1x1 role=weight",
	    "tensor y i8 2x8x3", "op q quant in=x,s out=y" },
	  taps_quant_one, false },
};

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
	return *state >> 33;
}

static void random_piece(const struct region *of, uint64_t *state, struct region *piece)
{
	piece->n_dims = of->n_dims;
	for (unsigned d = 0; d < of->n_dims; d++) {
		uint64_t extent = (uint64_t)region_extent(of, d);

		piece->lo[d] = of->lo[d] + (int64_t)(next_random(state) % extent);
		piece->hi[d] = piece->lo[d] + 1 +
			       (int64_t)(next_random(state) % (uint64_t)(of->hi[d] - piece->lo[d]));
	}
}

/* The next index of a region in row-major order; false after the last. */
static bool next_index(const struct region *r, int64_t *index)
{
	for (unsigned d = r->n_dims; d-- > 0;) {
		if (++index[d] < r->hi[d])
			return true;
		index[d] = r->lo[d];
	}
	return false;
}

static void touch_piece(struct probe *p, taps_fn taps, const struct region *out,
			const struct region *red)
{
	int64_t o[MAX_DIMS], r[MAX_DIMS];

	for (unsigned i = 0; i < p->op->n_inputs; i++) {
		p->box[i] = (struct region){ .n_dims = in_shape(p, i)->n_dims };
		memset(p->seen[i], 0, tensor_elements(p->g, op_operand(p->g, p->op, i)));
	}
	memcpy(o, out->lo, sizeof(o));
	do {
		memcpy(r, red->lo, sizeof(r));
		do
			taps(p, o, r);
		while (next_index(red, r));
	} while (next_index(out, o));
}

static bool holds(const struct region *outer, const struct region *inner)
{
	struct region both = *outer;

	region_join(&both, inner);
	return region_equal(&both, outer);
}

static void check_piece(struct probe *p, const struct access_case *c, const struct region *out,
			const struct region *red)
{
	touch_piece(p, c->taps, out, red);
	for (unsigned i = 0; i < p->op->n_inputs; i++) {
		struct region in;

		access_region(p->g, p->op, &p->info, i, PASS_FULL, out, red, &in);
		ck_assert_msg(c->may_be_larger ? holds(&in, &p->box[i])
					       : region_equal(&in, &p->box[i]),
			      "%s: input %u: [%" PRId64 ",%" PRId64
			      ") of dimension 0, expected [%" PRId64 ",%" PRId64 ")",
			      c->name, i, in.lo[0], in.hi[0], p->box[i].lo[0], p->box[i].hi[0]);
	}
}

static void start_case(struct probe *p, const struct access_case *c)
{
	memset(p, 0, sizeof(*p));
	p->g = graph_must(c->statements);
	p->op = &p->g->ops[0];
	op_describe(p->g, 0, &p->info);
	ck_assert_msg(p->info.refusal == NULL, "%s: %s", c->name, p->info.refusal);
	ck_assert_uint_eq(p->info.n_access, p->op->n_inputs);
	for (unsigned i = 0; i < p->op->n_inputs; i++)
		p->seen[i] = xmalloc(tensor_elements(p->g, op_operand(p->g, p->op, i)));
}

static void end_case(struct probe *p)
{
	for (unsigned i = 0; i < p->op->n_inputs; i++)
		free(p->seen[i]);
	graph_free((struct graph *)p->g);
}

START_TEST(regions_are_bounding_boxes)
{
	const struct access_case *c = &cases[_i];
	uint64_t state = 1;
	struct region red;
	struct probe p;

	start_case(&p, c);
	op_whole_red(&p.info, &red);
	check_piece(&p, c, &p.info.out, &red);
	for (unsigned n = 0; n < PIECES; n++) {
		struct region out_piece, red_piece;

		random_piece(&p.info.out, &state, &out_piece);
		random_piece(&red, &state, &red_piece);
		check_piece(&p, c, &out_piece, &red_piece);
	}
	end_case(&p);
}
END_TEST

START_TEST(touched_bytes_are_counted_exactly)
{
	const struct access_case *c = &cases[_i];
	struct region red;
	struct probe p;

	start_case(&p, c);
	op_whole_red(&p.info, &red);
	touch_piece(&p, c->taps, &p.info.out, &red);
	for (unsigned i = 0; i < p.op->n_inputs; i++) {
		uint32_t t = op_operand(p.g, p.op, i);
		uint64_t seen = 0;

		for (uint64_t e = 0; e < tensor_elements(p.g, t); e++)
			seen += p.seen[i][e];
		ck_assert_msg(op_touched_bytes(p.g, p.op, &p.info, i) ==
				      element_bytes(p.g->tensors[t].dtype, seen),
			      "%s: input %u: %" PRIu64 " bytes, expected %" PRIu64 " elements",
			      c->name, i, op_touched_bytes(p.g, p.op, &p.info, i), seen);
	}
	end_case(&p);
}
END_TEST

/* m k n batches = output elements x reduction points of every piece. */
/* Points at which output and reduction indices meet; of a turned window, where they do. */
static uint64_t product_points(const struct op_info *info, const struct region *out,
			       const struct region *red)
{
	uint64_t points = 1;

	for (unsigned r = 0; r < info->n_red; r++)
		points *= (uint64_t)region_extent(red, r);
	for (unsigned d = 0; d < out->n_dims; d++) {
		const struct axis_access *x = &info->access[0].axis[d];
		uint64_t pairs = 0;

		if (d >= info->access[0].n_dims || !x->undoes) {
			points *= (uint64_t)region_extent(out, d);
			continue;
		}
		for (int64_t i = 0; i < x->n_indices; i++)
			for (int64_t r = red->lo[x->red_dim]; r < red->hi[x->red_dim]; r++) {
				int64_t o = i * x->out_div + r * x->red_mul - x->out_bias;

				o = o < 0 ? 0 : o >= info->out.hi[d] ? info->out.hi[d] - 1 : o;
				pairs += o >= out->lo[d] && o < out->hi[d];
			}
		points = points / (uint64_t)region_extent(red, (unsigned)x->red_dim) * pairs;
	}
	return points;
}

START_TEST(products_are_exact)
{
	const struct access_case *c = &cases[_i];
	uint64_t state = 7;
	struct region red;
	struct probe p;

	start_case(&p, c);
	op_whole_red(&p.info, &red);
	for (unsigned n = 0; n < PIECES && p.info.class == OP_CLASS_MATRIX; n++) {
		struct region out_piece, red_piece;
		struct matrix_work w;

		random_piece(&p.info.out, &state, &out_piece);
		random_piece(&red, &state, &red_piece);
		op_matrix_work(&p.info, &out_piece, &red_piece, &w);
		ck_assert_uint_eq(w.m * w.k * w.n * w.batches,
				  product_points(&p.info, &out_piece, &red_piece));
	}
	end_case(&p);
}
END_TEST

/* Where a view says that an output element lies, the element that it names lies. */
START_TEST(views_name_the_right_elements)
{
	const struct access_case *c = &cases[_i];
	struct placement out, in;
	struct probe p;
	int64_t o[MAX_DIMS] = { 0 }, none[MAX_DIMS] = { 0 };

	start_case(&p, c);
	tensor_placement(p.g, op_output(p.g, p.op, 0), &out);
	tensor_placement(p.g, op_input(p.g, p.op, 0), &in);
	if (op_is_view(&p.info)) {
		ck_assert_uint_eq(out.storage, in.storage);
		do {
			uint64_t from = in.offset, to = out.offset;

			p.box[0] = (struct region){ .n_dims = in_shape(&p, 0)->n_dims };
			c->taps(&p, o, none);
			for (unsigned d = 0; d < p.box[0].n_dims; d++)
				from += (uint64_t)p.box[0].lo[d] * in.stride[d];
			for (unsigned d = 0; d < p.info.out.n_dims; d++)
				to += (uint64_t)o[d] * out.stride[d];
			ck_assert_uint_eq(from, to);
		} while (next_index(&p.info.out, o));
	}
	end_case(&p);
}
END_TEST

/* A pass over a piece of a normalisation reads the piece; statistics need no weights. */
static const struct access_case *find_case(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	ck_abort_msg("no case of %s", name);
}

START_TEST(passes_of_a_normalisation)
{
	struct region piece = { .n_dims = 4, .lo = { 0, 1, 1, 0 }, .hi = { 1, 2, 3, 4 } }, in;
	struct region red = { .n_dims = 0 };
	struct probe p;

	start_case(&p, find_case("groupnorm"));
	ck_assert(p.info.is_norm);
	access_region(p.g, p.op, &p.info, 0, PASS_STATS, &piece, &red, &in);
	ck_assert(region_equal(&in, &piece));
	access_region(p.g, p.op, &p.info, 0, PASS_APPLY, &piece, &red, &in);
	ck_assert(region_equal(&in, &piece));
	access_region(p.g, p.op, &p.info, 1, PASS_STATS, &piece, &red, &in);
	ck_assert(region_is_empty(&in));
	access_region(p.g, p.op, &p.info, 1, PASS_APPLY, &piece, &red, &in);
	ck_assert_uint_eq(region_elements(&in), 1);
	for (unsigned v = 0; v < N_VECTOR_CLASSES; v++)
		ck_assert_uint_eq(p.info.stats.n[v] + p.info.apply.n[v], p.info.per_output.n[v]);
	end_case(&p);
}
END_TEST

/* Where the rows of a gather lie: in whole pages of the table, none twice before all have been
 * read, and then again. */
START_TEST(rows_lie_in_their_table)
{
	static const struct {
		const char *lines[5];
		uint64_t n_indices, n_pages, page_bytes;
		bool in_order;
	} t[] = {
		{ { "tensor t f16 1000x8 role=weight", "tensor i i32 300 role=input",
		    "tensor y f16 300x8", "op o gather in=t,i out=y rows=random:3" },
		  300, 1000, 16, false },
		{ { "tensor t f16 1000x8 role=weight", "tensor i i32 20x30 role=input",
		    "tensor y f16 20x30x8", "op o gather in=t,i out=y rows=random:9 page=3" },
		  600, 333, 48, false },
		{ { "tensor t f16 50x8 role=weight", "tensor i i32 4x31 role=input",
		    "tensor y f16 4x31x8", "op o gather in=t,i out=y" },
		  124, 50, 16, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct graph *g = graph_must(t[i].lines);
		unsigned *count = xcalloc(t[i].n_pages, sizeof(*count));
		uint64_t n = 0, n_moved = 0, first;
		uint32_t part = op_operand(g, &g->ops[0], 0);
		struct region whole;
		struct blocks blocks;
		struct transfer transfer;

		tensor_region(g, part, &whole);
		first = region_first_bytes(g, part, &whole, unit_steps);
		ck_assert_uint_eq(first,
				  min_u64(t[i].n_indices, t[i].n_pages) * t[i].page_bytes);
		region_blocks(&blocks, g, part, &whole, unit_steps, 4096);
		while (blocks_next(&blocks, &transfer)) {
			uint64_t page = (transfer.address - 4096) / t[i].page_bytes;

			ck_assert_uint_eq((transfer.address - 4096) % t[i].page_bytes, 0);
			ck_assert_uint_lt(page, t[i].n_pages);
			ck_assert(!t[i].in_order || page == n % t[i].n_pages);
			ck_assert_uint_eq(transfer.tensor, 0);
			ck_assert_uint_eq(transfer_bytes(&transfer), t[i].page_bytes);
			ck_assert_uint_eq(count[page]++, n++ / t[i].n_pages);
			n_moved += transfer_bytes(&transfer);
		}
		ck_assert_uint_eq(n, t[i].n_indices);
		ck_assert_uint_eq(n_moved, region_storage_bytes(g, part, &whole, unit_steps));
		free(count);
		graph_free(g);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access");
	TCase *tc = tcase_create("brute force");

	tcase_add_loop_test(tc, regions_are_bounding_boxes, 0, (int)ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, touched_bytes_are_counted_exactly, 0, (int)ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, products_are_exact, 0, (int)ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, views_name_the_right_elements, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(tc, passes_of_a_normalisation);
	tcase_add_test(tc, rows_lie_in_their_table);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
