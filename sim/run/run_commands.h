/* SPDX-License-Identifier: Apache-2.0 */
/* A simulation of commands from any source; run_simulation() is this with a plan. */
#ifndef MEMSIM_RUN_RUN_COMMANDS_H
#define MEMSIM_RUN_RUN_COMMANDS_H

#include "model/core_source.h"
#include "run/run.h"

struct run_setup {
	const struct machine *machine;
	const struct command_source *source;
	size_t n_tensors; /* transfers name tensors below it */
	enum engine engine;
	bool compute_is_free, memory_is_free;
	struct command_watch watch;
	dram_command_fn dram_watch; /* NULL: none */
	void *dram_context;
	void (*progress)(void *context, size_t kernel, size_t n_kernels); /* NULL: none */
	void *progress_context;
};

/* *out is to be freed whatever is returned. */
bool run_commands(const struct run_setup *setup, struct result *out, struct err *err);

#endif
