/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random streams on random machines under every policy: the protocol audit is clean, the
 * accounts equal those counted tick by tick, bytes are conserved, nothing is passed over for
 * ever, and being watched changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "memory_bench.h"
#include "memory_naive.h"
#include "support/tap_main.h"

#define RUNS 200
#define PARTS 5 /* tests, so that a failure names a part and none takes long */
#define PACKETS 240

static void vary(struct random *r, uint64_t *setting, uint64_t from, uint64_t to)
{
	if (random_below(r, 3) == 0)
		*setting = from + random_below(r, to - from + 1);
}

static void random_timings(struct random *r, struct machine *m)
{
	vary(r, &m->t_CL, 2, 30);
	vary(r, &m->t_CWL, 1, 12);
	vary(r, &m->t_RCDRD, 1, 40);
	vary(r, &m->t_RCDWR, 1, 40);
	vary(r, &m->t_RP, 2, 30);
	vary(r, &m->t_RAS, 5, 60);
	vary(r, &m->t_RC, 5, 90);
	vary(r, &m->t_WR, 1, 30);
	vary(r, &m->t_RTP, 1, 15);
	vary(r, &m->t_CCDS, 1, 6);
	vary(r, &m->t_CCDL, 1, 8);
	vary(r, &m->t_RRDS, 1, 8);
	vary(r, &m->t_RRDL, 1, 10);
	vary(r, &m->t_WTRS, 1, 12);
	vary(r, &m->t_WTRL, 1, 14);
	vary(r, &m->t_FAW, 4, 60);
	vary(r, &m->t_RFC, 20, 300);
	vary(r, &m->t_RFCpb, 20, 200);
	vary(r, &m->t_RREFD, 4, 20);
	vary(r, &m->t_REFI, 1300, 3000);
	m->t_REFIpb = m->t_REFI / 16;
}

static void random_machine(struct random *r, struct machine *m)
{
	static const char *const mappings[] = {
		"default", "default",
		"row:bank:column/8:stack:channel:pseudo:column/4:bankgroup",
		"row:column/2:channel:pseudo:stack+:bank+:column/16:bankgroup",
	};
	static const uint64_t rates[] = { 1600000000, 2000000000, 2400000000 };

	m->hbm_stacks = 1 + random_below(r, 2);
	m->hbm_data_rate = rates[random_below(r, 3)];
	m->packet_bytes = UINT64_C(32) << random_below(r, 5);
	strcpy(m->hbm_mapping, mappings[random_below(r, ARRAY_SIZE(mappings))]);
	m->hbm_read_queue = 1 + random_below(r, 12);
	m->hbm_write_queue = 1 + random_below(r, 12);
	m->hbm_write_high = 1 + random_below(r, m->hbm_write_queue);
	m->hbm_write_low = random_below(r, m->hbm_write_high);
	m->hbm_write_idle = random_below(r, 150);
	m->hbm_hit_cap = 1 + random_below(r, 8);
	m->hbm_refresh = (unsigned)random_below(r, 2);
	m->hbm_refresh_postpone = random_below(r, 2) * random_below(r, 9);
	m->hbm_row_policy = (unsigned)random_below(r, 4);
	m->hbm_row_timeout = 1 + random_below(r, 300);
	m->hbm_forward = random_below(r, 2) ? HBM_FORWARD_ON : HBM_FORWARD_OFF;
	random_timings(r, m);
}

/* Blocks in some order, each once: in sequence, in short runs, or at random. */
static void random_blocks(struct random *r, uint64_t *blocks, uint64_t n_blocks)
{
	uint64_t run = random_below(r, 3) == 0 ? PACKETS : 1 + random_below(r, 12);
	uint64_t at = 0, spacing = 1 + random_below(r, 3);

	for (size_t i = 0; i < PACKETS; i++) {
		if (i % run == 0)
			at = i * spacing * 40 + random_below(r, 2) * (n_blocks / 2);
		blocks[i] = at++ % n_blocks;
	}
	if (random_below(r, 2))
		return;
	for (size_t i = PACKETS - 1; i > 0; i--) {
		size_t j = random_below(r, i + 1);
		uint64_t other = blocks[j];

		blocks[j] = blocks[i];
		blocks[i] = other;
	}
}

static void random_requests(struct random *r, const struct machine *m, struct request *requests)
{
	uint64_t blocks[PACKETS], now = 0, n_bursts = m->packet_bytes / 32;
	uint64_t write_tenths = random_below(r, 11), pause_tenths = random_below(r, 4);
	uint64_t all = n_bursts == 64 ? UINT64_MAX : (UINT64_C(1) << n_bursts) - 1;
	bool is_partial = random_below(r, 2);

	random_blocks(r, blocks, machine_hbm_bytes(m) / m->packet_bytes);
	for (size_t i = 0; i < PACKETS; i++) {
		if (random_below(r, 10) < pause_tenths)
			now += random_below(r, random_below(r, 20) ? 200000 : 12000000);
		requests[i] = (struct request){
			.address = blocks[i] * m->packet_bytes,
			.burst_mask = is_partial ? random_next(r) & all : all,
			.at_ps = now,
			.noc_ps = random_below(r, 40000),
			.is_write = random_below(r, 10) < write_tenths,
		};
		if (requests[i].burst_mask == 0)
			requests[i].burst_mask = 1;
	}
}

static void check_conservation(const struct bench *b)
{
	uint64_t bursts[2] = { 0, 0 }, sum = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct request *r = &b->requests[i];

		bursts[r->is_write] += (uint64_t)__builtin_popcountll(r->burst_mask);
		ck_assert_uint_le(b->served[i].offered_ps, b->served[i].packet.accepted_ps);
		ck_assert_uint_le(b->served[i].packet.accepted_ps, b->served[i].scheduled_ps);
		ck_assert_uint_lt(b->served[i].scheduled_ps, b->served[i].end_ps);
	}
	ck_assert_uint_eq(b->account.reads, bursts[0]);
	ck_assert_uint_eq(b->account.writes, bursts[1]);
	ck_assert_uint_eq(b->account.read_bytes, bursts[0] * 32);
	ck_assert_uint_eq(b->account.write_bytes, bursts[1] * 32);
	for (unsigned c = 0; c < N_HBM_CLASSES; c++)
		sum += b->account.class_ticks[c];
	ck_assert_uint_eq(sum, b->account.total_ticks);
}

static void check_run(uint64_t seed)
{
	struct random r = { seed * 2 + 1 };
	struct request requests[PACKETS];
	struct bench watched, alone;

	bench_init(&watched, 1 + random_below(&r, 3));
	random_machine(&r, &watched.machine);
	watched.window = 1 + random_below(&r, 100);
	random_requests(&r, &watched.machine, requests);
	watched.requests = requests;
	watched.n = PACKETS;
	alone = watched;
	watched.keep_commands = true;
	bench_run(&watched);
	ck_assert_msg(*watched.audit == '\0', "run %" PRIu64 ": %s", seed, watched.audit);
	check_conservation(&watched);
	naive_check(&watched);

	bench_run(&alone);
	ck_assert_mem_eq(&alone.account, &watched.account, sizeof(alone.account));
	ck_assert_uint_eq(alone.end_ps, watched.end_ps);
	for (size_t i = 0; i < PACKETS; i++)
		ck_assert_uint_eq(alone.served[i].end_ps, watched.served[i].end_ps);
	bench_release(&watched);
	bench_release(&alone);
}

START_TEST(test_random_runs)
{
	for (uint64_t i = 0; i < RUNS / PARTS; i++)
		check_run((uint64_t)_i * RUNS / PARTS + i);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory random");
	TCase *tc = tcase_create("streams");

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, test_random_runs, 0, PARTS);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
