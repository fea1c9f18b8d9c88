/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plan files (memsim-plan(5), doc/plan-files.md): a plan's commands as text, written from
 * any plan, and a plan made of such a text.
 */
#ifndef MEMSIM_PLANFILE_PLANFILE_H
#define MEMSIM_PLANFILE_PLANFILE_H

#include "base/out.h"
#include "plan/plan.h"

/* Draws the whole plan once; it can be drawn again.  `schedule` is named in a comment. */
void plan_file_write(const struct graph *g, const struct machine *m, struct plan *p,
		     const char *schedule, struct out *to);

/* Reads and checks the whole file: ERR_INPUT with its line, ERR_LIMIT, ERR_WORKLOAD.  Drawing
 * reads it once more; plan_is_whole() tells whether that went well.  `g` and `m` must outlive
 * the plan. */
struct plan *plan_file_open(const char *path, const struct graph *g, const struct machine *m,
			    struct err *err);

#endif
