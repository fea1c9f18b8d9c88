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

static bool add_target(struct fast_rules *r, enum fast_command c, unsigned bank, unsigned node,
		       unsigned what, uint64_t latency, unsigned *n)
{
	if (*n == FAST_MAX_MOVES)
		return false;
	r->targets[bank][c][*n] = (uint16_t)(node * N_FAST_READY + what);
	r->of[c].latency[(*n)++] = latency;
	return true;
}

/* A rule moves its level's node; one for siblings those of the other stack IDs, the only ones
 * that rules know. */
static bool add_move(struct fast_rules *r, enum fast_command c, const struct fast_path *path,
		     const struct dram_edge *e, unsigned what, unsigned *n)
{
	unsigned first = path->node[DRAM_LEVEL_PC] + 1u;
	bool fits = true;

	if (!e->is_sibling)
		return add_target(r, c, path->index, path->node[e->level], what, e->latency, n);
	for (unsigned node = first; node < first + r->timing->stack_ids; node++)
		if (node != path->node[DRAM_LEVEL_SID])
			fits = fits && add_target(r, c, path->index, node, what, e->latency, n);
	return fits;
}

static unsigned turned(unsigned what)
{
	return what == FAST_WR ? FAST_TURNED_WR : FAST_TURNED_RD;
}

/* What the command moves for one bank; of every bank the same latencies. */
static bool compile_bank(struct fast_rules *r, enum fast_command c, const struct fast_path *path)
{
	const struct dram_timing *t = r->timing;
	unsigned n = 0;

	for (unsigned i = 0; i < t->n_edges[dram_of[c]]; i++) {
		const struct dram_edge *e = &t->edges[dram_of[c]][i];
		unsigned what = fast_of(e->following);

		if (what == N_FAST_COMMANDS || e->window > 1)
			continue;
		if (r->form[c].scope == DRAM_FOR_PC && e->level != DRAM_LEVEL_PC)
			return false;
		if (!add_move(r, c, path, e, what, &n))
			return false;
		if (e->is_turnaround && !add_move(r, c, path, e, turned(what), &n))
			return false;
	}
	r->of[c].n = n;
	return true;
}

/* Does the spacing of the command by itself keep the window's rule?  Only where it is about no
 * other command. */
static bool is_void(const struct fast_rules *r, enum fast_command c, const struct dram_edge *e)
{
	const struct dram_timing *t = r->timing;

	if (e->following != dram_of[c])
		return false;
	for (unsigned other = 0; other < N_FAST_COMMANDS; other++)
		if (other != c && t->counts_in[dram_of[other]] >> e->window_slot & 1)
			return false;
	return dram_latency(t, (enum dram_level)e->level, (enum dram_command_kind)dram_of[c],
			    (enum dram_command_kind)dram_of[c]) * e->window >=
	       e->latency + r->form[c].ticks - 1u;
}

static bool compile_windows(struct fast_rules *r, enum fast_command c)
{
	const struct dram_timing *t = r->timing;
	struct fast_moves *m = &r->of[c];

	for (unsigned i = 0; i < t->n_edges[dram_of[c]]; i++) {
		const struct dram_edge *e = &t->edges[dram_of[c]][i];
		unsigned what = fast_of(e->following);

		if (what == N_FAST_COMMANDS || e->window <= 1 || is_void(r, c, e))
			continue;
		if (r->form[c].scope == DRAM_FOR_PC || m->n_window == ARRAY_SIZE(m->window) ||
		    e->is_sibling || (e->window & (e->window - 1)) != 0)
			return false;
		m->window[m->n_window++] = (struct fast_window_move){
			.slot = e->window_slot,
			.level = e->level,
			.what = (uint8_t)what,
			.latency = e->latency,
		};
	}
	return true;
}

/* False: more rules than there is room for, or such as no standard has. */
bool fast_rules_init(struct fast_rules *r, const struct dram_timing *t,
		     const struct fast_path *paths)
{
	bool fits = t->standard->ticks_per_clock <= 2;

	memset(r, 0, sizeof(*r));
	r->timing = t;
	r->ticks_per_clock = t->standard->ticks_per_clock;
	r->n_banks = t->n_banks;
	memcpy(r->dram, dram_of, sizeof(dram_of));
	for (unsigned i = 0; i < N_FAST_COMMANDS; i++) {
		enum fast_command c = (enum fast_command)i;

		r->form[c] = t->standard->commands[dram_of[c]];
		r->edge[c] = r->form[c].is_on_rising ? r->ticks_per_clock - 1 : 0;
		for (unsigned bank = 0; bank < FAST_PCS * r->n_banks; bank++)
			fits = fits && compile_bank(r, c, &paths[bank]);
		fits = fits && compile_windows(r, c);
	}
	return fits;
}

/* The command joins the last ones of its windows, and moves what waits for the oldest of them. */
void fast_rules_note(const struct fast_rules *r, struct fast_channel *ch, enum fast_command c,
		     const struct fast_path *path, uint64_t tick)
{
	const struct dram_timing *t = r->timing;
	const struct fast_moves *m = &r->of[c];

	for (unsigned w = 0; w < t->n_windows; w++) {
		struct dram_history *h = &ch->history[path->node[t->windows[w].level]][w];
		unsigned size = t->windows[w].size; /* a power of two */

		if (!(t->counts_in[r->dram[c]] >> w & 1))
			continue;
		h->tick[h->n++ & (size - 1)] = tick + r->form[c].ticks - 1u;
		for (unsigned i = 0; h->n >= size && i < m->n_window; i++) {
			uint64_t *ready = &ch->ready[path->node[m->window[i].level]]
						    [m->window[i].what];

			if (m->window[i].slot == w)
				*ready = max_u64(*ready, h->tick[(h->n + OFF(WINDOW)) & (size - 1)] +
								 m->window[i].latency);
		}
	}
}
