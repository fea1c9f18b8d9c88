/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Confirms a search for groups.  The kernels of the baseline and of the trace's own groups are
 * simulated, each of those that are alike once, each alone; then those of the best grouping,
 * estimates taken for better than they are, until the best has been simulated whole.
 */
#include "auto/auto.h"

#include "base/mem.h"
#include "plan/search.h"
#include "run/run.h"

#include <stdlib.h>
#include <string.h>

/* What has not been simulated counts so much of its estimate: half of the estimates err less. */
#define ESTIMATE_PERCENT 92
/* Kernels are tried, beside those of baseline and trace, until they have moved as many bytes as
 * those of the baseline, at least this many; and rounds of it, at most. */
#define LEAST_TRIAL_BYTES (UINT64_C(1) << 30)
#define MAX_ROUNDS 64

struct confirmation {
	const struct graph *graph;
	const struct machine *machine;
	struct group_search *search;
	size_t n_simulated;
	uint64_t moved_bytes; /* by all that was simulated, as estimated */
};

/* Simulates a kernel of these operators alone, unless one like it has been. */
static bool measure(struct confirmation *c, const uint32_t *ops, size_t n, struct err *err)
{
	uint32_t class = group_search_class(c->search, ops, n);
	const struct group_cost *cost = group_search_cost(c->search, class);
	struct run_options options = {.audit = NULL};
	struct result result = {0};
	struct plan *plan;
	bool ok;

	if (!cost->is_legal || cost->is_measured)
		return true;
	plan = plan_new_part(c->graph, c->machine, ops, n, err);
	ok = plan != NULL &&
	     run_simulation(c->graph, c->machine, plan, &options, &result, err);
	if (ok) {
		group_search_measured(c->search, class,
				      result.kernels[0].end_ps - result.kernels[0].release_ps);
		c->n_simulated++;
		c->moved_bytes += cost->bytes;
	}
	result_free(&result);
	plan_free(plan);
	return ok;
}

/* Kernels of a schedule. */
static bool measure_schedule(struct confirmation *c, enum schedule schedule, struct err *err)
{
	struct plan *plan = plan_new(c->graph, c->machine, schedule, err);
	bool ok = plan != NULL;

	for (size_t k = 0; ok && k < plan_n_kernels(plan); k++) {
		const struct kernel *kernel = plan_kernel(plan, k);

		if (group_search_spans(c->search, kernel->ops, kernel->n_ops))
			ok = measure(c, kernel->ops, kernel->n_ops, err);
	}
	plan_free(plan);
	return ok;
}

/* Kernels of the groups found; *is_done: all are simulated. */
static bool measure_found(struct confirmation *c, uint64_t limit_bytes, bool *is_done,
			  struct err *err)
{
	size_t before = c->n_simulated;

	for (size_t i = 0; i < group_search_n(c->search); i++) {
		const struct found_group *f = group_search_group(c->search, i);

		if (c->moved_bytes >= limit_bytes)
			break;
		if (!measure(c, f->ops, f->n_ops, err))
			return false;
	}
	*is_done = c->n_simulated == before;
	return true;
}

static bool confirm_groups(struct confirmation *c, struct err *err)
{
	uint64_t limit_bytes;
	bool is_done = false;

	if (!measure_schedule(c, SCHEDULE_BASELINE, err))
		return false;
	limit_bytes = max_u64(c->moved_bytes, LEAST_TRIAL_BYTES);
	if (!measure_schedule(c, SCHEDULE_TRACE, err))
		return false;
	limit_bytes += c->moved_bytes;
	for (unsigned round = 0; round < MAX_ROUNDS && !is_done; round++) {
		group_search_solve(c->search, ESTIMATE_PERCENT);
		if (!measure_found(c, limit_bytes, &is_done, err))
			return false;
	}
	group_search_solve(c->search, 0); /* what was simulated alone decides */
	return true;
}

static void list_groups(const struct group_search *s, const struct graph *g,
			struct auto_choice *out)
{
	out->groups = xcalloc(g->n_ops + 1, sizeof(*out->groups));
	for (size_t i = 0; i < g->n_ops; i++)
		out->groups[i] = NO_INDEX;
	for (size_t i = 0; i < group_search_n(s); i++) {
		const struct found_group *f = group_search_group(s, i);

		for (size_t j = 0; f->n_ops > 1 && j < f->n_ops; j++)
			out->groups[f->ops[j]] = (uint32_t)i;
	}
}

bool auto_choose(const struct graph *g, const struct machine *m, bool confirm,
		 struct auto_choice *out, struct err *err)
{
	struct confirmation c = {.graph = g, .machine = m};
	bool ok = true;

	*out = (struct auto_choice){.groups = NULL};
	c.search = group_search_new(g, m, err);
	if (c.search == NULL)
		return false;
	if (confirm)
		ok = confirm_groups(&c, err);
	else
		group_search_solve(c.search, 100);
	if (ok)
		list_groups(c.search, g, out);
	out->n_simulated = c.n_simulated;
	group_search_free(c.search);
	return ok;
}

void auto_choice_release(struct auto_choice *c)
{
	free(c->groups);
	c->groups = NULL;
}
