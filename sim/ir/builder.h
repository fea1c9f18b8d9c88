/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a builder, shared by build*.c.  Private to them. */
#ifndef MEMSIM_IR_BUILDER_H
#define MEMSIM_IR_BUILDER_H

#include "ir/build.h"
#include "ir/graph_build.h"
#include "ir/name_map.h"
#include "ir/op_row.h"

/* Beyond these a trace is refused as too large; a graph of them takes some 2 GB. */
#define MAX_GRAPH_OPS (1u << 24)
#define MAX_GRAPH_TENSORS (1u << 24)
#define MAX_GRAPH_OPERANDS (1u << 28)
#define MAX_OPERANDS 1024
#define MAX_NESTED_REPEATS 16

/* A recorded statement of a repeat's body. */
struct statement {
	uint64_t line;
	char **words;
	size_t n_words;
};

/* A repeat that is running.  What an earlier iteration declared lies in
 * [first, current) of tensors and operators. */
struct frame {
	uint32_t first_tensor, first_op;
	uint32_t current_tensor, current_op; /* where this iteration starts */
	uint64_t iteration;
	bool shares_weights;
};

/* A name that `carry` has made to mean another tensor. */
struct alias {
	const char *name;
	uint32_t tensor;
};

struct graph_builder {
	const char *file;
	uint64_t line; /* of the statement at hand */
	struct graph *g;
	struct name_map tensors, ops, alias_map;
	struct alias *aliases;
	size_t n_aliases, alias_capacity;
	size_t tensor_capacity, op_capacity, operand_capacity, shape_capacity;
	uint32_t *shape_slots; /* open-addressing table of shapes */
	size_t n_shape_slots;
	uint32_t *group_lines;
	size_t group_capacity;
	bool has_model, has_ended;
	uint64_t macs, vector_ops, ideal_bytes; /* so far */
	struct attr_block attrs;                /* scratch of one operator */

	struct statement *recorded; /* from an outermost repeat to its end */
	size_t n_recorded, recorded_capacity;
	struct arena *recorded_words;
	unsigned open_repeats; /* while recording */
	struct frame frames[MAX_NESTED_REPEATS];
	unsigned n_frames;
};

/* A complaint about the statement at hand. */
#define BAD_STATEMENT(b, err, ...) err_at((err), ERR_INPUT, (b)->file, (b)->line, __VA_ARGS__)

/* The tensor or operator that a name means now, or NO_INDEX. */
uint32_t builder_tensor(const struct graph_builder *b, const char *name);

/* One statement, not recorded but carried out. */
bool builder_execute(struct graph_builder *b, char **words, size_t n_words, struct err *err);

/* Cuts KEY=VALUE in place; false without a '=' or with a reserved key. */
bool builder_key_value(struct graph_builder *b, char *word, char **key, char **value,
		       struct err *err);

/* build_repeat.c: keeps a statement for later; true in *taken if it belongs to a repeat. */
bool builder_record(struct graph_builder *b, char **words, size_t n_words, bool *taken,
		    struct err *err);
/* The suffix of ids in the running iterations, "[1][0]"; weights that iterations share have
 * none for them. */
void builder_suffix(const struct graph_builder *b, bool is_weight, char *out, size_t size);
#define SUFFIX_TEXT (MAX_NESTED_REPEATS * 13 + 1)
/* Whether something of an earlier iteration may be declared anew; *shared is set if it is a
 * weight that this iteration uses again. */
bool builder_is_earlier_tensor(const struct graph_builder *b, uint32_t tensor, bool *shared);
bool builder_is_earlier_op(const struct graph_builder *b, uint32_t op);

#endif
