/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kernel executes and must move, from the operators and the chosen tiles:
 * products with their recomputation, compulsory bytes, on-chip use, the estimate.
 */
#include "base/mem.h"
#include "plan/internal.h"

#include <stdlib.h>
#include <string.h>

/* Do the tiles cut node i's value without overlap, and once each? */
static bool is_cut_exactly(const struct phase *ph, uint32_t i)
{
	const struct node *n = &ph->nodes[i];

	return n->consumers == 0 || n->is_stored || n->cluster == ph->nodes[ph->primary].cluster;
}

/* Dimensions of node i's value that follow one of the grid dimensions in `grid`; of 0, those
 * that follow none. */
static uint32_t dims_following(const struct node *n, uint32_t grid)
{
	uint32_t dims = 0;

	for (unsigned d = 0; d < n->info.out.n_dims; d++)
		if (grid == 0 ? n->dim_follows[d] == 0 : (n->dim_follows[d] & grid) != 0)
			dims |= 1U << d;
	return dims;
}

/* The grid dimensions that a mask makes depend on each other: its rows' and its columns'. */
static uint32_t masked_grid(const struct node *n)
{
	unsigned n_dims = n->info.out.n_dims;

	return n->info.mask_window == 0 ? 0
					: n->dim_follows[n_dims - 2] | n->dim_follows[n_dims - 1];
}

/* What node i's value counts for along `dims` in its product, without what a mask leaves out. */
static uint64_t product_extents(const struct phase *ph, uint32_t i, uint32_t dims,
				const struct tile_regions *r)
{
	const struct op_info *info = &ph->nodes[i].info;
	struct region left = r->value[i], red;
	uint64_t product = 1;

	op_whole_red(info, &red);
	if (dims >> (left.n_dims - 1) & 1)
		op_meet_mask(info, &left);
	for (unsigned d = 0; d < left.n_dims; d++)
		if (dims >> d & 1)
			product *= op_product_extent(info, d, &left, &red);
	return product;
}

/* The same of a tile; in a chunk loop a mask leaves something of each chunk. */
static uint64_t tile_extents(const struct plan *p, const struct phase *ph, uint32_t i,
			     const uint64_t *coordinate, uint32_t dims, int64_t *frontier,
			     struct tile_regions *r)
{
	const struct node *n = &ph->nodes[i];
	uint64_t sum = 0;
	struct region tile;

	tile_region(ph, coordinate, &tile);
	phase_regions(p, ph, &tile, frontier, r);
	if (frontier != NULL)
		advance_frontier(ph, r, frontier);
	if (n->chunk_of == NONE || n->info.mask_window == 0 ||
	    !(dims >> (n->info.out.n_dims - 1) & 1))
		return product_extents(ph, i, dims, r);
	for (uint64_t chunk = 0; chunk < ph->nodes[n->chunk_of].n_chunks; chunk++) {
		chunk_regions(p, ph, n->chunk_of, chunk, r);
		sum += product_extents(ph, i, dims, r);
	}
	return sum;
}

/* Rows that are kept leave node i nothing to make at this tile. */
static bool has_all(const struct plan *p, const struct phase *ph, uint32_t i,
		    const uint64_t *coordinate, const struct tile_regions *r)
{
	struct tile_regions *anew;
	struct region tile;
	bool has;

	if (!region_is_empty(&r->value[i]))
		return false;
	anew = xmalloc(sizeof(*anew));
	tile_region(ph, coordinate, &tile);
	phase_regions(p, ph, &tile, NULL, anew);
	has = !region_is_empty(&anew->value[i]);
	free(anew);
	return has;
}

/* Sum of that over the tiles along `grid`, at the first place of the other grid dimensions. */
static uint64_t sum_along(const struct plan *p, const struct phase *ph, uint32_t i, uint32_t grid,
			  uint32_t dims, struct tile_regions *r)
{
	bool slides = ph->slide >= 0 && (grid >> ph->slide & 1);
	uint64_t coordinate[MAX_DIMS] = {0}, sum = 0;
	int64_t frontier[MAX_NODES];
	unsigned g;

	do {
		uint64_t extents;

		if (slides && coordinate[ph->slide] % ph->tiling.strip_tiles == 0)
			for (unsigned n = 0; n < MAX_NODES; n++)
				frontier[n] = INT64_MIN;
		extents = tile_extents(p, ph, i, coordinate, dims, slides ? frontier : NULL, r);
		sum += slides && has_all(p, ph, i, coordinate, r) ? 0 : extents;
		for (g = 0; g < ph->space.n_dims; g++) {
			if (!(grid >> g & 1))
				continue;
			if (++coordinate[g] < ph->tiling.grid[g])
				break;
			coordinate[g] = 0;
		}
	} while (g < ph->space.n_dims);
	return sum;
}

/* Products of node i over all tiles; each dimension follows one grid dimension. */
static uint64_t computed_macs(const struct plan *p, const struct phase *ph, uint32_t i)
{
	const struct node *n = &ph->nodes[i];
	struct tile_regions *r = xmalloc(sizeof(*r));
	uint32_t masked = masked_grid(n), fixed = dims_following(n, 0);
	uint64_t extents;
	struct region red;

	if (n->info.mask_window > 0) { /* rows and columns go together, whatever they follow */
		uint32_t both = 3U << (n->info.out.n_dims - 2);

		fixed &= ~both;
		both |= masked == 0 ? 0 : dims_following(n, masked);
		extents = sum_along(p, ph, i, masked, both, r) * sum_along(p, ph, i, 0, fixed, r);
	} else {
		extents = sum_along(p, ph, i, 0, fixed, r);
	}
	for (unsigned g = 0; g < ph->space.n_dims; g++)
		if (!(masked >> g & 1))
			extents *= sum_along(p, ph, i, 1U << g, dims_following(n, 1U << g), r);
	free(r);
	op_whole_red(&n->info, &red);
	return extents * op_product_depth(&n->info, &red);
}

static void add_macs(const struct plan *p, const struct phase *ph, uint32_t i, struct kernel *k)
{
	const struct node *n = &ph->nodes[i];
	uint64_t percent = machine_macs_per_cycle_percent(p->machine, n->info.matrix_dtype);
	uint64_t macs = n->info.macs;

	if (!is_cut_exactly(ph, i) || n->info.mask_window > 0)
		macs = computed_macs(p, ph, i);
	k->executed_macs += macs;
	k->rate_cycles_x100 += mul_div_u64(macs, 10000, percent * p->machine->core_count);
}

/* Bytes of an outside tensor that the kernel needs: of the phase that reads it first. */
static void add_reads(const struct plan *p, struct kernel_plan *k)
{
	for (size_t i = 0; i < k->n_phases; i++) {
		const struct phase *ph = &k->phases[i];

		for (size_t j = 0; j < ph->n_streams; j++) {
			const struct stream *s = &ph->streams[j];
			struct region touched;

			if (s->cause != TRAFFIC_COMPULSORY)
				continue;
			stream_touched_region(p, ph, s, &touched);
			k->info.compulsory_bytes +=
				stream_touched_bytes(p, ph, s) - stream_known_bytes(p, s, &touched);
		}
	}
}

static void add_writes(const struct plan *p, struct kernel_plan *k)
{
	const struct graph *g = p->graph;

	for (size_t i = 0; i < k->info.n_ops; i++) {
		const struct op *op = &g->ops[k->ops[i]];

		for (unsigned j = 0; j < op->n_outputs; j++)
			if (plan_needed_outside(p, op_output(g, op, j), (uint32_t)(k - p->kernels)))
				k->info.compulsory_bytes += op_written_bytes(g, op, j);
	}
}

static void note_stored(struct kernel_plan *k, const struct phase *ph)
{
	for (size_t i = 0; i < k->info.n_ops; i++)
		for (uint32_t n = 0; n < ph->n_nodes; n++)
			if (ph->nodes[n].op == k->ops[i] && ph->nodes[n].is_stored)
				k->stored |= UINT64_C(1) << i;
}

static uint64_t barriers_cycles(const struct plan *p, const struct kernel_plan *k)
{
	return (k->n_phases - 1) *
	       mul_div_u64(p->machine->noc_barrier_cycles, p->machine->core_hz, p->machine->noc_hz);
}

void kernel_estimate_queued(const struct plan *p, struct kernel_plan *k, uint64_t *queued_cycles)
{
	bool is_last = k + 1 == p->kernels + p->n_kernels;

	k->info.estimate_cycles = barriers_cycles(p, k);
	for (size_t i = 0; i < k->n_phases; i++)
		k->info.estimate_cycles +=
			phase_estimate_queued(p, &k->phases[i], is_last && i + 1 == k->n_phases,
					      queued_cycles);
}

void kernel_totals(const struct plan *p, struct kernel_plan *k)
{
	for (size_t i = 0; i < k->info.n_ops; i++) {
		struct op_info info;

		op_describe(p->graph, k->ops[i], &info);
		k->info.macs += info.macs;
		k->info.vector_ops += info.vector_ops;
		k->info.ideal_bytes += op_ideal_bytes(p->graph, k->ops[i]);
	}
	add_reads(p, k);
	add_writes(p, k);
	k->info.estimate_cycles = barriers_cycles(p, k);
	for (size_t i = 0; i < k->n_phases; i++) {
		const struct phase *ph = &k->phases[i];

		for (uint32_t n = 0; n < ph->n_nodes; n++)
			if (ph->nodes[n].is_matrix)
				add_macs(p, ph, n, &k->info);
		note_stored(k, ph);
		k->info.estimate_cycles += ph->tiling.estimate_cycles;
		k->info.estimate_bytes += phase_hbm_bytes(p, ph);
		k->info.spad_bytes = max_u64(k->info.spad_bytes, ph->tiling.spad_bytes);
	}
}
