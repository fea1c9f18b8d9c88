/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where every value of a phase lies relative to the tile.  A value with several readers is
 * held as the box that all of them need; that box stays small only if, dimension by
 * dimension, they all follow the same tiles at the same pace.  Readers that do not (both
 * operands of a product with itself) are in conflict: the value has to go through HBM.
 */
#include "plan/internal.h"

#include <string.h>

/* Paces and distances beyond these are no business of a tile. */
#define MAX_SLOPE INT32_MAX
#define MAX_DISTANCE (INT64_C(1) << 40)

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && a < 0);
}

static bool is_whole(const struct reach *r, int64_t dim)
{
	return r->grid == REACH_FIXED && r->lo <= 0 && r->hi >= dim - 1;
}

static struct reach fixed(int64_t lo, int64_t hi)
{
	return (struct reach){
		.is_seen = true, .grid = REACH_FIXED, .num = 0, .den = 1, .lo = lo, .hi = hi};
}

static struct reach follows(int8_t grid)
{
	return (struct reach){.is_seen = true, .grid = grid, .num = 1, .den = 1};
}

/* The reach of an axis that looks at the indices of `from`; false if it goes too far. */
static bool step_back(const struct axis_access *a, const struct reach *from, struct reach *to)
{
	uint64_t num = (uint64_t)from->num * (uint64_t)a->out_mul;
	uint64_t den = (uint64_t)from->den * (uint64_t)a->out_div;
	uint64_t common = from->grid == REACH_FIXED ? 1 : gcd_u64(num, den);

	*to = *from;
	to->is_joined = false;
	if (from->grid == REACH_FIXED) {
		to->lo = floor_div(from->lo + a->out_bias, a->out_div) * a->out_mul;
		to->hi = floor_div(from->hi + a->out_bias, a->out_div) * a->out_mul;
		return true;
	}
	to->num = (uint32_t)(num / common);
	to->den = (uint32_t)(den / common);
	to->lo = floor_div((from->lo + a->out_bias - (a->out_div - 1)) * a->out_mul, a->out_div);
	to->hi = -floor_div(-(from->hi + a->out_bias) * a->out_mul, a->out_div);
	return num / common <= MAX_SLOPE && den / common <= MAX_SLOPE;
}

static void add_points(const struct node *n, const struct axis_access *a, struct reach *to)
{
	int64_t last = a->red_dim < 0 ? 0 : ((int64_t)n->info.red[a->red_dim] - 1) * a->red_mul;

	to->lo += a->offset + (last < 0 ? last : 0);
	to->hi += a->offset + (last > 0 ? last : 0);
}

/* The last tap of a turned window looks furthest back, before the stride divides. */
static bool step_back_undone(const struct node *n, const struct axis_access *a,
			     const struct reach *from, struct reach *to)
{
	int64_t back = ((int64_t)n->info.red[a->red_dim] - 1) * a->red_mul;
	bool ok = step_back(a, from, to);

	to->lo = floor_div(from->lo + a->out_bias - back, a->out_div);
	return ok;
}

/* Reach of dimension d of operand j, made by node q. */
static bool operand_reach(const struct node *n, unsigned j, unsigned d, const struct node *q,
			  int64_t dim, struct reach *to)
{
	const struct access *a = &n->info.access[j];
	const struct axis_access *x = &a->axis[d];
	bool chunked = n->is_matrix && n->chunk_of == NONE && q->chunk_of != NONE && x->out_dim < 0 && x->red_dim >= 0 &&
		       x->red_dim == n->info.contract_axis;
	bool ok = true;

	if (a->is_normalised && n->pass != PASS_FULL) {
		*to = n->reach[d];
		to->is_joined = false;
	} else if (dim == 1 || (x->whole && (x->block <= 1 || x->out_dim < 0))) {
		*to = fixed(0, dim - 1);
	} else if (x->whole) {
		*to = n->reach[x->out_dim];
		to->is_joined = false;
		to->lo -= x->block - 1;
		to->hi += x->block - 1;
	} else if (chunked) {
		*to = follows(REACH_CHUNK);
		to->num = (uint32_t)x->red_mul;
		to->lo = to->hi = x->offset;
	} else if (x->out_dim < 0) {
		*to = fixed(0, 0);
		add_points(n, x, to);
	} else if (x->undoes) {
		ok = step_back_undone(n, x, &n->reach[x->out_dim], to);
	} else {
		ok = step_back(x, &n->reach[x->out_dim], to);
		add_points(n, x, to);
	}
	if (is_whole(to, dim))
		*to = fixed(0, dim - 1);
	return ok && to->lo > -MAX_DISTANCE && to->hi < MAX_DISTANCE;
}

/* Does the reach of a reader, node n, lie beyond the value's dimension for its first or its last
 * tile or chunk? */
static bool leaves(const struct phase *ph, const struct node *n, const struct reach *r,
		   int64_t dim)
{
	const struct op_info *m = r->grid != REACH_CHUNK ? NULL
				  : n->is_matrix	 ? &n->info
							 : &ph->nodes[n->chunk_of].info;
	int64_t extent;

	if (r->grid == REACH_FIXED)
		return false;
	extent = m == NULL ? ph->space.hi[r->grid] : (int64_t)m->red[m->contract_axis];
	return r->hi < 0 || (extent - 1) * r->num / r->den + r->lo >= dim;
}

/*
 * False if no box of bounded size, moving with the tiles, holds both; or if the box would jump
 * back, where one of two readers that look differently far has nothing to look at.
 */
static bool join(struct reach *into, const struct reach *r, int64_t dim)
{
	bool same;

	if (!into->is_seen) {
		*into = *r;
		return true;
	}
	if (is_whole(into, dim) || is_whole(r, dim)) {
		bool joined = is_whole(into, dim) != is_whole(r, dim);

		*into = fixed(0, dim - 1);
		into->is_joined = joined;
		return true;
	}
	same = into->lo == r->lo && into->hi == r->hi;
	if (into->grid != r->grid || into->num != r->num || into->den != r->den)
		return false;
	into->is_joined |= !same;
	into->leaves |= r->leaves;
	if (into->is_joined && into->leaves)
		return false;
	into->lo = r->lo < into->lo ? r->lo : into->lo;
	into->hi = r->hi > into->hi ? r->hi : into->hi;
	return true;
}

/* What is stored is cut by the tiles, and held as they cut it. */
static bool is_tile(const struct node *q)
{
	for (unsigned d = 0; d < q->info.out.n_dims; d++) {
		const struct reach *r = &q->reach[d];

		if (q->info.out.hi[d] > 1 && (r->grid != (int8_t)d || r->num != 1 || r->den != 1 ||
					      r->lo != 0 || r->hi != 0))
			return false;
	}
	return true;
}

static bool join_operand(const struct phase *ph, struct node *n, unsigned j, struct node *q)
{
	for (unsigned d = 0; d < q->info.out.n_dims; d++) {
		struct reach r;

		if (!operand_reach(n, j, d, q, q->info.out.hi[d], &r))
			return false;
		r.leaves = leaves(ph, n, &r, q->info.out.hi[d]);
		if (!join(&q->reach[d], &r, q->info.out.hi[d]))
			return false;
	}
	return !q->is_stored || is_tile(q);
}

static void reach_tile(struct node *n)
{
	for (unsigned d = 0; d < n->info.out.n_dims; d++)
		n->reach[d] = n->info.out.hi[d] == 1 ? fixed(0, 0) : follows((int8_t)d);
}

void phase_reaches(struct phase *ph)
{
	ph->conflict_reader = ph->conflict_maker = NONE;
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		memset(ph->nodes[i].reach, 0, sizeof(ph->nodes[i].reach));
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].consumers == 0 || ph->nodes[i].is_stored)
			reach_tile(&ph->nodes[i]);
	for (uint32_t i = ph->n_nodes; i-- > 0;) {
		struct node *n = &ph->nodes[i];

		for (unsigned j = 0; j < OP_MAX_ACCESS; j++) {
			struct node *q = n->producer[j] == NONE ? NULL : &ph->nodes[n->producer[j]];

			if (q == NULL || join_operand(ph, n, j, q))
				continue;
			ph->conflict_reader = n->op;
			ph->conflict_maker = q->op;
			return;
		}
	}
}

int64_t reach_extent(const struct phase *ph, const struct node *n, unsigned d)
{
	const struct reach *r = &n->reach[d];
	int64_t tile, extent;

	if (!r->is_joined)
		return 0;
	tile = r->grid == REACH_FIXED   ? 1
	       : r->grid == REACH_CHUNK ? (int64_t)ph->nodes[n->chunk_of].chunk
					: (int64_t)ph->tiling.tile[r->grid];
	extent = r->hi - r->lo + 1 + (tile - 1) * r->num / r->den;
	return extent < n->info.out.hi[d] ? extent : n->info.out.hi[d];
}
