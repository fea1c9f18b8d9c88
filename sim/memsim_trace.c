/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memsim-trace: lists, makes, imports, describes and checks traces.  Cuts the command line and
 * turns errors into exit statuses; what a trace is, the folders below decide.
 */
#include <config.h>

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/names.h"
#include "base/out.h"
#include "base/std_streams.h"
#include "base/units.h"
#include "trace/counting.h"
#include "trace/counting_onnx.h"
#include "trace/import/import.h"
#include "trace/info.h"
#include "trace/models/model.h"
#include "trace/trace.h"

#define PROGRAM "memsim-trace"

const char *argp_program_version = PROGRAM " " PACKAGE_VERSION;

#define MAX_WORDS 64
#define MAX_IMPORT_DIMS 64

struct request {
	const char *output, *format, *counting, *unknown; /* NULL: not given */
	char *dims[MAX_IMPORT_DIMS];
	size_t n_dims;
	bool folds;
	char *words[MAX_WORDS];      /* the command's own */
	size_t n_words;
	bool too_many;
};

enum { OPTION_DIM = 256, OPTION_UNKNOWN, OPTION_FOLD };

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "make, import: where the trace goes, compressed if its name ends in .gz", 0 },
	{ "format", 'f', "FORMAT", 0, "info: text (the default) or json", 0 },
	{ "counting", 'c', "RULES", 0,
	  "info: count as published tables do: kim2023; or as tools count an ONNX graph: onnx", 0 },
	{ "dim", OPTION_DIM, "NAME=VALUE", 0, "import: the size of a symbolic dimension", 0 },
	{ "unknown", OPTION_UNKNOWN, "custom", 0,
	  "import: operators that memsim does not know become custom ones, without work", 0 },
	{ "fold", OPTION_FOLD, NULL, 0,
	  "import: norms, activations and biases that an exporter took apart become one operator",
	  0 },
	{ "help", 'h', NULL, 0, "Give this help list", -1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct request *r = state->input;

	switch (key) {
	case 'o':
		r->output = value;
		break;
	case 'f':
		r->format = value;
		break;
	case 'c':
		r->counting = value;
		break;
	case OPTION_DIM:
		if (r->n_dims < MAX_IMPORT_DIMS)
			r->dims[r->n_dims++] = value;
		else
			r->too_many = true;
		break;
	case OPTION_UNKNOWN:
		r->unknown = value;
		break;
	case OPTION_FOLD:
		r->folds = true;
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case ARGP_KEY_ARG:
		if (r->n_words < MAX_WORDS)
			r->words[r->n_words++] = value;
		else
			r->too_many = true;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool write_text(const char *path, const struct buf *text, struct err *err)
{
	struct out *o = out_open(path ? path : "-", err);

	if (!o)
		return false;
	out_write(o, text->data, text->len);
	return out_commit(o, err);
}

static bool run_list(const struct request *r, struct err *err)
{
	struct buf text = BUF_INIT;
	bool ok;

	if (r->n_words > 1)
		return err_set(err, ERR_USAGE, "list takes no more words (found '%s')",
			       r->words[1]);
	model_list(&text);
	ok = write_text(NULL, &text, err);
	buf_release(&text);
	return ok;
}

static bool run_make(const struct request *r, struct err *err)
{
	struct buf text = BUF_INIT;
	struct graph *g;
	bool ok;

	if (r->n_words < 2)
		return err_set(err, ERR_USAGE,
			       "make needs a model; 'memsim-trace list' names them all");
	g = model_make(r->words[1], (char **)r->words + 2, r->n_words - 2, &text, err);
	if (!g)
		return false;
	graph_free(g);
	ok = write_text(r->output, &text, err);
	buf_release(&text);
	return ok;
}

/* "NAME=VALUE"; the name may have a '=' in it. */
static bool parse_dim(char *text, struct import_dim *dim, struct err *err)
{
	char *equals = strrchr(text, '=');
	uint64_t value;

	if (!equals || equals == text || !parse_u64(equals + 1, strlen(equals + 1), &value) ||
	    value < 1 || value > INT32_MAX)
		return err_set(err, ERR_USAGE,
			       "--dim: found '%.100s', expected NAME=VALUE, from 1 to 2147483647",
			       text);
	*equals = '\0';
	*dim = (struct import_dim){ .name = text, .value = (int64_t)value };
	return true;
}

static bool run_import(const struct request *r, struct err *err)
{
	struct import_dim dims[MAX_IMPORT_DIMS];
	struct import_options with = { .dims = dims, .n_dims = r->n_dims, .folds = r->folds,
				       .takes_unknown = r->unknown != NULL };
	struct buf text = BUF_INIT;
	bool ok = true;

	if (r->n_words != 2)
		return err_set(err, ERR_USAGE, "import needs one model (found %zu)",
			       r->n_words - 1);
	if (r->unknown && strcmp(r->unknown, "custom") != 0)
		return err_set(err, ERR_USAGE, "--unknown: found '%s', expected custom",
			       r->unknown);
	if (r->output && strcmp(r->words[1], "-") != 0 && same_file(r->output, r->words[1]))
		return err_set(err, ERR_USAGE, "the output '%s' is the input", r->output);
	for (size_t i = 0; ok && i < r->n_dims; i++)
		ok = parse_dim(r->dims[i], &dims[i], err);
	ok = ok && import_model(r->words[1], &with, &text, err) &&
	     write_text(r->output, &text, err);
	buf_release(&text);
	return ok;
}

static struct graph *read_one(const struct request *r, struct err *err)
{
	if (r->n_words == 2)
		return trace_read(r->words[1], err);
	err_set(err, ERR_USAGE, "%s needs one trace (found %zu)", r->words[0], r->n_words - 1);
	return NULL;
}

static bool count(const struct request *r, const struct graph *g, bool is_json, struct buf *text,
		  struct err *err)
{
	struct counting parts[N_COUNTING_PARTS];

	if (strcmp(r->counting, COUNTING_ONNX) == 0) {
		counting_onnx_print(g, is_json, text);
		return true;
	}
	if (!counting_collect(r->counting, g, parts, err)) {
		trace_add_place(r->words[1], err);
		return false;
	}
	(is_json ? counting_print_json : counting_print_text)(r->counting, parts, text);
	return true;
}

static bool run_info(const struct request *r, struct err *err)
{
	bool is_json = r->format && strcmp(r->format, "json") == 0, ok = true;
	struct buf text = BUF_INIT;
	struct graph *g;

	if (r->format && !is_json && strcmp(r->format, "text") != 0)
		return err_set(err, ERR_USAGE, "--format: found '%s', expected text or json",
			       r->format);
	g = read_one(r, err);
	if (!g)
		return false;
	if (r->counting)
		ok = count(r, g, is_json, &text, err);
	else
		(is_json ? info_print_json : info_print_text)(g, &text);
	graph_free(g);
	ok = ok && write_text(NULL, &text, err);
	buf_release(&text);
	return ok;
}

static bool run_check(const struct request *r, struct err *err)
{
	struct graph *g = read_one(r, err);
	struct buf text = BUF_INIT;
	bool ok;

	if (!g)
		return false;
	buf_printf(&text, "%s: a valid trace of %zu operators and %zu tensors, hash %s\n",
		   r->words[1], g->n_ops, g->n_tensors, g->hash);
	graph_free(g);
	ok = write_text(NULL, &text, err);
	buf_release(&text);
	return ok;
}

static const struct {
	const char *name;
	bool (*run)(const struct request *r, struct err *err);
	bool has_output, has_format, has_counting, imports;
} commands[] = {
	{ "list", run_list, false, false, false, false },
	{ "make", run_make, true, false, false, false },
	{ "import", run_import, true, false, false, true },
	{ "info", run_info, false, true, true, false },
	{ "check", run_check, false, false, false, false },
};

static bool unknown_command(const char *name, struct err *err)
{
	struct nearest near;

	nearest_init(&near, name);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		nearest_offer(&near, commands[i].name);
	if (near.best)
		return err_set(err, ERR_USAGE, "unknown command '%s'; did you mean '%s'?", name,
			       near.best);
	return err_set(err, ERR_USAGE, "unknown command '%s' (expected list, make, import, info or check)",
		       name);
}

static bool run(const struct request *r, struct err *err)
{
	if (r->n_words == 0)
		return err_set(err, ERR_USAGE, "no command (expected list, make, import, info or check)");
	if (r->too_many)
		return err_set(err, ERR_USAGE, "more than %d words", MAX_WORDS);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(r->words[0], commands[i].name) != 0)
			continue;
		if (r->output && !commands[i].has_output)
			return err_set(err, ERR_USAGE, "%s takes no --output", r->words[0]);
		if (r->format && !commands[i].has_format)
			return err_set(err, ERR_USAGE, "%s takes no --format", r->words[0]);
		if (r->counting && !commands[i].has_counting)
			return err_set(err, ERR_USAGE, "%s takes no --counting", r->words[0]);
		if ((r->unknown || r->folds || r->n_dims) && !commands[i].imports)
			return err_set(err, ERR_USAGE, "%s takes no --dim, --unknown or --fold",
				       r->words[0]);
		return commands[i].run(r, err);
	}
	return unknown_command(r->words[0], err);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		parse_option,
		"list\nmake MODEL [KEY=VALUE...] [-o FILE]\nimport MODEL-FILE [--dim NAME=VALUE] [--unknown=custom] [--fold] [-o FILE]\ninfo [-f text|json] [--counting RULES] FILE\ncheck FILE",
		"List the known models and write their traces; import traces of ONNX models and "
		"SCALE-Sim topologies; describe and check traces.  FILE "
		"may be -, standard input or output.\vExit status: 0 done; 2 wrong usage; 4 bad "
		"trace; 5 output cannot be written; 6 a limit or the host's memory reached; 7 built "
		"without the parser of the model's format; 70 an "
		"invariant was violated; 128+N on signal N.",
		NULL,
		NULL,
		NULL
	};
	struct request r = { .output = NULL };
	struct err err = { .code = ERR_NONE };

	guard_standard_streams(PROGRAM);
	argp_err_exit_status = ERR_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &r);
	if (run(&r, &err))
		return EXIT_SUCCESS;
	return err_report(&err, PROGRAM);
}
