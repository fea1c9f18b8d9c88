/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of a plan: the plan as a source of commands, audit and timeline as their watchers.
 * Nothing here takes part in the simulation.
 */
#include "run/audit.h"
#include "run/run_commands.h"
#include "run/timeline.h"

static void plan_source_start(void *plan, size_t kernel)
{
	plan_start_kernel(plan, kernel);
}

static bool plan_source_next(void *plan, uint32_t core, struct command *out)
{
	return plan_next(plan, core, out);
}

static const char *plan_source_name(void *plan, size_t kernel)
{
	return plan_kernel(plan, kernel)->name;
}

/* Two may watch the commands; the one that nobody asked for is NULL. */

static void watch_kernel(void *context, size_t kernel)
{
	const struct run_options *o = context;

	if (o->audit != NULL)
		audit_kernel_start(o->audit, kernel);
	if (o->timeline != NULL)
		timeline_watch.kernel(o->timeline, kernel);
}

static void watch_drawn(void *context, uint32_t core, uint64_t sequence, const struct command *c)
{
	const struct run_options *o = context;

	if (o->audit != NULL)
		audit_command_drawn(o->audit, core, sequence, c);
	if (o->timeline != NULL)
		timeline_watch.drawn(o->timeline, core, sequence, c);
}

static void watch_started(void *context, uint32_t core, uint64_t sequence, uint64_t now_ps)
{
	const struct run_options *o = context;

	if (o->audit != NULL)
		audit_command_start(o->audit, core, sequence, now_ps);
	if (o->timeline != NULL)
		timeline_watch.started(o->timeline, core, sequence, now_ps);
}

static void watch_ended(void *context, uint32_t core, uint64_t sequence, uint64_t now_ps)
{
	const struct run_options *o = context;

	if (o->audit != NULL)
		audit_command_end(o->audit, core, sequence, now_ps);
	if (o->timeline != NULL)
		timeline_watch.ended(o->timeline, core, sequence, now_ps);
}

static void watch_delivered(void *context, uint32_t core, uint64_t sequence, uint64_t bytes)
{
	const struct run_options *o = context;

	audit_delivered(o->audit, core, sequence, bytes);
}

/* The memory has one watcher; three may want its commands. */
static void forward_dram_command(void *context, const struct dram_command *c)
{
	const struct run_options *options = context;

	if (options->audit != NULL)
		audit_dram_command(options->audit, c);
	if (options->timeline != NULL)
		timeline_dram_command(options->timeline, c);
	if (options->dram_log != NULL)
		options->dram_log(options->dram_log_context, c);
}

static void set_up_watch(struct run_setup *setup, struct run_options *options)
{
	if (options->audit != NULL || options->timeline != NULL)
		setup->watch = (struct command_watch){
			.context = options,
			.kernel = watch_kernel,
			.drawn = watch_drawn,
			.started = watch_started,
			.ended = watch_ended,
			.delivered = options->audit != NULL ? watch_delivered : NULL,
		};
	if (options->audit != NULL || options->timeline != NULL || options->dram_log != NULL) {
		setup->dram_watch = forward_dram_command;
		setup->dram_context = options;
	}
}

bool run_simulation(const struct graph *g, const struct machine *m, struct plan *plan,
		    const struct run_options *options, struct result *out, struct err *err)
{
	const struct command_source source = {
		.context = plan,
		.n_kernels = plan_n_kernels(plan),
		.start_kernel = plan_source_start,
		.next = plan_source_next,
		.kernel_name = plan_source_name,
	};
	struct run_options watchers = *options;
	struct run_setup setup = {
		.machine = m,
		.source = &source,
		.engine = options->engine,
		.n_tensors = g->n_tensors,
		.compute_is_free = options->compute_is_free,
		.memory_is_free = options->memory_is_free,
		.progress = options->progress,
		.progress_context = options->progress_context,
	};
	struct err stuck = {.code = ERR_NONE};
	bool ok;

	set_up_watch(&setup, &watchers);
	ok = run_commands(&setup, out, &stuck);
	/* Commands that ended early explain whatever came of it. */
	if (!plan_is_whole(plan, err))
		return false;
	if (!ok) {
		*err = stuck;
		return false;
	}
	for (size_t k = 0; k < source.n_kernels; k++) {
		uint64_t bytes = plan_kernel(plan, k)->spad_bytes;

		out->spad_peak_bytes = max_u64(out->spad_peak_bytes, bytes);
	}
	return true;
}
