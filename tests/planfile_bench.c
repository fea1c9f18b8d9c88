/* SPDX-License-Identifier: Apache-2.0 */
/* See planfile_bench.h. */
#include "planfile_bench.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/out.h"
#include "planfile/planfile.h"
#include "report/report.h"
#include "run/audit.h"
#include "run/run.h"

static char folder[32];

void bench_enter(void)
{
	strcpy(folder, "memsim-check-plan.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

void bench_leave(void)
{
	unlink(BENCH_PLAN);
	ck_assert_int_eq(chdir(".."), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

void bench_write(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

void bench_read(const char *path, struct buf *to)
{
	FILE *f = fopen(path, "rb");
	char piece[4096];
	size_t n;

	ck_assert_ptr_nonnull(f);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(to, piece, n);
	ck_assert_int_eq(fclose(f), 0);
}

void bench_plan_text(const struct graph *g, const struct machine *m, struct plan *p, struct buf *to)
{
	struct err err = {.code = ERR_NONE};
	struct out *out = out_open(BENCH_PLAN, &err);

	ck_assert_msg(out != NULL, "%s", err.text);
	plan_file_write(g, m, p, "test", out);
	ck_assert_msg(out_commit(out, &err), "%s", err.text);
	ck_assert_msg(plan_is_whole(p, &err), "%s", err.text);
	bench_read(BENCH_PLAN, to);
}

struct plan *bench_plan_of(const struct graph *g, const struct machine *m, const char *text,
			   size_t len, struct err *err)
{
	bench_write(BENCH_PLAN, text, len);
	*err = (struct err){.code = ERR_NONE};
	return plan_file_open(BENCH_PLAN, g, m, err);
}

static void report(const struct graph *g, const struct machine *m, const struct plan *p,
		   const struct result *r, struct buf *json)
{
	const struct kernel **kernels = xcalloc(plan_n_kernels(p) + 1, sizeof(*kernels));
	struct report_input in = {
		.version = "test",
		.schedule = "test",
		.engine = "fast",
		.graph = g,
		.machine = m,
		.config_hash = "",
		.kernels = kernels,
		.weight_bytes = plan_weight_bytes(p),
		.memory_peak_bytes = plan_hbm_peak_bytes(p),
		.result = r,
		.with_tensors = true,
		.with_channels = true,
	};

	for (size_t k = 0; k < plan_n_kernels(p); k++)
		kernels[k] = plan_kernel(p, k);
	report_json(json, &in, 1);
	free(kernels);
}

bool bench_run(const struct graph *g, const struct machine *m, struct plan *p, struct buf *json,
	       struct err *err)
{
	struct run_options options = {.audit = audit_new(g, m)};
	struct result result;
	bool ok;

	memset(&result, 0, sizeof(result));
	*err = (struct err){.code = ERR_NONE};
	ok = run_simulation(g, m, p, &options, &result, err) &&
	     audit_close(options.audit, p, &result, err);
	if (ok && json != NULL)
		report(g, m, p, &result, json);
	result_free(&result);
	audit_free(options.audit);
	return ok;
}
