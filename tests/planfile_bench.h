/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of plan files share: a folder of their own, files, and audited runs. */
#ifndef MEMSIM_TESTS_PLANFILE_BENCH_H
#define MEMSIM_TESTS_PLANFILE_BENCH_H

#include "base/buf.h"
#include "base/err.h"
#include "config/machine.h"
#include "plan/plan.h"

#define BENCH_PLAN "a.plan"

/* A fixture of a test case: a fresh folder to work in, which is empty again at its end. */
void bench_enter(void);
void bench_leave(void);

void bench_write(const char *path, const char *text, size_t len);
void bench_read(const char *path, struct buf *to);
/* The text of a plan, through a file. */
void bench_plan_text(const struct graph *g, const struct machine *m, struct plan *p,
		     struct buf *to);
/* The plan of a text. */
struct plan *bench_plan_of(const struct graph *g, const struct machine *m, const char *text,
			   size_t len, struct err *err);

/* Simulates under every audit; the JSON report of it, all of its parts. */
bool bench_run(const struct graph *g, const struct machine *m, struct plan *p, struct buf *json,
	       struct err *err);

#endif
