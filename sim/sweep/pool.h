/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs tasks in processes of their own, so many at a time: one that crashes or is killed takes
 * no other with it, and all of them end with the process that started them.
 */
#ifndef MEMSIM_SWEEP_POOL_H
#define MEMSIM_SWEEP_POOL_H

#include "base/err.h"

struct pool_work {
	void *context;
	size_t n_tasks;
	unsigned n_workers;
	/* In the worker; what it returns is its exit status.  Standard error is kept. */
	int (*run)(void *context, size_t task);
	/* In the caller: status as a shell counts (128 + the signal), and what the worker said
	 * last, one line.  False: no more tasks are started. */
	bool (*done)(void *context, size_t task, int status, const char *message, struct err *err);
};

/* Tasks start in their order.  False: err says why; all workers have ended. */
bool pool_run(const struct pool_work *work, struct err *err);
/* Processors that this process may use. */
unsigned pool_processors(void);

#endif
