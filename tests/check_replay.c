/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaying streams: closed forms on the ideal memory and on an idle HBM2, the order and the
 * ticks in which accesses are offered, and that every access is done, whatever the machine.
 */
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "replay/replay.h"

static struct machine ideal_machine(void)
{
	struct machine m;

	config_defaults(&m);
	m.hbm_bandwidth = UINT64_C(32000000000);
	m.hbm_latency_ps = 100000;
	return m;
}

/* One channel a stack, packets of a burst; a row's bursts lie one after the other. */
static struct machine hbm2_machine(uint64_t stacks)
{
	struct machine m;

	config_defaults(&m);
	m.hbm_standard = HBM_STANDARD_hbm2;
	m.packet_bytes = 32;
	m.hbm_channels = 1;
	m.hbm_stacks = stacks;
	snprintf(m.hbm_mapping, sizeof(m.hbm_mapping), "row:bank:bankgroup:pseudo:stack:column");
	return m;
}

static void replay_stream(const struct machine *m, struct stream *s, struct replay_result *out)
{
	const struct replay_options options = { 0 };
	struct err err = { 0 };

	ck_assert_msg(replay_run(m, s, &options, out, &err), "%s", err.text);
	stream_close(s);
}

static void replay_spec(const struct machine *m, const char *spec, struct replay_result *out)
{
	struct err err = { 0 };
	struct stream *s = stream_generate(spec, machine_burst_bytes(m), machine_hbm_bytes(m), &err);

	ck_assert_msg(s != NULL, "%s", err.text);
	replay_stream(m, s, out);
}

static struct stream *open_text(const struct machine *m, const char *text)
{
	char path[] = "check_replay.XXXXXX";
	struct err err = { 0 };
	int fd = mkstemp(path);
	struct stream *s;

	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	s = stream_open(path, machine_hbm_bytes(m), &err);
	ck_assert_msg(s != NULL, "%s", err.text);
	unlink(path);
	return s;
}

static void replay_text(const struct machine *m, const char *text, struct replay_result *out)
{
	replay_stream(m, open_text(m, text), out);
}

/* 32 bytes a ns; the last data are there a latency after they passed. */
START_TEST(ideal_has_a_closed_form)
{
	struct machine m = ideal_machine();
	struct replay_result r;

	replay_spec(&m, "seqrd:1000", &r);
	ck_assert_uint_eq(r.end_ps, 1000 * 1000 + 100000);
	ck_assert_uint_eq(r.hbm.policy_ticks, 1100);
	ck_assert_uint_eq(r.hbm.reads, 1000);
	ck_assert_uint_eq(r.reads, 1000);
	ck_assert_uint_eq(r.bytes, 32000);
	replay_result_release(&r);
	replay_spec(&m, "seqwr:1000", &r);
	ck_assert_uint_eq(r.end_ps, 1000 * 1000);
	ck_assert_uint_eq(r.writes, 1000);
	replay_result_release(&r);
}
END_TEST

/* From tick 500 on: the memory is idle before. */
START_TEST(ideal_waits_for_the_tick)
{
	struct machine m = ideal_machine();
	struct replay_result r;

	replay_text(&m, "W 0\nW 32 500\nW 64 3\nW 96\n", &r);
	ck_assert_uint_eq(r.end_ps, 503000);
	ck_assert_uint_eq(r.hbm.class_ticks[HBM_STARVED_IDLE], 499);
	replay_result_release(&r);
}
END_TEST

/* ACT at 0, RD 15 later, data end 16 after it. */
START_TEST(hbm2_unloaded_latencies)
{
	struct machine m = hbm2_machine(1);
	struct replay_result r;

	replay_text(&m, "R 0\n", &r);
	ck_assert_uint_eq(r.hbm.policy_ticks, 31);
	ck_assert_uint_eq(r.hbm.row_misses, 1);
	replay_result_release(&r);
	replay_text(&m, "R 0\nR 32 1000\n", &r); /* a hit */
	ck_assert_uint_eq(r.hbm.policy_ticks, 1000 + 16);
	ck_assert_uint_eq(r.hbm.row_hits, 1);
	ck_assert_uint_eq(r.hbm.read_latency_ticks, 31 + 16);
	replay_result_release(&r);
	replay_text(&m, "R 0\nR 32768 1000\n", &r); /* the bank's next row */
	ck_assert_uint_eq(r.hbm.policy_ticks, 1000 + 13 + 15 + 16);
	ck_assert_uint_eq(r.hbm.row_conflicts, 1);
	replay_result_release(&r);
}
END_TEST

/* What waits for its tick holds back all behind it, for another channel too. */
START_TEST(order_is_kept)
{
	struct machine m = hbm2_machine(2);
	struct replay_result r;

	replay_text(&m, "R 0\nR 0x400 2000\nR 32 5\n", &r);
	ck_assert_uint_eq(r.hbm.policy_ticks, 2000 + 31);
	/* offered at tick 5, the third would have to wait for its row until 17 + 16 */
	ck_assert_uint_eq(r.hbm.read_latency_ticks, 31 + 31 + 16);
	replay_result_release(&r);
}
END_TEST

static void add_account(struct hbm_account *to, const struct hbm_account *from)
{
#define X(name, help) to->name += from->name;
	HBM_COUNT_LIST(X)
	HBM_DETAIL_LIST(X)
#undef X
	for (unsigned c = 0; c < N_HBM_CLASSES; c++)
		to->class_ticks[c] += from->class_ticks[c];
	to->total_ticks += from->total_ticks;
}

static void assert_sums(const struct replay_result *r)
{
	struct hbm_account sum = { 0 };
	uint64_t classes = 0;

	for (size_t i = 0; i < r->n_channels; i++)
		add_account(&sum, &r->channels[i]);
#define X(name, help) ck_assert_msg(sum.name == r->hbm.name, #name);
	HBM_COUNT_LIST(X)
	HBM_DETAIL_LIST(X)
#undef X
	for (unsigned c = 0; c < N_HBM_CLASSES; c++)
		classes += r->hbm.class_ticks[c];
	ck_assert_uint_eq(classes, r->hbm.total_ticks);
	ck_assert_uint_eq(sum.total_ticks, r->hbm.total_ticks);
	ck_assert_uint_eq(r->hbm.read_bytes + r->hbm.write_bytes + r->hbm.forwarded_bytes, r->bytes);
}

static const char *const specs[] = {
#define X(name, bytes, seed, help) #name ":20001",
	STREAM_KIND_LIST(X)
#undef X
};

/* On odd numbers of channels too. */
START_TEST(every_access_is_done)
{
	static const uint64_t stacks[] = { 1, 3, 8 };

	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		struct machine m = hbm2_machine(stacks[i]);
		struct replay_result r, again;

		replay_spec(&m, specs[_i], &r);
		ck_assert_uint_eq(r.reads + r.writes, 20001);
		ck_assert_uint_eq(r.hbm.reads + r.hbm.forwarded_reads, r.reads);
		ck_assert_uint_eq(r.hbm.writes + r.hbm.coalesced_writes, r.writes);
		assert_sums(&r);
		replay_spec(&m, specs[_i], &again);
		ck_assert_mem_eq(&r.hbm, &again.hbm, sizeof(r.hbm));
		replay_result_release(&again);
		replay_result_release(&r);
	}
}
END_TEST

START_TEST(late_faults_are_told)
{
	const struct replay_options options = { 0 };
	struct machine m = hbm2_machine(1);
	struct stream *s = open_text(&m, "R 0\nR 64\nrubbish\n");
	struct replay_result r;
	struct err err = { 0 };

	ck_assert(!replay_run(&m, s, &options, &r, &err));
	ck_assert_int_eq(err.code, ERR_INPUT);
	stream_close(s);
	replay_result_release(&r);
}
END_TEST

START_TEST(time_has_a_horizon)
{
	const struct replay_options options = { 0 };
	struct machine m = ideal_machine();
	struct stream *s = open_text(&m, "R 0\nR 64 18446744073709551615\n");
	struct replay_result r;
	struct err err = { 0 };

	ck_assert(!replay_run(&m, s, &options, &r, &err));
	ck_assert_int_eq(err.code, ERR_LIMIT);
	stream_close(s);
	replay_result_release(&r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay");
	TCase *t = tcase_create("replay");

	tcase_add_test(t, ideal_has_a_closed_form);
	tcase_add_test(t, ideal_waits_for_the_tick);
	tcase_add_test(t, hbm2_unloaded_latencies);
	tcase_add_test(t, order_is_kept);
	tcase_add_loop_test(t, every_access_is_done, 0, ARRAY_SIZE(specs));
	tcase_add_test(t, late_faults_are_told);
	tcase_add_test(t, time_has_a_horizon);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
