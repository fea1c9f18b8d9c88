/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One schedule of a trace on a machine: planned, simulated, audited if asked, and kept for its
 * report.  What programs that simulate have in common.
 */
#ifndef MEMSIM_SCHEDULE_RUN_H
#define MEMSIM_SCHEDULE_RUN_H

#include "base/out.h"
#include "engine/event.h"
#include "plan/plan.h"
#include "report/report.h"
#include "run/timeline.h"

struct schedule_options {
	enum schedule schedule;
	const char *plan_file; /* replayed instead of planning; NULL: none */
	enum engine engine;
	bool check, serial;
	struct out *dram_log, *plan_out, *timeline; /* NULL: none */
	struct timeline_options timeline_options;
	void (*progress)(void *context, size_t kernel, size_t n_kernels); /* NULL: none */
	void *progress_context;
};

/* A schedule's plan and run; kept until the report is written. */
struct schedule_run {
	struct plan *plan;
	const struct kernel **kernels;
	struct result result;
	uint64_t movement_ps, compute_ps; /* of a serial run */
	bool timeline_is_cut; /* it has reached its largest size */
};

/* `run` starts as zeros, and is to be released whatever is returned. */
bool schedule_run(struct schedule_run *run, const struct graph *g, const struct machine *m,
		  const struct schedule_options *o, struct err *err);
void schedule_run_release(struct schedule_run *run);

/* "plan" when a plan file is replayed. */
const char *schedule_run_name(const struct schedule_options *o);
/* Adds to `in`, which has the version, the engine, the trace and the machine, what the run left. */
void schedule_run_describe(const struct schedule_run *run, const struct schedule_options *o,
			   struct report_input *in);

#endif
