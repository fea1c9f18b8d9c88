/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan of one kernel, as if the rest of the graph ran before and after it: what a group of
 * operators costs alone, to estimate (search.c) or to simulate.  Decides nothing about groups.
 */
#include "base/mem.h"
#include "plan/internal.h"
#include "plan/memo.h"

#include <stdlib.h>
#include <string.h>

#define OUTSIDE 1 /* stands for all other kernels */

struct plan *part_new(const struct graph *g, const struct machine *m)
{
	struct plan *p = xcalloc(1, sizeof(*p));
	struct op_info info;

	p->graph = g;
	p->machine = m;
	p->is_part = true;
	plan_set_latencies(p);
	p->tiles = tile_memo_new();
	p->n_kernels = 1;
	p->kernels = xcalloc(1, sizeof(*p->kernels));
	p->kernel_of_op = xcalloc(g->n_ops + 1, sizeof(*p->kernel_of_op));
	for (uint32_t i = 0; i < g->n_ops; i++) {
		op_describe(g, i, &info);
		p->kernel_of_op[i] = op_moves_nothing(&info) ? NONE : OUTSIDE;
	}
	plan_uses(p);
	return p;
}

static void drop_kernel(struct plan *p)
{
	struct kernel_plan *k = &p->kernels[0];

	kernel_release_phases(k);
	for (size_t i = 0; i < k->info.n_ops; i++)
		p->kernel_of_op[k->ops[i]] = OUTSIDE;
	free(k->choices);
	free(k->ops);
	free(k->name);
	memset(k, 0, sizeof(*k));
}

struct kernel_plan *part_set(struct plan *p, const uint32_t *ops, size_t n, struct err *err)
{
	struct kernel_plan *k = &p->kernels[0];

	drop_kernel(p);
	k->ops = xcalloc(n, sizeof(*k->ops));
	memcpy(k->ops, ops, n * sizeof(*ops));
	k->info.n_ops = n;
	for (size_t i = 0; i < n; i++)
		p->kernel_of_op[ops[i]] = 0;
	kernel_name(p, k);
	k->variant = kernel_first_variant(p);
	if (!kernel_phases(p, k, err))
		return NULL;
	plan_tile_kernel(p, k);
	return k;
}

struct plan *plan_new_part(const struct graph *g, const struct machine *m, const uint32_t *ops,
			   size_t n_ops, struct err *err)
{
	struct plan *p = part_new(g, m);
	const struct kernel_plan *k = part_set(p, ops, n_ops, err);

	if (k == NULL || k->spad_needs > 0 || !plan_place_part(p, err)) {
		if (k != NULL && k->spad_needs > 0)
			err_set(err, ERR_WORKLOAD, "kernel '%s' does not fit", k->name);
		plan_free(p);
		return NULL;
	}
	p->open = &p->kernels[0];
	p->emitter = emitter_new(p);
	return p;
}
