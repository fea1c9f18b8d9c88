/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a trace says: tensors, operators in execution order, fuse groups.  Final
 * once read; every later stage takes it const.  Compact on purpose (a trace may
 * have a million operators): shapes are interned, everything that follows from an
 * operator's kind, shapes and attributes is derived on demand by op_describe()
 * from its row of the operator table (ops.c) and stored nowhere.
 *
 * Ownership: the graph owns all it points to, until graph_free().
 */
#ifndef MEMSIM_IR_GRAPH_H
#define MEMSIM_IR_GRAPH_H

#include "base/base.h"
#include "base/err.h"
#include "ir/region.h"

/* name, bits, is integer (accumulates in i32; else in f32) */
#define DTYPE_LIST(X) \
	X(F64, "f64", 64, 0) X(F32, "f32", 32, 0) X(TF32, "tf32", 32, 0) X(F16, "f16", 16, 0) \
	X(BF16, "bf16", 16, 0) X(F8, "f8", 8, 0) X(I64, "i64", 64, 1) X(I32, "i32", 32, 1) \
	X(I16, "i16", 16, 1) X(I8, "i8", 8, 1) X(I4, "i4", 4, 1) X(BOOL, "bool", 8, 1)
enum dtype {
#define X(NAME, text, bits, is_int) DTYPE_##NAME,
	DTYPE_LIST(X)
#undef X
	N_DTYPES
};
unsigned dtype_bits(enum dtype t);
const char *dtype_name(enum dtype t);
bool dtype_is_int(enum dtype t);

enum role { ROLE_INTERMEDIATE, ROLE_INPUT, ROLE_OUTPUT, ROLE_WEIGHT, ROLE_STATE, N_ROLES };
const char *role_name(enum role r); /* "intermediate", "input", ... */

enum layout { LAYOUT_ROW_MAJOR, LAYOUT_NHWC };

struct shape {
	unsigned n_dims;
	uint32_t dims[MAX_DIMS];
};

#define NO_INDEX UINT32_MAX

struct tensor {
	const char *id;
	uint32_t shape;    /* index into graph.shapes */
	uint32_t view;     /* index into graph.views, NO_INDEX when it owns its storage */
	uint32_t producer; /* operator that writes it first, NO_INDEX for input, weight, state */
	uint32_t line;     /* in the trace file */
	uint8_t dtype, role, layout;
};

/* Rows of a part that lie where indices say: of its n_dims dimensions from `first` on, the
 * p-th place in row-major order is block row_block(p) of n_blocks, `stride` elements apart. */
struct row_order {
	unsigned first, n_dims;
	uint64_t n_blocks, stride;
	bool is_random;
	uint64_t seed;
};
uint64_t row_block(const struct row_order *order, uint64_t position);

/* Where the elements of a tensor lie: element (i0, i1, ...) of it is element
 * offset + sum(i_d * stride[d]) of `storage`, a tensor that owns its storage. */
struct placement {
	uint32_t storage;
	uint64_t offset;
	uint64_t stride[MAX_DIMS];
	const struct row_order *rows; /* instead of the strides of these dimensions; NULL: none */
};

struct op {
	const char *id;
	uint32_t kind;     /* enum op_kind, ops.h */
	uint32_t line;
	uint32_t operands; /* first of its inputs, then outputs, in graph.operands */
	uint32_t attrs;    /* its attribute values, index into graph.attrs (ops.h) */
	uint32_t group;    /* fuse group, NO_INDEX */
	uint16_t n_inputs, n_outputs;
};

/* What an operator takes of an operand of which it reads or writes only rows (parts.c). */
struct graph_part {
	uint32_t op, of; /* of: the operand */
};

struct graph {
	const char *model;    /* "" without a model line */
	const char *model_keys; /* the rest of the model line, "" */
	struct tensor *tensors;
	size_t n_tensors;
	struct op *ops;
	size_t n_ops;
	uint32_t *operands;
	size_t n_operands;
	struct shape *shapes;
	size_t n_shapes;
	struct placement *views;
	size_t n_views;
	struct graph_part *parts; /* by operator; part i is tensor n_tensors + i */
	size_t n_parts;
	size_t n_groups;      /* fuse groups are numbered 0 .. n_groups - 1, by their line */
	char hash[33];        /* of the content: comments, compression do not count */
	struct graph_build *build; /* builder state and attribute storage; opaque */
};

void graph_free(struct graph *g);

static inline const struct shape *graph_shape(const struct graph *g, uint32_t t)
{
	return &g->shapes[g->tensors[t].shape];
}
static inline uint32_t op_input(const struct graph *g, const struct op *op, unsigned i)
{
	return g->operands[op->operands + i];
}
static inline uint32_t op_output(const struct graph *g, const struct op *op, unsigned i)
{
	return g->operands[op->operands + op->n_inputs + i];
}

/* The tensor that a trace declares: t, or what it is a part of. */
static inline uint32_t graph_declared(const struct graph *g, uint32_t t)
{
	return t < g->n_tensors ? t : g->parts[t - g->n_tensors].of;
}

/* "1x128x240x360", as a trace writes it. */
#define SHAPE_TEXT (MAX_DIMS * 11)
void shape_text(const struct shape *s, char out[SHAPE_TEXT]);

/* ceil(elements * bits / 8) */
uint64_t element_bytes(enum dtype type, uint64_t elements);
uint64_t tensor_elements(const struct graph *g, uint32_t t);
uint64_t tensor_bytes(const struct graph *g, uint32_t t);
void tensor_placement(const struct graph *g, uint32_t t, struct placement *out);
void tensor_region(const struct graph *g, uint32_t t, struct region *whole);
/* Bytes of a region of t, each element once: ceil(elements * bits / 8). */
uint64_t region_bytes(const struct graph *g, uint32_t t, const struct region *r);

#endif
