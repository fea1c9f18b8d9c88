/* SPDX-License-Identifier: Apache-2.0 */
/* Each fault switch of test builds does its damage; the tests of the audits rely on it. */
#include "support/tap_main.h"

#include <stdlib.h>

#include "run_script.h"

static struct script s;

static void set_up(void)
{
	script_init(&s, 1);
	script_load(&s, 0, 0, 1024);
	script_matrix(&s, 0, 10)->waits[UNIT_LOAD] = 1;
}

static void release(void)
{
	script_release(&s);
}

static uint64_t sum_of_classes(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < N_CORE_CLASSES; i++)
		sum += s.result.core.cycles[i];
	return sum;
}

static void run_with(const char *fault)
{
	ck_assert_int_eq(setenv("MEMSIM_FAULT", fault, 1), 0);
	ck_assert(script_run(&s));
}

START_TEST(none)
{
	run_with("");
	ck_assert_uint_eq(s.result.delivered_bytes, 1024);
	ck_assert_uint_eq(sum_of_classes(), 150);
	ck_assert_uint_eq(s.result.core.cycles[CORE_STALL_LOAD], 140);
}
END_TEST

START_TEST(drop_byte)
{
	run_with("drop-byte");
	ck_assert_uint_eq(s.result.asked_bytes, 1024);
	ck_assert_uint_eq(s.result.delivered_bytes, 1023);
}
END_TEST

START_TEST(lost_cycle)
{
	run_with("lost-cycle");
	ck_assert_uint_eq(sum_of_classes(), 149);
}
END_TEST

START_TEST(wrong_class)
{
	run_with("wrong-class");
	ck_assert_uint_eq(sum_of_classes(), 150);
	ck_assert_uint_eq(s.result.core.cycles[CORE_COMPUTE], 150);
}
END_TEST

START_TEST(overlap)
{
	run_with("overlap");
	ck_assert_uint_eq(script_entry(&s, 0, UNIT_MATRIX, 0)->started_ps, 0);
	ck_assert_uint_eq(s.result.cycles, 140);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("faults");
	TCase *t = tcase_create("faults");

	tcase_add_checked_fixture(t, set_up, release);
	tcase_add_test(t, none);
	tcase_add_test(t, drop_byte);
	tcase_add_test(t, lost_cycle);
	tcase_add_test(t, wrong_class);
	tcase_add_test(t, overlap);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
