/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memsim: reads a machine and a trace, plans and simulates each schedule, and writes
 * the report.  Joins the stages in their order and turns errors into exit statuses;
 * decides nothing about them.  Nothing is written before everything is known.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auto/auto.h"
#include "base/mem.h"
#include "base/std_streams.h"
#include "cli_outputs.h"
#include "config/config.h"
#include "memsim_cli.h"
#include "model/memory.h"
#include "plan/explain.h"
#include "planfile/planfile.h"
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
	struct cli_outputs outputs;
	struct schedule_run runs[N_SCHEDULES];
};

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

/* Running. */

static bool simulate(struct job *j, struct plan *plan, struct run_options *options,
		     const char *schedule, struct result *out, struct err *err)
{
	struct progress progress = {schedule};
	bool ok;

	if (cli_shows_progress(&j->cli.options)) {
		options->progress = show_progress;
		options->progress_context = &progress;
	}
	ok = run_simulation(j->graph, &j->machine, plan, options, out, err);
	cli_clear_progress(&j->cli.options);
	return ok;
}

static const char *run_name(const struct job *j, size_t i)
{
	return j->cli.plan ? "plan" : schedule_name(j->cli.schedules[i]);
}

/* Sum over kernels of a run in which one side is free; launch and gap excluded. */
static bool serial_time(struct job *j, size_t i, struct run_options options, uint64_t *sum_ps,
			struct err *err)
{
	struct result result = { 0 };
	bool ok = simulate(j, j->runs[i].plan, &options, run_name(j, i), &result, err);

	*sum_ps = 0;
	for (size_t k = 0; ok && k < result.n_kernels; k++)
		*sum_ps += result.kernels[k].end_ps - result.kernels[k].release_ps;
	result_free(&result);
	return ok;
}

static bool run_serial(struct job *j, size_t i, struct err *err)
{
	struct schedule_run *run = &j->runs[i];

	return serial_time(j, i, (struct run_options){.compute_is_free = true}, &run->movement_ps,
			   err) &&
	       serial_time(j, i, (struct run_options){.memory_is_free = true}, &run->compute_ps,
			   err);
}

static bool run_audited(struct job *j, size_t i, struct err *err)
{
	struct schedule_run *run = &j->runs[i];
	struct dram_log *log = j->outputs.log ? dram_log_new(&j->machine, j->outputs.log) : NULL;
	struct audit *audit = j->cli.options.check ? audit_new(j->graph, &j->machine) : NULL;
	struct run_options options = {
		.audit = audit,
		.dram_log = log ? dram_log_command : NULL,
		.dram_log_context = log,
	};
	bool ok = simulate(j, run->plan, &options, run_name(j, i), &run->result, err);

	if (ok && audit)
		ok = audit_close(audit, run->plan, &run->result, err);
	audit_free(audit);
	dram_log_free(log);
	return ok;
}

static struct plan *auto_plan(const struct job *j, struct err *err)
{
	struct auto_choice choice;
	struct plan *plan;

	if (!auto_choose(j->graph, &j->machine, true, &choice, err))
		return NULL;
	plan = plan_new_groups(j->graph, &j->machine, choice.groups, err);
	auto_choice_release(&choice);
	return plan;
}

static struct plan *make_plan(const struct job *j, size_t i, struct err *err)
{
	if (j->cli.plan)
		return plan_file_open(j->cli.plan, j->graph, &j->machine, err);
	if (j->cli.schedules[i] == SCHEDULE_AUTO)
		return auto_plan(j, err);
	return plan_new(j->graph, &j->machine, j->cli.schedules[i], err);
}

static bool run_schedule(struct job *j, size_t i, struct err *err)
{
	struct schedule_run *run = &j->runs[i];

	run->plan = make_plan(j, i, err);
	if (!run->plan || !run_audited(j, i, err) || (j->cli.serial && !run_serial(j, i, err)))
		return false;
	if (j->outputs.plan) {
		plan_file_write(j->graph, &j->machine, run->plan, run_name(j, i), j->outputs.plan);
		if (!plan_is_whole(run->plan, err))
			return false;
	}
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
		.schedule = run_name(j, i),
		.engine = j->cli.engine,
		.graph = j->graph,
		.machine = &j->machine,
		.config_hash = j->source.hash,
		.overrides = j->cli.options.sets,
		.n_overrides = j->cli.options.n_sets,
		.kernels = run->kernels,
		.weight_bytes = plan_weight_bytes(run->plan),
		.memory_peak_bytes = plan_hbm_peak_bytes(run->plan),
		.result = &run->result,
		.has_serial = j->cli.serial,
		.serial_movement_ps = run->movement_ps,
		.serial_compute_ps = run->compute_ps,
		.with_tensors = j->cli.tensors,
		.with_channels = j->cli.channels,
	};
}

static bool open_outputs(struct job *j, struct err *err)
{
	const char *const inputs[] = { j->cli.options.config, j->source.path, j->cli.trace,
				       j->cli.plan };

	return cli_outputs_open(&j->outputs, &j->cli.options, inputs, ARRAY_SIZE(inputs), err);
}

static bool write_report(struct job *j, struct err *err)
{
	struct report_input inputs[N_SCHEDULES];
	struct buf text = BUF_INIT;
	bool ok = true;

	for (size_t i = 0; i < j->cli.n_schedules; i++)
		describe_run(j, i, &inputs[i]);
	j->cli.print(&text, inputs, j->cli.n_schedules);
	for (size_t i = 0; ok && j->cli.explain && i < j->cli.n_schedules; i++)
		ok = plan_explain(j->graph, &j->machine, j->runs[i].plan, run_name(j, i), &text, err);
	ok = ok && cli_outputs_commit(&j->outputs, &text, err);
	buf_release(&text);
	return ok;
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

static bool run_all(struct job *j, struct err *err)
{
	const struct cli *cli = &j->cli;
	const struct cli_options *o = &cli->options;

	if (!config_load(o->config, o->sets, o->n_sets, &j->machine, &j->source, err) ||
	    !memory_check(&j->machine, err))
		return false;
	if (o->print_config)
		return print_config(j, err);
	j->graph = trace_read(cli->trace, err);
	if (!j->graph || !open_outputs(j, err))
		return false;
	for (size_t i = 0; i < cli->n_schedules; i++) {
		if (!run_schedule(j, i, err))
			return false;
	}
	return write_report(j, err);
}

static void job_release(struct job *j)
{
	cli_outputs_discard(&j->outputs);
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
	if (cli_parse(&j.cli, argc, argv, &err) && !run_all(&j, &err)) {
		config_add_place(&j.source, &err);
		if (j.cli.trace)
			trace_add_place(j.cli.trace, &err);
	}
	job_release(&j);
	return err.code ? err_report(&err, PROGRAM) : EXIT_SUCCESS;
}
