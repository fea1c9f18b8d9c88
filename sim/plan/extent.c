/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How large things get under a tiling: the largest extent of every value and stream over
 * all tiles, whatever the tile's place; and how often each stream is loaded.
 */
#include "plan/internal.h"

#include <string.h>

/* Largest number of indices that an axis can need for `out` output indices and `red` points. */
static int64_t axis_extent(const struct axis_access *a, int64_t out, int64_t red, int64_t dim)
{
	int64_t extent = 1, step;

	if (a->whole && (a->block <= 1 || a->out_dim < 0))
		return dim;
	if (a->undoes)
		return min_i64((out - 1 + (red - 1) * a->red_mul) / a->out_div + 1, dim);
	if (a->whole)
		extent = ((out - 2 + 2 * a->block) / a->block) * a->block;
	else if (a->out_dim >= 0 && a->out_div == 1)
		extent += (out - 1) * a->out_mul;
	else if (a->out_dim >= 0)
		extent += (out - 1 + a->out_div - 1) / a->out_div * a->out_mul;
	step = a->red_mul < 0 ? -a->red_mul : a->red_mul;
	if (a->red_dim >= 0)
		extent += (red - 1) * step;
	return extent < dim ? extent : dim;
}

/* Extents of the reduction space: `chunk` of the contracted axis, the rest whole or one tap. */
static void red_extents(const struct node *n, bool chunked, bool tapped, int64_t *red)
{
	for (unsigned r = 0; r < n->info.n_red; r++)
		red[r] = (int64_t)n->info.red[r];
	if (!n->is_matrix)
		return;
	if (chunked && n->info.contract_axis >= 0)
		red[n->info.contract_axis] = (int64_t)n->chunk;
	if (tapped && n->tap_axis >= 0 && n->n_taps > 1)
		red[n->tap_axis] = 1;
}

/* What a node of extent `of` needs of operand j. */
static void operand_extent(const struct node *n, const int64_t *of, unsigned j, bool chunked,
			   bool tapped, int64_t *extent)
{
	const struct access *a = &n->info.access[j];
	const struct shape *s = n->shape[j];
	int64_t red[OP_MAX_RED];

	red_extents(n, chunked, tapped, red);
	for (unsigned d = 0; d < a->n_dims; d++) {
		const struct axis_access *x = &a->axis[d];
		int64_t e = a->is_normalised && n->pass != PASS_FULL
				    ? of[d]
				    : axis_extent(x, x->out_dim < 0 ? 1 : of[x->out_dim],
						  x->red_dim < 0 ? 1 : red[x->red_dim], s->dims[d]);

		extent[d] = e > extent[d] ? e : extent[d];
	}
}

/* The box of a stream that its node needs for an extent `of` of its own. */
static void stream_box(const struct phase *ph, const struct stream *s, const int64_t *of,
		       int64_t *extent)
{
	const struct shape *shape = s->shape;

	memset(extent, 0, MAX_DIMS * sizeof(*extent));
	if (s->is_preload)
		for (unsigned d = 0; d < shape->n_dims; d++)
			extent[d] = shape->dims[d];
	else
		operand_extent(&ph->nodes[s->node], of, s->operand, true, s->follows_tap, extent);
	for (unsigned d = 0; d < shape->n_dims; d++) {
		if (s->repeated >> d & 1)
			extent[d] = 1;
		else if (s->step[d] > 1)
			extent[d] = (extent[d] + s->step[d] - 1) / s->step[d];
		if (stream_follows_slice(ph, s) &&
		    (s->dim_follows[d] >> ph->tiling.slice_dim & 1) &&
		    extent[d] > (int64_t)ph->tiling.slice)
			extent[d] = (int64_t)ph->tiling.slice;
	}
}

static void stream_extents(struct phase *ph, struct stream *s)
{
	const struct node *n = &ph->nodes[s->node];

	stream_box(ph, s, n->extent, s->extent);
	if (ph->slide < 0)
		memcpy(s->work, s->extent, sizeof(s->work));
	else
		stream_box(ph, s, n->work, s->work);
	if (stream_slides(ph, s))
		s->work[s->slide_dim] = stream_slide_rows(ph, s);
}

static void enlarge(int64_t *extent, const int64_t *to, unsigned n)
{
	for (unsigned d = 0; d < n; d++)
		extent[d] = to[d] > extent[d] ? to[d] : extent[d];
}

/* What a tile needs of node n, and what it makes: all of it, unless rows are kept. */
static void node_extents(const struct phase *ph, struct node *n)
{
	int64_t joined[MAX_DIMS];

	if (n->consumers == 0 || n->is_stored)
		for (unsigned d = 0; d < ph->space.n_dims; d++)
			n->extent[d] = n->work[d] = (int64_t)ph->tiling.tile[d];
	for (unsigned d = 0; d < n->info.out.n_dims; d++)
		joined[d] = reach_extent(ph, n, d);
	enlarge(n->extent, joined, n->info.out.n_dims);
	if (ph->slide < 0)
		memcpy(n->work, n->extent, sizeof(n->work));
	else if (n->slide_dim >= 0)
		n->work[n->slide_dim] = node_slide_rows(ph, n);
}

void phase_extents(struct phase *ph)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		memset(ph->nodes[i].extent, 0, sizeof(ph->nodes[i].extent));
		memset(ph->nodes[i].work, 0, sizeof(ph->nodes[i].work));
	}
	for (uint32_t i = ph->n_nodes; i-- > 0;) {
		struct node *n = &ph->nodes[i];

		node_extents(ph, n);
		for (unsigned j = 0; j < OP_MAX_ACCESS; j++) {
			struct node *q = n->producer[j] == NONE ? NULL : &ph->nodes[n->producer[j]];
			bool chunked = q != NULL && q->chunk_of != NONE;

			if (q == NULL)
				continue;
			operand_extent(n, n->extent, j, chunked, false, q->extent);
			if (ph->slide >= 0)
				operand_extent(n, n->work, j, chunked, false, q->work);
		}
	}
	for (size_t i = 0; i < ph->n_streams; i++)
		stream_extents(ph, &ph->streams[i]);
}

uint64_t phase_extent_bytes(const struct plan *p, uint32_t tensor, const int64_t *extent)
{
	const struct shape *s = graph_shape(p->graph, tensor);
	uint64_t elements = 1;

	for (unsigned d = 0; d < s->n_dims; d++)
		elements *= (uint64_t)extent[d];
	return ceil_div_u64(elements * dtype_bits(p->graph->tensors[tensor].dtype), 8);
}

/* Loops that a stream's region follows, as the core walks them. */
static bool follows_spatial(const struct phase *ph, uint32_t grid_mask)
{
	return (grid_mask & ph->tiling.spatial_cut) != 0;
}

static bool follows_channel(const struct phase *ph, uint32_t grid_mask)
{
	return (grid_mask & ph->tiling.channel_cut) != 0;
}

static uint64_t chunk_regions_of(const struct phase *ph, const struct stream *s)
{
	const struct node *n = &ph->nodes[s->node];
	const struct node *m = n->chunk_of != NONE ? &ph->nodes[n->chunk_of]
			       : n->is_matrix      ? n
						   : NULL;

	if (m == NULL)
		return stream_follows_slice(ph, s) ? ph->tiling.n_slices : 1;
	return (s->chunk_dims != 0 ? m->n_chunks : 1) * (s->follows_tap ? m->n_taps : 1);
}

struct loops stream_loops(const struct phase *ph, const struct stream *s)
{
	const struct tiling *t = &ph->tiling;
	uint64_t spatial = tiling_core_tiles(t);
	bool follows_s = follows_spatial(ph, s->grid_mask),
	     follows_c = follows_channel(ph, s->grid_mask);

	return (struct loops){
		.outer = t->channel_outer ? t->channel_tiles_per_column : spatial,
		.inner = t->channel_outer ? spatial : t->channel_tiles_per_column,
		.follows_outer = t->channel_outer ? follows_c : follows_s,
		.follows_inner = t->channel_outer ? follows_s : follows_c,
		.follows_spatial = follows_s,
		.follows_channel = follows_c,
		.chunks = chunk_regions_of(ph, s),
	};
}

/* Loads along one loop of n iterations, when the region follows it, or is lost in between. */
static void loop_loads(const struct phase *ph, const struct stream *s, uint64_t *outer,
		       uint64_t *inner)
{
	struct loops l = stream_loops(ph, s);

	*outer = *inner = 1;
	if (s->is_preload || s->is_resident)
		return;
	if (s->keeps_all) {
		*outer = l.follows_outer ? l.outer : 1;
		*inner = l.follows_inner ? l.inner : 1;
	} else if (s->keeps_chunks || s->is_shared || (l.chunks == 1 && !s->keeps_none)) {
		*inner = l.follows_inner ? l.inner : 1;
		*outer = l.follows_outer || (*inner > 1) ? l.outer : 1;
	} else {
		*outer = l.outer;
		*inner = l.inner;
	}
}

struct stream_loads stream_loads(const struct plan *p, const struct phase *ph,
				 const struct stream *s)
{
	const struct tiling *t = &ph->tiling;
	bool multicast = p->machine->noc_multicast == NOC_MULTICAST_ON;
	uint64_t outer, inner, spatial, channel, chunks;

	if (s->is_resident)
		return (struct stream_loads){0, 0};
	loop_loads(ph, s, &outer, &inner);
	chunks = s->is_preload ? 1 : chunk_regions_of(ph, s);
	spatial = t->channel_outer ? inner : outer;
	channel = t->channel_outer ? outer : inner;
	spatial = follows_spatial(ph, s->grid_mask)
			  ? t->spatial_tiles
			  : spatial * (multicast ? 1 : min_u64(t->rows, tiling_strips(t)));
	channel = follows_channel(ph, s->grid_mask) ? t->channel_tiles
						    : channel * (multicast ? 1 : t->columns);
	return (struct stream_loads){outer * inner * chunks, spatial * channel * chunks};
}

uint64_t stream_core_loads(const struct phase *ph, const struct stream *s)
{
	uint64_t outer, inner;

	if (s->is_resident)
		return 0;
	loop_loads(ph, s, &outer, &inner);
	return outer * inner * (s->is_preload ? 1 : chunk_regions_of(ph, s));
}
