/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quick differential set is worth its name: each formula of the fast ramulator21's shortcuts,
 * made wrong by one, is found by it.  A fault is found when a case differs from the reference, or
 * the run does not end as it should.
 */
#include "support/tap_main.h"

#include "support/engines.h"
#include "support/off_by_one.h"

struct question {
	const struct random_dram *stream;
	const struct engine_outcome *reference;
	bool is_watched;
};

static int agrees(const void *context)
{
	const struct question *q = context;
	struct engine_outcome *fast = engine_run(q->stream, false, q->is_watched);
	char why[256];
	bool ok = engine_outcomes_agree(q->reference, fast, why, sizeof(why));

	engine_outcome_free(fast);
	return ok;
}

static void try_case(unsigned number, struct off_found *found)
{
	struct random_dram r;
	bool is_watched = engines_quick_case(number, &r);
	struct engine_outcome *reference = engine_run(&r, true, is_watched);

	off_try_case(found, number, agrees, &(struct question){ &r, reference, is_watched });
	engine_outcome_free(reference);
	random_dram_release(&r);
}

/* A few regular streams find most, then the short cases are asked. */
START_TEST(each_fault_is_found_by_the_quick_set)
{
	static const struct {
		unsigned from, to;
	} ranges[] = {
		{ QUICK_RANDOM, QUICK_RANDOM + 10 },
		{ 0, 50 },
		{ QUICK_RANDOM + QUICK_STEADY, QUICK_CASES },
		{ 50, QUICK_RANDOM },
		{ QUICK_RANDOM + 10, QUICK_RANDOM + QUICK_STEADY },
	};
	struct off_found found = off_found_none(OFF_BETWEEN + 1, N_OFF);

	ck_assert_uint_ge(found.n_left, 30);
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		for (unsigned n = ranges[i].from; n < ranges[i].to && found.n_left > 0; n++)
			try_case(n, &found);
	off_expect_all(&found);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine_faults");
	TCase *t = tcase_create("faults");

	tcase_set_timeout(t, 600); /* with sanitizers, on a busy machine */
	tcase_add_test(t, each_fault_is_found_by_the_quick_set);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
