/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the executor makes of a table: windows, runs, bins and densities, overrides, refusals.
 * The tables themselves and each of their rules: check_dram_tables.c, check_dram_rules.c.
 */
#include <stdlib.h>

#include "config/config.h"
#include "model/dram_timing.h"
#include "support/tap_main.h"

static const uint64_t base = 100000; /* a tick before which nothing happened */

static void hbm2(struct machine *m)
{
	config_defaults(m);
	m->hbm_standard = HBM_STANDARD_hbm2;
}

static void resolve(struct dram_timing *t, const struct machine *m)
{
	struct err err = { 0 };

	ck_assert_msg(dram_timing_init(t, &dram_hbm2, m, &err), "%s", err.text);
}

START_TEST(test_window_counts_from_the_fourth_last)
{
	struct machine m;
	struct dram_timing t;
	struct dram_state s;

	hbm2(&m);
	m.t_FAW = 100;
	resolve(&t, &m);
	dram_state_init(&s, &t);
	for (unsigned i = 0; i < 3; i++)
		dram_issue(&s, DRAM_ACT, 4 * i, base + 10 * i);
	ck_assert_uint_eq(dram_earliest(&s, DRAM_ACT, 15), base + 24); /* three: nRRDS only */
	dram_issue(&s, DRAM_ACT, 12, base + 30);
	ck_assert_uint_eq(dram_earliest(&s, DRAM_ACT, 15), base + 100);
	dram_issue(&s, DRAM_ACT, 15, base + 100);
	ck_assert_uint_eq(dram_earliest(&s, DRAM_ACT, 5), base + 110);
	dram_state_release(&s);
}
END_TEST

/* A run of bursts leaves what issuing each in full leaves. */
START_TEST(test_runs_equal_single_issues)
{
	static const enum dram_command_kind columns[] = { DRAM_RD, DRAM_WR };
	struct machine m;
	struct dram_timing t;

	hbm2(&m);
	resolve(&t, &m);
	for (unsigned c = 0; c < 2; c++) {
		struct dram_state a, b;

		dram_state_init(&a, &t);
		dram_state_init(&b, &t);
		for (unsigned i = 0; i < 8; i++) {
			dram_issue(&a, columns[c], i % 2 * 4, base + 2 * i);
			if (i < 6)
				dram_issue_in_run(&b, columns[c], i % 2 * 4, base + 2 * i);
			else
				dram_issue(&b, columns[c], i % 2 * 4, base + 2 * i);
		}
		ck_assert_mem_eq(a.nodes, b.nodes, t.n_nodes * sizeof(*a.nodes));
		dram_state_release(&a);
		dram_state_release(&b);
	}
}
END_TEST

START_TEST(test_bins_and_densities)
{
	struct machine m;
	struct dram_timing t;

	hbm2(&m);
	m.hbm_data_rate = 1600000000;
	m.hbm_density = UINT64_C(1) << 30;
	resolve(&t, &m);
	ck_assert_int_eq(t.n.nCL, 10);
	ck_assert_int_eq(t.n.nRRDS, 4); /* at least 4, though 4 ns are 3.2 clocks */
	ck_assert_int_eq(t.n.nFAW, 12);
	ck_assert_int_eq(t.n.nRFC, 88);
	ck_assert_int_eq(t.n.nREFI, 3120);
	ck_assert_uint_eq(t.rows, 8192);
	m.hbm_data_rate = 2400000000;
	m.hbm_density = UINT64_C(8) << 30;
	resolve(&t, &m);
	ck_assert_int_eq(t.n.nRRDL, 5); /* 4.8 */
	ck_assert_int_eq(t.n.nFAW, 18);
	ck_assert_int_eq(t.n.nRFC, 420);
	ck_assert_int_eq(t.n.nREFI, 4680);
	m.hbm_density = UINT64_C(16) << 30;
	resolve(&t, &m);
	ck_assert_int_eq(t.n.nRFC, 540);
	m.t_RFC = 77;
	m.t_CCDL = 9;
	resolve(&t, &m);
	ck_assert_int_eq(t.n.nRFC, 77);
	ck_assert_uint_eq(dram_latency(&t, DRAM_LEVEL_BG, DRAM_RD, DRAM_RD), 9);
}
END_TEST

START_TEST(test_refusals)
{
	struct machine m;
	struct dram_timing t;
	struct err err = { 0 };

	hbm2(&m);
	m.hbm_data_rate = 2100000000;
	ck_assert(!dram_timing_init(&t, &dram_hbm2, &m, &err));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(err.text, "1600, 2000 or 2400 Mbps"));
	hbm2(&m);
	err = (struct err){ 0 };
	m.hbm_density = (UINT64_C(1) << 30) + 1;
	ck_assert(!dram_timing_init(&t, &dram_hbm2, &m, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "hbm.density"));
	hbm2(&m);
	err = (struct err){ 0 };
	m.t_REFI = 300;
	ck_assert(!dram_timing_init(&t, &dram_hbm2, &m, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "nREFI = 300"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory timing");
	TCase *tc = tcase_create("rules");

	tcase_add_test(tc, test_window_counts_from_the_fourth_last);
	tcase_add_test(tc, test_runs_equal_single_issues);
	tcase_add_test(tc, test_bins_and_densities);
	tcase_add_test(tc, test_refusals);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
