/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads memsim's command line into a struct cli.  The options stand in one table, from
 * which the parser and --help follow; argp does the cutting.  Decides what is wrong
 * usage, and nothing about files or what their contents mean.
 */
#include "memsim_cli.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/names.h"

enum {
	OPT_CHECK = 256,
	OPT_SERIAL,
	OPT_TENSORS,
	OPT_PRINT_CONFIG,
	OPT_DRAM_LOG,
	OPT_ENGINE,
	OPT_PROGRESS,
};

static const struct argp_option options[] = {
	{ "config", 'c', "FILE", 0,
	  "Machine. A name such as ascend.cfg or dram/hbm3.cfg that is no file here is looked up in "
	  "MEMSIM_CONFIG_PATH and the installed configs", 0 },
	{ "set", 's', "PATH=VALUE", 0,
	  "Override one setting, such as scratchpad.bytes=4M; repeatable", 0 },
	{ "schedule", 'S', "LIST", 0,
	  "baseline (each operator its own kernel), trace (the trace's fuse lines; the default), "
	  "or both, side by side", 0 },
	{ "format", 'f', "FORMAT", 0, "text (the default), json or csv", 0 },
	{ "output", 'o', "FILE", 0, "Where the report goes; - is standard output", 0 },
	{ "check", OPT_CHECK, NULL, 0,
	  "Audit the run: protocol, conservation of bytes, occupancy, cycle accounts, bounds", 0 },
	{ "serial", OPT_SERIAL, NULL, 0,
	  "Also run with compute and with memory at no cost, for serial_movement_fraction", 0 },
	{ "tensors", OPT_TENSORS, NULL, 0, "Report the traffic of each tensor", 0 },
	{ "print-config", OPT_PRINT_CONFIG, NULL, 0,
	  "Print the complete effective machine; simulate nothing", 0 },
	{ "dram-log", OPT_DRAM_LOG, "FILE", 0, "Write every DRAM command", 0 },
	{ "engine", OPT_ENGINE, "ENGINE", 0, "reference or fast (the default)", 0 },
	{ "progress", OPT_PROGRESS, NULL, 0, "Show progress even where there is no terminal", 0 },
	{ "help", 'h', NULL, 0, "Give this help list", -1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

struct parse {
	struct cli *cli;
	struct err *err;
	const char *schedules, *format; /* as given */
};

/* A value that an option may have once: a script that gives it twice has a slip in it. */
static void set_once(struct parse *p, const char **to, const char *name, const char *value)
{
	if (*to && strcmp(*to, value) != 0)
		err_set(p->err, ERR_USAGE, "--%s is given twice: %s and %s", name, *to, value);
	*to = value;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct parse *p = state->input;
	struct cli *cli = p->cli;

	switch (key) {
	case 'c': set_once(p, &cli->config, "config", value); break;
	case 'S': set_once(p, &p->schedules, "schedule", value); break;
	case 'f': set_once(p, &p->format, "format", value); break;
	case 'o': set_once(p, &cli->output, "output", value); break;
	case OPT_DRAM_LOG: set_once(p, &cli->dram_log, "dram-log", value); break;
	case OPT_ENGINE: set_once(p, &cli->engine, "engine", value); break;
	case OPT_CHECK: cli->check = true; break;
	case OPT_SERIAL: cli->serial = true; break;
	case OPT_TENSORS: cli->tensors = true; break;
	case OPT_PRINT_CONFIG: cli->print_config = true; break;
	case OPT_PROGRESS: cli->progress = true; break;
	case 's':
		GROW(cli->sets, cli->n_sets, cli->sets_capacity);
		cli->sets[cli->n_sets++] = value;
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	case ARGP_KEY_ARG:
		if (cli->trace)
			err_set(p->err, ERR_USAGE, "one trace at a time: found %s and %s",
				cli->trace, value);
		cli->trace = value;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The table's row for "--NAME" or "--NAME=VALUE": the name itself or a beginning of it. */
static const struct argp_option *find_long(const char *name, size_t len)
{
	for (const struct argp_option *o = options; o->name; o++) {
		if (strncmp(o->name, name, len) == 0)
			return o;
	}
	return NULL;
}

static bool unknown_option(const char *arg, size_t len, struct err *err)
{
	char *name = xstrndup(arg, len);
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (const struct argp_option *o = options; o->name; o++)
		nearest_offer(&nearest, o->name);
	if (nearest.best)
		err_set(err, ERR_USAGE, "unknown option --%s; did you mean --%s?", name,
			nearest.best);
	else
		err_set(err, ERR_USAGE, "unknown option --%s; see --help", name);
	free(name);
	return false;
}

static bool takes_value(const char *arg)
{
	size_t len = strlen(arg);

	for (const struct argp_option *o = options; o->name; o++) {
		if (o->arg && arg[0] == '-' && len == 2 && o->key == arg[1])
			return true;
		if (o->arg && strncmp(arg, "--", 2) == 0 && strcmp(arg + 2, o->name) == 0)
			return true;
	}
	return false;
}

/* What argp would take silently, or refuse without naming the nearest option. */
static bool check_words(int argc, char **argv, struct err *err)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *arg = argv[i];
		size_t len = strncmp(arg, "--", 2) == 0 ? strcspn(arg + 2, "=") : 0;
		bool is_builtin = len && (strncmp("version", arg + 2, len) == 0 ||
					  strncmp("usage", arg + 2, len) == 0);

		if (len && !is_builtin && !find_long(arg + 2, len))
			return unknown_option(arg + 2, len, err);
		if (!takes_value(arg))
			continue;
		if (i + 1 == argc)
			return err_set(err, ERR_USAGE, "option %s needs a value", arg);
		if (strncmp(argv[i + 1], "--", 2) == 0)
			return err_set(err, ERR_USAGE, "option %s needs a value, found %s", arg,
				       argv[i + 1]);
		i++;
	}
	return true;
}

static bool add_schedule(struct cli *cli, const char *name, struct err *err)
{
	if (strcmp(name, "auto") == 0)
		return err_set(err, ERR_USAGE,
			       "--schedule auto is not available yet; use baseline or trace");
	for (unsigned s = 0; s < N_SCHEDULES; s++) {
		if (strcmp(name, schedule_name((enum schedule)s)) != 0)
			continue;
		for (size_t i = 0; i < cli->n_schedules; i++) {
			if (cli->schedules[i] == (enum schedule)s)
				return err_set(err, ERR_USAGE, "--schedule names %s twice", name);
		}
		cli->schedules[cli->n_schedules++] = (enum schedule)s;
		return true;
	}
	return err_set(err, ERR_USAGE, "--schedule: found \"%s\", expected baseline or trace",
		       name);
}

static bool parse_schedules(struct cli *cli, const char *list, struct err *err)
{
	bool ok = true;

	for (const char *at = list; ok; at++) {
		size_t len = strcspn(at, ",");
		char *name = xstrndup(at, len);

		ok = add_schedule(cli, name, err);
		free(name);
		at += len;
		if (!*at)
			break;
	}
	return ok;
}

static bool check_cli(struct cli *cli, const struct parse *p, struct err *err)
{
	if (!cli->config)
		return err_set(err, ERR_USAGE,
			       "no machine; give one with -c FILE, such as -c ascend.cfg");
	if (!cli->print_config && !cli->trace)
		return err_set(err, ERR_USAGE, "no trace; see --help");
	if (cli->print_config && cli->trace)
		return err_set(err, ERR_USAGE, "--print-config takes no trace, found %s",
			       cli->trace);
	if (cli->trace && strcmp(cli->trace, "-") == 0 && strcmp(cli->config, "-") == 0)
		return err_set(err, ERR_USAGE, "machine and trace are both standard input");
	cli->print = report_format_find(p->format);
	if (!cli->print)
		return err_set(err, ERR_USAGE, "--format: found \"%s\", expected text, json or csv",
			       p->format);
	if (strcmp(cli->engine, "fast") != 0 && strcmp(cli->engine, "reference") != 0)
		return err_set(err, ERR_USAGE, "--engine: found \"%s\", expected reference or fast",
			       cli->engine);
	if (!parse_schedules(cli, p->schedules, err))
		return false;
	if (cli->dram_log && cli->n_schedules > 1)
		return err_set(err, ERR_USAGE,
			       "--dram-log is the log of one run; name one schedule");
	return true;
}

bool cli_parse(struct cli *cli, int argc, char **argv, struct err *err)
{
	static const struct argp argp = {
		options, parse_option, "-c CONFIG TRACE\n-c CONFIG --print-config",
		"Simulate the trace of a model on a machine, and report where every cycle and "
		"every byte went.\vExit status: 0 done; 2 wrong usage; 3 bad configuration; 4 bad "
		"trace; 5 output cannot be written; 6 a limit or the host's memory reached; 7 the "
		"workload cannot run on this machine; 70 an invariant or a --check audit was "
		"violated; 128+N on signal N.",
		NULL, NULL, NULL
	};
	struct parse p = { .cli = cli, .err = err };

	*cli = (struct cli){ 0 };
	argp_err_exit_status = ERR_USAGE;
	if (argc < 1)
		return err_set(err, ERR_USAGE, "started without arguments");
	if (!check_words(argc, argv, err))
		return false;
	argp_parse(&argp, argc, argv, 0, NULL, &p);
	if (err->code)
		return false;
	p.schedules = p.schedules ? p.schedules : schedule_name(SCHEDULE_TRACE);
	p.format = p.format ? p.format : "text";
	cli->output = cli->output ? cli->output : "-";
	cli->engine = cli->engine ? cli->engine : "fast";
	return check_cli(cli, &p, err);
}

void cli_release(struct cli *cli)
{
	free(cli->sets);
}
