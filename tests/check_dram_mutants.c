/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mutants of the model, caught by the checker: every timing parameter in every row of every
 * standard's table, one clock short.
 *
 * For each, the shortest sequence of commands that ends with the row's two is issued as early
 * as the model's own executor allows; where another row hides this one, the parameter is raised
 * by an override, on both sides, until it shows.  The checker accepts it.  Then the executor
 * gets the parameter one clock short (long, where it is subtracted), issues the last commands
 * again, and the checker has to break the rule of that scope, those commands and that parameter.
 * Nothing is skipped: a mutant that does not show fails the test.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "config/config.h"
#include "dramcheck/dramcheck.h"
#include "model/dram_timing.h"
#include "support/tap_main.h"

#define GAP_CLOCKS 2000        /* between commands that only prepare: longer than any rule */
#define REFRESH_GAP_CLOCKS 600 /* between refreshes of single banks */
#define MAX_STEPS 24

/* Parameters, and the settings that override them; nBL has none. */
static const struct {
	const char *name;
	size_t offset, setting;
} params[] = {
	{ "nBL", offsetof(struct dram_params, nBL), 0 },
#define X(name, help) \
	{ "n" #name, offsetof(struct dram_params, n##name), offsetof(struct machine, t_##name) },
	DRAM_PARAM_LIST(X)
#undef X
};

static int64_t *param_in(struct dram_params *n, size_t p)
{
	return (int64_t *)(void *)((char *)n + params[p].offset);
}

static void set_override(struct machine *m, size_t p, int64_t clocks)
{
	*(uint64_t *)(void *)((char *)m + params[p].setting) = (uint64_t)clocks;
}

/* The standard under test; its twin has one parameter wrong. */
static const struct dram_standard *original;
static size_t wrong_param;
static int64_t wrong_by;

static void wrong_nominal(const struct dram_params *n, int64_t *latencies)
{
	struct dram_params wrong = *n;

	*param_in(&wrong, wrong_param) += wrong_by;
	original->nominal(&wrong, latencies);
}

/* A burst one clock short is one of fewer bytes. */
static void shorten_bursts(struct dram_standard *twin)
{
	twin->burst_bytes -= twin->pins * twin->bits_per_clock / 8;
	wrong_by = 0;
}

/* Nominal clocks of one row with one parameter changed. */
static int64_t nominal_of(const struct dram_timing *t, size_t rule, size_t p, int64_t by)
{
	struct dram_params n = t->n;
	int64_t latencies[DRAM_MAX_RULES];

	*param_in(&n, p) += by;
	t->standard->nominal(&n, latencies);
	return latencies[rule];
}

struct place {
	unsigned sid, group, bank;
};

struct step {
	enum dram_command_kind c;
	struct place at;
	uint64_t tick; /* its first */
};

/* What is issued, on one executor. */
struct run {
	struct dram_timing *t;
	struct dram_state state;
	struct step steps[MAX_STEPS];
	size_t n;
	uint64_t bus_free[N_DRAM_BUSES];
};

static unsigned bank_of(const struct dram_timing *t, struct place at)
{
	const struct dram_standard *s = t->standard;

	return (at.sid * s->bank_groups + at.group) * s->banks_per_group + at.bank;
}

static void issue_at(struct run *r, enum dram_command_kind c, struct place at, uint64_t tick)
{
	const struct dram_command_form *form = &r->t->standard->commands[c];

	ck_assert_uint_lt(r->n, MAX_STEPS);
	dram_issue(&r->state, c, bank_of(r->t, at), tick);
	r->bus_free[form->bus] = tick + form->ticks;
	r->steps[r->n++] = (struct step){ c, at, tick };
}

static void issue_early(struct run *r, enum dram_command_kind c, struct place at)
{
	uint64_t tick = dram_earliest(&r->state, c, bank_of(r->t, at));

	tick = max_u64(tick, r->bus_free[r->t->standard->commands[c].bus]);
	issue_at(r, c, at, dram_on_edge(r->t, c, tick));
}

static void issue_after(struct run *r, enum dram_command_kind c, struct place at, uint64_t clocks)
{
	issue_at(r, c, at, (r->n ? r->steps[r->n - 1].tick : 0) +
				   clocks * r->t->standard->ticks_per_clock);
}

static void issue_late(struct run *r, enum dram_command_kind c, struct place at)
{
	issue_after(r, c, at, GAP_CLOCKS);
}

/* A bank is refreshed again when all others of its stack ID have been. */
static void refresh_others(struct run *r, struct place but)
{
	const struct dram_standard *s = r->t->standard;

	for (unsigned g = 0; g < s->bank_groups / s->refresh_groups; g++)
		for (unsigned b = 0; b < s->banks_per_group; b++)
			if (g != but.group || b != but.bank)
				issue_after(r, DRAM_REFpb, (struct place){ but.sid, g, b },
					    REFRESH_GAP_CLOCKS);
}

/* One mutant: a row, a parameter, and the way to make it show. */
struct mutant {
	size_t rule, param;
	struct place from, to;
	unsigned closing; /* which command closes a bank between the row's two */
	int64_t value;    /* of the parameter, on both sides; 0: as the table has it */
	bool lowers_others; /* nBL shows only then: of two distances it is the longer */
};

static bool needs_closed(enum dram_command_kind c)
{
	return c == DRAM_ACT || c == DRAM_REFab || c == DRAM_REFpb;
}

static bool is_same(struct place a, struct place b)
{
	return a.sid == b.sid && a.group == b.group && a.bank == b.bank;
}

static const enum dram_command_kind closings[] = { DRAM_PREpb, DRAM_RDA, DRAM_WRA, DRAM_PREab };

/* Whether the second command of the row finds a bank open that it wants closed. */
static bool is_in_the_way(const struct dram_standard *s, const struct mutant *x)
{
	const struct dram_rule *r = &s->rules[x->rule];
	enum dram_command_kind following = (enum dram_command_kind)r->following;

	if (r->window > 1)
		return false;
	return r->preceding == DRAM_ACT && needs_closed(following) &&
	       (following == DRAM_REFab || r->level == DRAM_LEVEL_BANK);
}

/* What has to be open first. */
static void prepare(struct run *r, const struct mutant *x)
{
	const struct dram_rule *rule = &r->t->standard->rules[x->rule];
	enum dram_command_kind a = (enum dram_command_kind)rule->preceding;
	enum dram_command_kind b = (enum dram_command_kind)rule->following;

	if (dram_is_column(b) && !(a == DRAM_ACT && is_same(x->from, x->to)))
		issue_late(r, DRAM_ACT, x->to);
	if ((dram_is_column(a) || a == DRAM_PREpb) &&
	    !(dram_is_column(b) && is_same(x->from, x->to)))
		issue_late(r, DRAM_ACT, x->from);
	if (a == DRAM_REFpb && b == DRAM_REFpb && is_same(x->from, x->to))
		refresh_others(r, x->from);
	issue_late(r, a, x->from);
}

/* The row's two, and what has to lie between them; `first` is the step to begin with. */
static void play(struct run *r, const struct mutant *x)
{
	const struct dram_standard *s = r->t->standard;
	const struct dram_rule *rule = &s->rules[x->rule];

	for (unsigned i = 1; i < rule->window; i++) /* others that count */
		issue_early(r, DRAM_ACT, (struct place){ 0, i % s->bank_groups,
							 2 + i / s->bank_groups });
	if (is_in_the_way(s, x))
		issue_early(r, closings[x->closing], x->from);
	issue_early(r, (enum dram_command_kind)rule->following, x->to);
}

static void run_start(struct run *r, struct dram_timing *t)
{
	*r = (struct run){ .t = t };
	dram_state_init(&r->state, t);
}

static void on_violation(void *context, const char *text)
{
	buf_printf(context, "%s\n", text);
}

/* The checker, with the same overrides. */
static struct dramcheck *new_checker(const struct machine *m, struct buf *told)
{
	struct dramcheck_override overrides[ARRAY_SIZE(params)];
	struct dramcheck_memory memory = { .standard = original->name,
					   .data_rate = m->hbm_data_rate,
					   .density_bits = m->hbm_density, .height = m->hbm_height,
					   .channels = 1, .overrides = overrides };
	struct err err = { 0 };
	struct dramcheck *d;

	for (size_t p = 0; p < ARRAY_SIZE(params); p++) {
		uint64_t clocks = params[p].setting ?
			*(const uint64_t *)(const void *)((const char *)m + params[p].setting) : 0;

		if (clocks)
			overrides[memory.n_overrides++] =
				(struct dramcheck_override){ params[p].name, clocks };
	}
	d = dramcheck_new(&memory, 50, on_violation, told, &err);
	ck_assert_msg(d != NULL, "%s", err.text);
	return d;
}

/* Commands are told in order of their last ticks. */
static void feed(struct dramcheck *d, const struct run *r)
{
	const struct dram_standard *s = r->t->standard;
	uint64_t tick_hz = r->t->clock_hz * s->ticks_per_clock;
	bool done[MAX_STEPS] = { false };

	for (size_t n = 0; n < r->n; n++) {
		struct dramcheck_command c = { .channel = 0 };
		size_t next = MAX_STEPS;
		uint64_t best = UINT64_MAX;
		struct dramcheck_fields f;

		for (size_t i = 0; i < r->n; i++) {
			uint64_t last = r->steps[i].tick + s->commands[r->steps[i].c].ticks - 1;

			if (!done[i] && last < best) {
				best = last;
				next = i;
			}
		}
		done[next] = true;
		ck_assert(dramcheck_kind_find(dram_command_name(r->steps[next].c),
					      strlen(dram_command_name(r->steps[next].c)), &c.kind));
		f = dramcheck_fields(d, c.kind);
		c.time_ps = mul_div_u64(best, UINT64_C(1000000000000), tick_hz);
		c.stack_id = f.stack_id ? r->steps[next].at.sid : 0;
		c.bank_group = f.bank_group ? r->steps[next].at.group : 0;
		c.bank = f.bank ? r->steps[next].at.bank : 0;
		dramcheck_command(d, &c);
	}
}

/* " RD RDA" has the word RD. */
static bool has_word(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if (strncmp(text + i, word, n) == 0 && (i == 0 || strchr(" (", text[i - 1])) &&
		    (i + n == len || strchr(" ,)", text[i + n])))
			return true;
	return false;
}

/* "bank, ACT to RD RDA: nRCDRD": is it the rule of this row and this parameter? */
static bool is_rule_of(const char *name, const struct dram_rule *r, const char *param)
{
	static const char *const scopes[N_DRAM_LEVELS] = {
		[DRAM_LEVEL_PC] = "pseudo channel", [DRAM_LEVEL_SID] = "stack ID",
		[DRAM_LEVEL_BG] = "bank group", [DRAM_LEVEL_BANK] = "bank",
	};
	const char *scope = r->is_sibling ? "other stack ID" : scopes[r->level];
	const char *from = strchr(name, ','), *to = from ? strstr(from, " to ") : NULL;
	const char *least = to ? strchr(to, ':') : NULL;

	return least && (size_t)(from - name) == strlen(scope) &&
	       strncmp(name, scope, strlen(scope)) == 0 &&
	       (r->window > 1) == (strstr(least, "nFAW") != NULL) &&
	       has_word(from + 1, (size_t)(to - from) - 1,
			dram_command_name((enum dram_command_kind)r->preceding)) &&
	       has_word(to + 4, (size_t)(least - to) - 4,
			dram_command_name((enum dram_command_kind)r->following)) &&
	       has_word(least + 2, strlen(least + 2), param);
}

/* Violations of the row's rule, and of all. */
static uint64_t count_caught(const struct dramcheck *d, const struct mutant *x)
{
	uint64_t n = 0;

	for (size_t i = 0; i < dramcheck_n_rules(d); i++) {
		struct dramcheck_rule rule;

		if (dramcheck_rule(d, i, &rule) && rule.violations > 0 &&
		    is_rule_of(rule.name, &original->rules[x->rule], params[x->param].name))
			n += rule.violations;
	}
	return n;
}

struct outcome {
	bool shows;   /* the mutant's executor issues the last command earlier */
	bool sound_is_clean;
	uint64_t caught, violations; /* of the mutant: by the row's rule, by all */
	struct buf told;
};

static bool make_timings(const struct mutant *x, struct machine *m, struct dram_timing *sound,
			 struct dram_timing *wrong)
{
	static struct dram_standard twin;
	struct err err = { 0 };

	twin = *original;
	twin.nominal = wrong_nominal;
	if (x->value)
		set_override(m, x->param, x->value);
	if (x->lowers_others)
		m->t_CCDS = 1;
	if (x->lowers_others && original->bins[0].n.nCCDR)
		m->t_CCDR = 1;
	if (!dram_timing_init(sound, original, m, &err))
		return false;
	wrong_param = x->param;
	wrong_by = nominal_of(sound, x->rule, x->param, -1) <= nominal_of(sound, x->rule, x->param, 0)
			   ? -1 : 1;
	if (!params[x->param].setting)
		shorten_bursts(&twin);
	return dram_timing_init(wrong, &twin, m, &err);
}

static bool try_mutant(const struct mutant *x, const struct machine *base, struct outcome *o)
{
	static struct dram_timing sound, wrong;
	struct machine m = *base;
	struct run a, b;
	struct dramcheck *d;

	*o = (struct outcome){ .shows = false };
	if (!make_timings(x, &m, &sound, &wrong))
		return false;
	run_start(&a, &sound);
	run_start(&b, &wrong);
	prepare(&a, x);
	prepare(&b, x);
	play(&a, x);
	play(&b, x);
	o->shows = b.steps[b.n - 1].tick + sound.standard->ticks_per_clock == a.steps[a.n - 1].tick;
	if (o->shows) {
		d = new_checker(&m, &o->told);
		feed(d, &a);
		o->sound_is_clean = dramcheck_violations(d) == 0;
		dramcheck_free(d);
	}
	if (o->shows && o->sound_is_clean) {
		d = new_checker(&m, &o->told);
		feed(d, &b);
		o->caught = count_caught(d, x);
		o->violations = dramcheck_violations(d);
		dramcheck_free(d);
	}
	dram_state_release(&a.state);
	dram_state_release(&b.state);
	return true;
}

/* Raises the parameter until the mutant shows, and is caught by its rule.  A sound model that
 * the checker does not accept ends the search: it is no fault of the parameter's value. */
static bool show_mutant(struct mutant *x, const struct machine *base, const struct dram_timing *t,
			struct outcome *o)
{
	struct dram_params n = t->n;
	int64_t value = *param_in(&n, x->param);
	unsigned n_closings = is_in_the_way(original, x) ? ARRAY_SIZE(closings) : 1;

	for (int64_t raise = 0; raise < 4000; raise = raise * 3 / 2 + 1) {
		x->value = raise && params[x->param].setting ? value + raise : 0;
		x->lowers_others = raise && !params[x->param].setting;
		for (x->closing = 0; x->closing < n_closings; x->closing++) {
			if (!try_mutant(x, base, o))
				return false; /* the override is beyond what the model takes */
			if (o->shows && (!o->sound_is_clean || o->caught > 0))
				return true;
			buf_release(&o->told);
		}
	}
	return false;
}

/* Another of the banks that a REFpb to bank group 0 covers. */
static bool covered_group(const struct dram_standard *s, unsigned variant, unsigned *group)
{
	*group = variant * (s->bank_groups / s->refresh_groups);
	return variant < s->refresh_groups;
}

/* Where the two go: nodes of the row's level shared, and of none below; `variant` counts stack
 * IDs, and the banks that a REFpb covers.  False: no such variant. */
static bool find_places(const struct dram_timing *t, struct mutant *x, unsigned variant)
{
	const struct dram_rule *r = &t->standard->rules[x->rule];

	x->from = (struct place){ 0, 0, 0 };
	x->to = (struct place){ 0, 1, 1 };
	if (r->is_sibling) {
		x->to = (struct place){ variant + 1, 0, 0 };
		return variant + 1 < t->stack_ids;
	}
	if (r->level == DRAM_LEVEL_PC) {
		x->to.sid = variant;
		return variant < t->stack_ids;
	}
	if (r->level == DRAM_LEVEL_SID)
		return variant == 0;
	x->to = (struct place){ 0, 0, r->level == DRAM_LEVEL_BG };
	if (r->following == DRAM_REFpb && r->preceding != DRAM_REFpb)
		return covered_group(t->standard, variant, &x->from.group);
	if (r->preceding == DRAM_REFpb && r->following != DRAM_REFpb)
		return covered_group(t->standard, variant, &x->to.group);
	return variant == 0;
}

/* The index-th of all speed bins of all standards, as high as it comes: the most stack IDs. */
static bool machine_at(size_t index, struct machine *m)
{
	for (size_t i = 0; (original = dram_standard_at(i)); i++) {
		if (index >= original->n_bins) {
			index -= original->n_bins;
			continue;
		}
		config_defaults(m);
		m->hbm_standard = (uint32_t)i + 1;
		m->hbm_data_rate = original->bins[index].data_rate;
		m->hbm_height = original->heights[original->n_heights - 1].dies;
		m->hbm_density = original->usual_density;
		return true;
	}
	return false;
}

static bool is_param_of(const struct dram_timing *t, size_t rule, size_t p)
{
	return nominal_of(t, rule, p, 100000) != nominal_of(t, rule, p, 0);
}

struct tally {
	unsigned mutants, alone, raised;
};

static void check_mutant(const struct machine *m, const struct dram_timing *t, struct mutant *x,
			 struct tally *tally)
{
	const struct dram_rule *r = &original->rules[x->rule];
	struct outcome o;
	bool is_caught = show_mutant(x, m, t, &o);

	ck_assert_msg(is_caught && o.sound_is_clean,
		      "%s, level %u%s, %s to %s: %s, of %s, bank %u.%u.%u: %s: %s", original->name,
		      r->level, r->is_sibling ? " (sibling)" : "",
		      dram_command_name((enum dram_command_kind)r->preceding),
		      dram_command_name((enum dram_command_kind)r->following),
		      params[x->param].name, r->formula, x->to.sid, x->to.group, x->to.bank,
		      is_caught ? "the sound model is not clean" : "is not caught",
		      is_caught ? o.told.data : "");
	tally->mutants++;
	tally->alone += o.caught == o.violations && o.caught == 1;
	tally->raised += x->value != 0;
	buf_release(&o.told);
}

/* Over rows, parameters and places. */
START_TEST(test_mutants)
{
	struct tally tally = { 0 };
	struct dram_timing t;
	struct machine m;
	struct err err = { 0 };

	ck_assert(machine_at((size_t)_i, &m));
	ck_assert_msg(dram_timing_init(&t, original, &m, &err), "%s", err.text);
	for (size_t rule = 0; rule < original->n_rules; rule++) {
		unsigned n_of_rule = 0;

		for (size_t p = 0; p < ARRAY_SIZE(params); p++) {
			struct mutant x = { .rule = rule, .param = p };

			if (!is_param_of(&t, rule, p))
				continue;
			for (unsigned v = 0; find_places(&t, &x, v); v++) {
				check_mutant(&m, &t, &x, &tally);
				n_of_rule++;
			}
		}
		ck_assert_uint_gt(n_of_rule, 0);
	}
	printf("# %s, %" PRIu64 " Mbps: %u mutants of %zu rules caught, %u by their rule alone, %u "
	       "with a raised parameter\n", original->name, m.hbm_data_rate / 1000000,
	       tally.mutants, original->n_rules, tally.alone, tally.raised);
	fflush(stdout);
	ck_assert_uint_ge(tally.mutants, original->n_rules);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dram mutants");
	TCase *tc = tcase_create("timing");
	struct machine m;
	int n = 0;

	while (machine_at((size_t)n, &m))
		n++;
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_mutants, 0, n);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
