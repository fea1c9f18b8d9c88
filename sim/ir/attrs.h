/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of operators: KEY=VALUE of an `op` statement.  A row of the operator
 * table declares which keys its kind has (struct attr_spec); values are lists of
 * integers, stored once per distinct block.  Private to ir/ but for the writer.
 */
#ifndef MEMSIM_IR_ATTRS_H
#define MEMSIM_IR_ATTRS_H

#include "base/buf.h"
#include "ir/graph.h"

#define ATTR_LIST(X) \
	X(stride) X(pad) X(dilation) X(groups) X(output_pad) X(transpose_a) X(transpose_b) \
	X(mask) X(group) X(scale) X(mode) X(kernel) X(axis) X(fn) X(axes) X(keepdims) X(perm) \
	X(sizes) X(starts) X(ends) X(steps) X(pads) X(rows) X(page) X(at) X(macs) X(vector_ops)
enum attr_key {
#define X(name) ATTR_##name,
	ATTR_LIST(X)
#undef X
	N_ATTRS
};
const char *attr_name(enum attr_key key);

struct attr_spec {
	const char *def;   /* as a user would write it; "" an empty list; NULL: must be given */
	const char *words; /* "a|b|c:": one of these words, "c:" followed by an integer */
	int64_t min, max;  /* of each integer */
	uint8_t key;       /* enum attr_key */
	uint8_t max_values; /* of a list; 1 for a single integer */
};
#define ATTR_NO_LIMIT 255 /* max_values of a list that only its line limits */

/*
 * Cuts and checks `text` as a value of `spec`: appends count and integers to
 * *values.  A word is two integers, its index and its number.  On failure `why`
 * says what was expected.
 */
struct attr_block {
	int64_t *values;
	size_t n, capacity;
};
bool attr_parse(const struct attr_spec *spec, const char *text, struct attr_block *to, char *why,
		size_t why_size);

/* Stores a block of all values of an operator, in the order of its specs. */
uint32_t attr_store(struct graph *g, const struct attr_block *block);

/* Values of a key of `op`; NULL when its kind does not have it. */
const int64_t *attr_values(const struct graph *g, const struct op *op, enum attr_key key,
			   size_t *n);
/* Of a single integer, or the index of a word, of a kind that has the key. */
int64_t attr_int(const struct graph *g, const struct op *op, enum attr_key key);
/* Appends " key=value" for each value that is not its default. */
void attr_print(const struct graph *g, const struct op *op, struct buf *to);

#endif
