/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two engines of memsim against each other: random traces on random machines with random
 * memories of every standard.  Every number of the result and every DRAM command is the same.
 * MEMSIM_SEEDS=FIRST-LAST runs those seeds instead of the quick set (make soak).
 */
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/run.h"
#include "support/engines.h"
#include "support/plan_draw.h"
#include "support/random_run.h"

#define CASES 400
#define PER_TEST 50
/* At least this share must find a plan that fits their machine. */
#define LEAST_RUN_PERCENT 60

struct outcome {
	struct result result;
	struct dram_command *commands;
	size_t n, capacity;
};

static void keep_command(void *context, const struct dram_command *c)
{
	struct outcome *o = context;

	GROW(o->commands, o->n, o->capacity);
	o->commands[o->n++] = *c;
}

static void release(struct outcome *o)
{
	result_free(&o->result);
	free(o->commands);
}

/* False when the machine cannot hold it. */
static bool run(const struct random_run *r, enum engine engine, bool is_watched,
		struct outcome *out)
{
	struct graph *g = draw_graph((const char *const *)r->lines);
	struct err err = { .code = ERR_NONE };
	struct plan *p = plan_new(g, &r->machine, r->seed % 2 ? SCHEDULE_BASELINE : SCHEDULE_TRACE,
				  &err);
	struct run_options options = {
		.engine = engine,
		.dram_log = is_watched ? keep_command : NULL,
		.dram_log_context = out,
	};

	memset(out, 0, sizeof(*out));
	if (p != NULL)
		ck_assert_msg(run_simulation(g, &r->machine, p, &options, &out->result, &err),
			      "seed %" PRIu64 ": %s\n%s", r->seed, err.text, r->text.data);
	plan_free(p);
	graph_free(g);
	return p != NULL;
}

/* Of arrays of structs of 64-bit numbers alone. */
#define SAME_ARRAY(r, a, b, array, n) \
	ck_assert_msg((a)->n == (b)->n && \
		      ((a)->n == 0 || memcmp((a)->array, (b)->array, (a)->n * sizeof(*(a)->array)) == 0), \
		      "seed %" PRIu64 ": " #array " differ\n%s", (r)->seed, (r)->text.data)
#define SAME_NUMBER(r, a, b, name) \
	ck_assert_msg((a)->name == (b)->name, "seed %" PRIu64 ": " #name " %" PRIu64 \
		      " by reference, %" PRIu64 " by fast\n%s", (r)->seed, (uint64_t)(a)->name, \
		      (uint64_t)(b)->name, (r)->text.data)

static void compare_commands(const struct random_run *r, const struct outcome *a,
			     const struct outcome *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		ck_assert_msg(engines_same_command(&a->commands[i], &b->commands[i]) &&
			      a->commands[i].decided == b->commands[i].decided,
			      "seed %" PRIu64 ": command %zu at tick %" PRIu64 " and %" PRIu64
			      "\n%s", r->seed, i, a->commands[i].tick, b->commands[i].tick,
			      r->text.data);
	SAME_NUMBER(r, a, b, n);
}

static void compare(const struct random_run *r, const struct outcome *reference,
		    const struct outcome *fast)
{
	const struct result *a = &reference->result, *b = &fast->result;

	compare_commands(r, reference, fast);
	SAME_NUMBER(r, a, b, end_ps);
	SAME_NUMBER(r, a, b, cycles);
	SAME_NUMBER(r, a, b, events);
	SAME_NUMBER(r, a, b, asked_bytes);
	SAME_NUMBER(r, a, b, delivered_bytes);
	SAME_ARRAY(r, a, b, kernels, n_kernels);
	SAME_ARRAY(r, a, b, tensors, n_tensors);
	SAME_ARRAY(r, a, b, hbm_channels, n_hbm_channels);
	ck_assert_mem_eq(&a->hbm, &b->hbm, sizeof(a->hbm));
	ck_assert_mem_eq(&a->core, &b->core, sizeof(a->core));
}

static bool check_seed(uint64_t seed, uint64_t *n_commands)
{
	struct outcome reference, fast;
	struct random_dram memory;
	struct random_run r;
	bool was_run;

	random_dram(&memory, seed, SIZE_MAX, 1);
	if (seed % 5 == 0)
		random_attention_on(&r, seed, &memory.machine);
	else
		random_small_on(&r, seed, &memory.machine);
	was_run = run(&r, ENGINE_REFERENCE, seed % 3 != 0, &reference);
	if (was_run) {
		run(&r, ENGINE_FAST, seed % 3 != 0, &fast);
		compare(&r, &reference, &fast);
		*n_commands += fast.n;
		release(&fast);
	}
	release(&reference);
	random_release(&r);
	random_dram_release(&memory);
	return was_run;
}

START_TEST(engines_agree_on_random_runs)
{
	uint64_t n_commands = 0, n_run = 0;

	for (uint64_t i = 1; i <= PER_TEST; i++)
		n_run += check_seed((uint64_t)_i * PER_TEST + i, &n_commands);
	ck_assert_uint_ge(n_run * 100, PER_TEST * LEAST_RUN_PERCENT);
	ck_assert_uint_gt(n_commands, 0);
}
END_TEST

START_TEST(engines_agree_on_given_seeds)
{
	uint64_t first, last, n_commands = 0, n_run = 0;

	ck_assert_int_eq(sscanf(getenv("MEMSIM_SEEDS"), "%" SCNu64 "-%" SCNu64, &first, &last), 2);
	for (uint64_t seed = first; seed <= last; seed++)
		n_run += check_seed(seed, &n_commands);
	printf("# %" PRIu64 " runs, %" PRIu64 " DRAM commands\n", n_run, n_commands);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engines");
	TCase *tc = tcase_create("runs");

	if (getenv("MEMSIM_SEEDS") != NULL) {
		tcase_set_timeout(tc, 0);
		tcase_add_test(tc, engines_agree_on_given_seeds);
	} else {
		tcase_add_loop_test(tc, engines_agree_on_random_runs, 0, CASES / PER_TEST);
	}
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
