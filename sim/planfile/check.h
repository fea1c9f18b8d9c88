/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first reading of a plan: everything in it is right, or there is one complaint and no
 * simulation.  Leaves what a report says of kernels.
 */
#ifndef MEMSIM_PLANFILE_CHECK_H
#define MEMSIM_PLANFILE_CHECK_H

#include "planfile/parse.h"
#include "plan/plan.h"

struct kernel_list {
	struct kernel *v;
	size_t n, capacity;
	struct arena *texts;
};
void kernel_list_release(struct kernel_list *l);

/* Bytes of commands that may wait in memory for the other cores' to come. */
#define MAX_WAITING_BYTES (UINT64_C(1) << 28)

bool check_plan(struct parser *p, struct kernel_list *kernels, struct err *err);

#endif
