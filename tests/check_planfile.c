/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans written and read back on random graphs and machines: the replay's report is the
 * run's to the last byte, and the replayed plan is written as it was read.
 */
#include <stdlib.h>
#include <string.h>

#include "planfile_bench.h"
#include "support/plan_draw.h"
#include "support/random_run.h"
#include "support/tap_main.h"

#define N_BATCHES 25
#define SEEDS_A_BATCH 16
/* Of the seeds at least this share must have a plan that fits their machine. */
#define LEAST_RUN_PERCENT 80

/* The first line in which two texts differ, cut to fit a message. */
static void must_be_same(const struct random_run *r, const char *what, const char *a, const char *b)
{
	size_t line = 0, i = 0;

	if (strcmp(a, b) == 0)
		return;
	for (; a[i] != '\0' && a[i] == b[i]; i++)
		line = a[i] == '\n' ? i + 1 : line;
	ck_abort_msg("seed %" PRIu64 ": the %s differs: \"%.200s\" is now \"%.200s\"\n%.1500s",
		     r->seed, what, a + line, b + line, r->text.data);
}

static void replay(const struct random_run *r, const struct graph *g, struct plan *p)
{
	struct buf before = BUF_INIT, after = BUF_INIT, text = BUF_INIT, again = BUF_INIT;
	struct plan *q;
	struct err err;

	bench_plan_text(g, &r->machine, p, &text);
	q = bench_plan_of(g, &r->machine, text.data, text.len, &err);
	ck_assert_msg(q != NULL, "seed %" PRIu64 ": %s\n%.2000s", r->seed, err.text, r->text.data);
	ck_assert_msg(bench_run(g, &r->machine, p, &before, &err), "%s", err.text);
	ck_assert_msg(bench_run(g, &r->machine, q, &after, &err), "seed %" PRIu64 ": %s\n%.2000s",
		      r->seed, err.text, r->text.data);
	must_be_same(r, "report", before.data, after.data);
	bench_plan_text(g, &r->machine, q, &again);
	must_be_same(r, "plan", text.data, again.data);
	plan_free(q);
	buf_release(&before);
	buf_release(&after);
	buf_release(&text);
	buf_release(&again);
}

static bool replay_seed(uint64_t seed, enum schedule schedule)
{
	struct random_run r;
	struct err err = {.code = ERR_NONE};
	struct graph *g;
	struct plan *p;
	bool is_run;

	random_small(&r, seed);
	g = draw_graph((const char *const *)r.lines);
	p = plan_new(g, &r.machine, schedule, &err);
	is_run = p != NULL;
	if (is_run)
		replay(&r, g, p);
	plan_free(p);
	graph_free(g);
	random_release(&r);
	return is_run;
}

START_TEST(a_replay_tells_what_the_run_told)
{
	unsigned n_run = 0;

	for (unsigned i = 0; i < SEEDS_A_BATCH; i++)
		n_run += replay_seed(1 + (uint64_t)(_i * SEEDS_A_BATCH) + i,
				     i % 2 ? SCHEDULE_BASELINE : SCHEDULE_TRACE);
	ck_assert_uint_ge(n_run * 100, SEEDS_A_BATCH * LEAST_RUN_PERCENT);
}
END_TEST

/* What random graphs have no chance, or no right, to make. */

static const char *const attention[] = {
	"tensor q f16 1x5x200x64 role=input",
	"tensor k f16 1x5x300x64 role=input",
	"tensor v f16 1x5x300x16 role=input",
	"tensor s f16 1x5x200x300",
	"tensor p f16 1x5x200x300",
	"tensor o f16 1x5x200x16 role=output",
	"op qk matmul in=q,k out=s transpose_b=1",
	"op norm softmax in=s out=p",
	"op pv matmul in=p,v out=o",
	"fuse qk norm pv",
	NULL,
};
/* Results that nobody reads, and outputs that are views of others' storages. */
static const char *const loose_ends[] = {
	"tensor x f16 64x32 role=input",
	"tensor a f16 64x32",
	"tensor b f16 64x32",
	"tensor c f16 64x32",
	"tensor d f16 32x64 role=output",
	"tensor e f16 2048 role=output",
	"op o1 relu in=x out=a",
	"op o2 silu in=a out=b",
	"op o3 neg in=a out=c",
	"op o4 transpose in=c out=d",
	"op o5 reshape in=x out=e",
	"fuse o1 o2 o3",
	NULL,
};
/* States, written in place. */
static const char *const append[] = {
	"tensor x f16 4x1x32 role=input",
	"tensor w f16 32x32 role=weight",
	"tensor c f16 4x64x32 role=state",
	"tensor k f16 4x1x32",
	"tensor s f16 4x1x64",
	"tensor p f16 4x1x64 role=output",
	"op key matmul in=x,w out=k",
	"op store kvappend in=c,k out=c axis=1 at=63",
	"op scores matmul in=x,c out=s transpose_b=1",
	"op softmax softmax in=s out=p",
	"fuse key store scores softmax",
	NULL,
};
static const char *const before_and_after[] = {
	"tensor c f16 64x32 role=state",
	"tensor n f16 1x32 role=input",
	"tensor a f16 64x32 role=output",
	"tensor b f16 64x32 role=output",
	"op before relu in=c out=a",
	"op store kvappend in=c,n out=c axis=0 at=9",
	"op after relu in=c out=b",
	"fuse before store after",
	NULL,
};
static const char *const *const fixed[] = {attention, loose_ends, append, before_and_after};

START_TEST(a_fixed_graph_is_replayed)
{
	const char *const *lines = fixed[_i / 2];
	struct random_run r = {.seed = 0, .text = BUF_INIT};
	struct graph *g = draw_graph(lines);
	struct err err = {.code = ERR_NONE};
	struct plan *p;

	r.machine = draw_machine();
	r.machine.softmax = SOFTMAX_ONLINE;
	for (size_t i = 0; lines[i] != NULL; i++)
		buf_printf(&r.text, "%s\n", lines[i]);
	p = plan_new(g, &r.machine, _i % 2 ? SCHEDULE_BASELINE : SCHEDULE_TRACE, &err);
	ck_assert_msg(p != NULL, "%s", err.text);
	replay(&r, g, p);
	plan_free(p);
	graph_free(g);
	buf_release(&r.text);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("planfile");
	TCase *random = tcase_create("random"), *known = tcase_create("fixed");

	tcase_set_timeout(random, 60);
	tcase_set_timeout(known, 60);
	tcase_add_checked_fixture(random, bench_enter, bench_leave);
	tcase_add_loop_test(random, a_replay_tells_what_the_run_told, 0, N_BATCHES);
	suite_add_tcase(suite, random);
	tcase_add_checked_fixture(known, bench_enter, bench_leave);
	tcase_add_loop_test(known, a_fixed_graph_is_replayed, 0, 2 * (int)ARRAY_SIZE(fixed));
	suite_add_tcase(suite, known);
	return suite;
}

int main(void)
{
	return tap_main(make_suite());
}
