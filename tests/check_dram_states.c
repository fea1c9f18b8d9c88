/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutants of a legal sequence of commands, in every standard, caught by the checker: states of
 * banks, places, times, buses and refreshes.  The sequence leaves so much time between its
 * commands that no distance matters; the timing mutants are in check_dram_mutants.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "config/config.h"
#include "dramcheck/dramcheck.h"
#include "model/dram_timing.h"
#include "support/tap_main.h"

#define GAP_CLOCKS 2000
#define MAX_STEPS 200

struct step {
	enum dramcheck_kind kind;
	uint32_t channel, pc, sid, group, bank, row, column;
	uint64_t last; /* tick */
	int64_t off_ps;
};

struct script {
	const struct dram_timing *t;
	struct step steps[MAX_STEPS];
	size_t n;
	uint64_t tick; /* of the next step's first */
	uint64_t end;  /* tick up to which refreshes are asked for; 0: not asked */
	struct dramcheck_override overrides[4];
	size_t n_overrides;
};

static uint64_t length_of(const struct script *s, enum dramcheck_kind kind)
{
	enum dram_command_kind c = (enum dram_command_kind)0;

	while (strcmp(dram_command_name(c), dramcheck_kind_name(kind)) != 0)
		c++;
	return s->t->standard->commands[c].ticks;
}

static uint64_t clocks(const struct script *s, uint64_t n)
{
	return n * s->t->standard->ticks_per_clock;
}

static struct step *add_at(struct script *s, enum dramcheck_kind kind, uint64_t first)
{
	struct step *step = &s->steps[s->n++];

	ck_assert_uint_le(s->n, MAX_STEPS);
	*step = (struct step){ .kind = kind, .row = 5, .last = first + length_of(s, kind) - 1 };
	return step;
}

static struct step *add(struct script *s, enum dramcheck_kind kind, uint32_t group, uint32_t bank)
{
	struct step *step = add_at(s, kind, s->tick);

	step->group = group;
	step->bank = bank;
	s->tick += clocks(s, GAP_CLOCKS);
	return step;
}

/* The steps of the base, by what they do. */
enum {
	OPEN_A,
	READ_A,
	WRITE_A,
	CLOSE_A,
	OPEN_B,
	READ_CLOSE_B,
	REFRESH_A,
	OPEN_C,
	WRITE_CLOSE_C,
	OPEN_D,
	CLOSE_ALL,
	REFRESH_ALL,
	N_BASE
};

static void add_base(struct script *s)
{
	s->tick = clocks(s, GAP_CLOCKS);
	add(s, DRAMCHECK_ACT, 0, 0);
	add(s, DRAMCHECK_RD, 0, 0)->column = 3;
	add(s, DRAMCHECK_WR, 0, 0)->column = 4;
	add(s, DRAMCHECK_PREpb, 0, 0);
	add(s, DRAMCHECK_ACT, 1, 1);
	add(s, DRAMCHECK_RDA, 1, 1);
	add(s, DRAMCHECK_REFpb, 0, 0);
	add(s, DRAMCHECK_ACT, 1, 0);
	add(s, DRAMCHECK_WRA, 1, 0);
	add(s, DRAMCHECK_ACT, 0, 2);
	add(s, DRAMCHECK_PREab, 0, 0);
	add(s, DRAMCHECK_REFab, 0, 0);
}

static void drop(struct script *s, size_t i)
{
	memmove(s->steps + i, s->steps + i + 1, (s->n - i - 1) * sizeof(*s->steps));
	s->n--;
}

/* Changes of one step: which, and what becomes of it. */
struct change {
	const char *rule; /* that must be broken */
	const char *what;
	size_t step;
	void (*apply)(struct script *s, struct step *step);
};

static const struct dramcheck_organisation *org_of(const struct script *s)
{
	static struct dramcheck_organisation org;
	const struct dram_timing *t = s->t;

	org.pseudo_channels = t->standard->pseudo_channels;
	org.stack_ids = t->stack_ids;
	org.bank_groups = t->standard->bank_groups;
	org.banks = t->standard->banks_per_group;
	org.rows = t->rows;
	org.columns = t->standard->columns;
	return &org;
}

#define CHANGE(name, statement) \
	static void name(struct script *s, struct step *step) \
	{ \
		(void)s; \
		statement; \
	}
CHANGE(drop_step, drop(s, (size_t)(step - s->steps)))
CHANGE(other_row, step->row++)
CHANGE(other_bank, step->bank = 3)
CHANGE(make_act, step->kind = DRAMCHECK_ACT)
CHANGE(make_rd, step->kind = DRAMCHECK_RD)
CHANGE(make_wr, step->kind = DRAMCHECK_WR)
CHANGE(make_rda, step->kind = DRAMCHECK_RDA)
CHANGE(make_wra, step->kind = DRAMCHECK_WRA)
CHANGE(next_channel, step->channel = 1)
CHANGE(far_channel, step->channel = UINT32_MAX)
CHANGE(next_pc, step->pc = (uint32_t)org_of(s)->pseudo_channels)
CHANGE(next_sid, step->sid = (uint32_t)org_of(s)->stack_ids)
CHANGE(next_group, step->group = (uint32_t)org_of(s)->bank_groups)
CHANGE(next_bank, step->bank = (uint32_t)org_of(s)->banks)
CHANGE(far_bank, step->bank = UINT32_MAX)
CHANGE(next_row, step->row = (uint32_t)org_of(s)->rows)
CHANGE(far_row, step->row = UINT32_MAX)
CHANGE(next_column, step->column = (uint32_t)org_of(s)->columns)
CHANGE(late_ps, step->off_ps = 1)
CHANGE(early_ps, step->off_ps = -1)
CHANGE(before, step->last -= clocks(s, GAP_CLOCKS + 10))
CHANGE(copy_close, step[1] = *step; step[1].row = 6; step[1].last = step->last + clocks(s, 99))

#define CLOSED "RD and WR to open banks"
#define OTHER_ROW "RD and WR to the open row"
#define OPEN "ACT to closed banks"
#define REFRESHED "refresh of closed banks"
#define PLACES "addresses exist"
#define EDGES "commands end on clock edges"
#define ORDER "commands in order of time"

static const struct change changes[] = {
	{ CLOSED, "RD without ACT", OPEN_A, drop_step },
	{ CLOSED, "RD of another bank", READ_A, other_bank },
	{ CLOSED, "WR of another bank", WRITE_A, other_bank },
	{ CLOSED, "RDA without ACT", OPEN_B, drop_step },
	{ CLOSED, "RDA of another bank", READ_CLOSE_B, other_bank },
	{ CLOSED, "WRA without ACT", OPEN_C, drop_step },
	{ CLOSED, "WR after RDA", READ_A, make_rda },
	{ CLOSED, "RD after PREpb", OPEN_B, make_rd },
	{ CLOSED, "WR after RDA closed it", REFRESH_A, make_wr },
	{ CLOSED, "RD after WRA closed it", OPEN_D, make_rd },
	{ OTHER_ROW, "RD of another row", READ_A, other_row },
	{ OTHER_ROW, "WR of another row", WRITE_A, other_row },
	{ OTHER_ROW, "RDA of another row", READ_CLOSE_B, other_row },
	{ OTHER_ROW, "WRA of another row", WRITE_CLOSE_C, other_row },
	{ OTHER_ROW, "ACT of another row", OPEN_A, other_row },
	{ OPEN, "ACT of the same row", READ_A, make_act },
	{ OPEN, "ACT instead of PREpb", CLOSE_A, make_act },
	{ OPEN, "ACT twice", OPEN_B, copy_close },
	{ REFRESHED, "REFpb of an open bank", CLOSE_A, drop_step },
	{ REFRESHED, "REFab without PREab", CLOSE_ALL, drop_step },
	{ REFRESHED, "REFab after RD instead of PREab", CLOSE_ALL, make_rd },
	{ PLACES, "channel", READ_A, next_channel },
	{ PLACES, "channel, far", OPEN_A, far_channel },
	{ PLACES, "pseudo channel", READ_A, next_pc },
	{ PLACES, "pseudo channel of REFab", REFRESH_ALL, next_pc },
	{ PLACES, "stack ID of ACT", OPEN_A, next_sid },
	{ PLACES, "stack ID of REFpb", REFRESH_A, next_sid },
	{ PLACES, "bank group", OPEN_A, next_group },
	{ PLACES, "bank of ACT", OPEN_A, next_bank },
	{ PLACES, "bank of WR", WRITE_A, next_bank },
	{ PLACES, "bank of PREpb, far", CLOSE_A, far_bank },
	{ PLACES, "bank of REFpb", REFRESH_A, next_bank },
	{ PLACES, "row", OPEN_A, next_row },
	{ PLACES, "row, far", OPEN_B, far_row },
	{ PLACES, "column of RD", READ_A, next_column },
	{ PLACES, "column of WRA", WRITE_CLOSE_C, next_column },
	{ EDGES, "1 ps late", READ_A, late_ps },
	{ EDGES, "1 ps early", OPEN_B, early_ps },
	{ EDGES, "REFab 1 ps late", REFRESH_ALL, late_ps },
	{ ORDER, "RD before ACT", READ_A, before },
	{ ORDER, "REFab before PREab", REFRESH_ALL, before },
	{ CLOSED, "WRA instead of RD", READ_A, make_wra },
};

/* Whole scripts of their own: legal with `wrong` 0, a mutant with 1. */
struct scene {
	const char *rule, *what;
	void (*play)(struct script *s, unsigned wrong);
	bool with_half_clocks; /* only where the standard has two ticks a clock */
};

static uint64_t refi(const struct script *s)
{
	return clocks(s, (uint64_t)s->t->n.nREFI);
}

static uint64_t most(const struct script *s)
{
	return s->t->standard->max_postponed;
}

static void falling_edge(struct script *s, unsigned wrong)
{
	s->tick = clocks(s, GAP_CLOCKS);
	add(s, DRAMCHECK_ACT, 0, 0);
	s->tick += wrong;
	add(s, DRAMCHECK_RD, 0, 0);
}

static void falling_refresh(struct script *s, unsigned wrong)
{
	s->tick = clocks(s, GAP_CLOCKS) + 1; /* the phase is that of the first */
	add(s, DRAMCHECK_ACT, 0, 0);
	s->tick++;
	add(s, DRAMCHECK_PREpb, 0, 0); /* on either edge */
	s->tick += 1 + wrong;
	add(s, DRAMCHECK_REFpb, 0, 0);
}

static void row_bus(struct script *s, unsigned wrong)
{
	uint64_t start = clocks(s, GAP_CLOCKS);

	add_at(s, DRAMCHECK_ACT, start);
	add_at(s, DRAMCHECK_PREpb, start + length_of(s, DRAMCHECK_ACT) - wrong)->bank = 1;
}

/* On the next clock the bus is free again; where there is but one, a row command is in its way. */
static void column_bus(struct script *s, unsigned wrong)
{
	uint64_t length = length_of(s, DRAMCHECK_RD);
	bool has_two = s->t->standard->commands[DRAM_RD].bus != DRAM_BUS_ROW;

	s->overrides[0] = (struct dramcheck_override){ "nCCDS", 1 };
	s->overrides[1] = (struct dramcheck_override){ "nCCDL", 1 };
	s->n_overrides = 2;
	s->tick = clocks(s, GAP_CLOCKS);
	add(s, DRAMCHECK_ACT, 0, 0);
	add(s, DRAMCHECK_RD, 0, 0);
	s->tick = s->steps[s->n - 1].last + 1 - wrong * length;
	if (has_two) {
		add(s, DRAMCHECK_PREpb, 0, 1);
		s->tick = s->steps[1].last - length + 1 +
			  (wrong ? 0 : clocks(s, (uint64_t)s->t->n.nBL));
		add(s, DRAMCHECK_RD, 0, 0);
	} else {
		add(s, DRAMCHECK_PREpb, 0, 1);
	}
}

/* Reads as close as the burst, and a clock closer than it, or as the bus allows. */
static void data_bus(struct script *s, unsigned wrong)
{
	uint64_t burst = (uint64_t)s->t->n.nBL;

	s->overrides[0] = (struct dramcheck_override){ "nCCDS", 1 };
	s->overrides[1] = (struct dramcheck_override){ "nCCDL", 1 };
	s->n_overrides = 2;
	s->tick = clocks(s, GAP_CLOCKS);
	add(s, DRAMCHECK_ACT, 0, 0);
	for (unsigned i = 0; i < 3; i++) {
		add(s, DRAMCHECK_RD, 0, 0);
		s->tick += clocks(s, burst) - clocks(s, GAP_CLOCKS);
		if (i == 1)
			s->tick -= clocks(s, wrong);
	}
}

/* A write whose data meets those of the read before it. */
static void data_bus_of_both(struct script *s, unsigned wrong)
{
	s->tick = clocks(s, GAP_CLOCKS);
	add(s, DRAMCHECK_ACT, 0, 0);
	add(s, DRAMCHECK_RD, 0, 0);
	if (wrong) /* starts with the last clock of the read's burst */
		s->tick = s->steps[1].last - length_of(s, DRAMCHECK_RD) + 1 +
			  clocks(s, (uint64_t)(s->t->n.nCL + s->t->n.nBL - 1 - s->t->n.nCWL));
	add(s, DRAMCHECK_WR, 0, 0);
}

static void ninth_postponed(struct script *s, unsigned wrong)
{
	add_at(s, DRAMCHECK_REFab, (most(s) + 1) * refi(s) + clocks(s, wrong));
}

static void ninth_postponed_later(struct script *s, unsigned wrong)
{
	add_at(s, DRAMCHECK_REFab, refi(s));
	add_at(s, DRAMCHECK_REFab, (most(s) + 2) * refi(s) + clocks(s, wrong));
}

/* On time on the whole, but too long without one. */
static void long_interval(struct script *s, unsigned wrong)
{
	uint64_t first = refi(s) - clocks(s, 1000);

	add_at(s, DRAMCHECK_REFab, first);
	add_at(s, DRAMCHECK_REFab, first + (most(s) + 1) * refi(s) + clocks(s, wrong));
}

static void none_at_all(struct script *s, unsigned wrong)
{
	s->end = (most(s) + 1) * refi(s) + wrong;
}

/* Another pseudo channel, or channel, is refreshed; this one is not. */
static void one_is_left_out(struct script *s, unsigned wrong)
{
	unsigned n_pcs = s->t->standard->pseudo_channels;

	for (uint64_t k = 1; k <= most(s) + 3; k++)
		for (unsigned i = 0; i < n_pcs; i++)
			if (!wrong || i + 1 < n_pcs || n_pcs == 1)
				add_at(s, DRAMCHECK_REFab, k * refi(s) + clocks(s, 2 * i))->pc = i;
	if (wrong && n_pcs == 1)
		s->n = 0;
	s->end = (most(s) + 2) * refi(s);
}

static void missing_in_the_middle(struct script *s, unsigned wrong)
{
	for (uint64_t k = 1; k <= 2 * most(s); k++)
		if (!wrong || k < 2 || k > most(s) + 2)
			add_at(s, DRAMCHECK_REFab, k * refi(s));
}

static void pulled_in(struct script *s, unsigned wrong)
{
	uint64_t apart = refi(s) / 40 / 2 * 2;

	s->overrides[0] = (struct dramcheck_override){ "nRFC", 1 };
	s->n_overrides = 1;
	for (uint64_t k = 1; k <= most(s) + wrong; k++)
		add_at(s, DRAMCHECK_REFab, k * apart);
}

/* REFpb of every set of stack ID 0. */
static void add_round(struct script *s, uint64_t apart, size_t n)
{
	const struct dram_standard *d = s->t->standard;

	for (uint32_t g = 0; g < d->bank_groups / d->refresh_groups; g++)
		for (uint32_t b = 0; b < d->banks_per_group && n > 0; b++, n--) {
			struct step *step = add_at(s, DRAMCHECK_REFpb, s->tick);

			step->group = g;
			step->bank = b;
			s->tick += apart;
		}
}

static size_t sets_of(const struct script *s)
{
	const struct dram_standard *d = s->t->standard;

	return d->bank_groups / d->refresh_groups * d->banks_per_group;
}

static void twice_in_a_round(struct script *s, unsigned wrong)
{
	uint64_t apart = clocks(s, 1000);

	s->tick = apart;
	add_round(s, apart, sets_of(s) - wrong);
	add_round(s, apart, 1);
}

static void rounds_pulled_in(struct script *s, unsigned wrong)
{
	s->overrides[0] = (struct dramcheck_override){ "nRFCpb", 1 };
	s->overrides[1] = (struct dramcheck_override){ "nRREFD", 1 };
	s->overrides[2] = (struct dramcheck_override){ "nFAW", 1 };
	s->n_overrides = 3;
	if (s->t->n.nPBR2PBR)
		s->overrides[s->n_overrides++] = (struct dramcheck_override){ "nPBR2PBR", 1 };
	s->tick = clocks(s, 8);
	for (unsigned i = 0; i < 8; i++)
		add_round(s, clocks(s, 2), sets_of(s));
	add_round(s, clocks(s, 2), sets_of(s) - 1 + wrong);
}

/* A round everywhere, and the end on the last tick of the one that is due next but eight, or a
 * tick later. */
static void ninth_round(struct script *s, unsigned wrong)
{
	uint64_t of_round = sets_of(s) * s->t->stack_ids * clocks(s, (uint64_t)s->t->n.nREFIpb);
	uint64_t apart = clocks(s, 1000);
	unsigned n_pcs = s->t->standard->pseudo_channels;

	for (uint32_t i = 0; i < s->t->stack_ids * n_pcs; i++) {
		size_t first = s->n;

		s->tick = apart + i * clocks(s, 100);
		add_round(s, apart, sets_of(s));
		for (size_t j = first; j < s->n; j++) {
			s->steps[j].sid = i / n_pcs;
			s->steps[j].pc = i % n_pcs;
		}
	}
	s->end = 10 * of_round + wrong;
}

static const struct scene scenes[] = {
	{ "start on rising edges", "RD on a falling edge", falling_edge, true },
	{ "start on rising edges", "REFpb on a falling edge", falling_refresh, true },
	{ "on a command bus", "PREpb on ACT's last tick", row_bus, false },
	{ "on a command bus", "on a read's ticks", column_bus, false },
	{ "on the data bus", "reads a clock too close", data_bus, false },
	{ "on the data bus", "a write into a read's data", data_bus_of_both, false },
	{ "refreshes postponed", "one more postponed", ninth_postponed, false },
	{ "refreshes postponed", "one more postponed, later", ninth_postponed_later, false },
	{ "refreshes postponed", "too long between two", long_interval, false },
	{ "refreshes postponed", "none at all", none_at_all, false },
	{ "refreshes postponed", "one left out", one_is_left_out, false },
	{ "refreshes postponed", "some missing", missing_in_the_middle, false },
	{ "refreshes postponed", "one more round postponed", ninth_round, false },
	{ "refreshes pulled in", "one more pulled in", pulled_in, false },
	{ "refreshes pulled in", "one more round pulled in", rounds_pulled_in, false },
	{ "every bank refreshed once", "twice in a round", twice_in_a_round, false },
};

static void on_violation(void *context, const char *text)
{
	buf_printf(context, "%s\n", text);
}

static void feed(struct dramcheck *d, const struct script *s, const struct step *step)
{
	uint64_t tick_hz = s->t->clock_hz * s->t->standard->ticks_per_clock;
	uint64_t ps = mul_div_u64(step->last, UINT64_C(1000000000000), tick_hz);
	struct dramcheck_fields f = dramcheck_fields(d, step->kind);
	bool is_far_sid = step->sid >= s->t->stack_ids;

	dramcheck_command(d, &(struct dramcheck_command){
		.time_ps = (uint64_t)((int64_t)ps + step->off_ps), .channel = step->channel,
		.pseudo_channel = step->pc, .stack_id = f.stack_id || is_far_sid ? step->sid : 0,
		.bank_group = f.bank_group ? step->group : 0, .bank = f.bank ? step->bank : 0,
		.row = f.row ? step->row : 0, .column = f.column ? step->column : 0,
		.kind = step->kind });
}

static int by_last(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	return x->last < y->last ? -1 : x->last > y->last;
}

/* How often the rule was broken, and all. */
static uint64_t judge(const struct script *s, const struct machine *m, const char *rule,
		      uint64_t *all, struct buf *told)
{
	struct dramcheck_memory memory = {
		.standard = s->t->standard->name, .data_rate = m->hbm_data_rate,
		.density_bits = m->hbm_density, .height = m->hbm_height, .channels = 1,
		.overrides = s->overrides, .n_overrides = s->n_overrides };
	uint64_t tick_hz = s->t->clock_hz * s->t->standard->ticks_per_clock;
	struct err err = { 0 };
	struct dramcheck *d = dramcheck_new(&memory, 20, on_violation, told, &err);
	uint64_t n = 0;

	ck_assert_msg(d != NULL, "%s", err.text);
	for (size_t i = 0; i < s->n; i++)
		feed(d, s, &s->steps[i]);
	if (s->end)
		dramcheck_end(d, mul_div_u64(s->end, UINT64_C(1000000000000), tick_hz));
	*all = dramcheck_violations(d);
	for (size_t i = 0; i < dramcheck_n_rules(d); i++) {
		struct dramcheck_rule r;

		if (dramcheck_rule(d, i, &r) && strstr(r.name, rule))
			n += r.violations;
	}
	dramcheck_free(d);
	return n;
}

static void expect(const struct script *s, const struct machine *m, const char *rule,
		   const char *what, bool is_wrong)
{
	struct buf told = BUF_INIT;
	uint64_t all, n = judge(s, m, rule, &all, &told);

	ck_assert_msg(is_wrong ? n > 0 : all == 0, "%s, %s, %s: %" PRIu64 " of %" PRIu64 ": %s",
		      s->t->standard->name, what, is_wrong ? "wrong" : "right", n, all,
		      told.len ? told.data : "");
	buf_release(&told);
}

static void machine_of(size_t standard, struct machine *m, struct dram_timing *t)
{
	const struct dram_standard *s = dram_standard_at(standard);
	struct err err = { 0 };

	config_defaults(m);
	m->hbm_standard = (uint32_t)standard + 1;
	m->hbm_data_rate = s->bins[0].data_rate;
	m->hbm_height = s->heights[s->n_heights - 1].dies;
	m->hbm_density = s->usual_density;
	ck_assert_msg(dram_timing_init(t, s, m, &err), "%s", err.text);
}

START_TEST(test_states)
{
	static struct dram_timing t;
	struct script s = { .t = &t };
	struct machine m;
	unsigned n = 0;

	machine_of((size_t)_i, &m, &t);
	add_base(&s);
	expect(&s, &m, "", "base", false);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		const struct change *c = &changes[i];

		s = (struct script){ .t = &t };
		add_base(&s);
		c->apply(&s, &s.steps[c->step]);
		expect(&s, &m, c->rule, c->what, true);
		n++;
	}
	for (size_t i = 0; i < ARRAY_SIZE(scenes); i++) {
		if (scenes[i].with_half_clocks && t.standard->ticks_per_clock == 1)
			continue; /* every tick is a rising edge */
		for (unsigned wrong = 0; wrong <= 1; wrong++) {
			s = (struct script){ .t = &t };
			scenes[i].play(&s, wrong);
			qsort(s.steps, s.n, sizeof(*s.steps), by_last);
			expect(&s, &m, scenes[i].rule, scenes[i].what, wrong);
		}
		n++;
	}
	printf("# %s: %u mutants of states, places, times, buses and refreshes caught\n",
	       t.standard->name, n);
	fflush(stdout);
	ck_assert_uint_ge(n, 50);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dram states");
	TCase *tc = tcase_create("states");
	int n = 0;

	while (dram_standard_at((size_t)n))
		n++;
	tcase_add_loop_test(tc, test_states, 0, n);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
