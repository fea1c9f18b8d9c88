/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memsim-check-dram: judges a log of DRAM commands.  Cuts the command line and turns the
 * outcome into an exit status; what is right, dramcheck/ decides.
 */
#include <config.h>

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/out.h"
#include "base/std_streams.h"
#include "base/units.h"
#include "dramcheck/log.h"

#define PROGRAM "memsim-check-dram"
#define PREFIX "hbm.timing."
#define MAX_MAX 1000000 /* violations told; they are held until the log is read */

const char *argp_program_version = PROGRAM " " PACKAGE_VERSION;

enum { OPT_MAX = 256, OPT_SLACK };

static const struct argp_option options[] = {
	{ "set", 's', PREFIX "nX=CLOCKS", 0,
	  "A timing that the log's machine overrides; repeatable", 0 },
	{ "max", OPT_MAX, "N", 0, "Tell N violations at most (20); all are counted", 0 },
	{ "slack", OPT_SLACK, NULL, 0, "Also print by how much each distance was kept", 0 },
	{ "help", 'h', NULL, 0, "Give this help list", -1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

struct request {
	const char *log;
	struct dramcheck_override *overrides;
	size_t n_overrides, capacity;
	uint64_t max;
	bool slack;
	struct err err; /* the first that is wrong with the words */
};

static void add_override(struct request *r, const char *word)
{
	const char *equals = strchr(word, '=');
	struct dramcheck_override o;
	char *name;

	if (!equals || strncmp(word, PREFIX, strlen(PREFIX)) != 0 ||
	    !parse_u64(equals + 1, strlen(equals + 1), &o.clocks)) {
		err_set(&r->err, ERR_USAGE, "--set: found %s, expected " PREFIX "nX=CLOCKS", word);
		return;
	}
	word += strlen(PREFIX);
	name = xstrndup(word, (size_t)(equals - word));
	for (size_t i = 0; i < r->n_overrides; i++)
		if (strcmp(name, r->overrides[i].name) == 0)
			err_set(&r->err, ERR_USAGE, "--set gives %s twice", name);
	o.name = name;
	GROW(r->overrides, r->n_overrides, r->capacity);
	r->overrides[r->n_overrides++] = o;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct request *r = state->input;

	switch (key) {
	case 's':
		add_override(r, value);
		break;
	case OPT_MAX:
		if (!parse_u64(value, strlen(value), &r->max) || r->max > MAX_MAX)
			err_set(&r->err, ERR_USAGE, "--max: found %s, expected 0 to %d", value,
				MAX_MAX);
		break;
	case OPT_SLACK:
		r->slack = true;
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case ARGP_KEY_ARG:
		if (r->log)
			err_set(&r->err, ERR_USAGE, "one log at a time: found %s and %s", r->log,
				value);
		r->log = value;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool print(const struct buf *text, struct err *err)
{
	struct out *o = out_open("-", err);

	if (!o)
		return false;
	out_write(o, text->data, text->len);
	return out_commit(o, err);
}

static bool run(const struct request *r, bool *is_clean, struct err *err)
{
	struct check_log_options o = { .overrides = r->overrides, .n_overrides = r->n_overrides,
				       .max_told = r->max, .slack = r->slack };
	struct buf text = BUF_INIT;
	uint64_t n = 0;
	bool ok;

	if (!r->log)
		return err_set(err, ERR_USAGE, "no log; see --help");
	ok = check_log(r->log, &o, &text, &n, err) && print(&text, err);
	buf_release(&text);
	*is_clean = n == 0;
	return ok;
}

static void release(struct request *r)
{
	for (size_t i = 0; i < r->n_overrides; i++)
		free((char *)r->overrides[i].name);
	free(r->overrides);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		options, parse_option, "LOG",
		"Judge a log of DRAM commands by the standard it names: states, distances, buses and "
		"refreshes, by tables that share nothing with the model's.  LOG may be -, standard "
		"input, and gzip.\vExit status: 0 no violation; 2 wrong usage; 4 bad log; 5 output "
		"cannot be written; 6 a limit or the host's memory reached; 70 violations, or a head "
		"that differs from the tables; 128+N on signal N.",
		NULL, NULL, NULL
	};
	struct request r = { .max = 20 };
	struct err err = { .code = ERR_NONE };
	bool is_clean = false, ok;

	guard_standard_streams(PROGRAM);
	argp_err_exit_status = ERR_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &r);
	err = r.err;
	ok = err.code == ERR_NONE && run(&r, &is_clean, &err);
	release(&r);
	if (!ok)
		return err_report(&err, PROGRAM);
	return is_clean ? EXIT_SUCCESS : ERR_INTERNAL;
}
