/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who needs whom, and who shares data with whom, among operators that are no views and at most
 * WINDOW places apart.  Views are seen through.
 */
#include "base/mem.h"
#include "plan/memo.h"
#include "plan/search_state.h"

#include <stdlib.h>
#include <string.h>

static void number_places(struct group_search *s)
{
	const struct graph *g = s->graph;

	s->place = xcalloc(g->n_ops + 1, sizeof(*s->place));
	s->ops = xcalloc(g->n_ops + 1, sizeof(*s->ops));
	for (uint32_t i = 0; i < g->n_ops; i++) {
		s->place[i] = NONE;
		if (s->part->kernel_of_op[i] == NONE)
			continue;
		s->place[i] = (uint32_t)s->n;
		s->ops[s->n++].op = i;
	}
}

static void set_adjacent(struct group_search *s, uint32_t a, uint32_t b)
{
	uint32_t low = a < b ? a : b, high = a < b ? b : a;

	if (low == high || high - low > WINDOW)
		return;
	s->ops[low].adjacent_after |= UINT64_C(1) << (high - low - 1);
	s->ops[high].adjacent_before |= UINT64_C(1) << (WINDOW - (high - low));
}

static void set_need(struct group_search *s, uint32_t maker, uint32_t reader)
{
	if (reader - maker <= WINDOW) {
		s->ops[reader].needs_before |= UINT64_C(1) << (WINDOW - (reader - maker));
		s->ops[maker].readers_after |= UINT64_C(1) << (reader - maker - 1);
	} else {
		s->ops[maker].is_kept = true;
	}
	set_adjacent(s, maker, reader);
}

/* Place that makes what operand j of an operator lies in; NONE: none does. */
static uint32_t maker_of(const struct group_search *s, const struct op *op, unsigned j)
{
	uint32_t storage = plan_storage(s->part, op_input(s->graph, op, j));
	uint32_t producer = s->graph->tensors[storage].producer;

	return producer == NO_INDEX ? NONE : s->place[producer];
}

/* Two operands of one operator: their makers have a reader in common. */
static void join_makers(struct group_search *s, const struct op *op)
{
	for (unsigned j = 0; j < op->n_inputs && j < OP_MAX_ACCESS; j++)
		for (unsigned i = 0; i < j; i++) {
			uint32_t a = maker_of(s, op, i), b = maker_of(s, op, j);

			if (a != NONE && b != NONE)
				set_adjacent(s, a, b);
		}
}

static void note_role(struct group_search *s, uint32_t t)
{
	const struct graph *g = s->graph;
	uint32_t producer = g->tensors[plan_storage(s->part, t)].producer;
	uint8_t role = g->tensors[t].role;

	if (producer != NO_INDEX && s->place[producer] != NONE &&
	    (role == ROLE_OUTPUT || role == ROLE_STATE))
		s->ops[s->place[producer]].is_kept = true;
}

/* last[storage]: the place that read it last, before; next: chain of earlier readers. */
struct readers {
	uint32_t *last; /* of each tensor */
	struct earlier {
		uint32_t place, before;
	} *chain;
	size_t n, capacity;
};

static void join_readers(struct group_search *s, struct readers *r, uint32_t place,
			 uint32_t storage)
{
	for (uint32_t at = r->last[storage]; at != NONE && place - r->chain[at].place <= WINDOW;
	     at = r->chain[at].before)
		set_adjacent(s, r->chain[at].place, place);
	GROW(r->chain, r->n, r->capacity);
	r->chain[r->n] = (struct earlier){place, r->last[storage]};
	r->last[storage] = (uint32_t)r->n++;
}

static void read_place(struct group_search *s, struct readers *r, uint32_t place)
{
	const struct graph *g = s->graph;
	const struct op *op = &g->ops[s->ops[place].op];

	for (unsigned j = 0; j < op->n_inputs + op->n_outputs; j++) {
		uint32_t storage = plan_storage(s->part, g->operands[op->operands + j]);
		uint32_t maker = j < op->n_inputs ? maker_of(s, op, j) : NONE;

		s->ops[place].is_alone |= g->tensors[storage].role == ROLE_STATE;
		if (maker != NONE)
			set_need(s, maker, place);
		if (j < op->n_inputs)
			join_readers(s, r, place, storage);
	}
	s->ops[place].is_unique = op->n_outputs > 1;
	join_makers(s, op);
}

static void sign(struct group_search *s, uint32_t place)
{
	struct search_op *op = &s->ops[place];
	struct op_info info;
	struct hash h;

	op_describe(s->graph, op->op, &info);
	hash_init(&h);
	memo_note_op(&h, s->part, op->op, &info);
	if (op->is_unique)
		hash_add(&h, &place, sizeof(place));
	op->signature = h.state;
}

static void note_trace_groups(struct group_search *s)
{
	uint32_t *first = xcalloc(s->graph->n_groups + 1, sizeof(*first));

	for (size_t i = 0; i < s->graph->n_groups; i++)
		first[i] = NONE;
	for (uint32_t place = 0; place < s->n; place++) {
		uint32_t group = s->graph->ops[s->ops[place].op].group;

		if (group == NO_INDEX)
			continue;
		if (first[group] == NONE)
			first[group] = place;
		if (place - first[group] < WINDOW)
			s->ops[first[group]].trace_group |= UINT64_C(1) << (place - first[group]);
	}
	free(first);
}

void search_read_graph(struct group_search *s)
{
	struct readers r = {NULL, NULL, 0, 0};

	number_places(s);
	r.last = xcalloc(s->graph->n_tensors + 1, sizeof(*r.last));
	for (size_t t = 0; t < s->graph->n_tensors; t++)
		r.last[t] = NONE;
	for (uint32_t place = 0; place < s->n; place++)
		read_place(s, &r, place);
	for (uint32_t t = 0; t < s->graph->n_tensors; t++)
		note_role(s, t);
	for (uint32_t place = 0; place < s->n; place++)
		sign(s, place);
	note_trace_groups(s);
	free(r.last);
	free(r.chain);
}
