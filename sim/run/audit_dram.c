/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges DRAM commands, one at a time, by JEDEC's rules for HBM2 (JESD235) as typed in
 * below.  Times are those at which commands take effect, their last clock edge, between
 * which JEDEC counts; so no rule here is adjusted for the length of a command.
 * Judges each command against all it must keep a distance from, not only the last one
 * issued; keeps the first violation and does not stop.
 */
#include "run/audit_dram.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define PSEUDO_CHANNELS 2
#define BANK_GROUPS 4
#define BANKS 4 /* of a bank group */
#define COLUMNS 32
#define ROW_BYTES 1024
#define BURST_CLOCKS 2 /* four beats at double data rate */
#define ACT_CLOCKS 2   /* on the row bus; every other command takes one */
#define FOUR 4         /* ACTs in the window of tFAW */
#define MAX_DEBT 1     /* refreshes that may be due and not done; none is pulled in */
#define NEVER (INT64_MIN / 4)

struct limits {
	int64_t CL, CWL, RCDRD, RCDWR, RP, RAS, RC, WR, RTP, CCDS, CCDL, RRDS, RRDL, WTRS, WTRL,
		FAW, RFC, REFI;
};

/* By speed bin, in clocks; 0: follows from a time or the density, below. */
static const struct {
	uint64_t mbps;
	struct limits n;
} sheet[] = {
	{ 1600, { 10, 4, 10, 8, 10, 24, 34, 12, 4, 2, 4, 0, 0, 5, 6, 0, 0, 0 } },
	{ 2000, { 14, 5, 14, 12, 14, 34, 48, 16, 5, 2, 4, 0, 0, 6, 8, 0, 0, 0 } },
	{ 2400, { 17, 6, 17, 14, 17, 40, 57, 19, 6, 2, 4, 0, 0, 8, 10, 0, 0, 0 } },
};

struct bank_log {
	bool is_open;
	uint32_t row;
	int64_t act, pre, rd, wr; /* effect of the last one, or NEVER */
};
struct group_log {
	int64_t act, rd, wr;
};
struct pc_log {
	struct bank_log bank[BANK_GROUPS][BANKS];
	struct group_log group[BANK_GROUPS];
	int64_t acts[FOUR]; /* ring */
	unsigned n_acts;    /* modulo FOUR */
	int64_t act, pre_one, pre_all, rd, wr, ref;
	int64_t data_end;
	unsigned n_open;
	int64_t n_refs;
};
struct channel_log {
	struct pc_log pc[PSEUDO_CHANNELS];
	int64_t row_bus_free, column_bus_free, now;
};

struct audit_dram {
	struct limits n;
	uint64_t clock_hz, rows;
	struct channel_log *channels;
	size_t n_channels;
	char text[256];
};

/* What a command is about, for messages. */
struct context {
	struct audit_dram *audit;
	const struct dram_command *c;
	int64_t at; /* its effect */
};

static void violation(const struct context *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void violation(const struct context *x, const char *fmt, ...)
{
	char *text = x->audit->text;
	size_t room = sizeof(x->audit->text);
	va_list args;
	int n;

	if (*text)
		return;
	n = snprintf(text, room, "channel %" PRIu32 ".%u bank %u.%u tick %" PRIu64 ": %s ",
		     x->c->channel, x->c->pseudo_channel, x->c->bank_group, x->c->bank, x->c->tick,
		     x->c->command < N_DRAM_COMMANDS ? dram_command_name(x->c->command)
						     : "command");
	va_start(args, fmt);
	vsnprintf(text + n, room - (size_t)n, fmt, args);
	va_end(args);
}

static void distance(const struct context *x, int64_t since, int64_t least, const char *from,
		     const char *rule)
{
	if (x->at - since < least)
		violation(x, "%" PRId64 " clocks after %s (expected %s = %" PRId64 ")",
			  x->at - since, from, rule, least);
}

static int64_t covering_clocks(int64_t ps, int64_t hz, int64_t least)
{
	int64_t mhz = hz / 1000000, clocks = (ps * mhz + 999999) / 1000000;

	return clocks > least ? clocks : least;
}

static int64_t refresh_ps(uint64_t density_bits)
{
	static const struct {
		uint64_t gibibits;
		int64_t ps;
	} up_to[] = { { 1, 110000 }, { 2, 160000 }, { 4, 260000 }, { 8, 350000 } };

	for (size_t i = 0; i < ARRAY_SIZE(up_to); i++)
		if (density_bits <= up_to[i].gibibits << 30)
			return up_to[i].ps;
	return 450000;
}

static void override(int64_t *limit, uint64_t setting)
{
	if (setting)
		*limit = (int64_t)setting;
}

static void apply_settings(struct limits *n, const struct machine *m)
{
	override(&n->CL, m->t_CL);
	override(&n->CWL, m->t_CWL);
	override(&n->RCDRD, m->t_RCDRD);
	override(&n->RCDWR, m->t_RCDWR);
	override(&n->RP, m->t_RP);
	override(&n->RAS, m->t_RAS);
	override(&n->RC, m->t_RC);
	override(&n->WR, m->t_WR);
	override(&n->RTP, m->t_RTP);
	override(&n->CCDS, m->t_CCDS);
	override(&n->CCDL, m->t_CCDL);
	override(&n->RRDS, m->t_RRDS);
	override(&n->RRDL, m->t_RRDL);
	override(&n->WTRS, m->t_WTRS);
	override(&n->WTRL, m->t_WTRL);
	override(&n->FAW, m->t_FAW);
	override(&n->RFC, m->t_RFC);
	override(&n->REFI, m->t_REFI);
}

static void find_limits(struct audit_dram *a, const struct machine *m)
{
	int64_t hz = (int64_t)(m->hbm_data_rate / 2);

	for (size_t i = 0; i < ARRAY_SIZE(sheet); i++)
		if (sheet[i].mbps * 1000000 == m->hbm_data_rate)
			a->n = sheet[i].n;
	if (a->n.CL == 0) {
		snprintf(a->text, sizeof(a->text), "no limits are known for this speed");
		return;
	}
	a->n.RRDS = a->n.RRDL = covering_clocks(4000, hz, 4);
	a->n.FAW = covering_clocks(15000, hz, 8);
	a->n.RFC = covering_clocks(refresh_ps(m->hbm_density), hz, 0);
	a->n.REFI = 39 * (hz / 1000000) / 10; /* 3.9 us */
	apply_settings(&a->n, m);
}

static void start_pc(struct pc_log *p)
{
	p->act = p->pre_one = p->pre_all = p->rd = p->wr = p->ref = NEVER;
	for (unsigned i = 0; i < FOUR; i++)
		p->acts[i] = NEVER;
	for (unsigned g = 0; g < BANK_GROUPS; g++) {
		p->group[g] = (struct group_log){ NEVER, NEVER, NEVER };
		for (unsigned b = 0; b < BANKS; b++)
			p->bank[g][b] = (struct bank_log){ false, 0, NEVER, NEVER, NEVER, NEVER };
	}
}

struct audit_dram *audit_dram_new(const struct machine *m)
{
	struct audit_dram *a = xcalloc(1, sizeof(*a));

	if (m->hbm_standard == HBM_STANDARD_IDEAL)
		return a;
	find_limits(a, m);
	a->clock_hz = m->hbm_data_rate / 2;
	a->rows = m->hbm_density / 8 / ROW_BYTES / BANK_GROUPS / BANKS;
	a->n_channels = (size_t)(m->hbm_stacks * m->hbm_channels);
	a->channels = xcalloc(a->n_channels, sizeof(*a->channels));
	for (size_t i = 0; i < a->n_channels; i++)
		for (unsigned p = 0; p < PSEUDO_CHANNELS; p++)
			start_pc(&a->channels[i].pc[p]);
	return a;
}

void audit_dram_free(struct audit_dram *a)
{
	if (!a)
		return;
	free(a->channels);
	free(a);
}

static void judge_act(const struct context *x, struct pc_log *p, struct group_log *g,
		      struct bank_log *b)
{
	const struct limits *n = &x->audit->n;

	if (b->is_open)
		violation(x, "to an open bank");
	if (x->c->row >= x->audit->rows)
		violation(x, "to row %" PRIu32 ", which does not exist", x->c->row);
	distance(x, b->act, n->RC, "ACT", "nRC");
	distance(x, b->pre, n->RP, "PREpb", "nRP");
	distance(x, p->pre_all, n->RP, "PREab", "nRP");
	distance(x, g->act, n->RRDL, "ACT", "nRRDL");
	distance(x, p->act, n->RRDS, "ACT", "nRRDS");
	distance(x, p->acts[p->n_acts], n->FAW, "the fourth ACT before", "nFAW");
	distance(x, p->ref, n->RFC, "REFab", "nRFC");
	p->n_open += !b->is_open;
	b->is_open = true;
	b->row = x->c->row;
	b->act = g->act = p->act = p->acts[p->n_acts] = x->at;
	p->n_acts = (p->n_acts + 1) % FOUR;
}

static int64_t write_recovery(const struct limits *n)
{
	return n->CWL + BURST_CLOCKS + n->WR;
}

static void judge_pre_one(const struct context *x, struct pc_log *p, struct bank_log *b)
{
	const struct limits *n = &x->audit->n;

	distance(x, b->act, n->RAS, "ACT", "nRAS");
	distance(x, b->rd, n->RTP, "RD", "nRTP");
	distance(x, b->wr, write_recovery(n), "WR", "nCWL + burst + nWR");
	p->n_open -= b->is_open;
	b->is_open = false;
	b->pre = p->pre_one = x->at;
}

static void judge_pre_all(const struct context *x, struct pc_log *p)
{
	const struct limits *n = &x->audit->n;

	distance(x, p->act, n->RAS, "ACT", "nRAS");
	distance(x, p->rd, n->RTP, "RD", "nRTP");
	distance(x, p->wr, write_recovery(n), "WR", "nCWL + burst + nWR");
	distance(x, p->ref, n->RFC, "REFab", "nRFC");
	for (unsigned g = 0; g < BANK_GROUPS; g++)
		for (unsigned b = 0; b < BANKS; b++)
			p->bank[g][b].is_open = false;
	p->n_open = 0;
	p->pre_all = x->at;
}

static void judge_data_bus(const struct context *x, struct pc_log *p, int64_t latency)
{
	if (x->at + latency < p->data_end)
		violation(x, "puts its data on a bus that is taken for %" PRId64 " more clocks",
			  p->data_end - x->at - latency);
	p->data_end = x->at + latency + BURST_CLOCKS;
}

static void judge_row(const struct context *x, const struct bank_log *b)
{
	if (!b->is_open)
		violation(x, "to a closed bank");
	else if (b->row != x->c->row)
		violation(x, "to row %" PRIu32 " while row %" PRIu32 " is open", x->c->row, b->row);
	if (x->c->column >= COLUMNS)
		violation(x, "to column %" PRIu32 ", which does not exist", x->c->column);
}

static void judge_rd(const struct context *x, struct pc_log *p, struct group_log *g,
		     struct bank_log *b)
{
	const struct limits *n = &x->audit->n;

	judge_row(x, b);
	distance(x, b->act, n->RCDRD, "ACT", "nRCDRD");
	distance(x, g->rd, n->CCDL, "RD", "nCCDL");
	distance(x, p->rd, n->CCDS, "RD", "nCCDS");
	distance(x, g->wr, n->CWL + BURST_CLOCKS + n->WTRL, "WR", "nCWL + burst + nWTRL");
	distance(x, p->wr, n->CWL + BURST_CLOCKS + n->WTRS, "WR", "nCWL + burst + nWTRS");
	judge_data_bus(x, p, n->CL);
	b->rd = g->rd = p->rd = x->at;
}

static void judge_wr(const struct context *x, struct pc_log *p, struct group_log *g,
		     struct bank_log *b)
{
	const struct limits *n = &x->audit->n;

	judge_row(x, b);
	distance(x, b->act, n->RCDWR, "ACT", "nRCDWR");
	distance(x, g->wr, n->CCDL, "WR", "nCCDL");
	distance(x, p->wr, n->CCDS, "WR", "nCCDS");
	distance(x, p->rd, n->CL + BURST_CLOCKS + 2 - n->CWL, "RD", "nCL + burst + 2 - nCWL");
	judge_data_bus(x, p, n->CWL);
	b->wr = g->wr = p->wr = x->at;
}

static void judge_refresh(const struct context *x, struct pc_log *p)
{
	const struct limits *n = &x->audit->n;
	int64_t debt = x->at / n->REFI - p->n_refs;

	if (p->n_open > 0)
		violation(x, "with %u banks open", p->n_open);
	distance(x, p->act, n->RC, "ACT", "nRC");
	distance(x, p->pre_one, n->RP, "PREpb", "nRP");
	distance(x, p->pre_all, n->RP, "PREab", "nRP");
	distance(x, p->ref, n->RFC, "REFab", "nRFC");
	if (debt < 1 || debt > MAX_DEBT)
		violation(x, "when %" PRId64 " are due (expected 1 to %d)", debt, MAX_DEBT);
	p->ref = x->at;
	p->n_refs++;
}

static void judge_bus(const struct context *x, struct channel_log *ch)
{
	bool is_column = x->c->command == DRAM_RD || x->c->command == DRAM_WR;
	int64_t *is_free_at = is_column ? &ch->column_bus_free : &ch->row_bus_free;
	int64_t first = (int64_t)x->c->tick;

	if (first < ch->now)
		violation(x, "told after one of tick %" PRId64, ch->now);
	if (first < *is_free_at)
		violation(x, "while the %s command bus is taken", is_column ? "column" : "row");
	ch->now = first;
	*is_free_at = x->at + 1;
}

static bool is_addressed_well(const struct context *x)
{
	const struct dram_command *c = x->c;

	if (c->channel < x->audit->n_channels && c->pseudo_channel < PSEUDO_CHANNELS &&
	    c->stack_id == 0 && c->bank_group < BANK_GROUPS && c->bank < BANKS &&
	    c->command < N_DRAM_COMMANDS)
		return true;
	violation(x, "to a place that does not exist");
	return false;
}

void audit_dram_watch(struct audit_dram *a, const struct dram_command *c)
{
	struct context x = { a, c, (int64_t)c->tick };
	struct channel_log *ch;
	struct pc_log *p;
	struct group_log *g;
	struct bank_log *b;

	if (!is_addressed_well(&x))
		return;
	ch = &a->channels[c->channel];
	p = &ch->pc[c->pseudo_channel];
	g = &p->group[c->bank_group];
	b = &p->bank[c->bank_group][c->bank];
	if (c->command == DRAM_ACT)
		x.at += ACT_CLOCKS - 1;
	judge_bus(&x, ch);
	switch (c->command) {
	case DRAM_ACT:
		judge_act(&x, p, g, b);
		break;
	case DRAM_PREpb:
		judge_pre_one(&x, p, b);
		break;
	case DRAM_PREab:
		judge_pre_all(&x, p);
		break;
	case DRAM_RD:
		judge_rd(&x, p, g, b);
		break;
	case DRAM_WR:
		judge_wr(&x, p, g, b);
		break;
	default:
		judge_refresh(&x, p);
		break;
	}
}

static void judge_debt(struct audit_dram *a, int64_t end)
{
	for (size_t i = 0; i < a->n_channels && !*a->text; i++) {
		for (unsigned j = 0; j < PSEUDO_CHANNELS; j++) {
			int64_t debt = end / a->n.REFI - a->channels[i].pc[j].n_refs;

			if (debt > MAX_DEBT)
				snprintf(a->text, sizeof(a->text),
					 "channel %zu.%u ends with %" PRId64
					 " refreshes due (expected at most %d)",
					 i, j, debt, MAX_DEBT);
		}
	}
}

void audit_dram_close(struct audit_dram *a, uint64_t end_ps, char *text, size_t size)
{
	if (a->n_channels > 0 && !*a->text)
		judge_debt(a, (int64_t)mul_div_u64(end_ps, a->clock_hz, UINT64_C(1000000000000)));
	snprintf(text, size, "%s", a->text);
}
