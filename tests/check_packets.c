/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting transfers into packets: by hand, and against a map of single bytes. */
#include "support/tap_main.h"

#include <string.h>

#include "model/dma_packets.h"

#define MAP_BYTES 65536

static struct transfer transfer(uint64_t address, uint64_t run_bytes)
{
	return (struct transfer){
		.address = address, .run_bytes = run_bytes, .count = { 1, 1, 1 },
	};
}

static void assert_next(struct packet_cutter *c, uint64_t address, uint64_t mask, uint32_t bytes)
{
	struct packet_cut cut;

	ck_assert(packet_cutter_next(c, &cut));
	ck_assert_uint_eq(cut.address, address);
	ck_assert_uint_eq(cut.burst_mask, mask);
	ck_assert_uint_eq(cut.bytes, bytes);
}

static void assert_end(struct packet_cutter *c)
{
	struct packet_cut cut;

	ck_assert(!packet_cutter_next(c, &cut));
	ck_assert(!packet_cutter_next(c, &cut));
}

START_TEST(aligned_run)
{
	struct transfer t = transfer(1024, 1024);
	struct packet_cutter c;

	packet_cutter_init(&c, &t, 512, 5);
	assert_next(&c, 1024, 0xffff, 512);
	assert_next(&c, 1536, 0xffff, 512);
	assert_end(&c);
}
END_TEST

START_TEST(unaligned_run)
{
	struct transfer t = transfer(500, 80); /* bytes 500 to 580 */
	struct packet_cutter c;

	packet_cutter_init(&c, &t, 512, 5);
	assert_next(&c, 0, 0x8000, 12);
	assert_next(&c, 512, 0x0007, 68);
	assert_end(&c);
}
END_TEST

/* Rows of 16 bytes, 128 apart: four to a block, which share its packet. */
START_TEST(runs_in_one_block_share_a_packet)
{
	struct transfer t = transfer(0, 16);
	struct packet_cutter c;

	t.count[0] = 6;
	t.stride_bytes[0] = 128;
	packet_cutter_init(&c, &t, 512, 5);
	assert_next(&c, 0, 0x1111, 64);
	assert_next(&c, 512, 0x0011, 32);
	assert_end(&c);
}
END_TEST

/* Dimension 0 is innermost; going back to a block opens a new packet. */
START_TEST(dimensions_nest)
{
	struct transfer t = transfer(0, 32);
	struct packet_cutter c;

	t.count[0] = 2;
	t.stride_bytes[0] = 512;
	t.count[1] = 2;
	t.stride_bytes[1] = 64;
	packet_cutter_init(&c, &t, 512, 5);
	assert_next(&c, 0, 0x1, 32);
	assert_next(&c, 512, 0x1, 32);
	assert_next(&c, 0, 0x4, 32);
	assert_next(&c, 512, 0x4, 32);
	assert_end(&c);
}
END_TEST

START_TEST(packets_of_one_burst_and_of_64)
{
	struct transfer t = transfer(0, 2048);
	struct packet_cutter c;

	packet_cutter_init(&c, &t, 2048, 5);
	assert_next(&c, 0, UINT64_MAX, 2048);
	assert_end(&c);
	t = transfer(31, 2);
	packet_cutter_init(&c, &t, 32, 5);
	assert_next(&c, 0, 1, 1);
	assert_next(&c, 32, 1, 1);
	assert_end(&c);
}
END_TEST

static uint64_t state;

static uint64_t pick(uint64_t n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (state >> 33) % n;
}

static unsigned char asked[MAP_BYTES];

static uint64_t mark(const struct transfer *t)
{
	uint64_t n = 0;

	memset(asked, 0, sizeof(asked));
	for (uint64_t i = 0; i < t->count[2]; i++)
		for (uint64_t j = 0; j < t->count[1]; j++)
			for (uint64_t k = 0; k < t->count[0]; k++)
				for (uint64_t b = 0; b < t->run_bytes; b++) {
					uint64_t at = t->address + i * t->stride_bytes[2] +
						      j * t->stride_bytes[1] +
						      k * t->stride_bytes[0] + b;

					ck_assert_uint_lt(at, MAP_BYTES);
					asked[at]++;
					n++;
				}
	return n;
}

/* Every asked byte lies in exactly one packet's asked bytes, a touched burst holds one at least. */
START_TEST(packets_cover_what_was_asked)
{
	struct transfer t;
	struct packet_cutter c;
	struct packet_cut cut;
	uint64_t packet_bytes, n, delivered = 0;

	state = (uint64_t)_i + 1;
	packet_bytes = UINT64_C(32) << pick(7);
	t = transfer(pick(1000), 1 + pick(300));
	t.count[0] = 1 + pick(8);
	t.stride_bytes[0] = t.run_bytes + pick(3) * pick(200);
	t.count[1] = 1 + pick(4);
	t.stride_bytes[1] = t.stride_bytes[0] * t.count[0] + pick(2) * pick(300);
	t.count[2] = 1 + pick(3);
	t.stride_bytes[2] = t.stride_bytes[1] * t.count[1];
	n = mark(&t);
	packet_cutter_init(&c, &t, packet_bytes, 5);
	while (packet_cutter_next(&c, &cut)) {
		ck_assert_uint_eq(cut.address % packet_bytes, 0);
		ck_assert(cut.burst_mask != 0);
		ck_assert_uint_le(cut.bytes, (uint64_t)__builtin_popcountll(cut.burst_mask) * 32);
		delivered += cut.bytes;
		for (uint64_t b = 0; b < packet_bytes; b++)
			if (cut.burst_mask >> b / 32 & 1 && asked[cut.address + b] == 1)
				asked[cut.address + b] = 2;
	}
	ck_assert_uint_eq(delivered, n);
	for (size_t at = 0; at < MAP_BYTES; at++)
		ck_assert(asked[at] != 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("packets");
	TCase *t = tcase_create("cutter");

	tcase_add_test(t, aligned_run);
	tcase_add_test(t, unaligned_run);
	tcase_add_test(t, runs_in_one_block_share_a_packet);
	tcase_add_test(t, dimensions_nest);
	tcase_add_test(t, packets_of_one_burst_and_of_64);
	tcase_add_loop_test(t, packets_cover_what_was_asked, 0, 100);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
