/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confirms a search for groups.  Schedule auto is to be no slower than the baseline and the trace's
 * own groups, its rivals, and estimates err.
 *
 * Of a graph that moves little, kernels of the rivals are simulated, each of those that are alike
 * once, each alone; then those of the best grouping, estimates taken for better than they are,
 * until the best has been simulated whole; and what is no clear winner is run against its rivals.
 * Of a graph that moves much, kernels are large, and estimates of their sums err little: what a
 * rival has and auto has not, or the other way round, is simulated where the estimates are too
 * close to tell: a sample of its tiles.
 */
#include "auto/auto.h"

#include "base/mem.h"
#include "auto/grouping.h"
#include "plan/search.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

/* What has not been simulated counts so much of its estimate: half of the estimates err less. */
#define ESTIMATE_PERCENT 92
/* A graph moves little if the baseline moves at most so much: some seconds' simulation. */
#define LITTLE_BYTES (UINT64_C(1) << 30)
/* Kernels are tried, beside those of the rivals, until they have moved that much more. */
#define TRIAL_BYTES (UINT64_C(256) << 20)
#define MAX_ROUNDS 64
/* Kernels simulated alone, and one after the other, differ by less than a part in so many. */
#define CLEAR_GAIN 8
/* An estimate errs by less than a part in so many of itself, and so much for a kernel's ends. */
#define ESTIMATE_ERROR 10
#define ENDS_ERROR_PS 500000
/* Samples are one part in so many of a kernel's tiles, and half of that; at least so many. */
#define SAMPLE_PARTS 32
#define LEAST_TILES 2

enum { RIVAL_BASELINE, RIVAL_TRACE, N_RIVALS };

struct confirmation {
	const struct graph *graph;
	const struct machine *machine;
	struct group_search *search;
	struct grouping rivals[N_RIVALS];
	struct grouping chosen;
	size_t n_simulated;
	uint64_t moved_bytes; /* by all that was simulated, as estimated */
};

static bool simulate(struct confirmation *c, struct plan *plan, struct result *result,
		     struct err *err)
{
	struct run_options options = {.audit = NULL};

	c->n_simulated++;
	return run_simulation(c->graph, c->machine, plan, &options, result, err);
}

static bool simulate_alone(struct confirmation *c, struct plan *plan, uint64_t *time_ps,
			   struct err *err)
{
	struct result result = {0};
	bool ok = simulate(c, plan, &result, err);

	if (ok)
		*time_ps = result.kernels[0].end_ps - result.kernels[0].release_ps;
	result_free(&result);
	return ok;
}

/* The time of a kernel that is the plan's only one; a large one's is told by two samples. */
static bool time_kernel(struct confirmation *c, struct plan *plan, bool is_sampled,
			uint64_t *time_ps, struct err *err)
{
	uint64_t short_ps, long_ps, rest;
	uint64_t short_share = plan_sample(plan, 2 * SAMPLE_PARTS, LEAST_TILES);
	uint64_t long_share = plan_sample(plan, SAMPLE_PARTS, 2 * LEAST_TILES);

	if (!is_sampled || long_share > PLAN_WHOLE / 2 || short_share >= long_share) {
		plan_sample(plan, 0, 0);
		return simulate_alone(c, plan, time_ps, err);
	}
	if (!simulate_alone(c, plan, &long_ps, err))
		return false;
	plan_sample(plan, 2 * SAMPLE_PARTS, LEAST_TILES);
	if (!simulate_alone(c, plan, &short_ps, err))
		return false;
	rest = long_ps > short_ps ? long_ps - short_ps : 0;
	*time_ps = long_ps +
		   mul_div_u64(rest, PLAN_WHOLE - long_share, long_share - short_share);
	return true;
}

/* Simulates such a kernel alone, unless one like it has been. */
static bool measure(struct confirmation *c, const struct grouped_kernel *k, bool is_sampled,
		    struct err *err)
{
	const struct group_cost *cost = group_search_cost(c->search, k->class);
	uint64_t bytes = cost->bytes, time_ps;
	struct plan *plan;
	bool ok;

	if (!cost->is_legal || cost->is_measured)
		return true;
	plan = plan_new_part(c->graph, c->machine, k->ops, k->n_ops, err);
	ok = plan != NULL && time_kernel(c, plan, is_sampled, &time_ps, err);
	if (ok) {
		group_search_measured(c->search, k->class, time_ps);
		c->moved_bytes += bytes;
	}
	plan_free(plan);
	return ok;
}

static bool measure_list(struct confirmation *c, const struct grouping *list,
			 uint64_t limit_bytes, struct err *err)
{
	for (size_t i = 0; i < list->n && c->moved_bytes < limit_bytes; i++)
		if (!measure(c, &list->kernels[i], false, err))
			return false;
	return true;
}

/* Finds the best groups, as far as they are known. */
static void solve(struct confirmation *c, unsigned estimate_percent)
{
	group_search_solve(c->search, estimate_percent);
	grouping_release(&c->chosen);
	grouping_found(&c->chosen, c->search);
}

static bool try_groups(struct confirmation *c, struct err *err)
{
	size_t before;
	uint64_t limit_bytes;

	for (unsigned i = 0; i < N_RIVALS; i++)
		if (!measure_list(c, &c->rivals[i], UINT64_MAX, err))
			return false;
	limit_bytes = c->moved_bytes + TRIAL_BYTES;
	for (unsigned round = 0; round < MAX_ROUNDS; round++) {
		before = c->n_simulated;
		solve(c, ESTIMATE_PERCENT);
		if (!measure_list(c, &c->chosen, limit_bytes, err))
			return false;
		if (c->n_simulated == before)
			break;
	}
	solve(c, 0); /* what was simulated alone decides */
	return true;
}

/* The time of a whole run; 0: it cannot run. */
static bool run_whole(struct confirmation *c, const struct grouping *list, uint64_t *time_ps,
		      struct err *err)
{
	uint32_t *groups = grouping_groups(list, c->graph);
	struct plan *plan = plan_new_groups(c->graph, c->machine, groups, err);
	struct result result = {0};
	bool ok = plan != NULL && simulate(c, plan, &result, err);

	*time_ps = result.end_ps;
	result_free(&result);
	plan_free(plan);
	free(groups);
	return ok;
}

/* Kernels take what they take alone, and are run one after the other if that is no clear win. */
static bool run_against_rivals(struct confirmation *c, struct err *err)
{
	uint64_t mine_ps = 0, time_ps;

	for (unsigned i = 0; i < N_RIVALS; i++) {
		struct grouping_difference d = grouping_compare(&c->chosen, &c->rivals[i], c->search);
		struct err refused = {.code = ERR_NONE};

		if (!d.is_possible || d.n == 0 ||
		    d.mine.ps + d.theirs.ps / CLEAR_GAIN <= d.theirs.ps)
			continue;
		if (mine_ps == 0 && !run_whole(c, &c->chosen, &mine_ps, err))
			return false;
		if (run_whole(c, &c->rivals[i], &time_ps, &refused) && time_ps < mine_ps) {
			grouping_release(&c->chosen);
			grouping_copy(&c->chosen, &c->rivals[i]);
			mine_ps = time_ps;
		}
	}
	return true;
}

/* Surely as fast, however much the estimates err? */
static bool is_surely_no_worse(const struct grouping_difference *d)
{
	uint64_t error_ps = (d->mine.estimated_ps + d->theirs.estimated_ps) / ESTIMATE_ERROR +
			    (d->mine.n_estimated + d->theirs.n_estimated) * ENDS_ERROR_PS;

	return !d->is_possible || d->mine.ps + error_ps <= d->theirs.ps ||
	       (error_ps == 0 && d->mine.ps <= d->theirs.ps);
}

/* Simulates what would tell, the largest first; *is_done: nothing was in doubt. */
static bool settle_doubts(struct confirmation *c, bool *is_done, struct err *err)
{
	*is_done = true;
	for (unsigned i = 0; i < N_RIVALS; i++) {
		const struct grouping *theirs = &c->rivals[i];
		struct grouping_difference d = grouping_compare(&c->chosen, theirs, c->search);

		while (!is_surely_no_worse(&d) && d.largest != NULL) {
			if (!measure(c, d.largest, true, err))
				return false;
			*is_done = false;
			d = grouping_compare(&c->chosen, theirs, c->search);
		}
	}
	return true;
}

/* Where the search has dropped the rival's groups although they are faster. */
static void yield_to_rivals(struct confirmation *c)
{
	for (unsigned i = 0; i < N_RIVALS; i++) {
		struct grouping_difference d = grouping_compare(&c->chosen, &c->rivals[i], c->search);

		if (!d.is_possible || d.mine.ps <= d.theirs.ps)
			continue;
		grouping_release(&c->chosen);
		grouping_copy(&c->chosen, &c->rivals[i]);
	}
}

static bool check_groups(struct confirmation *c, struct err *err)
{
	bool is_done = false;

	for (unsigned round = 0; round < MAX_ROUNDS && !is_done; round++) {
		solve(c, 100);
		if (!settle_doubts(c, &is_done, err))
			return false;
	}
	yield_to_rivals(c);
	return true;
}

static bool confirm(struct confirmation *c, struct err *err)
{
	uint64_t bytes = 0;

	grouping_alone(&c->rivals[RIVAL_BASELINE], c->graph, c->search);
	grouping_of_trace(&c->rivals[RIVAL_TRACE], c->graph, c->search);
	for (size_t i = 0; i < c->rivals[RIVAL_BASELINE].n; i++)
		bytes += group_search_cost(c->search,
					   c->rivals[RIVAL_BASELINE].kernels[i].class)->bytes;
	if (bytes > LITTLE_BYTES)
		return check_groups(c, err);
	return try_groups(c, err) && run_against_rivals(c, err);
}

bool auto_choose(const struct graph *g, const struct machine *m, bool is_confirmed,
		 struct auto_choice *out, struct err *err)
{
	struct confirmation c = {.graph = g, .machine = m};
	bool ok = true;

	*out = (struct auto_choice){.groups = NULL};
	c.search = group_search_new(g, m, err);
	if (c.search == NULL)
		return false;
	if (is_confirmed)
		ok = confirm(&c, err);
	else
		solve(&c, 100);
	if (ok)
		out->groups = grouping_groups(&c.chosen, g);
	out->n_simulated = c.n_simulated;
	for (unsigned i = 0; i < N_RIVALS; i++)
		grouping_release(&c.rivals[i]);
	grouping_release(&c.chosen);
	group_search_free(c.search);
	return ok;
}

void auto_choice_release(struct auto_choice *c)
{
	free(c->groups);
	c->groups = NULL;
}
