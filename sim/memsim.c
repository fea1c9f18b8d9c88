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

#include "base/std_streams.h"
#include "cli_outputs.h"
#include "config/config.h"
#include "memsim_cli.h"
#include "model/memory.h"
#include "plan/explain.h"
#include "schedule_run.h"
#include "trace/trace.h"

#define PROGRAM "memsim"

const char *argp_program_version = PROGRAM " " PACKAGE_VERSION;

struct job {
	struct cli cli;
	struct machine machine;
	struct config_source source;
	struct graph *graph;
	struct cli_outputs outputs;
	struct schedule_options schedules[N_SCHEDULES];
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

static bool run_schedule(struct job *j, size_t i, struct err *err)
{
	struct progress progress = { schedule_name(j->cli.schedules[i]) };
	struct schedule_options *o = &j->schedules[i];
	bool ok;

	*o = (struct schedule_options){
		.schedule = j->cli.schedules[i],
		.plan_file = j->cli.plan,
		.engine = strcmp(j->cli.engine, "reference") == 0 ? ENGINE_REFERENCE : ENGINE_FAST,
		.check = j->cli.options.check,
		.serial = j->cli.serial,
		.dram_log = j->outputs.log,
		.plan_out = j->outputs.plan,
		.timeline = j->outputs.timeline,
		.timeline_options = j->cli.timeline,
		.progress = cli_shows_progress(&j->cli.options) ? show_progress : NULL,
		.progress_context = &progress,
	};
	progress.schedule = schedule_run_name(o);
	ok = schedule_run(&j->runs[i], j->graph, &j->machine, o, err);
	cli_clear_progress(&j->cli.options);
	if (j->runs[i].timeline_is_cut)
		fprintf(stderr, PROGRAM ": %s: cut at --timeline-max; a --timeline-window shows "
			"what comes later\n", j->cli.options.timeline);
	return ok;
}

static void describe_run(const struct job *j, size_t i, struct report_input *in)
{
	*in = (struct report_input){
		.version = PACKAGE_VERSION,
		.engine = j->cli.engine,
		.graph = j->graph,
		.machine = &j->machine,
		.config_hash = j->source.hash,
		.overrides = j->cli.options.sets,
		.n_overrides = j->cli.options.n_sets,
		.with_tensors = j->cli.tensors,
		.with_channels = j->cli.channels,
	};
	schedule_run_describe(&j->runs[i], &j->schedules[i], in);
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
		ok = plan_explain(j->graph, &j->machine, j->runs[i].plan,
				  schedule_run_name(&j->schedules[i]), &text, err);
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
	if (!write_report(j, err))
		return false;
	for (size_t i = 0; o->stats && i < cli->n_schedules; i++)
		fprintf(stderr, PROGRAM ": engine: %s: events %" PRIu64 "\n",
			schedule_run_name(&j->schedules[i]), j->runs[i].result.events);
	return true;
}

static void job_release(struct job *j)
{
	cli_outputs_discard(&j->outputs);
	for (size_t i = 0; i < ARRAY_SIZE(j->runs); i++)
		schedule_run_release(&j->runs[i]);
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
