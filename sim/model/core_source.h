/* SPDX-License-Identifier: Apache-2.0 */
/* Where commands come from, and who watches them: a plan, or a test's own list. */
#ifndef MEMSIM_MODEL_CORE_SOURCE_H
#define MEMSIM_MODEL_CORE_SOURCE_H

#include "ir/command.h"

struct command_source {
	void *context;
	size_t n_kernels;
	/* Kernels start in order, the one before being done; then each core draws its own. */
	void (*start_kernel)(void *context, size_t kernel);
	bool (*next)(void *context, uint32_t core, struct command *out);
	const char *(*kernel_name)(void *context, size_t kernel); /* for messages */
};

/* `sequence` numbers the commands of a core in program order.  NULL functions: nobody asks. */
struct command_watch {
	void *context;
	void (*kernel)(void *context, size_t kernel); /* before its first command */
	void (*drawn)(void *context, uint32_t core, uint64_t sequence, const struct command *c);
	void (*started)(void *context, uint32_t core, uint64_t sequence, uint64_t now_ps);
	void (*ended)(void *context, uint32_t core, uint64_t sequence, uint64_t now_ps);
	void (*delivered)(void *context, uint32_t core, uint64_t sequence, uint64_t bytes);
};

#endif
