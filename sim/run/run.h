/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One simulation: draws commands from a plan, executes them on the machine's
 * components, and leaves a result.  Deterministic; no globals.
 */
#ifndef MEMSIM_RUN_RUN_H
#define MEMSIM_RUN_RUN_H

#include "base/err.h"
#include "config/machine.h"
#include "engine/event.h"
#include "model/memory.h"
#include "plan/plan.h"
#include "ir/account.h"

struct audit;    /* run/audit.h */
struct timeline; /* run/timeline.h */

struct run_options {
	enum engine engine;
	bool compute_is_free;  /* --serial: T_m */
	bool memory_is_free;   /* --serial: T_c */
	struct audit *audit;   /* NULL: none */
	struct timeline *timeline; /* NULL: none */
	dram_command_fn dram_log; /* NULL: none */
	void *dram_log_context;
	void (*progress)(void *context, size_t kernel, size_t n_kernels); /* NULL: none */
	void *progress_context;
};

/* False: no progress possible, or time past the horizon (ERR_LIMIT), with the wait named. */
bool run_simulation(const struct graph *g, const struct machine *m, struct plan *plan,
		    const struct run_options *options, struct result *out, struct err *err);

#endif
