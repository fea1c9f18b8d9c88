/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memsim-sweep: runs a grid of settings, traces and schedules, and puts the results together.
 * Reads the command line and says what the simulation of a point is; the sweep itself is
 * sim/sweep's.
 */
#include <config.h>

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/in.h"
#include "base/mem.h"
#include "base/std_streams.h"
#include "base/units.h"
#include "cli_options.h"
#include "cli_outputs.h"
#include "schedule_run.h"
#include "sweep/pool.h"
#include "sweep/slurm.h"
#include "sweep/sweep.h"
#include "sweep/table.h"
#ifdef HAVE_SQLITE
#include "sweep/db.h"
#endif

#define PROGRAM "memsim-sweep"
#define MAX_WORKERS 1024
#define MAX_PARTS 100000
#define DEFAULT_TASKS 64
#define PROGRAM_MAX_BYTES ((size_t)1 << 30)

const char *argp_program_version = PROGRAM " " PACKAGE_VERSION;

enum {
	OPT_VARY = CLI_OWN,
	OPT_DB,
	OPT_REPORTS,
	OPT_SERIAL,
	OPT_PART,
	OPT_SLURM,
	OPT_SLURM_OPTIONS,
	OPT_SLURM_TASKS,
	OPT_SLURM_WAIT,
};

static const struct argp_option options[] = {
	{ "config", 'c', "FILE", 0,
	  "Machine. A name such as ascend.cfg that is no file here is looked up in "
	  "MEMSIM_CONFIG_PATH and the installed configs", 0 },
	{ "set", 's', "PATH=VALUE", 0, "Override one setting for every point; repeatable", 0 },
	{ "vary", OPT_VARY, "PATH=VALUES", 0,
	  "Vary one setting, or schedule: a list V,V,... or a range FROM:TO:xFACTOR or "
	  "FROM:TO:+STEP, both ends included; several form a grid, the last varying fastest", 0 },
	{ "output", 'o', "FILE", 0,
	  "The CSV; finished points are kept in the folder FILE.points beside it", 0 },
	{ "db", OPT_DB, "FILE", 0, "Also write a SQLite database, table points", 0 },
	{ "reports", OPT_REPORTS, "FOLDER", 0,
	  "Also keep each point's report, with tensors: FOLDER/ROW.json", 0 },
	{ "jobs", 'j', "N", 0, "Points at a time; by default one for each processor", 0 },
	{ "check", CLI_CHECK, NULL, 0, "Audit every run", 0 },
	{ "serial", OPT_SERIAL, NULL, 0,
	  "Also run with compute and with memory at no cost, for serial_movement_fraction", 0 },
	{ "part", OPT_PART, "K/N", 0,
	  "Run only every N-th point from the K-th on, and leave the results to a sweep without "
	  "this option: for several hosts that share a folder", 0 },
	{ "slurm", OPT_SLURM, NULL, 0,
	  "Submit the sweep to Slurm, as an array job and a job that puts the results together", 0 },
	{ "slurm-tasks", OPT_SLURM_TASKS, "N", 0, "Tasks of the array; by default 64", 0 },
	{ "slurm-options", OPT_SLURM_OPTIONS, "TEXT", 0,
	  "Options for sbatch, such as \"--partition=long --cpus-per-task=8\"", 0 },
	{ "slurm-wait", OPT_SLURM_WAIT, NULL, 0, "Wait until the results are there", 0 },
	{ "progress", CLI_PROGRESS, NULL, 0, "Show progress even where there is no terminal", 0 },
	{ "help", 'h', NULL, 0, "Give this help list", -1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

struct request {
	struct cli_options options; /* those that memsim has, too */
	struct grid grid;
	const char *db, *reports, *jobs, *part, *slurm_options, *slurm_tasks; /* as given */
	bool serial, slurm, slurm_wait;
	struct err *err;
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct request *r = state->input;

	if (cli_take_option(&r->options, key, value, state, r->err))
		return 0;
	switch (key) {
	case OPT_VARY:
		if (!r->err->code)
			grid_add_axis(&r->grid, value, r->err);
		break;
	case OPT_DB: cli_set_once(&r->db, "db", value, r->err); break;
	case OPT_REPORTS: cli_set_once(&r->reports, "reports", value, r->err); break;
	case 'j': cli_set_once(&r->jobs, "jobs", value, r->err); break;
	case OPT_PART: cli_set_once(&r->part, "part", value, r->err); break;
	case OPT_SLURM: r->slurm = true; break;
	case OPT_SLURM_WAIT: r->slurm_wait = true; break;
	case OPT_SLURM_OPTIONS:
		cli_set_once(&r->slurm_options, "slurm-options", value, r->err);
		break;
	case OPT_SLURM_TASKS:
		cli_set_once(&r->slurm_tasks, "slurm-tasks", value, r->err);
		break;
	case OPT_SERIAL: r->serial = true; break;
	case ARGP_KEY_ARG: grid_add_trace(&r->grid, value); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The command line. */

/* Input is read again by each worker, and by each start. */
static bool check_inputs(const struct request *r, struct err *err)
{
	const char *output = r->options.output;

	if (strcmp(r->options.config, "-") == 0)
		return err_set(err, ERR_USAGE, "the machine must be a file, not standard input");
	for (size_t i = 0; i < r->grid.n_traces; i++) {
		const char *trace = r->grid.traces[i];

		if (strcmp(trace, "-") == 0)
			return err_set(err, ERR_USAGE, "a trace must be a file, not standard input");
		if (!cli_check_output(output, &trace, 1, err) ||
		    !cli_check_output(r->db, &trace, 1, err))
			return false;
	}
	return cli_check_output(output, &r->options.config, 1, err) &&
	       cli_check_output(r->db, &r->options.config, 1, err) &&
	       cli_check_apart(output, "output", r->db, "db", err);
}

static bool check_request(const struct request *r, struct err *err)
{
	const struct cli_options *o = &r->options;

	if (err->code)
		return false;
	if (!o->config)
		return err_set(err, ERR_USAGE,
			       "no machine; give one with -c FILE, such as -c ascend.cfg");
	if (r->grid.n_traces == 0)
		return err_set(err, ERR_USAGE, "no trace; see --help");
	if (!o->output || strcmp(o->output, "-") == 0)
		return err_set(err, ERR_USAGE,
			       "give the results a file with -o FILE: what is finished is kept "
			       "beside it");
#ifndef HAVE_SQLITE
	if (r->db)
		return err_set(err, ERR_USAGE, "--db: this memsim was built without SQLite");
#endif
	if (!r->slurm && (r->slurm_options || r->slurm_tasks || r->slurm_wait))
		return err_set(err, ERR_USAGE, "--slurm-... are for Slurm; give --slurm");
	if (r->slurm && (r->part || r->jobs))
		return err_set(err, ERR_USAGE, "--slurm gives each task its part and its "
			       "processors; leave out --part and --jobs");
	return check_inputs(r, err);
}

static bool parse_jobs(const char *text, unsigned *out, struct err *err)
{
	uint64_t n = pool_processors();

	if (text && (!parse_u64(text, strlen(text), &n) || n < 1 || n > MAX_WORKERS))
		return err_set(err, ERR_USAGE, "--jobs: found \"%s\", expected 1 to %d", text,
			       MAX_WORKERS);
	*out = (unsigned)min_u64(n, MAX_WORKERS);
	return true;
}

static bool parse_tasks(const char *text, unsigned *out, struct err *err)
{
	uint64_t n = DEFAULT_TASKS;

	if (text && (!parse_u64(text, strlen(text), &n) || n < 1 || n > MAX_PARTS))
		return err_set(err, ERR_USAGE, "--slurm-tasks: found \"%s\", expected 1 to %d",
			       text, MAX_PARTS);
	*out = (unsigned)n;
	return true;
}

static bool parse_part(const char *text, struct sweep_options *o, struct err *err)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	uint64_t part = 1, n = 1;

	if (text && (!slash || !parse_u64(text, (size_t)(slash - text), &part) ||
		     !parse_u64(slash + 1, strlen(slash + 1), &n) || part < 1 || part > n ||
		     n > MAX_PARTS))
		return err_set(err, ERR_USAGE,
			       "--part: found \"%s\", expected K/N with 1 <= K <= N <= %d", text,
			       MAX_PARTS);
	o->part = (unsigned)part;
	o->n_parts = (unsigned)n;
	return true;
}

/* Points. */

/* A program that was built anew may have other results, whatever its version says. */
static void fingerprint(char hex[33])
{
	struct err err = { .code = ERR_NONE };
	struct buf self = BUF_INIT;
	struct hash h;

	hash_init(&h);
	if (in_read_file("/proc/self/exe", PROGRAM_MAX_BYTES, ERR_INPUT, &self, &err))
		hash_add(&h, self.data, self.len);
	hash_hex(&h, hex);
	buf_release(&self);
}

static bool simulate(const struct sweep_point *p, sweep_report_fn report, void *context,
		     struct err *err)
{
	struct schedule_options o = {
		.schedule = p->schedule,
		.check = p->check,
		.serial = p->serial,
	};
	struct report_input in = {
		.version = PACKAGE_VERSION,
		.engine = "fast",
		.graph = p->graph,
		.machine = p->machine,
		.config_hash = p->config_hash,
	};
	struct schedule_run run = { .plan = NULL };
	bool ok = schedule_run(&run, p->graph, p->machine, &o, err);

	if (ok) {
		schedule_run_describe(&run, &o, &in);
		report(context, &in);
	}
	schedule_run_release(&run);
	return ok;
}

static bool run_sweep(const struct request *r, const struct sweep_options *o, struct err *err)
{
	struct sweep s = { .options = NULL };
	size_t n_failed = 0;
	bool ok = sweep_run(&s, o, &r->grid, err) &&
		  (o->n_parts > 1 || table_write(&s, &n_failed, err));

	sweep_release(&s);
	if (ok && n_failed)
		ok = err_set(err, ERR_WORKLOAD, "%s: %zu of %zu points failed; their rows say why",
			     o->output, n_failed, r->grid.n_points);
	return ok;
}

/* This sweep's own words, for the tasks. */
static void add_command(const struct request *r, struct buf *program, struct buf *to)
{
	const struct {
		const char *name, *value;
	} once[] = {
		{ "-c", r->options.config },
		{ "-o", r->options.output },
		{ "--db", r->db },
		{ "--reports", r->reports },
	};
	char *self = realpath("/proc/self/exe", NULL);

	shell_add_word(program, self ? self : PROGRAM);
	free(self);
	for (size_t i = 0; i < ARRAY_SIZE(once); i++) {
		if (once[i].value) {
			shell_add_word(to, once[i].name);
			shell_add_word(to, once[i].value);
		}
	}
	for (size_t i = 0; i < r->options.n_sets; i++) {
		shell_add_word(to, "-s");
		shell_add_word(to, r->options.sets[i]);
	}
	for (size_t i = 0; i < r->grid.n_axes; i++) {
		shell_add_word(to, "--vary");
		shell_add_word(to, r->grid.axes[i].text);
	}
	if (r->options.check)
		shell_add_word(to, "--check");
	if (r->serial)
		shell_add_word(to, "--serial");
	shell_add_word(to, "--");
	for (size_t i = 0; i < r->grid.n_traces; i++)
		shell_add_word(to, r->grid.traces[i]);
}

static bool run_on_slurm(const struct request *r, const struct sweep_options *o, struct err *err)
{
	struct sweep s = { .options = NULL };
	struct buf program = BUF_INIT, arguments = BUF_INIT;
	struct slurm_job job = { .options = r->slurm_options, .wait = r->slurm_wait };
	char array[32], table[32];
	int status = 0;
	bool ok = parse_tasks(r->slurm_tasks, &job.n_parts, err) &&
		  sweep_validate(&s, o, &r->grid, err);

	if (ok) {
		add_command(r, &program, &arguments);
		job.program = program.data;
		job.arguments = arguments.data;
		job.folder = s.folder;
		job.n_parts = (unsigned)min_u64(job.n_parts, r->grid.n_points);
		ok = slurm_submit(&job, array, table, &status, err);
	}
	if (ok)
		printf("array job %s of %u tasks, results by job %s\n", array, job.n_parts, table);
	if (ok && status)
		ok = err_set(err, (enum err_code)status, "%s: job %s ended with status %d; its "
			     "messages are in %s/slurm-table-%s.out", o->output, table, status,
			     s.folder, table);
	buf_release(&program);
	buf_release(&arguments);
	sweep_release(&s);
	return ok;
}

static bool run(struct request *r, struct err *err)
{
	char program[33];
	struct sweep_options o = {
		.version = PACKAGE_VERSION,
		.program = program,
		.config = r->options.config,
		.sets = r->options.sets,
		.n_sets = r->options.n_sets,
		.output = r->options.output,
		.db = r->db,
		.reports = r->reports,
		.check = r->options.check,
		.serial = r->serial,
		.show_progress = cli_shows_progress(&r->options),
		.simulate = simulate,
#ifdef HAVE_SQLITE
		.db_writer = &db_writer,
#endif
	};

	if (!check_request(r, err) || !parse_jobs(r->jobs, &o.n_workers, err) ||
	    !parse_part(r->part, &o, err) || !grid_close(&r->grid, err))
		return false;
	fingerprint(program);
	return r->slurm ? run_on_slurm(r, &o, err) : run_sweep(r, &o, err);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		options, parse_option, "-c CONFIG --vary PATH=VALUES... -o FILE TRACE...",
		"Simulate a grid of settings, traces and schedules, one row of CSV a point. Killed "
		"and started again with the same command, it runs only what is missing.\vExit "
		"status: 0 done; 2 wrong usage; 3 bad configuration; 4 bad trace; 5 output cannot "
		"be written, or another sweep is at work on it; 6 a limit or the host's memory "
		"reached; 7 points failed, and their rows say why; 70 an invariant was violated; "
		"128+N on signal N.",
		NULL, NULL, NULL
	};
	struct err err = { .code = ERR_NONE };
	struct request r = { .err = &err };

	guard_standard_streams(PROGRAM);
	if (cli_check_words(options, argc, argv, &err)) {
		argp_parse(&argp, argc, argv, 0, NULL, &r);
		run(&r, &err);
	}
	grid_release(&r.grid);
	cli_options_release(&r.options);
	return err.code ? err_report(&err, PROGRAM) : EXIT_SUCCESS;
}
