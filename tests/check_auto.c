/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for groups: what it says of a group against the plan of that group; and samples of
 * kernels against the whole of them; what a kernel leaves to the next.  Whether its choice is good is for auto.sh,
 * scripts/auto-exhaustive and scripts/auto-guard.
 */
#include "auto/auto.h"
#include "base/mem.h"
#include "config/config.h"
#include "plan/plan.h"
#include "plan/search.h"
#include "run/run.h"
#include "support/plan_draw.h"
#include "support/tap_main.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Chains whose need of scratchpad grows with halos, chunks, whole axes, sums. */
static const char *const convolutions[] = {
	"tensor a f16 1x32x40x40 role=input", "tensor w f16 48x32x3x3 role=weight",
	"tensor v f16 24x48x5x5 role=weight", "tensor u f16 40x24x3x3 role=weight",
	"tensor b f16 1x48x40x40",            "tensor c f16 1x24x40x40",
	"tensor d f16 1x40x40x40 role=output", "op x conv2d in=a,w out=b pad=1",
	"op y conv2d in=b,v out=c pad=2",     "op z conv2d in=c,u out=d pad=1",
	"fuse x y z",                         NULL,
};
static const char *const products[] = {
	"tensor a f16 200x300 role=input",   "tensor b f16 300x80 role=weight",
	"tensor c f16 80x120 role=weight",   "tensor d f16 200x80",
	"tensor e f16 200x80",               "tensor f f16 200x120 role=output",
	"op x matmul in=a,b out=d",          "op y softmax in=d out=e",
	"op z matmul in=e,c out=f",          "fuse x y z",
	NULL,
};
static const char *const branches[] = {
	"tensor a f16 1x16x30x50 role=input", "tensor w f16 16x16x3x3 role=weight",
	"tensor b f16 1x16x30x50",            "tensor c f16 1x16x30x50",
	"tensor d f16 1x16x30x50",            "tensor e f16 1x16x60x100 role=output",
	"op n groupnorm in=a out=b groups=4", "op x conv2d in=b,w out=c pad=1",
	"op y add in=a,c out=d",              "op z upsample in=d out=e scale=2",
	"fuse n x y z",                       NULL,
};
static const char *const *const graphs[] = {convolutions, products, branches};

static struct group_cost cost_of_all(const struct graph *g, const struct machine *m)
{
	struct err err = {.code = ERR_NONE};
	struct group_search *s = group_search_new(g, m, &err);
	struct group_cost cost = {.is_legal = false};
	uint32_t ops[8];

	if (s == NULL)
		return cost; /* an operator alone does not fit */
	for (uint32_t i = 0; i < g->n_ops; i++)
		ops[i] = i;
	cost = *group_search_cost(s, group_search_class(s, ops, g->n_ops));
	group_search_free(s);
	return cost;
}

/* The search gives up early what a plan looks through: the same groups must be left. */
START_TEST(test_needs)
{
	struct graph *g = draw_graph(graphs[_i]);
	struct machine m = draw_machine();
	unsigned n_legal = 0, n_illegal = 0;

	m.acc_bytes = 0;
	for (m.spad_bytes = 512; m.spad_bytes < 512 * 1024; m.spad_bytes += m.spad_bytes / 3) {
		struct err err = {.code = ERR_NONE};
		struct plan *p = plan_new(g, &m, SCHEDULE_TRACE, &err);
		struct group_cost cost = cost_of_all(g, &m);
		const char *needs = p == NULL ? strstr(err.text, "the trace needs ") : NULL;

		ck_assert_int_eq(cost.is_legal, p != NULL);
		if (p == NULL) {
			ck_assert_ptr_nonnull(needs);
			ck_assert_uint_le(cost.needs_bytes,
					  strtoull(needs + strlen("the trace needs "), NULL, 10));
		} else {
			ck_assert_uint_eq(cost.needs_bytes, 0);
			ck_assert_uint_eq(cost.bytes, plan_kernel(p, 0)->estimate_bytes);
		}
		n_legal += p != NULL;
		n_illegal += p == NULL;
		plan_free(p);
	}
	ck_assert_uint_gt(n_legal, 3);
	ck_assert_uint_gt(n_illegal, 3);
	graph_free(g);
}
END_TEST

/* Large: many tiles for each of few cores. */
static const char *const large_convolution[] = {
	"tensor a f16 1x32x400x400 role=input", "tensor w f16 32x32x3x3 role=weight",
	"tensor b f16 1x32x400x400 role=output", "op x conv2d in=a,w out=b pad=1", NULL,
};
static const char *const large_norm[] = {
	"tensor a f16 1x32x800x400 role=input", "tensor b f16 1x32x800x400",
	"tensor c f16 1x32x800x400 role=output", "op n groupnorm in=a out=b groups=4",
	"op r relu in=b out=c", "fuse n r", NULL,
};
static const char *const *const large_graphs[] = {large_convolution, large_norm};

static uint64_t simulate(const struct graph *g, const struct machine *m, struct plan *p)
{
	struct run_options options = {.audit = NULL};
	struct result r = {0};
	struct err err = {.code = ERR_NONE};
	uint64_t ps;

	ck_assert_msg(run_simulation(g, m, p, &options, &r, &err), "%s", err.text);
	ps = r.kernels[0].end_ps - r.kernels[0].release_ps;
	result_free(&r);
	return ps;
}

/* Loops go on as they began: two samples tell the whole to a thirtieth. */
START_TEST(test_sample)
{
	struct graph *g = draw_graph(large_graphs[_i]);
	struct machine m = draw_machine();
	struct err err = {.code = ERR_NONE};
	uint32_t ops[2] = {0, 1};
	uint64_t share[2], ps[2], whole_ps, guess_ps;
	struct plan *p;

	m.spad_bytes = 65536;
	m.core_count = 4;
	p = plan_new_part(g, &m, ops, g->n_ops, &err);
	ck_assert_msg(p != NULL, "%s", err.text);
	for (unsigned i = 0; i < 2; i++) {
		share[i] = plan_sample(p, UINT64_C(16) >> i, UINT64_C(2) << i);
		ps[i] = simulate(g, &m, p);
	}
	ck_assert_uint_eq(plan_sample(p, 0, 0), PLAN_WHOLE);
	whole_ps = simulate(g, &m, p);
	ck_assert_uint_gt(share[1], share[0]);
	ck_assert_uint_lt(share[1], PLAN_WHOLE / 4);
	guess_ps = ps[1] + (ps[1] - ps[0]) * (PLAN_WHOLE - share[1]) / (share[1] - share[0]);
	ck_assert_uint_le(guess_ps, whole_ps + whole_ps / 30);
	ck_assert_uint_ge(guess_ps, whole_ps - whole_ps / 30);
	plan_free(p);
	graph_free(g);
}
END_TEST

static uint64_t run_groups(const struct graph *g, const struct machine *m, const uint32_t *groups)
{
	struct run_options options = {.audit = NULL};
	struct err err = {.code = ERR_NONE};
	struct plan *p = plan_new_groups(g, m, groups, &err);
	struct result r = {0};
	uint64_t ps;

	ck_assert_msg(p != NULL && run_simulation(g, m, p, &options, &r, &err), "%s", err.text);
	ps = r.end_ps;
	result_free(&r);
	plan_free(p);
	return ps;
}

/* Two ways that are hardly apart, of a graph too large to be simulated whole: halves of a chain of
 * convolutions that computes enough to make the memory's traffic hardly matter. */
static const char *const close_call[] = {
	"tensor a f16 1x64x1000x1000 role=input", "tensor w f16 64x64x3x3 role=weight",
	"tensor b f16 1x64x1000x1000",            "tensor c f16 1x64x1000x1000 role=output",
	"op x conv2d in=a,w out=b pad=1",         "op y relu in=b out=c",
	"fuse x y",                               NULL,
};

START_TEST(test_close_call)
{
	struct graph *g = draw_graph(close_call);
	struct machine m = draw_machine();
	struct auto_choice by_estimate, confirmed;
	struct err err = {.code = ERR_NONE};
	const uint32_t fused[2] = {0, 0}, alone[2] = {NO_INDEX, NO_INDEX};
	uint64_t fused_ps, alone_ps, ps;

	m.spad_bytes = 262144;
	m.core_count = 8;
	ck_assert(auto_choose(g, &m, false, &by_estimate, &err));
	ck_assert_uint_eq(by_estimate.n_simulated, 0);
	ck_assert(auto_choose(g, &m, true, &confirmed, &err));
	ck_assert_uint_gt(confirmed.n_simulated, 0);
	fused_ps = run_groups(g, &m, fused);
	alone_ps = run_groups(g, &m, alone);
	ps = run_groups(g, &m, confirmed.groups);
	ck_assert_uint_le(ps * 100, fused_ps * 101);
	ck_assert_uint_le(ps * 100, alone_ps * 101);
	auto_choice_release(&by_estimate);
	auto_choice_release(&confirmed);
	graph_free(g);
}
END_TEST

/*
 * Three kernels whose results fit the write queues of ascend.cfg, 2 MB: the first leaves its
 * writes to the second.  Its estimate is less than that of the same kernel alone, which counts them,
 * and near what is simulated; and so is the sum of all.
 */
static const char *const queued[] = {
	"tensor a f16 1x96x80x64 role=input", "tensor b f16 1x96x80x64", "tensor c f16 1x96x80x64",
	"tensor d f16 1x96x80x64 role=output", "op x tanh in=a out=b", "op y tanh in=b out=c",
	"op z tanh in=c out=d", NULL,
};

START_TEST(test_queued_writes)
{
	struct graph *g = draw_graph(queued);
	char *path = xasprintf("%s/configs/ascend.cfg", getenv("TOP_SRCDIR"));
	struct config_source source = {0};
	struct run_options options = {.audit = NULL};
	struct result r = {0};
	struct err err = {.code = ERR_NONE};
	uint64_t cycles = 0, estimate = 0;
	uint32_t first = 0;
	struct machine m;
	struct plan *p, *alone;

	ck_assert_msg(config_load(path, NULL, 0, &m, &source, &err), "%s", err.text);
	p = plan_new(g, &m, SCHEDULE_BASELINE, &err);
	alone = plan_new_part(g, &m, &first, 1, &err);
	ck_assert_msg(p != NULL && alone != NULL, "%s", err.text);
	ck_assert_uint_lt(plan_kernel(p, 0)->estimate_cycles * 5,
			  plan_kernel(alone, 0)->estimate_cycles * 4);
	ck_assert_msg(run_simulation(g, &m, p, &options, &r, &err), "%s", err.text);
	for (size_t k = 0; k < 3; k++) {
		cycles += r.kernels[k].end_cycle - r.kernels[k].start_cycle;
		estimate += plan_kernel(p, k)->estimate_cycles;
		if (k == 1)
			continue; /* how much of what it finds it leaves again, varies */
		ck_assert_uint_le(estimate * 8, cycles * 9);
		ck_assert_uint_le(cycles * 8, estimate * 9);
	}
	result_free(&r);
	plan_free(p);
	plan_free(alone);
	config_source_release(&source);
	graph_free(g);
	free(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("auto");
	TCase *tc = tcase_create("groups");

	tcase_add_loop_test(tc, test_needs, 0, ARRAY_SIZE(graphs));
	tcase_add_loop_test(tc, test_sample, 0, ARRAY_SIZE(large_graphs));
	tcase_add_test(tc, test_close_call);
	tcase_add_test(tc, test_queued_writes);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
