/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory's rings and histories, each against a plain array that forgets nothing:
 * command bus, busy ticks, crowded pseudo channels, commands put into order.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "memory_bench.h"
#include "model/dram_bus.h"
#include "model/hbm_busy.h"
#include "model/hbm_history.h"
#include "model/hbm_watch.h"
#include "support/tap_main.h"

#define SPAN 500
#define TICKS 60000

START_TEST(test_bus)
{
	bool *taken = xcalloc(TICKS + 2 * SPAN, sizeof(*taken));
	struct random r = { 5 };
	struct dram_bus bus;

	dram_bus_init(&bus, SPAN);
	for (uint64_t now = 0; now < TICKS;
	     now += random_below(&r, 30) ? random_below(&r, 4) : 5000) {
		unsigned length = 1 + (unsigned)random_below(&r, 3);
		unsigned step = 1 + (unsigned)random_below(&r, 2);
		uint64_t wanted = (now + random_below(&r, SPAN / 3)) / step * step + step, got;
		uint64_t expected = wanted;

		while (taken[expected] || taken[expected + length - 1] ||
		       taken[expected + length / 2])
			expected += step;
		if (expected > now + SPAN - 4)
			continue; /* more than anyone may ask */
		dram_bus_advance(&bus, now);
		got = dram_bus_take(&bus, wanted, length, step);
		if (got != expected)
			ck_abort_msg("tick %" PRIu64 ", expected %" PRIu64, got, expected);
		taken[got] = taken[got + length / 2] = taken[got + length - 1] = true;
	}
	dram_bus_release(&bus);
	free(taken);
}
END_TEST

START_TEST(test_busy)
{
	bool *busy = xcalloc(TICKS + 2 * SPAN, sizeof(*busy));
	struct random r = { 6 };
	struct hbm_busy b;
	uint64_t expected = 0;

	hbm_busy_init(&b, SPAN);
	for (uint64_t now = 0; now < TICKS;
	     now += random_below(&r, 30) ? random_below(&r, 4) : 5000) {
		uint64_t start = now + random_below(&r, SPAN - 64);
		unsigned length = 1 + (unsigned)random_below(&r, 64);

		hbm_busy_advance(&b, now);
		hbm_busy_mark(&b, start, length);
		for (unsigned i = 0; i < length; i++) {
			expected += !busy[start + i];
			busy[start + i] = true;
		}
		if (hbm_busy_ticks(&b) != expected)
			ck_abort_msg("%" PRIu64 " ticks, expected %" PRIu64, hbm_busy_ticks(&b),
				     expected);
	}
	hbm_busy_release(&b);
	free(busy);
}
END_TEST

#define UNITS 3
#define CHANGES 1200000 /* several times what is kept */

/* any[t], sole[u][t]: ticks before t, counted one by one. */
struct plain_history {
	uint32_t *any, *sole[UNITS];
	uint64_t ticks, capacity;
};

static void count_ticks(struct plain_history *p, const bool *is_crowded, uint64_t until)
{
	unsigned n = 0, which = 0;

	for (unsigned u = 0; u < UNITS; u++) {
		n += is_crowded[u];
		which = is_crowded[u] ? u : which;
	}
	for (; p->ticks < until; p->ticks++) {
		p->any[p->ticks + 1] = p->any[p->ticks] + (n > 0);
		for (unsigned u = 0; u < UNITS; u++)
			p->sole[u][p->ticks + 1] = p->sole[u][p->ticks] + (n == 1 && which == u);
	}
}

static void compare(const struct hbm_history *h, const struct plain_history *p, struct random *r,
		    uint64_t kept_from)
{
	uint64_t from = kept_from + random_below(r, p->ticks - kept_from + 1);
	uint64_t to = from + random_below(r, p->ticks - from + 1);
	uint32_t unit = (uint32_t)random_below(r, UNITS);

	if (hbm_history_any(h, from) != p->any[from])
		ck_abort_msg("any before %" PRIu64, from);
	if (to - from > 3000)
		to = from + 3000; /* a sum over steps */
	if (hbm_history_sole(h, unit, from, to) != p->sole[unit][to] - p->sole[unit][from])
		ck_abort_msg("sole from %" PRIu64 " to %" PRIu64, from, to);
}

START_TEST(test_history)
{
	struct plain_history p = { 0 };
	struct random r = { 8 };
	struct hbm_history h;
	bool is_crowded[UNITS] = { false };
	uint64_t tick = 0, kept_from = 0, n_cuts = 0;

	p.capacity = (uint64_t)CHANGES * 2 + 1;
	p.any = xcalloc(p.capacity, sizeof(*p.any));
	for (unsigned u = 0; u < UNITS; u++)
		p.sole[u] = xcalloc(p.capacity, sizeof(*p.sole[u]));
	hbm_history_init(&h);
	for (unsigned i = 0; i < CHANGES; i++) {
		uint32_t u = (uint32_t)random_below(&r, UNITS);

		tick += random_below(&r, 3);
		count_ticks(&p, is_crowded, tick);
		is_crowded[u] = !is_crowded[u];
		hbm_history_change(&h, tick, u, is_crowded[u]);
		if (hbm_history_is_long(&h)) {
			kept_from = hbm_history_kept_from(&h);
			hbm_history_prune(&h);
			n_cuts++;
		}
		if (i % 16 == 0)
			compare(&h, &p, &r, kept_from);
	}
	ck_assert_uint_ge(n_cuts, 2);
	hbm_history_release(&h);
	free(p.any);
	for (unsigned u = 0; u < UNITS; u++)
		free(p.sole[u]);
}
END_TEST

struct told {
	uint64_t last_tick, n, sum;
};

static void on_told(void *context, const struct dram_command *c)
{
	struct told *t = context;

	if (c->tick < t->last_tick)
		ck_abort_msg("tick %" PRIu64 " after %" PRIu64, c->tick, t->last_tick);
	t->last_tick = c->tick;
	t->n++;
	t->sum += c->row;
}

START_TEST(test_watch)
{
	struct hbm_watch w = { 0 };
	struct random r = { 9 };
	struct told told = { 0 };
	uint64_t n = 0, sum = 0;

	hbm_watch_start(&w, SPAN, on_told, &told);
	for (uint64_t now = 0; now < TICKS;
	     now += random_below(&r, 50) ? random_below(&r, 4) : 5000) {
		hbm_watch_tell(&w, now);
		ck_assert_uint_le(told.last_tick, now);
		for (uint64_t i = random_below(&r, 5); i > 0; i--) {
			struct dram_command c = { .tick = now + random_below(&r, SPAN),
						  .row = (uint32_t)random_below(&r, 1000) };

			hbm_watch_add(&w, &c);
			n++;
			sum += c.row;
		}
	}
	hbm_watch_tell(&w, UINT64_MAX);
	ck_assert_uint_eq(told.n, n);
	ck_assert_uint_eq(told.sum, sum);
	hbm_watch_release(&w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory parts");
	TCase *tc = tcase_create("rings");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_bus);
	tcase_add_test(tc, test_busy);
	tcase_add_test(tc, test_history);
	tcase_add_test(tc, test_watch);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
