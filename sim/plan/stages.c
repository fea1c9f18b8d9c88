/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which order a tile's products and clusters run, and those of each chunk loop: whatever
 * is ready, the smallest node first.
 */
#include "base/mem.h"
#include "plan/internal.h"

static uint64_t matrix_mask(const struct phase *ph)
{
	uint64_t mask = 0;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		mask |= (uint64_t)ph->nodes[i].is_matrix << i;
	return mask;
}

/* All that the given nodes need of other nodes is in `done` (products by their node bit,
 * values of clusters by all members). */
static bool is_ready(const struct phase *ph, uint64_t nodes, uint64_t done)
{
	uint64_t need = 0;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (nodes >> i & 1)
			need |= ph->nodes[i].ancestors;
	return (need & ~nodes & ~done) == 0;
}

static bool needs_product(const struct phase *ph, uint32_t i, uint64_t products)
{
	return ph->nodes[i].is_matrix && !(products >> i & 1);
}

/* One more stage of a loop, or of the tile, that can run now: the matrix node or cluster with
 * the smallest node. */
static bool order_next(struct phase *ph, uint32_t loop, uint64_t *products, uint64_t *done)
{
	struct stage *next = &ph->stages[ph->n_stages + ph->n_loop_stages];

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		struct node *n = &ph->nodes[i];
		uint64_t cluster = phase_cluster(ph, n->cluster);
		uint64_t matrices = cluster & matrix_mask(ph);

		if (n->chunk_of != loop || (*done >> i & 1))
			continue;
		if (needs_product(ph, i, *products) && is_ready(ph, 1ULL << i, *done)) {
			*next = (struct stage){i, NONE, loop};
			*products |= 1ULL << i;
			return true;
		}
		if ((matrices & ~*products) == 0 && is_ready(ph, cluster, *done)) {
			*next = (struct stage){NONE, n->cluster, loop};
			*done |= cluster;
			return true;
		}
	}
	return false;
}

/* What a loop's nodes need of the tile is there when the loop runs. */
static void order_loop(struct phase *ph, uint32_t loop)
{
	uint64_t products = 0, done = 0;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].chunk_of != loop)
			done |= 1ULL << i;
	while (order_next(ph, loop, &products, &done))
		ph->n_loop_stages++;
	BUG_ON((~done & ((UINT64_C(2) << (ph->n_nodes - 1)) - 1)) != 0);
}

void phase_order(struct phase *ph)
{
	uint64_t products = 0, done = 0;

	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].chunk_of != NONE)
			done |= 1ULL << i; /* runs inside its matrix node's stage */
	ph->stages = xcalloc(2 * (size_t)ph->n_nodes + 1, sizeof(*ph->stages));
	while (order_next(ph, NONE, &products, &done))
		ph->n_stages++;
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (!(done >> i & 1))
			BUG("stage order: node %u never ready", i);
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if (ph->nodes[i].is_matrix && ph->nodes[i].chunk_of == NONE)
			order_loop(ph, i);
}
