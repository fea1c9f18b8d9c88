/* SPDX-License-Identifier: Apache-2.0 */
/* Percentiles: by hand, and against a sorted list; exactness and sharing at their limits. */
#include "support/tap_main.h"

#include <stdlib.h>

#include "base/histogram.h"

#define DRAWS 20000

static uint64_t one_value(uint64_t value)
{
	struct histogram h = HISTOGRAM_INIT;
	uint64_t back;

	histogram_add(&h, value, 1);
	back = histogram_permille(&h, 500);
	histogram_release(&h);
	return back;
}

START_TEST(nothing_is_zero)
{
	struct histogram h = HISTOGRAM_INIT;

	ck_assert_uint_eq(histogram_permille(&h, 0), 0);
	ck_assert_uint_eq(histogram_permille(&h, 1000), 0);
	histogram_release(&h);
}
END_TEST

/* 1 to 1000: the k-th thousandth is k. */
START_TEST(nearest_rank)
{
	struct histogram h = HISTOGRAM_INIT;

	for (uint64_t v = 1000; v > 0; v--)
		histogram_add(&h, v, 1);
	ck_assert_uint_eq(histogram_permille(&h, 0), 1);
	ck_assert_uint_eq(histogram_permille(&h, 1), 1);
	ck_assert_uint_eq(histogram_permille(&h, 2), 2);
	ck_assert_uint_eq(histogram_permille(&h, 500), 500);
	ck_assert_uint_eq(histogram_permille(&h, 999), 999);
	ck_assert_uint_eq(histogram_permille(&h, 1000), 1000);
	/* one more below moves the median's rank to ceil(1001 / 2) = 501, which is value 500 */
	histogram_add(&h, 0, 1);
	ck_assert_uint_eq(histogram_permille(&h, 0), 0);
	ck_assert_uint_eq(histogram_permille(&h, 500), 500);
	ck_assert_uint_eq(histogram_permille(&h, 1000), 1000);
	histogram_release(&h);
}
END_TEST

START_TEST(one_in_a_thousand_shows_only_above_999)
{
	struct histogram h = HISTOGRAM_INIT;

	histogram_add(&h, 17, 999);
	histogram_add(&h, 5000, 1);
	ck_assert_uint_eq(histogram_permille(&h, 999), 17);
	ck_assert_uint_eq(histogram_permille(&h, 1000), 5000);
	histogram_add(&h, 5000, 1);
	ck_assert_uint_eq(histogram_permille(&h, 999), 5000);
	histogram_release(&h);
}
END_TEST

START_TEST(exact_below_2048)
{
	for (uint64_t v = 0; v < HISTOGRAM_EXACT; v++)
		ck_assert_uint_eq(one_value(v), v);
}
END_TEST

/* The least of those that share: never above, and below by less than 1/1024. */
START_TEST(above_within_a_1024th)
{
	for (unsigned bits = 11; bits < 64; bits++) {
		for (int delta = -3; delta <= 3; delta++) {
			uint64_t v = (UINT64_C(1) << bits) + (uint64_t)delta, back = one_value(v);

			ck_assert_uint_le(back, v);
			ck_assert_uint_le(v - back, v / 1024);
		}
		ck_assert_uint_eq(one_value(UINT64_C(1) << bits), UINT64_C(1) << bits);
	}
	ck_assert_uint_eq(one_value(UINT64_MAX), UINT64_MAX - (UINT64_MAX >> 11));
	ck_assert_uint_eq(one_value(2049), 2048);
	ck_assert_uint_eq(one_value(2050), 2050);
}
END_TEST

static int ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Two halves merged equal the whole, and both a sorted list. */
START_TEST(agrees_with_a_sorted_list)
{
	struct histogram whole = HISTOGRAM_INIT, a = HISTOGRAM_INIT, b = HISTOGRAM_INIT;
	uint64_t *values = calloc(DRAWS, sizeof(*values));
	uint64_t x = 88172645463325252u;

	for (size_t i = 0; i < DRAWS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		values[i] = x % 1500;
		histogram_add(&whole, values[i], 1);
		histogram_add(i % 3 ? &a : &b, values[i], 1);
	}
	histogram_merge(&a, &b);
	ck_assert_uint_eq(a.total, DRAWS);
	qsort(values, DRAWS, sizeof(*values), ascending);
	for (unsigned permille = 1; permille <= 1000; permille++) {
		uint64_t want = values[(DRAWS * permille + 999) / 1000 - 1];

		ck_assert_uint_eq(histogram_permille(&whole, permille), want);
		ck_assert_uint_eq(histogram_permille(&a, permille), want);
	}
	histogram_release(&whole);
	histogram_release(&a);
	histogram_release(&b);
	free(values);
}
END_TEST

START_TEST(merging_grows)
{
	struct histogram a = HISTOGRAM_INIT, b = HISTOGRAM_INIT, none = HISTOGRAM_INIT;

	histogram_add(&a, 3, 1);
	histogram_add(&b, 1 << 20, 2);
	histogram_merge(&a, &b);
	histogram_merge(&a, &none);
	ck_assert_uint_eq(a.total, 3);
	ck_assert_uint_eq(histogram_permille(&a, 333), 3);
	ck_assert_uint_eq(histogram_permille(&a, 334), 1 << 20);
	histogram_release(&a);
	histogram_release(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("histogram");
	TCase *t = tcase_create("histogram");

	tcase_add_test(t, nothing_is_zero);
	tcase_add_test(t, nearest_rank);
	tcase_add_test(t, one_in_a_thousand_shows_only_above_999);
	tcase_add_test(t, exact_below_2048);
	tcase_add_test(t, above_within_a_1024th);
	tcase_add_test(t, agrees_with_a_sorted_list);
	tcase_add_test(t, merging_grows);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
