/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The books of --check on commands made by hand: each rule just kept and just broken,
 * and the class of every cycle of a small schedule worked out in the comments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "run/audit_books.h"
#include "run/audit_graph.h"
#include "support/tap_main.h"
#include "trace/trace.h"

static const struct machine machine = {
	.core_hz = 1000000000, .core_count = 2, .spad_bytes = 1000, .acc_bytes = 100,
};

static struct command with_spans(struct span read, struct span write)
{
	return (struct command){ .unit = UNIT_MATRIX, .n_reads = read.bytes > 0, .reads = { read },
				 .n_writes = write.bytes > 0, .writes = { write } };
}

#define SPAD(at, n) ((struct span){ .memory = ONCHIP_SPAD, .base = at, .bytes = n })
#define ACC(at, n) ((struct span){ .memory = ONCHIP_ACC, .base = at, .bytes = n })
#define NOTHING SPAD(0, 0)

/* Occupancy. */

static bool is_too_large(struct span s)
{
	struct verdict v = { 0 };
	struct spans_book *b = spans_book_new(&machine, &v);
	struct command c = with_spans(NOTHING, s);

	spans_book_drawn(b, 1, &c);
	spans_book_free(b);
	return *v.text[AUDIT_OCCUPANCY] != '\0';
}

START_TEST(spans_end_within_their_memory)
{
	ck_assert(!is_too_large(SPAD(0, 1000)));
	ck_assert(is_too_large(SPAD(0, 1001)));
	ck_assert(is_too_large(SPAD(1, 1000)));
	ck_assert(!is_too_large(ACC(60, 40)));
	ck_assert(is_too_large(ACC(60, 41)));
	ck_assert(is_too_large(SPAD(UINT64_MAX, 2))); /* the sum wraps */
}
END_TEST

/* `first` is drawn before `second`, and in `state` when that starts. */
static bool is_violation(struct command first, enum watched_state state, struct command second)
{
	struct verdict v = { 0 };
	struct spans_book *b = spans_book_new(&machine, &v);
	struct watched commands[2] = { { .c = first, .ordinal = 1 },
				       { .c = second, .ordinal = 2 } };
	struct window w = { .v = commands, .n = 2 };
	struct command everything = with_spans(NOTHING, SPAD(0, 1000));

	spans_book_end(b, 0, &everything); /* so that no read is of what was never written */
	commands[0].state = state;
	spans_book_start(b, 0, &w, 1);
	spans_book_free(b);
	return *v.text[AUDIT_OCCUPANCY] != '\0';
}

START_TEST(overlap_with_a_write_is_a_hazard_until_the_first_has_ended)
{
	struct command reads = with_spans(SPAD(100, 50), NOTHING);
	struct command writes = with_spans(NOTHING, SPAD(149, 1));
	struct command beside = with_spans(NOTHING, SPAD(150, 10));
	struct command other = with_spans(NOTHING, ACC(60, 40));

	ck_assert(is_violation(reads, WATCHED_STARTED, writes));
	ck_assert(is_violation(writes, WATCHED_STARTED, reads));
	ck_assert(is_violation(writes, WATCHED_STARTED, writes));
	ck_assert(is_violation(writes, WATCHED_DRAWN, reads));
	ck_assert(!is_violation(writes, WATCHED_DONE, reads));
	ck_assert(!is_violation(reads, WATCHED_STARTED, reads));
	ck_assert(!is_violation(reads, WATCHED_STARTED, beside));
	ck_assert(!is_violation(with_spans(ACC(0, 50), NOTHING), WATCHED_STARTED, other));
}
END_TEST

static bool may_read(struct spans_book *b, struct verdict *v, uint32_t core, struct span s)
{
	struct watched command = { .c = with_spans(s, NOTHING), .ordinal = 1 };
	struct window w = { .v = &command, .n = 1 };

	*v->text[AUDIT_OCCUPANCY] = '\0';
	spans_book_start(b, core, &w, 0);
	return *v->text[AUDIT_OCCUPANCY] == '\0';
}

START_TEST(only_written_bytes_may_be_read)
{
	const struct span written[] = { SPAD(300, 100), SPAD(100, 100), SPAD(500, 10),
					SPAD(250, 50) };
	struct verdict v = { 0 };
	struct spans_book *b = spans_book_new(&machine, &v);
	struct command gap = with_spans(NOTHING, SPAD(150, 350));

	for (size_t i = 0; i < ARRAY_SIZE(written); i++) {
		struct command c = with_spans(NOTHING, written[i]);

		spans_book_end(b, 0, &c);
	}
	ck_assert(may_read(b, &v, 0, SPAD(100, 100)));
	ck_assert(!may_read(b, &v, 0, SPAD(100, 101)));
	ck_assert(!may_read(b, &v, 0, SPAD(99, 2)));
	ck_assert(may_read(b, &v, 0, SPAD(250, 150))); /* of two writes */
	ck_assert(!may_read(b, &v, 0, SPAD(249, 2)));
	ck_assert(!may_read(b, &v, 0, SPAD(399, 2)));
	ck_assert(!may_read(b, &v, 0, ACC(0, 1)));
	ck_assert(!may_read(b, &v, 1, SPAD(100, 1))); /* another core's scratchpad */
	spans_book_end(b, 0, &gap); /* joins all */
	ck_assert(may_read(b, &v, 0, SPAD(100, 410)));
	spans_book_kernel(b); /* nothing outlives a kernel */
	ck_assert(!may_read(b, &v, 0, SPAD(100, 1)));
	spans_book_free(b);
}
END_TEST

/*
 * Cycle accounts.  Core 0: a load, a matrix command that waits for it, a store that
 * waits for that; core 1 has nothing to do.  Clock 1 GHz, release at 2,000 ps.
 *
 *   launch       edges 0, 1
 *   stall_load   2 .. 5     load from 2,000 to 5,500 ps
 *   compute      6 .. 8     matrix from 6,000 to 9,000 ps
 *   stall_store  9 .. 12    store from 9,000 to 12,500 ps
 *   idle         13, 14     the kernel ends at 14,001 ps
 */
static const uint64_t expected[N_CORE_CLASSES] = {
	[CORE_COMPUTE] = 3, [CORE_STALL_LOAD] = 4, [CORE_STALL_STORE] = 4, [CORE_LAUNCH] = 2 + 2,
	[CORE_IDLE] = 2 + 13,
};

static void play_schedule(struct cycles_book *b)
{
	struct watched commands[3] = {
		{ .c = { .unit = UNIT_LOAD }, .ordinal = 1 },
		{ .c = { .unit = UNIT_MATRIX, .waits = { [UNIT_LOAD] = 1 } }, .ordinal = 1 },
		{ .c = { .unit = UNIT_STORE, .waits = { [UNIT_MATRIX] = 1 } }, .ordinal = 1 },
	};
	static const uint64_t start_ps[] = { 2000, 6000, 9000 }, end_ps[] = { 5500, 9000, 12500 };
	struct window w = { .v = commands, .n = 3 };

	cycles_book_kernel(b, 0);
	for (size_t i = 0; i < 3; i++) {
		cycles_book_event(b, 0, &w, start_ps[i]);
		commands[i].state = WATCHED_STARTED;
		cycles_book_event(b, 0, &w, end_ps[i]);
		commands[i].state = WATCHED_DONE;
	}
}

/* What the book says of an account that differs from the right one by `change`. */
static bool cycles_are_right(void (*change)(struct kernel_account *account, struct result *r))
{
	struct verdict v = { 0 };
	struct cycles_book *b = cycles_book_new(&machine, &v);
	struct kernel_account account = { .release_ps = 2000, .end_ps = 14001, .end_cycle = 15 };
	struct result r = { .cycles = 15, .kernels = &account, .n_kernels = 1 };

	memcpy(account.core.cycles, expected, sizeof(expected));
	memcpy(r.core.cycles, expected, sizeof(expected));
	if (change)
		change(&account, &r);
	play_schedule(b);
	cycles_book_close(b, &r);
	cycles_book_free(b);
	return *v.text[AUDIT_CYCLES] == '\0';
}

static void lose_one(struct kernel_account *account, struct result *r)
{
	account->core.cycles[CORE_STALL_LOAD]--;
	r->core.cycles[CORE_STALL_LOAD]--;
}

static void move_one(struct kernel_account *account, struct result *r)
{
	lose_one(account, r);
	account->core.cycles[CORE_STALL_STORE]++;
	r->core.cycles[CORE_STALL_STORE]++;
}

static void hide_one(struct kernel_account *account, struct result *r)
{
	lose_one(account, r);
	account->core.cycles[CORE_IDLE]++;
	r->core.cycles[CORE_IDLE]++;
}

static void lose_one_of_the_run(struct kernel_account *account, struct result *r)
{
	(void)account;
	r->core.cycles[CORE_COMPUTE]--;
}

static void release_early(struct kernel_account *account, struct result *r)
{
	(void)r;
	account->release_ps = 1000;
}

static void end_late(struct kernel_account *account, struct result *r)
{
	(void)account;
	r->cycles++;
}

static void overlap(struct kernel_account *account, struct result *r)
{
	(void)r;
	account->core.overlapped = 1; /* no transfer ran beside the compute command */
}

START_TEST(cycles_are_derived_again)
{
	ck_assert(cycles_are_right(NULL));
	ck_assert(!cycles_are_right(lose_one));
	ck_assert(!cycles_are_right(move_one));
	ck_assert(!cycles_are_right(hide_one));
	ck_assert(!cycles_are_right(lose_one_of_the_run));
	ck_assert(!cycles_are_right(release_early));
	ck_assert(!cycles_are_right(end_late));
	ck_assert(!cycles_are_right(overlap));
}
END_TEST

START_TEST(a_barrier_under_way_is_a_wait_for_others)
{
	struct verdict v = { 0 };
	struct cycles_book *b = cycles_book_new(&machine, &v);
	struct watched barrier = { .c = { .unit = UNIT_VECTOR, .is_barrier = true }, .ordinal = 1 };
	struct window w = { .v = &barrier, .n = 1 };
	struct kernel_account account = { .end_ps = 7000, .end_cycle = 7 };
	struct result r = { .cycles = 7, .kernels = &account, .n_kernels = 1 };

	account.core.cycles[CORE_STALL_SYNC] = 7; /* core 0, from 0 to 7,000 ps */
	account.core.cycles[CORE_IDLE] = 7;       /* core 1 */
	r.core = account.core;
	cycles_book_kernel(b, 0);
	cycles_book_event(b, 0, &w, 1000);
	barrier.state = WATCHED_STARTED;
	cycles_book_event(b, 0, &w, 7000);
	barrier.state = WATCHED_DONE;
	cycles_book_close(b, &r);
	ck_assert_str_eq(v.text[AUDIT_CYCLES], "");
	cycles_book_free(b);
}
END_TEST

/*
 * Bytes.  x -conv-> y -relu-> z, and y + z -> s: 8 channels of 4 x 4 f16 elements are 256
 * bytes, the weights 8 x 8 x 1 x 1 128.  Fused relu and add read y once.
 */
static const char trace[] = "memsim-trace 1\n"
			    "tensor x f16 1x8x4x4 role=input\n"
			    "tensor w f16 8x8x1x1 role=weight\n"
			    "tensor y f16 1x8x4x4\n"
			    "tensor z f16 1x8x4x4\n"
			    "tensor s f16 1x8x4x4 role=output\n"
			    "op conv conv2d in=x,w out=y\n"
			    "op act relu in=y out=z\n"
			    "op sum add in=y,z out=s\n"
			    "fuse act sum\n"
			    "end-of-trace ops=3\n";

struct planned {
	struct machine machine;
	struct graph *graph;
	struct plan *plan;
};

static void make_plan(struct planned *p, enum schedule schedule)
{
	char path[] = "check_audit.XXXXXX";
	int fd = mkstemp(path);
	struct err err = { 0 };

	ck_assert_int_ge(fd, 0);
	ck_assert(write(fd, trace, strlen(trace)) == (ssize_t)strlen(trace));
	close(fd);
	config_defaults(&p->machine);
	p->graph = trace_read(path, &err);
	unlink(path);
	ck_assert_msg(p->graph != NULL, "%s", err.text);
	p->plan = plan_new(p->graph, &p->machine, schedule, &err);
	ck_assert_msg(p->plan != NULL, "%s", err.text);
}

static void release_plan(struct planned *p)
{
	plan_free(p->plan);
	graph_free(p->graph);
}

START_TEST(the_graph_alone_tells_the_compulsory_bytes)
{
	static const uint64_t baseline[] = { 256 + 128 + 256, 512, 768 };
	static const uint64_t fused[] = { 256 + 128 + 256, 512 };
	struct graph_bounds bounds;
	struct planned p;

	make_plan(&p, SCHEDULE_BASELINE);
	graph_bounds_init(&bounds, p.graph, p.plan);
	ck_assert_uint_eq(bounds.n_kernels, 3);
	for (size_t k = 0; k < 3; k++) {
		ck_assert_uint_eq(bounds.kernels[k].least, baseline[k]);
		ck_assert_uint_eq(bounds.kernels[k].most, baseline[k]);
	}
	graph_bounds_release(&bounds);
	release_plan(&p);
	make_plan(&p, SCHEDULE_TRACE);
	graph_bounds_init(&bounds, p.graph, p.plan);
	ck_assert_uint_eq(bounds.n_kernels, 2);
	for (size_t k = 0; k < 2; k++) {
		ck_assert_uint_eq(bounds.kernels[k].least, fused[k]);
		ck_assert_uint_eq(bounds.kernels[k].most, fused[k]);
	}
	graph_bounds_release(&bounds);
	release_plan(&p);
}
END_TEST

/* One load of 256 bytes of x by one core; `change` spoils it or what became of it. */
struct load {
	struct command command;
	uint64_t delivered;
};

static bool bytes_are_right(void (*change)(struct load *l))
{
	struct verdict v = { 0 };
	struct planned p;
	struct bytes_book *b;
	struct load l = { .command = { .unit = UNIT_LOAD }, .delivered = 256 };
	struct watched w = { 0 };

	make_plan(&p, SCHEDULE_BASELINE);
	b = bytes_book_new(p.graph, &p.machine, &v);
	l.command.transfer = (struct transfer){ .run_bytes = 64, .count = { 2, 2, 1 },
						.stride_bytes = { 64, 128, 0 },
						.bytes = { [TRAFFIC_COMPULSORY] = 200,
							   [TRAFFIC_HALO] = 56 } };
	if (change)
		change(&l);
	w = (struct watched){ .c = l.command, .ordinal = 1, .delivered_bytes = l.delivered };
	bytes_book_kernel(b, 0);
	bytes_book_drawn(b, 0, &l.command);
	bytes_book_end(b, 0, &w);
	bytes_book_free(b);
	release_plan(&p);
	return *v.text[AUDIT_BYTES] == '\0';
}

static void lose_a_byte(struct load *l)
{
	l->delivered--;
}

static void name_too_little(struct load *l)
{
	l->command.transfer.bytes[TRAFFIC_HALO]--;
}

static void end_at_the_memory_s_end(struct load *l)
{
	l->command.transfer.address = (UINT64_C(64) << 30) - 256; /* hbm.bytes by default */
}

static void end_beyond_the_memory(struct load *l)
{
	end_at_the_memory_s_end(l);
	l->command.transfer.address++;
}

START_TEST(a_transfer_gets_what_it_asked_for)
{
	ck_assert(bytes_are_right(NULL));
	ck_assert(!bytes_are_right(lose_a_byte));
	ck_assert(!bytes_are_right(name_too_little));
	ck_assert(bytes_are_right(end_at_the_memory_s_end));
	ck_assert(!bytes_are_right(end_beyond_the_memory));
}
END_TEST

/* Bounds: HBM2 of one pseudo channel pair, 100 ticks; 10 bursts read, 5 written, 2 ticks each. */
static bool bounds_are_right(void (*change)(struct result *r, struct kernel_account *k))
{
	struct verdict v = { 0 };
	struct planned p;
	struct kernel_account kernel = { .end_cycle = 1000, .matrix_busy_cycles = 1000 };
	struct result r = { .cycles = 1000, .kernels = &kernel, .n_kernels = 1 };

	make_plan(&p, SCHEDULE_BASELINE);
	p.machine.hbm_standard = HBM_STANDARD_hbm2;
	r.hbm = (struct hbm_account){ .read_bytes = 320, .write_bytes = 160, .reads = 10,
				      .writes = 5, .total_ticks = 200, .busy_ticks = 30,
				      .ticks = 100 };
	r.hbm.class_ticks[HBM_READ] = 20;
	r.hbm.class_ticks[HBM_WRITE] = 10;
	r.hbm.class_ticks[HBM_STARVED_IDLE] = 170;
	if (change)
		change(&r, &kernel);
	bounds_check(&p.machine, p.plan, &r, &v);
	release_plan(&p);
	return *v.text[AUDIT_BOUNDS] == '\0';
}

static void beat_the_memory(struct result *r, struct kernel_account *k)
{
	(void)k;
	/* 8 channels x 128 pins x 2 Gb/s are 256 bytes a core cycle: 480 bytes take 1.875. */
	r->cycles = 0;
}

static void be_busier_than_there_are_cycles(struct result *r, struct kernel_account *k)
{
	(void)r;
	k->matrix_busy_cycles++;
}

static void lose_a_tick(struct result *r, struct kernel_account *k)
{
	(void)k;
	r->hbm.class_ticks[HBM_STARVED_IDLE]--;
}

static void take_a_tick_for_a_burst(struct result *r, struct kernel_account *k)
{
	(void)k;
	r->hbm.class_ticks[HBM_STARVED_IDLE]--;
	r->hbm.class_ticks[HBM_READ]++;
}

static void read_a_burst_more(struct result *r, struct kernel_account *k)
{
	(void)k;
	r->hbm.reads++;
}

START_TEST(nothing_beats_the_machine)
{
	ck_assert(bounds_are_right(NULL));
	ck_assert(!bounds_are_right(beat_the_memory));
	ck_assert(!bounds_are_right(be_busier_than_there_are_cycles));
	ck_assert(!bounds_are_right(lose_a_tick));
	ck_assert(!bounds_are_right(take_a_tick_for_a_burst));
	ck_assert(!bounds_are_right(read_a_burst_more));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("audit");
	TCase *tests = tcase_create("audit");

	tcase_add_test(tests, spans_end_within_their_memory);
	tcase_add_test(tests, overlap_with_a_write_is_a_hazard_until_the_first_has_ended);
	tcase_add_test(tests, only_written_bytes_may_be_read);
	tcase_add_test(tests, cycles_are_derived_again);
	tcase_add_test(tests, a_barrier_under_way_is_a_wait_for_others);
	tcase_add_test(tests, the_graph_alone_tells_the_compulsory_bytes);
	tcase_add_test(tests, a_transfer_gets_what_it_asked_for);
	tcase_add_test(tests, nothing_beats_the_machine);
	suite_add_tcase(suite, tests);
	return tap_main(suite);
}
