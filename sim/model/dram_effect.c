/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles the edges of a timing: sorted by the node that they act on, without those that
 * nobody will ask about.  Which edges there are is dram_timing.c's.
 */
#include "model/dram_effect.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void add_raise(struct dram_raises *to, size_t offset, uint64_t latency)
{
	BUG_ON(latency > UINT32_MAX || to->n == ARRAY_SIZE(to->of));
	to->of[to->n++] = (struct dram_raise){ (uint32_t)(offset / sizeof(uint64_t)),
					       (uint32_t)latency };
}

/* Of RDA and WRA only their bank's ticks are: elsewhere they go when RD and WR do. */
static bool is_asked(const struct dram_timing *t, const struct dram_edge *e, unsigned asked)
{
	bool is_closing = e->following == DRAM_RDA || e->following == DRAM_WRA;

	if (is_closing)
		return e->level == DRAM_LEVEL_BANK;
	return (asked >> e->following & 1) && !(e->is_sibling && t->stack_ids == 1);
}

static void compile_edge(struct dram_effect *effect, enum dram_command_kind c,
			 const struct dram_edge *e)
{
	struct dram_raises *to = e->window > 1 ? &effect->windows[e->window_slot] :
						 &effect->levels[e->level];
	bool is_read = e->following == DRAM_RD || e->following == DRAM_RDA;

	if (e->is_sibling || c == DRAM_REFpb) {
		effect->others[effect->n_others++] = *e;
		return;
	}
	add_raise(to, offsetof(struct dram_node, ready) + e->following * sizeof(uint64_t),
		  e->latency);
	if (e->is_turnaround)
		add_raise(to, offsetof(struct dram_node, turned) + (is_read ? 0 : sizeof(uint64_t)),
			  e->latency);
}

static bool are_equal(const struct dram_raises *a, const struct dram_raises *b)
{
	return a->n == b->n && memcmp(a->of, b->of, a->n * sizeof(a->of[0])) == 0;
}

/* Whatever of the two follows makes the first one void above the bank group. */
static void compare_kinds(struct dram_effect *a, struct dram_effect *b)
{
	a->is_followed_alike = b->is_followed_alike =
		are_equal(&a->levels[DRAM_LEVEL_PC], &b->levels[DRAM_LEVEL_PC]) &&
		are_equal(&a->levels[DRAM_LEVEL_SID], &b->levels[DRAM_LEVEL_SID]) &&
		a->n_others == 0 && b->n_others == 0;
}

void dram_timing_compile(struct dram_timing *t, unsigned asked)
{
	t->effects = xcalloc(N_DRAM_COMMANDS, sizeof(*t->effects));
	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++)
		for (unsigned i = 0; i < t->n_edges[c]; i++)
			if (is_asked(t, &t->edges[c][i], asked))
				compile_edge(&t->effects[c], (enum dram_command_kind)c,
					     &t->edges[c][i]);
	compare_kinds(&t->effects[DRAM_RD], &t->effects[DRAM_RDA]);
	compare_kinds(&t->effects[DRAM_WR], &t->effects[DRAM_WRA]);
}

void dram_timing_release(struct dram_timing *t)
{
	free(t->effects);
	t->effects = NULL;
}

static void apply(struct dram_node *node, const struct dram_raises *raises, uint64_t tick)
{
	uint64_t *words = node->ready;

	for (unsigned i = 0; i < raises->n; i++) {
		uint64_t *word = &words[raises->of[i].word];

		*word = max_u64(*word, tick + raises->of[i].latency);
	}
}

static void apply_windows(struct dram_state *s, enum dram_command_kind c, unsigned bank,
			  uint64_t tick)
{
	const struct dram_timing *t = s->timing;
	const struct dram_path *path = &s->paths[bank];
	struct dram_node *const nodes[N_DRAM_LEVELS] = {
		[DRAM_LEVEL_PC] = s->nodes,
		[DRAM_LEVEL_SID] = path->sid,
		[DRAM_LEVEL_BG] = path->bg,
		[DRAM_LEVEL_BANK] = path->bank,
	};

	for (unsigned w = 0; w < t->n_windows; w++) {
		struct dram_node *node = nodes[t->windows[w].level];
		size_t history = (size_t)(node - s->nodes) * t->n_windows + w;
		uint64_t from;

		if (!(t->counts_in[c] >> w & 1))
			continue;
		from = dram_history_add(&s->histories[history], t->windows[w].size,
					tick + t->standard->commands[c].ticks - 1u);
		if (from != DRAM_WINDOW_NOT_FULL)
			apply(node, &t->effects[c].windows[w], from);
	}
}

void dram_effect_apply(struct dram_state *s, enum dram_command_kind c, unsigned bank,
		       uint64_t tick)
{
	const struct dram_timing *t = s->timing;
	const struct dram_effect *effect = &t->effects[c];
	const struct dram_path *path = &s->paths[bank];

	apply(s->nodes, &effect->levels[DRAM_LEVEL_PC], tick);
	if (t->standard->commands[c].scope == DRAM_FOR_BANK) {
		apply(path->sid, &effect->levels[DRAM_LEVEL_SID], tick);
		apply(path->bg, &effect->levels[DRAM_LEVEL_BG], tick);
		apply(path->bank, &effect->levels[DRAM_LEVEL_BANK], tick);
	}
	if (t->counts_in[c])
		apply_windows(s, c, bank, tick);
}

void dram_issue_followed(struct dram_state *s, enum dram_command_kind c, unsigned bank,
			 uint64_t tick)
{
	const struct dram_timing *t = s->timing;
	const struct dram_path *path = &s->paths[bank];

	if (t->effects == NULL || !t->effects[c].is_followed_alike || t->counts_in[c]) {
		dram_issue(s, c, bank, tick);
		return;
	}
	apply(path->bg, &t->effects[c].levels[DRAM_LEVEL_BG], tick);
	apply(path->bank, &t->effects[c].levels[DRAM_LEVEL_BANK], tick);
}
