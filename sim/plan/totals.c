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

/* Product of the extents of the dimensions of node i that follow exactly `grid` (0: none). */
static uint64_t extents_following(const struct phase *ph, const struct tile_regions *r, uint32_t i,
				  uint32_t grid)
{
	uint64_t product = 1;

	for (unsigned d = 0; d < r->value[i].n_dims; d++)
		if (ph->nodes[i].dim_follows[d] == grid)
			product *= (uint64_t)region_extent(&r->value[i], d);
	return product;
}

/* Elements of node i computed over all tiles; each dimension follows one grid dimension. */
static uint64_t computed_elements(const struct plan *p, const struct phase *ph, uint32_t i)
{
	uint64_t coordinate[MAX_DIMS] = {0}, elements;
	struct tile_regions *r = xmalloc(sizeof(*r));
	struct region tile;

	tile_region(ph, coordinate, &tile);
	phase_regions(p, ph, &tile, r);
	elements = extents_following(ph, r, i, 0);
	for (unsigned g = 0; g < ph->space.n_dims; g++) {
		uint64_t sum = 0;

		for (coordinate[g] = 0; coordinate[g] < ph->tiling.grid[g]; coordinate[g]++) {
			tile_region(ph, coordinate, &tile);
			phase_regions(p, ph, &tile, r);
			sum += extents_following(ph, r, i, 1U << g);
		}
		coordinate[g] = 0;
		elements *= sum;
	}
	free(r);
	return elements;
}

static void add_macs(const struct plan *p, const struct phase *ph, uint32_t i, struct kernel *k)
{
	const struct node *n = &ph->nodes[i];
	uint64_t percent = machine_macs_per_cycle_percent(p->machine, n->info.matrix_dtype);
	uint64_t macs = n->info.macs;

	if (!is_cut_exactly(ph, i))
		macs = mul_div_u64(computed_elements(p, ph, i), n->info.macs,
				   region_elements(&n->info.out));
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
			k->info.compulsory_bytes += stream_touched_bytes(p, ph, s) -
						    stream_known_bytes(p, s, &touched);
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
				k->info.compulsory_bytes += tensor_bytes(g, op_output(g, op, j));
	}
}

static void note_stored(struct kernel_plan *k, const struct phase *ph)
{
	for (size_t i = 0; i < k->info.n_ops; i++)
		for (uint32_t n = 0; n < ph->n_nodes; n++)
			if (ph->nodes[n].op == k->ops[i] && ph->nodes[n].is_stored)
				k->stored |= UINT64_C(1) << i;
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
	for (size_t i = 0; i < k->n_phases; i++) {
		const struct phase *ph = &k->phases[i];

		for (uint32_t n = 0; n < ph->n_nodes; n++)
			if (ph->nodes[n].is_matrix)
				add_macs(p, ph, n, &k->info);
		note_stored(k, ph);
		k->info.estimate_cycles += ph->tiling.estimate_cycles;
		k->info.spad_bytes = max_u64(k->info.spad_bytes, ph->tiling.spad_bytes);
	}
}
