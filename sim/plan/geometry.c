/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a tiling's extents: its grid and strips, slices of a tile, chunks. */
#include "plan/internal.h"

void phase_set_grid(struct phase *ph)
{
	struct tiling *t = &ph->tiling;

	t->spatial_tiles = t->channel_tiles = 1;
	t->spatial_cut = t->channel_cut = 0;
	for (unsigned d = 0; d < ph->space.n_dims; d++) {
		t->grid[d] = ceil_div_u64((uint64_t)ph->space.hi[d], t->tile[d]);
		if ((int)d == t->channel_dim) {
			t->channel_tiles = t->grid[d];
			t->channel_cut = t->grid[d] > 1 ? 1U << d : 0;
		} else {
			t->spatial_tiles *= t->grid[d];
			t->spatial_cut |= t->grid[d] > 1 ? 1U << d : 0;
		}
	}
	t->channel_tiles_per_column = ceil_div_u64(t->channel_tiles, t->columns);
	tiling_set_strips(ph, t);
}

/* Slices of the outermost dimension that is cut to more than one element, about a
 * sixteenth of the scratchpad each. */
void phase_set_slices(const struct plan *p, struct phase *ph)
{
	struct tiling *t = &ph->tiling;
	uint64_t bits =
		dtype_bits(p->graph->tensors[node_tensor(p, &ph->nodes[ph->primary])].dtype);
	uint64_t row_bytes = 1;

	t->slice_dim = -1;
	t->n_slices = 1;
	if (ph->sliced == NONE)
		return;
	for (unsigned i = 0; i < t->n_inner; i++)
		if (t->tile[t->inner[i]] > 1)
			t->slice_dim = t->inner[i];
	if (t->slice_dim < 0)
		return;
	for (unsigned d = 0; d < ph->space.n_dims; d++)
		row_bytes *= (int)d == t->slice_dim ? 1 : t->tile[d];
	row_bytes = ceil_div_u64(row_bytes * bits, 8);
	t->slice =
		max_u64(1, min_u64(t->tile[t->slice_dim], p->machine->spad_bytes / 16 / row_bytes));
	t->n_slices = ceil_div_u64(t->tile[t->slice_dim], t->slice);
	t->slice = ceil_div_u64(t->tile[t->slice_dim], t->n_slices);
}

void phase_set_chunks(struct phase *ph)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		struct node *n = &ph->nodes[i];
		uint64_t extent;

		if (!n->is_matrix)
			continue;
		extent = n->info.contract_axis < 0 ? 1 : n->info.red[n->info.contract_axis];
		/* columns of several groups need several pieces: chunks would overlap */
		n->chunk = n->info.n_per_block > 0 || n->chunk_of != NONE
				   ? extent
				   : min_u64(extent, ph->tiling.max_chunk);
		n->n_chunks = ceil_div_u64(extent, n->chunk);
		n->tap_axis = -1;
		n->n_taps = 1;
		for (unsigned r = 0; r < n->info.n_red && ph->tiling.split_taps &&
				     n->tap_axis < 0 && n->chunk_of == NONE;
		     r++)
			if ((int)r != n->info.contract_axis && n->info.red[r] > 1) {
				n->tap_axis = (int)r;
				n->n_taps = n->info.red[r];
			}
	}
}
