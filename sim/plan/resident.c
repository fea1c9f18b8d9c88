/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the statistics and the application of a normalisation can share tiles that all stay on
 * chip, they do: nothing is read twice.  Which tiles: those of least score, among those nested
 * in memory order.
 */
#include "base/mem.h"
#include "plan/tile.h"

/* Phase `b` applies the statistics that `a` takes of a streamed tensor, tile for tile. */
struct stream *resident_candidate(const struct phase *a, const struct phase *b)
{
	const struct node *apply = NULL;

	if (a->n_nodes != 1 || a->nodes[0].pass != PASS_STATS || a->nodes[0].stream[0] == NONE)
		return NULL;
	for (uint32_t i = 0; i < b->n_nodes; i++)
		if (b->nodes[i].op == a->nodes[0].op && b->nodes[i].pass == PASS_APPLY)
			apply = &b->nodes[i];
	if (apply == NULL || apply->stream[0] == NONE || !region_equal(&a->space, &b->space) ||
	    apply->cluster != b->nodes[b->primary].cluster)
		return NULL;
	for (uint32_t i = 0; i < b->n_nodes; i++)
		if (b->nodes[i].is_matrix)
			return NULL;
	return &b->streams[apply->stream[0]];
}

/* With one tile of a's input a step, all kept: does b fit beside them? */
static bool try_resident(const struct plan *p, struct phase *a, struct phase *b,
			 struct stream *taken)
{
	struct buffer kept;
	uint64_t steps, spad = p->machine->spad_bytes;

	phase_set_grid(a);
	b->tiling = a->tiling;
	if (p->machine->halo == HALO_KEEP && !tiling_makes_once(p, b))
		return false;
	phase_set_slices(p, a);
	phase_extents(a);
	steps = tiling_core_tiles(&a->tiling);
	kept = (struct buffer){
		.memory = ONCHIP_SPAD,
		.slot_bytes = round_up_u64(
			phase_extent_bytes(p, a->streams[0].tensor, a->streams[0].extent), 64),
		.slots = steps,
	};
	if (kept.slot_bytes * steps >= spad)
		return false;
	b->takes_resident = taken->is_resident = true;
	taken->buffer = 0;
	GROW(b->buffers, 1, b->buffers_capacity);
	b->buffers[0] = kept;
	b->tiling = a->tiling;
	phase_set_grid(b);
	phase_set_slices(p, b);
	phase_set_chunks(b);
	phase_extents(b);
	if (phase_buffers(p, b, spad, p->machine->acc_bytes))
		return true;
	b->takes_resident = taken->is_resident = false;
	return false;
}

/* The tile that is whole inside `level` in memory order, cut to `piece` there, single outside. */
static void set_nested_tile(struct phase *ph, unsigned level, uint64_t piece)
{
	struct tiling *t = &ph->tiling;

	for (unsigned i = 0; i < t->n_inner; i++)
		t->tile[t->inner[i]] = i < level    ? (uint64_t)ph->space.hi[t->inner[i]]
				       : i == level ? piece
						    : 1;
}

static void keep_for_next(struct phase *a, const struct phase *b)
{
	a->buffers[0] = b->buffers[0];
	a->n_buffers = 1;
	a->streams[0].buffer = 0;
	a->streams[0].keeps_all = true;
	a->resident_stream = 0;
}

/* Cuts a and b by `t`, a's input kept in between; estimates both. */
bool adopt_resident(const struct plan *p, struct phase *a, struct phase *b,
			   struct stream *taken, const struct tiling *t, uint64_t *score)
{
	a->tiling = *t;
	if (!try_resident(p, a, b, taken))
		return false;
	keep_for_next(a, b);
	phase_estimate(p, a);
	phase_estimate(p, b);
	*score = a->tiling.score + b->tiling.score;
	return true;
}

static void drop_resident(const struct plan *p, struct phase *a, struct phase *b,
			  struct stream *taken, const struct tiling *alone)
{
	b->takes_resident = taken->is_resident = false;
	a->resident_stream = NONE;
	tile_adopt(p, a, &alone[0], p->machine->spad_bytes);
	tile_adopt(p, b, &alone[1], p->machine->spad_bytes);
}

/* Keeps a's input on chip for b where some tiles allow it and that is better than not. */
void pair_resident(const struct plan *p, struct phase *a, struct phase *b)
{
	struct stream *taken = resident_candidate(a, b);
	const struct tiling alone[2] = {a->tiling, b->tiling};
	struct tiling best = *alone;
	uint64_t best_score, score;
	bool found = false;

	if (taken == NULL)
		return;
	best_score = a->tiling.score + b->tiling.score;
	for (unsigned level = 0; level < alone->n_inner; level++) {
		struct choices c;

		tile_divide(&c, (uint64_t)a->space.hi[alone->inner[level]], 1);
		for (unsigned i = 0; i < c.n; i++) {
			struct tiling t = *alone;

			a->tiling = t;
			set_nested_tile(a, level, c.value[i]);
			t = a->tiling;
			if (adopt_resident(p, a, b, taken, &t, &score) && score < best_score) {
				found = true;
				best_score = score;
				best = t;
			}
		}
	}
	if (!found || !adopt_resident(p, a, b, taken, &best, &score))
		drop_resident(p, a, b, taken, alone);
}
