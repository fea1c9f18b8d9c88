/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memsim: reads a machine and a trace, plans and simulates each schedule, and writes
 * the report.  Joins the stages in their order and turns errors into exit statuses;
 * decides nothing about them.  Nothing is written before everything is known.
 */
#include <config.h>

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/out.h"
#include "base/std_streams.h"
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

struct job {
	struct cli cli;
	struct machine machine;
	struct config_source source;
	struct graph *graph;
	struct out *report, *log;
	struct schedule_run runs[N_SCHEDULES];
};

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

static bool check_output(const char *output, const struct job *j, struct err *err)
{
	const char *const inputs[] = {j->cli.config, j->source.path, j->cli.trace};

	for (size_t i = 0; is_file(output) && i < ARRAY_SIZE(inputs); i++) {
		if (is_file(inputs[i]) && same_file(output, inputs[i]))
			return err_set(err, ERR_USAGE,
				       "%s: the output would overwrite the input %s", output,
				       inputs[i]);
	}
	return true;
}

static bool open_outputs(struct job *j, struct err *err)
{
	const struct cli *cli = &j->cli;

	if (!check_output(cli->output, j, err) || !check_output(cli->dram_log, j, err))
		return false;
	if (cli->dram_log && (strcmp(cli->dram_log, cli->output) == 0 ||
			      (is_file(cli->dram_log) && is_file(cli->output) &&
			       same_target(cli->dram_log, cli->output))))
		return err_set(err, ERR_USAGE, "--output and --dram-log are both %s", cli->output);
	j->report = out_open(cli->output, err);
	if (j->report && cli->dram_log)
		j->log = out_open(cli->dram_log, err);
	return j->report && (j->log || !cli->dram_log);
}

static bool write_report(struct job *j, const struct buf *text, struct err *err)
{
	struct out *o = j->report;

	out_write(o, text->data, text->len);
	j->report = NULL;
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

static bool simulate(struct job *j, struct plan *plan, struct run_options *options,
		     const char *schedule, struct result *out, struct err *err)
{
	struct progress progress = {schedule};
	bool ok;

	if (shows_progress(&j->cli)) {
		options->progress = show_progress;
		options->progress_context = &progress;
	}
	ok = run_simulation(j->graph, &j->machine, plan, options, out, err);
	clear_progress(&j->cli);
	return ok;
}

/* Sum over kernels of a run in which one side is free; launch and gap excluded. */
static bool serial_time(struct job *j, enum schedule schedule, struct run_options options,
			uint64_t *sum_ps, struct err *err)
{
	struct plan *plan = plan_new(j->graph, &j->machine, schedule, err);
	struct result result = { 0 };
	bool ok = plan && simulate(j, plan, &options, schedule_name(schedule), &result, err);

	*sum_ps = 0;
	for (size_t k = 0; ok && k < result.n_kernels; k++)
		*sum_ps += result.kernels[k].end_ps - result.kernels[k].release_ps;
	result_free(&result);
	plan_free(plan);
	return ok;
}

static bool run_serial(struct job *j, enum schedule schedule, struct schedule_run *run,
		       struct err *err)
{
	return serial_time(j, schedule, (struct run_options){.compute_is_free = true},
			   &run->movement_ps, err) &&
	       serial_time(j, schedule, (struct run_options){.memory_is_free = true},
			   &run->compute_ps, err);
}

static bool run_audited(struct job *j, enum schedule schedule, struct schedule_run *run,
			struct err *err)
{
	struct dram_log *log = j->log ? dram_log_new(&j->machine, j->log) : NULL;
	struct audit *audit = j->cli.check ? audit_new(j->graph, &j->machine) : NULL;
	struct run_options options = {
		.audit = audit,
		.dram_log = log ? dram_log_command : NULL,
		.dram_log_context = log,
	};
	bool ok = simulate(j, run->plan, &options, schedule_name(schedule), &run->result, err);

	if (ok && audit)
		ok = audit_close(audit, run->plan, &run->result, err);
	audit_free(audit);
	dram_log_free(log);
	return ok;
}

static bool run_schedule(struct job *j, enum schedule schedule, struct schedule_run *run,
			 struct err *err)
{
	run->plan = plan_new(j->graph, &j->machine, schedule, err);
	if (!run->plan || !run_audited(j, schedule, run, err))
		return false;
	if (j->cli.serial && !run_serial(j, schedule, run, err))
		return false;
	run->kernels = xcalloc(plan_n_kernels(run->plan) + 1, sizeof(*run->kernels));
	for (size_t k = 0; k < plan_n_kernels(run->plan); k++)
		run->kernels[k] = plan_kernel(run->plan, k);
	return true;
}

static void describe_run(const struct job *j, size_t i, struct report_input *in)
{
	const struct schedule_run *run = &j->runs[i];

	*in = (struct report_input){
		.version = PACKAGE_VERSION,
		.schedule = schedule_name(j->cli.schedules[i]),
		.engine = j->cli.engine,
		.graph = j->graph,
		.machine = &j->machine,
		.config_hash = j->source.hash,
		.overrides = j->cli.sets,
		.n_overrides = j->cli.n_sets,
		.kernels = run->kernels,
		.weight_bytes = plan_weight_bytes(run->plan),
		.memory_peak_bytes = plan_hbm_peak_bytes(run->plan),
		.result = &run->result,
		.has_serial = j->cli.serial,
		.serial_movement_ps = run->movement_ps,
		.serial_compute_ps = run->compute_ps,
		.with_tensors = j->cli.tensors,
	};
}

/* The log first: with the report its output is complete. */
static bool write_outputs(struct job *j, struct err *err)
{
	struct report_input inputs[N_SCHEDULES];
	struct buf text = BUF_INIT;
	struct out *log = j->log;
	bool ok;

	for (size_t i = 0; i < j->cli.n_schedules; i++)
		describe_run(j, i, &inputs[i]);
	j->cli.print(&text, inputs, j->cli.n_schedules);
	j->log = NULL;
	ok = (!log || out_commit(log, err)) && write_report(j, &text, err);
	buf_release(&text);
	return ok;
}

static bool print_config(struct job *j, struct err *err)
{
	struct buf text = BUF_INIT;
	bool ok;

	config_print(&j->machine, &text);
	ok = open_outputs(j, err) && write_report(j, &text, err);
	buf_release(&text);
	return ok;
}

static bool run_all(struct job *j, struct err *err)
{
	struct cli *cli = &j->cli;

	if (!config_load(cli->config, cli->sets, cli->n_sets, &j->machine, &j->source, err) ||
	    !memory_check(&j->machine, err))
		return false;
	if (cli->print_config)
		return print_config(j, err);
	j->graph = trace_read(cli->trace, err);
	if (!j->graph || !open_outputs(j, err))
		return false;
	for (size_t i = 0; i < cli->n_schedules; i++) {
		if (!run_schedule(j, cli->schedules[i], &j->runs[i], err))
			return false;
	}
	return write_outputs(j, err);
}

static void job_release(struct job *j)
{
	out_discard(j->report);
	out_discard(j->log);
	for (size_t i = 0; i < ARRAY_SIZE(j->runs); i++) {
		result_free(&j->runs[i].result);
		free(j->runs[i].kernels);
		plan_free(j->runs[i].plan);
	}
	graph_free(j->graph);
	config_source_release(&j->source);
	cli_release(&j->cli);
}

int main(int argc, char **argv)
{
	struct job j = { 0 };
	struct err err = { 0 };

	guard_standard_streams(PROGRAM);
	if (cli_parse(&j.cli, argc, argv, &err) && !run_all(&j, &err))
		config_add_place(&j.source, &err);
	job_release(&j);
	return err.code ? err_report(&err, PROGRAM) : EXIT_SUCCESS;
}
