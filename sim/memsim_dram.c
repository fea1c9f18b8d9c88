/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memsim-dram: replays a raw stream of memory requests on a machine's memory alone, and reports
 * where its bandwidth went.  Joins machine, stream, replay and report; decides nothing about
 * them.  Nothing is written before the whole stream is read and every access is done.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/std_streams.h"
#include "cli_outputs.h"
#include "config/config.h"
#include "replay/replay.h"
#include "report/replay_report.h"
#include "run/audit_memory.h"
#include "run/dram_log.h"

#define PROGRAM "memsim-dram"

const char *argp_program_version = PROGRAM " " PACKAGE_VERSION;

enum { OPT_GENERATE = CLI_OWN, OPT_ENGINE };

static const struct argp_option options[] = {
	CLI_OPTIONS,
	{ "check", CLI_CHECK, NULL, 0,
	  "Audit the run: every command against the standard, conservation of bytes, cycle "
	  "accounts", 0 },
	{ "generate", OPT_GENERATE, "KIND:COUNT", 0,
	  "Make the stream instead of reading it: COUNT accesses (suffixes K, M, G) of seqrd, "
	  "seqwr, copy, rand, stride, mix, il8, il8s, tile, rand32 or mix32", 0 },
	{ "engine", OPT_ENGINE, "ENGINE", 0, "reference or fast (the default)", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

struct job {
	struct cli_options options;
	const char *path, *generate; /* of the stream: one of them */
	const char *engine;
	replay_report_fn print;
	struct machine machine;
	struct config_source source;
	struct stream *stream;
	struct cli_outputs outputs;
	struct dram_log *log;
	struct audit_memory *audit;
	struct replay_result result;
};

/* The command line. */

struct parse {
	struct job *job;
	struct err *err;
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct parse *p = state->input;
	struct job *j = p->job;

	if (cli_take_option(&j->options, key, value, state, p->err))
		return 0;
	switch (key) {
	case OPT_GENERATE: cli_set_once(&j->generate, "generate", value, p->err); break;
	case OPT_ENGINE: cli_set_once(&j->engine, "engine", value, p->err); break;
	case ARGP_KEY_ARG:
		if (j->path)
			err_set(p->err, ERR_USAGE, "one stream at a time: found %s and %s",
				j->path, value);
		j->path = value;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool check_options(struct job *j, struct err *err)
{
	const char *stream = j->path ? j->path : j->generate;

	if (j->path && j->generate)
		return err_set(err, ERR_USAGE, "one stream at a time: found --generate %s and %s",
			       j->generate, j->path);
	if (!cli_check_options(&j->options, "stream", stream, err))
		return false;
	j->engine = j->engine ? j->engine : "fast";
	if (strcmp(j->engine, "fast") != 0 && strcmp(j->engine, "reference") != 0)
		return err_set(err, ERR_USAGE, "--engine: found \"%s\", expected reference or fast",
			       j->engine);
	j->print = replay_format_find(j->options.format);
	return j->print || err_set(err, ERR_USAGE,
				   "--format: found \"%s\", expected text, json or csv",
				   j->options.format);
}

static bool parse_command_line(struct job *j, int argc, char **argv, struct err *err)
{
	static const struct argp argp = {
		options, parse_option,
		"-c CONFIG STREAM\n-c CONFIG --generate KIND:COUNT\n-c CONFIG --print-config",
		"Replay a stream of memory requests on the memory of a machine, and report where its "
		"bandwidth went.\vA stream has a request a line: \"R ADDR [TICK]\" (also W, LD, "
		"ST) or \"ADDR READ|WRITE TICK\", plain or gzip; - is standard input. Exit "
		"status: 0 done; 2 wrong usage; 3 bad configuration; 4 bad stream; 5 output cannot "
		"be written; 6 a limit or the host's memory reached; 7 no progress possible; 70 an "
		"invariant or a --check audit was violated; 128+N on signal N.",
		NULL, NULL, NULL
	};
	struct parse p = { .job = j, .err = err };

	if (!cli_check_words(options, argc, argv, err))
		return false;
	argp_parse(&argp, argc, argv, 0, NULL, &p);
	return !err->code && check_options(j, err);
}

/* Running. */

static void watch_command(void *context, const struct dram_command *c)
{
	struct job *j = context;

	if (j->audit)
		audit_memory_command(j->audit, c);
	if (j->log)
		dram_log_command(j->log, c);
}

static void show_progress(void *context, uint64_t n_accesses, uint64_t now_ps)
{
	const struct job *j = context;

	fprintf(stderr, "\r" PROGRAM ": %s: %" PRIu64 " accesses, %" PRIu64 " us simulated ",
		stream_kind(j->stream), n_accesses, now_ps / 1000000);
}

static bool replay(struct job *j, struct err *err)
{
	struct replay_options o = { .is_reference = strcmp(j->engine, "reference") == 0 };
	bool ok;

	if (j->audit || j->log) {
		o.watch = watch_command;
		o.watch_context = j;
	}
	if (cli_shows_progress(&j->options)) {
		o.progress = show_progress;
		o.progress_context = j;
	}
	ok = replay_run(&j->machine, j->stream, &o, &j->result, err);
	cli_clear_progress(&j->options);
	return ok;
}

static bool check_result(struct job *j, struct err *err)
{
	const struct replay_result *r = &j->result;
	const struct audit_memory_totals totals = {
		.end_ps = r->end_ps,
		.asked_reads = r->reads,
		.asked_writes = r->writes,
		.hbm = &r->hbm,
		.channels = r->channels,
		.n_channels = r->n_channels,
	};

	return !j->audit || audit_memory_close(j->audit, &totals, err);
}

static bool write_report(struct job *j, struct err *err)
{
	struct buf text = BUF_INIT;
	char hash[33];
	struct replay_report in = {
		.version = PACKAGE_VERSION,
		.engine = j->engine,
		.stream_kind = stream_kind(j->stream),
		.stream_hash = hash,
		.reads = j->result.reads,
		.writes = j->result.writes,
		.machine = &j->machine,
		.config_hash = j->source.hash,
		.overrides = j->options.sets,
		.n_overrides = j->options.n_sets,
		.hbm = &j->result.hbm,
		.channels = j->result.channels,
		.n_channels = j->result.n_channels,
	};
	bool ok;

	stream_hash(j->stream, hash);
	j->print(&text, &in);
	ok = cli_outputs_commit(&j->outputs, &text, err);
	buf_release(&text);
	return ok;
}

/* Not in the report, which both engines write alike. */
static void print_stats(const struct replay_result *r)
{
	fprintf(stderr, PROGRAM ": engine: events %" PRIu64 "\n", r->events);
#define X(name, help) \
	if (r->is_fast) \
		fprintf(stderr, PROGRAM ": engine: " #name " %" PRIu64 "\n", r->served.name);
	RAM21_SERVED_LIST(X)
#undef X
}

static bool open_outputs(struct job *j, struct err *err)
{
	const char *const inputs[] = { j->options.config, j->source.path, j->path };

	return cli_outputs_open(&j->outputs, &j->options, inputs, ARRAY_SIZE(inputs), err);
}

static bool print_config(struct job *j, struct err *err)
{
	struct buf text = BUF_INIT;
	bool ok;

	config_print(&j->machine, &text);
	ok = open_outputs(j, err) && cli_outputs_commit(&j->outputs, &text, err);
	buf_release(&text);
	return ok;
}

static struct stream *open_stream(const struct job *j, struct err *err)
{
	uint64_t bytes = machine_hbm_bytes(&j->machine);

	return j->generate ? stream_generate(j->generate, machine_burst_bytes(&j->machine), bytes,
					     err)
			   : stream_open(j->path, bytes, err);
}

static bool run_all(struct job *j, struct err *err)
{
	const struct cli_options *o = &j->options;

	if (!config_load(o->config, o->sets, o->n_sets, &j->machine, &j->source, err) ||
	    !memory_check(&j->machine, err))
		return false;
	if (o->print_config)
		return print_config(j, err);
	j->stream = open_stream(j, err);
	if (!j->stream || !open_outputs(j, err))
		return false;
	j->audit = o->check ? audit_memory_new(&j->machine) : NULL;
	j->log = j->outputs.log ? dram_log_new(&j->machine, j->outputs.log) : NULL;
	if (!replay(j, err) || !check_result(j, err))
		return false;
	dram_log_free(j->log);
	j->log = NULL;
	if (!write_report(j, err))
		return false;
	if (o->stats)
		print_stats(&j->result);
	return true;
}

static void job_release(struct job *j)
{
	dram_log_free(j->log);
	cli_outputs_discard(&j->outputs);
	audit_memory_free(j->audit);
	stream_close(j->stream);
	replay_result_release(&j->result);
	config_source_release(&j->source);
	cli_options_release(&j->options);
}

int main(int argc, char **argv)
{
	struct job j = { 0 };
	struct err err = { 0 };

	guard_standard_streams(PROGRAM);
	if (parse_command_line(&j, argc, argv, &err) && !run_all(&j, &err))
		config_add_place(&j.source, &err);
	job_release(&j);
	return err.code ? err_report(&err, PROGRAM) : EXIT_SUCCESS;
}
