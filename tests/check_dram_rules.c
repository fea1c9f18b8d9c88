/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of every standard, one by one, through the executor: blocked at t - 1 and ready at
 * t, on the nodes that they name and on no other; and HBM2's and HBM3's are those of the
 * reference files, row by row, no more but what the table marks as added.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "model/dram_timing.h"
#include "support/tap_main.h"

static const uint64_t base = 100000; /* a tick before which nothing happened */

/* A device of each standard, speed and height, at the usual density. */
static bool device_at(size_t index, struct dram_timing *t, struct machine *m)
{
	struct err err = { 0 };

	for (size_t i = 0; dram_standard_at(i); i++) {
		const struct dram_standard *s = dram_standard_at(i);
		size_t n = s->n_bins * s->n_heights;

		if (index >= n) {
			index -= n;
			continue;
		}
		config_defaults(m);
		m->hbm_standard = (uint32_t)i + 1;
		m->hbm_data_rate = s->bins[index / s->n_heights].data_rate;
		m->hbm_height = s->heights[index % s->n_heights].dies;
		m->hbm_density = s->usual_density;
		ck_assert_msg(dram_timing_init(t, s, m, &err), "%s", err.text);
		return true;
	}
	return false;
}

/* The number of devices, for loop tests. */
static int n_devices(void)
{
	size_t n = 0;

	for (size_t i = 0; dram_standard_at(i); i++)
		n += dram_standard_at(i)->n_bins * dram_standard_at(i)->n_heights;
	return (int)n;
}

/* Ticks between first ticks, of a window from a last tick, by a rule as the table has it. */
static int64_t latency_of(const struct dram_timing *t, size_t rule)
{
	const struct dram_standard *s = t->standard;
	const struct dram_rule *r = &s->rules[rule];
	int64_t nominal[DRAM_MAX_RULES];
	int64_t last_of_preceding = s->commands[r->preceding].ticks - 1;

	s->nominal(&t->n, nominal);
	return nominal[rule] * (int64_t)s->ticks_per_clock + (r->window > 1 ? 0 : last_of_preceding) -
	       (s->commands[r->following].ticks - 1);
}

static bool is_same_rule(const struct dram_rule *a, const struct dram_rule *b)
{
	return a->level == b->level && a->preceding == b->preceding &&
	       a->following == b->following && a->window == b->window &&
	       a->is_sibling == b->is_sibling;
}

/* The longest that rules of the same commands and nodes ask for. */
static uint64_t longest_of(const struct dram_timing *t, size_t rule)
{
	int64_t longest = 0;

	for (size_t i = 0; i < t->standard->n_rules; i++)
		if (is_same_rule(&t->standard->rules[i], &t->standard->rules[rule]) &&
		    latency_of(t, i) > longest)
			longest = latency_of(t, i);
	ck_assert_int_gt(longest, 0);
	return (uint64_t)longest;
}

static const struct dram_edge *find_edge(const struct dram_timing *t, const struct dram_rule *r)
{
	for (unsigned i = 0; i < t->n_edges[r->preceding]; i++) {
		const struct dram_edge *e = &t->edges[r->preceding][i];

		if (e->level == r->level && e->following == r->following &&
		    e->window == r->window && e->is_sibling == r->is_sibling)
			return e;
	}
	return NULL;
}

/* A table of this one rule, so that no other can hide it. */
static void isolate(struct dram_timing *t, const struct dram_rule *r)
{
	struct dram_edge e = *find_edge(t, r);

	memset(t->n_edges, 0, sizeof(t->n_edges));
	t->edges[r->preceding][0] = e;
	t->n_edges[r->preceding] = 1;
}

/* The banks that a command to `bank` concerns, as a mask: worked out apart from the executor. */
static uint64_t banks_of(const struct dram_timing *t, enum dram_command_kind c, unsigned bank)
{
	const struct dram_standard *s = t->standard;
	unsigned of_sid = s->bank_groups * s->banks_per_group;
	uint64_t mask = 0;

	if (s->commands[c].scope == DRAM_FOR_PC)
		return t->n_banks == 64 ? UINT64_MAX : (UINT64_C(1) << t->n_banks) - 1;
	if (c != DRAM_REFpb || s->refresh_groups == 1)
		return UINT64_C(1) << bank;
	ck_assert_uint_eq(t->stack_ids, 1);
	/* DDR5: the bank of that number in each of 8 groups; LPDDR5X: two groups further, too */
	for (unsigned i = bank % (of_sid / s->refresh_groups); i < of_sid;
	     i += of_sid / s->refresh_groups)
		mask |= UINT64_C(1) << i;
	return mask;
}

/* Do the two masks share a node of `level` (sibling: lie in different ones)? */
static bool is_touched(const struct dram_timing *t, const struct dram_rule *r, uint64_t from,
		       uint64_t to)
{
	const struct dram_standard *s = t->standard;
	unsigned size = r->level == DRAM_LEVEL_BANK ? 1 :
			r->level == DRAM_LEVEL_BG ? s->banks_per_group :
			s->bank_groups * s->banks_per_group;

	if (r->level == DRAM_LEVEL_PC)
		return true;
	for (unsigned a = 0; a < t->n_banks; a++)
		for (unsigned b = 0; b < t->n_banks; b++)
			if ((from >> a & 1) && (to >> b & 1) &&
			    (a / size == b / size) != r->is_sibling)
				return true;
	return false;
}

/* Ready when the rule says, if the preceding command went to bank `from` often enough. */
static void check_rule_from(const struct dram_timing *t, size_t rule, unsigned from)
{
	const struct dram_rule *r = &t->standard->rules[rule];
	enum dram_command_kind preceding = (enum dram_command_kind)r->preceding;
	enum dram_command_kind following = (enum dram_command_kind)r->following;
	uint64_t first = base + (r->window > 1 ? t->standard->commands[preceding].ticks - 1u : 0);
	struct dram_state s;

	dram_state_init(&s, t);
	for (unsigned i = 0; i < r->window; i++) {
		ck_assert_uint_eq(dram_earliest(&s, following, from), 0);
		dram_issue(&s, preceding, from, base + i); /* the first one counts */
	}
	for (unsigned to = 0; to < t->n_banks; to++) {
		bool is_bound = is_touched(t, r, banks_of(t, preceding, from),
					   banks_of(t, following, to));
		uint64_t ready = dram_earliest(&s, following, to);

		ck_assert_msg(ready == (is_bound ? first + longest_of(t, rule) : 0),
			      "%s rule %zu, banks %u to %u: %" PRIu64, t->standard->name, rule,
			      from, to, ready);
	}
	dram_state_release(&s);
}

START_TEST(test_every_rule_blocks_until_its_tick)
{
	struct machine m;
	struct dram_timing all;

	ck_assert(device_at((size_t)_i, &all, &m));
	for (size_t i = 0; i < all.standard->n_rules; i++) {
		const struct dram_rule *r = &all.standard->rules[i];
		struct dram_timing t = all;

		ck_assert_msg(find_edge(&t, r) != NULL, "%s rule %zu", all.standard->name, i);
		isolate(&t, r);
		if (r->window > 1 && t.counts_in[r->preceding] == 0)
			ck_abort_msg("%s rule %zu counts nothing", all.standard->name, i);
		check_rule_from(&t, i, 0);
		check_rule_from(&t, i, t.n_banks - 1);
		check_rule_from(&t, i, t.n_banks / 2 + 1);
	}
}
END_TEST

/* Every edge comes from a rule: none is invented. */
START_TEST(test_edges_are_rules)
{
	struct machine m;
	struct dram_timing t;
	size_t n_edges = 0, n_rules = 0;

	ck_assert(device_at((size_t)_i, &t, &m));
	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++)
		n_edges += t.n_edges[c];
	for (size_t i = 0; i < t.standard->n_rules; i++) {
		bool is_first = true;

		for (size_t k = 0; k < i; k++)
			is_first &= !is_same_rule(&t.standard->rules[k], &t.standard->rules[i]);
		n_rules += is_first;
	}
	ck_assert_uint_eq(n_edges, n_rules);
}
END_TEST

/* A window holds ACTs and REFpbs alike, by their last ticks; DDR5's only ACTs. */
START_TEST(test_windows_hold_both_kinds)
{
	struct machine m;
	struct dram_timing t;
	const uint64_t apart = 50;

	ck_assert(device_at((size_t)_i, &t, &m));
	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++) {
		unsigned n = 0;

		for (unsigned i = 0; i < t.n_edges[c]; i++) /* only the windows */
			if (t.edges[c][i].window > 1)
				t.edges[c][n++] = t.edges[c][i];
		t.n_edges[c] = n;
	}
	for (unsigned kinds = 0; kinds < 16; kinds++) {
		const struct dram_standard *s = t.standard;
		bool is_ddr5 = strcmp(s->name, "DDR5") == 0;
		uint64_t first = kinds & 1 ? s->commands[DRAM_REFpb].ticks :
				 s->commands[DRAM_ACT].ticks;
		uint64_t free = base + first - 1 + (uint64_t)t.n.nFAW * s->ticks_per_clock -
				(s->commands[DRAM_ACT].ticks - 1u);
		struct dram_state state;

		dram_state_init(&state, &t);
		for (unsigned i = 0; i < 4; i++)
			dram_issue(&state, kinds >> i & 1 ? DRAM_REFpb : DRAM_ACT, 0,
				   base + apart * i);
		if (is_ddr5 && kinds != 0)
			free = 0;
		ck_assert_uint_eq(dram_earliest(&state, DRAM_ACT, 0), free);
		if (!is_ddr5)
			ck_assert_uint_eq(dram_earliest(&state, DRAM_REFpb, 0),
					  free + s->commands[DRAM_ACT].ticks -
						  s->commands[DRAM_REFpb].ticks);
		dram_state_release(&state);
	}
}
END_TEST

/* The reference files. */

struct reference {
	char level[24], preceding[12], following[12];
	uint64_t latency;
	unsigned window;
	bool is_sibling;
};

static int command_of(const char *name)
{
	for (int c = 0; c < N_DRAM_COMMANDS; c++)
		if (strcmp(dram_command_name((enum dram_command_kind)c), name) == 0)
			return c;
	ck_abort_msg("%s", name);
	return -1;
}

static int level_of(const char *name)
{
	static const char *const names[N_DRAM_LEVELS] = {
		[DRAM_LEVEL_PC] = "pseudo_channel", [DRAM_LEVEL_SID] = "stack_id",
		[DRAM_LEVEL_BG] = "bank_group", [DRAM_LEVEL_BANK] = "bank",
	};

	for (int i = 0; i < N_DRAM_LEVELS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	ck_assert_str_eq(name, "channel");
	return -1;
}

static size_t read_reference(const char *name, struct reference *rows, size_t room)
{
	char path[512], line[256];
	FILE *in;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/tests/data/dram/%s", getenv("TOP_SRCDIR"), name);
	in = fopen(path, "r");
	ck_assert_msg(in != NULL, "%s", path);
	while (fgets(line, sizeof(line), in)) {
		struct reference *r = &rows[n];
		unsigned sibling;

		if (*line == '#' || strncmp(line, "level,", 6) == 0)
			continue;
		ck_assert_uint_lt(n, room);
		ck_assert_int_eq(sscanf(line, "%23[^,],%11[^,],%11[^,],%" SCNu64 ",%u,%u,", r->level,
					r->preceding, r->following, &r->latency, &r->window,
					&sibling), 6);
		r->is_sibling = sibling != 0;
		n++;
	}
	fclose(in);
	return n;
}

/* A row of the channel: the bus of the two commands is held so long. */
static void check_bus(const struct dram_timing *t, const struct reference *r)
{
	const struct dram_command_form *a = &t->standard->commands[command_of(r->preceding)];
	const struct dram_command_form *b = &t->standard->commands[command_of(r->following)];

	ck_assert_uint_eq(a->bus, b->bus);
	ck_assert_uint_eq(a->ticks, r->latency);
}

static bool is_in_reference(const struct dram_rule *rule, const struct reference *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (level_of(rows[i].level) == rule->level &&
		    command_of(rows[i].preceding) == rule->preceding &&
		    command_of(rows[i].following) == rule->following &&
		    rows[i].window == rule->window && rows[i].is_sibling == rule->is_sibling)
			return true;
	return false;
}

static void check_reference(const struct dram_timing *t, const char *file, size_t n_expected)
{
	static struct reference rows[160];
	size_t n = read_reference(file, rows, ARRAY_SIZE(rows));

	ck_assert_uint_eq(n, n_expected);
	for (size_t i = 0; i < n; i++) {
		const struct reference *r = &rows[i];
		struct dram_rule rule = { .window = (uint8_t)r->window, .is_sibling = r->is_sibling };
		const struct dram_edge *e;
		uint64_t latency;

		if (level_of(r->level) < 0) {
			check_bus(t, r);
			continue;
		}
		rule.level = (uint8_t)level_of(r->level);
		rule.preceding = (uint8_t)command_of(r->preceding);
		rule.following = (uint8_t)command_of(r->following);
		e = find_edge(t, &rule);
		ck_assert_msg(e != NULL, "%s row %zu is missing", file, i);
		latency = e->latency;
		if (r->window > 1)
			latency += t->standard->commands[rule.preceding].ticks - 1u;
		ck_assert_msg(latency == r->latency, "%s row %zu: %" PRIu64, file, i, latency);
	}
	for (size_t i = 0; i < t->standard->n_rules; i++)
		if (!t->standard->rules[i].source)
			ck_assert_msg(is_in_reference(&t->standard->rules[i], rows, n),
				      "%s has no rule %zu", file, i);
}

static void device_of(const struct dram_standard *s, uint64_t data_rate, uint64_t density_gb,
		      struct dram_timing *t)
{
	struct machine m;
	struct err err = { 0 };

	config_defaults(&m);
	m.hbm_data_rate = data_rate;
	m.hbm_density = density_gb << 30;
	ck_assert_msg(dram_timing_init(t, s, &m, &err), "%s", err.text);
}

START_TEST(test_hbm2_is_the_reference)
{
	struct dram_timing t;

	device_of(&dram_hbm2, 2000000000, 4, &t);
	ck_assert_uint_eq(t.stack_ids, 1);
	check_reference(&t, "constraints_hbm2.csv", 63);
}
END_TEST

START_TEST(test_hbm3_is_the_reference)
{
	struct dram_timing t;

	device_of(&dram_hbm3, 6400000000, 16, &t);
	ck_assert_uint_eq(t.stack_ids, 2);
	check_reference(&t, "constraints_hbm3.csv", 96);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dram rules");
	TCase *tc = tcase_create("rules");

	tcase_add_loop_test(tc, test_every_rule_blocks_until_its_tick, 0, n_devices());
	tcase_add_loop_test(tc, test_edges_are_rules, 0, n_devices());
	tcase_add_loop_test(tc, test_windows_hold_both_kinds, 0, n_devices());
	tcase_add_test(tc, test_hbm2_is_the_reference);
	tcase_add_test(tc, test_hbm3_is_the_reference);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
