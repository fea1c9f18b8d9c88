/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two engines of memsim against each other: random traces on random machines with random
 * memories of every standard.  Every number of the result and every DRAM command is the same.
 * MEMSIM_SEEDS=FIRST-LAST runs those seeds instead of the quick set (make soak).
 */
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/engines_run.h"

#define CASES 400
#define PER_TEST 50
/* At least this share must find a plan that fits their machine. */
#define LEAST_RUN_PERCENT 60

static bool check_seed(uint64_t seed, uint64_t *n_commands)
{
	struct run_outcome reference, fast;
	struct run_case c;
	char why[256];
	bool was_run;

	run_case_draw(&c, seed);
	was_run = run_case_run(&c, ENGINE_REFERENCE, &reference);
	if (was_run) {
		run_case_run(&c, ENGINE_FAST, &fast);
		ck_assert_msg(run_outcomes_agree(&reference, &fast, why, sizeof(why)),
			      "seed %" PRIu64 ": %s\n%s", seed, why, c.run.text.data);
		*n_commands += fast.n;
		run_outcome_release(&fast);
		run_outcome_release(&reference);
	}
	run_case_release(&c);
	return was_run;
}

START_TEST(engines_agree_on_random_runs)
{
	uint64_t n_commands = 0, n_run = 0;

	for (uint64_t i = 1; i <= PER_TEST; i++)
		n_run += check_seed((uint64_t)_i * PER_TEST + i, &n_commands);
	ck_assert_uint_ge(n_run * 100, PER_TEST * LEAST_RUN_PERCENT);
	ck_assert_uint_gt(n_commands, 0);
}
END_TEST

START_TEST(engines_agree_on_given_seeds)
{
	uint64_t first, last, n_commands = 0, n_run = 0;

	ck_assert_int_eq(sscanf(getenv("MEMSIM_SEEDS"), "%" SCNu64 "-%" SCNu64, &first, &last), 2);
	for (uint64_t seed = first; seed <= last; seed++)
		n_run += check_seed(seed, &n_commands);
	printf("# %" PRIu64 " runs, %" PRIu64 " DRAM commands\n", n_run, n_commands);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engines");
	TCase *tc = tcase_create("runs");

	if (getenv("MEMSIM_SEEDS") != NULL) {
		tcase_set_timeout(tc, 0);
		tcase_add_test(tc, engines_agree_on_given_seeds);
	} else {
		tcase_add_loop_test(tc, engines_agree_on_random_runs, 0, CASES / PER_TEST);
	}
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
