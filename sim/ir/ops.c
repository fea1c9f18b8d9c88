/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator table: one row declares what a kind is.  Everything else in memsim
 * asks a row, or op_describe(), and names no kind.
 *
 * Vector costs are operations per output element (for a normalisation: of its apply
 * pass) and per reduction point (for a normalisation: per element of its statistics
 * pass).  They count the arithmetic of the usual formula; each row's comment says
 * which.
 */
#include "ir/op_row.h"

#define COST(...) { .n = { __VA_ARGS__ } }
#define ADD(k) [VECTOR_ADD] = (k)
#define MUL(k) [VECTOR_MUL] = (k)
#define EXP(k) [VECTOR_EXP] = (k)
#define DIV(k) [VECTOR_DIV] = (k)
#define REDUCE(k) [VECTOR_REDUCE] = (k)
#define CONVERT(k) [VECTOR_CONVERT] = (k)
#define MOVE(k) [VECTOR_MOVE] = (k)

/* Attributes of a row: INT and LIST (key, default, min, max[, values]), WORD (key, default,
 * words). */
#define ATTRS(...) \
	.attrs = (const struct attr_spec[]){ __VA_ARGS__ }, \
	.n_attrs = sizeof((const struct attr_spec[]){ __VA_ARGS__ }) / sizeof(struct attr_spec)
#define INT(name, default_text, from, to) \
	{ .key = ATTR_##name, .def = (default_text), .min = (from), .max = (to), .max_values = 1 }
#define LIST(name, default_text, from, to, count) \
	{ .key = ATTR_##name, .def = (default_text), .min = (from), .max = (to), \
	  .max_values = (count) }
#define WORD(name, default_text, list) \
	{ .key = ATTR_##name, .def = (default_text), .words = (list), .min = 1, .max = INT32_MAX, \
	  .max_values = 1 }

#define IN(from, to) .min_inputs = (from), .max_inputs = (to)
#define ONE_OUT .min_outputs = 1, .max_outputs = 1

/* Windows are stepped through in 32 bits; far beyond any network's. */
#define WINDOW_MAX 65535
#define WINDOW_ATTRS(n) \
	LIST(stride, "1", 1, WINDOW_MAX, n), LIST(pad, "0", 0, WINDOW_MAX, 2 * (n)), \
	LIST(dilation, "1", 1, WINDOW_MAX, n), INT(groups, "1", 1, INT32_MAX)
#define FLAG(name, default_text) INT(name, default_text, 0, 1)
#define AXIS(default_text) INT(axis, default_text, -MAX_DIMS, MAX_DIMS - 1)

#define MATRIX .class = OP_CLASS_MATRIX, ONE_OUT

#define BINARY(name, ...) \
	[OP_##name] = { .class = OP_CLASS_VECTOR, IN(2, 2), ONE_OUT, .shape = shape_broadcast, \
			.describe = describe_broadcast, .cost = COST(__VA_ARGS__) }
#define UNARY(name, ...) \
	[OP_##name] = { .class = OP_CLASS_VECTOR, IN(1, 1), ONE_OUT, .shape = shape_same, \
			.describe = describe_broadcast, .cost = COST(__VA_ARGS__) }
#define POOL_ATTRS ATTRS(LIST(kernel, NULL, 1, 4096, 2), LIST(stride, "", 1, WINDOW_MAX, 2), \
			 LIST(pad, "0", 0, WINDOW_MAX, 4))

static const struct op_row rows[N_OP_KINDS] = {
	[OP_conv2d] = { MATRIX, IN(2, 3), ATTRS(WINDOW_ATTRS(2)), .shape = shape_conv,
			.describe = describe_conv },
	[OP_conv3d] = { MATRIX, IN(2, 3), ATTRS(WINDOW_ATTRS(3)), .shape = shape_conv,
			.describe = describe_conv },
	[OP_convtranspose2d] = { MATRIX, IN(2, 3),
				 ATTRS(WINDOW_ATTRS(2), LIST(output_pad, "0", 0, WINDOW_MAX, 2)),
				 .shape = shape_conv_transpose,
				 .describe = describe_conv_transpose },
	[OP_matmul] = { MATRIX, IN(2, 4),
			ATTRS(FLAG(transpose_a, "0"), FLAG(transpose_b, "0"),
			      WORD(mask, "none", "none|causal|window:"),
			      INT(group, "0", 0, INT32_MAX)),
			.shape = shape_matmul, .describe = describe_matmul },

	BINARY(add, ADD(1)), BINARY(sub, ADD(1)), BINARY(mul, MUL(1)), BINARY(div, DIV(1)),
	BINARY(max, ADD(1)), BINARY(min, ADD(1)),
	BINARY(pow, EXP(2), MUL(1)), /* exp(b log a) */
	/* a choice costs what a comparison does */
	[OP_where] = { .class = OP_CLASS_VECTOR, IN(3, 3), ONE_OUT, .shape = shape_broadcast,
		       .describe = describe_broadcast, .cost = COST(ADD(1)) },

	UNARY(relu, ADD(1)),
	UNARY(silu, MUL(2), ADD(1), EXP(1), DIV(1)),  /* x (1 / (1 + exp(-x))) */
	UNARY(gelu, MUL(3), ADD(1), EXP(1)),          /* (x / 2) (1 + erf(x / sqrt 2)) */
	UNARY(sigmoid, MUL(1), ADD(1), EXP(1), DIV(1)),
	UNARY(tanh, MUL(1), ADD(2), EXP(1), DIV(1)),  /* (exp(2x) - 1) / (exp(2x) + 1) */
	UNARY(exp, EXP(1)), UNARY(sqrt, DIV(1)), UNARY(neg, ADD(1)), UNARY(erf, EXP(1)),
	UNARY(abs, ADD(1)), UNARY(log, EXP(1)), UNARY(clip, ADD(2)),
	UNARY(hardswish, MUL(2), ADD(3)),             /* x clip(x / 6 + 1/2, 0, 1) */
	UNARY(cast, CONVERT(1)),

	[OP_modulate] = { .class = OP_CLASS_VECTOR, IN(3, 3), ONE_OUT, .shape = shape_broadcast,
			  .describe = describe_broadcast, .cost = COST(ADD(2), MUL(1)) },
	[OP_upsample] = { .class = OP_CLASS_VECTOR, IN(1, 1), ONE_OUT,
			  ATTRS(LIST(scale, "2", 1, WINDOW_MAX, 3),
				WORD(mode, "nearest", "nearest|bilinear")),
			  .shape = shape_upsample, .describe = describe_upsample,
			  .cost = COST(MOVE(1)) },
	[OP_maxpool] = { .class = OP_CLASS_VECTOR, IN(1, 1), ONE_OUT, POOL_ATTRS,
			 .shape = shape_pool, .describe = describe_pool,
			 .per_reduced = COST(REDUCE(1)) },
	[OP_avgpool] = { .class = OP_CLASS_VECTOR, IN(1, 1), ONE_OUT, POOL_ATTRS,
			 .shape = shape_pool, .describe = describe_pool,
			 .cost = COST(MUL(1)), .per_reduced = COST(REDUCE(1)) },
	[OP_globalpool] = { .class = OP_CLASS_VECTOR, IN(1, 1), ONE_OUT,
			    .shape = shape_global_pool, .describe = describe_global_pool,
			    .cost = COST(MUL(1)), .per_reduced = COST(REDUCE(1)) },

	/* Sums of x and of its square, both about a pivot so that nothing cancels; then
	 * (x - mean) rstd.  gamma and beta add one operation each (add_affine). */
	[OP_groupnorm] = { .class = OP_CLASS_VECTOR, IN(1, 3), ONE_OUT,
			   ATTRS(INT(groups, NULL, 1, INT32_MAX)), .shape = shape_group_norm,
			   .describe = describe_group_norm, .cost = COST(ADD(1), MUL(1)),
			   .per_reduced = COST(ADD(1), MUL(1), REDUCE(2)) },
	[OP_layernorm] = { .class = OP_CLASS_VECTOR, IN(1, 3), ONE_OUT, ATTRS(AXIS("-1")),
			   .shape = shape_axis_norm, .describe = describe_axis_norm,
			   .cost = COST(ADD(1), MUL(1)),
			   .per_reduced = COST(ADD(1), MUL(1), REDUCE(2)) },
	/* Online: the sum of squares runs along, 1 / rms scales the product's result. */
	[OP_rmsnorm] = { .class = OP_CLASS_VECTOR, IN(1, 3), ONE_OUT, ATTRS(AXIS("-1")),
			 .shape = shape_axis_norm, .describe = describe_axis_norm,
			 .cost = COST(MUL(1)), .per_reduced = COST(MUL(1), REDUCE(1)),
			 .online = { .state = 1, .element = COST(MUL(1), REDUCE(1)),
				     .finish = COST(MUL(1)) } },
	/* Maximum and sum of exponentials, rescaled as it runs; then exp(x - max) / sum.
	 * Online: exp(x - max so far), its sum; the product's sums times exp(old - new max),
	 * which is kept beside the maximum and the sum; at last its result / sum. */
	[OP_softmax] = { .class = OP_CLASS_VECTOR, IN(1, 1), ONE_OUT, ATTRS(AXIS("-1")),
			 .shape = shape_softmax, .describe = describe_softmax,
			 .cost = COST(ADD(1), EXP(1), DIV(1)), .per_reduced = COST(REDUCE(2)),
			 .online = { .state = 3, .element = COST(ADD(1), EXP(1), REDUCE(2)),
				     .rescale = COST(MUL(1)), .finish = COST(DIV(1)) } },
	[OP_batchnorm] = { .class = OP_CLASS_VECTOR, IN(3, 3), ONE_OUT, .shape = shape_batch_norm,
			   .describe = describe_batch_norm, .cost = COST(MUL(1), ADD(1)) },
	[OP_reduce] = { .class = OP_CLASS_VECTOR, IN(1, 1), ONE_OUT,
			ATTRS(WORD(fn, NULL, "sum|mean|max|min"),
			      LIST(axes, "", -MAX_DIMS, MAX_DIMS - 1, MAX_DIMS),
			      FLAG(keepdims, "1")),
			.shape = shape_reduce, .describe = describe_reduce,
			.per_reduced = COST(REDUCE(1)) },

	[OP_reshape] = { .class = OP_CLASS_VIEW, IN(1, 1), ONE_OUT, .shape = shape_reshape,
			 .describe = describe_reshape, .resolve = resolve_reshape },
	[OP_transpose] = { .class = OP_CLASS_VIEW, IN(1, 1), ONE_OUT,
			   ATTRS(LIST(perm, "", 0, MAX_DIMS - 1, MAX_DIMS)),
			   .shape = shape_transpose,
			   .describe = describe_transpose, .resolve = resolve_transpose },
	[OP_concat] = { .class = OP_CLASS_VIEW, IN(1, ANY_NUMBER), ONE_OUT, ATTRS(AXIS(NULL)),
			.shape = shape_concat, .describe = describe_concat },
	[OP_split] = { .class = OP_CLASS_VIEW, IN(1, 1), .min_outputs = 1,
		       .max_outputs = ANY_NUMBER,
		       ATTRS(AXIS(NULL), LIST(sizes, "", 1, INT32_MAX, ATTR_NO_LIMIT)),
		       .shape = shape_split, .describe = describe_split, .resolve = resolve_split },
	[OP_slice] = { .class = OP_CLASS_VIEW, IN(1, 1), ONE_OUT,
		       ATTRS(LIST(axes, "", -MAX_DIMS, MAX_DIMS - 1, MAX_DIMS),
			     LIST(starts, NULL, -INT32_MAX, INT32_MAX, MAX_DIMS),
			     LIST(ends, NULL, -INT32_MAX, INT32_MAX, MAX_DIMS),
			     LIST(steps, "", 1, INT32_MAX, MAX_DIMS)),
		       .shape = shape_slice, .describe = describe_slice, .resolve = resolve_slice },
	[OP_expand] = { .class = OP_CLASS_VIEW, IN(1, 1), ONE_OUT, .shape = shape_expand,
			.describe = describe_expand, .resolve = resolve_expand },

	[OP_pad] = { .class = OP_CLASS_VECTOR, IN(1, 1), ONE_OUT,
		     ATTRS(LIST(pads, NULL, 0, INT32_MAX, 2 * MAX_DIMS)), .shape = shape_pad,
		     .describe = describe_pad, .cost = COST(MOVE(1)) },
	[OP_gather] = { .class = OP_CLASS_VECTOR, IN(2, 2), ONE_OUT,
			ATTRS(AXIS("0"), WORD(rows, "sequential", "sequential|random:"),
			      INT(page, "1", 1, INT32_MAX)),
			.shape = shape_gather, .describe = describe_gather,
			.part = part_gather, .touched = touched_gather,
			.cost = COST(MOVE(1)) },
	[OP_kvappend] = { .class = OP_CLASS_VECTOR, IN(2, 2), ONE_OUT,
			  ATTRS(AXIS(NULL), INT(at, NULL, 0, INT32_MAX)), .shape = shape_append,
			  .describe = describe_append, .touched = touched_append,
			  .part = part_append, .part_operand = 2, .cost = COST(MOVE(1)) },
	[OP_rope] = { .class = OP_CLASS_VECTOR, IN(2, 2), ONE_OUT, .shape = shape_rope,
		      .describe = describe_rope, .cost = COST(MUL(2), ADD(1)) },
	[OP_quant] = { .class = OP_CLASS_VECTOR, IN(2, 2), ONE_OUT,
		       ATTRS(INT(group, "0", 0, INT32_MAX), AXIS("-1")), .shape = shape_quant,
		       .describe = describe_quant, .cost = COST(MUL(1), CONVERT(1)) },
	[OP_dequant] = { .class = OP_CLASS_VECTOR, IN(2, 2), ONE_OUT,
			 ATTRS(INT(group, "0", 0, INT32_MAX), AXIS("-1")), .shape = shape_quant,
			 .describe = describe_quant, .cost = COST(MUL(1), CONVERT(1)) },
	[OP_custom] = { .class = OP_CLASS_VECTOR, IN(0, ANY_NUMBER), .min_outputs = 1,
			.max_outputs = ANY_NUMBER,
			ATTRS(INT(macs, "0", 0, INT64_MAX), INT(vector_ops, "0", 0, INT64_MAX)),
			.shape = shape_any, .describe = describe_custom },
};

static const char *const names[N_OP_KINDS] = {
#define X(name) [OP_##name] = #name,
	OP_KIND_LIST(X)
#undef X
};

const char *op_kind_name(uint32_t kind)
{
	return names[kind];
}

const struct op_row *op_row(uint32_t kind)
{
	return &rows[kind];
}

/* MOVE and CONVERT are time, not arithmetic. */
static uint64_t counted(const struct vector_cost *cost)
{
	uint64_t n = 0;

	for (unsigned v = 0; v < N_VECTOR_CLASSES; v++)
		if (v != VECTOR_MOVE && v != VECTOR_CONVERT)
			n += cost->n[v];
	return n;
}

/* Work that follows from the iteration space, unless the row has set it. */
static void count_work(struct op_info *info)
{
	uint64_t outputs = region_elements(&info->out), points = 1, ops;

	for (unsigned r = 0; r < info->n_red; r++)
		points = mul_sat_u64(points, info->red[r]);
	if (info->class == OP_CLASS_MATRIX && info->macs == 0 && info->n_red > 0)
		info->macs = mul_sat_u64(outputs, points);
	if (info->class == OP_CLASS_VIEW || info->vector_ops != 0)
		return;
	ops = add_sat_u64(counted(&info->per_output),
			  mul_sat_u64(points, counted(&info->per_reduced)));
	info->vector_ops = mul_sat_u64(outputs, ops);
}

static const char *refusal_of(const struct graph *g, const struct op *op)
{
	for (unsigned i = 0; i < op->n_inputs + op->n_outputs; i++)
		if (dtype_bits(g->tensors[g->operands[op->operands + i]].dtype) % 8 != 0)
			return "elements of less than a byte cannot be planned yet";
	return NULL;
}

/* Views lie where their source does, or are written like any other tensor. */
static bool needs_copy(const struct graph *g, const struct op *op)
{
	return op_row(op->kind)->class == OP_CLASS_VIEW &&
	       g->tensors[op_output(g, op, 0)].view == NO_INDEX;
}

static bool reduces_axes(const struct op_info *info)
{
	if (info->class != OP_CLASS_VECTOR || info->is_norm || info->n_access != 1)
		return false;
	for (unsigned d = 0; d < info->access[0].n_dims; d++)
		if (info->access[0].axis[d].red_dim >= 0 && info->access[0].axis[d].out_dim < 0)
			return true;
	return false;
}

void op_describe(const struct graph *g, uint32_t index, struct op_info *out)
{
	const struct op *op = &g->ops[index];
	const struct op_row *row = op_row(op->kind);
	const struct op_ctx c = { .g = g, .op = op };

	*out = (struct op_info){ .class = row->class, .contract_axis = -1,
				 .per_output = row->cost, .per_reduced = row->per_reduced };
	tensor_region(g, op_output(g, op, 0), &out->out);
	out->stats = row->per_reduced;
	out->apply = row->cost;
	out->online = row->online;
	out->refusal = refusal_of(g, op);
	out->copies = needs_copy(g, op);
	if (out->copies)
		out->per_output.n[VECTOR_MOVE] = 1;
	row->describe(&c, out);
	out->is_reduction = reduces_axes(out);
	if (out->is_norm) {
		out->per_reduced = (struct vector_cost){ { 0 } };
	} else if (out->is_reduction) {
		out->stats = out->per_reduced;
		out->apply = out->per_output;
	} else {
		out->apply = (struct vector_cost){ { 0 } };
		if (!out->is_opaque)
			out->stats = (struct vector_cost){ { 0 } };
	}
	count_work(out);
}
