/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolves a standard's parameters (speed bin, density, overrides) and rules to ticks, and
 * keeps the earliest tick of every (node, command).  Does not decide what is issued.
 */
#include "model/dram_effect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/mem.h"

static void apply_overrides(struct dram_params *n, const struct machine *m)
{
#define X(name, help) \
	if (m->t_##name != 0) \
		n->n##name = (int64_t)m->t_##name;
	DRAM_PARAM_LIST(X)
#undef X
}

static bool is_write(enum dram_command_kind c)
{
	return c == DRAM_WR || c == DRAM_WRA;
}

/*
 * From clocks between last ticks to ticks between first ticks, in a window from a last tick.
 * Never below 1: odd overrides must not let a command go before the one that it follows.
 */
static uint64_t adjust(const struct dram_standard *s, const struct dram_rule *r, int64_t nominal)
{
	int64_t preceding_ticks = r->window > 1 ? 1 : s->commands[r->preceding].ticks;
	int64_t ticks = nominal * (int64_t)s->ticks_per_clock + preceding_ticks -
			s->commands[r->following].ticks;

	return ticks < 1 ? 1 : (uint64_t)ticks;
}

/* The window of a rule, which from now on counts what precedes in it. */
static uint8_t find_window(struct dram_timing *t, const struct dram_rule *r)
{
	unsigned w = 0;

	while (w < t->n_windows && (t->windows[w].level != r->level ||
				    t->windows[w].size != r->window))
		w++;
	BUG_ON(w == DRAM_MAX_WINDOWS || r->window > DRAM_MAX_WINDOW || r->is_sibling);
	if (w == t->n_windows)
		t->windows[t->n_windows++] = (struct dram_window){ r->level, r->window };
	t->counts_in[r->preceding] |= (uint8_t)(1u << w);
	return (uint8_t)w;
}

static void add_edge(struct dram_timing *t, const struct dram_rule *r, uint64_t latency)
{
	struct dram_edge *edges = t->edges[r->preceding];
	unsigned n = t->n_edges[r->preceding], at = n;
	struct dram_edge e = {
		.level = r->level,
		.following = r->following,
		.is_sibling = r->is_sibling,
		.is_turnaround = dram_is_column(r->preceding) && dram_is_column(r->following) &&
				 is_write(r->preceding) != is_write(r->following),
		.window = r->window,
		.latency = latency,
	};

	for (unsigned i = 0; i < n; i++) {
		if (edges[i].level != r->level || edges[i].following != r->following ||
		    edges[i].window != r->window || edges[i].is_sibling != r->is_sibling)
			continue;
		edges[i].latency = max_u64(edges[i].latency, latency); /* two limits, one edge */
		return;
	}
	if (r->window > 1)
		e.window_slot = find_window(t, r);
	if (r->following == r->preceding) {
		at = t->n_own[r->preceding]++;
		memmove(edges + at + 1, edges + at, (n - at) * sizeof(*edges));
	}
	edges[at] = e;
	t->n_edges[r->preceding]++;
}

/*
 * No two bursts share the pins.  Every standard's own rules see to that; these do when an
 * override takes it from them.
 */
static void keep_data_apart(struct dram_timing *t)
{
	static const uint8_t columns[] = { DRAM_RD, DRAM_WR, DRAM_RDA, DRAM_WRA };

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(columns); j++) {
			struct dram_rule r = { .level = DRAM_LEVEL_PC, .preceding = columns[i],
					       .following = columns[j], .window = 1 };
			int64_t before = is_write(columns[i]) ? t->n.nCWL : t->n.nCL;
			int64_t after = is_write(columns[j]) ? t->n.nCWL : t->n.nCL;

			add_edge(t, &r, adjust(t->standard, &r, before + t->n.nBL - after));
		}
	}
}

static void compile_rules(struct dram_timing *t)
{
	const struct dram_standard *s = t->standard;
	int64_t nominal[DRAM_MAX_RULES];

	BUG_ON(s->n_rules > DRAM_MAX_RULES);
	s->nominal(&t->n, nominal);
	for (size_t i = 0; i < s->n_rules; i++)
		add_edge(t, &s->rules[i], adjust(s, &s->rules[i], nominal[i]));
	keep_data_apart(t);
}

static uint16_t node_offset(unsigned node)
{
	return (uint16_t)(node * sizeof(struct dram_node));
}

static void number_nodes(struct dram_timing *t)
{
	const struct dram_standard *s = t->standard;
	unsigned n_groups = t->stack_ids * s->bank_groups;

	t->n_nodes = 1 + t->stack_ids + n_groups + t->n_banks;
	for (unsigned bank = 0; bank < t->n_banks; bank++) {
		unsigned group = bank / s->banks_per_group;

		t->sid_node[bank] = (uint8_t)(1 + group / s->bank_groups);
		t->bg_node[bank] = (uint8_t)(1 + t->stack_ids + group);
		t->bank_node[bank] = (uint8_t)(1 + t->stack_ids + n_groups + bank);
		t->paths[bank] = (struct dram_path){ {
			[DRAM_LEVEL_SID] = node_offset(t->sid_node[bank]),
			[DRAM_LEVEL_BG] = node_offset(t->bg_node[bank]),
			[DRAM_LEVEL_BANK] = node_offset(t->bank_node[bank]),
		} };
	}
}

/* A pseudo channel that is refreshed must have time left to open a row and use it. */
static bool check_refresh(const struct dram_params *n, struct err *err)
{
	int64_t least = n->nRFC + n->nRC + n->nRP + n->nCL + n->nCWL + n->nWR + n->nWTRL + n->nFAW;

	if (n->nREFI > 2 * least)
		return true;
	return err_setting(err, "hbm.timing",
			   "a refresh takes most of its interval (found nREFI = %" PRId64
			   ", expected more than %" PRId64 "); raise nREFI or lower nRFC",
			   n->nREFI, 2 * least);
}

bool dram_timing_init(struct dram_timing *t, const struct dram_standard *s,
		      const struct machine *m, struct err *err)
{
	const char *setting;
	char why[DRAM_REASON], path[32];

	memset(t, 0, sizeof(*t));
	t->standard = s;
	if (!dram_device_init(&t->device, s, m->hbm_data_rate, m->hbm_density, m->hbm_height,
			      &setting, why)) {
		snprintf(path, sizeof(path), "hbm.%s", setting);
		return err_setting(err, path, "%s", why);
	}
	t->n = t->device.n;
	t->rows = t->device.rows;
	t->clock_hz = t->device.clock_hz;
	t->n_banks = t->device.n_banks;
	t->stack_ids = t->device.stack_ids;
	apply_overrides(&t->n, m);
	number_nodes(t);
	compile_rules(t);
	return check_refresh(&t->n, err);
}

uint64_t dram_latency(const struct dram_timing *t, enum dram_level level,
		      enum dram_command_kind preceding, enum dram_command_kind following)
{
	uint64_t latency = 0;

	for (unsigned i = 0; i < t->n_edges[preceding]; i++) {
		const struct dram_edge *e = &t->edges[preceding][i];

		if (e->level == level && e->following == following && e->window == 1 &&
		    !e->is_sibling)
			latency = max_u64(latency, e->latency);
	}
	return latency;
}

void dram_state_init(struct dram_state *s, const struct dram_timing *t)
{
	s->timing = t;
	s->nodes = xcalloc(t->n_nodes, sizeof(*s->nodes));
	s->histories = xcalloc((size_t)t->n_nodes * t->n_windows + 1, sizeof(*s->histories));
}

void dram_state_release(struct dram_state *s)
{
	free(s->nodes);
	free(s->histories);
}

uint64_t dram_earliest(const struct dram_state *s, enum dram_command_kind c, unsigned bank)
{
	const struct dram_timing *t = s->timing;
	uint64_t tick = dram_pc_node(s)->ready[c];

	if (t->standard->commands[c].scope != DRAM_FOR_BANK)
		return tick;
	for (unsigned i = 0; i < dram_banks_of(t, c); i++)
		tick = max_u64(tick, dram_earliest_in(s, c, dram_bank_of(t, c, bank, i)));
	return tick;
}

/* Counts the command in its windows, and finds the ticks that their latencies count from. */
static void note_in_windows(struct dram_state *s, enum dram_command_kind c,
			    struct dram_node *const *path, uint64_t last_tick, uint64_t *from)
{
	const struct dram_timing *t = s->timing;

	for (unsigned w = 0; w < t->n_windows; w++) {
		size_t node = (size_t)(path[t->windows[w].level] - s->nodes);
		struct dram_history *h = &s->histories[node * t->n_windows + w];

		if (!(t->counts_in[c] >> w & 1))
			continue;
		from[w] = dram_history_add(h, t->windows[w].size, last_tick);
	}
}

static void raise_to(uint64_t *ready, uint64_t tick)
{
	*ready = max_u64(*ready, tick);
}

static void apply_edge(const struct dram_edge *e, struct dram_node *node, uint64_t from)
{
	raise_to(&node->ready[e->following], from + e->latency);
	if (e->is_turnaround)
		raise_to(dram_turned(node, (enum dram_command_kind)e->following),
			 from + e->latency);
}

/* The other stack IDs of the pseudo channel: the only siblings that rules know. */
static void apply_to_siblings(struct dram_state *s, const struct dram_edge *e, unsigned bank,
			      uint64_t tick)
{
	struct dram_node *own = dram_sid_node(s, bank);

	for (struct dram_node *node = s->nodes + 1; node <= s->nodes + s->timing->stack_ids; node++)
		if (node != own)
			apply_edge(e, node, tick);
}

static void apply_to_banks(struct dram_state *s, const struct dram_edge *e,
			   enum dram_command_kind c, unsigned bank, uint64_t tick)
{
	const struct dram_timing *t = s->timing;

	for (unsigned i = 0; i < dram_banks_of(t, c); i++) {
		unsigned one = dram_bank_of(t, c, bank, i);

		apply_edge(e, e->level == DRAM_LEVEL_BG ? dram_bg_node(s, one) :
			   dram_bank_node(s, one), tick);
	}
}

static void apply_edges(struct dram_state *s, enum dram_command_kind c,
			const struct dram_edge *edges, unsigned n_edges, unsigned bank,
			uint64_t tick)
{
	const struct dram_timing *t = s->timing;
	struct dram_node *path[N_DRAM_LEVELS] = { dram_pc_node(s) };
	uint64_t from[DRAM_MAX_WINDOWS];

	if (t->standard->commands[c].scope == DRAM_FOR_BANK) {
		path[DRAM_LEVEL_SID] = dram_sid_node(s, bank);
		path[DRAM_LEVEL_BG] = dram_bg_node(s, bank);
		path[DRAM_LEVEL_BANK] = dram_bank_node(s, bank);
	}
	if (t->counts_in[c])
		note_in_windows(s, c, path, tick + t->standard->commands[c].ticks - 1u, from);
	for (unsigned i = 0; i < n_edges; i++) {
		const struct dram_edge *e = &edges[i];

		if (e->is_sibling)
			apply_to_siblings(s, e, bank, tick);
		else if (e->window > 1 && from[e->window_slot] != DRAM_WINDOW_NOT_FULL)
			apply_edge(e, path[e->level], from[e->window_slot]);
		else if (e->window == 1 && c == DRAM_REFpb && e->level >= DRAM_LEVEL_BG)
			apply_to_banks(s, e, c, bank, tick);
		else if (e->window == 1)
			apply_edge(e, path[e->level], tick);
	}
}

void dram_issue(struct dram_state *s, enum dram_command_kind c, unsigned bank, uint64_t tick)
{
	const struct dram_timing *t = s->timing;

	if (t->effects == NULL) {
		apply_edges(s, c, t->edges[c], t->n_edges[c], bank, tick);
		return;
	}
	if (c == DRAM_REFpb) {
		apply_edges(s, c, t->effects[c].others, t->effects[c].n_others, bank, tick);
		return;
	}
	dram_effect_apply(s, c, bank, tick);
	for (unsigned i = 0; i < t->effects[c].n_others; i++)
		apply_to_siblings(s, &t->effects[c].others[i], bank, tick);
}

void dram_issue_in_run(struct dram_state *s, enum dram_command_kind c, unsigned bank,
		       uint64_t tick)
{
	apply_edges(s, c, s->timing->edges[c], s->timing->n_own[c], bank, tick);
}
