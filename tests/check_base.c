/* SPDX-License-Identifier: Apache-2.0 */
/* What the headers of base/ promise: numbers, texts, memory, messages, JSON. */
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json_out.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/units.h"
#include "base/utf8.h"

START_TEST(mul_div_is_exact_beyond_64_bits)
{
	ck_assert_uint_eq(mul_div_u64(UINT64_MAX, UINT64_MAX, UINT64_MAX), UINT64_MAX);
	ck_assert_uint_eq(mul_div_u64(UINT64_MAX, 10, 20), UINT64_MAX / 2);
	ck_assert_uint_eq(mul_div_u64(7, 1, 2), 3);
	ck_assert_uint_eq(mul_div_u64(UINT64_MAX, 2, 1), UINT64_MAX); /* saturates */
	ck_assert_uint_eq(mul_div_round_u64(7, 1, 2), 4);
	ck_assert_uint_eq(mul_div_round_u64(5, 1, 4), 1);
	ck_assert_uint_eq(mul_div_round_u64(UINT64_MAX, 1, UINT64_MAX), 1);
	ck_assert_uint_eq(mul_div_round_u64(0, 5, 3), 0);
}
END_TEST

START_TEST(gcd_of_edges)
{
	ck_assert_uint_eq(gcd_u64(1912500000, 1000000000000), 12500000);
	ck_assert_uint_eq(gcd_u64(0, 7), 7);
	ck_assert_uint_eq(gcd_u64(7, 0), 7);
	ck_assert_uint_eq(gcd_u64(UINT64_MAX, UINT64_MAX - 1), 1);
}
END_TEST

START_TEST(checked_arithmetic_reports_overflow)
{
	uint64_t out;

	ck_assert(add_u64(UINT64_MAX - 1, 1, &out) && out == UINT64_MAX);
	ck_assert(!add_u64(UINT64_MAX, 1, &out));
	ck_assert(mul_u64(UINT32_MAX, UINT32_MAX, &out) && out == 0xfffffffe00000001);
	ck_assert(!mul_u64((uint64_t)1 << 32, (uint64_t)1 << 32, &out));
}
END_TEST

static const struct {
	const char *text;
	enum quantity q;
	uint64_t value;
} readable[] = {
	{ "512", Q_BYTES, 512 },
	{ "0", Q_BYTES, 0 },
	{ "192 KiB", Q_BYTES, 196608 },
	{ "192KiB", Q_BYTES, 196608 },
	{ "4M", Q_BYTES, 4194304 },
	{ "4K", Q_BYTES, 4096 },
	{ "64 KB", Q_BYTES, 64000 },
	{ "64 kB", Q_BYTES, 64000 },
	{ "8 GB", Q_BYTES, 8000000000 },
	{ "64 GiB", Q_BYTES, 68719476736 },
	{ "1.5 KiB", Q_BYTES, 1536 },
	{ "2 TiB", Q_BYTES, 2199023255552 },
	{ "18446744073709551615 B", Q_BYTES, UINT64_MAX },
	{ "1912.5 MHz", Q_HZ, 1912500000 },
	{ "1.8 GHz", Q_HZ, 1800000000 },
	{ "50 kHz", Q_HZ, 50000 },
	{ "3.9 us", Q_PS, 3900000 },
	{ "500 ns", Q_PS, 500000 },
	{ "312 ps", Q_PS, 312 },
	{ "0.312 ns", Q_PS, 312 },
	{ "2 s", Q_PS, 2000000000000 },
	{ "2000 Mbps", Q_BITS_PER_S, 2000000000 },
	{ "6.4 Gbps", Q_BITS_PER_S, 6400000000 },
	{ "2.048 TB/s", Q_BYTES_PER_S, 2048000000000 },
	{ "4 Gb", Q_BITS, (uint64_t)4 << 30 },
	{ "48", Q_COUNT, 48 },
};

START_TEST(quantities_are_read_exactly)
{
	const char *why;
	uint64_t value;

	ck_assert_msg(parse_quantity(readable[_i].text, readable[_i].q, &value, &why), "%s: %s",
		      readable[_i].text, why);
	ck_assert_uint_eq(value, readable[_i].value);
}
END_TEST

static const struct {
	const char *text;
	enum quantity q;
	const char *why; /* a part of it */
} unreadable[] = {
	{ "", Q_BYTES, "expected a size" },
	{ "KiB", Q_BYTES, "expected a size" },
	{ " 4 KiB", Q_BYTES, "expected a size" },
	{ "4 KiB ", Q_BYTES, "expected a size" },
	{ "4 kib", Q_BYTES, "case matters" },
	{ "4 Gb", Q_BYTES, "stands for bits" },
	{ "-4 KiB", Q_BYTES, "negative" },
	{ "+4 KiB", Q_BYTES, "expected a size" },
	{ "1,5 KiB", Q_BYTES, "use a point" },
	{ "0.3 B", Q_BYTES, "not a whole number of bytes" },
	{ "0x10", Q_BYTES, "expected a size" },
	{ "1e3", Q_BYTES, "expected a size" },
	{ ".5 KiB", Q_BYTES, "expected a size" },
	{ "5. KiB", Q_BYTES, "expected a size" },
	{ "1.2.3 KiB", Q_BYTES, "expected a size" },
	{ "18446744073709551616", Q_BYTES, "larger than 2^64" },
	{ "16777216 TiB", Q_BYTES, "larger than 2^64" },
	{ "99999999999999999999999999", Q_BYTES, "too many digits" },
	{ "312.5 ps", Q_PS, "not a whole number of picoseconds" },
	{ "0.3125 ns", Q_PS, "not a whole number of picoseconds" },
	{ "5", Q_PS, "expected a time" },
	{ "5 sec", Q_PS, "expected a time" },
	{ "1800", Q_HZ, "expected a clock" },
	{ "1.8 Ghz", Q_HZ, "case matters" },
	{ "2 TB/s", Q_BITS_PER_S, "data rate of a pin" },
	{ "2 TB", Q_BYTES_PER_S, "expected a bandwidth" },
	{ "4 GB", Q_BITS, "expected a density" },
	{ "4K", Q_COUNT, "plain integer" },
	{ "\331\243", Q_COUNT, "plain integer" }, /* an Arabic digit */
};

START_TEST(bad_quantities_say_why)
{
	const char *why = "";
	uint64_t value = 7;

	ck_assert(!parse_quantity(unreadable[_i].text, unreadable[_i].q, &value, &why));
	ck_assert_msg(strstr(why, unreadable[_i].why) != NULL, "\"%s\": %s", unreadable[_i].text,
		      why);
	ck_assert_uint_eq(value, 7);
}
END_TEST

static const struct {
	uint64_t value;
	enum quantity q;
	const char *exact, *human;
} formats[] = {
	{ 196608, Q_BYTES, "192 KiB", "197 KB" },
	{ 0, Q_BYTES, "0 B", "0 B" },
	{ 512, Q_BYTES, "512 B", "512 B" },
	{ 1536, Q_BYTES, "1536 B", "1.54 KB" },
	{ 68719476736, Q_BYTES, "64 GiB", "68.7 GB" },
	{ 8000000000, Q_BYTES, "8 GB", "8.00 GB" },
	{ 88473600, Q_BYTES, "86400 KiB", "88.5 MB" },
	{ 999499, Q_BYTES, "999499 B", "999 KB" },
	{ 999500, Q_BYTES, "999500 B", "1.00 MB" },
	{ 9994, Q_BYTES, "9994 B", "9.99 KB" },
	{ 9995, Q_BYTES, "9995 B", "10.0 KB" },
	{ UINT64_MAX, Q_BYTES, "18446744073709551615 B", "18446744 TB" },
	{ 1912500000, Q_HZ, "1912.5 MHz", "1.91 GHz" },
	{ 1800000000, Q_HZ, "1.8 GHz", "1.80 GHz" },
	{ 3900000, Q_PS, "3.9 us", "3.90 us" },
	{ 1420000000, Q_PS, "1420 us", "1.42 ms" },
	{ 1, Q_PS, "1 ps", "1 ps" },
	{ 2000000000, Q_BITS_PER_S, "2 Gbps", "2.00 Gbps" },
	{ 2048000000000, Q_BYTES_PER_S, "2048 GB/s", "2.05 TB/s" },
	{ (uint64_t)4 << 30, Q_BITS, "4 Gb", "4.00 Gb" },
	{ 48, Q_COUNT, "48", "48" },
	{ 751960000000000, Q_COUNT, "751960000000000", "752 T" },
};

START_TEST(quantities_are_printed)
{
	char text[64];

	format_quantity(formats[_i].value, formats[_i].q, text, sizeof(text));
	ck_assert_str_eq(text, formats[_i].exact);
	format_human(formats[_i].value, formats[_i].q, text, sizeof(text));
	ck_assert_str_eq(text, formats[_i].human);
}
END_TEST

START_TEST(exact_texts_read_back)
{
	static const enum quantity quantities[] = { Q_COUNT, Q_BYTES, Q_HZ, Q_PS, Q_BITS_PER_S,
						    Q_BYTES_PER_S, Q_BITS };
	uint64_t value = 1;

	for (unsigned i = 0; i < 2000; i++) {
		for (size_t q = 0; q < ARRAY_SIZE(quantities); q++) {
			uint64_t got = 0;
			const char *why;
			char text[64];

			format_quantity(value, quantities[q], text, sizeof(text));
			if (!parse_quantity(text, quantities[q], &got, &why) || got != value)
				ck_abort_msg("%" PRIu64 " as %s", value, text);
		}
		value = value * 6364136223846793005u + 1442695040888963407u;
		value >>= i % 64;
	}
}
END_TEST

START_TEST(ratios_round_half_up)
{
	static const struct {
		uint64_t a, b;
		unsigned decimals;
		const char *text;
	} rows[] = {
		{ 1, 3, 6, "0.333333" },
		{ 2, 3, 6, "0.666667" },
		{ 1, 2, 0, "1" },
		{ 1, 8, 2, "0.13" },
		{ 5, 1000, 2, "0.01" },
		{ 4, 1000, 2, "0.00" },
		{ 999999, 1000000, 2, "1.00" },
		{ 7, 0, 3, "0.000" },
		{ UINT64_MAX, 1, 12, "18446744073709551615.000000000000" },
		{ UINT64_MAX, UINT64_MAX, 6, "1.000000" },
		{ 1, UINT64_MAX, 18, "0.000000000000000000" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[64];

		format_ratio(rows[i].a, rows[i].b, rows[i].decimals, text, sizeof(text));
		ck_assert_str_eq(text, rows[i].text);
	}
}
END_TEST

START_TEST(integers_are_digits_only)
{
	uint64_t v;

	ck_assert(parse_u64("18446744073709551615", 20, &v) && v == UINT64_MAX);
	ck_assert(parse_u64("12x", 2, &v) && v == 12);
	ck_assert(!parse_u64("18446744073709551616", 20, &v));
	ck_assert(!parse_u64("", 0, &v));
	ck_assert(!parse_u64(" 1", 2, &v));
	ck_assert(!parse_u64("+1", 2, &v));
	ck_assert(!parse_u64("-1", 2, &v));
}
END_TEST

START_TEST(names_have_distances)
{
	ck_assert_uint_eq(name_distance("channels", "channels", 3), 0);
	ck_assert_uint_eq(name_distance("chanels", "channels", 3), 1);
	ck_assert_uint_eq(name_distance("cahnnels", "channels", 3), 1); /* a swap */
	ck_assert_uint_eq(name_distance("", "abc", 5), 3);
	ck_assert_uint_eq(name_distance("abc", "", 5), 3);
	ck_assert_uint_eq(name_distance("kitten", "sitting", 5), 3);
	ck_assert_uint_eq(name_distance("abcdef", "uvwxyz", 3), 4); /* capped */
}
END_TEST

START_TEST(nearest_takes_the_first_of_equals)
{
	struct nearest n;
	char long_name[2000];

	nearest_init(&n, "bank");
	nearest_offer(&n, "rank");
	nearest_offer(&n, "banks");
	ck_assert_str_eq(n.best, "rank");
	nearest_init(&n, "ab");
	nearest_offer(&n, "xyzab"); /* 3 away: too far for two letters */
	ck_assert_ptr_null(n.best);
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	nearest_init(&n, long_name);
	nearest_offer(&n, "a");
	ck_assert_ptr_null(n.best);
}
END_TEST

START_TEST(first_error_wins)
{
	struct err err = { .code = ERR_NONE };

	ck_assert(!err_at(&err, ERR_CONFIG, "m.cfg", 12, "bad %d", 7));
	ck_assert(!err_set(&err, ERR_INPUT, "later"));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_str_eq(err.text, "m.cfg:12: bad 7");
}
END_TEST

START_TEST(a_place_goes_before_a_setting)
{
	struct err err = { .code = ERR_NONE };

	ck_assert(!err_setting(&err, "hbm.mapping", "bad %d", 7));
	ck_assert(!err_setting(&err, "hbm.density", "later"));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_str_eq(err.setting, "hbm.mapping");
	ck_assert_str_eq(err.text, "hbm.mapping: bad 7");
	err_add_place(&err, "m\n.cfg:12");
	ck_assert_str_eq(err.text, "m\\x0a.cfg:12: hbm.mapping: bad 7");
}
END_TEST

START_TEST(messages_are_printable_lines)
{
	struct err err = { .code = ERR_NONE };
	char huge[4000];

	err_set(&err, ERR_INPUT, "a\nb\033[31m\177\302\205 \303\251\377%s", "x");
	ck_assert_str_eq(err.text, "a\\x0ab\\x1b[31m\\x7f\\xc2\\x85 \303\251\\xffx");
	memset(huge, 1, sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	err.code = ERR_NONE;
	err_at(&err, ERR_INPUT, huge, 5, "%s", huge);
	ck_assert_uint_lt(strlen(err.text), sizeof(err.text));
	ck_assert_str_eq(err.text + strlen(err.text) - 3, "...");
}
END_TEST

START_TEST(utf8_is_strict)
{
	static const struct {
		const char *text;
		size_t len, n;
		uint32_t code;
	} rows[] = {
		{ "a", 1, 1, 'a' },
		{ "", 1, 1, 0 },
		{ "\303\251", 2, 2, 0xe9 },
		{ "\303\251", 1, 0, 0 },
		{ "\342\202\254", 3, 3, 0x20ac },
		{ "\360\237\230\200", 4, 4, 0x1f600 },
		{ "\300\257", 2, 0, 0 },	/* overlong */
		{ "\340\200\257", 3, 0, 0 },	/* overlong */
		{ "\355\240\200", 3, 0, 0 },	/* surrogate */
		{ "\364\220\200\200", 4, 0, 0 }, /* above U+10FFFF */
		{ "\200", 1, 0, 0 },
		{ "\303(", 2, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t code = 0;

		ck_assert_uint_eq(utf8_char(rows[i].text, rows[i].len, &code), rows[i].n);
		ck_assert_uint_eq(code, rows[i].code);
	}
	ck_assert_uint_eq(utf8_char("", 0, &(uint32_t){ 0 }), 0);
}
END_TEST

START_TEST(hash_is_fnv1a_128)
{
	/* Test values of the definition (draft-eastlake-fnv). */
	static const struct {
		const char *text, *hex;
	} rows[] = {
		{ "", "6c62272e07bb014262b821756295c58d" },
		{ "a", "d228cb696f1a8caf78912b704e4a8964" },
		{ "foobar", "343e1662793c64bf6f0d3597ba446f18" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hash whole, parts;
		char hex[33];

		hash_init(&whole);
		hash_add(&whole, rows[i].text, strlen(rows[i].text));
		hash_hex(&whole, hex);
		ck_assert_str_eq(hex, rows[i].hex);
		hash_init(&parts);
		for (const char *s = rows[i].text; *s; s++)
			hash_add(&parts, s, 1);
		hash_hex(&parts, hex);
		ck_assert_str_eq(hex, rows[i].hex);
	}
}
END_TEST

START_TEST(buffers_grow_and_stay_terminated)
{
	struct buf b = BUF_INIT;

	for (unsigned i = 0; i < 1000; i++) {
		buf_printf(&b, "%03u", i);
		ck_assert(b.data[b.len] == '\0');
	}
	ck_assert_uint_eq(b.len, 3000);
	ck_assert(memcmp(b.data + 2997, "999", 4) == 0);
	buf_add(&b, "a\0b", 3);
	ck_assert_uint_eq(b.len, 3003);
	buf_clear(&b);
	ck_assert_str_eq(b.data, "");
	buf_putc(&b, 'x');
	buf_puts(&b, "yz");
	ck_assert_str_eq(b.data, "xyz");
	buf_release(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(arena_is_zeroed_and_aligned)
{
	struct arena *a = arena_new();
	size_t sizes[] = { 1, 15, 16, 17, 1000, 16384, 16385, 100000, 3 };

	for (unsigned round = 0; round < 20; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			unsigned char *p = arena_alloc(a, sizes[i]), any = 0;

			ck_assert_uint_eq((uintptr_t)p % 16, 0);
			for (size_t j = 0; j < sizes[i]; j++)
				any |= p[j];
			ck_assert_uint_eq(any, 0);
			memset(p, 0xff, sizes[i]);
		}
	}
	ck_assert_str_eq(arena_strndup(a, "tensor", 3), "ten");
	ck_assert_str_eq(arena_strndup(a, "ab", 9), "ab");
	arena_free(a);
}
END_TEST

START_TEST(arrays_grow_to_hold_an_index)
{
	unsigned *v = NULL;
	size_t capacity = 0;

	for (size_t i = 0; i < 1000; i++) {
		GROW(v, i, capacity);
		ck_assert_uint_gt(capacity, i);
		v[i] = (unsigned)i;
	}
	ck_assert_uint_eq(v[999], 999);
	free(v);
}
END_TEST

START_TEST(out_of_memory_is_status_6)
{
	/* Sanitizers end a run on a request this large before malloc can refuse it. */
	xreallocarray(NULL, SIZE_MAX, 16);
}
END_TEST

START_TEST(a_bug_is_status_70)
{
	BUG_ON(1 + 1 == 2);
}
END_TEST

START_TEST(json_is_laid_out)
{
	struct buf b = BUF_INIT;
	struct json_out j;

	json_init(&j, &b);
	json_object(&j, NULL);
	json_u64(&j, "n", UINT64_MAX);
	json_string(&j, "s", "a\"\\\n\001\377\303\251");
	json_ratio(&j, "r", 1, 3, 6);
	json_bool(&j, "t", true);
	json_array(&j, "list");
	json_object(&j, NULL);
	json_end(&j);
	json_array_inline(&j, NULL);
	json_u64(&j, NULL, 1);
	json_string(&j, NULL, "b");
	json_end(&j);
	json_end(&j);
	json_array(&j, "empty");
	json_end(&j);
	json_end(&j);
	ck_assert_str_eq(b.data, "{\n"
				 "  \"n\": 18446744073709551615,\n"
				 "  \"s\": \"a\\\"\\\\\\u000a\\u0001\\ufffd\303\251\",\n"
				 "  \"r\": 0.333333,\n"
				 "  \"t\": true,\n"
				 "  \"list\": [\n"
				 "    {},\n"
				 "    [1, \"b\"]\n"
				 "  ],\n"
				 "  \"empty\": []\n"
				 "}\n");
	buf_release(&b);
}
END_TEST

START_TEST(json_misuse_is_a_bug)
{
	struct buf b = BUF_INIT;
	struct json_out j;

	json_init(&j, &b);
	json_object(&j, NULL);
	json_u64(&j, NULL, 1); /* a member without a name */
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base");
	TCase *numbers = tcase_create("numbers"), *rest = tcase_create("rest");

	tcase_add_test(numbers, mul_div_is_exact_beyond_64_bits);
	tcase_add_test(numbers, gcd_of_edges);
	tcase_add_test(numbers, checked_arithmetic_reports_overflow);
	tcase_add_loop_test(numbers, quantities_are_read_exactly, 0, ARRAY_SIZE(readable));
	tcase_add_loop_test(numbers, bad_quantities_say_why, 0, ARRAY_SIZE(unreadable));
	tcase_add_loop_test(numbers, quantities_are_printed, 0, ARRAY_SIZE(formats));
	tcase_add_test(numbers, exact_texts_read_back);
	tcase_add_test(numbers, ratios_round_half_up);
	tcase_add_test(numbers, integers_are_digits_only);
	suite_add_tcase(s, numbers);
	tcase_add_test(rest, names_have_distances);
	tcase_add_test(rest, nearest_takes_the_first_of_equals);
	tcase_add_test(rest, first_error_wins);
	tcase_add_test(rest, a_place_goes_before_a_setting);
	tcase_add_test(rest, messages_are_printable_lines);
	tcase_add_test(rest, utf8_is_strict);
	tcase_add_test(rest, hash_is_fnv1a_128);
	tcase_add_test(rest, buffers_grow_and_stay_terminated);
	tcase_add_test(rest, arena_is_zeroed_and_aligned);
	tcase_add_test(rest, arrays_grow_to_hold_an_index);
	tcase_add_exit_test(rest, out_of_memory_is_status_6, ERR_LIMIT);
	tcase_add_exit_test(rest, a_bug_is_status_70, ERR_INTERNAL);
	tcase_add_test(rest, json_is_laid_out);
	tcase_add_exit_test(rest, json_misuse_is_a_bug, ERR_INTERNAL);
	suite_add_tcase(s, rest);
	return s;
}

int main(void)
{
	return tap_main(suite());
}
