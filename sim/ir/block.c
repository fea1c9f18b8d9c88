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

/* Places in a box of a row order's dimensions, those from d on, that come before `limit`. */
static uint64_t places_below(const struct row_order *rows, const struct shape *s,
			     const struct region *r, unsigned d, uint64_t limit)
{
	unsigned end = rows->first + rows->n_dims;
	uint64_t inside = 1, size = 1, at, n;

	if (d == end)
		return limit > 0;
	for (unsigned k = d + 1; k < end; k++) {
		inside *= (uint64_t)region_extent(r, k);
		size *= s->dims[k];
	}
	at = limit / size;
	n = at <= (uint64_t)r->lo[d] ? 0 : min_u64(at, (uint64_t)r->hi[d]) - (uint64_t)r->lo[d];
	n *= inside;
	if (at >= (uint64_t)r->lo[d] && at < (uint64_t)r->hi[d])
		n += places_below(rows, s, r, d + 1, limit % size);
	return n;
}

uint64_t region_first_bytes(const struct graph *g, uint32_t tensor, const struct region *r,
			    const int64_t *step)
{
	uint64_t bytes = region_storage_bytes(g, tensor, r, step), places = 1;
	struct placement place;

	tensor_placement(g, tensor, &place);
	if (place.rows == NULL || bytes == 0)
		return bytes;
	for (unsigned k = 0; k < place.rows->n_dims; k++)
		places *= (uint64_t)region_extent(r, place.rows->first + k);
	return bytes / places * places_below(place.rows, graph_shape(g, tensor), r,
					     place.rows->first, place.rows->n_blocks);
}

/* Where the row of the place at which b is lies, from the first of the storage. */
static uint64_t row_offset_bytes(const struct blocks *b)
{
	const struct row_order *rows = b->rows;
	uint64_t position = 0;

	for (unsigned k = rows->first; k < rows->first + rows->n_dims; k++)
		position = position * b->place_dims[k] + (uint64_t)b->place[k];
	return row_block(rows, position) * rows->stride * b->element_bits / 8;
}

/* Leaves the rows to the iterator: what remains is one of them. */
static void start_rows(struct blocks *b, const struct graph *g, uint32_t tensor,
		       const struct row_order *rows, struct region *r)
{
	const struct shape *s = graph_shape(g, tensor);

	b->rows = rows;
	b->place_region = *r;
	memcpy(b->place_dims, s->dims, sizeof(b->place_dims));
	memcpy(b->place, r->lo, sizeof(b->place));
	for (unsigned k = rows->first; k < rows->first + rows->n_dims; k++) {
		r->lo[k] = 0;
		r->hi[k] = 1;
	}
}

static bool next_row(struct blocks *b)
{
	const struct row_order *rows = b->rows;
	uint64_t before = rows == NULL ? 0 : row_offset_bytes(b);

	for (unsigned k = rows == NULL ? 0 : rows->first + rows->n_dims;
	     rows != NULL && k-- > rows->first;) {
		if (++b->place[k] < b->place_region.hi[k]) {
			b->next.address += row_offset_bytes(b) - before;
			return true;
		}
		b->place[k] = b->place_region.lo[k];
	}
	return false;
}

void region_blocks(struct blocks *b, const struct graph *g, uint32_t tensor,
		   const struct region *region, const int64_t *step, uint64_t address)
{
	uint64_t bits = dtype_bits(g->tensors[tensor].dtype), run = 1, offset;
	struct region left = *region, *r = &left;
	struct placement place;
	struct storage_axis axes[MAX_DIMS];
	unsigned n, i = 0;

	memset(b, 0, sizeof(*b));
	if (region_is_empty(r)) {
		b->is_done = true;
		return;
	}
	tensor_placement(g, tensor, &place);
	b->element_bits = bits;
	if (place.rows != NULL)
		start_rows(b, g, tensor, place.rows, r);
	n = storage_axes(&place, r, step, axes);
	for (; i < n && axes[i].stride == run; i++)
		run *= axes[i].extent;
	offset = place.offset;
	for (unsigned d = 0; d < r->n_dims; d++)
		offset += (uint64_t)r->lo[d] * place.stride[d];
	b->next.tensor = graph_declared(g, tensor);
	b->next.address = address + offset * bits / 8 + (b->rows ? row_offset_bytes(b) : 0);
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
	b->is_done = d == b->n_outer && !next_row(b);
	return true;
}

uint64_t transfer_bytes(const struct transfer *t)
{
	return t->run_bytes * t->count[0] * t->count[1] * t->count[2];
}
