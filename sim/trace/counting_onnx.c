/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts a trace as tools count the nodes of an ONNX graph: each node that is not known before the
 * run moves its distinct activations in, as a whole, and its results out, two bytes an element.
 * Reshapes are other names of their input; other views move what they take and what they make.
 * Known before the run are parameters, states that nobody writes (the importer's constants), and
 * what is made of such alone.
 */
#include "trace/counting_onnx.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "base/mem.h"
#include "base/units.h"
#include "trace/info.h"

#define BYTES 2 /* of an element, as f16 */

/* A tensor of which this is only another shape. */
static uint32_t source_of(const struct graph *g, uint32_t t)
{
	for (;;) {
		uint32_t maker = g->tensors[t].producer;

		if (maker == NO_INDEX || g->ops[maker].kind != OP_reshape)
			return t;
		t = op_input(g, &g->ops[maker], 0);
	}
}

/* An input of a later operator can only be an output of an earlier one: one pass. */
static bool *find_known(const struct graph *g)
{
	bool *known = xcalloc(g->n_tensors + 1, sizeof(*known));

	for (uint32_t t = 0; t < g->n_tensors; t++)
		known[t] = g->tensors[t].role == ROLE_WEIGHT || g->tensors[t].role == ROLE_STATE;
	for (uint32_t i = 0; i < g->n_ops; i++)
		for (unsigned k = 0; k < g->ops[i].n_outputs; k++)
			known[op_output(g, &g->ops[i], k)] = false;
	for (uint32_t i = 0; i < g->n_ops; i++) {
		const struct op *op = &g->ops[i];
		bool all = op->n_inputs > 0;

		for (unsigned k = 0; k < op->n_inputs; k++)
			all = all && known[op_input(g, op, k)];
		for (unsigned k = 0; k < op->n_outputs; k++)
			known[op_output(g, op, k)] = all;
	}
	return known;
}

/* Whether input i is there for the first time. */
static bool is_first(const struct graph *g, const struct op *op, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (source_of(g, op_input(g, op, k)) == source_of(g, op_input(g, op, i)))
			return false;
	return true;
}

static void count_node(const struct graph *g, const struct op *op, const bool *known,
		       struct node_count *to)
{
	to->nodes = 1;
	for (unsigned i = 0; i < op->n_inputs; i++)
		if (!known[op_input(g, op, i)] && is_first(g, op, i))
			to->inputs += tensor_elements(g, op_input(g, op, i));
	for (unsigned i = 0; i < op->n_outputs; i++)
		to->outputs += tensor_elements(g, op_output(g, op, i));
}

static void add(struct node_count *to, const struct node_count *n)
{
	to->nodes += n->nodes;
	to->inputs += n->inputs;
	to->outputs += n->outputs;
}

void counting_onnx_collect(const struct graph *g, struct onnx_counting *out)
{
	bool *known = find_known(g);
	struct trace_info info;

	memset(out, 0, sizeof(*out));
	info_collect(g, &info);
	out->macs = info.total.macs;
	out->weight_elements = info.weight_elements;
	for (uint32_t i = 0; i < g->n_ops; i++) {
		const struct op *op = &g->ops[i];
		struct node_count n = { 0 };

		if (op->kind == OP_reshape || known[op_output(g, op, 0)])
			continue;
		count_node(g, op, known, &n);
		add(&out->total, &n);
		add(&out->by_kind[op->kind], &n);
	}
	free(known);
}

static void json_row(struct json_out *j, const char *name, const struct node_count *n)
{
	json_object(j, name);
	json_u64(j, "nodes", n->nodes);
	json_u64(j, "input_bytes", BYTES * n->inputs);
	json_u64(j, "output_bytes", BYTES * n->outputs);
	json_end(j);
}

static void print_json(const struct onnx_counting *c, struct buf *to)
{
	struct json_out j;

	json_init(&j, to);
	json_object(&j, NULL);
	json_string(&j, "counting", COUNTING_ONNX);
	json_u64(&j, "macs", c->macs);
	json_u64(&j, "weight_elements", c->weight_elements);
	json_u64(&j, "activation_bytes", BYTES * (c->total.inputs + c->total.outputs));
	json_row(&j, "total", &c->total);
	json_object(&j, "by_kind");
	for (uint32_t k = 0; k < N_OP_KINDS; k++)
		if (c->by_kind[k].nodes)
			json_row(&j, op_kind_name(k), &c->by_kind[k]);
	json_end(&j);
	json_end(&j);
}

static void print_row(const char *name, const struct node_count *n, struct buf *to)
{
	char in[32], out[32];

	format_ratio(BYTES * n->inputs, 1000000, 3, in, sizeof(in));
	format_ratio(BYTES * n->outputs, 1000000, 3, out, sizeof(out));
	buf_printf(to, "  %-15s  %8" PRIu64 "  %14s  %14s\n", name, n->nodes, in, out);
}

static void print_text(const struct onnx_counting *c, struct buf *to)
{
	buf_printf(to, "  %-15s  %8s  %14s  %14s\n", COUNTING_ONNX, "nodes", "input MB",
		   "output MB");
	for (uint32_t k = 0; k < N_OP_KINDS; k++)
		if (c->by_kind[k].nodes)
			print_row(op_kind_name(k), &c->by_kind[k], to);
	print_row("total", &c->total, to);
	buf_printf(to,
		   "\n%" PRIu64 " MACs, %" PRIu64 " parameters, %" PRIu64
		   " bytes of activations at two an element\n",
		   c->macs, c->weight_elements, BYTES * (c->total.inputs + c->total.outputs));
}

void counting_onnx_print(const struct graph *g, bool is_json, struct buf *to)
{
	struct onnx_counting c;

	counting_onnx_collect(g, &c);
	(is_json ? print_json : print_text)(&c, to);
}
