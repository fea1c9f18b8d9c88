/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of a masked product that none of a tile's rows sees: their operand is not loaded.
 * Only where the same is true of all that would take part in the load, and nobody else counts on
 * it.
 */
#include "plan/emit_parts.h"

/* The grid dimension whose indices are the product's rows, or -1. */
static int row_grid(const struct node *n)
{
	const struct reach *r = &n->reach[n->info.out.n_dims - 2];

	return r->grid >= 0 && r->grid < REACH_CHUNK && r->num == 1 && r->den == 1 && r->lo == 0 &&
			       r->hi == 0
		       ? r->grid
		       : -1;
}

/* Each tile loads the stream for itself, chunk by chunk, by the columns alone. */
static bool loads_by_columns(const struct phase *ph, const struct stream *s)
{
	const struct node *n = &ph->nodes[s->node];
	const struct loops l = stream_loops(ph, s);
	int rows = row_grid(n), channel = ph->tiling.channel_dim;
	uint32_t columns = n->dim_follows[n->info.out.n_dims - 1];
	bool alone = l.follows_channel ||
		     (ph->tiling.channel_tiles_per_column == 1 &&
		      (channel < 0 || (rows != channel && !(columns >> channel & 1))));

	return rows >= 0 && alone && l.follows_spatial && !(s->grid_mask >> rows & 1) &&
	       (n->chunk_of == NONE || s->chunk_dims != 0);
}

bool stream_leaves_hidden(const struct phase *ph, const struct stream *s)
{
	const struct node *n = &ph->nodes[s->node];

	return n->is_matrix && n->info.mask_window > 0 && s->operand == 1 && !s->is_preload &&
	       !s->is_resident && !s->is_shared && !stream_slides(ph, s) && loads_by_columns(ph, s);
}

/* Rows [lo, hi) see some of the columns of `region`. */
static bool rows_see(const struct node *n, const struct region *region, int64_t lo, int64_t hi)
{
	struct region seen = *region;

	seen.lo[seen.n_dims - 2] = lo;
	seen.hi[seen.n_dims - 2] = hi;
	op_meet_mask(&n->info, &seen);
	return !region_is_empty(&seen);
}

bool emit_is_hidden(const struct phase *ph, const struct core_cursor *c, const struct stream *s)
{
	const struct node *n = &ph->nodes[s->node];
	const struct region *r = &c->regions.value[s->node];

	return stream_leaves_hidden(ph, s) && !region_is_empty(r) &&
	       !rows_see(n, r, r->lo[r->n_dims - 2], r->hi[r->n_dims - 2]) &&
	       rows_see(n, r, 0, n->info.out.hi[r->n_dims - 2]);
}

/* Of the tiles of the same columns, the first that loads the stream answers for its bytes. */
void emit_count_from_first(const struct phase *ph, const struct core_cursor *c,
			   const struct stream *s, uint64_t *coordinate)
{
	const struct node *n = &ph->nodes[s->node];
	const struct region *r = &c->regions.value[s->node];
	int64_t tile, end;
	int g;

	if (!stream_leaves_hidden(ph, s) || region_is_empty(r))
		return;
	g = row_grid(n);
	tile = (int64_t)ph->tiling.tile[g];
	end = n->info.out.hi[r->n_dims - 2];
	if (!rows_see(n, r, 0, end))
		return;
	for (int64_t i = 0; i < (int64_t)coordinate[g]; i++)
		if (rows_see(n, r, i * tile, min_i64((i + 1) * tile, end)))
			return;
	coordinate[g] = 0;
}
