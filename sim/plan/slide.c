/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line buffers: a core takes tiles that follow each other along one dimension, a strip, and
 * keeps of every value the rows that the next tile needs, too.  Each tile then makes, and
 * loads, only what no tile of the strip before it did.  Where a strip begins there is nothing
 * yet; strips that border on each other both make what they share.
 */
#include "plan/internal.h"

static bool follows_grid(const struct reach *r, int grid)
{
	return r->grid == grid && r->grid >= 0 && r->grid < REACH_CHUNK;
}

/* Successive tiles need some of the same indices. */
static bool reach_overlaps(const struct reach *r)
{
	return r->grid >= 0 && r->grid < REACH_CHUNK && (r->hi - r->lo) * r->den >= r->num;
}

bool slide_alike(const struct node *a, const struct node *b)
{
	for (unsigned d = 0; d < a->info.out.n_dims; d++) {
		const struct reach *x = &a->reach[d], *y = &b->reach[d];

		if (x->grid != y->grid || x->num != y->num || x->den != y->den || x->lo != y->lo ||
		    x->hi != y->hi)
			return false;
	}
	return true;
}

/* Along this axis, successive indices of the output need some of the same indices. */
static bool axis_overlaps(const struct op_info *info, const struct axis_access *a)
{
	int64_t span;

	if (a->whole || a->out_dim < 0)
		return false;
	span = a->red_dim < 0 ? 0 : ((int64_t)info->red[a->red_dim] - 1) * a->red_mul;
	return a->out_div > 1 || (span < 0 ? -span : span) >= a->out_mul;
}

/* Dimension of the stream's tensor whose regions overlap along grid dimension g, or -1. */
static int stream_overlap(const struct phase *ph, const struct stream *s, unsigned g)
{
	const struct node *n = &ph->nodes[s->node];
	const struct access *a = &n->info.access[s->operand];
	int found = -1;

	if (s->is_preload || s->has_holes || n->chunk_of != NONE ||
	    (a->is_normalised && n->pass != PASS_FULL))
		return -1;
	for (unsigned d = 0; d < a->n_dims; d++) {
		if (!(s->dim_follows[d] >> g & 1))
			continue;
		if (found >= 0 || s->dim_follows[d] != 1U << g || s->step[d] != 1 ||
		    !axis_overlaps(&n->info, &a->axis[d]))
			return -1;
		found = (int)d;
	}
	return found;
}

bool phase_overlaps(const struct phase *ph)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];

		for (unsigned d = 0; d < n->info.out.n_dims; d++)
			if (reach_overlaps(&n->reach[d]))
				return true;
		for (unsigned j = 0; j < OP_MAX_ACCESS; j++)
			for (unsigned d = 0; n->stream[j] != NONE && d < n->info.access[j].n_dims;
			     d++)
				if (axis_overlaps(&n->info, &n->info.access[j].axis[d]) &&
				    follows_grid(&n->reach[n->info.access[j].axis[d].out_dim],
						 n->reach[n->info.access[j].axis[d].out_dim].grid))
					return true;
	}
	return false;
}

/* Something that is held, or comes from memory, is shared by successive tiles along g. */
static bool grid_overlaps(const struct phase *ph, unsigned g)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		for (unsigned d = 0; d < ph->nodes[i].info.out.n_dims; d++)
			if (ph->nodes[i].is_buffered &&
			    follows_grid(&ph->nodes[i].reach[d], (int)g) &&
			    reach_overlaps(&ph->nodes[i].reach[d]))
				return true;
	for (size_t i = 0; i < ph->n_streams; i++)
		if (stream_overlap(ph, &ph->streams[i], g) >= 0)
			return true;
	return false;
}

/* The node's rows along grid dimension g; false if it shares some that cannot be kept. */
static bool find_rows(struct phase *ph, struct node *n)
{
	bool overlaps = false;

	n->slide_dim = -1;
	if (n->loop_op != NONE)
		return false;
	for (unsigned d = 0; d < n->info.out.n_dims; d++) {
		if (!follows_grid(&n->reach[d], ph->slide))
			continue;
		if (n->slide_dim >= 0)
			return !overlaps && !reach_overlaps(&n->reach[d]);
		n->slide_dim = (int)d;
		overlaps = reach_overlaps(&n->reach[d]);
	}
	if (n->slide_dim < 0 && n->chunk_of == NONE)
		n->slide_dim = 0; /* the same for all tiles of a strip: made by the first */
	else if (!overlaps)
		n->slide_dim = -1;
	if (!n->is_buffered)
		n->slide_dim = -1;
	return n->slide_dim < 0 || n->chunk_of == NONE;
}

static void drop_slide(struct phase *ph)
{
	ph->slide = -1;
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		ph->nodes[i].slide_dim = -1;
	for (size_t i = 0; i < ph->n_streams; i++)
		ph->streams[i].slide_dim = -1;
}

/* The outermost dimension in memory along which tiles share something: its rows are longest. */
static void choose_slide(const struct plan *p, struct phase *ph)
{
	struct placement place;

	tensor_placement(p->graph, node_tensor(p, &ph->nodes[ph->primary]), &place);
	for (unsigned g = 0; g < ph->space.n_dims; g++)
		if (ph->space.hi[g] > 1 && grid_overlaps(ph, g) &&
		    (ph->slide < 0 || place.stride[g] > place.stride[ph->slide]))
			ph->slide = (int)g;
}

void phase_find_slide(const struct plan *p, struct phase *ph)
{
	drop_slide(ph);
	ph->unkept = NONE;
	if (!ph->keeps || ph->conflict_reader != NONE)
		return;
	choose_slide(p, ph);
	for (uint32_t i = 0; ph->slide >= 0 && i < ph->n_nodes; i++)
		if (!find_rows(ph, &ph->nodes[i])) {
			ph->unkept = ph->nodes[i].op;
			drop_slide(ph);
		}
	for (size_t i = 0; ph->slide >= 0 && i < ph->n_streams; i++)
		ph->streams[i].slide_dim = stream_overlap(ph, &ph->streams[i], (unsigned)ph->slide);
}

int64_t node_slide_rows(const struct phase *ph, const struct node *n)
{
	const struct reach *r = &n->reach[n->slide_dim];
	int64_t rows = (int64_t)ph->tiling.tile[ph->slide] * r->num;

	if (!follows_grid(r, ph->slide))
		return 0;
	rows = rows / r->den + (rows % r->den != 0 ? 2 : 0);
	return rows < n->extent[n->slide_dim] ? rows : n->extent[n->slide_dim];
}

int64_t stream_slide_rows(const struct phase *ph, const struct stream *s)
{
	const struct node *n = &ph->nodes[s->node];
	const struct axis_access *a = &n->info.access[s->operand].axis[s->slide_dim];
	int64_t rows = n->work[a->out_dim];

	rows = (rows + a->out_div - 1) / a->out_div * a->out_mul + (a->out_div > 1);
	return rows < s->extent[s->slide_dim] ? rows : s->extent[s->slide_dim];
}

void tiling_set_strips(const struct phase *ph, struct tiling *t)
{
	t->strip_tiles = ph->slide < 0 ? 1 : t->grid[ph->slide] / t->segments;
}

uint64_t tiling_segments(const struct phase *ph, const struct tiling *t)
{
	uint64_t tiles, others, segments;

	if (ph->slide < 0)
		return 1;
	tiles = t->grid[ph->slide];
	others = t->spatial_tiles / tiles;
	segments = min_u64(tiles, t->rows / others);
	while (segments > 1 && tiles % segments != 0)
		segments--;
	return max_u64(segments, 1);
}

bool tiling_is_kept(const struct phase *ph, const struct tiling *t)
{
	uint64_t pieces = 1;

	if (ph->slide < 0)
		return true;
	for (unsigned d = 0; d < ph->space.n_dims; d++)
		if ((int)d != ph->slide && (int)d != t->channel_dim && grid_overlaps(ph, d))
			pieces *= t->grid[d];
	return pieces <= t->rows;
}

/*
 * Successive tiles along grid dimension g, the others at their first, need different indices of
 * dimension d of node i.  The reach of what a slope divides is wider than it needs to be (where
 * tiles begin at multiples of the divisor, say), so here the regions themselves are asked.
 */
static bool regions_are_apart(const struct plan *p, const struct phase *ph, uint32_t i, unsigned d,
			      unsigned g)
{
	uint64_t coordinate[MAX_DIMS] = {0};
	int64_t made = 0;

	for (; coordinate[g] < ph->tiling.grid[g]; coordinate[g]++) {
		struct tile_regions r;
		struct region tile;

		tile_region(ph, coordinate, &tile);
		phase_regions(p, ph, &tile, NULL, &r);
		if (region_extent(&r.value[i], d) == 0)
			continue;
		if (coordinate[g] > 0 && r.value[i].lo[d] < made)
			return false;
		made = r.value[i].hi[d];
	}
	return true;
}

/* Tiles along grid dimension g need nothing of the node's value in common. */
static bool makes_apart(const struct plan *p, const struct phase *ph, uint32_t i, unsigned g)
{
	const struct node *n = &ph->nodes[i];

	for (unsigned d = 0; d < n->info.out.n_dims; d++)
		if (follows_grid(&n->reach[d], (int)g) &&
		    (!reach_overlaps(&n->reach[d]) ||
		     (n->reach[d].den > 1 && regions_are_apart(p, ph, i, d, g))))
			return true;
	return false;
}

/* What tiles along g have in common is in a ring; outside a ring is what its cluster reads. */
static bool is_kept_along(const struct phase *ph, const struct node *n, unsigned g)
{
	return (int)g == ph->slide && (n->slide_dim >= 0 || !n->is_buffered);
}

bool tiling_makes_once(const struct plan *p, const struct phase *ph)
{
	const struct tiling *t = &ph->tiling;
	uint64_t pieces = 1;

	for (unsigned g = 0; g < ph->space.n_dims; g++) {
		bool apart = true;

		for (uint32_t i = 0; t->grid[g] > 1 && apart && i < ph->n_nodes; i++)
			apart = ph->nodes[i].consumers == 0 ||
				is_kept_along(ph, &ph->nodes[i], g) || makes_apart(p, ph, i, g);
		if (apart)
			continue;
		if ((int)g == ph->slide ||
		    ((int)g == t->channel_dim && t->channel_tiles_per_column > 1))
			return false;
		pieces *= (int)g == t->channel_dim ? 1 : t->grid[g];
	}
	return pieces <= t->rows;
}
