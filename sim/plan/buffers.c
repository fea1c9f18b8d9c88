/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The buffers of a phase under its tiling, once its extents are set.  Decides which operands stay
 * on chip: first what saves most bytes for the space it takes; the rest goes to deeper rings.
 */
#include "base/mem.h"
#include "plan/internal.h"

#include <string.h>

#define SPAD_ALIGN 64
#define MAX_RING 4  /* slots of a stream are at most this many times scratchpad.buffering */
#define SUM_BYTES 4 /* accumulation is f32 or i32 */

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

/* Of a product. */
static uint64_t sums_bytes_of(const struct plan *p, const struct node *n)
{
	uint32_t t = node_tensor(p, n);
	uint64_t bits = dtype_bits(p->graph->tensors[t].dtype);

	return ceil_div_u64(phase_extent_bytes(p, t, n->extent) * 8, bits) * SUM_BYTES;
}

static void add_sums(const struct plan *p, struct phase *ph, struct node *n)
{
	enum onchip memory = p->machine->acc_bytes > 0 ? ONCHIP_ACC : ONCHIP_SPAD;
	uint32_t t = node_tensor(p, n);

	if (n->is_matrix)
		n->sums = add_buffer(ph, memory, t, sums_bytes_of(p, n), 1);
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

	s->keeps_all = s->keeps_chunks = s->keeps_none = false;
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

static bool can_keep(const struct phase *ph, const struct stream *s)
{
	return !s->is_preload && !s->is_resident && !s->is_shared && !stream_slides(ph, s);
}

/* The same; 0, too, if more than `spare_bytes` of scratchpad would go. */
static uint64_t keeping_fits(const struct plan *p, const struct phase *ph, struct stream *s,
			     bool all, uint64_t spare_bytes)
{
	const struct buffer *b;
	uint64_t slots;

	if (!can_keep(ph, s))
		return 0;
	b = &ph->buffers[s->buffer];
	slots = keeping_slots(p, ph, s, all);
	return slots * b->slot_bytes > spare_bytes + b->slots * b->slot_bytes ? 0 : slots;
}

/* HBM bytes that keeping saves. */
static uint64_t keeping_saves(const struct plan *p, const struct phase *ph, struct stream *s,
			      bool all)
{
	struct stream_loads now = stream_loads(p, ph, s), then;
	bool chunks = s->keeps_chunks, whole = s->keeps_all;

	s->keeps_all = all;
	s->keeps_chunks = !all;
	then = stream_loads(p, ph, s);
	s->keeps_chunks = chunks;
	s->keeps_all = whole;
	return ((now.device - then.device) * 4 + (now.core - then.core)) * ph->buffers[s->buffer].slot_bytes;
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

			if (s->keeps_all || (s->keeps_chunks && !all))
				continue;
			slots = keeping_fits(p, ph, s, all, spad_bytes - used);
			if (slots == 0)
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

static uint64_t aligned_bytes(const struct plan *p, uint32_t tensor, const int64_t *extent)
{
	return round_up_u64(phase_extent_bytes(p, tensor, extent), SPAD_ALIGN);
}

/* Of a value, at least: rings hold the rows that a tile needs, others are deep enough to overlap. */
static uint64_t least_value_bytes(const struct plan *p, const struct phase *ph,
				  const struct node *n)
{
	int64_t row[MAX_DIMS];

	if (n->slide_dim < 0)
		return round_up_u64(held_bytes(p, ph, n), SPAD_ALIGN) * p->machine->buffering;
	memcpy(row, n->extent, sizeof(row));
	row[n->slide_dim] = 1;
	return aligned_bytes(p, node_tensor(p, n), row) * (uint64_t)n->extent[n->slide_dim];
}

bool phase_may_fit(const struct plan *p, struct phase *ph, uint64_t *spad_bytes)
{
	uint64_t sums = 0, spad = 0;

	for (size_t i = 0; i < ph->n_streams; i++) {
		struct stream *s = &ph->streams[i];

		s->least_bytes = s->is_resident ? 0 : aligned_bytes(p, s->tensor, s->extent);
		spad += s->least_bytes;
	}
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];

		if (n->is_buffered)
			spad += least_value_bytes(p, ph, n);
		if (n->is_matrix)
			sums += round_up_u64(sums_bytes_of(p, n), SPAD_ALIGN);
		else if (n->pass == PASS_ONLINE)
			spad += round_up_u64(state_bytes(n), SPAD_ALIGN) * p->machine->buffering;
	}
	*spad_bytes = p->machine->acc_bytes == 0     ? spad + sums
		      : sums > p->machine->acc_bytes ? UINT64_MAX
						     : spad;
	return *spad_bytes <= p->machine->spad_bytes;
}

static void set_used(struct phase *ph)
{
	ph->tiling.spad_bytes = used_bytes(ph, ONCHIP_SPAD);
	ph->tiling.sums_bytes = used_bytes(ph, ONCHIP_ACC);
}

bool phase_least_buffers(const struct plan *p, struct phase *ph, uint64_t spad_bytes,
			 uint64_t sums_bytes)
{
	least_buffers(p, ph);
	set_used(ph);
	return ph->tiling.spad_bytes <= spad_bytes && ph->tiling.sums_bytes <= sums_bytes;
}

void phase_keep_at_best(const struct plan *p, struct phase *ph, uint64_t spad_bytes)
{
	uint64_t spare = spad_bytes - ph->tiling.spad_bytes;

	for (size_t i = 0; i < ph->n_streams; i++) {
		struct stream *s = &ph->streams[i];

		s->keeps_all = keeping_fits(p, ph, s, true, spare) > 0;
		s->keeps_chunks = !s->keeps_all && keeping_fits(p, ph, s, false, spare) > 0;
	}
}

void phase_keep_in_chunks(const struct plan *p, struct phase *ph, uint64_t spare_bytes)
{
	for (size_t i = 0; i < ph->n_streams; i++) {
		struct stream *s = &ph->streams[i];
		uint64_t bytes = aligned_bytes(p, s->tensor, s->extent);
		uint64_t most = spare_bytes + s->least_bytes, slots;

		s->keeps_all = s->keeps_chunks = s->keeps_none = false;
		if (!can_keep(ph, s))
			continue;
		slots = keeping_slots(p, ph, s, true);
		s->keeps_all = slots > 0 && slots * bytes <= most;
		slots = keeping_slots(p, ph, s, false);
		s->keeps_chunks = !s->keeps_all && slots > 0 && slots * bytes <= most;
		s->keeps_none = !s->keeps_all && bytes > most;
	}
}

void phase_fill_buffers(const struct plan *p, struct phase *ph, uint64_t spad_bytes,
			uint64_t sums_bytes)
{
	for (size_t i = 0; i < ph->n_streams; i++)
		ph->streams[i].keeps_all = ph->streams[i].keeps_chunks = false;
	while (!ph->tiling.keeps_nothing && keep_one(p, ph, spad_bytes))
		;
	while (p->machine->buffering > 1 && deepen_rings(p, ph, spad_bytes))
		;
	double_sums(p, ph, sums_bytes);
	set_used(ph);
}

bool phase_buffers(const struct plan *p, struct phase *ph, uint64_t spad_bytes, uint64_t sums_bytes)
{
	if (!phase_least_buffers(p, ph, spad_bytes, sums_bytes))
		return false;
	phase_fill_buffers(p, ph, spad_bytes, sums_bytes);
	return true;
}
