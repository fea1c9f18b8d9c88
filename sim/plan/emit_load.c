/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step has to load: of each stream, when, into which slots, and why each byte crosses
 * the pins.
 */
#include "plan/emit_parts.h"

#include <string.h>

/* Index of a stream's region among those of its chunk loop. */
static uint64_t chunk_index(const struct phase *ph, const struct core_cursor *c,
			    const struct stream *s)
{
	uint32_t matrix = ph->stages[c->stage].matrix;
	uint64_t index = 0;

	if (matrix == NONE)
		return stream_follows_slice(ph, s) ? c->chunk : 0;
	if (s->chunk_dims != 0)
		index = c->chunk;
	if (s->follows_tap)
		index = index * ph->nodes[matrix].n_taps + c->tap;
	return index;
}

/* First visit of this chunk loop to the stream's present region? */
static bool is_first_in_chunk_loop(const struct phase *ph, const struct core_cursor *c,
				   const struct stream *s)
{
	return (s->chunk_dims != 0 || stream_follows_slice(ph, s) || c->chunk == 0) &&
	       (s->follows_tap || c->tap == 0);
}

/* Must the stream be loaded at this step?  Mirrors stream_core_loads(). */
static bool must_load(const struct phase *ph, const struct core_cursor *c, const struct stream *s,
		      const struct loops *l)
{
	bool first_inner = c->inner == 0, first_outer = c->outer == 0;

	if (s->is_preload || s->is_resident || !is_first_in_chunk_loop(ph, c, s))
		return false;
	if (s->keeps_all)
		return (l->follows_outer || first_outer) && (l->follows_inner || first_inner);
	if (s->keeps_chunks || s->is_shared || l->chunks == 1)
		return (l->follows_inner && l->inner > 1) ||
		       (first_inner && (l->follows_outer || first_outer));
	return true;
}

/* All its chunks stay for the stages behind; the next tile's come beside them. */
uint64_t emit_shared_slot(const struct phase *ph, const struct core_cursor *c,
			  const struct stream *s, bool load)
{
	uint64_t chunks = stream_loops(ph, s).chunks;
	uint64_t turn = (c->stream_loads[s - ph->streams] - (load ? 0 : 1)) / chunks;

	return turn % (ph->buffers[s->buffer].slots / chunks) * chunks + chunk_index(ph, c, s);
}

static uint64_t slot_for(const struct phase *ph, const struct core_cursor *c,
			 const struct stream *s, const struct loops *l, bool load)
{
	const struct buffer *b = &ph->buffers[s->buffer];
	uint64_t turn = c->stream_loads[s - ph->streams];

	if (s->is_resident || s - ph->streams == (ptrdiff_t)ph->resident_stream)
		return cursor_spatial(ph, c);
	if (s->keeps_all)
		return (l->follows_inner ? c->inner : 0) * l->chunks + chunk_index(ph, c, s);
	if (s->is_shared)
		return emit_shared_slot(ph, c, s, load);
	if (s->keeps_chunks)
		return (l->follows_outer ? c->outer % (b->slots / l->chunks) : 0) * l->chunks +
		       chunk_index(ph, c, s);
	return (load ? turn : turn - 1) % b->slots;
}

/* Bytes of a load of region r by cause; `owned` is the part that no later one reads too. */
static void split_causes(const struct plan *p, const struct phase *ph, const struct stream *s,
			 const uint64_t *coordinate, const struct region *r,
			 const struct region *owned, uint64_t *bytes)
{
	uint64_t total = storage_bytes(p, s->tensor, r, s->step), own, touched, known;

	memset(bytes, 0, N_TRAFFIC * sizeof(*bytes));
	for (unsigned d = 0; d < ph->space.n_dims; d++)
		if (!(s->grid_mask >> d & 1) && coordinate[d] > 0) {
			bytes[TRAFFIC_REFETCH] = total;
			return;
		}
	own = storage_bytes(p, s->tensor, owned, s->step);
	touched = s->is_preload  ? stream_touched_bytes(p, ph, s)
		  : s->has_holes ? stream_dense_bytes(p, ph, s, owned)
				 : region_first_bytes(p->graph, s->tensor, owned, s->step);
	known = min_u64(stream_known_bytes(p, s, owned), touched);
	bytes[s->cause] += touched - known;
	bytes[s->again] += known;
	bytes[s->has_repeats ? s->again : TRAFFIC_PADDING] += own - touched;
	bytes[TRAFFIC_HALO] += total - own;
}

/* Hands `of` bytes out of the causes that are left, in their order, after `halo` of these. */
static void take_causes(uint64_t *left, uint64_t of, uint64_t halo, uint64_t *bytes)
{
	left[TRAFFIC_HALO] -= halo;
	of -= halo;
	for (unsigned t = 0; t < N_TRAFFIC; t++) {
		bytes[t] = min_u64(left[t], of);
		left[t] -= bytes[t];
		of -= bytes[t];
	}
	bytes[TRAFFIC_HALO] += halo;
}

/* Rows that lie apart each have their share of the halo; the first ones are read first. */
static uint64_t halo_share(const struct stream *s, const uint64_t *causes, uint64_t total,
			   uint64_t bytes)
{
	return s->has_repeats ? mul_div_u64(causes[TRAFFIC_HALO], bytes, total) : 0;
}

static void load(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		 const struct stream *s, uint64_t slot, const struct region *r,
		 const uint64_t *causes)
{
	const struct multicast *group;
	struct transfer t;
	struct blocks blocks;
	uint64_t done = 0, total = storage_bytes(e->plan, s->tensor, r, s->step), left[N_TRAFFIC];
	bool first = true;

	memcpy(left, causes, sizeof(left));
	blocks_init(&blocks, e->plan, s->tensor, r, s->step);
	group = find_multicast(e, ph, c, s);
	while (blocks_next(&blocks, &t)) {
		struct command *cmd = emit_new_command(c, UNIT_LOAD, ph->nodes[s->node].op);
		uint64_t bytes = transfer_bytes(&t);

		take_causes(left, bytes, halo_share(s, causes, total, bytes), t.bytes);
		t.multicast = group;
		cmd->transfer = t;
		emit_add_write(ph, c, cmd, s->buffer, slot, bytes, first);
		cmd->writes[0].base += done;
		done += bytes;
		first = false;
		emit_issue(e, c, cmd);
	}
}

/* Rows of a stream's region in its ring. */
struct rows emit_stream_rows(const struct emitter *e, const struct phase *ph,
			     const struct core_cursor *c, const struct stream *s,
			     const struct region *r)
{
	uint64_t ring = ph->buffers[s->buffer].slots / stream_loops(ph, s).chunks;
	struct region row = *r;

	row.hi[s->slide_dim] = row.lo[s->slide_dim] + 1;

	return (struct rows){
		.buffer = s->buffer,
		.first = chunk_index(ph, c, s) * ring,
		.ring = ring,
		.row_bytes = storage_bytes(e->plan, s->tensor, &row, s->step),
		.lo = r->lo[s->slide_dim],
		.hi = region_is_empty(r) ? r->lo[s->slide_dim] : r->hi[s->slide_dim],
	};
}

/* Rows that lie together in the ring: one load, or several that fill their slots in turn. */
static void load_rows(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		      const struct stream *s, const struct region *r, uint64_t *causes)
{
	const struct rows rows = emit_stream_rows(e, ph, c, s, r);
	const struct multicast *group = find_multicast(e, ph, c, s);
	struct blocks blocks;
	struct transfer t;
	struct span spans[2];
	uint64_t done = 0;

	emit_rows_spans(ph, &rows, spans);
	blocks_init(&blocks, e->plan, s->tensor, r, s->step);
	while (blocks_next(&blocks, &t)) {
		struct command *cmd = emit_new_command(c, UNIT_LOAD, ph->nodes[s->node].op);
		uint64_t bytes = transfer_bytes(&t);

		take_causes(causes, bytes, 0, t.bytes);
		t.multicast = group;
		cmd->transfer = t;
		cmd->writes[0] = spans[0];
		cmd->writes[0].base += done;
		cmd->writes[0].bytes = bytes;
		cmd->n_writes = 1;
		emit_renew_rows(c, cmd, &rows, done == 0);
		done += bytes;
		emit_issue(e, c, cmd);
	}
}

static void load_pieces(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			const struct stream *s, const struct region *r, uint64_t *causes)
{
	const struct rows rows = emit_stream_rows(e, ph, c, s, r);
	struct region piece = *r;
	int64_t *lo = &piece.lo[s->slide_dim], *hi = &piece.hi[s->slide_dim];

	if (rows.first == 0 && c->stream_row_bytes[s - ph->streams] != rows.row_bytes) {
		emit_clear_ring(ph, c, s->buffer);
		c->stream_row_bytes[s - ph->streams] = rows.row_bytes;
	}
	*hi = min_i64(*hi, *lo + (int64_t)(rows.ring - (uint64_t)*lo % rows.ring));
	load_rows(e, ph, c, s, &piece, causes);
	*lo = *hi;
	*hi = r->hi[s->slide_dim];
	if (*lo < *hi)
		load_rows(e, ph, c, s, &piece, causes);
}

/* What no tile of the strip has loaded of the stream's region yet. */
static void cut_loaded(const struct phase *ph, struct core_cursor *c, const struct stream *s,
		       struct region *r)
{
	size_t i = (size_t)(s - ph->streams);
	int64_t *lo = &r->lo[s->slide_dim], *hi = &r->hi[s->slide_dim];

	if (region_is_empty(r))
		return;
	c->stream_reached[i] = max_i64(c->stream_reached[i], *hi);
	*lo = max_i64(*lo, c->stream_frontier[i]);
	*hi = max_i64(*lo, *hi);
}

/* The coordinate of the group's first core at this step: whose bytes are the first read. */
static void leader_coordinate(struct emitter *e, const struct phase *ph,
			      const struct core_cursor *c, const struct stream *s,
			      uint64_t *coordinate)
{
	const struct multicast *group = find_multicast(e, ph, c, s);
	uint64_t row, column;

	core_place(ph, group == NULL ? c->core : group->cores[0], &row, &column);
	tile_coordinate(ph, row, column, cursor_spatial(ph, c), cursor_channel(ph, c), coordinate);
}

/* The region of a stream at a chunk of the tile whose regions are given. */
static void chunk_stream_region(struct emitter *e, const struct phase *ph,
				const struct core_cursor *c, const struct stream *s, uint64_t chunk,
				struct tile_regions *regions, struct region *out)
{
	uint32_t chunk_of = ph->nodes[s->node].chunk_of;

	if (chunk_of != NONE)
		chunk_regions(e->plan, ph, chunk_of, chunk, regions);
	stream_region(e->plan, ph, s, regions, chunk, c->tap, out);
}

/* What is left of `owned` along dimension d when its next region starts where `next` does. */
static void cut_owned(struct region *owned, const struct region *next, unsigned d)
{
	if (region_extent(next, d) > 0 && next->lo[d] < owned->hi[d])
		owned->hi[d] = next->lo[d];
}

/* What several tiles or chunks read belongs to the last one that does. */
static void owned_region(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			 const struct stream *s, const uint64_t *coordinate, struct region *owned)
{
	const struct node *m = ph->stages[c->stage].matrix == NONE
				       ? NULL
				       : &ph->nodes[ph->stages[c->stage].matrix];
	struct region next;

	if (c->has_next_strip) {
		chunk_stream_region(e, ph, c, s, c->chunk, &c->next_strip, &next);
		for (unsigned d = 0; d < owned->n_dims; d++)
			if (s->dim_follows[d] >> ph->slide & 1)
				cut_owned(owned, &next, d);
	}
	chunk_stream_region(e, ph, c, s, c->chunk, &c->next, &next);
	for (unsigned d = 0; d < owned->n_dims; d++) {
		bool has_next = false;

		if (stream_slides(ph, s) && (int)d == s->slide_dim)
			continue; /* no later tile of the strip loads it again */

		for (unsigned g = 0; g < ph->space.n_dims; g++)
			has_next |= (s->dim_follows[d] >> g & 1) &&
				    coordinate[g] + 1 < ph->tiling.grid[g];
		if (has_next)
			cut_owned(owned, &next, d);
	}
	if (m == NULL || !s->chunks_overlap || c->chunk + 1 >= m->n_chunks)
		return;
	chunk_stream_region(e, ph, c, s, c->chunk + 1, &c->regions, &next);
	for (unsigned d = 0; d < owned->n_dims; d++)
		if (s->chunk_dims >> d & 1)
			cut_owned(owned, &next, d);
	chunk_regions(e->plan, ph, ph->stages[c->stage].matrix, c->chunk, &c->regions);
}

/* Brings stream s on chip if it is not there; stream_slot then tells where it is. */
void emit_bring(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		const struct stream *s)
{
	size_t i = (size_t)(s - ph->streams);
	struct loops l = stream_loops(ph, s);
	bool must = must_load(ph, c, s, &l);
	struct region r, owned;
	uint64_t causes[N_TRAFFIC], coordinate[MAX_DIMS];

	if (s->is_preload || emit_is_hidden(ph, c, s))
		return;
	c->stream_slot[i] = slot_for(ph, c, s, &l, must);
	if (!must)
		return;
	c->stream_loads[i]++;
	stream_region(e->plan, ph, s, &c->regions, c->chunk, c->tap, &r);
	if (stream_slides(ph, s))
		cut_loaded(ph, c, s, &r);
	if (region_is_empty(&r))
		return;
	leader_coordinate(e, ph, c, s, coordinate);
	emit_count_from_first(ph, c, s, coordinate);
	owned = r;
	owned_region(e, ph, c, s, coordinate, &owned);
	split_causes(e->plan, ph, s, coordinate, &r, &owned, causes);
	if (stream_slides(ph, s))
		load_pieces(e, ph, c, s, &r, causes);
	else
		load(e, ph, c, s, c->stream_slot[i], &r, causes);
}

void emit_shared(struct emitter *e, const struct phase *ph, struct core_cursor *c)
{
	const struct stage *stage = &ph->stages[c->stage];

	for (size_t i = 0; i < ph->n_streams; i++) {
		const struct stream *s = &ph->streams[i];
		const struct node *n = &ph->nodes[s->node];
		bool is_here = stage->matrix == NONE
				       ? n->cluster == stage->cluster && !n->is_matrix
				       : s->node == stage->matrix || n->chunk_of == stage->matrix;

		if (is_here && !stream_loops(ph, s).follows_spatial &&
		    find_multicast(e, ph, c, s) != NULL)
			emit_bring(e, ph, c, s);
	}
}

void emit_preloads(struct emitter *e, const struct phase *ph, struct core_cursor *c)
{
	for (size_t i = 0; i < ph->n_streams; i++) {
		const struct stream *s = &ph->streams[i];
		uint64_t causes[N_TRAFFIC], coordinate[MAX_DIMS] = {0};
		struct region whole;

		if (!s->is_preload)
			continue;
		tensor_region(e->plan->graph, s->tensor, &whole);
		leader_coordinate(e, ph, c, s, coordinate);
		split_causes(e->plan, ph, s, coordinate, &whole, &whole, causes);
		load(e, ph, c, s, 0, &whole, causes);
	}
}
