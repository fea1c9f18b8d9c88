/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator table and what is derived from it.  One row (ops.c) declares a
 * kind's operands, attributes, shape rule, work and access relations; shapes,
 * tiling, fusion, traffic and roofline follow from that row.  A new operator is
 * one new row, and no other file names a kind.
 *
 * Iteration space of an operator: the dimensions of its output 0, and its
 * reduction axes (a convolution's: input channels of a group, kernel taps; a
 * matmul's: K; a pooling's: kernel taps; a reduce's: the reduced axes).
 */
#ifndef MEMSIM_IR_OPS_H
#define MEMSIM_IR_OPS_H

#include "ir/graph.h"

/* Kinds of the contract, in its order; the names are the trace's. */
#define OP_KIND_LIST(X) \
	X(conv2d) X(conv3d) X(convtranspose2d) X(matmul) \
	X(add) X(sub) X(mul) X(div) X(max) X(min) X(pow) X(where) \
	X(relu) X(silu) X(gelu) X(sigmoid) X(tanh) X(exp) X(sqrt) X(neg) X(erf) X(abs) X(log) \
	X(clip) X(hardswish) X(cast) \
	X(modulate) X(upsample) X(maxpool) X(avgpool) X(globalpool) \
	X(groupnorm) X(layernorm) X(rmsnorm) X(softmax) X(batchnorm) X(reduce) \
	X(reshape) X(transpose) X(concat) X(split) X(slice) X(expand) X(pad) \
	X(gather) X(kvappend) X(rope) X(quant) X(dequant) X(custom)
enum op_kind {
#define X(name) OP_##name,
	OP_KIND_LIST(X)
#undef X
	N_OP_KINDS
};
const char *op_kind_name(uint32_t kind);
/* Appends " [KEY=DEFAULT]" for each attribute of a kind, " KEY=N" where it must be given. */
struct buf;
void op_kind_keys(uint32_t kind, struct buf *to);

enum op_class {
	OP_CLASS_MATRIX, /* uses the matrix unit */
	OP_CLASS_VECTOR,
	OP_CLASS_VIEW,   /* names a region, moves nothing (unless op_info.copies) */
};

#define OP_MAX_RED 4
#define OP_MAX_ACCESS 16 /* inputs of an operator that can be planned */

/*
 * Access relation of one dimension of one input:
 *   index = floor((out[out_dim] + out_bias) / out_div) * out_mul
 *         + red[red_dim] * red_mul + offset
 * where a dim of -1 contributes nothing; the result is clipped to the tensor.
 * `whole`: every index, whatever the output region (an axis that a normalisation
 * reduces over); with block > 1: the whole block of that many indices that holds
 * out[out_dim] (a group of channels).
 * `undoes`: a window turned round, of whose indices the input has n_indices.  Needed is the
 * index, if there is one, for which
 *   index * out_div + red[red_dim] * red_mul = out[out_dim] + out_bias
 */
struct axis_access {
	int8_t out_dim, red_dim;
	bool whole, undoes;
	int64_t out_bias, out_div, out_mul, red_mul, offset, block, n_indices;
};
struct access {
	unsigned n_dims;
	struct axis_access axis[MAX_DIMS];
	/* Input 0 of a normalisation only: axis[] is what a single pass over it needs
	 * (whole axes); an apply pass, its statistics known, needs exactly the
	 * output's region. */
	bool is_normalised;
	bool is_unread; /* nothing of this operand is read, whatever the region */
};

/* Work of the vector unit, by operation class; its cost table has an entry for each. */
#define VECTOR_CLASS_LIST(X) \
	X(ADD, "add") X(MUL, "mul") X(EXP, "exp") X(DIV, "div") X(REDUCE, "reduce") \
	X(CONVERT, "convert") X(MOVE, "move")
enum vector_class {
#define X(NAME, text) VECTOR_##NAME,
	VECTOR_CLASS_LIST(X)
#undef X
	N_VECTOR_CLASSES
};
/* Operations of a class per element; MOVE and CONVERT do not count as vector_ops. */
struct vector_cost {
	uint32_t n[N_VECTOR_CLASSES];
};

/*
 * A normalisation runs in one pass, or as two: statistics, then apply.  Or online, piece by
 * piece of its axis, for a product that contracts this axis and is linear: each piece with the
 * statistics so far (ONLINE), the product's sums mended where these change (RESCALE), and what
 * all elements of a row share applied to the result (FINISH).
 */
enum op_pass { PASS_FULL, PASS_STATS, PASS_APPLY, PASS_ONLINE, PASS_RESCALE, PASS_FINISH };

struct online_cost {
	uint8_t state;              /* running values of a row, 4 bytes each; 0: it cannot */
	struct vector_cost element; /* per element of the input */
	struct vector_cost rescale; /* per sum of the product, for each piece but the first */
	struct vector_cost finish;  /* per element of the product's result */
};

struct op_info {
	enum op_class class;
	bool copies; /* a view that no strides can name: a plan copies, ideal_bytes count nothing */
	struct region out;             /* whole output 0 */
	unsigned n_red;
	uint64_t red[OP_MAX_RED];      /* extents of the reduction axes; all 1-extents kept */
	int contract_axis;             /* reduction axis that may be cut into chunks (input
	                                * channels, K), -1 if none */
	bool is_opaque; /* nobody knows which elements need which: a plan reads all inputs (stats),
			 * then makes the outputs; n_access is 0 */
	unsigned n_access;
	struct access access[OP_MAX_ACCESS];

	/* Matrix class: the output dimensions that are rows and columns of the product;
	 * dimensions in neither are batches.  conv: rows N,H,W, columns C (n_per_block =
	 * O / groups: columns of different groups are separate products). */
	uint32_t row_dims, column_dims; /* bit masks over output dimensions */
	uint64_t n_per_block;           /* 0: no blocks */
	enum dtype matrix_dtype;        /* selects the unit's rate */
	/* A masked product: row i (the last dimension but one) of the output needs columns
	 * i + mask_shift - mask_window + 1 to i + mask_shift alone.  0: no mask. */
	uint64_t mask_window;
	int64_t mask_shift;

	bool is_norm;
	bool is_reduction; /* of whole axes of its only operand to single elements */
	struct vector_cost per_output;  /* a PASS_FULL or non-norm operator, per output element */
	struct vector_cost per_reduced; /* and per (output element x reduction point): pooling */
	struct vector_cost stats;       /* PASS_STATS, per input element */
	struct vector_cost apply;       /* PASS_APPLY; is_norm: stats + apply = per_output */
	struct online_cost online;

	uint64_t macs;       /* of the whole operator, by the contract's rules */
	uint64_t vector_ops; /* likewise, ADD..REDUCE */
	const char *refusal; /* NULL, or why this operator cannot be planned and run yet */
};

/* What kind of work an operator is, as rooflines are drawn: products; sums over many elements for
 * each result (norms, softmax, pooling, reduce); and the rest, an element at a time.  Views are
 * in none that counts. */
#define WORK_CLASS_LIST(X) \
	X(MATRIX, "matrix") X(REDUCTION, "reduction") X(ELEMENTWISE, "elementwise")
enum work_class {
#define X(NAME, text) WORK_##NAME,
	WORK_CLASS_LIST(X)
#undef X
	N_WORK_CLASSES
};
static inline enum work_class op_work_class(const struct op_info *info)
{
	if (info->class == OP_CLASS_MATRIX || info->macs > 0)
		return WORK_MATRIX;
	return info->is_norm || info->n_red > 0 ? WORK_REDUCTION : WORK_ELEMENTWISE;
}

/* It moves nothing: no kernel runs it. */
static inline bool op_is_view(const struct op_info *info)
{
	return info->class == OP_CLASS_VIEW && !info->copies;
}

/* What the operator reads of input i is known, be it that it reads all of it. */
static inline bool op_knows_input(const struct op_info *info, unsigned i)
{
	return info->is_opaque || i < info->n_access;
}

/* Operand i (inputs, then outputs) as plans see it: of one that the operator takes in part, a
 * view of that part. */
uint32_t op_operand(const struct graph *g, const struct op *op, unsigned i);
static inline uint32_t op_result(const struct graph *g, const struct op *op)
{
	return op_operand(g, op, op->n_inputs);
}

/* Derives everything above for operator `op` of a finished graph.  Cannot fail. */
void op_describe(const struct graph *g, uint32_t op, struct op_info *out);

/*
 * Region of input `i` that the output region `out`, reduction region `red` (n_dims
 * = n_red) need.  Clipped to the tensor, so padding taps vanish; may be empty.
 */
void access_region(const struct graph *g, const struct op *op, const struct op_info *info,
		   unsigned i, enum op_pass pass, const struct region *out,
		   const struct region *red, struct region *in);
/* The same, each dimension by itself: one that needs nothing (a tile that lies in padding
 * along it) leaves the others as they are. */
void access_axes(const struct graph *g, const struct op *op, const struct op_info *info,
		 unsigned i, enum op_pass pass, const struct region *out,
		 const struct region *red, struct region *in);
/* Whole reduction space of an operator. */
void op_whole_red(const struct op_info *info, struct region *red);

/* Bytes of the distinct elements of input `i` that the whole operator touches: exact,
 * holes of a stride larger than its window not counted. */
uint64_t op_touched_bytes(const struct graph *g, const struct op *op,
			  const struct op_info *info, unsigned i);

/* Distinct indices in [0, n) of one dimension that regions of output and reduction space touch. */
uint64_t axis_touched_below(const struct axis_access *a, const struct region *out,
			    const struct region *red, int64_t n);

/* The smallest box that holds what the mask of a product, if it has one, leaves of `out`;
 * nothing else has to be computed.  Operands are read for all of it all the same. */
void op_meet_mask(const struct op_info *info, struct region *out);

/* Product that a region of output and of the reduction space asks for. */
struct matrix_work {
	uint64_t m, k, n, batches;
};
void op_matrix_work(const struct op_info *info, const struct region *out,
		    const struct region *red, struct matrix_work *work);
/* What dimension d of an output region counts for in it: its extent, or the pairs of an index
 * of a turned window and a tap that meet in it.  Those that meet outside the output, which
 * crops them, count at its edges. */
uint64_t op_product_extent(const struct op_info *info, unsigned d, const struct region *out,
			   const struct region *red);
/* And the reduction region: its elements, taps of turned windows left out. */
uint64_t op_product_depth(const struct op_info *info, const struct region *red);

/* What an axis that undoes a window needs, [*lo, *hi): from where the window of the first index
 * starts to where that of the last ends, whether or not a tap meets every index between. */
void axis_undone_window(const struct axis_access *a, const struct region *out,
			const struct region *red, int64_t *lo, int64_t *hi);

/*
 * Shares of ideal_bytes: what input `i` adds to the inputs before it (the same bytes
 * named twice count once), and the outputs.  Views 0.
 */
uint64_t op_input_bytes(const struct graph *g, const struct op *op, const struct op_info *info,
			unsigned i);
uint64_t op_output_bytes(const struct graph *g, const struct op *op, const struct op_info *info);
/* Bytes of output i that are written, a view's copy too. */
uint64_t op_written_bytes(const struct graph *g, const struct op *op, unsigned i);

/* ideal_bytes of design.md, section 4: distinct input bytes touched + outputs; views 0. */
uint64_t op_ideal_bytes(const struct graph *g, uint32_t op);

#endif
