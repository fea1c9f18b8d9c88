/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Region propagation: from one tile of the primary output back to the region of every
 * value and operand that it needs, by the operators' access relations alone.  Dimension
 * by dimension: a tile that lies in padding along one of them needs nothing, but what
 * follows the others alone, such as weights, is the same for it as for its neighbours.
 */
#include "plan/internal.h"

uint32_t node_tensor(const struct plan *p, const struct node *n)
{
	const struct op *op = &p->graph->ops[n->op];

	return op_operand(p->graph, op, (n->pass == PASS_STATS ? 0 : op->n_inputs) + n->port);
}

void tile_region(const struct phase *ph, const uint64_t *coordinate, struct region *out)
{
	out->n_dims = ph->space.n_dims;
	for (unsigned d = 0; d < out->n_dims; d++) {
		out->lo[d] = (int64_t)(coordinate[d] * ph->tiling.tile[d]);
		out->hi[d] = (int64_t)min_u64((coordinate[d] + 1) * ph->tiling.tile[d],
					      (uint64_t)ph->space.hi[d]);
	}
}

void chunk_red(const struct node *n, uint64_t chunk, uint64_t tap, bool whole_taps,
	       struct region *red)
{
	int axis = n->info.contract_axis;

	op_whole_red(&n->info, red);
	if (axis >= 0) {
		red->lo[axis] = (int64_t)(chunk * n->chunk);
		red->hi[axis] = (int64_t)min_u64((chunk + 1) * n->chunk, n->info.red[axis]);
	}
	if (n->n_taps > 1 && !whole_taps) {
		red->lo[n->tap_axis] = (int64_t)tap;
		red->hi[n->tap_axis] = (int64_t)tap + 1;
	}
}

/*
 * At a border, the taps of a dilated window that fall inside depend on the parity of its
 * place, and so would the box's edge; tiles could not divide the bytes between them.  Such
 * an axis is taken from where its window starts to where it ends.
 */
static void widen_dilated(const struct axis_access *a, const struct region *out,
			  const struct region *red, int64_t dim, int64_t *lo, int64_t *hi)
{
	int64_t first, last;

	if (a->whole || a->out_dim < 0 || a->red_dim < 0 || a->red_mul <= 1 ||
	    region_extent(red, (unsigned)a->red_dim) <= 1)
		return;
	first = (out->lo[a->out_dim] + a->out_bias) * a->out_mul +
		red->lo[a->red_dim] * a->red_mul + a->offset;
	last = (out->hi[a->out_dim] - 1 + a->out_bias) * a->out_mul +
	       (red->hi[a->red_dim] - 1) * a->red_mul + a->offset;
	*lo = first < 0 ? 0 : first;
	*hi = last + 1 > dim ? dim : last + 1;
}

/* Likewise a turned window: which indices it meets depends on its place. */
static void widen_undone(const struct axis_access *a, const struct region *out,
			 const struct region *red, int64_t *lo, int64_t *hi)
{
	if (region_extent(out, (unsigned)a->out_dim) == 0)
		return;
	axis_undone_window(a, out, red, lo, hi);
	if (*lo >= *hi)
		*lo = *hi = 0;
}

static void operand_region(const struct plan *p, const struct node *n, unsigned j,
			   const struct region *out, const struct region *red, struct region *in)
{
	const struct op *op = &p->graph->ops[n->op];
	const struct access *a = &n->info.access[j];

	access_axes(p->graph, op, &n->info, j, n->pass, out, red, in);
	for (unsigned d = 0; d < a->n_dims && n->pass == PASS_FULL; d++)
		if (a->axis[d].undoes)
			widen_undone(&a->axis[d], out, red, &in->lo[d], &in->hi[d]);
		else if (region_extent(in, d) > 0)
			widen_dilated(&a->axis[d], out, red,
				      graph_shape(p->graph, op_operand(p->graph, op, j))->dims[d],
				      &in->lo[d], &in->hi[d]);
}

/* The smallest interval of each dimension that holds both. */
static void join_axes(struct region *into, const struct region *other)
{
	for (unsigned d = 0; d < into->n_dims; d++) {
		if (region_extent(other, d) == 0)
			continue;
		if (region_extent(into, d) == 0) {
			into->lo[d] = other->lo[d];
			into->hi[d] = other->hi[d];
		} else {
			into->lo[d] = other->lo[d] < into->lo[d] ? other->lo[d] : into->lo[d];
			into->hi[d] = other->hi[d] > into->hi[d] ? other->hi[d] : into->hi[d];
		}
	}
}

/* Joins what node n needs of the values that `which` selects, given n's own region. */
static void propagate(const struct plan *p, const struct phase *ph, uint32_t i, uint64_t which,
		      const struct region *red, struct tile_regions *r)
{
	const struct node *n = &ph->nodes[i];
	struct region in;

	for (unsigned j = 0; j < OP_MAX_ACCESS; j++) {
		uint32_t q = n->producer[j];

		if (q == NONE || !(which >> q & 1))
			continue;
		operand_region(p, n, j, &r->value[i], red, &in);
		join_axes(&r->value[q], &in);
	}
}

static uint64_t chunk_nodes(const struct phase *ph, uint32_t m)
{
	uint64_t mask = 0;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].chunk_of == m)
			mask |= 1ULL << i;
	return mask;
}

/* Of a value that slides, what was made before stays as it is. */
static void cut_made(const struct node *n, int64_t frontier, struct region *value)
{
	int64_t *lo = &value->lo[n->slide_dim], *hi = &value->hi[n->slide_dim];

	*lo = *lo < frontier ? frontier : *lo;
	if (*lo >= *hi)
		*lo = *hi = 0;
}

void phase_regions(const struct plan *p, const struct phase *ph, const struct region *tile,
		   const int64_t *frontier, struct tile_regions *r)
{
	struct region red;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		r->value[i] = (struct region){.n_dims = ph->nodes[i].info.out.n_dims};
	for (uint32_t i = ph->n_nodes; i-- > 0;) {
		const struct node *n = &ph->nodes[i];

		if (n->consumers == 0 || n->is_stored)
			join_axes(&r->value[i], tile);
		if (n->slide_dim >= 0) {
			r->held[i] = r->value[i];
			if (frontier != NULL)
				cut_made(n, frontier[i], &r->value[i]);
		}
		op_whole_red(&n->info, &red);
		propagate(p, ph, i, ~UINT64_C(0), &red, r);
	}
}

void advance_frontier(const struct phase *ph, const struct tile_regions *r, int64_t *frontier)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		int d = ph->nodes[i].slide_dim;

		if (d >= 0 && region_extent(&r->held[i], (unsigned)d) > 0 &&
		    r->held[i].hi[d] > frontier[i])
			frontier[i] = r->held[i].hi[d];
	}
}

/* Bytes of the part of a region that the whole operator touches, holes left out. */
uint64_t stream_dense_bytes(const struct plan *p, const struct phase *ph, const struct stream *s,
			    const struct region *r)
{
	const struct node *n = &ph->nodes[s->node];
	const struct access *a = &n->info.access[s->operand];
	uint64_t elements = 1;
	struct placement place;
	struct region red;

	tensor_placement(p->graph, s->tensor, &place);
	op_whole_red(&n->info, &red);
	for (unsigned d = 0; d < r->n_dims; d++)
		elements *= place.stride[d] == 0 ? region_extent(r, d) > 0
			    : a->axis[d].whole ? (uint64_t)region_extent(r, d)
					     : axis_touched_below(&a->axis[d], &n->info.out, &red,
								  r->hi[d]) -
						       axis_touched_below(&a->axis[d], &n->info.out,
									  &red, r->lo[d]);
	return ceil_div_u64(elements * dtype_bits(p->graph->tensors[s->tensor].dtype), 8);
}

/* Where a view repeats the same bytes, any index names them: the first, padding or not. */
static void settle_repeated(const struct plan *p, uint32_t tensor, struct region *r)
{
	struct placement place;

	if (p->graph->tensors[tensor].view == NO_INDEX)
		return;
	tensor_placement(p->graph, tensor, &place);
	for (unsigned d = 0; d < r->n_dims; d++)
		if (place.stride[d] == 0) {
			r->lo[d] = 0;
			r->hi[d] = 1;
		}
}

void stream_touched_region(const struct plan *p, const struct phase *ph, const struct stream *s,
			   struct region *out)
{
	const struct node *n = &ph->nodes[s->node];
	struct tile_regions r;
	struct region red;

	phase_regions(p, ph, &ph->space, NULL, &r);
	op_whole_red(&n->info, &red);
	operand_region(p, n, s->operand, &r.value[s->node], &red, out);
	settle_repeated(p, s->tensor, out);
}

uint64_t stream_touched_bytes(const struct plan *p, const struct phase *ph, const struct stream *s)
{
	const struct node *n = &ph->nodes[s->node];
	const struct op *op = &p->graph->ops[n->op];
	struct tile_regions r;
	struct region in;

	phase_regions(p, ph, &ph->space, NULL, &r);
	if (n->pass == PASS_FULL && region_equal(&r.value[s->node], &n->info.out))
		return op_touched_bytes(p->graph, op, &n->info, s->operand);
	stream_touched_region(p, ph, s, &in);
	return s->has_holes || s->is_preload ? stream_dense_bytes(p, ph, s, &in)
					     : region_first_bytes(p->graph, s->tensor, &in,
								  s->step);
}

void chunk_regions(const struct plan *p, const struct phase *ph, uint32_t m, uint64_t chunk,
		   struct tile_regions *r)
{
	uint64_t mine = chunk_nodes(ph, m);
	struct region red;

	for (uint32_t i = 0; i < m; i++)
		if (mine >> i & 1)
			r->value[i] = (struct region){.n_dims = ph->nodes[i].info.out.n_dims};
	chunk_red(&ph->nodes[m], chunk, 0, true, &red);
	propagate(p, ph, m, mine, &red, r);
	for (uint32_t i = m; i-- > 0;) {
		if (!(mine >> i & 1))
			continue;
		op_whole_red(&ph->nodes[i].info, &red);
		propagate(p, ph, i, mine, &red, r);
	}
}

void stream_region(const struct plan *p, const struct phase *ph, const struct stream *s,
		   const struct tile_regions *r, uint64_t chunk, uint64_t tap, struct region *out)
{
	const struct node *n = &ph->nodes[s->node];
	struct region red;

	if (s->is_preload) {
		tensor_region(p->graph, s->tensor, out);
		return;
	}
	if (n->is_matrix && n->chunk_of == NONE)
		chunk_red(n, chunk, tap, !s->follows_tap, &red);
	else
		op_whole_red(&n->info, &red);
	operand_region(p, n, s->operand, &r->value[s->node], &red, out);
	settle_repeated(p, s->tensor, out);
}
