/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each shortcut of the fast ramulator21 at its edge: the last case that it serves, the first that
 * it does not, and the ticks around.  Both engines must agree throughout, and where the edge is
 * counted the counts say that it was met.
 */
#include "support/tap_main.h"

#include <stdio.h>

#include "support/engines.h"

#define BURST 32u
#define ROW_STEP (UINT64_C(1) << 15) /* acc, HBM2: the next row of the same bank */
#define BANK_STEP (UINT64_C(1) << 13) /* the next bank of the same group */

static void add(struct random_dram *r, char kind, uint64_t address, uint64_t tick)
{
	buf_printf(&r->stream, "%c 0x%" PRIx64 " %" PRIu64 "\n", kind, address, tick);
}

/* Both engines, with the commands and without: what the fast one has to say of itself. */
static struct replay_result agree(struct random_dram *r, const char *what, uint64_t at)
{
	struct replay_result result;

	for (unsigned watched = 2; watched-- > 0;) { /* shortcuts that pass commands over come last */
		struct engine_outcome *reference = engine_run(r, true, watched);
		struct engine_outcome *fast = engine_run(r, false, watched);
		char why[256] = "";
		bool ok = engine_outcomes_agree(reference, fast, why, sizeof(why));

		result = *engine_result(fast);
		result.channels = NULL;
		engine_outcome_free(reference);
		engine_outcome_free(fast);
		ck_assert_msg(ok, "%s at %" PRIu64 ": %s", what, at, why);
		ck_assert_msg(result.end_ps > 0, "%s at %" PRIu64 ": no run", what, at);
	}
	random_dram_release(r);
	return result;
}

/* A queue takes what it has room for, and one more waits at the door. */
START_TEST(queues_fill_to_the_last_place)
{
	for (uint64_t n = 30; n <= 34; n++)
		for (unsigned kind = 0; kind < 2; kind++) {
			struct random_dram r;

			engines_machine(&r, 2);
			for (uint64_t i = 0; i < n; i++)
				add(&r, kind ? 'W' : 'R', i * ROW_STEP, 0);
			add(&r, kind ? 'R' : 'W', n * ROW_STEP, 0);
			ck_assert(agree(&r, "requests", n).is_fast);
		}
}
END_TEST

/* Queues of more than 48 are not for the fast controller. */
START_TEST(large_queues_go_to_the_reference)
{
	for (uint64_t room = 47; room <= 49; room++) {
		struct random_dram r;

		engines_machine(&r, 3);
		r.machine.hbm_read_queue = r.machine.hbm_write_queue = room;
		snprintf(r.spec, sizeof(r.spec), "mix:2000");
		ck_assert_uint_eq(agree(&r, "room", room).is_fast, room <= 48);
	}
}
END_TEST

/* The 65th acceptance finds no place behind the others. */
START_TEST(holes_are_squeezed_out_at_the_last_place)
{
	for (uint64_t n = 63; n <= 66; n++) {
		struct random_dram r;

		engines_machine(&r, 2);
		for (uint64_t i = 0; i < n; i++)
			add(&r, 'R', (i * 7 % 4) * BANK_STEP + i * ROW_STEP, 0);
		ck_assert_uint_eq(agree(&r, "acceptances", n).served.squeezes, n > 64);
	}
}
END_TEST

/* A bank that closes is put into the wheel, which reaches 63 ticks ahead. */
START_TEST(banks_come_back_from_the_end_of_the_wheel)
{
	for (uint64_t rp = 60; rp <= 68; rp++) {
		struct random_dram r;
		uint64_t misses;

		engines_machine(&r, 2);
		r.machine.t_RP = rp;
		add(&r, 'R', 0, 0);
		add(&r, 'R', ROW_STEP, 0);
		add(&r, 'R', 2 * ROW_STEP, 100);
		misses = agree(&r, "nRP", rp).served.wheel_misses;
		ck_assert_uint_eq(misses > 0, rp - 1 > 63); /* a PRE takes one tick, an ACT two */
	}
}
END_TEST

/* Writes begin when 26 are queued and end when 6 are left. */
START_TEST(write_mode_turns_at_its_marks)
{
	for (uint64_t n = 5; n <= 32; n++) {
		struct random_dram r;

		engines_machine(&r, 2);
		for (uint64_t i = 0; i < 40; i++)
			add(&r, 'R', i * ROW_STEP + i % 4 * BANK_STEP, i * 11);
		for (uint64_t i = 0; i < n; i++)
			add(&r, 'W', (64 + i) * ROW_STEP + i % 4 * BANK_STEP, 440);
		for (uint64_t i = 0; i < 20; i++)
			add(&r, 'R', (128 + i) * ROW_STEP, 440 + 17 * i);
		agree(&r, "writes", n);
	}
}
END_TEST

/* The memory is run up to an arrival, and not a tick further. */
START_TEST(arrivals_come_at_every_tick_of_a_request)
{
	for (unsigned generation = 2; generation <= 3; generation++)
		for (uint64_t tick = 1; tick <= 130; tick++) {
			struct random_dram r;

			engines_machine(&r, generation);
			add(&r, 'R', 0, 0);
			add(&r, 'W', ROW_STEP * 4, 0);
			add(&r, tick % 2 ? 'W' : 'R', ROW_STEP * 4, tick);
			add(&r, 'R', ROW_STEP * 8, tick);
			agree(&r, "arrival", tick);
		}
}
END_TEST

/* Around the tick at which a refresh is due, and around its end. */
START_TEST(refreshes_meet_arrivals_at_every_tick)
{
	for (uint64_t tick = 0; tick < 60; tick++) {
		struct random_dram r;

		engines_machine(&r, tick % 2 ? 2 : 3);
		r.machine.t_REFI = 1000;
		r.machine.t_RFC = 100;
		for (uint64_t i = 1; i <= 8; i++)
			add(&r, i % 3 ? 'R' : 'W', i * ROW_STEP + i % 2 * BURST,
			    i * 1000 * (tick % 2 ? 1 : 2) - 30 + tick + i);
		agree(&r, "due", tick);
	}
}
END_TEST

/* Latencies are counted one by one below 2,048 ticks: a read waits for a refresh as long as that. */
START_TEST(latencies_pass_the_end_of_the_array)
{
	uint64_t longest = 0, shortest = UINT64_MAX;

	for (uint64_t rfc = 2005; rfc < 2025; rfc++) {
		struct random_dram r;
		struct replay_result result;

		engines_machine(&r, 2);
		r.machine.t_REFI = 4600;
		r.machine.t_RFC = rfc;
		for (uint64_t i = 0; i < 3; i++)
			add(&r, 'R', i * BANK_STEP, 4600);
		result = agree(&r, "nRFC", rfc);
		longest = max_u64(longest, result.hbm.read_latency_p50_ticks);
		shortest = min_u64(shortest, result.hbm.read_latency_p50_ticks);
	}
	ck_assert_uint_lt(shortest, 2048);
	ck_assert_uint_gt(longest, 2048);
}
END_TEST

/* Four ACTs keep the window by their own spacing, or do not. */
START_TEST(windows_are_left_out_when_they_never_bind)
{
	for (uint64_t faw = 13; faw <= 20; faw++) {
		struct random_dram r;

		engines_machine(&r, 2);
		r.machine.t_FAW = faw;
		for (uint64_t i = 0; i < 24; i++)
			add(&r, 'R', i % 4 * BANK_STEP + i / 4 % 4 * 64 + i / 16 * ROW_STEP, 0);
		agree(&r, "nFAW", faw);
	}
}
END_TEST

/* Mappings whose digits are powers of two are looked up, others computed. */
START_TEST(places_are_looked_up_where_bits_are_bits)
{
	static const char *const mappings[] = { "acc", "MOP4CLXOR", "RoBaRaCoCh" };

	for (size_t i = 0; i < ARRAY_SIZE(mappings); i++)
		for (uint64_t channels = 1; channels <= 3; channels++) {
			struct random_dram r;
			struct ram21_served served;

			engines_machine(&r, 3);
			snprintf(r.machine.hbm_mapping, sizeof(r.machine.hbm_mapping), "%s",
				 mappings[i]);
			r.machine.hbm_channels = channels;
			snprintf(r.spec, sizeof(r.spec), "mix:1000");
			served = agree(&r, mappings[i], channels).served;
			ck_assert_uint_eq(served.places_looked_up, channels < 3 ? 1000 : 0);
			ck_assert_uint_eq(served.places_computed, channels < 3 ? 0 : 1000);
		}
}
END_TEST

/* Lengths around that at which a state comes again: nothing is passed over but whole blocks. */
START_TEST(streams_end_anywhere_in_a_block)
{
	uint64_t skips = 0;

	for (uint64_t i = 0; i < 40; i++) {
		struct random_dram r;

		engines_machine(&r, 2);
		snprintf(r.spec, sizeof(r.spec), "stride:%" PRIu64, 4000 + i);
		skips += agree(&r, "length", i).served.skips;
	}
	ck_assert_uint_ge(skips, 40);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine_edges");
	TCase *t = tcase_create("edges");

	tcase_add_test(t, queues_fill_to_the_last_place);
	tcase_add_test(t, large_queues_go_to_the_reference);
	tcase_add_test(t, holes_are_squeezed_out_at_the_last_place);
	tcase_add_test(t, banks_come_back_from_the_end_of_the_wheel);
	tcase_add_test(t, write_mode_turns_at_its_marks);
	tcase_add_test(t, arrivals_come_at_every_tick_of_a_request);
	tcase_add_test(t, refreshes_meet_arrivals_at_every_tick);
	tcase_add_test(t, latencies_pass_the_end_of_the_array);
	tcase_add_test(t, windows_are_left_out_when_they_never_bind);
	tcase_add_test(t, places_are_looked_up_where_bits_are_bits);
	tcase_add_test(t, streams_end_anywhere_in_a_block);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
