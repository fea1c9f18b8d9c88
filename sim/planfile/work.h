/* SPDX-License-Identifier: Apache-2.0 */
/* Is every operator's work done, in one kernel, after that of the operators it needs? */
#ifndef MEMSIM_PLANFILE_WORK_H
#define MEMSIM_PLANFILE_WORK_H

#include "planfile/needs.h"
#include "planfile/parse.h"
#include "plan/plan.h"

struct work;
struct work *work_new(const struct parser *p, const struct needs *needs);
void work_free(struct work *w);
bool work_kernel(struct work *w, struct err *err);
void work_command(struct work *w, const struct command *c);
void work_barrier(struct work *w);
/* Fills in what the kernel's work makes of it. */
bool work_kernel_end(struct work *w, struct kernel *out, struct err *err);
bool work_plan_end(const struct work *w, struct err *err);

#endif
