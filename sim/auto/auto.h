/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schedule auto: groups searched by estimates (plan/search.h), and confirmed by simulating
 * kernels alone.  The simulation judges; it never learns.
 */
#ifndef MEMSIM_AUTO_AUTO_H
#define MEMSIM_AUTO_AUTO_H

#include "base/err.h"
#include "config/machine.h"
#include "ir/graph.h"

struct auto_choice {
	uint32_t *groups; /* of each operator, as plan_new_groups() takes them; owned */
	size_t n_simulated; /* kernels, and whole runs, to confirm */
};

/* `is_confirmed`: simulate; without it the estimates alone decide.  False: nothing can run. */
bool auto_choose(const struct graph *g, const struct machine *m, bool is_confirmed,
		 struct auto_choice *out, struct err *err);
void auto_choice_release(struct auto_choice *c);

#endif
