/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two engines of memsim-dram against each other: random devices, mappings, queues, timings
 * and streams.  make soak goes on for as long as one likes.
 */
#include "support/tap_main.h"

#include <stdio.h>

#include "support/engines.h"

#define PER_TEST 25
#define STEADY_PER_TEST 8

static void check_case(unsigned number, struct engines_seen *seen)
{
	struct random_dram r;
	char why[256] = "";
	bool is_watched = engines_quick_case(number, &r);
	bool ok = engines_agree(&r, is_watched, seen, why, sizeof(why));

	ck_assert_msg(ok, "case %u (%s, %s%s): %s", number, r.standard, r.machine.hbm_mapping,
		      r.spec, why);
	random_dram_release(&r);
}

START_TEST(engines_agree_on_random_cases)
{
	struct engines_seen seen = { 0 };

	for (unsigned i = 0; i < PER_TEST; i++)
		check_case((unsigned)_i * PER_TEST + i, &seen);
	/* The cases meet what they are for. */
	ck_assert_uint_gt(seen.served, 0);
	ck_assert_uint_gt(seen.refreshes, 0);
	ck_assert_uint_gt(seen.precharges_all, 0);
	ck_assert_uint_gt(seen.forwarded, 0);
	ck_assert_uint_gt(seen.coalesced, 0);
}
END_TEST

START_TEST(steady_states_change_nothing)
{
	struct engines_seen seen = { 0 };

	for (unsigned i = 0; i < STEADY_PER_TEST; i++)
		check_case(QUICK_RANDOM + (unsigned)_i * STEADY_PER_TEST + i, &seen);
	ck_assert_uint_gt(seen.jumps, 0);
	ck_assert_uint_gt(seen.skips, 0);
}
END_TEST

/* A repetition is to end before the tick at which a refresh is due, also when it could end on it. */
START_TEST(skips_end_before_a_refresh)
{
	struct engines_seen seen = { 0 };

	for (unsigned i = 0; i < QUICK_EDGES; i++)
		check_case(QUICK_RANDOM + QUICK_STEADY + i, &seen);
	ck_assert_uint_ge(seen.skips, QUICK_EDGES);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engines");
	TCase *t = tcase_create("random");

	tcase_set_timeout(t, 30); /* with sanitizers, on a busy machine */
	tcase_add_loop_test(t, engines_agree_on_random_cases, 0, QUICK_RANDOM / PER_TEST);
	tcase_add_loop_test(t, steady_states_change_nothing, 0, QUICK_STEADY / STEADY_PER_TEST);
	tcase_add_test(t, skips_end_before_a_refresh);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
