/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A region of a tensor, as it lies in memory: contiguous runs and strided repetitions of
 * them, inner ones first, at most three repetitions a transfer.
 */
#include "ir/block.h"

#include <string.h>

const int64_t unit_steps[MAX_DIMS] = {1, 1, 1, 1, 1, 1, 1, 1};

unsigned storage_axes(const struct placement *place, const struct region *r, const int64_t *step,
		      struct storage_axis *axes)
{
	unsigned n = 0;

	for (unsigned d = 0; d < r->n_dims; d++) {
		uint64_t every = (uint64_t)step[d];
		struct storage_axis a = {ceil_div_u64((uint64_t)region_extent(r, d), every),
					 place->stride[d] * every};
		unsigned at = n;

		if (a.extent <= 1 || a.stride == 0)
			continue;
		for (; at > 0 && axes[at - 1].stride > a.stride; at--)
			axes[at] = axes[at - 1];
		axes[at] = a;
		n++;
	}
	return n;
}

uint64_t region_storage_bytes(const struct graph *g, uint32_t tensor, const struct region *r,
			      const int64_t *step)
{
	struct placement place;
	struct storage_axis axes[MAX_DIMS];
	uint64_t elements = 1;
	unsigned n;

	if (region_is_empty(r))
		return 0;
	tensor_placement(g, tensor, &place);
	n = storage_axes(&place, r, step, axes);
	for (unsigned i = 0; i < n; i++)
		elements *= axes[i].extent;
	return ceil_div_u64(elements * dtype_bits(g->tensors[tensor].dtype), 8);
}

void region_blocks(struct blocks *b, const struct graph *g, uint32_t tensor,
		   const struct region *r, const int64_t *step, uint64_t address)
{
	uint64_t bits = dtype_bits(g->tensors[tensor].dtype), run = 1, offset;
	struct placement place;
	struct storage_axis axes[MAX_DIMS];
	unsigned n, i = 0;

	memset(b, 0, sizeof(*b));
	if (region_is_empty(r)) {
		b->is_done = true;
		return;
	}
	tensor_placement(g, tensor, &place);
	n = storage_axes(&place, r, step, axes);
	for (; i < n && axes[i].stride == run; i++)
		run *= axes[i].extent;
	offset = place.offset;
	for (unsigned d = 0; d < r->n_dims; d++)
		offset += (uint64_t)r->lo[d] * place.stride[d];
	b->next.tensor = graph_declared(g, tensor);
	b->next.address = address + offset * bits / 8;
	b->next.run_bytes = ceil_div_u64(run * bits, 8);
	for (unsigned c = 0; c < 3; c++) {
		b->next.count[c] = i < n ? axes[i].extent : 1;
		b->next.stride_bytes[c] = i < n ? axes[i].stride * bits / 8 : 0;
		i += i < n;
	}
	for (; i < n; i++) {
		b->count[b->n_outer] = axes[i].extent;
		b->stride_bytes[b->n_outer++] = axes[i].stride * bits / 8;
	}
}

bool blocks_next(struct blocks *b, struct transfer *out)
{
	unsigned d = 0;

	if (b->is_done)
		return false;
	*out = b->next;
	for (; d < b->n_outer; d++) {
		b->next.address += b->stride_bytes[d];
		if (++b->at[d] < b->count[d])
			break;
		b->next.address -= b->count[d] * b->stride_bytes[d];
		b->at[d] = 0;
	}
	b->is_done = d == b->n_outer;
	return true;
}

uint64_t transfer_bytes(const struct transfer *t)
{
	return t->run_bytes * t->count[0] * t->count[1] * t->count[2];
}
