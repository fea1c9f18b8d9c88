/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model's tables and the checker's were typed apart from each other: both say the same of
 * every standard, speed, density and height, parameter by parameter and limit by limit.  That
 * a mistake of one of them is seen does not hang on a command that shows it.
 */
#include <string.h>

#include "dram/standard.h"
#include "dramcheck/sheet.h"
#include "support/tap_main.h"

/* Every device that a standard offers, for loop tests. */
struct offer {
	const struct dram_standard *s;
	struct dram_device d;
	struct check_limits l;
};

static void offer_at(struct offer *o, size_t index)
{
	size_t i = 0, n;
	uint64_t data_rate, density, height;
	struct dramcheck_memory memory;
	const char *setting;
	char why[DRAM_REASON];
	struct err err = { 0 };

	while (dram_standard_at(i)) {
		o->s = dram_standard_at(i++);
		n = o->s->n_bins * o->s->n_densities * o->s->n_heights;
		if (index < n)
			break;
		index -= n;
	}
	data_rate = o->s->bins[index % o->s->n_bins].data_rate;
	index /= o->s->n_bins;
	density = o->s->densities[index % o->s->n_densities];
	height = o->s->heights[index / o->s->n_densities].dies;
	ck_assert(dram_device_init(&o->d, o->s, data_rate, density, height, &setting, why));
	memory = (struct dramcheck_memory){ .standard = o->s->name,
					    .data_rate = data_rate,
					    .density_bits = density,
					    .height = height,
					    .channels = 1 };
	ck_assert_msg(check_limits_init(&o->l, &memory, &err), "%s", err.text);
}

static int n_offers(void)
{
	size_t n = 0;

	for (size_t i = 0; dram_standard_at(i); i++)
		n += dram_standard_at(i)->n_bins * dram_standard_at(i)->n_densities *
		     dram_standard_at(i)->n_heights;
	return (int)n;
}

START_TEST(test_same_organisation)
{
	struct offer o;

	offer_at(&o, (size_t)_i);
	ck_assert_uint_eq(o.l.org.stack_ids, o.d.stack_ids);
	ck_assert_uint_eq(o.l.org.pseudo_channels, o.s->pseudo_channels);
	ck_assert_uint_eq(o.l.org.bank_groups, o.s->bank_groups);
	ck_assert_uint_eq(o.l.org.banks, o.s->banks_per_group);
	ck_assert_uint_eq(o.l.org.rows, o.d.rows);
	ck_assert_uint_eq(o.l.org.columns, o.s->columns);
	ck_assert_uint_eq(o.l.org.burst_bytes, o.s->burst_bytes);
	ck_assert_uint_eq(o.l.org.ticks_per_clock, o.s->ticks_per_clock);
	ck_assert_uint_eq(o.l.tick_hz, o.d.clock_hz * o.s->ticks_per_clock);
	ck_assert_uint_eq(o.l.sheet->usual_height, o.s->usual_height);
	ck_assert_uint_eq(o.l.sheet->postponed, o.s->max_postponed);
	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++) {
		ck_assert_str_eq(dram_command_name((enum dram_command_kind)c),
				 dramcheck_kind_name((enum dramcheck_kind)c));
		ck_assert_uint_eq(o.l.sheet->ticks[c], o.s->commands[c].ticks);
		ck_assert_int_eq(o.l.sheet->rising >> c & 1, o.s->commands[c].is_on_rising);
	}
}
END_TEST

START_TEST(test_same_parameters)
{
	struct offer o;
	const char *standard;

	offer_at(&o, (size_t)_i);
	standard = o.s->name;
	ck_assert_int_eq(o.l.clocks[P_BL], o.d.n.nBL);
#define X(name, help) \
	ck_assert_msg(o.l.clocks[P_##name] == o.d.n.n##name, \
		      "%s, %" PRIu64 " bit/s, %u stack IDs: n" #name " is %" PRId64 \
		      ", the checker's %" PRId64, standard, o.d.clock_hz * o.s->bits_per_clock, \
		      o.d.stack_ids, o.d.n.n##name, o.l.clocks[P_##name]);
	DRAM_PARAM_LIST(X)
#undef X
}
END_TEST

static enum scope scope_of(const struct dram_rule *r)
{
	static const enum scope scopes[N_DRAM_LEVELS] = {
		[DRAM_LEVEL_PC] = SCOPE_PC, [DRAM_LEVEL_SID] = SCOPE_SID,
		[DRAM_LEVEL_BG] = SCOPE_BG, [DRAM_LEVEL_BANK] = SCOPE_BANK,
	};

	return r->is_sibling ? SCOPE_SIBLING : scopes[r->level];
}

/* Clocks between last ticks by [scope][preceding][following][is a window]; 0: no rule. */
typedef int64_t distances[N_SCOPES][N_DRAM_COMMANDS][N_DRAM_COMMANDS][2];

static void raise_to(int64_t *distance, int64_t least)
{
	if (least > *distance)
		*distance = least;
}

static void collect_rules(const struct offer *o, distances to)
{
	int64_t nominal[DRAM_MAX_RULES];

	memset(to, 0, sizeof(distances));
	o->s->nominal(&o->d.n, nominal);
	for (size_t i = 0; i < o->s->n_rules; i++) {
		const struct dram_rule *r = &o->s->rules[i];

		raise_to(&to[scope_of(r)][r->preceding][r->following][r->window > 1], nominal[i]);
	}
}

/* A window of the checker's counts whatever is in `windowed`. */
static void collect_limit(const struct offer *o, const struct check_limit *limit, unsigned f,
			  distances to)
{
	int64_t least = limit->least / (int64_t)o->s->ticks_per_clock;

	for (unsigned p = 0; p < N_DRAM_COMMANDS; p++)
		if (limit->window > 1 ? (o->l.windowed >> p & 1) : p == limit->preceding)
			raise_to(&to[limit->scope][p][f][limit->window > 1], least);
}

static void collect_limits(const struct offer *o, distances to)
{
	memset(to, 0, sizeof(distances));
	for (unsigned f = 0; f < N_DRAM_COMMANDS; f++) {
		for (unsigned i = 0; i < o->l.n_wide[f]; i++)
			collect_limit(o, &o->l.wide[f][i], f, to);
		for (unsigned i = 0; i < o->l.n_narrow[f]; i++)
			collect_limit(o, &o->l.narrow[f][i], f, to);
	}
}

START_TEST(test_same_limits)
{
	static const char *const scopes[N_SCOPES] = { "pseudo channel", "stack ID",
						      "other stack ID", "bank group", "bank" };
	static distances rules, limits;
	struct offer o;

	offer_at(&o, (size_t)_i);
	collect_rules(&o, rules);
	collect_limits(&o, limits);
	for (unsigned s = 0; s < N_SCOPES; s++)
		for (unsigned p = 0; p < N_DRAM_COMMANDS; p++)
			for (unsigned f = 0; f < N_DRAM_COMMANDS; f++)
				for (unsigned w = 0; w < 2; w++)
					ck_assert_msg(rules[s][p][f][w] == limits[s][p][f][w],
						      "%s: %s, %s to %s%s: %" PRId64
						      ", the checker's %" PRId64, o.s->name, scopes[s],
						      dram_command_name((enum dram_command_kind)p),
						      dram_command_name((enum dram_command_kind)f),
						      w ? ", window" : "", rules[s][p][f][w],
						      limits[s][p][f][w]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dram tables agree");
	TCase *tc = tcase_create("typed apart");

	tcase_add_loop_test(tc, test_same_organisation, 0, n_offers());
	tcase_add_loop_test(tc, test_same_parameters, 0, n_offers());
	tcase_add_loop_test(tc, test_same_limits, 0, n_offers());
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
