/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of the operator table, and what its functions see.  Private to ir/.
 */
#ifndef MEMSIM_IR_OP_ROW_H
#define MEMSIM_IR_OP_ROW_H

#include "ir/attrs.h"
#include "ir/ops.h"

/* An operator, its operands and attributes in place. */
struct op_ctx {
	const struct graph *g;
	const struct op *op;
	char why[240]; /* a shape rule's complaint */
};

#define ANY_NUMBER 255

struct op_row {
	uint8_t class; /* enum op_class */
	uint8_t min_inputs, max_inputs; /* ANY_NUMBER: no limit */
	uint8_t min_outputs, max_outputs;
	uint8_t n_attrs;
	const struct attr_spec *attrs;
	/* Checks operands and attributes against each other; false with `why`. */
	bool (*shape)(struct op_ctx *c);
	/* Fills reduction axes, access relations and work of *out, whose `out` is set;
	 * may set a refusal that depends on the operands. */
	void (*describe)(const struct op_ctx *c, struct op_info *out);
	/* Views: gives the outputs their placement, `p` being the input's; scratch for it. */
	void (*resolve)(struct graph *g, const struct op *op, struct placement *p);
	/* What it takes of operand part_operand (inputs, then outputs): of the shape and placement
	 * of the whole, those of a part. */
	void (*part)(const struct op_ctx *c, struct shape *s, struct placement *p);
	uint8_t part_operand;
	/* Elements of operand i (inputs, then outputs) that count as touched, where the access
	 * relations do not say. */
	uint64_t (*touched)(const struct op_ctx *c, unsigned i);
	struct vector_cost cost;        /* per output element, or apply pass of a normalisation */
	struct vector_cost per_reduced; /* per reduction point, or statistics pass */
	struct online_cost online;      /* of a normalisation that can run online */
};
const struct op_row *op_row(uint32_t kind);

/* Indices of the words of the table's attributes, in their order there. */
enum { MASK_NONE, MASK_CAUSAL, MASK_WINDOW };
enum { MODE_NEAREST, MODE_BILINEAR };
enum { REDUCE_SUM, REDUCE_MEAN, REDUCE_MAX, REDUCE_MIN };
enum { ROWS_SEQUENTIAL, ROWS_RANDOM };

/* Products of sizes from input: a saturated count is refused by the builder. */
static inline uint64_t mul_sat_u64(uint64_t a, uint64_t b)
{
	uint64_t out;

	return mul_u64(a, b, &out) ? out : UINT64_MAX;
}
static inline uint64_t add_sat_u64(uint64_t a, uint64_t b)
{
	uint64_t out;

	return add_u64(a, b, &out) ? out : UINT64_MAX;
}

/* Building blocks of access relations. */
struct access *add_access(struct op_info *out, unsigned n_dims); /* all axes at index 0 */
void follow_out(struct axis_access *a, unsigned out_dim);
void add_broadcast(const struct op_ctx *c, struct op_info *out, unsigned i);

/* Shape rules (ops_shape.c, ops_shape_view.c). */
bool shape_conv(struct op_ctx *c);
bool shape_conv_transpose(struct op_ctx *c);
bool shape_matmul(struct op_ctx *c);
bool shape_broadcast(struct op_ctx *c);
bool shape_same(struct op_ctx *c);
bool shape_upsample(struct op_ctx *c);
bool shape_pool(struct op_ctx *c);
bool shape_global_pool(struct op_ctx *c);
bool shape_group_norm(struct op_ctx *c);
bool shape_axis_norm(struct op_ctx *c);
bool shape_softmax(struct op_ctx *c);
bool shape_batch_norm(struct op_ctx *c);
bool shape_reduce(struct op_ctx *c);
bool shape_reshape(struct op_ctx *c);
bool shape_transpose(struct op_ctx *c);
bool shape_concat(struct op_ctx *c);
bool shape_split(struct op_ctx *c);
bool shape_slice(struct op_ctx *c);
bool shape_expand(struct op_ctx *c);
bool shape_pad(struct op_ctx *c);
bool shape_gather(struct op_ctx *c);
bool shape_append(struct op_ctx *c);
bool shape_rope(struct op_ctx *c);
bool shape_quant(struct op_ctx *c);
bool shape_any(struct op_ctx *c);

/* Access relations (ops_access.c). */
void describe_conv(const struct op_ctx *c, struct op_info *out);
void describe_conv_transpose(const struct op_ctx *c, struct op_info *out);
void describe_matmul(const struct op_ctx *c, struct op_info *out);
void describe_broadcast(const struct op_ctx *c, struct op_info *out);
void describe_upsample(const struct op_ctx *c, struct op_info *out);
void describe_pool(const struct op_ctx *c, struct op_info *out);
void describe_global_pool(const struct op_ctx *c, struct op_info *out);
void describe_group_norm(const struct op_ctx *c, struct op_info *out);
void describe_axis_norm(const struct op_ctx *c, struct op_info *out);
void describe_batch_norm(const struct op_ctx *c, struct op_info *out);
void describe_reduce(const struct op_ctx *c, struct op_info *out);
void describe_softmax(const struct op_ctx *c, struct op_info *out);
void describe_custom(const struct op_ctx *c, struct op_info *out);
/* ops_access_view.c */
void describe_reshape(const struct op_ctx *c, struct op_info *out);
void describe_transpose(const struct op_ctx *c, struct op_info *out);
void describe_concat(const struct op_ctx *c, struct op_info *out);
void describe_split(const struct op_ctx *c, struct op_info *out);
void describe_slice(const struct op_ctx *c, struct op_info *out);
void describe_expand(const struct op_ctx *c, struct op_info *out);
void describe_pad(const struct op_ctx *c, struct op_info *out);
void describe_rope(const struct op_ctx *c, struct op_info *out);
void describe_quant(const struct op_ctx *c, struct op_info *out);
void describe_append(const struct op_ctx *c, struct op_info *out);
void part_append(const struct op_ctx *c, struct shape *s, struct placement *p);
void describe_gather(const struct op_ctx *c, struct op_info *out);
void part_gather(const struct op_ctx *c, struct shape *s, struct placement *p);
uint64_t touched_gather(const struct op_ctx *c, unsigned i);
uint64_t touched_append(const struct op_ctx *c, unsigned i);

/* Views (views.c). */
void resolve_reshape(struct graph *g, const struct op *op, struct placement *p);
void resolve_transpose(struct graph *g, const struct op *op, struct placement *p);
void resolve_split(struct graph *g, const struct op *op, struct placement *p);
void resolve_slice(struct graph *g, const struct op *op, struct placement *p);
void resolve_expand(struct graph *g, const struct op *op, struct placement *p);

/* A sliding window: of a convolution or a pooling. */
#define MAX_SPATIAL 3
struct window {
	unsigned n; /* spatial dimensions */
	int64_t kernel[MAX_SPATIAL], stride[MAX_SPATIAL], dilation[MAX_SPATIAL];
	int64_t pad_lo[MAX_SPATIAL], pad_hi[MAX_SPATIAL], output_pad[MAX_SPATIAL];
	int64_t groups;
};
/* False when a list has a number of values that fits no reading; `why` names it. */
bool op_window(const struct graph *g, const struct op *op, struct window *w, char *why,
	       size_t why_size);

/* Which input of a matmul is its bias, and which the scale of b; 0: none. */
struct matmul_operands {
	unsigned bias, scale;
};
struct matmul_operands matmul_operands(const struct graph *g, const struct op *op);

/* An axis attribute, negative from the end; false when outside `n_dims`. */
bool op_axis(const struct op_ctx *c, unsigned n_dims, unsigned *axis);
/* Bit mask of the `axes` of a reduce; no axes: all.  False with a wrong or double one. */
bool op_axes(const struct op_ctx *c, unsigned n_dims, uint32_t *mask);

/* Start, extent and step of a slice, per dimension of its input. */
struct slice {
	int64_t start[MAX_DIMS], count[MAX_DIMS], step[MAX_DIMS];
};
bool op_slice(const struct op_ctx *c, struct slice *s, char *why, size_t why_size);
/* Permutation of a transpose: dimension d of the output is perm[d] of the input. */
bool op_perm(const struct op_ctx *c, unsigned n_dims, unsigned perm[MAX_DIMS]);

static inline const struct shape *input_shape(const struct op_ctx *c, unsigned i)
{
	return graph_shape(c->g, op_input(c->g, c->op, i));
}
static inline const struct shape *output_shape(const struct op_ctx *c, unsigned i)
{
	return graph_shape(c->g, op_output(c->g, c->op, i));
}

#endif
