/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adds up what the operator table says of each operator, and prints it for people and
 * for programs.  Counts nothing of its own.
 */
#include "trace/info.h"

#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "base/units.h"

static bool is_weight(const struct graph *g, uint32_t t)
{
	struct placement p;

	tensor_placement(g, t, &p);
	return g->tensors[p.storage].role == ROLE_WEIGHT;
}

void info_op(const struct graph *g, uint32_t index, struct work *out)
{
	const struct op *op = &g->ops[index];
	struct op_info info;

	op_describe(g, index, &info);
	*out = (struct work){ .class = op_work_class(&info),
			      .ops = 1,
			      .views = info.class == OP_CLASS_VIEW,
			      .macs = info.macs,
			      .vector_ops = info.vector_ops,
			      .activation_bytes = op_output_bytes(g, op, &info) };
	for (unsigned i = 0; i < op->n_inputs; i++) {
		uint64_t bytes = op_input_bytes(g, op, &info, i);

		*(is_weight(g, op_input(g, op, i)) ? &out->weight_read_bytes
						   : &out->activation_bytes) += bytes;
	}
}

/* The builder has checked that the sums of a trace fit. */
static void add_work(struct work *to, const struct work *w)
{
	to->ops += w->ops;
	to->views += w->views;
	to->macs += w->macs;
	to->vector_ops += w->vector_ops;
	to->activation_bytes += w->activation_bytes;
	to->weight_read_bytes += w->weight_read_bytes;
}

void info_collect(const struct graph *g, struct trace_info *out)
{
	struct work w;

	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < g->n_ops; i++) {
		info_op(g, i, &w);
		add_work(&out->total, &w);
		add_work(&out->by_kind[g->ops[i].kind], &w);
		if (!w.views)
			add_work(&out->by_class[w.class], &w);
	}
	for (uint32_t t = 0; t < g->n_tensors; t++) {
		if (g->tensors[t].role != ROLE_WEIGHT)
			continue;
		out->weight_bytes += tensor_bytes(g, t);
		out->weight_elements += tensor_elements(g, t);
	}
}

static uint64_t ideal_bytes(const struct work *w)
{
	return w->activation_bytes + w->weight_read_bytes;
}

#define ID_WIDTH 34
#define CELL 24

struct cell {
	char text[CELL];
};

static struct cell cell(uint64_t a, uint64_t b, unsigned decimals)
{
	struct cell c;

	format_ratio(a, b, decimals, c.text, sizeof(c.text));
	return c;
}

/* Operations for each byte; a multiply-accumulate is two. */
static struct cell intensity(const struct work *w)
{
	uint64_t flops = 2 * w->macs;

	if (!add_u64(flops, w->vector_ops, &flops))
		flops = UINT64_MAX;
	return cell(flops, ideal_bytes(w), 2);
}

static void print_row(struct buf *to, const char *name, const char *kind, const struct work *w)
{
	buf_printf(to, "  %-*s  %-15s  %12s  %12s  %12s  %10s  %9s\n", ID_WIDTH, name, kind,
		   cell(2 * w->macs, 1000000000, 3).text, cell(w->vector_ops, 1000000000, 3).text,
		   cell(w->activation_bytes, 1000000, 3).text,
		   cell(w->weight_read_bytes, 1000000, 3).text, intensity(w).text);
}

static void print_head(struct buf *to, const char *name, const char *kind)
{
	buf_printf(to, "  %-*s  %-15s  %12s  %12s  %12s  %10s  %9s\n", ID_WIDTH, name, kind,
		   "matrix GFLOP", "vector GFLOP", "act. MB", "weight MB", "FLOP/byte");
}

static void print_ops(const struct graph *g, struct buf *to)
{
	struct work w;

	print_head(to, "operator", "kind");
	for (uint32_t i = 0; i < g->n_ops; i++) {
		info_op(g, i, &w);
		if (!w.views)
			print_row(to, g->ops[i].id, op_kind_name(g->ops[i].kind), &w);
	}
}

static void print_views(const struct graph *g, struct buf *to)
{
	struct work w;
	char shape[SHAPE_TEXT];

	buf_puts(to, "\nViews: names for regions, without work or bytes\n");
	for (uint32_t i = 0; i < g->n_ops; i++) {
		info_op(g, i, &w);
		if (!w.views)
			continue;
		shape_text(graph_shape(g, op_output(g, &g->ops[i], 0)), shape);
		buf_printf(to, "  %-*s  %-15s  %s\n", ID_WIDTH, g->ops[i].id,
			   op_kind_name(g->ops[i].kind), shape);
	}
}

static void print_kinds(const struct trace_info *info, struct buf *to)
{
	char count[CELL];

	buf_putc(to, '\n');
	print_head(to, "by kind", "operators");
	for (uint32_t k = 0; k < N_OP_KINDS; k++) {
		if (!info->by_kind[k].ops || info->by_kind[k].views)
			continue;
		snprintf(count, sizeof(count), "%" PRIu64, info->by_kind[k].ops);
		print_row(to, op_kind_name(k), count, &info->by_kind[k]);
	}
	snprintf(count, sizeof(count), "%" PRIu64, info->total.ops - info->total.views);
	print_row(to, "total", count, &info->total);
}

static const char *const class_names[] = {
#define X(NAME, text) text,
	WORK_CLASS_LIST(X)
#undef X
};

static void print_classes(const struct trace_info *info, struct buf *to)
{
	char count[CELL];

	buf_putc(to, '\n');
	print_head(to, "by class", "operators");
	for (unsigned c = 0; c < N_WORK_CLASSES; c++) {
		snprintf(count, sizeof(count), "%" PRIu64, info->by_class[c].ops);
		if (info->by_class[c].ops)
			print_row(to, class_names[c], count, &info->by_class[c]);
	}
}

void info_print_text(const struct graph *g, struct buf *to)
{
	struct trace_info info;

	info_collect(g, &info);
	buf_printf(to, "%s%s%s\n", *g->model ? g->model : "trace", *g->model_keys ? " " : "",
		   g->model_keys);
	buf_printf(to,
		   "%" PRIu64 " operator%s (%" PRIu64 " of them views), %zu tensor%s, "
		   "%zu fuse group%s, hash %s\n\n",
		   info.total.ops, info.total.ops == 1 ? "" : "s", info.total.views, g->n_tensors,
		   g->n_tensors == 1 ? "" : "s", g->n_groups, g->n_groups == 1 ? "" : "s", g->hash);
	print_ops(g, to);
	if (info.total.views)
		print_views(g, to);
	print_kinds(&info, to);
	print_classes(&info, to);
	buf_printf(to, "\nWork     %" PRIu64 " MACs, %" PRIu64 " vector operations\n",
		   info.total.macs, info.total.vector_ops);
	buf_printf(to,
		   "Weights  %" PRIu64 " elements, %" PRIu64 " bytes, each once; %" PRIu64
		   " bytes read over all operators\n",
		   info.weight_elements, info.weight_bytes, info.total.weight_read_bytes);
	buf_printf(to,
		   "Traffic  %" PRIu64
		   " bytes if each operator moves its inputs and outputs once: %" PRIu64
		   " of activations\n",
		   ideal_bytes(&info.total), info.total.activation_bytes);
}

static void json_work(struct json_out *j, const struct work *w)
{
	json_u64(j, "ops", w->ops);
	json_u64(j, "macs", w->macs);
	json_u64(j, "activation_bytes", w->activation_bytes);
	json_u64(j, "weight_read_bytes", w->weight_read_bytes);
}

void info_print_json(const struct graph *g, struct buf *to)
{
	struct trace_info info;
	struct json_out j;

	info_collect(g, &info);
	json_init(&j, to);
	json_object(&j, NULL);
	json_string(&j, "model", g->model);
	json_string(&j, "hash", g->hash);
	json_u64(&j, "ops", info.total.ops);
	json_u64(&j, "views", info.total.views);
	json_u64(&j, "macs", info.total.macs);
	json_u64(&j, "vector_ops", info.total.vector_ops);
	json_u64(&j, "activation_bytes", info.total.activation_bytes);
	json_u64(&j, "weight_bytes", info.weight_bytes);
	json_u64(&j, "weight_read_bytes", info.total.weight_read_bytes);
	json_u64(&j, "weight_elements", info.weight_elements);
	json_u64(&j, "ideal_bytes", ideal_bytes(&info.total));
	json_object(&j, "by_kind");
	for (uint32_t k = 0; k < N_OP_KINDS; k++) {
		if (!info.by_kind[k].ops)
			continue;
		json_object(&j, op_kind_name(k));
		json_work(&j, &info.by_kind[k]);
		json_end(&j);
	}
	json_end(&j);
	json_object(&j, "by_class");
	for (unsigned c = 0; c < N_WORK_CLASSES; c++) {
		json_object(&j, class_names[c]);
		json_work(&j, &info.by_class[c]);
		json_u64(&j, "vector_ops", info.by_class[c].vector_ops);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
}
