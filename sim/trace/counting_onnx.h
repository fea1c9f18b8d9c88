/* SPDX-License-Identifier: Apache-2.0 */
/* What a count over the nodes of an ONNX graph says of its imported trace. */
#ifndef MEMSIM_TRACE_COUNTING_ONNX_H
#define MEMSIM_TRACE_COUNTING_ONNX_H

#include "base/buf.h"
#include "ir/ops.h"

#define COUNTING_ONNX "onnx" /* its word for --counting */

/* Elements of activations, whatever their type. */
struct node_count {
	uint64_t nodes, inputs, outputs;
};
struct onnx_counting {
	uint64_t macs, weight_elements;
	struct node_count total, by_kind[N_OP_KINDS];
};
void counting_onnx_collect(const struct graph *g, struct onnx_counting *out);
void counting_onnx_print(const struct graph *g, bool is_json, struct buf *to);

#endif
