/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of dram_timing.c for the six commands that this policy issues: per command the
 * list of ready ticks that it moves, those of commands that never come left out.
 */
#include "model/ram21_fast_channel.h"

#include <string.h>

static const uint8_t dram_of[N_FAST_COMMANDS] = {
	[FAST_ACT] = DRAM_ACT, [FAST_PREpb] = DRAM_PREpb, [FAST_PREab] = DRAM_PREab,
	[FAST_REFab] = DRAM_REFab, [FAST_RD] = DRAM_RD, [FAST_WR] = DRAM_WR,
};

/* N_FAST_COMMANDS: one that never comes. */
static unsigned fast_of(unsigned dram)
{
	unsigned c = 0;

	while (c < N_FAST_COMMANDS && dram_of[c] != dram)
		c++;
	return c;
}

static bool add_move(struct fast_move *list, size_t room, unsigned *n, const struct fast_move *move)
{
	if (*n == room)
		return false;
	list[(*n)++] = *move;
	return true;
}

static bool add_edge(struct fast_moves *m, const struct dram_edge *e, unsigned what)
{
	const struct fast_move move = { e->level, (uint8_t)what, e->window_slot, e->latency };

	if (e->is_sibling)
		return add_move(m->sibling, ARRAY_SIZE(m->sibling), &m->n_sibling, &move);
	if (e->window > 1)
		return add_move(m->window, ARRAY_SIZE(m->window), &m->n_window, &move);
	return add_move(m->own, ARRAY_SIZE(m->own), &m->n_own, &move);
}

static bool compile(struct fast_rules *r, enum fast_command c)
{
	const struct dram_timing *t = r->timing;

	for (unsigned i = 0; i < t->n_edges[dram_of[c]]; i++) {
		const struct dram_edge *e = &t->edges[dram_of[c]][i];
		unsigned what = fast_of(e->following);

		if (what == N_FAST_COMMANDS)
			continue;
		if (r->form[c].scope == DRAM_FOR_PC && (e->level != DRAM_LEVEL_PC || e->window > 1))
			return false;
		if (!add_edge(&r->of[c], e, what))
			return false;
		if (e->is_turnaround &&
		    !add_edge(&r->of[c], e, what == FAST_WR ? FAST_TURNED_WR : FAST_TURNED_RD))
			return false;
	}
	return true;
}

/* False: more rules than there is room for, or such as no standard has. */
bool fast_rules_init(struct fast_rules *r, const struct dram_timing *t)
{
	memset(r, 0, sizeof(*r));
	r->timing = t;
	r->ticks_per_clock = t->standard->ticks_per_clock;
	r->n_banks = t->n_banks;
	memcpy(r->dram, dram_of, sizeof(dram_of));
	for (unsigned c = 0; c < N_FAST_COMMANDS; c++) {
		r->form[c] = t->standard->commands[dram_of[c]];
		if (!compile(r, (enum fast_command)c))
			return false;
	}
	return r->ticks_per_clock <= 2;
}

static void raise_to(uint64_t *ready, uint64_t tick)
{
	*ready = max_u64(*ready, tick);
}

/* The other stack IDs of the pseudo channel: the only siblings that rules know. */
static void move_siblings(const struct fast_rules *r, struct fast_channel *ch,
			  const struct fast_moves *m, const struct fast_path *path, uint64_t tick)
{
	unsigned first = path->node[DRAM_LEVEL_PC] + 1u;

	for (unsigned node = first; node < first + r->timing->stack_ids; node++)
		for (unsigned i = 0; node != path->node[DRAM_LEVEL_SID] && i < m->n_sibling; i++)
			raise_to(&ch->ready[node][m->sibling[i].what],
				 tick + m->sibling[i].latency);
}

static void note_in_windows(const struct fast_rules *r, struct fast_channel *ch,
			    const struct fast_moves *m, enum fast_command c,
			    const struct fast_path *path, uint64_t tick)
{
	const struct dram_timing *t = r->timing;

	for (unsigned w = 0; w < t->n_windows; w++) {
		struct dram_history *h = &ch->history[path->node[t->windows[w].level]][w];
		unsigned size = t->windows[w].size;

		if (!(t->counts_in[r->dram[c]] >> w & 1))
			continue;
		h->tick[h->n++ % size] = tick + r->form[c].ticks - 1u;
		for (unsigned i = 0; h->n >= size && i < m->n_window; i++)
			if (m->window[i].window_slot == w)
				raise_to(&ch->ready[path->node[m->window[i].level]][m->window[i].what],
					 h->tick[h->n % size] + m->window[i].latency);
	}
}

void fast_rules_issue(const struct ram21_fast *f, struct fast_channel *ch, enum fast_command c,
		      unsigned pc, const struct fast_path *path, uint64_t tick)
{
	const struct fast_rules *r = &f->rules;
	const struct fast_moves *m = &r->of[c];

	if (r->form[c].scope == DRAM_FOR_PC) {
		for (unsigned i = 0; i < m->n_own; i++)
			raise_to(&ch->ready[pc * FAST_PC_NODES][m->own[i].what],
				 tick + m->own[i].latency);
		return;
	}
	for (unsigned i = 0; i < m->n_own; i++)
		raise_to(&ch->ready[path->node[m->own[i].level]][m->own[i].what],
			 tick + m->own[i].latency);
	if (m->n_sibling > 0)
		move_siblings(r, ch, m, path, tick);
	if (r->timing->counts_in[r->dram[c]])
		note_in_windows(r, ch, m, c, path, tick);
}
