/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two engines of memsim-dram against each other: random devices, mappings, queues, timings
 * and streams.  make soak goes on for as long as one likes.
 */
#include "support/tap_main.h"

#include <stdio.h>

#include "support/engines.h"

#define CASES 250
#define PER_TEST 25
#define STEADY_CASES 24
#define STEADY_PER_TEST 8

static void check_case(uint64_t seed, uint64_t n_accesses, bool is_watched,
		       struct engines_seen *seen)
{
	struct random_dram r;
	char why[256] = "";
	bool ok;

	random_ram21(&r, seed, n_accesses);
	ok = engines_agree(&r, is_watched, seen, why, sizeof(why));
	ck_assert_msg(ok, "seed %" PRIu64 " (%s, %s%s): %s", seed, r.standard,
		      r.machine.hbm_mapping, r.spec, why);
	random_dram_release(&r);
}

/* About 1 to 8,000. */
static uint64_t length_of(uint64_t seed)
{
	return 1 + seed * seed * 7919 % (UINT64_C(1) << (2 + seed / 2 % 12));
}

/* With the commands and without. */
START_TEST(engines_agree_on_random_cases)
{
	struct engines_seen seen = { 0 };

	for (uint64_t i = 0; i < PER_TEST; i++) {
		uint64_t seed = (uint64_t)_i * PER_TEST + i + 1;

		check_case(seed, length_of(seed), seed / 3 % 3 != 0, &seen);
	}
	/* The cases meet what they are for. */
	ck_assert_uint_gt(seen.served, 0);
	ck_assert_uint_gt(seen.refreshes, 0);
	ck_assert_uint_gt(seen.precharges_all, 0);
	ck_assert_uint_gt(seen.forwarded, 0);
	ck_assert_uint_gt(seen.coalesced, 0);
}
END_TEST

/* Regular streams (seeds that are multiples of three), long enough for steady states. */
START_TEST(steady_states_change_nothing)
{
	struct engines_seen seen = { 0 };

	for (uint64_t i = 0; i < STEADY_PER_TEST; i++) {
		uint64_t seed = 3 * ((uint64_t)_i * STEADY_PER_TEST + i + 1);

		check_case(seed, 15000 + seed * 7919 % 4000, false, &seen);
	}
	ck_assert_uint_gt(seen.jumps, 0);
	ck_assert_uint_gt(seen.skips, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engines");
	TCase *t = tcase_create("random");

	tcase_add_loop_test(t, engines_agree_on_random_cases, 0, CASES / PER_TEST);
	tcase_add_loop_test(t, steady_states_change_nothing, 0, STEADY_CASES / STEADY_PER_TEST);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
