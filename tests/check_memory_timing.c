/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of a standard, one by one: every row of the table, through the executor, is
 * blocked at t - 1 and ready at t; and the resolved latencies are those of the published
 * table, typed in here from it.
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

struct expected {
	enum dram_level level;
	enum dram_command_kind preceding, following;
	unsigned window;
	uint64_t latency;
};

/* HBM2, 4 Gb, 2,000 Mbps: ticks between first ticks, as Ramulator 2.1 resolves them. */
static const struct expected published[] = {
	{ DRAM_LEVEL_PC, DRAM_RD, DRAM_RD, 1, 2 },
	{ DRAM_LEVEL_PC, DRAM_WR, DRAM_WR, 1, 2 },
	{ DRAM_LEVEL_PC, DRAM_RD, DRAM_WR, 1, 13 },
	{ DRAM_LEVEL_PC, DRAM_WR, DRAM_RD, 1, 13 },
	{ DRAM_LEVEL_PC, DRAM_RD, DRAM_PREab, 1, 5 },
	{ DRAM_LEVEL_PC, DRAM_WR, DRAM_PREab, 1, 23 },
	{ DRAM_LEVEL_PC, DRAM_ACT, DRAM_ACT, 1, 4 },
	{ DRAM_LEVEL_PC, DRAM_ACT, DRAM_ACT, 4, 15 },
	{ DRAM_LEVEL_PC, DRAM_ACT, DRAM_PREab, 1, 35 },
	{ DRAM_LEVEL_PC, DRAM_PREab, DRAM_ACT, 1, 13 },
	{ DRAM_LEVEL_PC, DRAM_ACT, DRAM_REFab, 1, 49 },
	{ DRAM_LEVEL_PC, DRAM_PREpb, DRAM_REFab, 1, 14 },
	{ DRAM_LEVEL_PC, DRAM_PREab, DRAM_REFab, 1, 14 },
	{ DRAM_LEVEL_PC, DRAM_REFab, DRAM_ACT, 1, 259 },
	{ DRAM_LEVEL_PC, DRAM_REFab, DRAM_PREab, 1, 260 },
	{ DRAM_LEVEL_PC, DRAM_REFab, DRAM_REFab, 1, 260 }, /* JESD235; not in Ramulator */
	{ DRAM_LEVEL_BG, DRAM_RD, DRAM_RD, 1, 4 },
	{ DRAM_LEVEL_BG, DRAM_WR, DRAM_WR, 1, 4 },
	{ DRAM_LEVEL_BG, DRAM_WR, DRAM_RD, 1, 15 },
	{ DRAM_LEVEL_BG, DRAM_ACT, DRAM_ACT, 1, 4 },
	{ DRAM_LEVEL_BANK, DRAM_ACT, DRAM_ACT, 1, 48 },
	{ DRAM_LEVEL_BANK, DRAM_ACT, DRAM_RD, 1, 15 },
	{ DRAM_LEVEL_BANK, DRAM_ACT, DRAM_WR, 1, 13 },
	{ DRAM_LEVEL_BANK, DRAM_ACT, DRAM_PREpb, 1, 35 },
	{ DRAM_LEVEL_BANK, DRAM_PREpb, DRAM_ACT, 1, 13 },
	{ DRAM_LEVEL_BANK, DRAM_RD, DRAM_PREpb, 1, 5 },
	{ DRAM_LEVEL_BANK, DRAM_WR, DRAM_PREpb, 1, 23 },
};

static const struct dram_edge *find_edge(const struct dram_timing *t, const struct expected *x)
{
	for (unsigned i = 0; i < t->n_edges[x->preceding]; i++) {
		const struct dram_edge *e = &t->edges[x->preceding][i];

		if (e->level == x->level && e->following == x->following && e->window == x->window)
			return e;
	}
	return NULL;
}

START_TEST(test_latencies_are_the_published_ones)
{
	struct machine m;
	struct dram_timing t;
	size_t n_edges = 0;

	hbm2(&m);
	resolve(&t, &m);
	for (size_t i = 0; i < ARRAY_SIZE(published); i++) {
		const struct dram_edge *e = find_edge(&t, &published[i]);

		ck_assert_msg(e != NULL, "row %zu is missing", i);
		ck_assert_msg(e->latency == published[i].latency, "row %zu: %" PRIu64, i,
			      e->latency);
	}
	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++)
		n_edges += t.n_edges[c];
	ck_assert_uint_eq(n_edges, ARRAY_SIZE(published));
}
END_TEST

/* A bank that shares a node of `level` with bank 0 and none below it. */
static unsigned sharing_bank(enum dram_level level)
{
	return level == DRAM_LEVEL_PC ? dram_hbm2.banks_per_group : level == DRAM_LEVEL_BG ? 1 : 0;
}

/* A bank that shares no node of `level` with bank 0, or none exists: the same level's other. */
static unsigned other_bank(enum dram_level level)
{
	return level == DRAM_LEVEL_BG ? dram_hbm2.banks_per_group : 1;
}

static uint64_t ready_after(const struct dram_timing *t, const struct dram_edge *e,
			    enum dram_command_kind preceding, unsigned bank)
{
	struct dram_state s;
	uint64_t ready;

	dram_state_init(&s, t);
	for (unsigned i = 0; i < e->window; i++)
		dram_issue(&s, preceding, 0, base + i); /* the first one counts */
	ready = dram_earliest(&s, (enum dram_command_kind)e->following, bank);
	dram_state_release(&s);
	return ready;
}

/* A table of this one rule, so that no other can hide it. */
static void isolate(struct dram_timing *t, unsigned preceding, unsigned i)
{
	struct dram_edge e = t->edges[preceding][i];

	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++)
		t->n_edges[c] = 0;
	t->edges[preceding][0] = e;
	t->n_edges[preceding] = 1;
}

START_TEST(test_every_rule_blocks_until_its_tick)
{
	struct machine m;
	struct dram_timing all;

	hbm2(&m);
	resolve(&all, &m);
	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++) {
		for (unsigned i = 0; i < all.n_edges[c]; i++) {
			struct dram_timing t = all;
			const struct dram_edge *e = &t.edges[c][0];
			unsigned bank;
			uint64_t ready;

			isolate(&t, c, i);
			bank = sharing_bank((enum dram_level)e->level);
			ready = ready_after(&t, e, (enum dram_command_kind)c, bank);
			/* blocked at t - 1, ready at t */
			ck_assert_uint_eq(ready, base + e->latency);
			if (e->level != DRAM_LEVEL_PC) {
				bank = other_bank((enum dram_level)e->level);
				ready = ready_after(&t, e, (enum dram_command_kind)c, bank);
				ck_assert_uint_eq(ready, 0);
			}
		}
	}
}
END_TEST

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

/* Capacity is the product of the geometry, and what the configuration says. */
START_TEST(test_capacity)
{
	struct machine m;
	struct dram_timing t;

	hbm2(&m);
	for (uint64_t gib = 1; gib <= 16; gib += 3) {
		m.hbm_density = gib << 30;
		resolve(&t, &m);
		ck_assert_uint_eq(t.rows * t.n_banks * dram_hbm2.columns * dram_hbm2.burst_bytes *
				  dram_hbm2.pseudo_channels * m.hbm_stacks * m.hbm_channels,
				  machine_hbm_bytes(&m));
	}
	ck_assert_uint_eq(dram_hbm2.columns * dram_hbm2.burst_bytes, dram_hbm2.row_bytes);
	ck_assert_uint_eq(dram_hbm2.burst_bytes, machine_burst_bytes(&m));
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

	tcase_add_test(tc, test_latencies_are_the_published_ones);
	tcase_add_test(tc, test_every_rule_blocks_until_its_tick);
	tcase_add_test(tc, test_window_counts_from_the_fourth_last);
	tcase_add_test(tc, test_runs_equal_single_issues);
	tcase_add_test(tc, test_bins_and_densities);
	tcase_add_test(tc, test_capacity);
	tcase_add_test(tc, test_refusals);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
