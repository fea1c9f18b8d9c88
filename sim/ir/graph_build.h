/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a graph owns besides its public arrays, and the two steps of building it
 * that other files of ir/ carry out.  Private to ir/.
 */
#ifndef MEMSIM_IR_GRAPH_BUILD_H
#define MEMSIM_IR_GRAPH_BUILD_H

#include "base/mem.h"
#include "ir/graph.h"

struct graph_build {
	struct arena *strings;
	char *id_room; /* the rest of a block of ids, packed: a trace has millions */
	size_t id_room_bytes;
	/* Blocks of attribute values (attrs.c), each stored once. */
	int64_t *attr_values;
	size_t n_attr_values, attr_capacity;
	uint32_t *attr_slots; /* open-addressing table of blocks; while building */
	size_t n_attr_slots, n_attr_blocks;
	size_t view_capacity;
};

struct graph *graph_new(void);

/* Row-major or nhwc strides of a shape, in elements. */
void shape_strides(const struct shape *s, enum layout layout, uint64_t stride[MAX_DIMS]);

/* Gives the outputs of a view operator their placement over the input's storage.  What
 * strides cannot express stays a tensor of its own, and op_describe() refuses it. */
void graph_resolve_views(struct graph *g, const struct op *op);

/* Parts of operands for the operators that take them; once the graph is whole. */
void graph_add_parts(struct graph *g);

/* Checks that the fuse groups can run one after the other, each as one kernel. */
bool graph_check_groups(const struct graph *g, const char *file, const uint32_t *group_lines,
			struct err *err);

#endif
