/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random memories of every standard, random streams: no command violates the standard, and
 * the accounts sum.  Each case is one seed; make soak-dram goes on from there.
 */
#include <stdlib.h>

#include "support/random_dram.h"
#include "support/tap_main.h"

#define SEEDS_A_STANDARD 24
#define ACCESSES 1500

START_TEST(no_command_violates_the_standard)
{
	for (uint64_t seed = 1; seed <= SEEDS_A_STANDARD; seed++) {
		struct random_dram r;
		uint64_t n_commands = 0;
		char why[512] = "";

		random_dram(&r, seed, (size_t)_i, ACCESSES);
		if (!random_dram_run(&r, &n_commands, why, sizeof(why)))
			ck_abort_msg("seed %" PRIu64 ", %s, %s: %s", seed, r.standard,
				     r.machine.hbm_mapping, why);
		ck_assert_uint_gt(n_commands, 0);
		random_dram_release(&r);
	}
}
END_TEST

/* The same seed is the same machine and stream. */
START_TEST(seeds_are_repeatable)
{
	struct random_dram a, b;

	random_dram(&a, 7, SIZE_MAX, 300);
	random_dram(&b, 7, SIZE_MAX, 300);
	ck_assert_mem_eq(&a.machine, &b.machine, sizeof(a.machine));
	ck_assert_str_eq(a.spec, b.spec);
	ck_assert_uint_eq(a.stream.len, b.stream.len);
	random_dram_release(&a);
	random_dram_release(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("random memories");
	TCase *tc = tcase_create("audited");
	int n = 0;

	while (dram_standard_at((size_t)n))
		n++;
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, no_command_violates_the_standard, 0, n);
	tcase_add_test(tc, seeds_are_repeatable);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
