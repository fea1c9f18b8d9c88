/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tilings of a kernel's phases: searched, remembered, or taken over.  When the statistics and the
 * application of a normalisation can share tiles that all stay on chip, they do.
 */
#include "plan/internal.h"
#include "plan/memo.h"
#include "plan/tile.h"

/* Makes `t` the phase's tiling, buffers and all. */
void tile_adopt(const struct plan *p, struct phase *ph, const struct tiling *t,
		  uint64_t spad_bytes)
{
	ph->tiling = *t;
	phase_set_grid(ph);
	phase_set_slices(p, ph);
	phase_set_chunks(ph);
	phase_extents(ph);
	if (!phase_buffers(p, ph, spad_bytes, p->machine->acc_bytes))
		BUG("a chosen tiling does not fit");
	ph->tiling.estimate_cycles = t->estimate_cycles;
	ph->tiling.score = t->score;
}

/* False if no tile fits; k->spad_needs then is what the smallest one takes. */
static bool phase_tile(const struct plan *p, struct kernel_plan *k, struct phase *ph)
{
	bool is_new;
	struct tile_memory *m = tile_memo_at(p->tiles, phase_key(p, ph), &is_new);

	if (is_new)
		tile_search(p, ph, m);
	if (!m->fits) {
		k->spad_needs = max_u64(k->spad_needs, m->least_spad);
		return false;
	}
	tile_adopt(p, ph, &m->tiling, p->machine->spad_bytes);
	return true;
}

static void assign_bases(struct phase *ph)
{
	uint64_t next[2] = {0, 0};

	for (size_t i = 0; i < ph->n_buffers; i++) {
		struct buffer *b = &ph->buffers[i];

		b->base = next[b->memory];
		next[b->memory] += b->slot_bytes * b->slots;
	}
}

static void place_buffers(struct kernel_plan *k)
{
	k->n_buffers = 0;
	for (size_t i = 0; i < k->n_phases; i++) {
		struct phase *ph = &k->phases[i];

		assign_bases(ph);
		for (size_t j = 0; j < ph->n_buffers; j++)
			ph->buffers[j].number = j == 0 && ph->takes_resident
							? ph[-1].buffers[0].number
							: (uint32_t)k->n_buffers++;
	}
}

void kernel_tile_as(const struct plan *p, struct kernel_plan *k, const struct choice *choices)
{
	uint64_t score;

	for (size_t i = 0; i < k->n_phases; i++) {
		struct phase *ph = &k->phases[i];

		if (!choices[i].takes_resident)
			tile_adopt(p, ph, &choices[i].tiling, p->machine->spad_bytes);
		else if (!adopt_resident(p, ph - 1, ph, resident_candidate(ph - 1, ph),
					 &choices[i - 1].tiling, &score))
			BUG("tiles of a kernel that is alike do not fit");
	}
	place_buffers(k);
}

bool kernel_tile(const struct plan *p, struct kernel_plan *k)
{
	bool fits = true;

	for (size_t i = 0; i < k->n_phases; i++)
		fits &= phase_tile(p, k, &k->phases[i]);
	if (!fits)
		return false;
	for (size_t i = 0; i + 1 < k->n_phases; i++)
		pair_resident(p, &k->phases[i], &k->phases[i + 1]);
	place_buffers(k);
	return true;
}
