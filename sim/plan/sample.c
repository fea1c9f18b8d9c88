/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sample of a kernel: the first of its tiles alone.  Loops go on as they began, so two samples
 * tell what the whole takes.
 */
#include "plan/internal.h"

/* Iterations of the core that has most. */
static void whole_loops(const struct phase *ph, uint64_t *outer, uint64_t *inner)
{
	const struct tiling *t = &ph->tiling;
	uint64_t spatial = tiling_core_tiles(t);

	*outer = t->channel_outer ? t->channel_tiles_per_column : spatial;
	*inner = t->channel_outer ? spatial : t->channel_tiles_per_column;
}

void phase_sampled_loops(const struct plan *p, const struct phase *ph, uint64_t *outer,
			 uint64_t *inner)
{
	uint64_t parts = p->sample_parts, least = p->sample_least, all;

	whole_loops(ph, outer, inner);
	all = *outer * *inner;
	if (parts == 0 || all <= least)
		return;
	if (*outer >= parts && *outer >= least) {
		*outer = max_u64(ceil_div_u64(*outer, parts), ceil_div_u64(least, *inner));
	} else {
		*inner = max_u64(1, min_u64(*inner, max_u64(all / parts, least)));
		*outer = ceil_div_u64(max_u64(all / parts, least), *inner);
	}
}

uint64_t plan_sample(struct plan *p, uint64_t parts, uint64_t least)
{
	const struct kernel_plan *k = &p->kernels[0];
	uint64_t all_cycles = 0, cycles = 0;

	p->sample_parts = parts;
	p->sample_least = least;
	for (size_t i = 0; i < k->n_phases; i++) {
		const struct phase *ph = &k->phases[i];
		uint64_t outer, inner, all_outer, all_inner;

		whole_loops(ph, &all_outer, &all_inner);
		phase_sampled_loops(p, ph, &outer, &inner);
		all_cycles += ph->tiling.estimate_cycles;
		cycles += mul_div_u64(ph->tiling.estimate_cycles, outer * inner,
				      all_outer * all_inner);
	}
	return all_cycles == 0 ? PLAN_WHOLE : mul_div_u64(cycles, PLAN_WHOLE, all_cycles);
}
