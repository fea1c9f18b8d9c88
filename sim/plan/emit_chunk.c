/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One chunk of a product: the stages of its loop, which make its operands or mend its sums,
 * and the product itself; and in which order the chunks' commands are issued.
 */
#include "plan/emit_parts.h"

#include <string.h>

static bool has_cost(const struct vector_cost *cost)
{
	for (unsigned v = 0; v < N_VECTOR_CLASSES; v++)
		if (cost->n[v] > 0)
			return true;
	return false;
}

/* Sums that statistics so far were applied to, brought up to those of this chunk. */
static void rescale(struct emitter *e, const struct phase *ph, struct core_cursor *c, uint32_t m)
{
	const struct node *n = &ph->nodes[m], *s = &ph->nodes[n->online];
	const struct vector_part part = {
		.op = s->op,
		.pass = PASS_RESCALE,
		.elements = region_elements(&c->regions.value[m]),
	};
	struct command *cmd = emit_new_command(c, UNIT_VECTOR, s->op);

	emit_add_part(e, c, &cmd->vector, &s->info, &part);
	emit_add_read(ph, c, cmd, n->sums, c->sums_slot[m], emit_sums_bytes(c, m));
	emit_add_read(ph, c, cmd, s->sums, c->sums_slot[n->online],
		      emit_state_bytes(c, ph, n->online));
	emit_add_write(ph, c, cmd, n->sums, c->sums_slot[m], emit_sums_bytes(c, m), false);
	emit_issue(e, c, cmd);
}

/* One product of node m; `is_first`: its sums start anew. */
static void multiply(struct emitter *e, const struct phase *ph, struct core_cursor *c, uint32_t m,
		     const struct region *red, bool is_first)
{
	const struct node *n = &ph->nodes[m];
	struct region out = c->regions.value[m];
	struct command *cmd;

	for (unsigned j = 0; j < OP_MAX_ACCESS; j++)
		if (n->stream[j] != NONE && is_brought_for(ph, n->stream[j], m, j))
			emit_bring(e, ph, c, &ph->streams[n->stream[j]]);
	cmd = emit_new_command(c, UNIT_MATRIX, n->op);
	cmd->matrix.dtype = n->info.matrix_dtype;
	op_meet_mask(&n->info, &out);
	op_matrix_work(&n->info, &out, red, &cmd->matrix.work);
	emit_read_operands(e, ph, c, cmd, m, 0);
	if (!is_first) /* they may have been rescaled */
		cmd->waits[UNIT_VECTOR] =
			max_u64(cmd->waits[UNIT_VECTOR],
				emit_slot_of(c, n->sums, c->sums_slot[m])->ready[UNIT_VECTOR]);
	emit_add_write(ph, c, cmd, n->sums, c->sums_slot[m], emit_sums_bytes(c, m), is_first);
	emit_issue(e, c, cmd);
}

/* Stages of m's loop, from the first or those behind its last product: what has to be done
 * before products, and what waits for them. */
static uint32_t loop_products_end(const struct phase *ph, uint32_t m)
{
	const struct stage *s = ph->stages + ph->n_stages;
	uint32_t end = 0;

	for (uint32_t i = 0; i < ph->n_loop_stages; i++)
		if (s[i].loop == m && s[i].matrix != NONE)
			end = i + 1;
	return end;
}

static void run_loop_stages(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			    uint32_t m, uint32_t from, uint32_t to)
{
	const struct stage *s = ph->stages + ph->n_stages;
	struct region red;

	for (uint32_t i = from; i < to; i++) {
		if (s[i].loop != m)
			continue;
		if (s[i].matrix == NONE) {
			uint64_t members = phase_cluster(ph, s[i].cluster);

			emit_bring_cluster(e, ph, c, members);
			emit_run_cluster(e, ph, c, members);
			continue;
		}
		op_whole_red(&ph->nodes[s[i].matrix].info, &red);
		next_sums(ph, c, s[i].matrix);
		multiply(e, ph, c, s[i].matrix, &red, true);
	}
}

/* Runs stages of m's loop for another chunk than the present one. */
static void run_ahead(struct emitter *e, const struct phase *ph, struct core_cursor *c, uint32_t m,
		      uint32_t from, uint32_t to)
{
	c->chunk++;
	chunk_regions(e->plan, ph, m, c->chunk, &c->regions);
	run_loop_stages(e, ph, c, m, from, to);
	c->chunk--;
}

static void multiply_chunk(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			   uint32_t m)
{
	const struct node *n = &ph->nodes[m];
	bool is_first = c->chunk == 0 && c->tap == 0;
	struct region red;

	if (n->online != NONE && !is_first && has_cost(&ph->nodes[n->online].info.online.rescale))
		rescale(e, ph, c, m);
	chunk_red(n, c->chunk, c->tap, false, &red);
	multiply(e, ph, c, m, &red, is_first);
}

/*
 * With products inside the loop, the next chunk's are issued before this chunk's own one, so
 * that the matrix unit has work while the vector unit is on what lies between them.
 */
static void emit_chunk_ahead(struct emitter *e, const struct phase *ph, struct core_cursor *c,
			     uint32_t m)
{
	uint32_t end = loop_products_end(ph, m);
	bool has_next = c->chunk + 1 < ph->nodes[m].n_chunks;
	uint64_t present[MAX_NODES], next[MAX_NODES];

	if (c->chunk == 0) {
		chunk_regions(e->plan, ph, m, 0, &c->regions);
		run_loop_stages(e, ph, c, m, 0, ph->n_loop_stages);
	}
	memcpy(present, c->value_slot, sizeof(present));
	if (has_next)
		run_ahead(e, ph, c, m, 0, end);
	memcpy(next, c->value_slot, sizeof(next));
	memcpy(c->value_slot, present, sizeof(present));
	chunk_regions(e->plan, ph, m, c->chunk, &c->regions);
	multiply_chunk(e, ph, c, m);
	memcpy(c->value_slot, next, sizeof(next));
	if (has_next)
		run_ahead(e, ph, c, m, end, ph->n_loop_stages);
}

void emit_chunk(struct emitter *e, const struct phase *ph, struct core_cursor *c, uint32_t m)
{
	if (e->plan->machine->buffering > 1 && loop_products_end(ph, m) > 0) {
		emit_chunk_ahead(e, ph, c, m);
		return;
	}
	if (c->tap == 0) {
		chunk_regions(e->plan, ph, m, c->chunk, &c->regions);
		run_loop_stages(e, ph, c, m, 0, ph->n_loop_stages);
	}
	multiply_chunk(e, ph, c, m);
}
