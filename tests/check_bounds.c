/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole runs on random traces and machines, every audit on: nothing beats its roofline,
 * every byte and cycle is accounted for; and a single large operator comes close to the
 * bound that its machine sets.  The seeds are fixed; a failure prints its trace.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "run/audit.h"
#include "run/run.h"
#include "support/plan_draw.h"
#include "support/random_run.h"
#include "support/tap_main.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SMALL_RUNS 1000
#define LARGE_RUNS 200
/* Of the small runs at least this share must find a plan that fits their machine. */
#define LEAST_RUN_PERCENT 80

/* Runs it with every audit; false when the machine cannot hold it. */
static bool run_one(const struct random_run *r, enum schedule schedule, struct result *out, uint64_t *roofline)
{
	struct graph *g = draw_graph((const char *const *)r->lines);
	struct err err = { .code = ERR_NONE };
	struct plan *p = plan_new(g, &r->machine, schedule, &err);
	struct run_options options = { .audit = NULL };
	uint64_t compute_x100 = 0;
	bool ok;

	memset(out, 0, sizeof(*out));
	if (p == NULL) {
		ck_assert_msg(err.code == ERR_WORKLOAD, "%s", err.text);
		graph_free(g);
		return false;
	}
	options.audit = audit_new(g, &r->machine);
	ok = run_simulation(g, &r->machine, p, &options, out, &err) &&
	     audit_close(options.audit, p, out, &err);
	ck_assert_msg(ok, "seed %" PRIu64 ": %s\n%s", r->seed, err.text, r->text.data);
	for (size_t k = 0; k < plan_n_kernels(p); k++)
		compute_x100 += plan_kernel(p, k)->rate_cycles_x100;
	*roofline = max_u64(compute_x100 / 100,
			    mul_div_u64(out->hbm.read_bytes + out->hbm.write_bytes, r->machine.core_hz,
					machine_hbm_peak_bytes_per_s(&r->machine)));
	ck_assert_uint_ge(out->cycles, *roofline);
	audit_free(options.audit);
	plan_free(p);
	graph_free(g);
	return true;
}

START_TEST(nothing_beats_its_roofline)
{
	unsigned n_run = 0;

	for (uint64_t seed = 1; seed <= SMALL_RUNS; seed++) {
		struct random_run r;
		struct result result;
		uint64_t roofline;

		random_small(&r, seed);
		n_run += run_one(&r, seed % 2 ? SCHEDULE_BASELINE : SCHEDULE_TRACE, &result, &roofline);
		result_free(&result);
		random_release(&r);
	}
	ck_assert_uint_ge(n_run * 100, SMALL_RUNS * LEAST_RUN_PERCENT);
}
END_TEST

/* Fixed latencies on the way of one tile: set-up, there and back, a row, fill, drain, barrier. */
static uint64_t latency_cycles(const struct machine *m, const struct result *r)
{
	uint64_t noc_ps = mul_div_u64(m->noc_latency_cycles, 1000000000000, m->noc_hz);
	uint64_t ps = 2 * m->dma_setup_ps + 4 * noc_ps + 2 * UNLOADED_PS + m->launch_ps;

	(void)r;
	return mul_div_u64(ps, m->core_hz, 1000000000000) + m->matrix_fill_cycles + m->matrix_drain_cycles +
	       2 * m->vector_startup_cycles + m->noc_barrier_cycles;
}

/* Within 1.3 x of the larger of the roofline (vector work is part of it) and the latencies. */
START_TEST(a_large_operator_comes_close_to_its_bound)
{
	for (uint64_t seed = 1; seed <= LARGE_RUNS; seed++) {
		struct random_run r;
		struct result result;
		uint64_t roofline, vector, bound;

		random_large(&r, seed);
		ck_assert(run_one(&r, SCHEDULE_BASELINE, &result, &roofline));
		vector = result.kernels[0].vector_busy_cycles / r.machine.core_count;
		bound = max_u64(max_u64(roofline, vector), latency_cycles(&r.machine, &result));
		ck_assert_msg(result.cycles * 10 <= bound * 13,
			      "seed %" PRIu64 ": %" PRIu64 " cycles, bound %" PRIu64 " (roofline %" PRIu64
			      ", vector %" PRIu64 ")\n%s", seed, result.cycles, bound, roofline, vector,
			      r.text.data);
		result_free(&result);
		random_release(&r);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bounds");
	TCase *small = tcase_create("small"), *large = tcase_create("large");

	tcase_set_timeout(small, 600);
	tcase_set_timeout(large, 600);
	tcase_add_test(small, nothing_beats_its_roofline);
	tcase_add_test(large, a_large_operator_comes_close_to_its_bound);
	suite_add_tcase(s, small);
	suite_add_tcase(s, large);
	return tap_main(s);
}
