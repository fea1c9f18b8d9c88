/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as others see it: built whole, checked, then drawn from kernel by kernel. */
#include "plan/plan.h"

#include "base/mem.h"
#include "plan/internal.h"
#include "plan/memo.h"

#include <stdlib.h>

const char *schedule_name(enum schedule s)
{
	static const char *const names[N_SCHEDULES] = {
		[SCHEDULE_BASELINE] = "baseline",
		[SCHEDULE_TRACE] = "trace",
	};

	return names[s];
}

static uint64_t weights_of(const struct graph *g)
{
	uint64_t sum = 0;

	for (uint32_t t = 0; t < g->n_tensors; t++)
		if (g->tensors[t].role == ROLE_WEIGHT && g->tensors[t].view == NO_INDEX)
			sum += tensor_bytes(g, t);
	return sum;
}

static bool refuse_options(const struct machine *m, struct err *err)
{
	if (m->groupnorm == GROUPNORM_RECOMPUTE)
		return err_setting(err, "kernel.groupnorm",
				   "\"recompute\" is not available yet; "
				   "use \"auto\", \"spill\" or \"given\"");
	if (m->halo == HALO_KEEP)
		return err_setting(err, "kernel.halo",
				   "\"keep\" is not available yet; "
				   "use \"auto\" or \"recompute\"");
	return true;
}

/* Phases and tiles of every kernel; kernels that are alike are searched once. */
static bool tile_kernels(struct plan *p, struct err *err)
{
	struct memo *memo = memo_new();
	bool ok = true;

	for (size_t i = 0; ok && i < p->n_kernels; i++) {
		struct kernel_plan *k = &p->kernels[i];
		char key[33];
		size_t like;

		ok = kernel_phases(p, k, err);
		if (!ok)
			break;
		memo_key(p, k, key);
		like = memo_kernel(memo, key, i);
		if (like == i)
			ok = kernel_tile(p, k, err);
		else
			kernel_tile_like(p, k, &p->kernels[like]);
		if (ok)
			kernel_totals(p, k);
	}
	memo_free(memo);
	return ok;
}

static bool build(struct plan *p, struct err *err)
{
	if (!refuse_options(p->machine, err))
		return false;
	plan_uses(p);
	if (!plan_kernels(p, err))
		return false;
	if (!tile_kernels(p, err))
		return false;
	return plan_place(p, err);
}

struct plan *plan_new(const struct graph *g, const struct machine *m, enum schedule s,
		      struct err *err)
{
	struct plan *p = xcalloc(1, sizeof(*p));

	p->graph = g;
	p->machine = m;
	p->schedule = s;
	p->weight_bytes = weights_of(g);
	if (!build(p, err)) {
		plan_free(p);
		return NULL;
	}
	p->emitter = emitter_new(p);
	return p;
}

void plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	for (size_t k = 0; k < p->n_kernels; k++) {
		for (size_t i = 0; i < p->kernels[k].n_phases; i++)
			phase_release(&p->kernels[k].phases[i]);
		free(p->kernels[k].phases);
		free(p->kernels[k].ops);
		free(p->kernels[k].name);
	}
	emitter_free(p->emitter);
	free(p->kernels);
	free(p->kernel_of_op);
	free(p->use_start);
	free(p->uses);
	free(p->address);
	free(p);
}

size_t plan_n_kernels(const struct plan *p)
{
	return p->n_kernels;
}

const struct kernel *plan_kernel(const struct plan *p, size_t k)
{
	return &p->kernels[k].info;
}

uint64_t plan_hbm_peak_bytes(const struct plan *p)
{
	return p->hbm_peak_bytes;
}

uint64_t plan_weight_bytes(const struct plan *p)
{
	return p->weight_bytes;
}

void plan_start_kernel(struct plan *p, size_t k)
{
	emitter_start(p->emitter, &p->kernels[k]);
}

bool plan_next(struct plan *p, uint32_t core, struct command *out)
{
	return emitter_next(p->emitter, core, out);
}
