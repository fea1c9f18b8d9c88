/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generated request streams: first accesses worked out by hand from the formulas (the
 * draws with another language's integers), the cut into native accesses, the count, the capacity.
 */
#include "support/tap_main.h"

#include <string.h>

#include "stream/stream.h"

#define GIB (UINT64_C(1) << 30)

static struct stream *generate(const char *spec, uint64_t burst_bytes, uint64_t capacity_bytes)
{
	struct err err = { 0 };
	struct stream *s = stream_generate(spec, burst_bytes, capacity_bytes, &err);

	ck_assert_msg(s != NULL, "%s: %s", spec, err.text);
	return s;
}

static void assert_next(struct stream *s, bool is_write, uint64_t address)
{
	struct stream_access a;
	struct err err = { 0 };

	ck_assert(stream_next(s, &a, &err));
	ck_assert_uint_eq(a.address, address);
	ck_assert_int_eq(a.is_write, is_write);
	ck_assert_uint_eq(a.earliest_tick, 0);
}

static void assert_end(struct stream *s)
{
	struct stream_access a;
	struct err err = { 0 };

	ck_assert(!stream_next(s, &a, &err));
	ck_assert(!stream_next(s, &a, &err));
	ck_assert_int_eq(err.code, ERR_NONE);
	stream_close(s);
}

static void skip(struct stream *s, uint64_t n)
{
	struct stream_access a;
	struct err err = { 0 };

	while (n > 0 && stream_next(s, &a, &err))
		n--;
	ck_assert_uint_eq(n, 0);
}

struct expected {
	const char *spec;
	uint64_t burst_bytes;
	struct {
		bool is_write;
		uint64_t address;
	} first[6];
};

static const struct expected sequences[] = {
	{ "seqrd:6", 32, { { 0, 0 }, { 0, 32 }, { 0, 64 }, { 0, 96 }, { 0, 128 }, { 0, 160 } } },
	{ "seqrd:6", 64, { { 0, 0 }, { 0, 64 }, { 0, 128 }, { 0, 192 }, { 0, 256 }, { 0, 320 } } },
	{ "seqrd:6", 16, { { 0, 0 }, { 0, 16 }, { 0, 32 }, { 0, 48 }, { 0, 64 }, { 0, 80 } } },
	{ "seqwr:6", 32, { { 1, 0 }, { 1, 32 }, { 1, 64 }, { 1, 96 }, { 1, 128 }, { 1, 160 } } },
	{ "copy:6", 64, { { 0, 0 }, { 0, 64 }, { 0, 128 }, { 0, 192 }, { 0, 256 }, { 0, 320 } } },
	{ "stride:6", 32, { { 0, 0 }, { 0, 32 }, { 0, 4096 }, { 0, 4128 }, { 0, 8192 }, { 0, 8224 } } },
	{ "il8:6", 32, { { 0, 0 }, { 0, 32 }, { 0, 0x8000000 }, { 0, 0x8000020 },
			 { 0, 0x10000000 }, { 0, 0x10000020 } } },
	{ "il8s:6", 64, { { 0, 0 }, { 0, 0x8004400 }, { 0, 0x10008800 }, { 0, 0x1800cc00 },
			  { 0, 0x20011000 }, { 0, 0x28015400 } } },
	{ "rand:6", 32, { { 0, 0x20ecf880 }, { 0, 0x20ecf8a0 }, { 0, 0x31131e40 },
			  { 0, 0x31131e60 }, { 0, 0x117cd080 }, { 0, 0x117cd0a0 } } },
	{ "rand:6", 64, { { 0, 0x20ecf880 }, { 0, 0x31131e40 }, { 0, 0x117cd080 },
			  { 0, 0x1b82e1c0 }, { 0, 0x3635b940 }, { 0, 0x39b3c3c0 } } },
	{ "mix:6", 64, { { 1, 0x17da5600 }, { 1, 0x05b1aec0 }, { 0, 0x197fab80 },
			 { 1, 0x31226e80 }, { 0, 0x16505280 }, { 1, 0x3429ab40 } } },
	{ "rand32:6", 32, { { 0, 0x30767c40 }, { 0, 0x18898f20 }, { 0, 0x08be6840 },
			    { 0, 0x2dc170e0 }, { 0, 0x1b1adca0 }, { 0, 0x3cd9e1e0 } } },
	{ "mix32:6", 32, { { 1, 0x2bed2b00 }, { 1, 0x02d8d760 }, { 0, 0x0cbfd5c0 },
			   { 1, 0x18913740 }, { 0, 0x0b282940 }, { 1, 0x3a14d5a0 } } },
	/* a request of 32 bytes lies within one access of 64 */
	{ "mix32:6", 64, { { 1, 0x2bed2b00 }, { 1, 0x02d8d760 }, { 0, 0x0cbfd5c0 },
			   { 1, 0x18913740 }, { 0, 0x0b282940 }, { 1, 0x3a14d5a0 } } },
};

START_TEST(first_accesses)
{
	const struct expected *e = &sequences[_i];
	struct stream *s = generate(e->spec, e->burst_bytes, 64 * GIB);

	for (size_t k = 0; k < ARRAY_SIZE(e->first); k++)
		assert_next(s, e->first[k].is_write, e->first[k].address);
	assert_end(s);
}
END_TEST

START_TEST(copy_goes_back_and_forth)
{
	struct stream *s = generate("copy:1000", 32, GIB);

	skip(s, 127);
	assert_next(s, false, 4064);
	assert_next(s, true, 0x20000000);
	skip(s, 126);
	assert_next(s, true, 0x20000fe0);
	assert_next(s, false, 4096);
	stream_close(s);
}
END_TEST

START_TEST(stride_wraps_after_a_gib)
{
	struct stream *s = generate("stride:1M", 32, GIB);

	skip(s, (1 << 19) - 1);
	assert_next(s, false, 0x3ffff020);
	assert_next(s, false, 64);
	assert_next(s, false, 96);
	assert_next(s, false, 4096 + 64);
	stream_close(s);
}
END_TEST

START_TEST(eight_sequences_take_turns)
{
	struct stream *s = generate("il8s:17", 64, 4 * GIB);

	skip(s, 7);
	assert_next(s, false, 7 * (0x8000000 + 0x4400));
	assert_next(s, false, 64);
	assert_next(s, false, 0x8004440);
	skip(s, 6);
	assert_next(s, false, 128);
	assert_end(s);
}
END_TEST

/* 8 requests of a line, 64 lines 16 KiB apart, 32 tiles side by side, then the next band. */
START_TEST(tiles_go_line_by_line)
{
	struct stream *s = generate("tile:100000", 64, GIB);

	assert_next(s, false, 0);
	skip(s, 6);
	assert_next(s, false, 448);
	assert_next(s, false, 0x4000);
	skip(s, 512 - 10);
	assert_next(s, false, 63 * 0x4000 + 448);
	assert_next(s, false, 512);
	skip(s, 32 * 512 - 514);
	assert_next(s, false, 63 * 0x4000 + 31 * 512 + 448);
	assert_next(s, false, 0x100000);
	stream_close(s);
}
END_TEST

/* To a jump of each regular stream: of how many periods, on a memory that it goes round. */
static const struct jump {
	const char *spec;
	uint64_t before, periods, capacity_bytes;
} jumps[] = {
	{ "seqrd:200000", 0, 90001, 1 << 20 },
	{ "seqwr:200000", 6, 3, GIB },
	{ "copy:200000", 512, 700, 5 << 18 },
	{ "stride:2000000", 100, 200000, 1 << 24 },
	{ "stride:2000000", 524288, 262144, GIB },
	{ "il8:200000", 32, 9999, 3 << 18 },
	{ "il8s:200000", 0, 12000, 1 << 20 },
	{ "tile:400000", 32768, 10, 5 << 20 },
};

START_TEST(jumps_leave_no_trace)
{
	const struct jump *j = &jumps[_i];
	struct stream *a = generate(j->spec, 32, j->capacity_bytes);
	struct stream *b = generate(j->spec, 32, j->capacity_bytes);
	struct stream_access x, y;
	struct stream_period p;
	struct err err = { 0 };
	char hash_a[33], hash_b[33];

	skip(a, j->before);
	skip(b, j->before);
	ck_assert(stream_period(b, &p));
	ck_assert_uint_le(j->periods * p.accesses, p.left);
	skip(a, j->periods * p.accesses);
	stream_jump(b, j->periods * p.accesses);
	ck_assert_uint_eq(stream_count(a), stream_count(b));
	while (stream_next(a, &x, &err))
		if (!stream_next(b, &y, &err) || x.address != y.address ||
		    x.is_write != y.is_write)
			ck_abort_msg("access %" PRIu64 " differs", stream_count(a));
	ck_assert(!stream_next(b, &y, &err));
	stream_hash(a, hash_a);
	stream_hash(b, hash_b);
	ck_assert_str_eq(hash_a, hash_b);
	stream_close(a);
	stream_close(b);
}
END_TEST

/* Within a request or a period, at a window's end, and where there are draws. */
START_TEST(regular_is_what_repeats)
{
	struct stream *s = generate("copy:1000", 32, GIB), *r = generate("rand:10", 32, GIB);
	struct stream_period p;

	ck_assert(stream_period(s, &p));
	ck_assert_uint_eq(p.accesses, 256);
	ck_assert_uint_eq(p.bytes, 4096);
	ck_assert_uint_eq(p.left, 1000);
	skip(s, 2);
	ck_assert(!stream_period(s, &p));
	skip(s, 254);
	ck_assert(stream_period(s, &p));
	ck_assert_uint_eq(p.left, 744);
	ck_assert(!stream_period(r, &p));
	stream_close(s);
	stream_close(r);
	s = generate("stride:2M", 32, GIB);
	skip(s, 2 * 262143);
	ck_assert(stream_period(s, &p));
	ck_assert_uint_eq(p.left, 2); /* the next one starts again, 64 bytes on */
	skip(s, 1);
	ck_assert(!stream_period(s, &p));
	stream_close(s);
}
END_TEST

START_TEST(count_may_end_within_a_request)
{
	struct stream *s = generate("rand:3", 32, GIB);

	skip(s, 2);
	assert_next(s, false, 0x31131e40);
	assert_end(s);
}
END_TEST

START_TEST(suffixes_are_binary)
{
	struct stream *s = generate("seqrd:2K", 32, GIB);

	skip(s, 2048);
	assert_end(s);
	s = generate("seqrd:1M", 32, GIB);
	skip(s, 1 << 20);
	assert_end(s);
	stream_close(generate("seqrd:67108864G", 32, GIB));
}
END_TEST

/* Any capacity, not only powers of two. */
START_TEST(addresses_are_modulo_the_capacity)
{
	struct stream *s = generate("seqrd:8", 32, 192);

	skip(s, 5);
	assert_next(s, false, 160);
	assert_next(s, false, 0);
	assert_next(s, false, 32);
	assert_end(s);
	s = generate("il8:3", 64, 5 * (UINT64_C(1) << 25));
	skip(s, 1);
	assert_next(s, false, 0x8000000);
	assert_next(s, false, 0x10000000 - 5 * 0x2000000);
	assert_end(s);
}
END_TEST

/* 30 % of the requests write: a million draws stay within five deviations of 458. */
START_TEST(mix_writes_three_of_ten)
{
	struct stream *s = generate("mix32:1M", 32, GIB);
	struct stream_access a;
	struct err err = { 0 };
	uint64_t writes = 0;

	while (stream_next(s, &a, &err))
		writes += a.is_write;
	stream_close(s);
	ck_assert_uint_gt(writes, (1 << 20) * 3 / 10 - 2350);
	ck_assert_uint_lt(writes, (1 << 20) * 3 / 10 + 2350);
}
END_TEST

static const struct {
	const char *spec, *message;
} refused[] = {
	{ "", "unknown stream \"\"" },
	{ "seqrd", "--generate seqrd:COUNT: found \"\"" },
	{ "seqrd:", "found \"\"" },
	{ "seqrd:0", "found \"0\"" },
	{ "seqrd:0K", "found \"0K\"" },
	{ "seqrd:-1", "found \"-1\"" },
	{ "seqrd:+1", "found \"+1\"" },
	{ "seqrd: 1", "found \" 1\"" },
	{ "seqrd:1 ", "found \"1 \"" },
	{ "seqrd:1k", "found \"1k\"" },
	{ "seqrd:K", "found \"K\"" },
	{ "seqrd:1KK", "found \"1KK\"" },
	{ "seqrd:1.5M", "found \"1.5M\"" },
	{ "seqrd:0x10", "found \"0x10\"" },
	{ "seqrd:1T", "found \"1T\"" },
	{ "seqrd:72057594037927937", "1 to 2^56" },
	{ "seqrd:67108865G", "1 to 2^56" },
	{ "seqrd:18446744073709551616", "1 to 2^56" },
	{ "seqrd:18446744073709551615G", "1 to 2^56" },
	{ "seqread:10", "did you mean seqrd?" },
	{ "SEQRD:10", "seqrd" },
	{ "seqrd32:10", "did you mean seqrd?" },
	{ "zzzzzz:10", "expected one of seqrd seqwr copy rand stride mix il8 il8s tile rand32 mix32" },
};

START_TEST(refuses)
{
	struct err err = { 0 };

	ck_assert_ptr_null(stream_generate(refused[_i].spec, 32, GIB, &err));
	ck_assert_int_eq(err.code, ERR_USAGE);
	ck_assert_msg(strstr(err.text, refused[_i].message) != NULL, "%s", err.text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stream");
	TCase *t = tcase_create("generate");

	tcase_add_loop_test(t, first_accesses, 0, ARRAY_SIZE(sequences));
	tcase_add_test(t, copy_goes_back_and_forth);
	tcase_add_test(t, stride_wraps_after_a_gib);
	tcase_add_test(t, eight_sequences_take_turns);
	tcase_add_test(t, tiles_go_line_by_line);
	tcase_add_loop_test(t, jumps_leave_no_trace, 0, ARRAY_SIZE(jumps));
	tcase_add_test(t, regular_is_what_repeats);
	tcase_add_test(t, count_may_end_within_a_request);
	tcase_add_test(t, suffixes_are_binary);
	tcase_add_test(t, addresses_are_modulo_the_capacity);
	tcase_add_test(t, mix_writes_three_of_ten);
	tcase_add_loop_test(t, refuses, 0, ARRAY_SIZE(refused));
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
