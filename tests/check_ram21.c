/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy ramulator21 against what Ramulator 2.1 did: totals of the reference runs, the
 * first commands of eight of them, line by line, and the closed forms that follow from its
 * tables.  MEMSIM_ALL_RUNS=1 makes it all of the runs; otherwise those that take least.
 */
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/mem.h"
#include "ram21_bench.h"
#include "replay/replay.h"

#define MAX_RUNS 100

/* The reference runs. */

struct run {
	char standard[8], mapping[16], stream[16];
	uint64_t channels, requests;
	uint64_t cycles, hits, misses, conflicts, acts, pre_pb, pre_ab, refs, forwarded, coalesced;
	uint64_t latency_sum;
};
static struct run runs[MAX_RUNS];
static size_t n_runs;

/* Both standards, one channel and several, all mappings, reads and writes. */
static const char *const quick[] = {
	"HBM2/1/acc/copy", "HBM2/1/MOP4CLXOR/seqrd", "HBM2/1/RoBaRaCoCh/mix", "HBM2/8/acc/seqwr",
	"HBM3/1/acc/copy", "HBM3/1/MOP4CLXOR/seqrd", "HBM3/1/RoBaRaCoCh/rand", "HBM3/16/acc/seqrd",
};

static bool is_wanted(const struct run *r)
{
	char *name = xasprintf("%s/%" PRIu64 "/%s/%s", r->standard, r->channels, r->mapping,
			       r->stream);
	bool is_quick = false;

	for (size_t i = 0; i < ARRAY_SIZE(quick); i++)
		is_quick = is_quick || strcmp(quick[i], name) == 0;
	free(name);
	return is_quick || getenv("MEMSIM_ALL_RUNS") != NULL;
}

static FILE *open_data(const char *name)
{
	char path[512];
	FILE *in;

	snprintf(path, sizeof(path), "%s/tests/data/dram/%s", getenv("TOP_SRCDIR"), name);
	in = fopen(path, "r");
	if (!in)
		BUG("cannot open %s", path);
	return in;
}

static void read_runs(void)
{
	FILE *in = open_data("runs.csv");
	char line[512];

	while (fgets(line, sizeof(line), in) && n_runs < MAX_RUNS) {
		struct run *r = &runs[n_runs];

		if (sscanf(line, "ramulator2,2.1,%7[^,],%" SCNu64 ",%15[^,],%15[^,],%" SCNu64
			   ",32,%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64
			   ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64,
			   r->standard, &r->channels, r->mapping, r->stream, &r->requests,
			   &r->cycles, &r->hits, &r->misses, &r->conflicts, &r->acts, &r->pre_pb,
			   &r->pre_ab, &r->refs, &r->forwarded, &r->coalesced,
			   &r->latency_sum) == 16)
			n_runs++;
	}
	fclose(in);
	if (n_runs != 78)
		BUG("%zu runs in runs.csv, expected 78", n_runs);
}

static void replay_run_of(const struct run *r, uint64_t requests, dram_command_fn watch,
			  void *context, struct replay_result *out)
{
	const struct replay_options options = { .watch = watch, .watch_context = context };
	struct machine m;
	struct err err = { 0 };
	char spec[64];
	struct stream *s;

	ram21_machine(&m, r->standard, r->channels, r->mapping);
	snprintf(spec, sizeof(spec), "%s:%" PRIu64, r->stream, requests);
	s = stream_generate(spec, machine_burst_bytes(&m), machine_hbm_bytes(&m), &err);
	ck_assert_msg(s && replay_run(&m, s, &options, out, &err), "%s", err.text);
	stream_close(s);
}

START_TEST(equals_the_reference_run)
{
	const struct run *r = &runs[_i];
	struct replay_result result;
	const struct hbm_account *a = &result.hbm;

	replay_run_of(r, r->requests, NULL, NULL, &result);
	ck_assert_uint_eq(a->policy_ticks, r->cycles);
	ck_assert_uint_eq(a->row_hits, r->hits);
	ck_assert_uint_eq(a->row_misses, r->misses);
	ck_assert_uint_eq(a->row_conflicts, r->conflicts);
	ck_assert_uint_eq(a->activates, r->acts);
	ck_assert_uint_eq(a->precharges - a->precharges_all, r->pre_pb);
	ck_assert_uint_eq(a->precharges_all, r->pre_ab);
	ck_assert_uint_eq(a->refreshes, r->refs);
	ck_assert_uint_eq(a->forwarded_reads, r->forwarded);
	ck_assert_uint_eq(a->coalesced_writes, r->coalesced);
	ck_assert_uint_eq(a->read_latency_ticks, r->latency_sum);
	replay_result_release(&result);
}
END_TEST

/* Their first commands. */

#define SAMPLE_REQUESTS 8192 /* more than any sample gets to */

static const struct run samples[] = {
	{ .standard = "HBM2", .stream = "seqrd" }, { .standard = "HBM2", .stream = "copy" },
	{ .standard = "HBM2", .stream = "mix" },   { .standard = "HBM2", .stream = "rand" },
	{ .standard = "HBM3", .stream = "seqrd" }, { .standard = "HBM3", .stream = "copy" },
	{ .standard = "HBM3", .stream = "mix" },   { .standard = "HBM3", .stream = "rand" },
};

struct sample {
	struct lines *lines;
	uint64_t n;
	bool is_over;
	int64_t open[2][DRAM_MAX_BANKS]; /* rows, as the sample opens and closes them */
};

/* The next line, its fields empty as -1; false at the end. */
static bool next_line(struct sample *s, uint64_t *tick, char name[8], int64_t field[6])
{
	const char *text;
	char line[128], *at = line;
	size_t len;
	struct err err = { 0 };
	int used;

	if (!lines_next(s->lines, &text, &len, &err)) {
		ck_assert_msg(!err.code, "%s", err.text);
		return false;
	}
	snprintf(line, sizeof(line), "%.*s", (int)len, text);
	ck_assert_int_eq(sscanf(line, "%" SCNu64 ",%7[^,]%n", tick, name, &used), 2);
	at += used;
	for (unsigned i = 0; i < 6; i++) {
		ck_assert_int_eq(*at++, ',');
		field[i] = *at == ',' || *at == '\0' ? -1 : strtoll(at, &at, 10);
	}
	return true;
}

/*
 * What is compared of a line.  Where the sample gives ACT and PREpb the place that their
 * request wants, memory.h gives ACT the row alone and PREpb the row that it closes: it follows
 * from the sample's ACTs.
 */
static void print_line(char out[128], uint64_t tick, const char *name, const int64_t field[6],
		       int64_t open)
{
	bool is_column = strcmp(name, "RD") == 0 || strcmp(name, "WR") == 0;
	bool is_for_all = strcmp(name, "PREab") == 0 || strcmp(name, "REFab") == 0;

	if (is_for_all)
		snprintf(out, 128, "%" PRIu64 " %s pc %" PRId64, tick, name, field[0]);
	else
		snprintf(out, 128, "%" PRIu64 " %s pc %" PRId64 " sid %" PRId64 " bg %" PRId64
			 " bank %" PRId64 " row %" PRId64 " column %" PRId64, tick, name, field[0],
			 field[1] < 0 ? 0 : field[1], field[2], field[3],
			 strcmp(name, "PREpb") == 0 ? open : field[4], is_column ? field[5] : 0);
}

static void on_command(void *context, const struct dram_command *c)
{
	struct sample *s = context;
	const int64_t got_field[6] = { c->pseudo_channel, c->stack_id, c->bank_group, c->bank,
				       c->row, c->column };
	int64_t field[6], *open;
	char name[8], want[128], got[128];
	uint64_t tick;

	if (s->is_over || !next_line(s, &tick, name, field)) {
		s->is_over = true;
		return;
	}
	s->n++;
	open = &s->open[field[0]][field[1] > 0 ? 16 : 0];
	open += field[2] < 0 ? 0 : field[2] * 4 + field[3];
	print_line(want, tick, name, field, *open);
	print_line(got, c->tick, dram_command_name((enum dram_command_kind)c->command), got_field,
		   c->row);
	ck_assert_str_eq(got, want);
	if (strcmp(name, "ACT") == 0)
		*open = field[4];
}

START_TEST(commands_equal_the_sample)
{
	struct run r = samples[_i];
	struct sample s = { 0 };
	struct replay_result result;
	struct err err = { 0 };
	const char *text;
	char path[512];
	size_t len;

	r.channels = 1;
	strcpy(r.mapping, "acc");
	snprintf(path, sizeof(path), "%s/tests/data/dram/commands/hbm%c_acc_%s.csv.gz",
		 getenv("TOP_SRCDIR"), r.standard[3], r.stream);
	s.lines = lines_open(path, "sample", 1 << 20, &err);
	ck_assert_msg(s.lines && lines_next(s.lines, &text, &len, &err), "%s", err.text);
	replay_run_of(&r, SAMPLE_REQUESTS, on_command, &s, &result);
	ck_assert(s.is_over); /* all lines were met */
	ck_assert_uint_gt(s.n, 3600);
	lines_close(s.lines);
	replay_result_release(&result);
}
END_TEST

/* Closed forms. */

#define ROW (UINT64_C(1) << 16) /* the next row of a bank under "acc", HBM2 or HBM3 */

static void run_packets(const char *standard, struct fed *fed, size_t n, struct ram21_bench *b)
{
	static struct machine m;

	ram21_machine(&m, standard, 1, "acc");
	for (size_t i = 0; i < n; i++)
		fed[i].packet.burst_mask = 1;
	*b = (struct ram21_bench){ .machine = &m, .fed = fed, .n = n };
	ram21_bench_run(b);
}

static uint64_t end_tick(const struct ram21_bench *b, size_t i)
{
	return clock_edge_at_or_after(&b->clock, b->fed[i].end_ps);
}

static const struct {
	const char *standard;
	uint64_t closed, hit, conflict, write, write_end;
} forms[] = {
	{ "HBM2", 1 + 15 + 16, 1 + 16, 1 + 13 + 15 + 16, 1 + 13, 1 + 13 + 5 + 2 },
	/* ACT to RD 63, to WR 31: half a clock more, to a rising edge. */
	{ "HBM3", 1 + 64 + 44, 1 + 44, 1 + 50 + 64 + 44, 1 + 32, 1 + 32 + 20 + 4 },
};

/* Each read is alone, and offered before an odd tick. */
START_TEST(unloaded_latencies)
{
	struct fed fed[3] = { { .earliest = 0 }, { .earliest = 1001 }, { .earliest = 2001 } };
	struct ram21_bench b;

	fed[2].packet.address = ROW;
	run_packets(forms[_i].standard, fed, 3, &b);
	ck_assert_uint_eq(end_tick(&b, 0), forms[_i].closed);
	ck_assert_uint_eq(end_tick(&b, 1), 1000 + forms[_i].hit);
	ck_assert_uint_eq(end_tick(&b, 2), 2000 + forms[_i].conflict);
	ck_assert_uint_eq(b.account.row_misses, 1);
	ck_assert_uint_eq(b.account.row_hits, 1);
	ck_assert_uint_eq(b.account.row_conflicts, 1);
	ck_assert_uint_eq(b.account.read_latency_ticks,
			  forms[_i].closed + forms[_i].hit + forms[_i].conflict);
	ck_assert_uint_eq(b.account.read_latency_p50_ticks, min_u64(forms[_i].closed,
								    forms[_i].conflict));
	ck_assert_uint_eq(b.account.policy_ticks, 2000 + forms[_i].conflict);
}
END_TEST

/* The policy is done with a write at its WR, the memory when its data are over. */
START_TEST(write_is_done_when_it_goes)
{
	struct fed fed[1] = { { .packet = { .is_write = true } } };
	struct ram21_bench b;

	run_packets(forms[_i].standard, fed, 1, &b);
	ck_assert_uint_eq(b.account.policy_ticks, forms[_i].write);
	ck_assert_uint_eq(end_tick(&b, 0), forms[_i].write_end);
	ck_assert_uint_eq(b.account.ticks, forms[_i].write_end);
	ck_assert_uint_eq(b.account.open_bank_ticks, forms[_i].write_end - 1);
}
END_TEST

/* A read of a queued write is answered at the next tick, a second write to it at once; one
 * that has left the write queue with its ACT does neither. */
START_TEST(queued_writes_answer)
{
	struct fed fed[] = {
		{ .packet = { .is_write = true } }, { .packet = { .is_write = false } },
		{ .packet = { .is_write = true } }, { .packet = { .is_write = true }, .earliest = 5 },
	};
	struct ram21_bench b;

	run_packets(forms[_i].standard, fed, ARRAY_SIZE(fed), &b);
	ck_assert_uint_eq(b.account.forwarded_reads, 1);
	ck_assert_uint_eq(b.account.forwarded_bytes, 32);
	ck_assert_uint_eq(b.account.coalesced_writes, 1);
	ck_assert_uint_eq(b.account.reads, 0);
	ck_assert_uint_eq(b.account.writes, 2);
	ck_assert_uint_eq(b.account.read_packets, 1);
	ck_assert_uint_eq(b.account.read_latency_ticks, 1);
	ck_assert_uint_eq(end_tick(&b, 1), 1);
	ck_assert_uint_eq(b.fed[2].end_ps, 0);
}
END_TEST

/* One read of a closed row: RD at 16, data from 30 to 32. */
START_TEST(classes_of_one_read)
{
	struct fed fed[1] = { { .earliest = 0 } };
	struct ram21_bench b;
	const uint64_t *class_ticks = b.account.class_ticks;

	run_packets("HBM2", fed, 1, &b);
	ck_assert_uint_eq(class_ticks[HBM_READ], 2);
	ck_assert_uint_eq(class_ticks[HBM_ROW], 15); /* ticks 1 to 15 */
	ck_assert_uint_eq(class_ticks[HBM_STARVED_NOC], 1); /* tick 0, before the first */
	ck_assert_uint_eq(class_ticks[HBM_STARVED_IDLE], 14 + 32); /* and the other's all */
	ck_assert_uint_eq(b.account.total_ticks, 64);
	ck_assert_uint_eq(b.account.busy_ticks, 2);
}
END_TEST

/* Accounts that are closed after the data's end count the refreshes of the idle time. */
START_TEST(idle_memory_refreshes)
{
	struct event_queue *events = event_queue_new(ENGINE_FAST);
	struct hbm_account a;
	struct machine m;
	struct err err = { 0 };
	struct memory *mem;

	ram21_machine(&m, forms[_i].standard, 2, "acc");
	mem = memory_new(&m, events, &(struct memory_client){ .context = NULL }, &err);
	ck_assert_msg(mem != NULL, "%s", err.text);
	memory_account(mem, UINT64_C(39100000), &a); /* 10 nREFI are 39 us */
	ck_assert_uint_eq(a.refreshes, 2 * 2 * 10);
	ck_assert_uint_eq(a.precharges, 0);
	ck_assert_uint_eq(a.policy_ticks, 0);
	ck_assert_uint_eq(a.class_ticks[HBM_STARVED_IDLE], a.total_ticks);
	memory_free(mem);
	event_queue_free(events);
}
END_TEST

START_TEST(refuses_other_standards)
{
	struct machine m;
	struct err err = { 0 };

	ram21_machine(&m, "HBM2", 1, "acc");
	m.hbm_standard = HBM_STANDARD_hbm4;
	ck_assert(!memory_check(&m, &err));
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_str_eq(err.setting, "hbm.policy");
	ck_assert_msg(strstr(err.text, "HBM4") != NULL, "%s", err.text);
}
END_TEST

static void add_runs(Suite *suite)
{
	TCase *t = tcase_create("runs");

	read_runs();
	for (size_t i = 0; i < n_runs; i++)
		if (is_wanted(&runs[i]))
			tcase_add_loop_test(t, equals_the_reference_run, (int)i, (int)i + 1);
	tcase_set_timeout(t, 120);
	suite_add_tcase(suite, t);
}

int main(void)
{
	Suite *suite = suite_create("ram21");
	TCase *t = tcase_create("small");

	tcase_add_loop_test(t, commands_equal_the_sample, 0, ARRAY_SIZE(samples));
	tcase_add_loop_test(t, unloaded_latencies, 0, ARRAY_SIZE(forms));
	tcase_add_loop_test(t, write_is_done_when_it_goes, 0, ARRAY_SIZE(forms));
	tcase_add_loop_test(t, queued_writes_answer, 0, ARRAY_SIZE(forms));
	tcase_add_test(t, classes_of_one_read);
	tcase_add_loop_test(t, idle_memory_refreshes, 0, ARRAY_SIZE(forms));
	tcase_add_test(t, refuses_other_standards);
	tcase_set_timeout(t, 60);
	suite_add_tcase(suite, t);
	add_runs(suite);
	return tap_main(suite);
}
