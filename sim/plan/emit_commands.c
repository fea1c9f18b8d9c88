/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of one step: loads of what is not on chip, products, vector work, stores;
 * each with its spans and the counts that it waits for, kept by slot.
 */
#include "plan/emit_parts.h"

#include "base/mem.h"

#include <string.h>

void emit_raise_waits(uint64_t *waits, const uint64_t *to)
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

struct span emit_span_of(const struct phase *ph, uint32_t buffer, uint64_t slot, uint64_t bytes)
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
	cmd->reads[cmd->n_reads++] = emit_span_of(ph, buffer, slot, bytes);
	emit_raise_waits(cmd->waits, s->ready);
	s->busy[cmd->unit] = c->issued[cmd->unit] + 1;
}

/* `is_fresh`: new content replaces the old, which everyone must be done with. */
void emit_add_write(const struct phase *ph, struct core_cursor *c, struct command *cmd,
		    uint32_t buffer, uint64_t slot, uint64_t bytes, bool is_fresh)
{
	struct slot *s = emit_slot_of(c, buffer, slot);

	BUG_ON(cmd->n_writes == COMMAND_MAX_WRITES);
	if (bytes > 0) /* not a tile that lies in padding */
		cmd->writes[cmd->n_writes++] = emit_span_of(ph, buffer, slot, bytes);
	if (is_fresh) {
		emit_raise_waits(cmd->waits, s->ready);
		emit_raise_waits(cmd->waits, s->busy);
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

static void read_stream(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			struct command *cmd, uint32_t stream)
{
	const struct stream *s = &ph->streams[stream];
	struct region r;

	stream_region(e->plan, ph, s, &c->regions, c->chunk, c->tap, &r);
	if (stream_slides(ph, s)) {
		const struct rows rows = emit_stream_rows(e, ph, c, s, &r);

		emit_read_rows(ph, c, cmd, &rows);
		return;
	}
	emit_add_read(ph, c, cmd, s->buffer,
		      s->is_shared ? emit_shared_slot(ph, c, s, false) : c->stream_slot[stream],
		      storage_bytes(e->plan, s->tensor, &r, s->step));
}

static uint64_t value_bytes(const struct emitter *e, const struct phase *ph,
			    const struct core_cursor *c, uint32_t i)
{
	return region_bytes(e->plan->graph, node_tensor(e->plan, &ph->nodes[i]),
			    &c->regions.value[i]);
}

/* Rows of node q's value in its ring: what the tile needs of it, or makes. */
static struct rows value_rows(const struct phase *ph, uint32_t q, const struct region *r)
{
	const struct node *n = &ph->nodes[q];

	return (struct rows){
		.buffer = n->buffer,
		.ring = ph->buffers[n->buffer].slots,
		.row_bytes = ph->buffers[n->buffer].slot_bytes,
		.lo = r->lo[n->slide_dim],
		.hi = region_is_empty(r) ? r->lo[n->slide_dim] : r->hi[n->slide_dim],
	};
}

static void read_value(const struct emitter *e, const struct phase *ph, struct core_cursor *c,
		       struct command *cmd, uint32_t q)
{
	const struct node *n = &ph->nodes[q];

	if (n->slide_dim >= 0) {
		const struct rows rows = value_rows(ph, q, &c->regions.held[q]);

		emit_read_rows(ph, c, cmd, &rows);
		return;
	}
	emit_add_read(ph, c, cmd, n->buffer, c->value_slot[q], value_bytes(e, ph, c, q));
}

static void write_value(const struct emitter *e, const struct phase *ph, struct core_cursor *c,
			struct command *cmd, uint32_t i)
{
	const struct node *n = &ph->nodes[i];

	if (n->slide_dim >= 0) {
		const struct rows rows = value_rows(ph, i, &c->regions.value[i]);

		emit_write_rows(ph, c, cmd, &rows);
		return;
	}
	c->value_slot[i] = c->value_turn[i]++ % ph->buffers[n->buffer].slots;
	emit_add_write(ph, c, cmd, n->buffer, c->value_slot[i], value_bytes(e, ph, c, i), true);
}

/* No earlier operand of the node comes in the same stream. */
static bool is_first_use(const struct node *n, unsigned j)
{
	for (unsigned e = 0; e < j; e++)
		if (n->stream[e] == n->stream[j])
			return false;
	return true;
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
			read_value(e, ph, c, cmd, q);
			seen |= 1ULL << q;
		}
		if (s != NONE && is_first_use(n, j) && !emit_is_hidden(ph, c, &ph->streams[s]))
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
			if (s != NONE && is_brought_for(ph, s, i, j) &&
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
		write_value(e, ph, c, cmd, i);
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
