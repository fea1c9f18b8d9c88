/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One node of an ONNX graph on its way into a trace: what the rows of the operator table
 * (onnx_rows.c) work with.  A row infers the shapes of its outputs, folds values that are known
 * before the run, and adds steps for what is left.
 */
#ifndef MEMSIM_TRACE_IMPORT_ONNX_NODE_H
#define MEMSIM_TRACE_IMPORT_ONNX_NODE_H

#include <onnx.pb-c.h>

#include "trace/import/draft.h"

struct node {
	struct draft *d;
	const Onnx__NodeProto *proto;
	const struct onnx_row *row;
	const char *name; /* the node's, or its first output's where it has none */
	int64_t opset;
	struct value **in, **out; /* NULL: left out */
	unsigned n_in, n_out;
	uint64_t number; /* in the graph */
	bool is_static;  /* all inputs are */
};

struct onnx_row {
	const char *name;
	unsigned min_in, max_in;
	bool (*make)(struct node *n);
	const char *kind; /* of the trace, for functions that serve several operators */
	int fold;         /* and what it does to known integers: enum fold_op */
};
#define ANY_NUMBER_OF_INPUTS UINT_MAX
/* NULL: no such operator. */
const struct onnx_row *onnx_row_find(const char *op_type);
void onnx_row_names(void (*tell)(void *with, const char *name), void *with);

/* Fails with "FILE: node 'NAME' (OP): ..." */
bool node_fail(struct node *n, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct value *node_in(const struct node *n, unsigned i); /* NULL: left out */

/* Attributes. */
const Onnx__AttributeProto *node_attr(const struct node *n, const char *name);
int64_t node_int(const struct node *n, const char *name, int64_t otherwise);
const int64_t *node_ints(const struct node *n, const char *name, size_t *count); /* or NULL */
bool node_word_is(const struct node *n, const char *name, const char *word);

/* Input i's integers, which must be known. */
bool node_values(struct node *n, unsigned i, const int64_t **values, size_t *count);
/* The same, of an attribute in older operator sets; *values NULL if there is neither. */
bool node_list(struct node *n, const char *attr, unsigned i, const int64_t **values,
	       size_t *count);
bool node_axis(struct node *n, int64_t axis, unsigned n_dims, unsigned *out);
/* A mask of the dimensions; all of them without a list. */
bool node_axes(struct node *n, const char *attr, unsigned i, unsigned n_dims, uint32_t *mask);

/* What output i is.  Fails on dimensions that a trace cannot have. */
bool node_result(struct node *n, unsigned i, enum dtype dtype, unsigned n_dims,
		 const int64_t *dims);
bool node_result_like(struct node *n, unsigned i, const struct value *like);
/* A tensor between two steps of the node. */
struct value *node_between(struct node *n, const char *suffix, enum dtype dtype,
			   unsigned n_dims, const int64_t *dims);

/*
 * Adds a step, unless the node is static and its results need none: folded, or computed of
 * parameters before the run.  Views of parameters stay views.
 */
void node_step(struct node *n, const char *kind, struct value *const *in, unsigned n_in,
	       struct value *const *out, unsigned n_out, const char *fmt, ...) PRINTF_LIKE(7, 8);
/* From input `in` to output 0; `suffix` tells the steps of one node apart, "" the main one. */
void node_step_one(struct node *n, const char *suffix, const char *kind, struct value *in,
		   struct value *out, const char *fmt, ...) PRINTF_LIKE(6, 7);
const char *node_list_text(struct node *n, const char *key, const int64_t *values, size_t count);

/* Folding: sets out->known if the inputs' elements are known. */
enum fold_op {
	FOLD_NONE, FOLD_ADD, FOLD_SUB, FOLD_MUL, FOLD_DIV, FOLD_MOD, FOLD_MIN, FOLD_MAX,
	FOLD_EQUAL, FOLD_LESS, FOLD_GREATER, FOLD_LESS_EQUAL, FOLD_GREATER_EQUAL, FOLD_AND,
	FOLD_OR, FOLD_NEG, FOLD_ABS, FOLD_NOT, FOLD_SAME, FOLD_POW,
};
int64_t *fold_room(struct draft *d, struct value *out); /* NULL: too many elements */
void fold_copy(struct draft *d, const struct value *in, struct value *out);
/* out[i] = in[base + sum(i_k stride_k)] */
void fold_strided(struct draft *d, const struct value *in, struct value *out, int64_t base,
		  const int64_t *stride);
void fold_unary(struct draft *d, enum fold_op op, const struct value *in, struct value *out);
void fold_binary(struct draft *d, enum fold_op op, const struct value *a, const struct value *b,
		 struct value *out);
void fold_where(struct draft *d, const struct value *c, const struct value *a,
		const struct value *b, struct value *out);
void fold_concat(struct draft *d, struct value *const *in, unsigned n_in, struct value *out,
		 unsigned axis);
void fold_gather(struct draft *d, const struct value *table, const struct value *indices,
		 struct value *out, unsigned axis);
void fold_cast(struct draft *d, const struct value *in, struct value *out);
bool join_dims(struct node *n, const struct value *v, unsigned *n_dims, int64_t *dims);

/* Tensors of the file. */
bool onnx_dtype(int32_t data_type, enum dtype *out);
/* Type, dimensions, and elements if they are few and in the file. */
bool onnx_tensor(struct draft *d, const Onnx__TensorProto *from, struct value *to);

/* floor(extent * scale) as ONNX Runtime computes it, in 32-bit floating point whose bits `scale`
 * are; false unless the result is a positive number below 2^31. */
bool scaled_extent(int64_t extent, int64_t scale, int64_t *out);

/* What the rows call, by the file that they stand in. */
bool make_unary(struct node *n);
bool make_cast(struct node *n);
bool make_binary(struct node *n);
bool make_compare(struct node *n);
bool make_where(struct node *n);
bool make_reduce(struct node *n);
bool make_softmax(struct node *n);
bool make_layer_norm(struct node *n);
bool make_channel_norm(struct node *n);
bool make_matmul(struct node *n);
bool make_gemm(struct node *n);
bool make_quant(struct node *n);

bool make_conv(struct node *n);
bool make_pool(struct node *n);
bool make_global_pool(struct node *n);
bool make_resize(struct node *n);

bool make_reshape(struct node *n);
bool make_flatten(struct node *n);
bool make_squeeze(struct node *n);
bool make_unsqueeze(struct node *n);
bool make_same_view(struct node *n);
bool make_transpose(struct node *n);
bool make_slice(struct node *n);
bool make_split(struct node *n);
bool make_concat(struct node *n);
bool make_gather(struct node *n);
bool make_scatter(struct node *n);
bool make_expand(struct node *n);
bool make_tile(struct node *n);
bool make_pad(struct node *n);
bool make_depth_space(struct node *n);

bool make_constant(struct node *n);
bool make_constant_of_shape(struct node *n);
bool make_shape(struct node *n);
bool make_size(struct node *n);
bool make_range(struct node *n);

/* Always: parameters lie as their only reader wants them, and norms by groups need no views. */
void onnx_settle(struct draft *d);
/* Composites that exporters take apart, put together in the draft; biases into products. */
void onnx_fold_composites(struct draft *d);
/* Last: views of parameters that nobody reads go. */
void onnx_drop_unread(struct draft *d);

#endif
