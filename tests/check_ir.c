/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph: regions, work and bytes of every kind against hand-computed values, repeats,
 * fuse groups, hashes, and what cannot be planned yet.
 */
#include "support/graph_lines.h"
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/ops.h"

static struct region box(int64_t a0, int64_t a1, int64_t b0, int64_t b1)
{
	return (struct region){ .n_dims = 2, .lo = { a0, b0 }, .hi = { a1, b1 } };
}

START_TEST(region_algebra)
{
	struct region a = box(0, 4, 2, 6), b = box(3, 8, 0, 3), far = box(6, 7, 6, 7), r;

	ck_assert_uint_eq(region_elements(&a), 16);
	r = a;
	region_meet(&r, &b);
	ck_assert(region_equal(&r, &(struct region){ 2, { 3, 2 }, { 4, 3 } }));
	r = a;
	region_join(&r, &b);
	ck_assert(region_equal(&r, &(struct region){ 2, { 0, 0 }, { 8, 6 } }));
	r = a;
	region_meet(&r, &far);
	ck_assert(region_is_empty(&r));
	ck_assert_uint_eq(region_elements(&r), 0);
	ck_assert(region_equal(&r, &(struct region){ 2, { 1, 1 }, { 1, 5 } })); /* all empty ones */
	region_join(&r, &b);
	ck_assert(region_equal(&r, &b));
	region_join(&r, &(struct region){ 2, { 9, 9 }, { 9, 99 } });
	ck_assert(region_equal(&r, &b));
	ck_assert(!region_equal(&a, &b));
}
END_TEST

/* The last operator's work, by hand. */
struct count_case {
	const char *lines[8];
	uint64_t macs, vector_ops, ideal_bytes;
};

#define X3(kind, per_element)                                                                      \
	{                                                                                          \
		{ "tensor x f16 2x8 role=input", "tensor y f16 2x8", "op o " kind " in=x out=y" }, \
			0, 16 * (per_element), 64                                                  \
	}
#define X4(kind, per_element)                                                                      \
	{                                                                                          \
		{ "tensor a f16 2x8 role=input", "tensor b f16 2x8 role=input",                    \
		  "tensor y f16 2x8", "op o " kind " in=a,b out=y" },                              \
			0, 16 * (per_element), 96                                                  \
	}

static const struct count_case counts[] = {
	/* convolutions: outputs x channels of a group x taps, padding included */
	{ { "tensor x f16 1x4x8x8 role=input", "tensor w f16 6x4x3x3 role=weight",
	    "tensor b f16 6 role=weight", "tensor y f16 1x6x8x8",
	    "op o conv2d in=x,w,b out=y pad=1" },
	  384 * 4 * 9, 384, 512 + 432 + 12 + 768 },
	{ { "tensor x f32 1x2x5x5 role=input", "tensor w f32 3x2x1x1 role=weight",
	    "tensor y f32 1x3x3x3", "op o conv2d in=x,w out=y stride=2" },
	  27 * 2, 0, 72 + 24 + 108 },
	{ { "tensor x f16 1x8x6x6 role=input", "tensor w f16 8x1x3x3 role=weight",
	    "tensor y f16 1x8x6x6", "op o conv2d in=x,w out=y pad=1 groups=8" },
	  288 * 9, 0, 576 + 144 + 576 },
	{ { "tensor x f16 1x2x3x5x4 role=input", "tensor w f16 3x2x3x2x2 role=weight",
	    "tensor y f16 1x3x3x2x3", "op o conv3d in=x,w out=y stride=1,2,1 pad=1,0,0" },
	  54 * 2 * 12, 0, 192 + 144 + 108 },
	{ { "tensor x f16 1x3x4x5 role=input", "tensor w f16 3x2x3x3 role=weight",
	    "tensor y f16 1x2x8x10",
	    "op o convtranspose2d in=x,w out=y stride=2 pad=1 output_pad=1" },
	  60 * 2 * 9, 0, 120 + 108 + 320 },
	/* products */
	{ { "tensor a f16 3x4x5 role=input", "tensor b f16 5x6 role=weight",
	    "tensor c f16 6 role=weight", "tensor y f16 3x4x6", "op o matmul in=a,b,c out=y" },
	  72 * 5, 72, 120 + 60 + 12 + 144 },
	{ { "tensor a f16 1x4x3 role=input", "tensor b f16 1x3x4 role=input", "tensor y f16 1x4x4",
	    "op o matmul in=a,b out=y mask=causal" },
	  10 * 3, 0, 80 },
	{ { "tensor a f16 1x4x3 role=input", "tensor b f16 1x3x4 role=input", "tensor y f16 1x4x4",
	    "op o matmul in=a,b out=y mask=window:2" },
	  7 * 3, 0, 80 },
	{ { "tensor a f16 2x2x3 role=input", "tensor b f16 2x3x4 role=input", "tensor y f16 2x2x4",
	    "op o matmul in=a,b out=y mask=causal" },
	  2 * 7 * 3, 0, 24 + 48 + 32 },
	{ { "tensor a f16 4x3 role=input", "tensor b f16 3x2 role=input", "tensor y f16 4x2",
	    "op o matmul in=a,b out=y mask=causal" },
	  3 * 3, 0, 24 + 12 + 16 },
	{ { "tensor a f16 4x8 role=input", "tensor b i4 8x6 role=weight",
	    "tensor s f16 2x6 role=weight", "tensor y f16 4x6",
	    "op o matmul in=a,b,s out=y group=4" },
	  24 * 8, 0, 64 + 24 + 24 + 48 },
	/* elementwise */
	{ { "tensor a f16 2x3x1 role=input", "tensor b f16 3x4 role=input", "tensor y f16 2x3x4",
	    "op o add in=a,b out=y" },
	  0, 24, 12 + 24 + 48 },
	{ { "tensor x f16 4x4 role=input", "tensor y f16 4x4", "op o add in=x,x out=y" },
	  0, 16, 64 },
	{ { "tensor x i4 5 role=input", "tensor y i4 5", "op o relu in=x out=y" }, 0, 5, 3 + 3 },
	X4("sub", 1),
	X4("mul", 1),
	X4("div", 1),
	X4("max", 1),
	X4("min", 1),
	X4("pow", 3),
	X3("silu", 5),
	X3("gelu", 5),
	X3("sigmoid", 4),
	X3("tanh", 5),
	X3("exp", 1),
	X3("sqrt", 1),
	X3("neg", 1),
	X3("erf", 1),
	X3("abs", 1),
	X3("log", 1),
	X3("clip", 2),
	X3("hardswish", 5),
	X3("cast", 0),
	{ { "tensor c bool 4 role=input", "tensor a f16 4 role=input", "tensor b f16 4 role=input",
	    "tensor y f16 4", "op o where in=c,a,b out=y" },
	  0, 4, 4 + 8 + 8 + 8 },
	{ { "tensor x f16 2x3x4 role=input", "tensor s f16 2x1x4 role=input",
	    "tensor t f16 4 role=input", "tensor y f16 2x3x4", "op o modulate in=x,s,t out=y" },
	  0, 72, 48 + 16 + 8 + 48 },
	/* resampling and pooling */
	{ { "tensor x f16 1x2x2x2 role=input", "tensor y f16 1x2x4x4", "op o upsample in=x out=y" },
	  0, 0, 16 + 64 },
	{ { "tensor x f16 1x2x2x2 role=input", "tensor y f16 1x2x4x4",
	    "op o upsample in=x out=y mode=bilinear" },
	  0, 32 * 4 * 2, 16 + 64 },
	{ { "tensor x f16 1x2x4x4 role=input", "tensor y f16 1x2x2x2",
	    "op o maxpool in=x out=y kernel=2" },
	  0, 32, 64 + 16 },
	{ { "tensor x f16 1x2x4x4 role=input", "tensor y f16 1x2x2x2",
	    "op o avgpool in=x out=y kernel=2" },
	  0, 40, 64 + 16 },
	{ { "tensor x f16 1x2x4x4 role=input", "tensor y f16 1x2x2x2",
	    "op o maxpool in=x out=y kernel=1 stride=2" },
	  0, 8, 16 + 16 },
	{ { "tensor x f16 2x3x4x5 role=input", "tensor y f16 2x3x1x1",
	    "op o globalpool in=x out=y" },
	  0, 6 * 21, 240 + 12 },
	/* normalisations */
	{ { "tensor x f16 1x4x3x3 role=input", "tensor g f16 4 role=weight",
	    "tensor b f16 4 role=weight", "tensor y f16 1x4x3x3",
	    "op o groupnorm in=x,g,b out=y groups=2" },
	  0, 36 * 8, 72 + 16 + 72 },
	{ { "tensor x f16 1x4x3x3 role=input", "tensor y f16 1x4x3x3",
	    "op o groupnorm in=x out=y groups=2" },
	  0, 36 * 6, 144 },
	{ { "tensor x f16 2x8 role=input", "tensor g f16 8 role=weight",
	    "tensor b f16 8 role=weight", "tensor y f16 2x8", "op o layernorm in=x,g,b out=y" },
	  0, 16 * 8, 32 + 32 + 32 },
	{ { "tensor x f16 2x8 role=input", "tensor g f16 8 role=weight", "tensor y f16 2x8",
	    "op o rmsnorm in=x,g out=y" },
	  0, 16 * 4, 32 + 16 + 32 },
	X3("softmax", 5),
	{ { "tensor x f16 2x3x4 role=input", "tensor g f16 3 role=weight",
	    "tensor b f16 3 role=weight", "tensor y f16 2x3x4", "op o batchnorm in=x,g,b out=y" },
	  0, 48, 48 + 12 + 48 },
	{ { "tensor x f16 4x8 role=input", "tensor y f16 4x1",
	    "op o reduce in=x out=y fn=sum axes=1" },
	  0, 32, 64 + 8 },
	{ { "tensor x f16 4x8 role=input", "tensor y f16 4",
	    "op o reduce in=x out=y fn=mean axes=-1 keepdims=0" },
	  0, 36, 64 + 8 },
	{ { "tensor x f16 4x8 role=input", "tensor y f16 1",
	    "op o reduce in=x out=y fn=max keepdims=0" },
	  0, 32, 64 + 2 },
	/* views */
	{ { "tensor x f16 4x8 role=input", "tensor y f16 32", "op o reshape in=x out=y" },
	  0, 0, 0 },
	{ { "tensor x f16 4x8 role=input", "tensor y f16 8x4", "op o transpose in=x out=y" },
	  0, 0, 0 },
	{ { "tensor x f16 4x8 role=input", "tensor y f16 8x8", "op o concat in=x,x out=y axis=0" },
	  0, 0, 0 },
	{ { "tensor x f16 4x8 role=input", "tensor y f16 4x2", "tensor z f16 4x6",
	    "op o split in=x out=y,z axis=1" },
	  0, 0, 0 },
	{ { "tensor x f16 4x8 role=input", "tensor y f16 2x8",
	    "op o slice in=x out=y axes=0 starts=-3 ends=9 steps=2" },
	  0, 0, 0 },
	{ { "tensor x f16 1x4 role=input", "tensor y f16 8x4", "op o expand in=x out=y" },
	  0, 0, 0 },
	{ { "tensor x f16 1x4 role=input", "tensor y f16 8x4",
	    "op v expand in=x out=y", /* distinct bytes */
	    "tensor z f16 8x4", "op o relu in=y out=z" },
	  0, 32, 8 + 64 },
	/* movement */
	{ { "tensor x f16 2x2 role=input", "tensor y f16 4x4", "op o pad in=x out=y pads=1,1,1,1" },
	  0, 0, 8 + 32 },
	{ { "tensor t f16 10x4 role=weight", "tensor i i32 3 role=input", "tensor y f16 3x4",
	    "op o gather in=t,i out=y" },
	  0, 0, 24 + 12 + 24 },
	{ { "tensor t f16 10x4 role=weight", "tensor i i32 3 role=input", "tensor y f16 3x4",
	    "op o gather in=t,i out=y rows=random:7 page=2" },
	  0, 0, 48 + 12 + 24 },
	{ { "tensor c f16 2x8x4 role=state", "tensor n f16 2x1x4 role=input",
	    "op o kvappend in=c,n out=c axis=1 at=7" },
	  0, 0, 16 + 16 },
	{ { "tensor x f16 2x4x8 role=input", "tensor t f16 4x8 role=weight", "tensor y f16 2x4x8",
	    "op o rope in=x,t out=y" },
	  0, 64 * 3, 128 + 64 + 128 },
	{ { "tensor x f16 4x8 role=input", "tensor s f16 1 role=weight", "tensor y i4 4x8",
	    "op o quant in=x,s out=y" },
	  0, 32, 64 + 2 + 16 },
	{ { "tensor x i4 4x8 role=input", "tensor s f16 4x2 role=weight", "tensor y f16 4x8",
	    "op o dequant in=x,s out=y group=4" },
	  0, 32, 16 + 16 + 64 },
	{ { "tensor x f32 4 role=input", "tensor y f32 4",
	    "op o custom in=x out=y macs=100 vector_ops=7" },
	  100, 7, 32 },
};

START_TEST(work_and_bytes)
{
	const struct count_case *c = &counts[_i];
	struct graph *g = graph_must(c->lines);
	uint32_t last = (uint32_t)g->n_ops - 1;
	struct op_info info;

	op_describe(g, last, &info);
	ck_assert_uint_eq(info.macs, c->macs);
	ck_assert_uint_eq(info.vector_ops, c->vector_ops);
	ck_assert_uint_eq(op_ideal_bytes(g, last), c->ideal_bytes);
	graph_free(g);
}
END_TEST

START_TEST(every_kind_is_counted)
{
	bool seen[N_OP_KINDS] = { false };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct graph *g = graph_must(counts[i].lines);

		for (size_t o = 0; o < g->n_ops; o++)
			seen[g->ops[o].kind] = true;
		graph_free(g);
	}
	for (uint32_t k = 0; k < N_OP_KINDS; k++)
		ck_assert_msg(seen[k], "%s has no case", op_kind_name(k));
}
END_TEST

/* What cannot be planned yet is refused by name; views only where strides cannot say it. */
START_TEST(refusals)
{
	static const struct {
		const char *lines[6];
		const char *reason; /* a part of it; NULL: can be planned */
		bool copies;
	} t[] = {
		{ { "tensor x f16 4x6 role=input", "tensor y f16 6x4", "tensor z f16 24",
		    "op t transpose in=x out=y", "op o reshape in=y out=z" },
		  NULL, true },
		{ { "tensor x f16 4x6 role=input", "tensor y f16 6x4", "tensor z f16 6x2x2",
		    "op t transpose in=x out=y", "op o reshape in=y out=z" },
		  NULL, false },
		{ { "tensor x f16 1x2x3x4 role=input", "tensor y f16 24",
		    "op o reshape in=x out=y" },
		  NULL, true },
		{ { "tensor x f16 1x2x3x4 role=input layout=nchw", "tensor y f16 24",
		    "op o reshape in=x out=y" },
		  NULL, false },
		{ { "tensor x f16 4 role=input", "tensor y f16 8",
		    "op o concat in=x,x out=y axis=0" },
		  NULL, true },
		{ { "tensor x i4 8 role=input", "tensor y i4 8", "op o relu in=x out=y" },
		  "byte", false },
		{ { "tensor x f16 2x2x2x2x2x2 role=input", "tensor y f16 1", "tensor z f16 1",
		    "op s reduce in=x out=y fn=sum keepdims=0", "op o relu in=y out=z" },
		  NULL, false },
		{ { "tensor x f16 2x2x2x2x2 role=input", "tensor y f16 1x1x1x1x1",
		    "op o reduce in=x out=y fn=sum" },
		  "axes", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct graph *g = graph_must(t[i].lines);
		struct op_info info;

		op_describe(g, (uint32_t)g->n_ops - 1, &info);
		if (t[i].reason)
			ck_assert_msg(info.refusal && strstr(info.refusal, t[i].reason),
				      "case %zu: %s", i,
				      info.refusal ? info.refusal : "no refusal");
		else
			ck_assert_msg(!info.refusal, "case %zu: %s", i, info.refusal);
		ck_assert_int_eq(info.copies, t[i].copies);
		graph_free(g);
	}
}
END_TEST

/* Work of a grouped convolution: whole blocks are batches, cut ones have a common width. */
START_TEST(blocks_are_separate_products)
{
	static const char *const lines[] = { "tensor x f16 1x8x4x4 role=input",
					     "tensor w f16 12x2x3x3 role=weight",
					     "tensor y f16 1x12x4x4",
					     "op o conv2d in=x,w out=y pad=1 groups=4", NULL };
	static const struct {
		int64_t lo, hi;
		uint64_t n, batches;
	} t[] = { { 0, 3, 3, 1 }, { 1, 3, 2, 1 }, { 0, 12, 3, 4 },
		  { 3, 9, 3, 2 }, { 2, 9, 1, 7 }, { 2, 4, 1, 2 } };
	struct graph *g = graph_must(lines);
	struct region out, red;
	struct matrix_work w;
	struct op_info info;

	op_describe(g, 0, &info);
	op_whole_red(&info, &red);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		out = info.out;
		out.lo[1] = t[i].lo;
		out.hi[1] = t[i].hi;
		op_matrix_work(&info, &out, &red, &w);
		ck_assert_uint_eq(w.m, 16);
		ck_assert_uint_eq(w.k, 18);
		ck_assert_uint_eq(w.n, t[i].n);
		ck_assert_uint_eq(w.batches, t[i].batches);
	}
	graph_free(g);
}
END_TEST

/* What a mask leaves of a piece, against every element of it. */
START_TEST(masks_leave_boxes)
{
	static const struct {
		const char *lines[5];
		int64_t rows, columns, window;
	} t[] = {
		{ { "tensor a f16 6x3 role=input", "tensor b f16 3x6 role=input",
		    "tensor y f16 6x6", "op o matmul in=a,b out=y mask=causal" },
		  6, 6, 6 },
		{ { "tensor a f16 4x3 role=input", "tensor b f16 3x7 role=input",
		    "tensor y f16 4x7", "op o matmul in=a,b out=y mask=window:2" },
		  4, 7, 2 },
		{ { "tensor a f16 7x3 role=input", "tensor b f16 3x4 role=input",
		    "tensor y f16 7x4", "op o matmul in=a,b out=y mask=window:9" },
		  7, 4, 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		int64_t rows = t[i].rows, columns = t[i].columns, n_seen = 0;
		struct graph *g = graph_must(t[i].lines);
		struct op_info info;

		op_describe(g, 0, &info);
		for (int64_t at = 0; at < rows * rows * columns * columns; at++) {
			int64_t r0 = at % rows, r1 = at / rows % rows + 1,
				c0 = at / rows / rows % columns, c1 = at / rows / rows / columns + 1;
			struct region want = { .n_dims = 2 }, got = box(r0, r1, c0, c1);

			for (int64_t r = r0; r < r1; r++)
				for (int64_t c = c0; c < c1; c++) {
					int64_t last = r + columns - rows;
					struct region one = box(r, r + 1, c, c + 1);

					if (c <= last && c > last - t[i].window)
						region_join(&want, &one);
				}
			op_meet_mask(&info, &got);
			ck_assert_msg(region_equal(&got, &want),
				      "case %zu: rows %d to %d, columns %d to %d", i, (int)r0,
				      (int)r1, (int)c0, (int)c1);
			n_seen += region_equal(&got, &info.out) ? 0 : 1;
		}
		ck_assert_int_gt(n_seen, 0);
		graph_free(g);
	}
}
END_TEST

/* A weight shared by a batch makes one product of more rows; one weight each makes batches. */
START_TEST(batches_that_share_b_are_rows)
{
	static const char *const shared[] = { "tensor a f16 3x4x5 role=input",
					      "tensor b f16 5x6 role=weight", "tensor y f16 3x4x6",
					      "op o matmul in=a,b out=y", NULL };
	static const char *const own[] = { "tensor a f16 3x4x5 role=input",
					   "tensor b f16 3x5x6 role=weight", "tensor y f16 3x4x6",
					   "op o matmul in=a,b out=y", NULL };
	const char *const *const both[] = { shared, own };

	for (unsigned i = 0; i < 2; i++) {
		struct graph *g = graph_must(both[i]);
		struct matrix_work w;
		struct op_info info;
		struct region red;

		op_describe(g, 0, &info);
		op_whole_red(&info, &red);
		op_matrix_work(&info, &info.out, &red, &w);
		ck_assert_uint_eq(w.m, i ? 4 : 12);
		ck_assert_uint_eq(w.batches, i ? 3 : 1);
		ck_assert_uint_eq(w.n, 6);
		ck_assert_uint_eq(w.k, 5);
		graph_free(g);
	}
}
END_TEST

static const char *const loop[] = {
	"tensor x f16 4x8 role=input",  "tensor h f16 4x8",
	"op in relu in=x out=h",        "repeat 3 carry=h:y",
	"tensor w f16 8x8 role=weight", "tensor y f16 4x8",
	"op mm matmul in=h,w out=y",    "end",
	"tensor z f16 4x8 role=output", "op out relu in=y out=z",
	"end-of-trace ops=5",           NULL,
};

START_TEST(a_repeat_carries_and_names_its_iterations)
{
	struct graph *g = graph_must(loop);

	ck_assert_uint_eq(g->n_ops, 5);
	ck_assert_uint_eq(g->n_tensors, 2 + 3 * 2 + 1);
	for (uint32_t i = 0; i < 3; i++) {
		char id[8];

		snprintf(id, sizeof(id), "mm[%u]", i);
		ck_assert_str_eq(g->ops[1 + i].id, id);
		ck_assert_uint_eq(g->ops[1 + i].line, 7);
		/* reads what the one before wrote, and a weight of its own */
		ck_assert_uint_eq(op_input(g, &g->ops[1 + i], 0), op_output(g, &g->ops[i], 0));
		ck_assert_uint_eq(op_input(g, &g->ops[1 + i], 1), 2 + 2 * i);
	}
	ck_assert_uint_eq(op_input(g, &g->ops[4], 0), op_output(g, &g->ops[3], 0));
	ck_assert_str_eq(g->tensors[6].id, "w[2]");
	graph_free(g);
}
END_TEST

START_TEST(shared_weights_are_one)
{
	const char *lines[ARRAY_SIZE(loop)];
	struct graph *g;

	memcpy(lines, loop, sizeof(lines));
	lines[3] = "repeat 3 carry=h:y weights=shared";
	g = graph_must(lines);
	ck_assert_uint_eq(g->n_tensors, 2 + 1 + 3 + 1);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_eq(op_input(g, &g->ops[1 + i], 1), 2);
	ck_assert_str_eq(g->tensors[2].id, "w");
	graph_free(g);
}
END_TEST

START_TEST(repeats_nest)
{
	static const char *const lines[] = { "tensor x f16 4 role=input",
					     "repeat 2 carry=x:b",
					     "tensor a f16 4",
					     "op p relu in=x out=a",
					     "repeat 3 carry=a:b",
					     "tensor b f16 4",
					     "op q relu in=a out=b",
					     "end",
					     "end",
					     "end-of-trace ops=8",
					     NULL };
	static const char *const ids[] = { "p[0]", "q[0][0]", "q[0][1]", "q[0][2]",
					   "p[1]", "q[1][0]", "q[1][1]", "q[1][2]" };
	struct graph *g = graph_must(lines);

	ck_assert_uint_eq(g->n_ops, ARRAY_SIZE(ids));
	for (size_t i = 0; i < g->n_ops; i++) {
		ck_assert_str_eq(g->ops[i].id, ids[i]);
		/* one chain through all of them */
		ck_assert_uint_eq(op_input(g, &g->ops[i], 0),
				  i ? op_output(g, &g->ops[i - 1], 0) : 0);
	}
	graph_free(g);
}
END_TEST

static void expect_error(const char *const *lines, enum err_code code, const char *part)
{
	struct err err = { .code = ERR_NONE };
	struct graph *g = graph_of(lines, &err);

	ck_assert_msg(g == NULL, "accepted, expected: %s", part);
	ck_assert_int_eq(err.code, code);
	ck_assert_msg(strstr(err.text, part) != NULL, "found: %s, expected: %s", err.text, part);
}

/* a -> b -> c, and a -> d, c + d -> e */
static void expect_group(const char *first, const char *second, const char *part)
{
	const char *lines[] = { "tensor x f16 4 role=input",
				"tensor a f16 4",
				"tensor b f16 4",
				"tensor c f16 4",
				"tensor d f16 4",
				"tensor e f16 4 role=output",
				"op a relu in=x out=a",
				"op b relu in=a out=b",
				"op c relu in=b out=c",
				"op d relu in=a out=d",
				"op e add in=c,d out=e",
				first,
				second,
				NULL };
	struct graph *g;

	if (part) {
		expect_error(lines, ERR_INPUT, part);
		return;
	}
	g = graph_must(lines);
	ck_assert_uint_eq(g->n_groups, second ? 2 : 1);
	graph_free(g);
}

START_TEST(groups_are_convex)
{
	expect_group("fuse a b", NULL, NULL);
	expect_group("fuse e c b a d", NULL, NULL);
	expect_group("fuse b d", NULL, NULL);
	expect_group("fuse a b", "fuse c d", NULL);
	expect_group("fuse a c", NULL,
		     "test:12: the group is not convex: a path leaves it and returns through 'b'");
	expect_group("fuse a d e", NULL, "not convex");
	expect_group("fuse b c", "fuse d a", NULL);
	expect_group("fuse a b", "fuse b c", "test:13: operator 'b' is in two groups");
	expect_group("fuse a a", NULL, "in two groups, or twice in one");
	expect_group("fuse a", NULL, "a group of 1 operators");
	expect_group("fuse a bb", NULL, "unknown operator 'bb'; did you mean 'b'?");
}
END_TEST

START_TEST(groups_do_not_wait_for_each_other)
{
	static const char *const lines[] = { "tensor x f16 4 role=input",
					     "tensor a f16 4",
					     "tensor b f16 4",
					     "tensor c f16 4 role=output",
					     "tensor d f16 4 role=output",
					     "op a relu in=x out=a",
					     "op b relu in=x out=b",
					     "op c relu in=b out=c",
					     "op d relu in=a out=d",
					     "fuse a c",
					     "fuse b d",
					     NULL };

	expect_error(lines, ERR_INPUT, "wait for each other");
}
END_TEST

/* A state written between two readers orders them. */
START_TEST(states_order_groups)
{
	static const char *const lines[] = { "tensor s f16 2x4 role=state",
					     "tensor n f16 1x4 role=input",
					     "tensor a f16 2x4 role=output",
					     "tensor b f16 2x4 role=output",
					     "op r1 relu in=s out=a",
					     "op w kvappend in=s,n out=s axis=0 at=1",
					     "op r2 relu in=s out=b",
					     "fuse r1 r2",
					     NULL };

	expect_error(lines, ERR_INPUT, "returns through 'w'");
}
END_TEST

START_TEST(hashes_tell_content)
{
	static const char *const base[] = { "tensor x f16 4 role=input",
					    "tensor y f16 4 role=output", "op o relu in=x out=y",
					    NULL };
	static const char *const same[] = { "tensor x f16 4 role=input layout=nchw",
					    "tensor y f16 4 role=output", "op o relu out=y in=x",
					    "end-of-trace ops=1", NULL };
	static const char *const others[][4] = {
		{ "tensor x f16 4 role=weight", "tensor y f16 4 role=output",
		  "op o relu in=x out=y" },
		{ "tensor x bf16 4 role=input", "tensor y f16 4 role=output",
		  "op o relu in=x out=y" },
		{ "tensor x f16 4 role=input", "tensor y f16 4", "op o relu in=x out=y" },
		{ "tensor x f16 4 role=input", "tensor y f16 4 role=output",
		  "op o silu in=x out=y" },
		{ "tensor x f16 4 role=input", "tensor y f16 4 role=output",
		  "op p relu in=x out=y" },
		{ "tensor x f16 5 role=input", "tensor y f16 5 role=output",
		  "op o relu in=x out=y" },
	};
	struct graph *a = graph_must(base), *b = graph_must(same);

	ck_assert_str_eq(a->hash, b->hash);
	graph_free(b);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		b = graph_must(others[i]);
		ck_assert_str_ne(a->hash, b->hash);
		graph_free(b);
	}
	graph_free(a);
}
END_TEST

START_TEST(too_much_work_is_refused)
{
	static const char *const macs[] = { "tensor a f16 536870912x536870912 role=input",
					    "tensor y f16 536870912x536870912",
					    "op o matmul in=a,a out=y", NULL };

	expect_error(macs, ERR_LIMIT, "too large to count");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ir");
	TCase *tc = tcase_create("ir");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, region_algebra);
	tcase_add_loop_test(tc, work_and_bytes, 0, (int)ARRAY_SIZE(counts));
	tcase_add_test(tc, every_kind_is_counted);
	tcase_add_test(tc, refusals);
	tcase_add_test(tc, blocks_are_separate_products);
	tcase_add_test(tc, masks_leave_boxes);
	tcase_add_test(tc, batches_that_share_b_are_rows);
	tcase_add_test(tc, a_repeat_carries_and_names_its_iterations);
	tcase_add_test(tc, shared_weights_are_one);
	tcase_add_test(tc, repeats_nest);
	tcase_add_test(tc, groups_are_convex);
	tcase_add_test(tc, groups_do_not_wait_for_each_other);
	tcase_add_test(tc, states_order_groups);
	tcase_add_test(tc, hashes_tell_content);
	tcase_add_test(tc, too_much_work_is_refused);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
