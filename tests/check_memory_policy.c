/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default controller's policies, each against commands or formulas worked out by hand:
 * when rows close, which bank is refreshed and who waits for it, what forwarding saves, how
 * long the oldest packet can be passed, what random accesses reach, and what one packet
 * costs in every standard.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "memory_bench.h"
#include "model/dram_timing.h"
#include "support/tap_main.h"

#define TICK UINT64_C(1000) /* ps, HBM2 at 2,000 Mbps */
#define PACKET 32
#define MAPPING "row:sid:bank:bankgroup:pseudo:column:stack:channel"
#define ROW_BYTES (UINT64_C(1024) * 32) /* HBM2: from row to row of a bank */
#define BANK_BYTES UINT64_C(1024) /* to the next bank, of the other pseudo channel first */

static void start(struct bench *b)
{
	bench_init(b, 1);
	strcpy(b->machine.hbm_mapping, MAPPING);
	b->machine.packet_bytes = PACKET;
	b->machine.hbm_refresh = HBM_REFRESH_ALL_BANK;
	b->machine.hbm_refresh_postpone = 0;
	b->keep_commands = true;
}

static void run(struct bench *b, const struct request *r, size_t n)
{
	b->requests = r;
	b->n = n;
	bench_run(b);
	ck_assert_str_eq(b->audit, "");
}

struct step {
	uint64_t tick;
	enum dram_command_kind command;
};

/* The commands of a run, but for refreshes. */
static void expect_commands(const struct bench *b, const struct step *steps, size_t n_steps)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_commands; i++) {
		const struct dram_command *c = &b->commands[i];

		if (c->command == DRAM_REFab || c->command == DRAM_REFpb)
			continue;
		ck_assert_msg(n < n_steps, "%s at %" PRIu64 " is one too many",
			      dram_command_name(c->command), c->tick);
		ck_assert_msg(c->tick == steps[n].tick && c->command == steps[n].command,
			      "%s at %" PRIu64 ", expected %s at %" PRIu64,
			      dram_command_name(c->command), c->tick,
			      dram_command_name(steps[n].command), steps[n].tick);
		n++;
	}
	ck_assert_uint_eq(n, n_steps);
}

/* Row 0, row 0 again, another row: 100 ticks apart. */
static void check_rows(unsigned policy, const struct step *steps, size_t n_steps)
{
	const struct request r[] = {
		{ .burst_mask = 1 },
		{ .burst_mask = 1, .address = PACKET, .at_ps = 100 * TICK },
		{ .burst_mask = 1, .address = ROW_BYTES, .at_ps = 200 * TICK },
	};
	struct bench b;

	start(&b);
	b.machine.hbm_row_policy = policy;
	b.machine.hbm_row_timeout = 50;
	run(&b, r, ARRAY_SIZE(r));
	expect_commands(&b, steps, n_steps);
	bench_release(&b);
}

/* nRCDRD + 1 = 15 after ACT, ACT nRP - 1 = 13 after PRE. */
START_TEST(test_rows_stay_open)
{
	const struct step steps[] = {
		{ 0, DRAM_ACT }, { 15, DRAM_RD }, { 100, DRAM_RD },
		{ 200, DRAM_PREpb }, { 213, DRAM_ACT }, { 228, DRAM_RD },
	};

	check_rows(HBM_ROWS_OPEN, steps, ARRAY_SIZE(steps));
}
END_TEST

START_TEST(test_rows_are_closed_behind_the_last_taker)
{
	const struct step steps[] = {
		{ 0, DRAM_ACT }, { 15, DRAM_RDA }, { 100, DRAM_ACT }, { 115, DRAM_RDA },
		{ 200, DRAM_ACT }, { 215, DRAM_RDA },
	};

	check_rows(HBM_ROWS_CLOSED, steps, ARRAY_SIZE(steps));
}
END_TEST

/* 50 clocks after the last RD; the run ends before the third row's time is over. */
START_TEST(test_rows_are_closed_after_a_time)
{
	const struct step steps[] = {
		{ 0, DRAM_ACT }, { 15, DRAM_RD }, { 65, DRAM_PREpb }, { 100, DRAM_ACT },
		{ 115, DRAM_RD }, { 165, DRAM_PREpb }, { 200, DRAM_ACT }, { 215, DRAM_RD },
	};

	check_rows(HBM_ROWS_TIMEOUT, steps, ARRAY_SIZE(steps));
}
END_TEST

/* A row that a queued packet wants is not closed, whatever the policy. */
START_TEST(test_wanted_rows_are_not_closed)
{
	const struct request r[] = {
		{ .burst_mask = 1 },
		{ .burst_mask = 1, .address = PACKET },
		{ .burst_mask = 1, .address = 2 * PACKET },
	};
	const struct step steps[] = {
		{ 0, DRAM_ACT }, { 15, DRAM_RD }, { 19, DRAM_RD }, { 23, DRAM_RDA },
	};
	struct bench b;

	start(&b);
	b.machine.hbm_row_policy = HBM_ROWS_CLOSED;
	run(&b, r, ARRAY_SIZE(r));
	expect_commands(&b, steps, ARRAY_SIZE(steps));
	bench_release(&b);
}
END_TEST

/*
 * Each read finds another row open than it wants: seven times in vain, then closing is
 * learned to pay, and the ninth read closes its row itself.  The last two want the row that
 * is closed, or open: that counts four times each.
 */
START_TEST(test_rows_are_closed_where_it_paid)
{
	enum { N = 12 };
	static const uint64_t rows[N] = { 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1 };
	struct request r[N];
	size_t read = 0, n_pre = 0;
	struct bench b;

	for (size_t i = 0; i < N; i++)
		r[i] = (struct request){ .burst_mask = 1, .address = rows[i] * ROW_BYTES,
					 .at_ps = i * 200 * TICK };
	start(&b);
	b.machine.hbm_row_policy = HBM_ROWS_ADAPTIVE;
	run(&b, r, N);
	for (size_t i = 0; i < b.n_commands; i++) {
		const struct dram_command *c = &b.commands[i];

		if (c->command == DRAM_PREpb)
			n_pre++;
		if (c->command != DRAM_RD && c->command != DRAM_RDA)
			continue;
		ck_assert_int_eq(c->command == DRAM_RDA, read == 8 || read == 9);
		read++;
	}
	ck_assert_uint_eq(read, N);
	ck_assert_uint_eq(n_pre, 8); /* reads 1 to 8 */
	ck_assert_uint_eq(b.account.precharges, 8);
	ck_assert_uint_eq(b.account.auto_precharges, 2);
	ck_assert_uint_eq(b.account.activates, 11); /* the last one hits */
	bench_release(&b);
}
END_TEST

/* A write that waits for company answers reads of what it holds, on the next tick. */
START_TEST(test_forwarding)
{
	const struct request r[] = {
		{ .burst_mask = 3, .is_write = true, .at_ps = 100 * TICK },
		{ .burst_mask = 1, .at_ps = 150 * TICK },
		{ .burst_mask = 3, .at_ps = 160 * TICK },
		{ .burst_mask = 6, .at_ps = 170 * TICK }, /* half of it only */
	};
	struct bench b;

	start(&b);
	strcpy(b.machine.hbm_mapping, "row:bank:bankgroup:column:stack:channel:pseudo:column/8");
	b.machine.packet_bytes = 256;
	b.machine.hbm_write_idle = 1000;
	b.machine.hbm_forward = HBM_FORWARD_ON;
	run(&b, r, ARRAY_SIZE(r));
	ck_assert_uint_eq(b.served[1].end_ps, 151 * TICK);
	ck_assert_uint_eq(b.served[2].end_ps, 161 * TICK);
	ck_assert_uint_eq(b.account.forwarded_reads, 2);
	ck_assert_uint_eq(b.account.forwarded_bytes, 3 * 32);
	ck_assert_uint_eq(b.account.reads, 2); /* of the last one */
	ck_assert_uint_eq(b.account.read_bytes, 2 * 32);
	ck_assert_uint_eq(b.account.read_packets, 3);
	/* The third makes the write go: ACT 170, nRCDWR + 1, two WR, nCCDL apart, WR to RD, two RD. */
	ck_assert_uint_eq(b.served[3].end_ps,
			  (170 + 13 + 4 + (5 + 2 + 8) + 4 + 14 + 2) * TICK);
	ck_assert_uint_eq(b.account.read_latency_ticks, 1 + 1 + b.served[3].end_ps / TICK - 170);
	bench_release(&b);
}
END_TEST

/* Without it the read waits for the write. */
START_TEST(test_no_forwarding)
{
	const struct request r[] = {
		{ .burst_mask = 1, .is_write = true, .at_ps = 100 * TICK },
		{ .burst_mask = 1, .at_ps = 150 * TICK },
	};
	struct bench b;

	start(&b);
	b.machine.hbm_write_idle = 1000;
	run(&b, r, ARRAY_SIZE(r));
	ck_assert_uint_eq(b.account.forwarded_reads, 0);
	ck_assert_uint_eq(b.served[1].end_ps, (150 + 13 + (5 + 2 + 8) + 14 + 2) * TICK);
	bench_release(&b);
}
END_TEST

/* Hits of one row for ever, and one packet for another row of the bank. */
START_TEST(test_oldest_is_passed_hit_cap_times)
{
	enum { N = 300, ODD = 5, CAP = 8 };
	struct request r[N];
	size_t passes = 0;
	struct bench b;

	for (size_t i = 0; i < N; i++)
		r[i] = (struct request){ .burst_mask = 1, .address = i % 32 * PACKET };
	r[ODD].address = ROW_BYTES;
	start(&b);
	b.machine.hbm_hit_cap = CAP;
	run(&b, r, N);
	for (size_t i = ODD + 1; i < N; i++)
		passes += b.served[i].scheduled_order < b.served[ODD].scheduled_order;
	ck_assert_uint_eq(passes, CAP);
	bench_release(&b);
}
END_TEST

/* While a bank is refreshed, the others of its pseudo channel read on. */
START_TEST(test_refresh_of_a_bank_stops_no_other)
{
	size_t n = 20000, n_refreshes = 0;
	struct request *r = xcalloc(n, sizeof(*r));
	uint64_t last = 0, longest = 0, refreshed = 0;
	struct bench b;

	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){ .burst_mask = 1, .address = i * PACKET };
	start(&b);
	strcpy(b.machine.hbm_mapping, "acc");
	b.machine.hbm_refresh = HBM_REFRESH_PER_BANK;
	run(&b, r, n);
	for (size_t i = 0; i < b.n_commands; i++) {
		const struct dram_command *c = &b.commands[i];

		if (c->pseudo_channel != 0)
			continue;
		if (c->command == DRAM_REFpb) {
			n_refreshes++;
			refreshed |= UINT64_C(1) << (c->bank_group * 4 + c->bank);
		}
		ck_assert_int_ne(c->command, DRAM_REFab);
		if (c->command != DRAM_RD && c->command != DRAM_RDA)
			continue;
		longest = max_u64(longest, c->tick - last);
		last = c->tick;
	}
	ck_assert_uint_ge(n_refreshes, b.end_ps / TICK / 243 - 1);
	ck_assert_uint_eq(refreshed, 0xffff);
	ck_assert_uint_lt(longest, 48); /* a row conflict, far below nRFCpb = 160 */
	ck_assert_uint_eq(b.account.refreshes_bank, b.account.refreshes);
	bench_release(&b);
	free(r);
}
END_TEST

/* Refreshes are put off as long as they may while every bank is wanted, and no longer. */
static void check_postponed(unsigned refresh, uint64_t postpone)
{
	size_t n = 30000, n_refreshes = 0;
	struct request *r = xcalloc(n, sizeof(*r));
	struct random random = { 5 };
	uint64_t interval = refresh == HBM_REFRESH_PER_BANK ? 243 : 3900;
	int64_t latest = 0;
	struct bench b;

	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){ .burst_mask = 1, .is_write = i % 3 == 0,
					 .address = random_below(&random, UINT64_C(1) << 25) * PACKET };
	start(&b);
	b.window = 2048;
	b.machine.hbm_refresh = refresh;
	b.machine.hbm_refresh_postpone = postpone;
	b.machine.hbm_read_queue = 256;
	run(&b, r, n);
	for (size_t i = 0; i < b.n_commands; i++) {
		const struct dram_command *c = &b.commands[i];

		if (c->pseudo_channel != 0 ||
		    (c->command != DRAM_REFab && c->command != DRAM_REFpb))
			continue;
		latest = max_i64(latest, (int64_t)c->tick - (int64_t)(++n_refreshes * interval));
	}
	ck_assert_uint_gt(n_refreshes, 0);
	ck_assert_int_le(latest, (int64_t)postpone * 3900);
	ck_assert_int_ge(latest, (int64_t)(postpone - 1) * 3900);
	bench_release(&b);
	free(r);
}

START_TEST(test_refreshes_are_put_off_as_long_as_allowed)
{
	for (uint64_t postpone = 1; postpone <= 8; postpone += 7) {
		check_postponed(HBM_REFRESH_ALL_BANK, postpone);
		check_postponed(HBM_REFRESH_PER_BANK, postpone);
	}
}
END_TEST

/*
 * Random rows, each used once, of all banks in an order that is random too: a pseudo channel opens one in nRC / banks or nFAW / 4, whichever
 * is longer.  No refresh within the run, and queues that know a packet for every bank.
 */
static void check_random(uint64_t nRC, uint64_t nFAW)
{
	size_t n = 60000;
	struct request *r = xcalloc(n, sizeof(*r));
	struct random random = { 77 };
	uint64_t ticks, expected; /* of all packets */
	uint64_t banks[32], n_left = 0;
	struct bench b;

	for (size_t i = 0; i < n; i++) {
		uint64_t at, row = random_below(&random, 32768);

		if (n_left == 0)
			for (; n_left < 32; n_left++)
				banks[n_left] = n_left;
		at = random_below(&random, n_left);
		r[i] = (struct request){ .burst_mask = 1,
					 .address = row * ROW_BYTES + banks[at] * BANK_BYTES };
		banks[at] = banks[--n_left];
	}
	start(&b);
	b.keep_commands = false;
	b.window = 2048;
	b.machine.hbm_row_policy = HBM_ROWS_CLOSED;
	b.machine.hbm_read_queue = 1024;
	b.machine.hbm_hit_cap = 65536;
	b.machine.t_RC = nRC;
	b.machine.t_FAW = nFAW;
	b.machine.t_REFI = 9999999;
	run(&b, r, n);
	ticks = b.end_ps / TICK;
	expected = max_u64(nRC * (n / 2) / 16, nFAW * (n / 2) / 4);
	ck_assert_msg(ticks * 100 <= expected * 101 && ticks * 100 >= expected * 99,
		      "nRC %" PRIu64 ", nFAW %" PRIu64 ": %" PRIu64 " ticks, expected %" PRIu64,
		      nRC, nFAW, ticks, expected);
	bench_release(&b);
	free(r);
}

START_TEST(test_random_rows)
{
	check_random(48, 20);
	check_random(48, 40);
	check_random(200, 16);
	check_random(160, 36);
}
END_TEST

/* One packet a device: a clock has `per_clock` ticks, a command ends `ticks` - 1 after it began. */
struct unloaded {
	const struct dram_standard *s;
	struct dram_params n;
	uint64_t row_bytes; /* from a row of a bank to its next */
};

static uint64_t on_edge(const struct dram_standard *s, enum dram_command_kind c, uint64_t tick)
{
	return s->commands[c].is_on_rising ? round_up_u64(tick, s->ticks_per_clock) : tick;
}

/* Nominal latencies count from the last tick of one command to the last of the other. */
static uint64_t after(const struct dram_standard *s, uint64_t tick, enum dram_command_kind from,
		      int64_t clocks, enum dram_command_kind to)
{
	return on_edge(s, to, tick + s->commands[from].ticks +
			      (uint64_t)clocks * s->ticks_per_clock - s->commands[to].ticks);
}

static void init_device(struct machine *m, size_t standard, size_t bin, struct unloaded *u)
{
	struct dram_device d;
	struct dram_timing t;
	const char *setting;
	char why[DRAM_REASON];
	struct err err = { 0 };

	u->s = dram_standard_at(standard);
	m->hbm_standard = (unsigned)standard + 1;
	m->hbm_data_rate = u->s->bins[bin].data_rate;
	m->hbm_density = u->s->usual_density;
	m->hbm_height = u->s->usual_height;
	m->packet_bytes = u->s->burst_bytes;
	strcpy(m->hbm_mapping, MAPPING);
	ck_assert(dram_device_init(&d, u->s, m->hbm_data_rate, m->hbm_density, m->hbm_height,
				   &setting, why));
	ck_assert(dram_timing_init(&t, u->s, m, &err));
	u->n = d.n;
	u->row_bytes = machine_hbm_bytes(m) / t.rows;
}

/* Ticks from a request's acceptance to its data's end: of the second, if there are two. */
static uint64_t latency(const struct machine *m, const struct request *r, size_t n)
{
	struct bench b;
	uint64_t ticks;

	bench_init(&b, 1);
	b.machine = *m;
	b.keep_commands = true;
	run(&b, r, n);
	ticks = b.account.read_latency_ticks;
	bench_release(&b);
	return ticks;
}

static void check_unloaded(size_t standard, size_t bin)
{
	struct request r[2] = { { .burst_mask = 1 }, { .burst_mask = 1 } };
	uint64_t data, miss, conflict, act;
	struct unloaded u;
	struct bench b;
	struct clock clock;

	start(&b);
	init_device(&b.machine, standard, bin, &u);
	clock_init(&clock, machine_memory_tick_hz(&b.machine));
	r[1].at_ps = clock_edge_ps(&clock, 1000 * u.s->ticks_per_clock);
	data = (uint64_t)(u.n.nCL + u.n.nBL) * u.s->ticks_per_clock;
	miss = after(u.s, 0, DRAM_ACT, u.n.nRCDRD, DRAM_RD) + data;
	act = after(u.s, 0, DRAM_PREpb, u.n.nRP, DRAM_ACT);
	conflict = after(u.s, act, DRAM_ACT, u.n.nRCDRD, DRAM_RD) + data;
	ck_assert_uint_eq(latency(&b.machine, r, 1), miss);
	ck_assert_uint_eq(latency(&b.machine, r, 2), miss + data);
	r[1].address = u.row_bytes;
	ck_assert_uint_eq(latency(&b.machine, r, 2), miss + conflict);
}

START_TEST(test_unloaded_latencies_of_every_standard)
{
	for (size_t i = 0; dram_standard_at(i); i++)
		for (size_t bin = 0; bin < dram_standard_at(i)->n_bins; bin++)
			check_unloaded(i, bin);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory policy");
	TCase *tc = tcase_create("by hand");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_rows_stay_open);
	tcase_add_test(tc, test_rows_are_closed_behind_the_last_taker);
	tcase_add_test(tc, test_rows_are_closed_after_a_time);
	tcase_add_test(tc, test_wanted_rows_are_not_closed);
	tcase_add_test(tc, test_rows_are_closed_where_it_paid);
	tcase_add_test(tc, test_forwarding);
	tcase_add_test(tc, test_no_forwarding);
	tcase_add_test(tc, test_oldest_is_passed_hit_cap_times);
	tcase_add_test(tc, test_refresh_of_a_bank_stops_no_other);
	tcase_add_test(tc, test_refreshes_are_put_off_as_long_as_allowed);
	tcase_add_test(tc, test_random_rows);
	tcase_add_test(tc, test_unloaded_latencies_of_every_standard);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
