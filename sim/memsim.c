/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memsim: reads a machine and a trace, plans and simulates each schedule, and writes
 * the report.  Joins the stages in their order and turns errors into exit statuses;
 * decides nothing about them.  Nothing is written before everything is known.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/out.h"
#include "config/config.h"
#include "memsim_cli.h"
#include "model/memory.h"
#include "run/audit.h"
#include "run/dram_log.h"
#include "run/run.h"
#include "trace/trace.h"

#define PROGRAM "memsim"

const char *argp_program_version = PROGRAM " " PACKAGE_VERSION;

/* A schedule's plan and run; kept until the report is written. */
struct schedule_run {
	struct plan *plan;
	const struct kernel **kernels;
	struct result result;
	uint64_t movement_ps, compute_ps; /* --serial */
};

struct session {
	struct cli cli;
	struct machine machine;
	struct config_source source;
	struct graph *graph;
	struct out *report, *log;
	struct schedule_run runs[N_SCHEDULES];
};

/* A closed standard stream would be given to the next file opened: put there what fails
 * every use of it instead. */
static void occupy_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

/* At exit: what --help and --version printed must have arrived. */
static void close_standard_output(void)
{
	bool failed = ferror(stdout) != 0;

	if (fclose(stdout) != 0 || failed) {
		fprintf(stderr, PROGRAM ": standard output: cannot write: %s\n", strerror(errno));
		_exit(ERR_OUTPUT);
	}
}

/* Outputs. */

static bool is_file(const char *path)
{
	return path && strcmp(path, "-") != 0;
}

/* The same name in the same folder, or one file by two names; neither need exist. */
static bool same_target(const char *a, const char *b)
{
	char *a1 = xstrdup(a), *a2 = xstrdup(a), *b1 = xstrdup(b), *b2 = xstrdup(b);
	bool same = same_file(a, b) || (same_file(dirname(a1), dirname(b1)) &&
					strcmp(basename(a2), basename(b2)) == 0);

	free(a1);
	free(a2);
	free(b1);
	free(b2);
	return same;
}

static bool check_output(const char *output, const struct session *s, struct err *err)
{
	const char *const inputs[] = {s->cli.config, s->source.path, s->cli.trace};

	for (size_t i = 0; is_file(output) && i < ARRAY_SIZE(inputs); i++) {
		if (is_file(inputs[i]) && same_file(output, inputs[i]))
			return err_set(err, ERR_USAGE,
				       "%s: the output would overwrite the input %s", output,
				       inputs[i]);
	}
	return true;
}

static bool open_outputs(struct session *s, struct err *err)
{
	const struct cli *cli = &s->cli;

	if (!check_output(cli->output, s, err) || !check_output(cli->dram_log, s, err))
		return false;
	if (cli->dram_log && (strcmp(cli->dram_log, cli->output) == 0 ||
			      (is_file(cli->dram_log) && is_file(cli->output) &&
			       same_target(cli->dram_log, cli->output))))
		return err_set(err, ERR_USAGE, "--output and --dram-log are both %s", cli->output);
	s->report = out_open(cli->output, err);
	if (s->report && cli->dram_log)
		s->log = out_open(cli->dram_log, err);
	return s->report && (s->log || !cli->dram_log);
}

static bool write_report(struct session *s, const struct buf *text, struct err *err)
{
	struct out *o = s->report;

	out_write(o, text->data, text->len);
	s->report = NULL;
	return out_commit(o, err);
}

/* Progress. */

struct progress {
	const char *schedule;
};

static void show_progress(void *context, size_t kernel, size_t n_kernels)
{
	const struct progress *p = context;
	char bar[31];
	size_t filled = kernel * (sizeof(bar) - 1) / n_kernels;

	memset(bar, '.', sizeof(bar) - 1);
	memset(bar, '#', filled);
	bar[sizeof(bar) - 1] = '\0';
	fprintf(stderr, "\r" PROGRAM ": %s [%s] kernel %zu of %zu ", p->schedule, bar, kernel + 1,
		n_kernels);
}

static bool shows_progress(const struct cli *cli)
{
	return cli->progress || isatty(STDERR_FILENO);
}

static void clear_progress(const struct cli *cli)
{
	if (shows_progress(cli))
		fputs("\r\033[K", stderr);
}

/* Running. */

static bool simulate(struct session *s, struct plan *plan, struct run_options *options,
		     const char *schedule, struct result *out, struct err *err)
{
	struct progress progress = {schedule};
	bool ok;

	if (shows_progress(&s->cli)) {
		options->progress = show_progress;
		options->progress_context = &progress;
	}
	ok = run_simulation(s->graph, &s->machine, plan, options, out, err);
	clear_progress(&s->cli);
	return ok;
}

/* Sum over kernels of a run in which one side is free; launch and gap excluded. */
static bool serial_time(struct session *s, enum schedule schedule, struct run_options options,
			uint64_t *sum_ps, struct err *err)
{
	struct plan *plan = plan_new(s->graph, &s->machine, schedule, err);
	struct result result = { 0 };
	bool ok = plan && simulate(s, plan, &options, schedule_name(schedule), &result, err);

	*sum_ps = 0;
	for (size_t k = 0; ok && k < result.n_kernels; k++)
		*sum_ps += result.kernels[k].end_ps - result.kernels[k].release_ps;
	result_free(&result);
	plan_free(plan);
	return ok;
}

static bool run_serial(struct session *s, enum schedule schedule, struct schedule_run *run,
		       struct err *err)
{
	return serial_time(s, schedule, (struct run_options){.compute_is_free = true},
			   &run->movement_ps, err) &&
	       serial_time(s, schedule, (struct run_options){.memory_is_free = true},
			   &run->compute_ps, err);
}

static bool run_audited(struct session *s, enum schedule schedule, struct schedule_run *run,
			struct err *err)
{
	struct dram_log *log = s->log ? dram_log_new(&s->machine, s->log) : NULL;
	struct audit *audit = s->cli.check ? audit_new(s->graph, &s->machine) : NULL;
	struct run_options options = {
		.audit = audit,
		.dram_log = log ? dram_log_command : NULL,
		.dram_log_context = log,
	};
	bool ok = simulate(s, run->plan, &options, schedule_name(schedule), &run->result, err);

	if (ok && audit)
		ok = audit_close(audit, run->plan, &run->result, err);
	audit_free(audit);
	dram_log_free(log);
	return ok;
}

static bool run_schedule(struct session *s, enum schedule schedule, struct schedule_run *run,
			 struct err *err)
{
	run->plan = plan_new(s->graph, &s->machine, schedule, err);
	if (!run->plan || !run_audited(s, schedule, run, err))
		return false;
	if (s->cli.serial && !run_serial(s, schedule, run, err))
		return false;
	run->kernels = xcalloc(plan_n_kernels(run->plan) + 1, sizeof(*run->kernels));
	for (size_t k = 0; k < plan_n_kernels(run->plan); k++)
		run->kernels[k] = plan_kernel(run->plan, k);
	return true;
}

static void describe_run(const struct session *s, size_t i, struct report_input *in)
{
	const struct schedule_run *run = &s->runs[i];

	*in = (struct report_input){
		.version = PACKAGE_VERSION,
		.schedule = schedule_name(s->cli.schedules[i]),
		.engine = s->cli.engine,
		.graph = s->graph,
		.machine = &s->machine,
		.config_hash = s->source.hash,
		.overrides = s->cli.sets,
		.n_overrides = s->cli.n_sets,
		.kernels = run->kernels,
		.weight_bytes = plan_weight_bytes(run->plan),
		.memory_peak_bytes = plan_hbm_peak_bytes(run->plan),
		.result = &run->result,
		.has_serial = s->cli.serial,
		.serial_movement_ps = run->movement_ps,
		.serial_compute_ps = run->compute_ps,
		.with_tensors = s->cli.tensors,
	};
}

/* The log first: with the report its output is complete. */
static bool write_outputs(struct session *s, struct err *err)
{
	struct report_input inputs[N_SCHEDULES];
	struct buf text = BUF_INIT;
	struct out *log = s->log;
	bool ok;

	for (size_t i = 0; i < s->cli.n_schedules; i++)
		describe_run(s, i, &inputs[i]);
	s->cli.print(&text, inputs, s->cli.n_schedules);
	s->log = NULL;
	ok = (!log || out_commit(log, err)) && write_report(s, &text, err);
	buf_release(&text);
	return ok;
}

static bool print_config(struct session *s, struct err *err)
{
	struct buf text = BUF_INIT;
	bool ok;

	config_print(&s->machine, &text);
	ok = open_outputs(s, err) && write_report(s, &text, err);
	buf_release(&text);
	return ok;
}

static bool run_all(struct session *s, struct err *err)
{
	struct cli *cli = &s->cli;

	if (!config_load(cli->config, cli->sets, cli->n_sets, &s->machine, &s->source, err) ||
	    !memory_check(&s->machine, err))
		return false;
	if (cli->print_config)
		return print_config(s, err);
	s->graph = trace_read(cli->trace, err);
	if (!s->graph || !open_outputs(s, err))
		return false;
	for (size_t i = 0; i < cli->n_schedules; i++) {
		if (!run_schedule(s, cli->schedules[i], &s->runs[i], err))
			return false;
	}
	return write_outputs(s, err);
}

static void session_release(struct session *s)
{
	out_discard(s->report);
	out_discard(s->log);
	for (size_t i = 0; i < ARRAY_SIZE(s->runs); i++) {
		result_free(&s->runs[i].result);
		free(s->runs[i].kernels);
		plan_free(s->runs[i].plan);
	}
	graph_free(s->graph);
	config_source_release(&s->source);
	cli_release(&s->cli);
}

int main(int argc, char **argv)
{
	struct session s = { 0 };
	struct err err = { 0 };

	occupy_standard_streams();
	signal(SIGXFSZ, SIG_IGN); /* over the limit of file sizes: an error of the write */
	atexit(close_standard_output);
	if (cli_parse(&s.cli, argc, argv, &err) && !run_all(&s, &err))
		config_add_place(&s.source, &err);
	session_release(&s);
	return err.code ? err_report(&err, PROGRAM) : EXIT_SUCCESS;
}
