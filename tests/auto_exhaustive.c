/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One graph for scripts/auto-exhaustive: every grouping that can run, by brute force over sets of
 * operators; the best of them and that of schedule auto, both simulated whole.  Its own
 * enumeration: it shares nothing with the search but the plans.
 *
 *   auto_exhaustive CONFIG TRACE
 *
 * prints: operators, best ps, auto ps, their ratio, legal groups, "apart" or "alike".
 */
#include <stdio.h>
#include <stdlib.h>

#include "auto/auto.h"
#include "base/mem.h"
#include "config/config.h"
#include "plan/plan.h"
#include "run/run.h"
#include "trace/trace.h"

#define MAX_OPS 12
#define NEVER UINT64_MAX

struct brute {
	const struct graph *g;
	const struct machine *m;
	uint32_t needs[MAX_OPS];              /* operators whose result each reads */
	uint64_t cost[1 << MAX_OPS];          /* of a group, ps; NEVER: illegal */
	uint64_t best[1 << MAX_OPS], worst[1 << MAX_OPS]; /* of all that is done */
	uint32_t last[1 << MAX_OPS];          /* group that the best ends with */
};

static uint64_t simulate(const struct brute *b, struct plan *plan, bool is_alone)
{
	struct run_options options = {.audit = NULL};
	struct result r = {0};
	struct err err = {.code = ERR_NONE};
	uint64_t ps = NEVER;

	if (plan != NULL && run_simulation(b->g, b->m, plan, &options, &r, &err))
		ps = is_alone ? r.kernels[0].end_ps - r.kernels[0].release_ps : r.end_ps;
	result_free(&r);
	plan_free(plan);
	return ps;
}

/* Can `group` run at once when `done` is done? */
static bool can_run(const struct brute *b, uint32_t done, uint32_t group)
{
	for (uint32_t i = 0; i < b->g->n_ops; i++)
		if ((group >> i & 1) && (b->needs[i] & ~(done | group)))
			return false;
	return true;
}

static uint64_t group_cost(struct brute *b, uint32_t group)
{
	struct err err = {.code = ERR_NONE};
	uint32_t ops[MAX_OPS];
	size_t n = 0;

	if (b->cost[group] != 0)
		return b->cost[group];
	for (uint32_t i = 0; i < b->g->n_ops; i++)
		if (group >> i & 1)
			ops[n++] = i;
	b->cost[group] = simulate(b, plan_new_part(b->g, b->m, ops, n, &err), true);
	return b->cost[group];
}

static void relax(struct brute *b, uint32_t done, uint32_t group, uint64_t cost)
{
	uint32_t next = done | group;

	if (b->best[done] + cost < b->best[next]) {
		b->best[next] = b->best[done] + cost;
		b->last[next] = group;
	}
	if (b->worst[done] + cost > b->worst[next])
		b->worst[next] = b->worst[done] + cost;
}

/* Over all sets of operators that need nothing outside, in ascending order. */
static size_t search(struct brute *b)
{
	uint32_t all = (UINT32_C(1) << b->g->n_ops) - 1;
	size_t n_groups = 0;

	for (uint32_t s = 1; s <= all; s++)
		b->best[s] = NEVER;
	for (uint32_t done = 0; done < all; done++)
		for (uint32_t group = all & ~done; b->best[done] != NEVER && group != 0;
		     group = (group - 1) & all & ~done) {
			uint64_t cost = can_run(b, done, group) ? group_cost(b, group) : NEVER;

			if (cost != NEVER)
				relax(b, done, group, cost);
		}
	for (uint32_t s = 1; s <= all; s++)
		n_groups += b->cost[s] != 0 && b->cost[s] != NEVER;
	return n_groups;
}

static uint64_t run_groups(const struct brute *b, const uint32_t *groups)
{
	struct err err = {.code = ERR_NONE};

	return simulate(b, plan_new_groups(b->g, b->m, groups, &err), false);
}

static uint64_t run_best(const struct brute *b)
{
	uint32_t groups[MAX_OPS];

	for (uint32_t done = (UINT32_C(1) << b->g->n_ops) - 1; done != 0; done &= ~b->last[done])
		for (uint32_t i = 0; i < b->g->n_ops; i++)
			if (b->last[done] >> i & 1)
				groups[i] = (uint32_t)__builtin_ctz(b->last[done]);
	return run_groups(b, groups);
}

static void read_needs(struct brute *b)
{
	for (uint32_t i = 0; i < b->g->n_ops; i++)
		for (unsigned j = 0; j < b->g->ops[i].n_inputs; j++) {
			uint32_t maker = b->g->tensors[op_input(b->g, &b->g->ops[i], j)].producer;

			if (maker != NO_INDEX)
				b->needs[i] |= UINT32_C(1) << maker;
		}
}

/* Are there three groupings whose times differ by over 10 % each?  Looked for between the best and
 * the worst among those of one group, the other operators each for itself. */
static bool is_apart(const struct brute *b)
{
	uint32_t all = (UINT32_C(1) << b->g->n_ops) - 1;
	uint64_t low = b->best[all], high = b->worst[all], singles = 0;

	for (uint32_t i = 0; i < b->g->n_ops; i++)
		singles += b->cost[UINT32_C(1) << i];
	for (uint32_t group = 1; group <= all; group++) {
		uint64_t time = singles + b->cost[group];

		if (b->cost[group] == 0 || b->cost[group] == NEVER)
			continue;
		for (uint32_t i = 0; i < b->g->n_ops; i++)
			time -= group >> i & 1 ? b->cost[UINT32_C(1) << i] : 0;
		if (time * 10 > low * 11 && high * 10 > time * 11)
			return true;
	}
	return false;
}

static int fail(const struct err *err)
{
	fprintf(stderr, "auto_exhaustive: %s\n", err->text);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct brute *b = xcalloc(1, sizeof(*b));
	struct config_source source = {0};
	struct auto_choice choice;
	struct machine m;
	struct err err = {.code = ERR_NONE};
	struct graph *g;
	uint64_t best, chosen;
	size_t n_groups;

	if (argc != 3 || !config_load(argv[1], NULL, 0, &m, &source, &err))
		return fail(&err);
	g = trace_read(argv[2], &err);
	if (g == NULL || g->n_ops > MAX_OPS || !auto_choose(g, &m, true, &choice, &err))
		return fail(&err);
	b->g = g;
	b->m = &m;
	read_needs(b);
	n_groups = search(b);
	best = run_best(b);
	chosen = run_groups(b, choice.groups);
	if (chosen < best)
		best = chosen;
	printf("%zu %" PRIu64 " %" PRIu64 " %" PRIu64 ".%03" PRIu64 " %zu %s\n", g->n_ops, best,
	       chosen, chosen / best, chosen % best * 1000 / best, n_groups,
	       is_apart(b) ? "apart" : "alike");
	auto_choice_release(&choice);
	config_source_release(&source);
	graph_free(g);
	free(b);
	return EXIT_SUCCESS;
}
