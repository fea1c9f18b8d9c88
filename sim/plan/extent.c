/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How large things get under a tiling: the largest extent of every value and stream over
 * all tiles, whatever the tile's place, and the buffers that hold them.  Decides which
 * operands stay on chip: first what saves most bytes for the space it takes.
 */
#include "base/mem.h"
#include "plan/internal.h"

#include <string.h>

#define SPAD_ALIGN 64
#define MAX_RING 4  /* slots of a stream are at most this many times scratchpad.buffering */
#define SUM_BYTES 4 /* accumulation is f32 or i32 */

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
static void operand_extent(const struct plan *p, const struct node *n, const int64_t *of, unsigned j,
			   bool chunked, bool tapped, int64_t *extent)
{
	const struct access *a = &n->info.access[j];
	const struct shape *s = graph_shape(p->graph, op_operand(p->graph, &p->graph->ops[n->op], j));
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
static void stream_box(const struct plan *p, const struct phase *ph, const struct stream *s,
		       const int64_t *of, int64_t *extent)
{
	const struct shape *shape = graph_shape(p->graph, s->tensor);
	struct placement place;

	tensor_placement(p->graph, s->tensor, &place);
	memset(extent, 0, MAX_DIMS * sizeof(*extent));
	if (s->is_preload)
		for (unsigned d = 0; d < shape->n_dims; d++)
			extent[d] = shape->dims[d];
	else
		operand_extent(p, &ph->nodes[s->node], of, s->operand, true, s->follows_tap, extent);
	for (unsigned d = 0; d < shape->n_dims; d++) {
		extent[d] = place.stride[d] == 0 ? 1 : (extent[d] + s->step[d] - 1) / s->step[d];
		if (stream_follows_slice(ph, s) &&
		    (s->dim_follows[d] >> ph->tiling.slice_dim & 1) &&
		    extent[d] > (int64_t)ph->tiling.slice)
			extent[d] = (int64_t)ph->tiling.slice;
	}
}

static void stream_extents(const struct plan *p, struct phase *ph, struct stream *s)
{
	const struct node *n = &ph->nodes[s->node];

	stream_box(p, ph, s, n->extent, s->extent);
	stream_box(p, ph, s, n->work, s->work);
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

void phase_extents(const struct plan *p, struct phase *ph)
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
			operand_extent(p, n, n->extent, j, chunked, false, q->extent);
			operand_extent(p, n, n->work, j, chunked, false, q->work);
		}
	}
	for (size_t i = 0; i < ph->n_streams; i++)
		stream_extents(p, ph, &ph->streams[i]);
}

uint64_t phase_extent_bytes(const struct plan *p, uint32_t tensor, const int64_t *extent)
{
	const struct shape *s = graph_shape(p->graph, tensor);
	uint64_t elements = 1;

	for (unsigned d = 0; d < s->n_dims; d++)
		elements *= (uint64_t)extent[d];
	return ceil_div_u64(elements * dtype_bits(p->graph->tensors[tensor].dtype), 8);
}

static uint32_t add_buffer(struct phase *ph, enum onchip memory, uint32_t tensor, uint64_t bytes,
			   uint64_t slots)
{
	GROW(ph->buffers, ph->n_buffers, ph->buffers_capacity);
	ph->buffers[ph->n_buffers] = (struct buffer){
		.memory = (uint8_t)memory,
		.tensor = tensor,
		.slot_bytes = round_up_u64(bytes, SPAD_ALIGN),
		.slots = slots,
	};
	return (uint32_t)ph->n_buffers++;
}

static uint64_t used_bytes(const struct phase *ph, enum onchip memory)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ph->n_buffers; i++)
		if (ph->buffers[i].memory == memory)
			sum += ph->buffers[i].slot_bytes * ph->buffers[i].slots;
	return sum;
}

/* Loops that a stream's region follows, as the core walks them. */
static bool follows_spatial(const struct phase *ph, uint32_t grid_mask)
{
	uint32_t channel = ph->tiling.channel_dim < 0 ? 0 : 1U << ph->tiling.channel_dim;
	uint32_t cut = 0;

	for (unsigned d = 0; d < ph->space.n_dims; d++)
		cut |= ph->tiling.grid[d] > 1 ? 1U << d : 0;
	return (grid_mask & cut & ~channel) != 0;
}

static bool follows_channel(const struct phase *ph, uint32_t grid_mask)
{
	return ph->tiling.channel_dim >= 0 && ph->tiling.channel_tiles > 1 &&
	       (grid_mask >> ph->tiling.channel_dim & 1);
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
	} else if (s->keeps_chunks || s->is_shared || l.chunks == 1) {
		*inner = l.follows_inner ? l.inner : 1;
		*outer = l.follows_outer || (*inner > 1) ? l.outer : 1;
	} else {
		*outer = l.outer;
		*inner = l.inner;
	}
}

uint64_t stream_core_loads(const struct phase *ph, const struct stream *s)
{
	uint64_t outer, inner;

	if (s->is_resident)
		return 0;
	loop_loads(ph, s, &outer, &inner);
	return outer * inner * (s->is_preload ? 1 : stream_loops(ph, s).chunks);
}

uint64_t stream_device_loads(const struct plan *p, const struct phase *ph, const struct stream *s)
{
	const struct tiling *t = &ph->tiling;
	bool multicast = p->machine->noc_multicast == NOC_MULTICAST_ON;
	uint64_t outer, inner, spatial, channel;

	if (s->is_resident)
		return 0;
	loop_loads(ph, s, &outer, &inner);
	spatial = t->channel_outer ? inner : outer;
	channel = t->channel_outer ? outer : inner;
	spatial = follows_spatial(ph, s->grid_mask)
			  ? t->spatial_tiles
			  : spatial * (multicast ? 1 : min_u64(t->rows, tiling_strips(t)));
	channel = follows_channel(ph, s->grid_mask) ? t->channel_tiles
						    : channel * (multicast ? 1 : t->columns);
	return spatial * channel * (s->is_preload ? 1 : stream_loops(ph, s).chunks);
}

/* Bytes of a value that are held at a time: a slice of it in the sliced cluster. */
static uint64_t held_bytes(const struct plan *p, const struct phase *ph, const struct node *n)
{
	int64_t extent[MAX_DIMS];

	memcpy(extent, n->extent, sizeof(extent));
	if (n->cluster == ph->sliced && ph->tiling.slice_dim >= 0)
		extent[ph->tiling.slice_dim] = (int64_t)ph->tiling.slice;
	return phase_extent_bytes(p, node_tensor(p, n), extent);
}

/* What an online node keeps of each row. */
static uint64_t state_bytes(const struct node *n)
{
	uint64_t rows = 1;

	for (unsigned d = 0; d < n->info.out.n_dims; d++)
		rows *= n->info.access[0].axis[d].whole ? 1 : (uint64_t)n->extent[d];
	return rows * n->info.online.state * SUM_BYTES;
}

static void add_sums(const struct plan *p, struct phase *ph, struct node *n)
{
	enum onchip memory = p->machine->acc_bytes > 0 ? ONCHIP_ACC : ONCHIP_SPAD;
	uint32_t t = node_tensor(p, n);
	uint64_t bytes = phase_extent_bytes(p, t, n->extent), bits;

	bits = dtype_bits(p->graph->tensors[t].dtype);
	if (n->is_matrix)
		n->sums = add_buffer(ph, memory, t, ceil_div_u64(bytes * 8, bits) * SUM_BYTES, 1);
	else
		n->sums = add_buffer(ph, ONCHIP_SPAD, t, state_bytes(n), p->machine->buffering);
	ph->buffers[n->sums].is_sums = true;
}

/* A slot a row: those that a tile needs, and for each further one at work what it adds. */
static uint32_t add_ring(const struct plan *p, struct phase *ph, uint32_t tensor,
			 const int64_t *extent, int dim, int64_t rows, uint64_t chunks)
{
	int64_t row[MAX_DIMS];
	uint32_t ring;

	memcpy(row, extent, sizeof(row));
	row[dim] = 1;
	ring = add_buffer(ph, ONCHIP_SPAD, tensor, phase_extent_bytes(p, tensor, row),
			  chunks * ((uint64_t)extent[dim] +
				    (uint64_t)rows * (p->machine->buffering - 1)));
	ph->buffers[ring].is_ring = true;
	return ring;
}

static void add_stream_buffer(const struct plan *p, struct phase *ph, struct stream *s)
{
	uint64_t kept = s->is_shared ? stream_loops(ph, s).chunks : 1;

	s->keeps_all = s->keeps_chunks = false;
	if (stream_slides(ph, s))
		s->buffer = add_ring(p, ph, s->tensor, s->extent, s->slide_dim,
				     stream_slide_rows(ph, s), stream_loops(ph, s).chunks);
	else
		s->buffer = add_buffer(ph, ONCHIP_SPAD, s->tensor,
				       phase_extent_bytes(p, s->tensor, s->extent),
				       kept * min_u64(p->machine->buffering,
						      stream_core_loads(ph, s) / kept));
}

static void add_value_buffer(const struct plan *p, struct phase *ph, struct node *n)
{
	if (n->slide_dim >= 0)
		n->buffer = add_ring(p, ph, node_tensor(p, n), n->extent, n->slide_dim,
				     node_slide_rows(ph, n), 1);
	else
		n->buffer = add_buffer(ph, ONCHIP_SPAD, node_tensor(p, n), held_bytes(p, ph, n),
				       p->machine->buffering);
}

/* Buffers at the least: every stream and value just deep enough to overlap. */
static void least_buffers(const struct plan *p, struct phase *ph)
{
	ph->n_buffers = ph->takes_resident ? 1 : 0; /* buffers[0] comes from the phase before */
	for (size_t i = 0; i < ph->n_streams; i++)
		if (!ph->streams[i].is_resident)
			add_stream_buffer(p, ph, &ph->streams[i]);
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		struct node *n = &ph->nodes[i];

		if (n->is_buffered)
			add_value_buffer(p, ph, n);
		if (n->is_matrix || n->pass == PASS_ONLINE)
			add_sums(p, ph, n);
	}
}

/* Slots with which stream s would be loaded less often: of all that the core needs, or of
 * the chunks of an outer step.  0: no gain. */
static uint64_t keeping_slots(const struct plan *p, const struct phase *ph, struct stream *s,
			      bool all)
{
	struct loops l = stream_loops(ph, s);

	if (all)
		return l.follows_outer ? 0 : l.chunks * (l.follows_inner ? l.inner : 1);
	if (l.follows_inner || l.chunks == 1 || l.inner == 1)
		return 0;
	return l.chunks * (l.follows_outer ? min_u64(p->machine->buffering, l.outer) : 1);
}

/* HBM bytes that keeping saves. */
static uint64_t keeping_saves(const struct plan *p, const struct phase *ph, struct stream *s,
			      bool all)
{
	uint64_t now = stream_device_loads(p, ph, s), core_now = stream_core_loads(ph, s), then,
		 core_then;
	bool chunks = s->keeps_chunks, whole = s->keeps_all;

	s->keeps_all = all;
	s->keeps_chunks = !all;
	then = stream_device_loads(p, ph, s);
	core_then = stream_core_loads(ph, s);
	s->keeps_chunks = chunks;
	s->keeps_all = whole;
	return ((now - then) * 4 + (core_now - core_then)) * ph->buffers[s->buffer].slot_bytes;
}

/* The best next operand to keep: most bytes saved; false when nothing more fits or gains. */
static bool keep_one(const struct plan *p, struct phase *ph, uint64_t spad_bytes)
{
	uint64_t best = 0, best_slots = 0, used = used_bytes(ph, ONCHIP_SPAD);
	struct stream *choice = NULL;
	bool choice_all = false;

	for (size_t i = 0; i < ph->n_streams; i++)
		for (int all = 0; all < 2; all++) {
			struct stream *s = &ph->streams[i];
			uint64_t slots, saves;
			const struct buffer *b;

			if (s->is_preload || s->is_resident || s->keeps_all ||
			    s->is_shared || stream_slides(ph, s) || (s->keeps_chunks && !all))
				continue;
			b = &ph->buffers[s->buffer];
			slots = keeping_slots(p, ph, s, all);
			if (slots == 0 ||
			    used - b->slots * b->slot_bytes + slots * b->slot_bytes > spad_bytes)
				continue;
			saves = keeping_saves(p, ph, s, all);
			if (saves > best) {
				best = saves;
				best_slots = slots;
				choice = s;
				choice_all = all;
			}
		}
	if (choice == NULL)
		return false;
	choice->keeps_all = choice_all;
	choice->keeps_chunks = !choice_all;
	ph->buffers[choice->buffer].slots = best_slots;
	return true;
}

/* A second set of sums lets the next tile's products start while the first set drains. */
static void double_sums(const struct plan *p, struct phase *ph, uint64_t sums_bytes)
{
	if (p->machine->buffering < 2 || p->machine->acc_bytes == 0)
		return;
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		struct buffer *b;

		if (!ph->nodes[i].is_matrix)
			continue;
		b = &ph->buffers[ph->nodes[i].sums];
		if (used_bytes(ph, ONCHIP_ACC) + b->slot_bytes <= sums_bytes)
			b->slots = 2;
	}
}

/* One more slot for every stream that is loaded again and again, if all of them fit. */
static bool deepen_rings(const struct plan *p, struct phase *ph, uint64_t spad_bytes)
{
	uint64_t more = 0;
	bool any = false;

	for (int apply = 0; apply < 2; apply++) {
		for (size_t i = 0; i < ph->n_streams; i++) {
			const struct stream *s = &ph->streams[i];
			struct buffer *b;

			if (s->is_preload || s->is_resident || s->keeps_all || s->keeps_chunks ||
			    s->is_shared || stream_slides(ph, s))
				continue;
			b = &ph->buffers[s->buffer];
			if (b->slots >= MAX_RING * p->machine->buffering ||
			    stream_core_loads(ph, s) <= b->slots)
				continue;
			any = true;
			if (apply)
				b->slots++;
			else
				more += b->slot_bytes;
		}
		if (!any || used_bytes(ph, ONCHIP_SPAD) + (apply ? 0 : more) > spad_bytes)
			return false;
	}
	return true;
}

bool phase_buffers(const struct plan *p, struct phase *ph, uint64_t spad_bytes, uint64_t sums_bytes)
{
	bool fits;

	least_buffers(p, ph);
	fits = used_bytes(ph, ONCHIP_SPAD) <= spad_bytes &&
	       used_bytes(ph, ONCHIP_ACC) <= sums_bytes;
	if (fits) {
		while (!ph->tiling.keeps_nothing && keep_one(p, ph, spad_bytes))
			;
		while (p->machine->buffering > 1 && deepen_rings(p, ph, spad_bytes))
			;
		double_sums(p, ph, sums_bytes);
	}
	ph->tiling.spad_bytes = used_bytes(ph, ONCHIP_SPAD);
	ph->tiling.sums_bytes = used_bytes(ph, ONCHIP_ACC);
	return fits;
}
