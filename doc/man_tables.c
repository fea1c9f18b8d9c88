/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the parts of the manual pages that follow from tables of the program: settings
 * (params.def), kinds of operators (ops.c), models, members of a report, traffic; and those of
 * doc/dram-standards.md (man_dram.c).  Decides how they look on a page, not what they are;
 * the pages' other text is written by hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "config/config.h"
#include "config/param.h"
#include "ir/build.h"
#include "ir/op_row.h"
#include "model/ram21_fast.h"
#include "report/facts.h"
#include "report/replay_report.h"
#include "stream/stream.h"
#include "trace/models/model.h"
#include "man_dram.h"

/* Text for roff: no hyphen becomes a dash, no line a request. */
static void put_text(struct buf *to, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_puts(to, "\\&");
	for (; *text; text++) {
		if (*text == '-')
			buf_puts(to, "\\-");
		else if (*text == '\\')
			buf_puts(to, "\\e");
		else
			buf_putc(to, *text);
	}
}

/* A tagged paragraph, up to its text. */
static void open_item(struct buf *to, const char *name)
{
	buf_puts(to, ".TP\n.B ");
	put_text(to, name);
	buf_putc(to, '\n');
}

/* Settings. */

static const char *const kind_names[] = {
	[PARAM_COUNT] = "integer",
	[PARAM_BYTES] = "size",
	[PARAM_HZ] = "clock",
	[PARAM_PS] = "time",
	[PARAM_NS] = "ns, or a time",
	[PARAM_BITS_PER_S] = "data rate",
	[PARAM_BYTES_PER_S] = "bandwidth",
	[PARAM_BITS] = "density",
	[PARAM_WORD] = "word",
	[PARAM_TEXT] = "text",
};

static bool is_number(const struct param *p)
{
	return p->kind != PARAM_WORD && p->kind != PARAM_TEXT;
}

/* The default, or another number, as a configuration writes it. */
static void put_value(struct buf *to, const struct param *p, const uint64_t *number)
{
	struct machine m;

	config_defaults(&m);
	if (number)
		memcpy((char *)&m + p->offset, number, sizeof(*number));
	param_format(p, &m, to);
}

static void put_words(struct buf *to, const struct param *p)
{
	const char *quote = param_is_switch(p) ? "" : "\"";

	for (const char *at = p->words; *at;) {
		int len = (int)strcspn(at, "|");

		buf_printf(to, "%s%s%.*s%s", at == p->words ? "" : ", ", quote, len, at, quote);
		at += len + (at[len] == '|');
	}
}

/* "integer, default 1, from 1 to 1024" */
static void describe_setting(struct buf *to, const struct param *p)
{
	buf_printf(to, "%s, default ", param_is_switch(p) ? "switch" : kind_names[p->kind]);
	put_value(to, p, NULL);
	if (is_number(p)) {
		buf_puts(to, ", from ");
		put_value(to, p, &p->min);
		buf_puts(to, " to ");
		put_value(to, p, &p->max);
	} else if (p->kind == PARAM_WORD) {
		buf_puts(to, ", one of ");
		put_words(to, p);
	}
}

/* Which memories a setting is for, where it is not for all. */
static const char *memory_note(const struct param *p)
{
	struct machine m;
	bool is_for_ideal;

	config_defaults(&m);
	m.hbm_standard = HBM_STANDARD_IDEAL;
	is_for_ideal = param_applies(p, &m);
	m.hbm_standard = HBM_STANDARD_hbm2;
	if (!param_applies(p, &m))
		return "For the ideal memory alone.";
	m.hbm_policy = HBM_POLICY_RAMULATOR21;
	if (!param_applies(p, &m))
		return "For the default policy alone.";
	return is_for_ideal ? "" : "Not for the ideal memory.";
}

static size_t group_length(const struct param *p)
{
	return strcspn(p->path, ".");
}

static void put_setting(struct buf *to, const struct param *p)
{
	struct buf line = BUF_INIT;

	open_item(to, p->path);
	describe_setting(&line, p);
	buf_puts(to, ".RI ( ");
	buf_putc(to, '"');
	for (const char *s = line.data; *s; s++) {
		if (*s == '"')
			buf_puts(to, "\\(dq");
		else
			buf_putc(to, *s);
	}
	buf_puts(to, "\" )\n.br\n");
	put_text(to, p->help);
	buf_printf(to, "\n%s%s", memory_note(p), *memory_note(p) ? "\n" : "");
	buf_release(&line);
}

static void print_settings(struct buf *to)
{
	const char *group = "";

	for (size_t i = 0; i < n_params; i++) {
		const struct param *p = &params[i];

		if (strncmp(p->path, group, group_length(p)) != 0) {
			group = p->path;
			buf_printf(to, ".SS %.*s\n", (int)group_length(p), group);
		}
		put_setting(to, p);
	}
}

/* Operators. */

/* What the inputs are, where their number does not say it. */
static const struct {
	enum op_kind kind;
	const char *inputs, *note;
} operands[] = {
	{ OP_conv2d, "x,w[,bias]",
	  "w is O, I/groups, then the kernel.  Lists are n, or one value a dimension; pad also t,l,b,r." },
	{ OP_conv3d, "x,w[,bias]", "As conv2d, with three dimensions of space." },
	{ OP_convtranspose2d, "x,w[,bias]", "w is I, O/groups, then the kernel." },
	{ OP_matmul, "a,b[,bias][,scale of b]",
	  "Batched, broadcasting.  mask is none, causal or window:N.  group=G: a scale for each G "
	  "elements of b along K." },
	{ OP_where, "c,a,b", "Broadcasting." },
	{ OP_modulate, "x,scale,shift", "x (1 + scale) + shift, broadcasting." },
	{ OP_upsample, "x", "scale is n, or one value a dimension of space." },
	{ OP_maxpool, "x", "Without stride: the kernel's size." },
	{ OP_avgpool, "x", "Without stride: the kernel's size." },
	{ OP_groupnorm, "x[,gamma[,beta]]", "Over the elements of each group of channels." },
	{ OP_layernorm, "x[,gamma[,beta]]", "" },
	{ OP_rmsnorm, "x[,gamma[,beta]]", "" },
	{ OP_batchnorm, "x,scale,shift", "" },
	{ OP_reduce, "x", "Without axes: over all." },
	{ OP_reshape, "x", "The output's shape says all." },
	{ OP_expand, "x", "The output's shape says all." },
	{ OP_concat, "x,...", "" },
	{ OP_split, "x", "Several outputs; without sizes, equal ones." },
	{ OP_gather, "table,indices", "rows is sequential or random:SEED; page rows are fetched at a time." },
	{ OP_kvappend, "cache,new", "The output is the cache, a state." },
	{ OP_rope, "x,table", "" },
	{ OP_quant, "x,scale", "" },
	{ OP_dequant, "x,scale", "" },
	{ OP_custom, "any", "Work as given; macs use the matrix unit." },
};

static const char *inputs_of(uint32_t kind, const char **note)
{
	static const char *const by_number[] = { "", "x", "a,b", "a,b,c" };
	const struct op_row *row = op_row(kind);

	*note = "";
	for (size_t i = 0; i < ARRAY_SIZE(operands); i++) {
		if (operands[i].kind != kind)
			continue;
		*note = operands[i].note;
		return operands[i].inputs;
	}
	if (row->min_inputs != row->max_inputs || row->min_inputs >= ARRAY_SIZE(by_number))
		BUG("inputs of kind %s have no names", op_kind_name(kind));
	if (row->min_inputs == 2)
		*note = "Broadcasting.";
	return by_number[row->min_inputs];
}

static const char *unit_of(const struct op_row *row)
{
	switch ((enum op_class)row->class) {
	case OP_CLASS_MATRIX:
		return "matrix unit";
	case OP_CLASS_VECTOR:
		return "vector unit";
	case OP_CLASS_VIEW:
		break;
	}
	return "view";
}

static void put_cost(struct buf *to, const char *what, const struct vector_cost *cost)
{
	static const char *const names[N_VECTOR_CLASSES] = {
#define X(NAME, text) text,
		VECTOR_CLASS_LIST(X)
#undef X
	};
	bool any = false;

	for (unsigned v = 0; v < N_VECTOR_CLASSES; v++) {
		if (cost->n[v] == 0)
			continue;
		buf_printf(to, "%s %u %s", any ? "," : what, cost->n[v], names[v]);
		any = true;
	}
	buf_puts(to, any ? ".\n" : "");
}

static void put_operator(struct buf *to, uint32_t kind)
{
	struct buf keys = BUF_INIT;
	const char *note, *inputs = inputs_of(kind, &note);

	op_kind_keys(kind, &keys);
	open_item(to, op_kind_name(kind));
	buf_puts(to, "in=");
	put_text(to, inputs);
	if (keys.len) {
		buf_puts(to, "; attributes");
		put_text(to, keys.data);
	}
	buf_printf(to, "; %s.\n", unit_of(op_row(kind)));
	if (*note) {
		put_text(to, note);
		buf_putc(to, '\n');
	}
	put_cost(to, "Vector work per element:", &op_row(kind)->cost);
	put_cost(to, "Per element reduced:", &op_row(kind)->per_reduced);
	buf_release(&keys);
}

static void print_operators(struct buf *to)
{
	for (uint32_t kind = 0; kind < N_OP_KINDS; kind++)
		put_operator(to, kind);
}

static void print_types(struct buf *to)
{
	for (unsigned t = 0; t < N_DTYPES; t++)
		buf_printf(to, "%s%s (%u bits)", t ? ", " : "", dtype_name((enum dtype)t),
			   dtype_bits((enum dtype)t));
	buf_puts(to, ".\n");
}

/* Models. */

/* What memsim-trace list says of them, as it stands. */
static void print_models(struct buf *to)
{
	struct buf list = BUF_INIT;

	model_list(&list);
	buf_puts(to, ".nf\n");
	for (char *line = list.data, *rest = list.data; (line = strsep(&rest, "\n")) != NULL;) {
		if (strncmp(line, "Kinds of operators", 18) == 0)
			break;
		put_text(to, line);
		buf_putc(to, '\n');
	}
	buf_puts(to, ".fi\n");
	buf_release(&list);
}

/* Reports. */

static void put_members(struct buf *to, const struct facts *f)
{
	static const char *const kinds[] = {
		[FACT_COUNT] = "count", [FACT_RATIO] = "ratio", [FACT_TEXT] = "text",
		[FACT_TEXTS] = "list of texts",
	};

	for (size_t i = 0; i < f->n; i++) {
		const struct fact *fact = &f->v[i];

		buf_puts(to, ".TP\n.BR ");
		put_text(to, fact->group);
		buf_printf(to, "%s%s \" (%s)\"\n", *fact->group ? "." : "", fact->name,
			   kinds[fact->kind]);
		put_text(to, fact->help);
		buf_puts(to, ".\n");
	}
}

/* One operator, so that a kernel and a tensor have members. */
static struct graph *small_graph(void)
{
	static const char *const lines[] = {
		"tensor x f16 1 role=input",
		"tensor y f16 1 role=output",
		"op r relu in=x out=y",
	};
	struct graph_builder *b = graph_builder_new("man_tables");
	struct err err = { .code = ERR_NONE };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char text[64], *words[8], *at = text;
		size_t n = 0;

		snprintf(text, sizeof(text), "%s", lines[i]);
		for (char *word; (word = strsep(&at, " ")) != NULL;)
			words[n++] = word;
		if (!graph_statement(b, i + 1, words, n, &err))
			BUG("%s", err.text);
	}
	return graph_builder_finish(b, false, &err);
}

static void print_report(struct buf *to)
{
	struct graph *g = small_graph();
	const uint32_t op = 0;
	const struct kernel kernel = { .name = "", .ops = &op, .n_ops = 1 };
	const struct kernel *const kernels[] = { &kernel };
	struct kernel_account account = { .end_cycle = 1 };
	struct tensor_account tensors[2] = { { 0 } };
	struct hbm_account channel = { 0 };
	const struct result result = {
		.cycles = 1, .kernels = &account, .n_kernels = 1, .tensors = tensors, .n_tensors = 2,
		.hbm_channels = &channel, .n_hbm_channels = 1,
	};
	struct machine m;
	struct facts f = FACTS_INIT;
	const struct report_input in = {
		.version = "", .schedule = "", .engine = "", .graph = g, .machine = &m,
		.config_hash = "", .kernels = kernels, .result = &result, .has_serial = true,
		.with_tensors = true,
	};

	config_defaults(&m);
	facts_of_run(&f, &in);
	put_members(to, &f);
	buf_puts(to, ".SS Members of each of \"kernels\"\n");
	facts_of_kernel(&f, &in, 0);
	put_members(to, &f);
	buf_puts(to, ".SS Members of each of \"classes\"\n");
	facts_of_class(&f, &in, 0);
	put_members(to, &f);
	buf_puts(to, ".SS Members of each of \"tensors\" (with \\-\\-tensors)\n");
	facts_of_tensor(&f, &in, 0);
	put_members(to, &f);
	buf_puts(to, ".SS Members of each of \"channels\" (with \\-\\-channels)\n");
	facts_of_channel(&f, &in, 0);
	put_members(to, &f);
	facts_release(&f);
	graph_free(g);
}

static void print_replay(struct buf *to)
{
	const struct hbm_account account = { 0 };
	struct machine m;
	struct facts f = FACTS_INIT;
	const struct replay_report in = {
		.version = "", .engine = "", .stream_kind = "", .stream_hash = "", .machine = &m,
		.config_hash = "", .hbm = &account, .channels = &account, .n_channels = 1,
	};

	config_defaults(&m);
	facts_of_replay(&f, &in);
	put_members(to, &f);
	buf_puts(to, ".SS Members of each of \"channels\"\n");
	facts_of_replay_channel(&f, &in, 0);
	put_members(to, &f);
	facts_release(&f);
}

static void print_streams(struct buf *to)
{
#define X(name, bytes, seed, help)                                                                 \
	open_item(to, #name);                                                                      \
	put_text(to, help);                                                                        \
	buf_puts(to, ".\n");
	STREAM_KIND_LIST(X)
#undef X
}

static void print_shortcuts(struct buf *to)
{
#define X(name, help)                                                                              \
	open_item(to, #name);                                                                      \
	put_text(to, help);                                                                        \
	buf_puts(to, ".\n");
	RAM21_SERVED_LIST(X)
#undef X
}

static void print_traffic(struct buf *to)
{
	open_item(to, "compulsory");
	buf_puts(to, "Everything else.\n");
#define X(NAME, text, help)                                                                        \
	open_item(to, text);                                                                       \
	put_text(to, help);                                                                        \
	buf_puts(to, ".\n");
	TRAFFIC_LIST(X)
#undef X
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(struct buf *to);
	} tables[] = {
		{ "settings", print_settings }, { "operators", print_operators },
		{ "types", print_types },	{ "models", print_models },
		{ "report", print_report },	{ "replay", print_replay },
		{ "streams", print_streams },	{ "traffic", print_traffic },
		{ "shortcuts", print_shortcuts },
		{ "dram-organisation", print_dram_organisation },
		{ "dram-densities", print_dram_densities },
		{ "dram-commands", print_dram_commands },
		{ "dram-parameters", print_dram_parameters },
		{ "dram-rules", print_dram_rules },
	};
	struct buf text = BUF_INIT;

	for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(tables); i++) {
		if (strcmp(argv[1], tables[i].name) != 0)
			continue;
		tables[i].print(&text);
		fputs(text.data, stdout);
		buf_release(&text);
		return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	fprintf(stderr, "usage: man_tables TABLE, one of");
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		fprintf(stderr, " %s", tables[i].name);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}
