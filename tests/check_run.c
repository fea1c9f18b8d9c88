/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timelines computed by hand.  With the script's machine (1 GHz, one memory port), a
 * read packet of 512 bytes issued at cycle t is at the memory at t + 10, its data ends
 * at t + 110, has left the memory port at t + 118, and is in the core at t + 132.  A
 * write issued at t has left the core at t + 4, is at the port's link at t + 14, accepted
 * at t + 22 and acknowledged at t + 32.
 */
#include "support/tap_main.h"

#include <string.h>

#include "run_script.h"

static struct script s;

static void one_core(void)
{
	script_init(&s, 1);
}

static void three_cores(void)
{
	script_init(&s, 3);
}

static void release(void)
{
	script_release(&s);
}

static const uint64_t *classes(void)
{
	return s.result.core.cycles;
}

static void assert_span(unsigned core, enum unit_kind unit, size_t n, uint64_t start, uint64_t end)
{
	const struct script_entry *e = script_entry(&s, core, unit, n);

	ck_assert_uint_eq(e->started_ps, start * 1000);
	ck_assert_uint_eq(e->ended_ps, end * 1000);
}

/* The unit's n-th command waits for a count of another unit. */
static void wait_for(struct command *c, enum unit_kind unit, uint64_t count)
{
	c->waits[unit] = count;
}

static void add_chain(void)
{
	script_load(&s, 0, 0, 1024);
	wait_for(script_matrix(&s, 0, 10), UNIT_LOAD, 1);
	wait_for(script_store(&s, 0, 4096, 512), UNIT_MATRIX, 1);
}

START_TEST(chain_of_load_compute_store)
{
	add_chain();
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 0, 0, 140);
	assert_span(0, UNIT_MATRIX, 0, 140, 150);
	assert_span(0, UNIT_STORE, 0, 150, 182);
	ck_assert_uint_eq(s.result.cycles, 272); /* the write's data ends */
	ck_assert_uint_eq(s.result.end_ps, 272000);
	ck_assert_uint_eq(classes()[CORE_STALL_LOAD], 140);
	ck_assert_uint_eq(classes()[CORE_COMPUTE], 10);
	ck_assert_uint_eq(classes()[CORE_STALL_STORE], 32);
	ck_assert_uint_eq(classes()[CORE_IDLE], 90);
	ck_assert_uint_eq(s.result.core.overlapped, 0);
	ck_assert_uint_eq(s.result.kernels[0].matrix_busy_cycles, 10);
	ck_assert_uint_eq(s.result.kernels[0].noc_bytes, 1536);
	ck_assert_uint_eq(s.result.kernels[0].read_bytes, 1024);
	ck_assert_uint_eq(s.result.kernels[0].write_bytes, 512);
	ck_assert_uint_eq(s.result.tensors[0].write_bytes, 512);
	ck_assert_uint_eq(s.result.asked_bytes, 1536);
}
END_TEST

START_TEST(setup_comes_before_the_first_packet)
{
	s.machine.dma_setup_ps = 50000;
	add_chain();
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 0, 0, 190);
	assert_span(0, UNIT_STORE, 0, 200, 282);
}
END_TEST

/* The load ends at 132,000 ps; edge 93 of 700 MHz is at 132,857 ps, edge 103 at 147,142. */
START_TEST(compute_starts_and_ends_on_edges_of_its_clock)
{
	s.machine.core_hz = 700000000;
	script_load(&s, 0, 0, 512);
	wait_for(script_matrix(&s, 0, 10), UNIT_LOAD, 1);
	script_run_ok(&s);
	ck_assert_uint_eq(script_entry(&s, 0, UNIT_LOAD, 0)->ended_ps, 132000);
	ck_assert_uint_eq(script_entry(&s, 0, UNIT_MATRIX, 0)->started_ps, 132857);
	ck_assert_uint_eq(script_entry(&s, 0, UNIT_MATRIX, 0)->ended_ps, 147142);
	ck_assert_uint_eq(classes()[CORE_STALL_LOAD], 93);
	ck_assert_uint_eq(classes()[CORE_COMPUTE], 10);
	ck_assert_uint_eq(s.result.cycles, 103);
}
END_TEST

/* Load i + n_buffers waits for compute i. */
static void add_tiles(unsigned n_tiles, unsigned n_buffers)
{
	for (unsigned i = 0; i < n_tiles; i++) {
		struct command *load = script_load(&s, 0, 512 * i, 512);

		if (i >= n_buffers)
			wait_for(load, UNIT_MATRIX, i - n_buffers + 1);
		wait_for(script_matrix(&s, 0, 200), UNIT_LOAD, i + 1);
	}
}

START_TEST(one_buffer_serialises)
{
	add_tiles(4, 1);
	script_run_ok(&s);
	ck_assert_uint_eq(s.result.cycles, 4 * (132 + 200));
	ck_assert_uint_eq(classes()[CORE_STALL_LOAD], 4 * 132);
	ck_assert_uint_eq(s.result.core.overlapped, 0);
}
END_TEST

START_TEST(two_buffers_overlap)
{
	add_tiles(4, 2);
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 1, 0, 140); /* started as soon as the first is issued */
	assert_span(0, UNIT_LOAD, 2, 332, 464);
	assert_span(0, UNIT_MATRIX, 3, 732, 932);
	ck_assert_uint_eq(classes()[CORE_STALL_LOAD], 132);
	ck_assert_uint_eq(classes()[CORE_COMPUTE], 800);
	ck_assert_uint_eq(s.result.core.overlapped, 8 + 132 + 132);
}
END_TEST

static const uint16_t members[] = { 0, 1, 2 };
static const struct multicast group = { 7, 3, members };

static void add_multicast(uint64_t bytes)
{
	for (unsigned i = 0; i < 3; i++) {
		script_load(&s, i, 0, bytes)->transfer.multicast = &group;
		wait_for(script_vector(&s, i, 5), UNIT_LOAD, 1);
	}
}

/* Each member issues one packet at 0; they leave the one memory port 8 cycles apart. */
START_TEST(multicast_reads_once_and_delivers_to_all)
{
	add_multicast(1536);
	script_run_ok(&s);
	for (unsigned i = 0; i < 3; i++) {
		assert_span(i, UNIT_LOAD, 0, 0, 148);
		ck_assert_uint_eq(script_entry(&s, i, UNIT_LOAD, 0)->delivered_bytes, 1536);
	}
	ck_assert_uint_eq(s.result.kernels[0].read_bytes, 1536);
	ck_assert_uint_eq(s.result.kernels[0].bytes[TRAFFIC_COMPULSORY], 1536);
	ck_assert_uint_eq(s.result.kernels[0].noc_bytes, 3 * 1536);
	ck_assert_uint_eq(s.result.asked_bytes, 3 * 1536);
	ck_assert_uint_eq(s.result.delivered_bytes, 3 * 1536);
	ck_assert_uint_eq(classes()[CORE_STALL_LOAD], 3 * 148);
}
END_TEST

/* The fourth packet is the first member's second, issued at 4. */
START_TEST(multicast_members_take_turns)
{
	size_t n;

	add_multicast(2048);
	script_run_ok(&s);
	ck_assert_uint_eq(fake_memory_offers(&n)[3].when_ps, 14000);
	ck_assert_uint_eq(n, 4);
	for (unsigned i = 0; i < 3; i++)
		assert_span(i, UNIT_LOAD, 0, 0, 156);
}
END_TEST

START_TEST(multicast_waits_for_its_last_member)
{
	script_matrix(&s, 2, 50);
	add_multicast(1536);
	wait_for(&s.core[2].entries[1].command, UNIT_MATRIX, 1);
	script_run_ok(&s);
	for (unsigned i = 0; i < 3; i++)
		assert_span(i, UNIT_LOAD, 0, 50, 198);
	ck_assert_uint_eq(classes()[CORE_STALL_SYNC], 2 * 50);
	ck_assert_uint_eq(classes()[CORE_STALL_LOAD], 3 * 148);
	ck_assert_uint_eq(classes()[CORE_COMPUTE], 50 + 3 * 5);
}
END_TEST

/* A group's second transfer follows its first; members need not have issued packets of both. */
START_TEST(multicast_groups_repeat)
{
	add_multicast(512);
	add_multicast(512);
	script_run_ok(&s);
	for (unsigned i = 0; i < 3; i++)
		assert_span(i, UNIT_LOAD, 0, 0, 132);
	/* Core 0 issues both: the second after the first's 4 cycles. */
	for (unsigned i = 0; i < 3; i++)
		assert_span(i, UNIT_LOAD, 1, 0, 140);
}
END_TEST

/* Member 0 issued the one packet, so its next is 4 cycles behind the others'. */
START_TEST(multicast_counts_on_its_issuer)
{
	const struct fake_memory_offer *offers;
	size_t n;

	add_multicast(512);
	for (unsigned i = 0; i < 3; i++)
		script_load(&s, i, 8192 * (i + 1), 512);
	script_run_ok(&s);
	offers = fake_memory_offers(&n);
	ck_assert_uint_eq(n, 4);
	ck_assert_uint_eq(offers[2].when_ps, 10000);
	ck_assert_uint_eq(offers[3].when_ps, 14000);
	ck_assert_uint_eq(offers[3].packet.address, 8192);
}
END_TEST

START_TEST(barrier_releases_all_after_the_last)
{
	for (unsigned i = 0; i < 3; i++) {
		script_vector(&s, i, 10 * (i + 1));
		script_barrier(&s, i);
		script_vector(&s, i, 5);
	}
	script_run_ok(&s);
	for (unsigned i = 0; i < 3; i++) {
		assert_span(i, UNIT_VECTOR, 1, 10 * (i + 1), 50);
		assert_span(i, UNIT_VECTOR, 2, 50, 55);
	}
	ck_assert_uint_eq(classes()[CORE_STALL_SYNC], 40 + 30 + 20);
	ck_assert_uint_eq(classes()[CORE_COMPUTE], 10 + 20 + 30 + 15);
	ck_assert_uint_eq(s.result.kernels[0].vector_busy_cycles, 75);
}
END_TEST

START_TEST(window_of_one_packet_waits_for_delivery)
{
	const struct fake_memory_offer *offers;
	size_t n;

	s.machine.dma_window_bytes = 512;
	script_load(&s, 0, 0, 1024);
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 0, 0, 264);
	offers = fake_memory_offers(&n);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(offers[0].packet.held_ps, offers[0].packet.issued_ps);
	ck_assert_uint_eq(offers[1].packet.held_ps, 4000); /* it was next from here */
	ck_assert_uint_eq(offers[1].packet.issued_ps, 132000);
	ck_assert_uint_eq(offers[1].when_ps, 142000);
}
END_TEST

START_TEST(window_of_two_packets_frees_one_at_a_time)
{
	s.machine.dma_window_bytes = 1535;
	script_load(&s, 0, 0, 1536);
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 0, 0, 264);
}
END_TEST

/* The window is the unit's, over all its transfers. */
START_TEST(window_spans_transfers)
{
	s.machine.dma_window_bytes = 512;
	script_load(&s, 0, 0, 512);
	script_load(&s, 0, 512, 512);
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 0, 0, 132);
	assert_span(0, UNIT_LOAD, 1, 0, 264);
}
END_TEST

/* The rate is the unit's, over all its transfers. */
START_TEST(issue_rate_spans_transfers)
{
	size_t n;

	script_load(&s, 0, 0, 512);
	script_load(&s, 0, 512, 512);
	script_run_ok(&s);
	ck_assert_uint_eq(fake_memory_offers(&n)[1].when_ps, 14000);
	assert_span(0, UNIT_LOAD, 1, 0, 140);
}
END_TEST

/* The second transfer is here at 136, the first, of the slow port, at 182: both count then. */
START_TEST(transfers_complete_in_order)
{
	fake_memory_settings()->n_ports = 2;
	fake_memory_settings()->slow_port_ps = 50000;
	script_load(&s, 0, 0, 512);
	script_load(&s, 0, 512, 512);
	script_matrix(&s, 0, 10)->waits[UNIT_LOAD] = 1;
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 0, 0, 182);
	assert_span(0, UNIT_LOAD, 1, 0, 182);
	assert_span(0, UNIT_MATRIX, 0, 182, 192);
}
END_TEST

START_TEST(window_smaller_than_a_packet_takes_one)
{
	s.machine.dma_window_bytes = 32;
	script_load(&s, 0, 0, 1024);
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 0, 0, 264);
}
END_TEST

START_TEST(store_waits_for_the_acknowledgement)
{
	fake_memory_settings()->accept_ps = 7000;
	script_store(&s, 0, 0, 512);
	script_run_ok(&s);
	assert_span(0, UNIT_STORE, 0, 0, 39);
	ck_assert_uint_eq(classes()[CORE_STALL_STORE], 39);
	ck_assert_uint_eq(s.result.cycles, 129);
}
END_TEST

START_TEST(store_window_frees_on_acknowledgement)
{
	s.machine.dma_window_bytes = 512;
	script_store(&s, 0, 0, 1024);
	script_run_ok(&s);
	assert_span(0, UNIT_STORE, 0, 0, 64);
}
END_TEST

/* Packets of 512 bytes at 64 bytes a cycle: the second is issued 8 cycles after the first. */
START_TEST(issue_rate_spaces_packets)
{
	const struct fake_memory_offer *offers;
	size_t n;

	s.machine.dma_bytes_per_cycle = 64;
	script_load(&s, 0, 0, 1024 + 32);
	script_run_ok(&s);
	offers = fake_memory_offers(&n);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(offers[1].when_ps, 18000);
	ck_assert_uint_eq(offers[2].when_ps, 26000);
	/* The last has one burst: it is at the core at 137, whose link is free at 140. */
	assert_span(0, UNIT_LOAD, 0, 0, 141);
}
END_TEST

/* Two cores' reads end together: one memory port serves one after the other, two serve both. */
START_TEST(memory_ports_are_shared_per_port)
{
	script_load(&s, 0, 0, 512);
	script_load(&s, 1, 512, 512);
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 0, 0, 132);
	assert_span(1, UNIT_LOAD, 0, 0, 140);
	fake_memory_settings()->n_ports = 2;
	script_run_ok(&s);
	assert_span(0, UNIT_LOAD, 0, 0, 132);
	assert_span(1, UNIT_LOAD, 0, 0, 132);
}
END_TEST

START_TEST(padding_is_what_nobody_asked_for)
{
	struct command *c = script_load(&s, 0, 1000, 40); /* bytes 1000 to 1040: bursts 31 and 32 */

	script_run_ok(&s);
	ck_assert_uint_eq(c->transfer.bytes[TRAFFIC_COMPULSORY], 40);
	ck_assert_uint_eq(s.result.kernels[0].read_bytes, 64);
	ck_assert_uint_eq(s.result.kernels[0].bytes[TRAFFIC_PADDING], 24);
	ck_assert_uint_eq(s.result.delivered_bytes, 40);
}
END_TEST

START_TEST(vector_cycles_follow_the_cost_table)
{
	struct command *c = script_add(&s, 0, UNIT_VECTOR);

	s.machine.vector_startup_cycles = 3;
	s.machine.vector_cost_exp = 4;
	c->vector.bytes[VECTOR_ADD] = 1000;
	c->vector.bytes[VECTOR_EXP] = 500;
	script_run_ok(&s);
	assert_span(0, UNIT_VECTOR, 0, 0, 3 + 6); /* 3,000 bytes at 512 a cycle */
}
END_TEST

START_TEST(kernels_are_released_by_launch_and_gap)
{
	const struct kernel_account *k;

	s.machine.launch_ps = 1000000;
	s.machine.gap_ps = 500000;
	script_matrix(&s, 0, 10);
	script_next_kernel(&s);
	script_matrix(&s, 0, 2000);
	script_next_kernel(&s);
	script_matrix(&s, 0, 10);
	script_run_ok(&s);
	k = s.result.kernels;
	ck_assert_uint_eq(k[0].release_ps, 1000000);
	ck_assert_uint_eq(k[0].end_ps, 1010000);
	ck_assert_uint_eq(k[1].start_ps, 1010000);
	ck_assert_uint_eq(k[1].release_ps, 2000000); /* a launch after the release before */
	ck_assert_uint_eq(k[1].end_ps, 4000000);
	ck_assert_uint_eq(k[2].release_ps, 4500000); /* a gap after the end before */
	ck_assert_uint_eq(k[2].end_cycle, 4510);
	ck_assert_uint_eq(k[0].core.cycles[CORE_LAUNCH], 1000);
	ck_assert_uint_eq(k[1].core.cycles[CORE_LAUNCH], 990);
	ck_assert_uint_eq(k[2].core.cycles[CORE_LAUNCH], 500);
	ck_assert_uint_eq(k[1].core.cycles[CORE_COMPUTE], 2000);
}
END_TEST

START_TEST(kernels_without_commands_take_no_time)
{
	script_next_kernel(&s);
	script_matrix(&s, 0, 10);
	script_next_kernel(&s);
	script_run_ok(&s);
	ck_assert_uint_eq(s.result.kernels[0].end_cycle, 0);
	ck_assert_uint_eq(s.result.kernels[1].end_cycle, 10);
	ck_assert_uint_eq(s.result.kernels[2].end_cycle, 10);
}
END_TEST

/* The vector command, ready since 132,000 ps, starts and ends with the matrix command's end at
 * edge 93, before its own event for that edge comes; the kernel ends there, too. */
START_TEST(stale_starts_leave_the_next_kernel_alone)
{
	s.machine.core_hz = 700000000;
	s.machine.launch_ps = 1000000;
	s.machine.dma_setup_ps = 0;
	script_load(&s, 0, 0, 512);
	script_matrix(&s, 0, 93);
	script_vector(&s, 0, 0)->waits[UNIT_LOAD] = 1;
	script_next_kernel(&s);
	script_matrix(&s, 0, 1400);
	script_run_ok(&s);
	ck_assert_uint_eq(s.result.kernels[0].end_cycle, 700 + 93);
	ck_assert_uint_eq(s.result.kernels[1].end_cycle, 1400 + 1400);
}
END_TEST

START_TEST(serial_modes_leave_one_side)
{
	add_chain();
	s.compute_is_free = true;
	script_run_ok(&s);
	ck_assert_uint_eq(s.result.kernels[0].end_ps, 262000); /* the chain without its 10 cycles */
	s.compute_is_free = false;
	s.memory_is_free = true;
	script_run_ok(&s);
	ck_assert_uint_eq(s.result.end_ps, 10000);
}
END_TEST

START_TEST(serial_mode_keeps_barriers_in_order)
{
	for (unsigned i = 0; i < 3; i++) {
		script_vector(&s, i, 10 * (i + 1));
		script_barrier(&s, i);
		script_vector(&s, i, 5);
	}
	s.memory_is_free = true;
	script_run_ok(&s);
	ck_assert_uint_eq(s.result.end_ps, 35000);
}
END_TEST

/* More than the queues hold: the fetcher waits, and so does the class. */
START_TEST(queues_are_bounded_and_nothing_is_lost)
{
	for (unsigned i = 0; i < 300; i++)
		script_load(&s, 0, 512 * i, 512);
	wait_for(script_matrix(&s, 0, 10), UNIT_LOAD, 300);
	script_run_ok(&s);
	ck_assert_uint_eq(s.result.delivered_bytes, 300 * 512);
	ck_assert_uint_eq(classes()[CORE_COMPUTE], 10);
	ck_assert_uint_eq(classes()[CORE_STALL_LOAD], s.result.cycles - 10);
	/* The one port passes a packet every 8 cycles. */
	ck_assert_uint_eq(script_entry(&s, 0, UNIT_LOAD, 299)->ended_ps, (132 + 299 * 8) * 1000);
}
END_TEST

static TCase *one_core_tests(void)
{
	TCase *t = tcase_create("one core");

	tcase_add_checked_fixture(t, one_core, release);
	tcase_add_test(t, chain_of_load_compute_store);
	tcase_add_test(t, setup_comes_before_the_first_packet);
	tcase_add_test(t, compute_starts_and_ends_on_edges_of_its_clock);
	tcase_add_test(t, one_buffer_serialises);
	tcase_add_test(t, two_buffers_overlap);
	tcase_add_test(t, window_of_one_packet_waits_for_delivery);
	tcase_add_test(t, window_of_two_packets_frees_one_at_a_time);
	tcase_add_test(t, window_spans_transfers);
	tcase_add_test(t, issue_rate_spans_transfers);
	tcase_add_test(t, transfers_complete_in_order);
	tcase_add_test(t, window_smaller_than_a_packet_takes_one);
	tcase_add_test(t, store_waits_for_the_acknowledgement);
	tcase_add_test(t, store_window_frees_on_acknowledgement);
	tcase_add_test(t, issue_rate_spaces_packets);
	tcase_add_test(t, padding_is_what_nobody_asked_for);
	tcase_add_test(t, vector_cycles_follow_the_cost_table);
	tcase_add_test(t, kernels_are_released_by_launch_and_gap);
	tcase_add_test(t, kernels_without_commands_take_no_time);
	tcase_add_test(t, stale_starts_leave_the_next_kernel_alone);
	tcase_add_test(t, serial_modes_leave_one_side);
	tcase_add_test(t, queues_are_bounded_and_nothing_is_lost);
	return t;
}

static TCase *three_core_tests(void)
{
	TCase *t = tcase_create("three cores");

	tcase_add_checked_fixture(t, three_cores, release);
	tcase_add_test(t, multicast_reads_once_and_delivers_to_all);
	tcase_add_test(t, multicast_members_take_turns);
	tcase_add_test(t, multicast_waits_for_its_last_member);
	tcase_add_test(t, multicast_groups_repeat);
	tcase_add_test(t, multicast_counts_on_its_issuer);
	tcase_add_test(t, barrier_releases_all_after_the_last);
	tcase_add_test(t, memory_ports_are_shared_per_port);
	tcase_add_test(t, serial_mode_keeps_barriers_in_order);
	return t;
}

int main(void)
{
	Suite *suite = suite_create("run");

	suite_add_tcase(suite, one_core_tests());
	suite_add_tcase(suite, three_core_tests());
	return tap_main(suite);
}
