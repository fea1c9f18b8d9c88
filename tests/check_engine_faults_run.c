/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quick differential set of runs is worth its name: each formula of the shortcuts, made wrong
 * by one, is found by it.  A fault is found when a run differs from the reference, or does not end
 * as it should.
 */
#include "support/tap_main.h"

#include "support/engines_run.h"
#include "support/off_by_one.h"

#define SEEDS 400 /* of check_engines_run */

struct question {
	const struct run_case *run;
	const struct run_outcome *reference;
};

static int agrees(const void *context)
{
	const struct question *q = context;
	struct run_outcome fast;
	char why[256];

	return run_case_run(q->run, ENGINE_FAST, &fast) &&
	       run_outcomes_agree(q->reference, &fast, why, sizeof(why));
}

static void try_seed(uint64_t seed, struct off_found *found)
{
	struct run_outcome reference;
	struct run_case c;

	run_case_draw(&c, seed);
	if (run_case_run(&c, ENGINE_REFERENCE, &reference)) {
		off_try_case(found, seed, agrees, &(struct question){ &c, &reference });
		run_outcome_release(&reference);
	}
	run_case_release(&c);
}

START_TEST(each_fault_is_found_by_the_quick_set)
{
	struct off_found found = off_found_none(OFF_NONE + 1, OFF_BETWEEN);

	ck_assert_uint_ge(found.n_left, 12);
	for (uint64_t seed = 1; seed <= SEEDS && found.n_left > 0; seed++)
		try_seed(seed, &found);
	off_expect_all(&found);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine_faults_run");
	TCase *t = tcase_create("faults");

	tcase_set_timeout(t, 600); /* with sanitizers, on a busy machine */
	tcase_add_test(t, each_fault_is_found_by_the_quick_set);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
