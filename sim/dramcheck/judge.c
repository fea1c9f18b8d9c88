/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges one command: place, time, command bus, state of the banks, every distance, data
 * bus; then takes it for granted, so that what follows is judged against it.
 */
#include "dramcheck/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define COLUMNS (BIT(RD) | BIT(WR) | BIT(RDA) | BIT(WRA))
#define READS (BIT(RD) | BIT(RDA))
#define WHOLE (BIT(PREab) | BIT(REFab)) /* address a pseudo channel */

static bool is_in(unsigned set, const struct judged *x)
{
	return set >> x->c->kind & 1;
}

struct clocks_text check_clocks(const struct dramcheck *d, int64_t ticks)
{
	int64_t per_clock = (int64_t)d->limits.org.ticks_per_clock;
	struct clocks_text t;

	/* Two ticks a clock at most. */
	snprintf(t.text, sizeof(t.text), "%s%" PRId64 "%s", ticks < 0 ? "-" : "",
		 (ticks < 0 ? -ticks : ticks) / per_clock, ticks % per_clock ? ".5" : "");
	return t;
}

static void describe(const struct judged *x, char *text, size_t room)
{
	const struct dramcheck_command *c = x->c;
	struct dramcheck_fields f = dramcheck_fields(x->d, c->kind);
	int n = snprintf(text, room, "channel %" PRIu32 ".%" PRIu32, c->channel, c->pseudo_channel);

	if (f.stack_id)
		n += snprintf(text + n, room - (size_t)n, " stack ID %" PRIu32, c->stack_id);
	if (f.bank_group)
		n += snprintf(text + n, room - (size_t)n, " bank %" PRIu32 ".%" PRIu32,
			      c->bank_group, c->bank);
	else if (f.bank)
		n += snprintf(text + n, room - (size_t)n, " bank %" PRIu32, c->bank);
	snprintf(text + n, room - (size_t)n, ": %s ", c->kind < N_DRAMCHECK_KINDS ?
		 dramcheck_kind_name(c->kind) : "the end comes");
}

void check_violation(const struct judged *x, unsigned rule, const char *fmt, ...)
{
	struct dramcheck *d = x->d;
	char *text, *where;
	char room[128];
	va_list args;

	d->violations[rule]++;
	d->n_violations++;
	if (d->n_told == d->max_told)
		return;
	d->n_told++;
	describe(x, room, sizeof(room));
	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	where = xasprintf("%s%s", room, text);
	d->tell(d->context, where);
	free(where);
	free(text);
}

/* Refreshes of a pair of bank groups go by the lower one. */
static uint64_t groups_of(const struct judged *x)
{
	uint64_t groups = x->d->limits.org.bank_groups;
	bool is_pair = x->c->kind == DRAMCHECK_REFpb && x->d->limits.sheet->reach == REACH_PAIR;

	return is_pair ? groups / 2 : groups;
}

static bool judge_place(const struct judged *x)
{
	const struct dramcheck_organisation *org = &x->d->limits.org;
	const struct dramcheck_command *c = x->c;
	const struct {
		const char *name;
		uint64_t found, end;
	} fields[] = {
		{ "channel", c->channel, x->d->n_channels },
		{ "pseudo channel", c->pseudo_channel, org->pseudo_channels },
		{ "stack ID", c->stack_id, org->stack_ids },
		{ "bank group", c->bank_group, groups_of(x) },
		{ "bank", c->bank, org->banks },
		{ "row", c->row, org->rows },
		{ "column", c->column, org->columns },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (fields[i].found < fields[i].end)
			continue;
		check_violation(x, RULE_PLACE,
				"to %s %" PRIu64 ", which is not there (expected below %" PRIu64 ")",
				fields[i].name, fields[i].found, fields[i].end);
		return false;
	}
	return true;
}

/* The tick whose time, rounded down, is the command's; else the one after. */
static void judge_time(struct judged *x)
{
	const struct check_limits *l = &x->d->limits;
	bool is_edge;

	x->at = check_tick(x->d, x->c->time_ps, &is_edge);
	if (!is_edge)
		check_violation(x, RULE_EDGE, "at %" PRIu64 " ps, which is no clock edge",
				x->c->time_ps);
	x->first = x->at - l->sheet->ticks[x->c->kind] + 1;
}

static void judge_edge(const struct judged *x)
{
	struct dramcheck *d = x->d;
	int phase = (int)(x->first & (int64_t)(d->limits.org.ticks_per_clock - 1));

	if (x->at < d->now)
		check_violation(x, RULE_ORDER, "%s clocks before the command before it",
				check_clocks(d, d->now - x->at).text);
	d->now = x->at;
	if (!is_in(d->limits.sheet->rising, x))
		return;
	if (d->phase < 0)
		d->phase = phase;
	if (phase != d->phase)
		check_violation(x, RULE_RISING, "starts on a falling edge");
}

static void judge_command_bus(const struct judged *x)
{
	struct dramcheck *d = x->d;
	bool has_two = d->limits.sheet->has_column_bus;
	bool is_column = has_two && is_in(COLUMNS, x);
	int64_t *taken = is_column ? &d->buses[x->c->channel].column :
				     &d->buses[x->c->channel].row;
	const char *name = is_column ? "column " : has_two ? "row " : "";

	if (x->first <= *taken)
		check_violation(x, RULE_COMMAND_BUS,
				"starts %s clocks before the %scommand bus is free",
				check_clocks(d, *taken - x->first + 1).text, name);
	*taken = x->at;
}

/* Which banks a command is about. */
static void reach(struct judged *x)
{
	const struct check_sheet *s = x->d->limits.sheet;
	unsigned group = x->c->bank_group, step = s->bank_groups;

	if (is_in(WHOLE, x))
		return;
	if (x->c->kind == DRAMCHECK_REFpb && s->reach == REACH_PAIR)
		step = s->bank_groups / 2;
	if (x->c->kind == DRAMCHECK_REFpb && s->reach == REACH_SAME_BANK) {
		group = 0;
		step = 1;
	}
	for (; group < s->bank_groups; group += step) {
		unsigned of_pc = x->c->stack_id * s->bank_groups + group;

		x->group[x->n_reached] = of_pc;
		x->bank[x->n_reached++] = of_pc * s->banks + x->c->bank;
	}
}

static void judge_refresh_state(const struct judged *x)
{
	unsigned open = x->p->n_open;

	if (x->c->kind == DRAMCHECK_REFpb) {
		open = 0;
		for (unsigned i = 0; i < x->n_reached; i++)
			open += x->p->rows[x->bank[i]] != CLOSED;
	}
	if (open > 0)
		check_violation(x, RULE_REFRESH_OPEN, "with %u bank%s open", open,
				open == 1 ? "" : "s");
}

/* The state of banks, before and after. */
static void judge_state(const struct judged *x)
{
	struct pseudo *p = x->p;
	int64_t *row = x->n_reached ? &p->rows[x->bank[0]] : NULL;

	switch (x->c->kind) {
	case DRAMCHECK_ACT:
		if (*row != CLOSED)
			check_violation(x, RULE_OPEN_BANK, "to an open bank");
		p->n_open += *row == CLOSED;
		*row = x->c->row;
		return;
	case DRAMCHECK_REFab:
	case DRAMCHECK_REFpb:
		judge_refresh_state(x);
		return;
	case DRAMCHECK_PREab:
		for (unsigned i = 0; i < x->d->n_banks; i++)
			p->rows[i] = CLOSED;
		p->n_open = 0;
		return;
	case DRAMCHECK_PREpb:
		break;
	default:
		if (*row == CLOSED)
			check_violation(x, RULE_CLOSED_BANK, "to a closed bank");
		else if (*row != x->c->row)
			check_violation(x, RULE_OTHER_ROW,
					"to row %" PRIu32 " while row %" PRId64 " is open",
					x->c->row, *row);
	}
	if (x->c->kind == DRAMCHECK_RD || x->c->kind == DRAMCHECK_WR)
		return;
	p->n_open -= *row != CLOSED;
	*row = CLOSED;
}

static void too_close(const struct judged *x, const struct check_limit *limit, int64_t distance)
{
	const struct check_rule *rule = &check_rules[limit->rule];
	const char *from = dramcheck_kind_name((enum dramcheck_kind)limit->preceding);
	const char *which = "";

	if (limit->window > 1)
		from = "the fourth activation before it";
	if (limit->scope == SCOPE_SIBLING)
		which = " to another stack ID";
	check_violation(x, N_STATE_RULES + limit->rule, "%s clocks after %s%s (expected %s = %s)",
			check_clocks(x->d, distance).text, from, which, rule->least,
			check_clocks(x->d, limit->least).text);
}

static inline void judge_limits(const struct judged *x, const struct check_limit *limits,
				unsigned n, const int64_t *const since[N_SCOPES])
{
	int64_t *slack = x->d->slack + N_STATE_RULES;

	for (unsigned i = 0; i < n; i++) {
		const struct check_limit *limit = &limits[i];
		int64_t spare = x->at - limit->least;

		if (limit->window > 1)
			spare -= x->p->window[x->p->n_window];
		else
			spare -= since[limit->scope][limit->preceding];
		if (spare < 0)
			too_close(x, limit, spare + limit->least);
		if (spare < slack[limit->rule])
			slack[limit->rule] = spare;
	}
}

/* The last commands of each kind over the other stack IDs. */
static void find_siblings(const struct judged *x, struct node *to)
{
	for (unsigned k = 0; k < N_DRAMCHECK_KINDS; k++)
		to->last[k] = LONG_AGO;
	for (unsigned s = 0; s < x->d->n_sids; s++) {
		const struct node *node = &x->p->nodes[1 + s];

		for (unsigned k = 0; s != x->c->stack_id && k < N_DRAMCHECK_KINDS; k++)
			if (node->last[k] > to->last[k])
				to->last[k] = node->last[k];
	}
}

static void judge_distances(const struct judged *x)
{
	const struct dramcheck *d = x->d;
	const struct check_limits *l = &d->limits;
	const struct node *nodes = x->p->nodes;
	const int64_t *since[N_SCOPES];
	struct node siblings;

	since[SCOPE_PC] = nodes[0].last;
	since[SCOPE_SID] = nodes[1 + x->c->stack_id].last;
	since[SCOPE_SIBLING] = nodes[0].last;
	if (is_in(COLUMNS, x)) {
		find_siblings(x, &siblings);
		since[SCOPE_SIBLING] = siblings.last;
	}
	judge_limits(x, l->wide[x->c->kind], l->n_wide[x->c->kind], since);
	for (unsigned i = 0; i < x->n_reached; i++) {
		since[SCOPE_BG] = nodes[d->first_group + x->group[i]].last;
		since[SCOPE_BANK] = nodes[d->first_bank + x->bank[i]].last;
		judge_limits(x, l->narrow[x->c->kind], l->n_narrow[x->c->kind], since);
	}
}

/* True if [start, end) meets a burst of the lane. */
static bool is_taken(const struct lane *lane, int64_t start, int64_t end, int64_t burst)
{
	for (unsigned i = 1; i <= BURSTS; i++) {
		int64_t other = lane->end[(lane->n - i) % BURSTS];

		if (other <= start)
			return false;
		if (other - burst < end)
			return true;
	}
	return false;
}

static void judge_data_bus(const struct judged *x)
{
	const struct check_limits *l = &x->d->limits;
	bool is_read = is_in(READS, x);
	struct lane *own = is_read ? &x->p->reads : &x->p->writes;
	int64_t per_clock = (int64_t)l->org.ticks_per_clock;
	int64_t burst = l->clocks[P_BL] * per_clock;
	int64_t start = x->first + l->clocks[is_read ? P_CL : P_CWL] * per_clock;

	if (is_taken(&x->p->reads, start, start + burst, burst) ||
	    is_taken(&x->p->writes, start, start + burst, burst))
		check_violation(x, RULE_DATA_BUS, "puts its data on a bus that is taken then");
	own->end[own->n++ % BURSTS] = start + burst;
}

static void remember(const struct judged *x)
{
	struct dramcheck *d = x->d;
	struct node *nodes = x->p->nodes;
	unsigned kind = x->c->kind;

	nodes[0].last[kind] = x->at;
	if (x->n_reached > 0)
		nodes[1 + x->c->stack_id].last[kind] = x->at;
	for (unsigned i = 0; i < x->n_reached; i++) {
		nodes[d->first_group + x->group[i]].last[kind] = x->at;
		nodes[d->first_bank + x->bank[i]].last[kind] = x->at;
	}
	if (is_in(d->limits.windowed, x)) {
		x->p->window[x->p->n_window] = x->at;
		x->p->n_window = (x->p->n_window + 1) % MAX_WINDOW;
	}
	d->n_commands[kind]++;
}

void dramcheck_command(struct dramcheck *d, const struct dramcheck_command *c)
{
	struct judged x = { .d = d, .c = c };

	if (!judge_place(&x))
		return;
	x.p = &d->pseudos[c->channel * d->limits.org.pseudo_channels + c->pseudo_channel];
	judge_time(&x);
	judge_edge(&x);
	judge_command_bus(&x);
	reach(&x);
	if (x.at > x.p->due)
		check_refresh_due(&x);
	judge_state(&x);
	judge_distances(&x);
	if (is_in(COLUMNS, &x))
		judge_data_bus(&x);
	if (c->kind == DRAMCHECK_REFab)
		check_refresh_all(&x);
	if (c->kind == DRAMCHECK_REFpb)
		check_refresh_one(&x);
	remember(&x);
}
