/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random short streams through the policy ramulator21 and through a second, naive
 * implementation: every counter, every access's end and every class of the data buses must
 * be equal, with and without the ticks that the policy passes over; and packets of several
 * bursts must be served as their bursts are.
 */
#include "support/tap_main.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "memory_bench.h"
#include "ram21_bench.h"
#include "ram21_naive.h"

#define MAX_ACCESSES 4000
#define STREAMS 300
#define PER_TEST 30
#define BURST 32

struct stream_draw {
	const char *standard;
	unsigned channels;
	size_t n;
	uint64_t bytes;            /* of the memory */
	uint64_t hot[64];          /* addresses */
	unsigned n_hot;
	unsigned hot_percent, bank_percent, run_percent, write_percent;
	unsigned pause_permille;
	uint64_t longest_pause;    /* ticks */
};

static uint64_t random_address(struct random *r, uint64_t bytes)
{
	return random_below(r, bytes / BURST) * BURST;
}

/* Each stream has its own leanings; lengths are as often 1 to 60 as 60 to 4,000. */
static void draw_stream(struct random *r, struct stream_draw *d)
{
	static const unsigned percents[] = { 0, 5, 30, 60, 95 };

	d->standard = random_below(r, 2) ? "HBM2" : "HBM3";
	d->channels = random_below(r, 3) == 0 ? 2 : 1;
	d->n = 1 + random_below(r, random_below(r, 2) ? 60 : MAX_ACCESSES);
	d->bytes = d->channels * (UINT64_C(1) << 30);
	d->n_hot = 1 + (unsigned)random_below(r, ARRAY_SIZE(d->hot));
	for (unsigned i = 0; i < d->n_hot; i++)
		d->hot[i] = random_address(r, random_below(r, 2) ? d->bytes : 65536);
	d->hot_percent = percents[random_below(r, ARRAY_SIZE(percents))];
	d->bank_percent = percents[random_below(r, ARRAY_SIZE(percents))];
	d->run_percent = percents[random_below(r, ARRAY_SIZE(percents))];
	d->write_percent = (unsigned)random_below(r, 101);
	d->pause_permille = random_below(r, 3) == 0 ? 4 : 0;
	d->longest_pause = random_below(r, 2) ? 200 : 30000;
}

static uint64_t next_address(struct random *r, const struct stream_draw *d, uint64_t last)
{
	/* Row bits alone: other rows of the bank of the first hot address. */
	uint64_t row_bytes = UINT64_C(1) << 16;

	if (random_below(r, 100) < d->hot_percent)
		return d->hot[random_below(r, d->n_hot)];
	if (random_below(r, 100) < d->bank_percent)
		return (d->hot[0] % row_bytes + random_below(r, 6) * row_bytes * d->channels) %
		       d->bytes;
	if (random_below(r, 100) < d->run_percent)
		return (last + BURST) % d->bytes;
	return random_address(r, d->bytes);
}

static void draw_accesses(struct random *r, const struct stream_draw *d, struct naive_access *a)
{
	uint64_t last = 0, pauses = 0;
	bool is_write = false;

	for (size_t i = 0; i < d->n; i++) {
		if (random_below(r, 4) == 0)
			is_write = random_below(r, 100) < d->write_percent;
		if (random_below(r, 1000) < d->pause_permille)
			pauses += random_below(r, d->longest_pause);
		last = next_address(r, d, last);
		a[i] = (struct naive_access){ .address = last, .is_write = is_write,
					      .earliest = pauses };
	}
}

/* Told of in order, and as many as are counted. */
struct told {
	uint64_t tick;
	uint64_t n[N_DRAM_COMMANDS];
};

static void on_command(void *context, const struct dram_command *c)
{
	struct told *t = context;

	ck_assert_uint_ge(c->tick, t->tick);
	t->tick = c->tick;
	t->n[c->command]++;
}

static void check_told(const struct told *t, const struct hbm_account *a)
{
	ck_assert_uint_eq(t->n[DRAM_ACT], a->activates);
	ck_assert_uint_eq(t->n[DRAM_PREpb] + t->n[DRAM_PREab], a->precharges);
	ck_assert_uint_eq(t->n[DRAM_PREab], a->precharges_all);
	ck_assert_uint_eq(t->n[DRAM_RD], a->reads);
	ck_assert_uint_eq(t->n[DRAM_WR], a->writes);
	ck_assert_uint_eq(t->n[DRAM_REFab], a->refreshes);
}

static struct fed *feed(const struct naive_access *a, size_t n)
{
	struct fed *fed = xcalloc(n, sizeof(*fed));

	for (size_t i = 0; i < n; i++)
		fed[i] = (struct fed){
			.packet = { .address = a[i].address, .burst_mask = 1,
				    .bytes = BURST, .is_write = a[i].is_write },
			.earliest = a[i].earliest,
		};
	return fed;
}

static int compare_latencies(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* By definition; from 2,048 on a histogram may give the least of values within 1/1024. */
static void check_percentile(const uint64_t *sorted, size_t n, unsigned permille, uint64_t found)
{
	uint64_t exact = n > 0 ? sorted[max_u64((n * permille + 999) / 1000, 1) - 1] : 0;

	ck_assert_uint_le(found, exact);
	ck_assert_uint_le(exact - found, exact < 2048 ? 0 : exact / 1024);
}

static void check_latencies(const struct naive_access *a, size_t n, const struct hbm_account *got)
{
	uint64_t *latencies = xcalloc(n, sizeof(*latencies));
	size_t n_reads = 0;

	for (size_t i = 0; i < n; i++)
		if (!a[i].is_write)
			latencies[n_reads++] = a[i].end - a[i].arrive;
	qsort(latencies, n_reads, sizeof(*latencies), compare_latencies);
	ck_assert_uint_eq(got->read_packets, n_reads);
	check_percentile(latencies, n_reads, 500, got->read_latency_p50_ticks);
	check_percentile(latencies, n_reads, 990, got->read_latency_p99_ticks);
	check_percentile(latencies, n_reads, 999, got->read_latency_p999_ticks);
	free(latencies);
}

static void check_counts(const struct naive_result *want, const struct hbm_account *got)
{
	ck_assert_uint_eq(got->policy_ticks, want->cycles);
	ck_assert_uint_eq(got->row_hits, want->hits);
	ck_assert_uint_eq(got->row_misses, want->misses);
	ck_assert_uint_eq(got->row_conflicts, want->conflicts);
	ck_assert_uint_eq(got->activates, want->acts);
	ck_assert_uint_eq(got->precharges - got->precharges_all, want->pre_pb);
	ck_assert_uint_eq(got->precharges_all, want->pre_ab);
	ck_assert_uint_eq(got->refreshes, want->refs);
	ck_assert_uint_eq(got->forwarded_reads, want->forwarded);
	ck_assert_uint_eq(got->forwarded_bytes, want->forwarded * BURST);
	ck_assert_uint_eq(got->coalesced_writes, want->coalesced);
	ck_assert_uint_eq(got->read_latency_ticks, want->latency_sum);
	ck_assert_uint_eq(got->open_bank_ticks, want->open_bank_ticks);
	ck_assert_uint_eq(got->busy_ticks, want->busy_ticks);
	ck_assert_uint_eq(got->reads + got->writes + got->forwarded_reads + got->coalesced_writes,
			  want->hits + want->misses + want->conflicts + want->forwarded +
				  want->coalesced);
}

static void check_classes(const struct naive_result *want, const struct hbm_account *got)
{
	static const char *const names[] = {
#define X(NAME, text, help) text,
		HBM_CLASS_LIST(X)
#undef X
	};
	uint64_t sum = 0;

	for (unsigned c = 0; c < N_HBM_CLASSES; c++) {
		sum += got->class_ticks[c];
		ck_assert_msg(got->class_ticks[c] == want->classes[c],
			      "%s: %" PRIu64 " ticks, by counting one by one %" PRIu64, names[c],
			      got->class_ticks[c], want->classes[c]);
	}
	ck_assert_uint_eq(sum, got->total_ticks);
}

static void check_ends(const struct ram21_bench *b, const struct naive_access *a)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct fed *f = &b->fed[i];
		bool is_coalesced = a[i].is_write && a[i].end == a[i].arrive;

		if (is_coalesced)
			ck_assert_uint_eq(f->end_ps, f->packet.accepted_ps);
		else
			ck_assert_uint_eq(f->end_ps, clock_edge_ps(&b->clock, a[i].end));
	}
}

/* All numbers but those that count the work. */
static void check_same(const struct ram21_bench *a, const struct ram21_bench *b)
{
	ck_assert_uint_eq(a->end_ps, b->end_ps);
	ck_assert_mem_eq(&a->account, &b->account, sizeof(a->account));
	for (size_t i = 0; i < a->n; i++)
		ck_assert_uint_eq(a->fed[i].end_ps, b->fed[i].end_ps);
}

static void check_stream(struct random *r, struct naive_result *sums)
{
	struct naive_access *a = xcalloc(MAX_ACCESSES, sizeof(*a));
	struct stream_draw d;
	struct naive_result want;
	struct machine m;
	struct told told = { 0 };
	struct ram21_bench fast = { .machine = &m, .watch = on_command, .watch_context = &told };
	struct ram21_bench plain = { .machine = &m, .visits_every_tick = true };

	draw_stream(r, &d);
	draw_accesses(r, &d, a);
	ram21_machine(&m, d.standard, d.channels, "acc");
	fast.n = plain.n = d.n;
	fast.fed = feed(a, d.n);
	plain.fed = feed(a, d.n);
	ram21_naive(d.standard, d.channels, a, d.n, &want);
	ram21_bench_run(&fast);
	ram21_bench_run(&plain);
	check_counts(&want, &fast.account);
	check_latencies(a, d.n, &fast.account);
	check_classes(&want, &fast.account);
	check_told(&told, &fast.account);
	check_ends(&fast, a);
	check_same(&fast, &plain);
	ck_assert_uint_le(fast.events, plain.events);
	sums->forwarded += want.forwarded;
	sums->coalesced += want.coalesced;
	sums->refs += want.refs;
	sums->pre_ab += want.pre_ab;
	free(fast.fed);
	free(plain.fed);
	free(a);
}

START_TEST(equals_a_second_implementation)
{
	struct random r = { UINT64_C(0x9E3779B97F4A7C15) * (uint64_t)(_i + 1) };
	struct naive_result sums = { 0 };

	for (unsigned i = 0; i < PER_TEST; i++)
		check_stream(&r, &sums);
	/* The streams meet what they are for. */
	ck_assert_uint_gt(sums.forwarded, 0);
	ck_assert_uint_gt(sums.coalesced, 0);
	ck_assert_uint_gt(sums.refs, 0);
	ck_assert_uint_gt(sums.pre_ab, 0);
}
END_TEST

/* Packets of 8 bursts in a row, and one by one what is touched of them. */
static size_t draw_packets(struct random *r, struct fed *packets, size_t n, struct fed *bursts)
{
	size_t n_bursts = 0;

	for (size_t i = 0; i < n; i++) {
		struct packet *p = &packets[i].packet;

		p->address = random_below(r, 64) * 8 * BURST + random_below(r, 3) * (1 << 22);
		p->burst_mask = 1 + random_below(r, 255);
		p->is_write = random_below(r, 2) != 0;
		for (unsigned k = 0; k < 8; k++)
			if (p->burst_mask >> k & 1)
				bursts[n_bursts++].packet = (struct packet){
					.address = p->address + k * BURST, .burst_mask = 1,
					.is_write = p->is_write };
	}
	return n_bursts;
}

static void check_packet_ends(const struct ram21_bench *packets, const struct ram21_bench *bursts)
{
	size_t next = 0;

	for (size_t i = 0; i < packets->n; i++) {
		const struct packet *p = &packets->fed[i].packet;
		uint64_t end_ps = 0;

		for (int k = __builtin_popcountll(p->burst_mask); k > 0; k--, next++) {
			end_ps = max_u64(end_ps, bursts->fed[next].end_ps);
			/* the last one's: */
			if (k == 1)
				ck_assert_uint_eq(p->accepted_ps,
						  bursts->fed[next].packet.accepted_ps);
		}
		ck_assert_uint_eq(packets->fed[i].end_ps, end_ps);
	}
	ck_assert_uint_eq(next, bursts->n);
}

/* Summed over packets or bursts, or told apart by when a packet was issued. */
static void clear_what_differs(struct hbm_account *a)
{
	a->read_packets = a->read_latency_ps = a->read_latency_ticks = 0;
	a->read_latency_p50_ticks = a->read_latency_p99_ticks = a->read_latency_p999_ticks = 0;
	for (unsigned c = HBM_STARVED_NOC; c <= HBM_STARVED_IDLE; c++)
		a->class_ticks[c] = 0;
}

START_TEST(packets_are_served_as_their_bursts)
{
	enum { N = 1500 };
	struct random r = { UINT64_C(0x9E3779B97F4A7C15) * (uint64_t)(_i + 99) };
	struct machine m, of_bursts;
	struct ram21_bench packets = { .machine = &m, .n = N }, bursts = { .machine = &of_bursts };

	ram21_machine(&m, _i ? "HBM3" : "HBM2", 1, "RoBaRaCoCh");
	of_bursts = m;
	m.packet_bytes = 8 * BURST;
	packets.fed = xcalloc(N, sizeof(*packets.fed));
	bursts.fed = xcalloc(8 * N, sizeof(*bursts.fed));
	bursts.n = draw_packets(&r, packets.fed, N, bursts.fed);
	ram21_bench_run(&packets);
	ram21_bench_run(&bursts);
	ck_assert_uint_gt(packets.account.forwarded_reads, 0);
	ck_assert_uint_gt(packets.account.coalesced_writes, 0);
	ck_assert_uint_le(packets.account.read_packets, N);
	check_packet_ends(&packets, &bursts);
	clear_what_differs(&packets.account);
	clear_what_differs(&bursts.account);
	ck_assert_mem_eq(&packets.account, &bursts.account, sizeof(packets.account));
	free(packets.fed);
	free(bursts.fed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ram21_random");
	TCase *t = tcase_create("random");

	tcase_add_loop_test(t, equals_a_second_implementation, 0, STREAMS / PER_TEST);
	tcase_add_loop_test(t, packets_are_served_as_their_bursts, 0, 2);
	tcase_set_timeout(t, 120);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
