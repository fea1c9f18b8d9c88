/* SPDX-License-Identifier: Apache-2.0 */
/* What a trace says about itself: operators, work, bytes and arithmetic intensity. */
#ifndef MEMSIM_TRACE_INFO_H
#define MEMSIM_TRACE_INFO_H

#include "base/buf.h"
#include "ir/ops.h"

/* Sums over operators.  Each byte is a property of the trace alone: inputs and outputs of
 * every operator moved once each, the bytes of a repeated input once. */
struct work {
	enum work_class class; /* of a single operator */
	uint64_t ops, views;
	uint64_t macs, vector_ops;
	uint64_t activation_bytes;  /* inputs that are no weights, and outputs */
	uint64_t weight_read_bytes; /* once per reading operator */
};
struct trace_info {
	struct work total;
	struct work by_kind[N_OP_KINDS];
	struct work by_class[N_WORK_CLASSES]; /* views left out */
	uint64_t weight_bytes, weight_elements; /* distinct */
};
void info_op(const struct graph *g, uint32_t op, struct work *out);
void info_collect(const struct graph *g, struct trace_info *out);

void info_print_text(const struct graph *g, struct buf *to);
void info_print_json(const struct graph *g, struct buf *to);

#endif
