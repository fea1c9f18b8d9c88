/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of one step: loads of what is not on chip, products, vector work, stores;
 * each with its spans and the counts that it waits for, kept by slot.
 */
#include "plan/emit_parts.h"

#include "base/mem.h"

#include <string.h>

static void raise_waits(uint64_t *waits, const uint64_t *to)
{
	for (unsigned u = 0; u < N_UNITS; u++)
		waits[u] = max_u64(waits[u], to[u]);
}

struct command *emit_new_command(struct core_cursor *c, enum unit_kind unit, uint32_t op)
{
	struct command *cmd;

	GROW(c->queue, c->tail, c->capacity);
	cmd = &c->queue[c->tail++];
	memset(cmd, 0, sizeof(*cmd));
	cmd->unit = unit;
	cmd->op = op;
	cmd->waits[UNIT_VECTOR] = c->barrier;
	return cmd;
}

/* With one buffer a stream, a core loads, computes and stores in turn. */
static void serialise(const struct emitter *e, const struct core_cursor *c, struct command *cmd)
{
	if (e->plan->machine->buffering > 1)
		return;
	for (unsigned u = 0; u < N_UNITS; u++)
		if (u != cmd->unit)
			cmd->waits[u] = max_u64(cmd->waits[u], c->issued[u]);
}

struct slot *emit_slot_of(const struct core_cursor *c, uint32_t buffer, uint64_t slot)
{
	return &c->slots[c->first_slot[buffer] + slot];
}

static struct span span_of(const struct phase *ph, uint32_t buffer, uint64_t slot, uint64_t bytes)
{
	const struct buffer *b = &ph->buffers[buffer];

	if (bytes > b->slot_bytes || slot >= b->slots)
		BUG("%" PRIu64 " bytes in slot %" PRIu64 " of %" PRIu64 " of %" PRIu64 " bytes",
		    bytes, slot, b->slots, b->slot_bytes);
	return (struct span){
		.memory = b->memory,
		.buffer = b->number,
		.base = b->base + slot * b->slot_bytes,
		.bytes = bytes,
	};
}

void emit_add_read(const struct phase *ph, struct core_cursor *c, struct command *cmd,
		   uint32_t buffer, uint64_t slot, uint64_t bytes)
{
	struct slot *s = emit_slot_of(c, buffer, slot);

	if (bytes == 0)
		return;
	BUG_ON(cmd->n_reads == COMMAND_MAX_READS);
	cmd->reads[cmd->n_reads++] = span_of(ph, buffer, slot, bytes);
	raise_waits(cmd->waits, s->ready);
	s->busy[cmd->unit] = c->issued[cmd->unit] + 1;
}

/* `is_fresh`: new content replaces the old, which everyone must be done with. */
void emit_add_write(const struct phase *ph, struct core_cursor *c, struct command *cmd,
		    uint32_t buffer, uint64_t slot, uint64_t bytes, bool is_fresh)
{
	struct slot *s = emit_slot_of(c, buffer, slot);

	BUG_ON(cmd->n_writes == COMMAND_MAX_WRITES);
	if (bytes > 0) /* not a tile that lies in padding */
		cmd->writes[cmd->n_writes++] = span_of(ph, buffer, slot, bytes);
	if (is_fresh) {
		raise_waits(cmd->waits, s->ready);
		raise_waits(cmd->waits, s->busy);
		memset(s, 0, sizeof(*s));
	}
	s->ready[cmd->unit] = c->issued[cmd->unit] + 1;
}

void emit_issue(const struct emitter *e, struct core_cursor *c, struct command *cmd)
{
	serialise(e, c, cmd);
	c->issued[cmd->unit]++;
}

void emit_barrier(struct core_cursor *c)
{
	struct command *cmd = emit_new_command(c, UNIT_VECTOR, 0);

	cmd->is_barrier = true;
	memcpy(cmd->waits, c->issued, sizeof(cmd->waits));
	c->barrier = ++c->issued[UNIT_VECTOR];
}

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
	if (s->keeps_chunks || l->chunks == 1)
		return (l->follows_inner && l->inner > 1) ||
		       (first_inner && (l->follows_outer || first_outer));
	return true;
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
				 : own;
	known = stream_known_bytes(p, s, owned);
	bytes[s->cause] += touched - known;
	bytes[s->again] += known;
	bytes[TRAFFIC_PADDING] += own - touched;
	bytes[TRAFFIC_HALO] += total - own;
}

/* Hands `of` bytes out of the causes that are left, in their order. */
static void take_causes(uint64_t *left, uint64_t of, uint64_t *bytes)
{
	for (unsigned t = 0; t < N_TRAFFIC; t++) {
		bytes[t] = min_u64(left[t], of);
		left[t] -= bytes[t];
		of -= bytes[t];
	}
}

static void load(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		 const struct stream *s, uint64_t slot, const struct region *r, uint64_t *causes)
{
	const struct multicast *group;
	struct transfer t;
	struct blocks blocks;
	uint64_t done = 0;
	bool first = true;

	blocks_init(&blocks, e->plan, s->tensor, r, s->step);
	group = find_multicast(e, ph, c, s);
	while (blocks_next(&blocks, &t)) {
		struct command *cmd = emit_new_command(c, UNIT_LOAD, ph->nodes[s->node].op);
		uint64_t bytes = transfer_bytes(&t);

		take_causes(causes, bytes, t.bytes);
		t.multicast = group;
		cmd->transfer = t;
		emit_add_write(ph, c, cmd, s->buffer, slot, bytes, first);
		cmd->writes[0].base += done;
		done += bytes;
		first = false;
		emit_issue(e, c, cmd);
	}
}

/* The coordinate of the group's first core at this step: whose bytes are the first read. */
static void leader_coordinate(struct emitter *e, const struct phase *ph,
			      const struct core_cursor *c, const struct stream *s,
			      uint64_t *coordinate)
{
	const struct multicast *group = find_multicast(e, ph, c, s);
	uint64_t row, column;

	core_place(ph, group == NULL ? c->core : group->cores[0], &row, &column);
	tile_coordinate(ph, cursor_spatial(ph, c) * ph->tiling.rows + row,
			column * ph->tiling.channel_tiles_per_column + cursor_channel(ph, c),
			coordinate);
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

	chunk_stream_region(e, ph, c, s, c->chunk, &c->next, &next);
	for (unsigned d = 0; d < owned->n_dims; d++) {
		bool has_next = false;

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

	if (s->is_preload)
		return;
	c->stream_slot[i] = slot_for(ph, c, s, &l, must);
	if (!must)
		return;
	c->stream_loads[i]++;
	stream_region(e->plan, ph, s, &c->regions, c->chunk, c->tap, &r);
	leader_coordinate(e, ph, c, s, coordinate);
	owned = r;
	owned_region(e, ph, c, s, coordinate, &owned);
	split_causes(e->plan, ph, s, coordinate, &r, &owned, causes);
	load(e, ph, c, s, c->stream_slot[i], &r, causes);
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

static void read_stream(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			struct command *cmd, uint32_t stream)
{
	const struct stream *s = &ph->streams[stream];
	struct region r;

	stream_region(e->plan, ph, s, &c->regions, c->chunk, c->tap, &r);
	emit_add_read(ph, c, cmd, s->buffer, c->stream_slot[stream],
		      storage_bytes(e->plan, s->tensor, &r, s->step));
}

static uint64_t value_bytes(const struct emitter *e, const struct phase *ph,
			    const struct core_cursor *c, uint32_t i)
{
	return region_bytes(e->plan->graph, node_tensor(e->plan, &ph->nodes[i]),
			    &c->regions.value[i]);
}

/* Reads of node i's operands that do not come from its own cluster. */
void emit_read_operands(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			struct command *cmd, uint32_t i, uint64_t cluster)
{
	const struct node *n = &ph->nodes[i];
	uint64_t seen = 0;

	for (unsigned j = 0; j < OP_MAX_ACCESS; j++) {
		uint32_t q = n->producer[j], s = n->stream[j];

		if (q != NONE && !(cluster >> q & 1) && !(seen >> q & 1)) {
			emit_add_read(ph, c, cmd, ph->nodes[q].buffer, c->value_slot[q],
				      value_bytes(e, ph, c, q));
			seen |= 1ULL << q;
		}
		if (s != NONE && ph->streams[s].operand == j)
			read_stream(e, ph, c, cmd, s);
	}
}

uint64_t emit_sums_bytes(const struct core_cursor *c, uint32_t i)
{
	return region_elements(&c->regions.value[i]) * 4; /* f32 or i32 */
}

/* Bytes that an online node keeps of the rows of its region. */
uint64_t emit_state_bytes(const struct core_cursor *c, const struct phase *ph, uint32_t i)
{
	const struct node *n = &ph->nodes[i];
	uint64_t rows = 1;

	for (unsigned d = 0; d < n->info.out.n_dims; d++)
		rows *= n->info.access[0].axis[d].whole
				? 1
				: (uint64_t)region_extent(&c->regions.value[i], d);
	return rows * n->info.online.state * 4;
}

void emit_add_part(const struct emitter *e, struct core_cursor *c, struct vector_command *v,
		   const struct op_info *info, const struct vector_part *part)
{
	GROW(c->parts, c->n_parts, c->parts_capacity);
	c->parts[c->n_parts++] = *part;
	v->n_parts++;
	vector_command_add(v, e->plan->graph, info, part);
}

/* Node i over its region: its share of a vector command. */
static void add_work(const struct emitter *e, const struct phase *ph, struct core_cursor *c,
		     uint32_t i, struct vector_command *v)
{
	const struct node *n = &ph->nodes[i];
	struct vector_part part = {
		.op = n->op,
		.pass = (uint8_t)n->pass,
		.elements = region_elements(&c->regions.value[i]),
	};

	emit_add_part(e, c, v, &n->info, &part);
	if (n->online == NONE)
		return;
	n = &ph->nodes[n->online];
	part.op = n->op;
	part.pass = PASS_FINISH;
	emit_add_part(e, c, v, &n->info, &part);
}

/* What an online node keeps: read by its own work after the first chunk, and by the drain of
 * the product's sums; written by its own work. */
static void touch_state(const struct phase *ph, struct core_cursor *c, struct command *cmd,
			uint32_t i)
{
	const struct node *n = &ph->nodes[i];
	uint32_t s = n->pass == PASS_ONLINE ? i : n->online;
	uint64_t bytes;

	if (s == NONE)
		return;
	bytes = emit_state_bytes(c, ph, s);
	if (s != i || c->chunk > 0)
		emit_add_read(ph, c, cmd, ph->nodes[s].sums, c->sums_slot[s], bytes);
	if (s == i && bytes > 0)
		emit_add_write(ph, c, cmd, ph->nodes[s].sums, c->sums_slot[s], bytes,
			       c->chunk == 0);
}

static void store(struct emitter *e, const struct phase *ph, struct core_cursor *c, uint32_t i)
{
	const struct node *n = &ph->nodes[i];
	struct blocks blocks;
	struct transfer t;

	blocks_init(&blocks, e->plan, node_tensor(e->plan, n), &c->regions.value[i], unit_steps);
	while (blocks_next(&blocks, &t)) {
		struct command *cmd = emit_new_command(c, UNIT_STORE, n->op);
		uint64_t bytes = transfer_bytes(&t);

		t.bytes[n->store_cause] = bytes;
		cmd->transfer = t;
		emit_add_read(ph, c, cmd, n->buffer, c->value_slot[i], bytes);
		emit_issue(e, c, cmd);
	}
}

void emit_bring_cluster(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			uint64_t members)
{
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		for (unsigned j = 0; (members >> i & 1) && j < OP_MAX_ACCESS; j++) {
			uint32_t s = ph->nodes[i].stream[j];

			/* a matrix node's streams belong to its product, not to its epilogue */
			if (s != NONE && ph->streams[s].operand == j &&
			    (!ph->nodes[i].is_matrix || ph->streams[s].is_preload))
				emit_bring(e, ph, c, &ph->streams[s]);
		}
}

/* One vector command for the cluster's nodes over their regions. */
void emit_run_cluster(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		      uint64_t members)
{
	struct command *cmd = emit_new_command(c, UNIT_VECTOR, 0);

	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];

		if (!(members >> i & 1))
			continue;
		cmd->op = n->op;
		add_work(e, ph, c, i, &cmd->vector);
		touch_state(ph, c, cmd, i);
		if (n->is_matrix)
			emit_add_read(ph, c, cmd, n->sums, c->sums_slot[i], emit_sums_bytes(c, i));
		else
			emit_read_operands(e, ph, c, cmd, i, members);
	}
	for (uint32_t i = 0; i < ph->n_nodes; i++) {
		const struct node *n = &ph->nodes[i];

		if (!(members >> i & 1) || !n->is_buffered || region_is_empty(&c->regions.value[i]))
			continue;
		c->value_slot[i] = c->value_turn[i]++ % ph->buffers[n->buffer].slots;
		emit_add_write(ph, c, cmd, n->buffer, c->value_slot[i], value_bytes(e, ph, c, i),
			       true);
	}
	emit_issue(e, c, cmd);
}

void emit_cluster(struct emitter *e, const struct phase *ph, struct core_cursor *c,
		  uint32_t cluster)
{
	uint64_t members = phase_cluster(ph, cluster);

	emit_bring_cluster(e, ph, c, members);
	emit_run_cluster(e, ph, c, members);
	for (uint32_t i = 0; i < ph->n_nodes; i++)
		if ((members >> i & 1) && ph->nodes[i].is_stored)
			store(e, ph, c, i);
}
