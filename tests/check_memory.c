/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory from outside, against closed forms: latencies of single packets, bandwidth of
 * streams against what refresh leaves, order of overlapping packets, refreshes of an idle
 * memory; and the ideal memory, whose every number is a formula.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "memory_bench.h"
#include "support/tap_main.h"

#define TICK UINT64_C(1000) /* ps, at 2,000 Mbps */
#define FULL UINT64_C(0xffff) /* all 16 bursts of 512 bytes */
#define FAR (UINT64_C(64) * 1024) /* ps after which a PC with 2 packets has long been idle */

/* A mapping without skew, so that tests can say where a packet lies. */
#define PLAIN "row:bank:bankgroup:column:stack:channel:pseudo:column/8:bankgroup/2"
#define PLAIN_ROW(channels) (UINT64_C(512) * 2 * (channels) * 4 * 2 * 4) /* bytes between rows */

static void run(struct bench *b, const struct request *r, size_t n)
{
	b->requests = r;
	b->n = n;
	b->audited = &b->machine;
	bench_run(b);
	ck_assert_str_eq(b->audit, "");
}

/* Ticks from the offer of the last request to its data's end. */
static uint64_t latency_of_last(const struct request *r, size_t n)
{
	struct bench b;
	uint64_t ticks;

	bench_init(&b, 1);
	strcpy(b.machine.hbm_mapping, PLAIN);
	run(&b, r, n);
	ticks = (b.served[n - 1].end_ps - b.served[n - 1].offered_ps) / TICK;
	bench_release(&b);
	return ticks;
}

START_TEST(test_unloaded_latencies)
{
	uint64_t row = PLAIN_ROW(1);
	struct request r[2] = { { .burst_mask = 1 }, { .burst_mask = 1, .at_ps = FAR } };

	/* A closed row: ACT, nRCDRD + 1, nCL, burst. */
	ck_assert_uint_eq(latency_of_last(r, 1), 15 + 14 + 2);
	/* An open one. */
	ck_assert_uint_eq(latency_of_last(r, 2), 14 + 2);
	/* Another row of the bank: PRE, nRP - 1, and as closed. */
	r[1].address = row;
	ck_assert_uint_eq(latency_of_last(r, 2), 13 + 15 + 14 + 2);
	/* So soon after that nRAS is not over: ACT 0, PRE 35. */
	r[1].at_ps = 16 * TICK;
	ck_assert_uint_eq(latency_of_last(r, 2), 35 - 16 + 13 + 15 + 14 + 2);
	/* Writes: nRCDWR + 1, nCWL, burst. */
	r[0].is_write = r[1].is_write = true;
	r[0].at_ps = FAR; /* long after time 0 nothing holds a write back */
	r[1].at_ps = 2 * FAR;
	r[1].address = 0;
	ck_assert_uint_eq(latency_of_last(r, 1), 13 + 5 + 2);
	ck_assert_uint_eq(latency_of_last(r, 2), 5 + 2);
	r[1].address = row;
	ck_assert_uint_eq(latency_of_last(r, 2), 13 + 13 + 5 + 2);
}
END_TEST

START_TEST(test_offers_between_edges_wait_for_one)
{
	struct request r = { .burst_mask = 1, .at_ps = FAR + 1 };
	struct bench b;

	bench_init(&b, 1);
	run(&b, &r, 1);
	ck_assert_uint_eq(b.served[0].end_ps, FAR / TICK * TICK + TICK + 31 * TICK);
	ck_assert_uint_eq(b.account.read_latency_ps, b.served[0].end_ps - FAR - 1);
	bench_release(&b);
}
END_TEST

/* 16 bursts, two banks in two bank groups: ACTs at 0 and nRRD = 4, RD 15, 19, 20, then every 2. */
START_TEST(test_packet_bursts_are_dense)
{
	struct request r = { .burst_mask = FULL };
	struct bench b;

	bench_init(&b, 1);
	b.keep_commands = true;
	run(&b, &r, 1);
	ck_assert_uint_eq(b.n_commands, 18);
	ck_assert_uint_eq(b.commands[0].tick, 0);
	ck_assert_uint_eq(b.commands[1].tick, 4);
	ck_assert_uint_eq(b.commands[2].tick, 15);
	ck_assert_uint_eq(b.commands[3].tick, 19);
	for (size_t i = 4; i < 18; i++)
		ck_assert_uint_le(b.commands[i].tick - b.commands[i - 1].tick, 2);
	ck_assert_uint_eq(b.account.row_misses, 2);
	ck_assert_uint_eq(b.account.reads, 16);
	ck_assert_uint_eq(b.account.read_bytes, 512);
	ck_assert_uint_eq(b.account.class_ticks[HBM_READ], 32);
	bench_release(&b);
}
END_TEST

static struct request *stream(size_t n)
{
	return xcalloc(n, sizeof(struct request));
}

/*
 * What refresh leaves, in 1/10000: all banks at once, 1 - (nRTP + nRP + nRFC + nRCD) / nREFI;
 * bank by bank, everything, since the other banks are served meanwhile.
 */
static uint64_t refresh_limit(unsigned refresh)
{
	if (refresh == HBM_REFRESH_PER_BANK)
		return 10000;
	return 10000 - (5 + 14 + 260 + 14) * UINT64_C(10000) / 3900;
}

static void check_stream_under(unsigned refresh, const struct request *r, size_t n,
			       uint64_t channels, uint64_t packet_bytes, uint64_t least_permille)
{
	struct bench b;
	uint64_t bursts = 0;

	bench_init(&b, channels);
	b.machine.hbm_refresh = refresh;
	b.machine.hbm_refresh_postpone = 0; /* else the last ones are still to come */
	b.machine.packet_bytes = packet_bytes;
	b.window = b.window * 512 / packet_bytes;
	run(&b, r, n);
	for (size_t i = 0; i < n; i++)
		bursts += (uint64_t)__builtin_popcountll(r[i].burst_mask);
	ck_assert_uint_eq(b.account.reads + b.account.writes, bursts);
	ck_assert_uint_eq(b.account.read_bytes + b.account.write_bytes, bursts * 32);
	ck_assert_msg(bench_share(&b) * 1000 >= refresh_limit(refresh) * least_permille,
		      "%" PRIu64 "/10000 of peak, refresh leaves %" PRIu64, bench_share(&b),
		      refresh_limit(refresh));
	/* It cannot beat refresh by more than a part of an interval. */
	ck_assert_uint_le(bench_share(&b) * 1000, refresh_limit(refresh) * 1005);
	bench_release(&b);
}

static void check_stream(const struct request *r, size_t n, uint64_t channels,
			 uint64_t packet_bytes, uint64_t least_permille)
{
	check_stream_under(HBM_REFRESH_ALL_BANK, r, n, channels, packet_bytes, least_permille);
	check_stream_under(HBM_REFRESH_PER_BANK, r, n, channels, packet_bytes, least_permille);
}

START_TEST(test_streams_reach_what_refresh_leaves)
{
	size_t n = 24000;
	struct request *r = stream(n);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){ .address = i * 512, .burst_mask = FULL };
	check_stream(r, n, 1, 512, 995);
	check_stream(r, n, 3, 512, 995);
	for (size_t i = 0; i < n; i++)
		r[i].is_write = true;
	check_stream(r, n, 1, 512, 995);
	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){ .address = i * 2048, .burst_mask = UINT64_MAX };
	check_stream(r, n / 4, 1, 2048, 995);
	free(r);
}
END_TEST

/* A queue of them sees two banks ahead: a refresh can meet what comes next. */
START_TEST(test_small_packets_stream_too)
{
	size_t n = 200000;
	struct request *r = stream(n);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){ .address = i * 32, .burst_mask = 1 };
	check_stream(r, n, 1, 32, 990);
	for (size_t i = 0; i < n; i++)
		r[i].is_write = true;
	check_stream(r, n, 1, 32, 990);
	free(r);
}
END_TEST

/* Eight tensors read in turns, a power of two apart: rows of one bank, were it not skewed. */
START_TEST(test_interleaved_streams)
{
	size_t n = 24000;
	struct request *r = stream(n);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){ .address = (i & 7) * (UINT64_C(1) << 27) + (i >> 3) * 512,
					 .burst_mask = FULL };
	check_stream(r, n, 1, 512, 995);
	for (size_t i = 0; i < n; i++)
		r[i].address += (i & 7) * 0x4400;
	check_stream(r, n, 1, 512, 995);
	free(r);
}
END_TEST

/* Reads and writes in turns: a batch of 16 writes and its turnaround, 22 ticks or so, cost 4 %. */
START_TEST(test_copy)
{
	size_t n = 24000;
	struct request *r = stream(n);

	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){ .address = (i >> 4) * 4096 + (i & 7) * 512 +
						    (i & 8 ? UINT64_C(1) << 29 : 0),
					 .burst_mask = FULL, .is_write = (i & 8) != 0 };
	check_stream(r, n, 1, 512, 950);
	free(r);
}
END_TEST

START_TEST(test_random_packets)
{
	size_t n = 24000;
	struct request *r = stream(n);
	struct random random = { 1 };

	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){ .address = random_below(&random, UINT64_C(1) << 20) * 512,
					 .burst_mask = FULL };
	check_stream(r, n, 1, 512, 950);
	free(r);
}
END_TEST

/*
 * Refreshes of a memory that has nothing to do are counted all the same, and what arrives
 * is served as if they had been watched.
 */
static void check_idle(uint64_t at_tick, uint64_t latency, uint64_t precharges)
{
	struct request r[2] = { { .burst_mask = 1 }, { .burst_mask = 1, .at_ps = at_tick * TICK } };
	struct bench b;

	bench_init(&b, 1);
	b.machine.hbm_refresh = HBM_REFRESH_ALL_BANK;
	run(&b, r, 2);
	ck_assert_uint_eq(b.served[1].end_ps, (at_tick + latency) * TICK);
	ck_assert_uint_eq(b.account.refreshes, 20); /* 10 on each pseudo channel */
	ck_assert_uint_eq(b.account.precharges, precharges);
	bench_release(&b);
}

START_TEST(test_idle_refreshes)
{
	/* Just before refresh 10, which then finds the row open, as refresh 1 did. */
	check_idle(38990, 31, 2);
	/* When it is due: REFab, nRFC - 1, and as from a closed row. */
	check_idle(39000, 259 + 31, 1);
	/* Within it. */
	check_idle(39100, 159 + 31, 1);
	/* After it. */
	check_idle(39259, 31, 1);
}
END_TEST

START_TEST(test_overlapping_packets_keep_order)
{
	struct random random = { 7 };
	size_t n = 3000;
	struct request *r = stream(n);
	struct bench b;

	for (size_t i = 0; i < n; i++)
		r[i] = (struct request){
			.address = random_below(&random, 24) * 512,
			.burst_mask = UINT64_C(0xf) << 4 * random_below(&random, 4),
			.is_write = random_below(&random, 2) == 0,
		};
	bench_init(&b, 1);
	b.window = 40;
	run(&b, r, n);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = i + 1; j < n && j < i + 200; j++) {
			bool first = b.served[i].accepted_order < b.served[j].accepted_order;

			if (r[i].address == r[j].address &&
			    (r[i].burst_mask & r[j].burst_mask) != 0 &&
			    (r[i].is_write || r[j].is_write))
				ck_assert_int_eq(first, b.served[i].scheduled_order <
							b.served[j].scheduled_order);
		}
	}
	ck_assert_uint_eq(b.account.forwarded_bytes, 0);
	bench_release(&b);
	free(r);
}
END_TEST

/* A few writes after reads wait for more, but not for ever: write_idle after the last read. */
START_TEST(test_held_writes_go_after_the_idle_time)
{
	struct request r[3] = {
		{ .burst_mask = 1 },
		{ .burst_mask = 1, .at_ps = 1 * TICK, .address = 1024, .is_write = true },
		{ .burst_mask = 1, .at_ps = 3000 * TICK },
	};
	struct bench b;

	bench_init(&b, 1);
	strcpy(b.machine.hbm_mapping, PLAIN);
	b.machine.hbm_write_idle = 64;
	run(&b, r, 3);
	/* RD at 15; its row is open: WR at 15 + 64. */
	ck_assert_uint_eq(b.served[1].end_ps, (15 + 64 + 5 + 2) * TICK);
	bench_release(&b);
	/* Flushed, it goes as soon as the data bus turns: nRTW = 13 after RD. */
	run(&b, r, 2);
	ck_assert_uint_eq(b.served[1].end_ps, (15 + 13 + 5 + 2) * TICK);
	bench_release(&b);
}
END_TEST

START_TEST(test_ideal)
{
	struct request r[4] = {
		{ .burst_mask = FULL },
		{ .burst_mask = FULL, .address = 512 },
		{ .burst_mask = 3, .address = 1024, .is_write = true },
		{ .burst_mask = 1, .address = 2048, .at_ps = 10000000, .noc_ps = 7000 },
	};
	struct bench b;

	bench_init(&b, 8);
	b.machine.hbm_standard = HBM_STANDARD_IDEAL;
	b.machine.hbm_bandwidth = UINT64_C(3000000000); /* 512 bytes in 170,666.67 ps */
	b.machine.hbm_latency_ps = 100000;
	run(&b, r, 4);
	ck_assert_uint_eq(b.served[0].end_ps, 170666 + 100000);
	ck_assert_uint_eq(b.served[1].packet.accepted_ps, 170666);
	ck_assert_uint_eq(b.served[1].end_ps, 341333 + 100000);
	ck_assert_uint_eq(b.served[2].end_ps, 362666); /* written when it has passed */
	ck_assert_uint_eq(b.served[3].end_ps, 10007000 + 10666 + 100000);
	ck_assert_uint_eq(b.account.ticks, 10118);
	ck_assert_uint_eq(b.account.total_ticks, 10118);
	ck_assert_uint_eq(b.account.class_ticks[HBM_READ], 351);   /* 351,999 ps */
	ck_assert_uint_eq(b.account.class_ticks[HBM_WRITE], 22);   /* up to 373,332 ps */
	ck_assert_uint_eq(b.account.class_ticks[HBM_STARVED_NOC], 7);
	ck_assert_uint_eq(b.account.class_ticks[HBM_STARVED_WINDOW], 0);
	ck_assert_uint_eq(b.account.busy_ticks, 373);
	ck_assert_uint_eq(b.account.read_bytes, 1056);
	ck_assert_uint_eq(b.account.write_bytes, 64);
	ck_assert_uint_eq(b.account.read_packets, 3);
	ck_assert_uint_eq(b.account.read_latency_ps, 270666 + 270667 + 110666);
	bench_release(&b);
}
END_TEST

START_TEST(test_ports)
{
	struct machine m;
	struct event_queue *q = event_queue_new(ENGINE_FAST);
	const struct memory_client client = { 0 };
	struct err err = { 0 };
	struct memory *mem;
	uint64_t seen = 0;

	config_defaults(&m);
	m.hbm_stacks = 3;
	m.hbm_channels = 4;
	for (unsigned s = 0; s < 2; s++) {
		m.hbm_standard = s ? HBM_STANDARD_hbm2 : HBM_STANDARD_IDEAL;
		mem = memory_new(&m, q, &client, &err);
		ck_assert_uint_eq(memory_n_ports(mem), 12);
		seen = 0;
		for (uint64_t i = 0; i < 24; i++)
		{
			struct packet p = { .address = i * 512, .burst_mask = 1 };

			memory_locate(mem, &p);
			seen |= UINT64_C(1) << p.port;
		}
		ck_assert_uint_eq(seen, 0xfff);
		memory_free(mem);
	}
	event_queue_free(q);
}
END_TEST

static void refuse(const struct machine *m, const char *expected)
{
	struct event_queue *q = event_queue_new(ENGINE_FAST);
	const struct memory_client client = { 0 };
	struct err err = { 0 };

	ck_assert_ptr_null(memory_new(m, q, &client, &err));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_msg(strstr(err.text, expected) != NULL, "%s", err.text);
	event_queue_free(q);
}

START_TEST(test_refusals)
{
	struct bench b;

	bench_init(&b, 1);
	b.machine.hbm_write_high = 33;
	refuse(&b.machine, "hbm.write_high");
	bench_init(&b, 1);
	b.machine.hbm_write_low = b.machine.hbm_write_high;
	refuse(&b.machine, "hbm.write_high");
	bench_init(&b, 1);
	b.machine.packet_bytes = 4096;
	refuse(&b.machine, "dma.packet_bytes");
	b.machine.hbm_standard = HBM_STANDARD_IDEAL;
	refuse(&b.machine, "dma.packet_bytes");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory");
	TCase *tc = tcase_create("closed forms");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_unloaded_latencies);
	tcase_add_test(tc, test_offers_between_edges_wait_for_one);
	tcase_add_test(tc, test_packet_bursts_are_dense);
	tcase_add_test(tc, test_streams_reach_what_refresh_leaves);
	tcase_add_test(tc, test_small_packets_stream_too);
	tcase_add_test(tc, test_interleaved_streams);
	tcase_add_test(tc, test_copy);
	tcase_add_test(tc, test_random_packets);
	tcase_add_test(tc, test_idle_refreshes);
	tcase_add_test(tc, test_overlapping_packets_keep_order);
	tcase_add_test(tc, test_held_writes_go_after_the_idle_time);
	tcase_add_test(tc, test_ideal);
	tcase_add_test(tc, test_ports);
	tcase_add_test(tc, test_refusals);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
