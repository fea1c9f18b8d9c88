/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles the edges of a timing: sorted by the node that they act on, without those that
 * nobody will ask about.  Which edges there are is dram_timing.c's.
 */
#include "model/dram_effect.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/off_by_one.h"

static void add_raise(struct dram_raise *of, size_t max, unsigned *n, unsigned level,
		      size_t offset, uint64_t latency)
{
	BUG_ON(latency > UINT32_MAX || *n == max);
	of[(*n)++] = (struct dram_raise){ (uint16_t)level, (uint16_t)offset, (uint32_t)latency };
}

/* Of RDA and WRA only their bank's ticks are: elsewhere they go when RD and WR do. */
static bool is_asked(const struct dram_timing *t, const struct dram_edge *e, unsigned asked)
{
	bool is_closing = e->following == DRAM_RDA || e->following == DRAM_WRA;

	if (is_closing)
		return e->level == DRAM_LEVEL_BANK;
	return (asked >> e->following & 1) && !(e->is_sibling && t->stack_ids == 1);
}

/* What an edge raises, added to a list. */
static void compile_edge(const struct dram_edge *e, struct dram_raise *of, size_t max, unsigned *n)
{
	bool is_read = e->following == DRAM_RD || e->following == DRAM_RDA;

	add_raise(of, max, n, e->level,
		  offsetof(struct dram_node, ready) + e->following * sizeof(uint64_t), e->latency);
	if (e->is_turnaround)
		add_raise(of, max, n, e->level,
			  offsetof(struct dram_node, turned) + (is_read ? 0 : sizeof(uint64_t)),
			  e->latency);
}

static void compile_command(const struct dram_timing *t, enum dram_command_kind c, unsigned asked,
			    struct dram_effect *effect)
{
	const struct dram_edge *edges = t->edges[c];
	unsigned n = 0;

	for (unsigned level = 0; level < N_DRAM_LEVELS; level++) {
		for (unsigned i = 0; i < t->n_edges[c]; i++) {
			const struct dram_edge *e = &edges[i];
			struct dram_raises *window = &effect->windows[e->window_slot];

			if (e->level != level || !is_asked(t, e, asked))
				continue;
			if (e->is_sibling || c == DRAM_REFpb)
				effect->others[effect->n_others++] = *e;
			else if (e->window > 1)
				compile_edge(e, window->of, ARRAY_SIZE(window->of), &window->n);
			else
				compile_edge(e, effect->of, ARRAY_SIZE(effect->of), &n);
		}
		effect->end[level] = n;
	}
}

/* Above the bank groups. */
static bool are_equal(const struct dram_effect *a, const struct dram_effect *b)
{
	unsigned n = a->end[DRAM_LEVEL_SID];

	return n == b->end[DRAM_LEVEL_SID] && memcmp(a->of, b->of, n * sizeof(a->of[0])) == 0;
}

/* Whatever of the two follows makes the first one void above the bank group. */
static void compare_kinds(struct dram_effect *a, struct dram_effect *b)
{
	a->is_followed_alike = b->is_followed_alike =
		are_equal(a, b) && a->n_others == 0 && b->n_others == 0;
}

void dram_timing_compile(struct dram_timing *t, unsigned asked)
{
	t->effects = xcalloc(N_DRAM_COMMANDS, sizeof(*t->effects));
	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++)
		compile_command(t, (enum dram_command_kind)c, asked, &t->effects[c]);
	compare_kinds(&t->effects[DRAM_RD], &t->effects[DRAM_RDA]);
	compare_kinds(&t->effects[DRAM_WR], &t->effects[DRAM_WRA]);
}

void dram_timing_release(struct dram_timing *t)
{
	free(t->effects);
	t->effects = NULL;
}

static void apply(const struct dram_state *s, unsigned bank, const struct dram_raise *from,
		  const struct dram_raise *to, uint64_t tick)
{
	const struct dram_path *path = &s->timing->paths[bank];

	for (const struct dram_raise *r = from; r < to; r++) {
		uint64_t *word = (uint64_t *)(void *)((char *)s->nodes + path->offset[r->level] +
						 r->offset);

		*word = max_u64(*word, tick + r->latency + OFF(EFFECT_RAISE));
	}
}

static void apply_windows(struct dram_state *s, enum dram_command_kind c, unsigned bank,
			  uint64_t tick)
{
	const struct dram_timing *t = s->timing;

	for (unsigned w = 0; w < t->n_windows; w++) {
		const struct dram_raises *raises = &t->effects[c].windows[w];
		const struct dram_node *node = dram_node_of(s, bank, t->windows[w].level);
		size_t history = (size_t)(node - s->nodes) * t->n_windows + w;
		uint64_t from;

		if (!(t->counts_in[c] >> w & 1))
			continue;
		from = dram_history_add(&s->histories[history], t->windows[w].size,
					tick + t->standard->commands[c].ticks - 1u);
		if (from != DRAM_WINDOW_NOT_FULL)
			apply(s, bank, raises->of, raises->of + raises->n, from);
	}
}

void dram_effect_apply(struct dram_state *s, enum dram_command_kind c, unsigned bank,
		       uint64_t tick)
{
	const struct dram_timing *t = s->timing;
	const struct dram_effect *effect = &t->effects[c];
	bool is_for_bank = t->standard->commands[c].scope == DRAM_FOR_BANK;
	unsigned n = effect->end[is_for_bank ? DRAM_LEVEL_BANK : DRAM_LEVEL_PC];

	apply(s, bank, effect->of, effect->of + n, tick);
	if (t->counts_in[c])
		apply_windows(s, c, bank, tick);
}

void dram_issue_followed(struct dram_state *s, enum dram_command_kind c, unsigned bank,
			 uint64_t tick)
{
	const struct dram_timing *t = s->timing;
	const struct dram_effect *effect;

	if (t->effects == NULL || !t->effects[c].is_followed_alike || t->counts_in[c]) {
		dram_issue(s, c, bank, tick);
		return;
	}
	effect = &t->effects[c];
	apply(s, bank, effect->of + effect->end[DRAM_LEVEL_SID],
	      effect->of + effect->end[DRAM_LEVEL_BANK] - OFF(EFFECT_FOLLOWED), tick);
}
