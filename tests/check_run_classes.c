/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of core cycles, one situation each and on random programs (script_run_ok()
 * classifies every cycle a second time, from the log), and runs that cannot end.
 */
#include "support/tap_main.h"

#include <string.h>

#include "run_script.h"

#define N_ROUNDS 40

static struct script s;

static void two_cores(void)
{
	script_init(&s, 2);
}

static void release(void)
{
	script_release(&s);
}

static uint64_t class_cycles(enum core_class class)
{
	return s.result.core.cycles[class];
}

/* A load that waits for a store to free its space: the store is to blame, then the load. */
START_TEST(space_that_a_store_must_free_is_stall_store)
{
	script_matrix(&s, 0, 10);
	script_store(&s, 0, 0, 512)->waits[UNIT_MATRIX] = 1; /* 10 to 42 */
	script_load(&s, 0, 4096, 512)->waits[UNIT_STORE] = 1; /* 42 to 174 */
	script_matrix(&s, 0, 10)->waits[UNIT_LOAD] = 1;
	script_run_ok(&s);
	ck_assert_uint_eq(class_cycles(CORE_STALL_STORE), 32);
	ck_assert_uint_eq(class_cycles(CORE_STALL_LOAD), 132);
	ck_assert_uint_eq(class_cycles(CORE_COMPUTE), 20);
}
END_TEST

/* Waiting for both, the load is blamed while it lasts. */
START_TEST(load_is_blamed_before_store)
{
	struct command *c;

	script_load(&s, 0, 0, 512);    /* 0 to 132 */
	script_store(&s, 0, 4096, 16384); /* 0 to 280 */
	c = script_matrix(&s, 0, 10);
	c->waits[UNIT_LOAD] = 1;
	c->waits[UNIT_STORE] = 1;
	script_run_ok(&s);
	ck_assert_uint_eq(script_entry(&s, 0, UNIT_STORE, 0)->ended_ps, 280000);
	ck_assert_uint_eq(class_cycles(CORE_STALL_LOAD), 132);
	ck_assert_uint_eq(class_cycles(CORE_STALL_STORE), 280 - 132);
}
END_TEST

/* The last store drains while nothing else is left. */
START_TEST(drain_of_the_last_store_is_stall_store)
{
	script_matrix(&s, 0, 10);
	script_store(&s, 0, 0, 512)->waits[UNIT_MATRIX] = 1;
	script_run_ok(&s);
	ck_assert_uint_eq(class_cycles(CORE_STALL_STORE), 32);
	/* The write is on the bus at 132: core 1 had nothing to do, core 0 nothing more. */
	ck_assert_uint_eq(class_cycles(CORE_IDLE), 132 + 90);
}
END_TEST

/* A load that nobody waits for is still what an otherwise finished core waits for. */
START_TEST(load_alone_is_stall_load)
{
	script_load(&s, 0, 0, 512);
	script_run_ok(&s);
	ck_assert_uint_eq(class_cycles(CORE_STALL_LOAD), 132);
}
END_TEST

/* The oldest command waits at a barrier, a younger matrix command computes. */
START_TEST(compute_hides_a_barrier)
{
	script_barrier(&s, 0);
	script_matrix(&s, 0, 15);
	script_vector(&s, 1, 30);
	script_barrier(&s, 1);
	script_run_ok(&s);
	ck_assert_uint_eq(class_cycles(CORE_COMPUTE), 15 + 30);
	ck_assert_uint_eq(class_cycles(CORE_STALL_SYNC), 35 + 20);
}
END_TEST

START_TEST(waiting_for_another_core_by_multicast_is_stall_sync)
{
	static const uint16_t members[] = { 0, 1 };
	static const struct multicast group = { 3, 2, members };

	script_load(&s, 0, 0, 512)->transfer.multicast = &group;
	script_matrix(&s, 1, 25);
	script_load(&s, 1, 0, 512)->transfer.multicast = &group;
	s.core[1].entries[1].command.waits[UNIT_MATRIX] = 1;
	script_run_ok(&s);
	ck_assert_uint_eq(class_cycles(CORE_STALL_SYNC), 25);
	ck_assert_uint_eq(class_cycles(CORE_STALL_LOAD), 2 * 132);
}
END_TEST

START_TEST(before_the_release_is_launch_and_without_work_is_idle)
{
	s.machine.launch_ps = 7500; /* not on an edge: cycle 7 is still in it */
	script_matrix(&s, 0, 10);
	script_run_ok(&s);
	ck_assert_uint_eq(class_cycles(CORE_LAUNCH), 2 * 8);
	ck_assert_uint_eq(class_cycles(CORE_COMPUTE), 10);
	ck_assert_uint_eq(class_cycles(CORE_IDLE), 10);
}
END_TEST

/* Random programs on random machines. */

static uint64_t state;

static uint64_t pick(uint64_t n)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (state >> 33) % n;
}

static void random_machine(struct machine *m)
{
	static const uint64_t hz[] = { 1000000000, 700000000, 1912500000, 999999937, 333333333 };

	m->core_hz = hz[pick(ARRAY_SIZE(hz))];
	m->noc_hz = hz[pick(ARRAY_SIZE(hz))];
	m->spad_bytes_per_cycle = UINT64_C(32) << pick(4);
	m->packet_bytes = UINT64_C(32) << pick(6);
	m->dma_window_bytes = UINT64_C(512) << pick(5);
	m->dma_bytes_per_cycle = UINT64_C(16) << pick(4);
	m->dma_setup_ps = pick(3) * 12345;
	m->noc_core_bytes_per_cycle = UINT64_C(16) << pick(4);
	m->noc_memory_bytes_per_cycle = UINT64_C(16) << pick(4);
	m->noc_latency_cycles = pick(20);
	m->noc_barrier_cycles = pick(30);
	m->matrix_fill_cycles = pick(5);
	m->launch_ps = pick(3) * 33333;
	m->gap_ps = pick(3) * 11111;
	fake_memory_settings()->latency_ps = pick(60000);
	fake_memory_settings()->accept_ps = pick(2) * pick(20000);
	fake_memory_settings()->slow_port_ps = pick(2) * pick(50000);
	fake_memory_settings()->n_ports = 1 + (unsigned)pick(3);
}

static void random_waits(unsigned core, struct command *c)
{
	for (unsigned u = 0; u < N_UNITS; u++) {
		uint64_t n = s.core[core].n_unit[u] - (c->unit == u);

		if (pick(3) == 0)
			c->waits[u] = n - pick(min_u64(n, 3) + 1);
	}
}

static void random_transfer(struct command *c)
{
	struct transfer *t = &c->transfer;

	t->run_bytes = 1 + pick(700);
	t->count[0] = 1 + pick(4);
	t->count[1] = 1 + pick(2);
	t->stride_bytes[0] = t->run_bytes + pick(600);
	t->stride_bytes[1] = 5000;
	t->bytes[TRAFFIC_COMPULSORY] = t->run_bytes * t->count[0] * t->count[1];
}

static void random_command(unsigned core)
{
	struct command *c;

	switch (pick(4)) {
	case 0:
		c = script_load(&s, core, pick(1 << 16), 1);
		random_transfer(c);
		break;
	case 1:
		c = script_store(&s, core, pick(1 << 16), 1);
		random_transfer(c);
		break;
	case 2:
		c = script_matrix(&s, core, 1 + pick(100));
		c->reads[c->n_reads++] = (struct span){ .bytes = pick(4000) };
		break;
	default:
		c = script_vector(&s, core, pick(50));
		c->writes[c->n_writes++] = (struct span){ .bytes = pick(2000) };
		break;
	}
	random_waits(core, c);
}

/* A multicast among cores [first, end), the same transfer for all. */
static void random_multicast(void)
{
	static const uint16_t cores[] = { 0, 1, 2, 3 };
	static struct multicast groups[N_ROUNDS];
	static unsigned n_groups;
	struct multicast *group = &groups[n_groups++ % N_ROUNDS];
	unsigned first = (unsigned)pick(3), end = first + 1 + (unsigned)pick(4 - first);
	struct transfer t;

	for (unsigned i = first; i < end; i++) {
		struct command *c = script_load(&s, i, pick(1 << 16), 1);

		if (i == first) {
			random_transfer(c);
			t = c->transfer;
			*group = (struct multicast){ first * 8 + end, end - first, cores + first };
			t.multicast = group;
		}
		c->transfer = t;
		random_waits(i, c);
	}
}

static void random_program(void)
{
	for (unsigned round = 0; round < N_ROUNDS; round++) {
		uint64_t what = pick(12);

		if (round == N_ROUNDS / 2 && pick(2) == 0)
			script_next_kernel(&s);
		if (what == 0)
			random_multicast();
		for (unsigned i = 0; what == 1 && i < 4; i++)
			random_waits(i, script_barrier(&s, i));
		for (unsigned i = 0; what > 1 && i < 4; i++)
			if (pick(3) > 0)
				random_command(i);
	}
}

/* Every cycle classified again, waits kept, bytes conserved; and a second run in the same
 * process is the same in every time and count. */
START_TEST(random_programs_keep_every_identity_and_repeat)
{
	static struct script_entry before[SCRIPT_MAX_COMMANDS];
	struct result first;
	struct kernel_account kernels[2];

	state = (uint64_t)_i * 7919 + 1;
	script_init(&s, 4);
	random_machine(&s.machine);
	random_program();
	script_run_ok(&s);
	ck_assert_uint_eq(s.result.asked_bytes, s.result.delivered_bytes);
	first = s.result;
	memcpy(kernels, s.result.kernels, s.n_kernels * sizeof(*kernels));
	memcpy(before, s.core[1].entries, s.core[1].n * sizeof(*before));
	script_run_ok(&s);
	ck_assert_uint_eq(s.result.end_ps, first.end_ps);
	ck_assert_uint_eq(s.result.events, first.events);
	ck_assert_mem_eq(&s.result.core, &first.core, sizeof(first.core));
	ck_assert_mem_eq(s.result.kernels, kernels, s.n_kernels * sizeof(*kernels));
	for (size_t i = 0; i < s.core[1].n; i++) {
		ck_assert_uint_eq(s.core[1].entries[i].started_ps, before[i].started_ps);
		ck_assert_uint_eq(s.core[1].entries[i].ended_ps, before[i].ended_ps);
	}
	script_release(&s);
}
END_TEST

/* Runs that cannot end. */

static void assert_stuck(const char *text)
{
	ck_assert(!script_run(&s));
	ck_assert_int_eq(s.err.code, ERR_WORKLOAD);
	ck_assert_msg(strstr(s.err.text, text) != NULL, "%s", s.err.text);
}

START_TEST(deadlock_on_a_command_that_does_not_exist)
{
	script_load(&s, 1, 0, 512);
	script_matrix(&s, 1, 10)->waits[UNIT_LOAD] = 2;
	assert_stuck("kernel 0 (script): no progress possible at 132000 ps: core 1: "
		     "matrix command 0 waits for 2 load commands, 1 are complete");
}
END_TEST

START_TEST(deadlock_at_a_barrier_that_a_core_lacks)
{
	script_barrier(&s, 0);
	assert_stuck("core 0: vector command 0 waits at a barrier that 1 of 2 cores have reached");
}
END_TEST

START_TEST(deadlock_of_a_multicast_that_a_core_lacks)
{
	static const uint16_t members[] = { 0, 1 };
	static const struct multicast group = { 3, 2, members };

	script_load(&s, 0, 0, 512)->transfer.multicast = &group;
	assert_stuck("core 0: load command 0 waits for 1 other members of multicast 3");
}
END_TEST

/* Two commands that wait for each other break the rule of waits; classes must survive it. */
START_TEST(deadlock_in_a_circle)
{
	script_load(&s, 0, 0, 512)->waits[UNIT_MATRIX] = 1;
	script_matrix(&s, 0, 10)->waits[UNIT_LOAD] = 1;
	assert_stuck("core 0: load command 0 waits for 1 matrix commands, 0 are complete");
}
END_TEST

START_TEST(memory_that_never_answers)
{
	fake_memory_settings()->loses_packets = true;
	script_load(&s, 0, 0, 512);
	assert_stuck("core 0: load command 0 is under way");
}
END_TEST

START_TEST(time_past_the_horizon)
{
	script_matrix(&s, 0, 1)->matrix.work.m = UINT64_MAX / 2;
	ck_assert(!script_run(&s));
	ck_assert_int_eq(s.err.code, ERR_LIMIT);
}
END_TEST

START_TEST(packets_of_too_many_bursts)
{
	s.machine.packet_bytes = 4096;
	script_load(&s, 0, 0, 512);
	ck_assert(!script_run(&s));
	ck_assert_int_eq(s.err.code, ERR_CONFIG);
}
END_TEST

static TCase *class_tests(void)
{
	TCase *t = tcase_create("classes");

	tcase_add_checked_fixture(t, two_cores, release);
	tcase_add_test(t, space_that_a_store_must_free_is_stall_store);
	tcase_add_test(t, load_is_blamed_before_store);
	tcase_add_test(t, drain_of_the_last_store_is_stall_store);
	tcase_add_test(t, load_alone_is_stall_load);
	tcase_add_test(t, compute_hides_a_barrier);
	tcase_add_test(t, waiting_for_another_core_by_multicast_is_stall_sync);
	tcase_add_test(t, before_the_release_is_launch_and_without_work_is_idle);
	return t;
}

static TCase *stuck_tests(void)
{
	TCase *t = tcase_create("stuck");

	tcase_add_checked_fixture(t, two_cores, release);
	tcase_add_test(t, deadlock_on_a_command_that_does_not_exist);
	tcase_add_test(t, deadlock_at_a_barrier_that_a_core_lacks);
	tcase_add_test(t, deadlock_of_a_multicast_that_a_core_lacks);
	tcase_add_test(t, deadlock_in_a_circle);
	tcase_add_test(t, memory_that_never_answers);
	tcase_add_test(t, time_past_the_horizon);
	tcase_add_test(t, packets_of_too_many_bursts);
	return t;
}

static TCase *random_tests(void)
{
	TCase *t = tcase_create("random");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, random_programs_keep_every_identity_and_repeat, 0, 40);
	return t;
}

int main(void)
{
	Suite *suite = suite_create("classes");

	suite_add_tcase(suite, class_tests());
	suite_add_tcase(suite, stuck_tests());
	suite_add_tcase(suite, random_tests());
	return tap_main(suite);
}
