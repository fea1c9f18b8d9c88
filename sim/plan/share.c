/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operands that several nodes of a phase read alike: unconnected siblings, such as the
 * projections of attention.  One stream brings them, for the node that runs first, and stays
 * on chip until the last has read it; each tile then loads them once.
 */
#include "plan/internal.h"

#include <string.h>

/* Place of a node's stage among those of a tile. */
static uint32_t stage_of(const struct phase *ph, uint32_t i)
{
	for (uint32_t s = 0; s < ph->n_stages; s++)
		if (ph->nodes[i].is_matrix ? ph->stages[s].matrix == i
					   : ph->stages[s].cluster == ph->nodes[i].cluster)
			return s;
	return NONE;
}

/* Node i could share its operands: whole tiles of it run outside of loops and slices. */
static bool can_share(const struct phase *ph, uint32_t i)
{
	const struct node *n = &ph->nodes[i];

	return n->chunk_of == NONE && n->pass != PASS_STATS &&
	       (n->is_matrix || n->cluster != ph->sliced);
}

/* Both need the same region at every tile and chunk. */
static bool reads_alike(const struct phase *ph, const struct stream *a, const struct stream *b)
{
	const struct node *x = &ph->nodes[a->node], *y = &ph->nodes[b->node];

	return a->tensor == b->tensor && a->is_preload == b->is_preload && x->pass == y->pass &&
	       x->is_matrix == y->is_matrix && x->info.n_red == y->info.n_red &&
	       x->info.contract_axis == y->info.contract_axis &&
	       x->info.n_per_block == y->info.n_per_block &&
	       region_equal(&x->info.out, &y->info.out) &&
	       memcmp(x->info.red, y->info.red, x->info.n_red * sizeof(x->info.red[0])) == 0 &&
	       memcmp(&x->info.access[a->operand], &y->info.access[b->operand],
		      sizeof(x->info.access[0])) == 0 &&
	       slide_alike(x, y);
}

/* The stream that can stand for stream b too: of a node whose stage is not behind. */
static uint32_t find_owner(const struct phase *ph, uint32_t b)
{
	const struct stream *s = &ph->streams[b];

	for (uint32_t a = 0; a < ph->n_streams && can_share(ph, s->node); a++) {
		const struct stream *t = &ph->streams[a];

		uint32_t behind = stage_of(ph, s->node), before = stage_of(ph, t->node);

		if (t->node != s->node && can_share(ph, t->node) && reads_alike(ph, t, s) &&
		    (before < behind || (before == behind && t->node < s->node)))
			return a;
	}
	return NONE;
}

static void redirect(struct phase *ph, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		for (unsigned j = 0; j < OP_MAX_ACCESS; j++) {
			uint32_t *s = &ph->nodes[i].stream[j];

			if (*s == from)
				*s = to;
			else if (*s != NONE && *s > from)
				--*s;
		}
}

bool phase_can_share(const struct phase *ph)
{
	for (uint32_t b = 0; b < ph->n_streams; b++)
		if (find_owner(ph, b) != NONE)
			return true;
	return false;
}

void phase_share(struct phase *ph)
{
	for (uint32_t b = (uint32_t)ph->n_streams; b-- > 0;) {
		uint32_t a = find_owner(ph, b);

		if (a == NONE)
			continue;
		ph->streams[a].is_shared |= !ph->streams[a].is_preload;
		redirect(ph, b, a < b ? a : a - 1);
		memmove(&ph->streams[b], &ph->streams[b + 1],
			(--ph->n_streams - b) * sizeof(*ph->streams));
	}
}
