/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes and ends a checker, and answers what it has counted.  Judging is in judge.c and
 * refresh.c.
 */
#include "dramcheck/dramcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dramcheck/state.h"

static const char *const kind_names[] = {
#define X(name) #name,
	DRAMCHECK_COMMAND_LIST(X)
#undef X
};

static const char *const state_rules[] = {
#define X(name, text) text,
	CHECK_STATE_LIST(X)
#undef X
};

const char *dramcheck_kind_name(enum dramcheck_kind kind)
{
	return kind_names[kind];
}

bool dramcheck_kind_find(const char *name, size_t len, enum dramcheck_kind *kind)
{
	for (unsigned k = 0; k < N_DRAMCHECK_KINDS; k++) {
		if (strlen(kind_names[k]) == len && memcmp(kind_names[k], name, len) == 0) {
			*kind = (enum dramcheck_kind)k;
			return true;
		}
	}
	return false;
}

bool dramcheck_is_known(const struct dramcheck_memory *m, struct err *err)
{
	struct check_limits l;

	return check_limits_init(&l, m, err);
}

static void start_pseudo(struct dramcheck *d, struct pseudo *p, size_t index)
{
	unsigned n_nodes = d->first_bank + d->n_banks;

	p->nodes = d->nodes + index * n_nodes;
	p->rows = d->rows + index * d->n_banks;
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned k = 0; k < N_DRAMCHECK_KINDS; k++)
			p->nodes[i].last[k] = LONG_AGO;
	for (unsigned i = 0; i < d->n_banks; i++)
		p->rows[i] = CLOSED;
	for (unsigned i = 0; i < MAX_WINDOW; i++)
		p->window[i] = LONG_AGO;
	for (unsigned i = 0; i < BURSTS; i++)
		p->reads.end[i] = p->writes.end[i] = LONG_AGO;
	check_refresh_init(d, p);
}

static void start(struct dramcheck *d)
{
	const struct dramcheck_organisation *org = &d->limits.org;
	size_t n_pseudos = d->n_channels * org->pseudo_channels;
	size_t n_rules = N_STATE_RULES + n_check_rules;

	d->n_sids = (unsigned)org->stack_ids;
	d->n_groups = d->n_sids * (unsigned)org->bank_groups;
	d->n_banks = d->n_groups * (unsigned)org->banks;
	d->first_group = 1 + d->n_sids;
	d->first_bank = d->first_group + d->n_groups;
	d->phase = -1;
	d->pseudos = xcalloc(n_pseudos, sizeof(*d->pseudos));
	d->nodes = xcalloc(n_pseudos, (d->first_bank + d->n_banks) * sizeof(*d->nodes));
	d->rows = xcalloc(n_pseudos, d->n_banks * sizeof(*d->rows));
	d->buses = xcalloc(d->n_channels, sizeof(*d->buses));
	d->violations = xcalloc(n_rules, sizeof(*d->violations));
	d->slack = xcalloc(n_rules, sizeof(*d->slack));
	for (size_t i = 0; i < n_pseudos; i++)
		start_pseudo(d, &d->pseudos[i], i);
	for (size_t i = 0; i < d->n_channels; i++)
		d->buses[i].row = d->buses[i].column = LONG_AGO;
	for (size_t i = 0; i < n_rules; i++)
		d->slack[i] = DRAMCHECK_NEVER;
}

struct dramcheck *dramcheck_new(const struct dramcheck_memory *m, uint64_t max_told,
				dramcheck_fn tell, void *context, struct err *err)
{
	struct dramcheck *d = xcalloc(1, sizeof(*d));

	if (!check_limits_init(&d->limits, m, err)) {
		free(d);
		return NULL;
	}
	BUG_ON(m->channels == 0 || m->channels > DRAMCHECK_MAX_CHANNELS);
	d->n_channels = m->channels;
	d->max_told = max_told;
	d->tell = tell;
	d->context = context;
	start(d);
	return d;
}

void dramcheck_free(struct dramcheck *d)
{
	if (!d)
		return;
	free(d->pseudos);
	free(d->nodes);
	free(d->rows);
	free(d->buses);
	free(d->violations);
	free(d->slack);
	free(d);
}

void dramcheck_end(struct dramcheck *d, uint64_t end_ps)
{
	struct dramcheck_command none = { .time_ps = end_ps, .kind = N_DRAMCHECK_KINDS };
	struct judged x = { .d = d, .c = &none };
	unsigned n = (unsigned)d->limits.org.pseudo_channels;
	bool is_edge;

	x.at = check_tick(d, end_ps, &is_edge);
	for (uint64_t i = 0; i < d->n_channels * n; i++) {
		none.channel = (uint32_t)(i / n);
		none.pseudo_channel = (uint32_t)(i % n);
		x.p = &d->pseudos[i];
		if (x.at > x.p->due)
			check_refresh_due(&x);
	}
}

const struct dramcheck_organisation *dramcheck_organisation(const struct dramcheck *d)
{
	return &d->limits.org;
}

struct dramcheck_fields dramcheck_fields(const struct dramcheck *d, enum dramcheck_kind kind)
{
	struct dramcheck_fields f = { false, false, false, false, false };
	bool is_refresh = kind == DRAMCHECK_REFpb;

	if (kind == DRAMCHECK_PREab || kind == DRAMCHECK_REFab || kind == N_DRAMCHECK_KINDS)
		return f;
	f.stack_id = d->limits.org.stack_ids > 1;
	f.bank_group = !is_refresh || d->limits.sheet->reach != REACH_SAME_BANK;
	f.bank = true;
	f.row = !is_refresh && kind != DRAMCHECK_PREpb;
	f.column = f.row && kind != DRAMCHECK_ACT;
	return f;
}

size_t dramcheck_n_rules(const struct dramcheck *d)
{
	(void)d;
	return N_STATE_RULES + n_check_rules;
}

static void add_kinds(char *text, size_t size, unsigned kinds)
{
	size_t n = strlen(text);

	for (unsigned k = 0; k < N_DRAMCHECK_KINDS; k++) {
		if (!(kinds >> k & 1))
			continue;
		snprintf(text + n, size - n, " %s", kind_names[k]);
		n += strlen(text + n);
	}
}

bool dramcheck_rule(const struct dramcheck *d, size_t i, struct dramcheck_rule *out)
{
	static const char *const scopes[] = { "pseudo channel", "stack ID", "other stack ID",
					      "bank group", "bank" };
	const struct check_rule *r;
	size_t n;

	*out = (struct dramcheck_rule){ .violations = d->violations[i],
					.slack_ticks = DRAMCHECK_NEVER };
	if (i < N_STATE_RULES) {
		snprintf(out->name, sizeof(out->name), "%s", state_rules[i]);
		return true;
	}
	r = &check_rules[i - N_STATE_RULES];
	if (!(r->standards & d->limits.sheet->bit))
		return false;
	snprintf(out->name, sizeof(out->name), "%s,", scopes[r->scope]);
	add_kinds(out->name, sizeof(out->name), r->preceding);
	n = strlen(out->name);
	snprintf(out->name + n, sizeof(out->name) - n, " to");
	add_kinds(out->name, sizeof(out->name), r->following);
	n = strlen(out->name);
	snprintf(out->name + n, sizeof(out->name) - n, ": %s", r->least);
	out->is_distance = true;
	if (d->slack[i] < INT64_MAX / 8)
		out->slack_ticks = d->slack[i];
	return true;
}

uint64_t dramcheck_violations(const struct dramcheck *d)
{
	return d->n_violations;
}

uint64_t dramcheck_commands(const struct dramcheck *d, enum dramcheck_kind kind)
{
	return d->n_commands[kind];
}
