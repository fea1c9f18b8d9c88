/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways to run a kernel that differ in more than its tiles: each is built and tiled, and the
 * one that scores best is taken.  What the machine prescribes is not tried otherwise.
 */
#include "base/mem.h"
#include "plan/internal.h"

#include <stdlib.h>

/* Another way has to promise a gain of at least one part in so many: estimates err.  Not to
 * load what is there already is the same way. */
#define LEAST_GAIN 16

/* Which variants must be, and which may be. */
struct allowed {
	uint32_t must, may;
};

static struct allowed allowed(const struct machine *m)
{
	struct allowed a = {.may = VARIANT_SHARE};

	if (m->softmax == SOFTMAX_ONLINE)
		a.must |= VARIANT_ONLINE;
	if (m->softmax == SOFTMAX_AUTO)
		a.may |= VARIANT_ONLINE;
	if (m->groupnorm == GROUPNORM_RECOMPUTE)
		a.must |= VARIANT_RECOMPUTE;
	if (m->groupnorm == GROUPNORM_AUTO)
		a.may |= VARIANT_RECOMPUTE;
	if (m->halo == HALO_KEEP)
		a.must |= VARIANT_KEEP;
	if (m->halo == HALO_AUTO)
		a.may |= VARIANT_KEEP;
	return a;
}

uint32_t kernel_first_variant(const struct plan *p)
{
	return allowed(p->machine).must;
}

static uint64_t kernel_score(const struct kernel_plan *k)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < k->n_phases; i++)
		sum += k->phases[i].tiling.score;
	return sum;
}

/* Keeps what is needed of phases once they are gone. */
static void keep_choices(struct kernel_plan *k)
{
	free(k->choices);
	k->choices = xcalloc(k->n_phases, sizeof(*k->choices));
	for (size_t i = 0; i < k->n_phases; i++)
		k->choices[i] = (struct choice){k->phases[i].tiling, k->phases[i].takes_resident};
}

struct trial {
	uint32_t variant; /* the best so far, or the first */
	uint64_t score, spad_needs;
	bool found;
};

/* Tiles the kernel as it is built; keeps that if it beats what was tried before. */
static void try_variant(const struct plan *p, struct kernel_plan *k, struct trial *t)
{
	uint64_t score, margin;

	k->spad_needs = 0;
	if (!kernel_tile(p, k)) {
		t->spad_needs = min_u64(t->spad_needs, k->spad_needs);
		return;
	}
	score = kernel_score(k);
	margin = (k->variant ^ t->variant) == VARIANT_SHARE ? 0 : score / LEAST_GAIN;
	if (t->found && score + margin >= t->score)
		return;
	keep_choices(k);
	t->found = true;
	t->score = score;
	t->variant = k->variant;
}

void kernel_rebuild(const struct plan *p, struct kernel_plan *k, uint32_t variant,
		    const struct choice *choices)
{
	struct err err = {.code = ERR_NONE};

	kernel_release_phases(k);
	k->variant = variant;
	if (!kernel_phases(p, k, &err))
		BUG("kernel %s cannot be built again: %s", k->name, err.text);
	kernel_tile_as(p, k, choices);
}

bool kernel_choose(const struct plan *p, struct kernel_plan *k)
{
	const struct allowed a = allowed(p->machine);
	struct trial t = {.variant = k->variant, .spad_needs = UINT64_MAX};

	try_variant(p, k, &t);
	for (uint32_t bit = 1; bit < VARIANT_END; bit <<= 1) {
		struct err refused = {.code = ERR_NONE};

		if (!(a.may & k->possible & bit))
			continue;
		k->variant = t.variant ^ bit;
		kernel_release_phases(k);
		if (kernel_phases(p, k, &refused)) /* else: not with what must be */
			try_variant(p, k, &t);
	}
	k->spad_needs = t.found ? 0 : t.spad_needs;
	if (t.found && (a.may & k->possible))
		kernel_rebuild(p, k, t.variant, k->choices);
	return t.found;
}
