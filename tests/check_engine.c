/* SPDX-License-Identifier: Apache-2.0 */
/* The event queue's order, and clock edges against 128-bit arithmetic. */
#include "support/tap_main.h"

#include <stdlib.h>

#include "engine/clock.h"
#include "engine/event.h"

#define N_RANDOM 5000

struct log {
	struct event_queue *q;
	uint64_t argument[N_RANDOM];
	uint64_t when_ps[N_RANDOM];
	size_t n;
};

static void note(void *context, uint64_t argument)
{
	struct log *log = context;

	log->when_ps[log->n] = event_now(log->q);
	log->argument[log->n++] = argument;
}

static void note_and_follow(void *context, uint64_t argument)
{
	struct log *log = context;

	note(context, argument);
	event_at(log->q, event_now(log->q), EVENT_DELIVER, note, log, argument + 100);
}

START_TEST(event_ties_are_fifo)
{
	struct log log = { .q = event_queue_new(ENGINE_FAST) };

	for (uint64_t i = 0; i < 100; i++)
		event_at(log.q, 7, EVENT_ISSUE, note, &log, i);
	while (event_run_next(log.q))
		;
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_uint_eq(log.argument[i], i);
	ck_assert_uint_eq(event_count(log.q), 100);
	event_queue_free(log.q);
}
END_TEST

START_TEST(event_priority_breaks_ties_and_time_comes_first)
{
	struct log log = { .q = event_queue_new(ENGINE_FAST) };
	const uint64_t expected[] = { 5, 4, 3, 2, 1, 0 };

	event_at(log.q, 9, EVENT_DELIVER, note, &log, 0);
	event_at(log.q, 8, EVENT_CONTROL, note, &log, 1);
	event_at(log.q, 8, EVENT_ARRIVE, note, &log, 2);
	event_at(log.q, 8, EVENT_ISSUE, note, &log, 3);
	event_at(log.q, 8, EVENT_COMPLETE, note, &log, 4);
	event_at(log.q, 8, EVENT_DELIVER, note, &log, 5);
	while (event_run_next(log.q))
		;
	ck_assert_uint_eq(log.n, 6);
	for (size_t i = 0; i < 6; i++)
		ck_assert_uint_eq(log.argument[i], expected[i]);
	event_queue_free(log.q);
}
END_TEST

/* What is scheduled for this very instant runs in it, by its priority. */
START_TEST(event_of_the_present_instant_runs_in_it)
{
	struct log log = { .q = event_queue_new(ENGINE_FAST) };
	const uint64_t expected[] = { 1, 101, 2 };

	event_at(log.q, 5, EVENT_COMPLETE, note_and_follow, &log, 1);
	event_at(log.q, 5, EVENT_COMPLETE, note, &log, 2);
	while (event_run_next(log.q))
		;
	ck_assert_uint_eq(log.n, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(log.argument[i], expected[i]);
	event_queue_free(log.q);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

/* From all at one instant to events further apart than the fast engine's wheel reaches. */
static const uint64_t spreads_ps[] = { 1, 50, 5000, 1000000, 4000000, 1000000000000 };

/* Interleaved insertions and removals come out in the order of (time, priority, insertion). */
START_TEST(event_order_is_total_on_random_times)
{
	struct log log = { .q = event_queue_new(_i % 2 ? ENGINE_REFERENCE : ENGINE_FAST) };
	static uint64_t when_ps[N_RANDOM], priority[N_RANDOM];
	uint64_t state = 1;

	for (size_t i = 0; i < N_RANDOM; i++) {
		when_ps[i] = event_now(log.q) + next_random(&state) % spreads_ps[_i / 2];
		priority[i] = next_random(&state) % 5;
		event_at(log.q, when_ps[i], (enum event_priority)priority[i], note, &log, i);
		if (next_random(&state) % 3 == 0)
			event_run_next(log.q);
	}
	while (event_run_next(log.q))
		;
	ck_assert_uint_eq(log.n, N_RANDOM);
	for (size_t i = 0; i < N_RANDOM; i++) {
		uint64_t b = log.argument[i];

		ck_assert_uint_eq(log.when_ps[i], when_ps[b]);
		if (i > 0) {
			uint64_t a = log.argument[i - 1];

			ck_assert_uint_le(when_ps[a], when_ps[b]);
			/* One of a later rank may come first only when the other did not
			 * exist yet. */
			if (when_ps[a] == when_ps[b] && priority[a] >= priority[b])
				ck_assert_uint_lt(a, b);
		}
	}
	event_queue_free(log.q);
}
END_TEST

struct linked {
	struct event_link link;
	struct log *log;
	uint64_t number;
};

static void note_linked(void *context, uint64_t argument)
{
	const struct linked *l = context;

	ck_assert_uint_eq(argument, 0);
	note(l->log, l->number);
}

/* Three lines of two priorities, and events beside them; times mostly ascend, and often tie. */
static void run_lines(struct log *log, uint64_t spread_ps)
{
	static struct linked linked[N_RANDOM];
	struct event_line lines[3];
	uint64_t state = 1, when_ps[3] = { 0 };

	for (unsigned i = 0; i < 3; i++)
		event_line_init(&lines[i], log->q, i == 0 ? EVENT_DELIVER : EVENT_ARRIVE,
				note_linked);
	for (size_t i = 0; i < N_RANDOM; i++) {
		uint64_t draw = next_random(&state), at = draw % 3;

		linked[i] = (struct linked){ .log = log, .number = i };
		when_ps[at] = max_u64(when_ps[at], event_now(log->q)) +
			      next_random(&state) % spread_ps / 8;
		if (draw / 3 % 5 == 0)
			event_at(log->q, event_now(log->q) + next_random(&state) % spread_ps,
				 EVENT_ARRIVE, note, log, i);
		else if (draw / 15 % 9 == 0)
			event_line_at(&lines[at], event_now(log->q) + spread_ps / 16,
				      &linked[i].link);
		else
			event_line_at(&lines[at], when_ps[at], &linked[i].link);
		if (next_random(&state) % 3 != 0)
			event_run_next(log->q);
	}
	while (event_run_next(log->q))
		;
}

/* The place of an event does not depend on the line that it is in. */
START_TEST(event_lines_keep_the_order)
{
	static struct log plain, lined;

	plain = (struct log){ .q = event_queue_new(ENGINE_REFERENCE) };
	lined = (struct log){ .q = event_queue_new(ENGINE_FAST) };
	run_lines(&plain, spreads_ps[_i]);
	run_lines(&lined, spreads_ps[_i]);
	ck_assert_uint_eq(plain.n, N_RANDOM);
	ck_assert_uint_eq(lined.n, N_RANDOM);
	ck_assert_mem_eq(plain.argument, lined.argument, sizeof(plain.argument));
	ck_assert_mem_eq(plain.when_ps, lined.when_ps, sizeof(plain.when_ps));
	ck_assert_uint_eq(event_count(plain.q), event_count(lined.q));
	event_queue_free(plain.q);
	event_queue_free(lined.q);
}
END_TEST

START_TEST(event_past_the_horizon_is_recorded)
{
	struct log log = { .q = event_queue_new(ENGINE_FAST) };

	event_at(log.q, INT64_MAX, EVENT_ISSUE, note, &log, 1);
	ck_assert(!event_overflowed(log.q));
	event_at(log.q, (uint64_t)INT64_MAX + 1, EVENT_ISSUE, note, &log, 2);
	ck_assert(event_overflowed(log.q));
	while (event_run_next(log.q))
		;
	ck_assert_uint_eq(log.n, 1);
	ck_assert_uint_eq(event_now(log.q), INT64_MAX);
	event_queue_free(log.q);
}
END_TEST

/* Frequencies whose period is no whole number of ps, or of anything. */
static const uint64_t frequencies[] = {
	1000000, 3000000, 7000001, 333333333, 700000000, 999999937, 1000000000, 1600000000,
	1912500000, 2000000000, 3200000000, 99999999977, 100000000000,
};

static uint64_t exact_edge_ps(uint64_t hz, uint64_t scale, uint64_t edge)
{
	unsigned __int128 ps = (unsigned __int128)edge * UINT64_C(1000000000000) /
			       ((unsigned __int128)hz * scale);

	return ps > UINT64_MAX ? UINT64_MAX : (uint64_t)ps;
}

START_TEST(clock_edges_are_exact)
{
	uint64_t hz = frequencies[_i];

	for (uint64_t scale = 1; scale <= 4; scale *= 2) {
		struct clock c;
		uint64_t state = hz;

		clock_init_scaled(&c, hz, scale);
		for (unsigned i = 0; i < 2000; i++) {
			/* Small edges, and edges whose products need 128 bits. */
			uint64_t edge = i < 1000 ? i : next_random(&state) << (i % 25);

			ck_assert_uint_eq(clock_edge_ps(&c, edge), exact_edge_ps(hz, scale, edge));
		}
	}
}
END_TEST

/* Where the division stops to be a product, and where the product stops to fit in 64 bits. */
START_TEST(clock_edges_are_exact_at_their_limits)
{
	uint64_t hz = frequencies[_i];

	for (uint64_t scale = 1; scale <= 4; scale *= 2) {
		struct clock c;
		uint64_t limits[2];

		clock_init_scaled(&c, hz, scale);
		limits[0] = c.by_ticks.below / c.ps;
		limits[1] = UINT64_MAX / c.ps;
		for (unsigned i = 0; i < 2 * 4000; i++) {
			uint64_t edge = max_u64(limits[i % 2], 2000) - 2000 + i / 2;

			ck_assert_uint_eq(clock_edge_ps(&c, edge), exact_edge_ps(hz, scale, edge));
		}
	}
}
END_TEST

/* By definition: the first edge not before, the last edge not after. */
START_TEST(clock_edges_around_a_time)
{
	uint64_t hz = frequencies[_i], state = hz;
	struct clock c;

	clock_init(&c, hz);
	for (unsigned i = 0; i < 3000; i++) {
		uint64_t ps = i < 1500 ? i * 377 : next_random(&state) << (i % 31);
		uint64_t after = clock_edge_at_or_after(&c, ps);
		uint64_t before = clock_edge_at_or_before(&c, ps);

		ck_assert_uint_ge(exact_edge_ps(hz, 1, after), ps);
		if (after > 0)
			ck_assert_uint_lt(exact_edge_ps(hz, 1, after - 1), ps);
		ck_assert_uint_le(exact_edge_ps(hz, 1, before), ps);
		ck_assert_uint_gt(exact_edge_ps(hz, 1, before + 1), ps);
	}
}
END_TEST

START_TEST(clock_edge_at_its_own_time_is_itself)
{
	struct clock c;

	clock_init(&c, frequencies[_i]);
	for (uint64_t edge = 0; edge < 3000; edge++) {
		ck_assert_uint_eq(clock_edge_at_or_after(&c, clock_edge_ps(&c, edge)), edge);
		ck_assert_uint_eq(clock_edge_at_or_before(&c, clock_edge_ps(&c, edge)), edge);
	}
}
END_TEST

START_TEST(clock_saturates)
{
	struct clock c;

	clock_init(&c, 1000000);
	ck_assert_uint_eq(clock_edge_ps(&c, UINT64_MAX), UINT64_MAX);
	ck_assert_uint_eq(clock_edge_ps(&c, UINT64_C(18446744073709)),
			  UINT64_C(18446744073709000000));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine");
	TCase *events = tcase_create("events"), *clocks = tcase_create("clocks");
	int n = (int)(sizeof(frequencies) / sizeof(frequencies[0]));

	tcase_add_test(events, event_ties_are_fifo);
	tcase_add_test(events, event_priority_breaks_ties_and_time_comes_first);
	tcase_add_test(events, event_of_the_present_instant_runs_in_it);
	tcase_add_loop_test(events, event_order_is_total_on_random_times, 0,
			    2 * (int)ARRAY_SIZE(spreads_ps));
	tcase_add_loop_test(events, event_lines_keep_the_order, 0, (int)ARRAY_SIZE(spreads_ps));
	tcase_add_test(events, event_past_the_horizon_is_recorded);
	tcase_add_loop_test(clocks, clock_edges_are_exact, 0, n);
	tcase_add_loop_test(clocks, clock_edges_are_exact_at_their_limits, 0, n);
	tcase_add_loop_test(clocks, clock_edges_around_a_time, 0, n);
	tcase_add_loop_test(clocks, clock_edge_at_its_own_time_is_itself, 0, n);
	tcase_add_test(clocks, clock_saturates);
	suite_add_tcase(suite, events);
	suite_add_tcase(suite, clocks);
	return tap_main(suite);
}
