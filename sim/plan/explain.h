/* SPDX-License-Identifier: Apache-2.0 */
/* Why kernels are as they are, as text for people (--explain). */
#ifndef MEMSIM_PLAN_EXPLAIN_H
#define MEMSIM_PLAN_EXPLAIN_H

#include "base/buf.h"
#include "base/err.h"
#include "plan/plan.h"

/* A line for each operator and each maker of its operands.  `plan` is of `g` and `m`. */
bool plan_explain(const struct graph *g, const struct machine *m, const struct plan *plan,
		  const char *schedule, struct buf *to, struct err *err);

#endif
