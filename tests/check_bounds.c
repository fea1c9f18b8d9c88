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

#define SMALL_RUNS 2000
#define LARGE_RUNS 200
#define ATTENTION_RUNS 300
/* Of the small runs at least this share must find a plan that fits their machine. */
#define LEAST_RUN_PERCENT 80

/* Runs it with every audit; false when the machine cannot hold it. */
static bool run_one(const struct random_run *r, enum schedule schedule, struct result *out,
		    uint64_t *roofline)
{
	struct graph *g = draw_graph((const char *const *)r->lines);
	struct err err = {.code = ERR_NONE};
	struct plan *p = plan_new(g, &r->machine, schedule, &err);
	struct run_options options = {.audit = NULL};
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
	*roofline =
		max_u64(compute_x100 / 100,
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
		n_run += run_one(&r, seed % 2 ? SCHEDULE_BASELINE : SCHEDULE_TRACE, &result,
				 &roofline);
		result_free(&result);
		random_release(&r);
	}
	ck_assert_uint_ge(n_run * 100, SMALL_RUNS * LEAST_RUN_PERCENT);
}
END_TEST

START_TEST(fused_attention_passes_every_audit)
{
	unsigned n_run = 0;

	for (uint64_t seed = 1; seed <= ATTENTION_RUNS; seed++) {
		struct random_run r;
		struct result result;
		uint64_t roofline;

		random_attention(&r, seed);
		n_run += run_one(&r, SCHEDULE_TRACE, &result, &roofline);
		result_free(&result);
		random_release(&r);
	}
	ck_assert_uint_ge(n_run * 100, ATTENTION_RUNS * LEAST_RUN_PERCENT);
}
END_TEST

/*
 * The latency path: the same commands in the same order and with the same waits, on a
 * machine on which only latencies are left: compute and bandwidth cost nothing.
 */
static uint64_t latency_cycles(const struct random_run *r)
{
	struct graph *g = draw_graph((const char *const *)r->lines);
	struct machine wide = r->machine;
	struct err err = {.code = ERR_NONE};
	struct plan *p = plan_new(g, &r->machine, SCHEDULE_BASELINE, &err);
	struct run_options options = {.compute_is_free = true};
	struct result result;
	uint64_t cycles;

	wide.hbm_standard = HBM_STANDARD_IDEAL;
	wide.hbm_bytes = machine_hbm_bytes(&r->machine);
	wide.hbm_bandwidth = UINT64_C(1000000000000000);
	wide.hbm_latency_ps = UNLOADED_PS;
	wide.noc_core_bytes_per_cycle = wide.noc_memory_bytes_per_cycle = 1 << 20;
	wide.dma_bytes_per_cycle = 1 << 20;
	ck_assert_msg(run_simulation(g, &wide, p, &options, &result, &err), "%s", err.text);
	cycles = result.cycles;
	result_free(&result);
	plan_free(p);
	graph_free(g);
	return cycles;
}

/* Within 1.3 x of the larger of the roofline (vector work is part of it) and the latencies. */
START_TEST(a_large_operator_comes_close_to_its_bound)
{
	for (uint64_t seed = 1; seed <= LARGE_RUNS; seed++) {
		struct random_run r;
		struct result result;
		uint64_t roofline, vector, latency, bound;

		random_large(&r, seed);
		ck_assert(run_one(&r, SCHEDULE_BASELINE, &result, &roofline));
		vector = result.kernels[0].vector_busy_cycles / r.machine.core_count;
		latency = latency_cycles(&r);
		bound = max_u64(max_u64(roofline, vector), latency);
		ck_assert_msg(result.cycles * 10 <= bound * 13,
			      "seed %" PRIu64 ": %" PRIu64 " cycles, roofline %" PRIu64
			      ", vector %" PRIu64 ", latency %" PRIu64 "\n%s",
			      seed, result.cycles, roofline, vector, latency, r.text.data);
		result_free(&result);
		random_release(&r);
	}
}
END_TEST

static void run_lines(const char *const *lines, const struct machine *m, struct result *result)
{
	struct graph *g = draw_graph(lines);
	struct err err = {.code = ERR_NONE};
	struct plan *p = plan_new(g, m, SCHEDULE_BASELINE, &err);
	struct run_options options = {.audit = NULL};

	ck_assert_msg(p != NULL, "%s", err.text);
	ck_assert_msg(run_simulation(g, m, p, &options, result, &err), "%s", err.text);
	plan_free(p);
	graph_free(g);
}

/* 2048^3 MACs on 4 cores of 16 x 16 x 16, with room and bandwidth to spare. */
START_TEST(a_compute_bound_matmul_reaches_its_unit)
{
	static const char *const lines[] = {
		"tensor a f16 2048x2048 role=input",
		"tensor b f16 2048x2048 role=weight",
		"tensor y f16 2048x2048 role=output",
		"op o matmul in=a,b out=y",
		NULL,
	};
	const uint64_t least = UINT64_C(2048) * 2048 * 2048 / (4 * 4096);
	struct machine m = draw_machine();
	struct result result;

	m.core_count = 4;
	m.spad_bytes = 1 << 20;
	m.acc_bytes = 1 << 20;
	m.hbm_bandwidth = UINT64_C(1000000000000);
	run_lines(lines, &m, &result);
	ck_assert_uint_ge(result.cycles, least);
	ck_assert_msg(result.cycles * 100 <= least * 105, "%" PRIu64 " cycles, bound %" PRIu64,
		      result.cycles, least);
	result_free(&result);
}
END_TEST

/* 2 x 32 MiB over eight HBM2 channels, against what refresh alone leaves of their peak. */
START_TEST(a_copy_streams_as_fast_as_the_memory)
{
	static const char *const lines[] = {
		"tensor x f16 1x128x256x512 role=input",
		"tensor y f16 1x128x256x512 role=output",
		"op o relu in=x out=y",
		NULL,
	};
	/* nRTP + nRP + nRFC + nRCD = 5 + 14 + 260 + 14 of nREFI = 3900 clocks; 256 bytes a clock */
	const uint64_t ticks = UINT64_C(2) * 128 * 256 * 512 * 2 / 256 * 3900 / (3900 - 293);
	struct machine m = draw_machine();
	struct result result;

	m.core_count = 8;
	m.core_hz = m.noc_hz = 2000000000;
	m.hbm_standard = HBM_STANDARD_hbm2;
	run_lines(lines, &m, &result);
	ck_assert_msg(result.end_ps * 100 <= ticks * 1000 * 103,
		      "%" PRIu64 " ps, streaming %" PRIu64 " ps", result.end_ps, ticks * 1000);
	result_free(&result);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bounds");
	TCase *small = tcase_create("small"), *large = tcase_create("large");

	tcase_set_timeout(small, 600);
	tcase_set_timeout(large, 600);
	tcase_add_test(small, nothing_beats_its_roofline);
	tcase_add_test(small, fused_attention_passes_every_audit);
	tcase_add_test(large, a_large_operator_comes_close_to_its_bound);
	tcase_add_test(large, a_compute_bound_matmul_reaches_its_unit);
	tcase_add_test(large, a_copy_streams_as_fast_as_the_memory);
	suite_add_tcase(s, small);
	suite_add_tcase(s, large);
	return tap_main(s);
}
