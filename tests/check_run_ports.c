/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports of the scratchpad, by hand: 64 bytes a cycle.  With the script's machine a
 * packet of 512 bytes loaded at 0 is in the core at 132, one stored at 0 has left it at 4.
 */
#include "support/tap_main.h"

#include "run_script.h"

static struct script s;

static void one_core(void)
{
	script_init(&s, 1);
	s.machine.spad_bytes_per_cycle = 64;
}

static void release(void)
{
	script_release(&s);
}

static void assert_span(enum unit_kind unit, uint64_t start, uint64_t end)
{
	const struct script_entry *e = script_entry(&s, 0, unit, 0);

	ck_assert_uint_eq(e->started_ps, start * 1000);
	ck_assert_uint_eq(e->ended_ps, end * 1000);
}

static void span(struct command *c, uint64_t bytes)
{
	c->reads[c->n_reads++] = (struct span){ .bytes = bytes };
}

START_TEST(ports_slow_a_command_that_reads_too_much)
{
	span(script_matrix(&s, 0, 10), 6400 - 63);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 100);
	ck_assert_uint_eq(s.result.core.compute_throttled, 90);
	ck_assert_uint_eq(s.result.kernels[0].matrix_busy_cycles, 100);
}
END_TEST

START_TEST(accumulators_have_ports_of_their_own)
{
	span(script_matrix(&s, 0, 10), 6400);
	s.core[0].entries[0].command.reads[0].memory = ONCHIP_ACC;
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 10);
}
END_TEST

/* 512 bytes arrive at 132: 8 cycles of the ports, which a saturating command lacks. */
START_TEST(dma_steals_port_cycles)
{
	span(script_matrix(&s, 0, 200), 200 * 64);
	script_load(&s, 0, 0, 512);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 208);
	ck_assert_uint_eq(s.result.core.compute_throttled, 8);
}
END_TEST

/* What arrives at the planned end itself has crossed the ports before it. */
START_TEST(dma_steals_at_the_last_instant)
{
	span(script_matrix(&s, 0, 132), 132 * 64);
	script_load(&s, 0, 0, 512);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 140);
}
END_TEST

START_TEST(dma_within_the_slack_steals_nothing)
{
	span(script_matrix(&s, 0, 200), 200 * 64 - 512);
	script_load(&s, 0, 0, 512);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 200);
	ck_assert_uint_eq(s.result.core.compute_throttled, 0);
}
END_TEST

/* The second packet arrives at 264, while the first's theft is made up for: 260, 268, 276. */
START_TEST(dma_steals_from_the_extension_too)
{
	s.machine.dma_window_bytes = 512;
	span(script_matrix(&s, 0, 260), 260 * 64);
	script_load(&s, 0, 0, 1024);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 276);
	ck_assert_uint_eq(s.result.core.compute_throttled, 16);
}
END_TEST

/* A store's bytes have left the core's port at 4. */
START_TEST(stores_steal_port_cycles)
{
	span(script_matrix(&s, 0, 10), 640);
	script_store(&s, 0, 0, 512);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 18);
}
END_TEST

START_TEST(matrix_and_vector_share_the_ports)
{
	span(script_matrix(&s, 0, 100), 6400);
	span(script_vector(&s, 0, 100), 6400);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 200);
	assert_span(UNIT_VECTOR, 0, 200);
	ck_assert_uint_eq(s.result.core.cycles[CORE_COMPUTE], 200);
	ck_assert_uint_eq(s.result.core.compute_throttled, 100);
}
END_TEST

/* Four banks: lines of 16 bytes.  6401 bytes are 401 lines, 6416 bytes: 100.25 cycles. */
START_TEST(a_span_takes_whole_lines_of_banks)
{
	s.machine.spad_banks = 4;
	span(script_matrix(&s, 0, 10), 6401);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 101);
}
END_TEST

/* One bank: two spans of a byte take a line of 64 bytes each, a cycle each. */
START_TEST(each_span_is_rounded_by_itself)
{
	struct command *c;

	s.machine.spad_banks = 1;
	c = script_matrix(&s, 0, 1);
	span(c, 1);
	c->writes[c->n_writes++] = (struct span){ .base = 128, .bytes = 1 };
	span(c, 63);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 3);
	ck_assert_uint_eq(s.result.core.compute_throttled, 2);
}
END_TEST

/* 64 banks, lines of one byte: a span and a packet cost what they hold. */
START_TEST(lines_of_a_byte_round_nothing)
{
	s.machine.spad_banks = 64;
	span(script_matrix(&s, 0, 10), 65);
	script_store(&s, 0, 0, 9 * 64 - 1);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 10);
}
END_TEST

/* The store's one packet of 32 bytes takes a line of 64: just the cycle that was left; below,
 * where a byte more is the command's own, one too many. */
START_TEST(a_packet_takes_whole_lines_of_banks)
{
	s.machine.spad_banks = 1;
	span(script_matrix(&s, 0, 10), 9 * 64);
	script_store(&s, 0, 0, 32);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 10);
}
END_TEST

START_TEST(a_packet_in_a_full_span_takes_a_line)
{
	s.machine.spad_banks = 1;
	span(script_matrix(&s, 0, 10), 9 * 64 + 1);
	script_store(&s, 0, 0, 32);
	script_run_ok(&s);
	assert_span(UNIT_MATRIX, 0, 11);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ports");
	TCase *t = tcase_create("ports");

	tcase_add_checked_fixture(t, one_core, release);
	tcase_add_test(t, ports_slow_a_command_that_reads_too_much);
	tcase_add_test(t, accumulators_have_ports_of_their_own);
	tcase_add_test(t, dma_steals_port_cycles);
	tcase_add_test(t, dma_steals_at_the_last_instant);
	tcase_add_test(t, dma_within_the_slack_steals_nothing);
	tcase_add_test(t, dma_steals_from_the_extension_too);
	tcase_add_test(t, stores_steal_port_cycles);
	tcase_add_test(t, matrix_and_vector_share_the_ports);
	tcase_add_test(t, a_span_takes_whole_lines_of_banks);
	tcase_add_test(t, each_span_is_rounded_by_itself);
	tcase_add_test(t, lines_of_a_byte_round_nothing);
	tcase_add_test(t, a_packet_takes_whole_lines_of_banks);
	tcase_add_test(t, a_packet_in_a_full_span_takes_a_line);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
