/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads memsim's command line into a struct cli.  The options stand in one table, from
 * which the parser and --help follow; argp does the cutting.  Decides what is wrong
 * usage, and nothing about files or what their contents mean.
 */
#include "memsim_cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"

enum {
	OPT_SERIAL = CLI_OWN,
	OPT_TENSORS,
	OPT_CHANNELS,
	OPT_ENGINE,
	OPT_PLAN,
	OPT_PLAN_OUT,
	OPT_EXPLAIN,
	OPT_TIMELINE,
	OPT_WINDOW,
	OPT_TIMELINE_MAX,
};

static const struct argp_option options[] = {
	CLI_OPTIONS,
	{ "check", CLI_CHECK, NULL, 0,
	  "Audit the run: protocol, conservation of bytes, occupancy, cycle accounts, bounds", 0 },
	{ "schedule", 'S', "LIST", 0,
	  "baseline (each operator its own kernel), trace (the trace's fuse lines; the default), "
	  "auto (memsim chooses the groups), or several, side by side", 0 },
	{ "serial", OPT_SERIAL, NULL, 0,
	  "Also run with compute and with memory at no cost, for serial_movement_fraction", 0 },
	{ "tensors", OPT_TENSORS, NULL, 0, "Report the traffic of each tensor", 0 },
	{ "channels", OPT_CHANNELS, NULL, 0, "Report each memory channel", 0 },
	{ "plan", OPT_PLAN, "FILE", 0, "Replay the commands of a plan file instead of planning", 0 },
	{ "plan-out", OPT_PLAN_OUT, "FILE", 0, "Write the planned commands as a plan file", 0 },
	{ "timeline", OPT_TIMELINE, "FILE", 0,
	  "Write the run as Chrome trace events, for Perfetto or speedscope; compressed if the name "
	  "ends in .gz", 0 },
	{ "timeline-window", OPT_WINDOW, "FROM:TO", 0,
	  "Of the timeline what lies between two times, such as 10us:25us", 0 },
	{ "timeline-max", OPT_TIMELINE_MAX, "SIZE", 0,
	  "The timeline's largest size before compression, such as 64M; by default 1G", 0 },
	{ "explain", OPT_EXPLAIN, NULL, 0,
	  "Report, as text, why operators run in one kernel or in two, and what the other way "
	  "would cost", 0 },
	{ "engine", OPT_ENGINE, "ENGINE", 0, "reference or fast (the default)", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

struct parse {
	struct cli *cli;
	struct err *err;
	const char *schedules, *window, *timeline_max; /* as given */
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct parse *p = state->input;
	struct cli *cli = p->cli;

	if (cli_take_option(&cli->options, key, value, state, p->err))
		return 0;
	switch (key) {
	case 'S': cli_set_once(&p->schedules, "schedule", value, p->err); break;
	case OPT_ENGINE: cli_set_once(&cli->engine, "engine", value, p->err); break;
	case OPT_PLAN: cli_set_once(&cli->plan, "plan", value, p->err); break;
	case OPT_PLAN_OUT:
		cli_set_once(&cli->options.plan_out, "plan-out", value, p->err);
		break;
	case OPT_TIMELINE:
		cli_set_once(&cli->options.timeline, "timeline", value, p->err);
		break;
	case OPT_WINDOW: cli_set_once(&p->window, "timeline-window", value, p->err); break;
	case OPT_TIMELINE_MAX:
		cli_set_once(&p->timeline_max, "timeline-max", value, p->err);
		break;
	case OPT_SERIAL: cli->serial = true; break;
	case OPT_TENSORS: cli->tensors = true; break;
	case OPT_CHANNELS: cli->channels = true; break;
	case OPT_EXPLAIN: cli->explain = true; break;
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

static bool add_schedule(struct cli *cli, const char *name, struct err *err)
{
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
	return err_set(err, ERR_USAGE, "--schedule: found \"%s\", expected baseline, trace or auto",
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

static bool is_stdin(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

static bool check_plan_options(const struct cli *cli, const struct parse *p, struct err *err)
{
	if (cli->plan && p->schedules)
		return err_set(err, ERR_USAGE,
			       "--plan replays the plan's own schedule; leave --schedule out");
	if (is_stdin(cli->plan) && (is_stdin(cli->trace) || is_stdin(cli->options.config)))
		return err_set(err, ERR_USAGE, "plan and %s are both standard input",
			       is_stdin(cli->trace) ? "trace" : "machine");
	if (cli->options.plan_out && cli->n_schedules > 1)
		return err_set(err, ERR_USAGE,
			       "--plan-out is the plan of one run; name one schedule");
	return true;
}

static bool parse_window(const char *text, struct timeline_options *o, struct err *err)
{
	const char *colon = strchr(text, ':'), *why = "expected FROM:TO, such as 10us:25us";
	char *from = xstrndup(text, strcspn(text, ":"));
	bool ok = colon && parse_quantity(from, Q_PS, &o->from_ps, &why) &&
		  parse_quantity(colon + 1, Q_PS, &o->to_ps, &why);

	free(from);
	if (ok && o->from_ps >= o->to_ps) {
		why = "expected FROM before TO";
		ok = false;
	}
	return ok || err_set(err, ERR_USAGE, "--timeline-window: found \"%s\": %s", text, why);
}

static bool check_timeline(struct cli *cli, const struct parse *p, struct err *err)
{
	struct timeline_options *o = &cli->timeline;
	const char *why = "expected a size such as 64M";

	*o = (struct timeline_options){ .to_ps = UINT64_MAX, .max_bytes = TIMELINE_MAX_BYTES };
	if ((p->window || p->timeline_max) && !cli->options.timeline)
		return err_set(err, ERR_USAGE, "--timeline-%s is of a timeline; give --timeline",
			       p->window ? "window" : "max");
	if (cli->options.timeline && cli->n_schedules > 1)
		return err_set(err, ERR_USAGE, "--timeline shows one run; name one schedule");
	if (p->window && !parse_window(p->window, o, err))
		return false;
	if (p->timeline_max && !parse_quantity(p->timeline_max, Q_BYTES, &o->max_bytes, &why))
		return err_set(err, ERR_USAGE, "--timeline-max: found \"%s\": %s", p->timeline_max,
			       why);
	return true;
}

static bool check_cli(struct cli *cli, const struct parse *p, struct err *err)
{
	if (!cli_check_options(&cli->options, "trace", cli->trace, err))
		return false;
	cli->print = report_format_find(cli->options.format);
	if (!cli->print)
		return err_set(err, ERR_USAGE, "--format: found \"%s\", expected text, json or csv",
			       cli->options.format);
	if (strcmp(cli->engine, "fast") != 0 && strcmp(cli->engine, "reference") != 0)
		return err_set(err, ERR_USAGE, "--engine: found \"%s\", expected reference or fast",
			       cli->engine);
	if (!parse_schedules(cli, p->schedules ? p->schedules : schedule_name(SCHEDULE_TRACE),
			     err) ||
	    !check_plan_options(cli, p, err) || !check_timeline(cli, p, err))
		return false;
	if (cli->explain && (cli->plan || strcmp(cli->options.format, "text") != 0))
		return err_set(err, ERR_USAGE,
			       "--explain is text about schedules; leave out --plan and --format");
	if (cli->options.dram_log && cli->n_schedules > 1)
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
		"trace or plan; 5 output cannot be written; 6 a limit or the host's memory "
		"reached; 7 the workload cannot run on this machine; 70 an invariant or a --check audit was "
		"violated; 128+N on signal N.",
		NULL, NULL, NULL
	};
	struct parse p = { .cli = cli, .err = err };

	*cli = (struct cli){ 0 };
	if (!cli_check_words(options, argc, argv, err))
		return false;
	argp_parse(&argp, argc, argv, 0, NULL, &p);
	if (err->code)
		return false;
	cli->engine = cli->engine ? cli->engine : "fast";
	return check_cli(cli, &p, err);
}

void cli_release(struct cli *cli)
{
	cli_options_release(&cli->options);
}
