/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans of random graphs of all kinds, drawn to their last command: what moves, and what is
 * computed, against what the operator table says of each operator alone.
 */
#include "ir/ops.h"
#include "support/plan_draw.h"
#include "support/random_run.h"
#include "support/tap_main.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define RUNS 600
/* Of them at least this share must find a plan that fits their machine. */
#define LEAST_RUN_PERCENT 80

struct drawn_plan {
	struct graph *graph;
	struct plan *plan;
};

/* False when the machine cannot hold it. */
static bool plan_run(const struct random_run *r, enum schedule schedule, struct drawn_plan *d)
{
	struct err err = {.code = ERR_NONE};

	d->graph = draw_graph((const char *const *)r->lines);
	d->plan = plan_new(d->graph, &r->machine, schedule, &err);
	if (d->plan == NULL) {
		ck_assert_msg(err.code == ERR_WORKLOAD, "seed %" PRIu64 ": %s\n%s", r->seed,
			      err.text, r->text.data);
		graph_free(d->graph);
	}
	return d->plan != NULL;
}

static void plan_done(struct drawn_plan *d)
{
	plan_free(d->plan);
	graph_free(d->graph);
}

/* Both schedules: draw_plan() holds compulsory bytes and products against the kernel's. */
START_TEST(every_byte_and_product_is_drawn)
{
	unsigned n_run = 0;

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct random_run r;
		struct drawn_plan d;
		struct drawn sums;

		random_small(&r, seed * 7919);
		if (plan_run(&r, seed % 2 ? SCHEDULE_BASELINE : SCHEDULE_TRACE, &d)) {
			n_run++;
			draw_plan(d.graph, &r.machine, d.plan, 0, &sums);
			plan_done(&d);
		}
		random_release(&r);
	}
	ck_assert_uint_ge(n_run * 100, RUNS * LEAST_RUN_PERCENT);
}
END_TEST

/* Bytes of an operator's operands, each storage once; false if two of them share one. */
static bool operand_bytes(const struct graph *g, uint32_t index, uint64_t *bytes)
{
	const struct op *op = &g->ops[index];
	struct placement a, b;
	struct op_info info;

	op_describe(g, index, &info);
	*bytes = op_written_bytes(g, op, 0);
	for (unsigned i = 0; i < op->n_inputs; i++) {
		tensor_placement(g, op_input(g, op, i), &a);
		for (unsigned j = 0; j < i; j++) {
			tensor_placement(g, op_input(g, op, j), &b);
			if (a.storage == b.storage)
				return false;
		}
		*bytes += op_touched_bytes(g, op, &info, i);
	}
	return true;
}

/* Alone, an operator must move the bytes of its operands, and no others. */
START_TEST(a_baseline_kernel_moves_its_operands)
{
	unsigned n_kernels = 0;

	for (uint64_t seed = 1; seed <= RUNS / 4; seed++) {
		struct random_run r;
		struct drawn_plan d;
		uint64_t bytes;

		random_small(&r, seed * 104729);
		if (plan_run(&r, SCHEDULE_BASELINE, &d)) {
			for (size_t k = 0; k < plan_n_kernels(d.plan); k++) {
				const struct kernel *kernel = plan_kernel(d.plan, k);

				ck_assert_uint_eq(kernel->n_ops, 1);
				if (!operand_bytes(d.graph, kernel->ops[0], &bytes))
					continue;
				ck_assert_msg(kernel->compulsory_bytes == bytes,
					      "seed %" PRIu64 ": %s: %" PRIu64 " bytes, not %" PRIu64
					      "\n%s",
					      seed, kernel->name, kernel->compulsory_bytes, bytes,
					      r.text.data);
				n_kernels++;
			}
			plan_done(&d);
		}
		random_release(&r);
	}
	ck_assert_uint_ge(n_kernels, RUNS / 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kinds");
	TCase *c = tcase_create("random graphs");

	tcase_set_timeout(c, 120);
	tcase_add_test(c, every_byte_and_product_is_drawn);
	tcase_add_test(c, a_baseline_kernel_moves_its_operands);
	suite_add_tcase(s, c);
	return tap_main(s);
}
