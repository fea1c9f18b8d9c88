/* SPDX-License-Identifier: Apache-2.0 */
/* Joins plan, simulation and audits of one schedule; decides nothing about any of them. */
#include "schedule_run.h"

#include <stdlib.h>

#include "auto/auto.h"
#include "base/mem.h"
#include "planfile/planfile.h"
#include "run/audit.h"
#include "run/dram_log.h"
#include "run/run.h"

/* What the parts below need of one call. */
struct job {
	struct schedule_run *run;
	const struct graph *graph;
	const struct machine *machine;
	const struct schedule_options *options;
};

static bool simulate(const struct job *j, struct run_options *options, struct result *out,
		     struct err *err)
{
	options->engine = j->options->engine;
	options->progress = j->options->progress;
	options->progress_context = j->options->progress_context;
	return run_simulation(j->graph, j->machine, j->run->plan, options, out, err);
}

/* Sum over kernels of a run in which one side is free; launch and gap excluded. */
static bool serial_time(const struct job *j, struct run_options options, uint64_t *sum_ps,
			struct err *err)
{
	struct result result = { 0 };
	bool ok = simulate(j, &options, &result, err);

	*sum_ps = 0;
	for (size_t k = 0; ok && k < result.n_kernels; k++)
		*sum_ps += result.kernels[k].end_ps - result.kernels[k].release_ps;
	result_free(&result);
	return ok;
}

static bool run_serial(const struct job *j, struct err *err)
{
	return serial_time(j, (struct run_options){ .compute_is_free = true },
			   &j->run->movement_ps, err) &&
	       serial_time(j, (struct run_options){ .memory_is_free = true },
			   &j->run->compute_ps, err);
}

static struct timeline *open_timeline(const struct job *j)
{
	const struct schedule_options *o = j->options;

	if (!o->timeline)
		return NULL;
	return timeline_new(j->graph, j->machine, j->run->plan, &o->timeline_options, o->timeline);
}

static bool run_watched(const struct job *j, struct err *err)
{
	struct out *to = j->options->dram_log;
	struct dram_log *log = to ? dram_log_new(j->machine, to) : NULL;
	struct audit *audit = j->options->check ? audit_new(j->graph, j->machine) : NULL;
	struct timeline *timeline = open_timeline(j);
	struct run_options options = {
		.audit = audit,
		.timeline = timeline,
		.dram_log = log ? dram_log_command : NULL,
		.dram_log_context = log,
	};
	bool ok = simulate(j, &options, &j->run->result, err);

	if (ok && audit)
		ok = audit_close(audit, j->run->plan, &j->run->result, err);
	if (ok && timeline)
		j->run->timeline_is_cut = !timeline_close(timeline, &j->run->result);
	audit_free(audit);
	timeline_free(timeline);
	dram_log_free(log);
	return ok;
}

static struct plan *auto_plan(const struct job *j, struct err *err)
{
	struct auto_choice choice;
	struct plan *plan;

	if (!auto_choose(j->graph, j->machine, true, &choice, err))
		return NULL;
	plan = plan_new_groups(j->graph, j->machine, choice.groups, err);
	auto_choice_release(&choice);
	return plan;
}

static struct plan *make_plan(const struct job *j, struct err *err)
{
	if (j->options->plan_file)
		return plan_file_open(j->options->plan_file, j->graph, j->machine, err);
	if (j->options->schedule == SCHEDULE_AUTO)
		return auto_plan(j, err);
	return plan_new(j->graph, j->machine, j->options->schedule, err);
}

static bool write_plan(const struct job *j, struct err *err)
{
	if (!j->options->plan_out)
		return true;
	plan_file_write(j->graph, j->machine, j->run->plan, schedule_run_name(j->options),
			j->options->plan_out);
	return plan_is_whole(j->run->plan, err);
}

bool schedule_run(struct schedule_run *run, const struct graph *g, const struct machine *m,
		  const struct schedule_options *o, struct err *err)
{
	const struct job j = { run, g, m, o };

	run->plan = make_plan(&j, err);
	if (!run->plan || !run_watched(&j, err) || (o->serial && !run_serial(&j, err)) ||
	    !write_plan(&j, err))
		return false;
	run->kernels = xcalloc(plan_n_kernels(run->plan) + 1, sizeof(*run->kernels));
	for (size_t k = 0; k < plan_n_kernels(run->plan); k++)
		run->kernels[k] = plan_kernel(run->plan, k);
	return true;
}

void schedule_run_release(struct schedule_run *run)
{
	result_free(&run->result);
	free(run->kernels);
	plan_free(run->plan);
	*run = (struct schedule_run){ 0 };
}

const char *schedule_run_name(const struct schedule_options *o)
{
	return o->plan_file ? "plan" : schedule_name(o->schedule);
}

void schedule_run_describe(const struct schedule_run *run, const struct schedule_options *o,
			   struct report_input *in)
{
	in->schedule = schedule_run_name(o);
	in->kernels = run->kernels;
	in->weight_bytes = plan_weight_bytes(run->plan);
	in->memory_peak_bytes = plan_hbm_peak_bytes(run->plan);
	in->result = &run->result;
	in->has_serial = o->serial;
	in->serial_movement_ps = run->movement_ps;
	in->serial_compute_ps = run->compute_ps;
}
