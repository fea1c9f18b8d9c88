/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the tables to one memory: its organisation, its parameters in clocks, and every
 * rule in ticks, sorted by the command that it is about to judge.  Judges nothing.
 */
#include "dramcheck/sheet.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/names.h"

#define NS_PER_S UINT64_C(1000000000)
#define GIBI (UINT64_C(1) << 30)
#define MAX_GIBIBITS 64 /* where the tables name no densities */

static const char *const param_names[] = {
#define X(name) "n" #name,
	CHECK_PARAM_LIST(X)
#undef X
};

static const struct check_sheet *find_sheet(const char *name, struct err *err)
{
	struct buf known = BUF_INIT;

	for (size_t i = 0; i < n_check_sheets; i++)
		if (strcmp(name, check_sheets[i].name) == 0)
			return &check_sheets[i];
	for (size_t i = 0; i < n_check_sheets; i++)
		buf_printf(&known, "%s%s", i ? ", " : "", check_sheets[i].name);
	err_set(err, ERR_INPUT, "standard '%.40s' is not known (expected one of %s)", name,
		known.data);
	buf_release(&known);
	return NULL;
}

/* The bin's column in the table of timings. */
static bool find_bin(const struct check_sheet *s, uint64_t data_rate, unsigned *bin,
		     struct err *err)
{
	struct buf known = BUF_INIT;

	for (unsigned i = 0; i < ARRAY_SIZE(s->mbps) && s->mbps[i]; i++) {
		if (data_rate == (uint64_t)s->mbps[i] * 1000000) {
			*bin = s->first_bin + i;
			buf_release(&known);
			return true;
		}
		buf_printf(&known, "%s%" PRIu32 "000000", i ? ", " : "", s->mbps[i]);
	}
	err_set(err, ERR_INPUT,
		"data_rate %" PRIu64 " is not known for %s (expected one of %s)", data_rate,
		s->name, known.data);
	buf_release(&known);
	return false;
}

static bool find_height(const struct check_sheet *s, uint64_t dies, uint64_t *stack_ids,
			uint64_t *height, struct err *err)
{
	struct buf known = BUF_INIT;

	*height = dies ? dies : s->usual_height;
	for (size_t i = 0; i < ARRAY_SIZE(s->heights) && s->heights[i].dies; i++) {
		if (s->heights[i].dies == *height) {
			*stack_ids = s->heights[i].stack_ids;
			buf_release(&known);
			return true;
		}
		buf_printf(&known, "%s%u", i ? ", " : "", s->heights[i].dies);
	}
	err_set(err, ERR_INPUT, "height %" PRIu64 " is not known for %s (expected one of %s)", dies,
		s->name, known.data);
	buf_release(&known);
	return false;
}

static bool is_on_offer(const struct check_sheet *s, uint64_t density_bits)
{
	if (s->gb[0] == 0)
		return density_bits <= MAX_GIBIBITS * GIBI;
	for (size_t i = 0; i < ARRAY_SIZE(s->gb) && s->gb[i]; i++)
		if (density_bits == s->gb[i] * GIBI)
			return true;
	return false;
}

static bool find_rows(const struct check_sheet *s, uint64_t density_bits, uint64_t stack_ids,
		      uint64_t *rows, struct err *err)
{
	uint64_t divisor = s->divisor * (s->divides_by_sid ? stack_ids : 1);

	*rows = density_bits / divisor;
	if (density_bits == 0 || density_bits % divisor != 0 || !is_on_offer(s, density_bits))
		return err_set(err, ERR_INPUT,
			       "density_bits %" PRIu64 " is not known for %s (expected %s)",
			       density_bits, s->name,
			       s->gb[0] ? "one that its table names" : "whole rows, up to 64 Gb");
	return true;
}

/* Whole clocks that cover ns; false where the table ends below the density. */
static bool covering(const struct check_step *steps, size_t n, uint64_t density_bits,
		     uint64_t clock_hz, int64_t *clocks)
{
	for (size_t i = 0; i < n && steps[i].up_to_gb; i++) {
		if (steps[i].up_to_gb != ABOVE && density_bits > steps[i].up_to_gb * GIBI)
			continue;
		*clocks = (int64_t)ceil_div_u64(steps[i].ns * clock_hz, NS_PER_S);
		return true;
	}
	return false;
}

static bool find_refresh(struct check_limits *l, uint64_t density_bits, uint64_t dies,
			 uint64_t clock_hz, struct err *err)
{
	const struct check_sheet *s = l->sheet;
	uint64_t key = density_bits / s->key_divisor;
	uint64_t sets = s->sets * l->org.stack_ids;

	if (s->key == KEY_PER_SID)
		key /= l->org.stack_ids;
	if (s->key == KEY_OF_ALL_DIES)
		key *= l->org.stack_ids;
	l->clocks[P_REFI] = (int64_t)(s->refi_ns * clock_hz / NS_PER_S);
	l->clocks[P_REFIpb] = (int64_t)(s->refi_pb_ns * clock_hz / NS_PER_S / sets);
	if (covering(s->rfc, ARRAY_SIZE(s->rfc), key, clock_hz, &l->clocks[P_RFC]) &&
	    covering(s->rfc_pb, ARRAY_SIZE(s->rfc_pb), key, clock_hz, &l->clocks[P_RFCpb]))
		return true;
	return err_set(err, ERR_INPUT,
		       "%s has no refresh times for density_bits %" PRIu64 " in %" PRIu64 " dies",
		       s->name, density_bits, dies);
}

static bool apply_override(struct check_limits *l, const struct dramcheck_override *o,
			   struct err *err)
{
	for (unsigned p = P_CL; p < N_CHECK_PARAMS; p++) {
		if (strcmp(o->name, param_names[p]) != 0 || l->clocks[p] == 0)
			continue;
		if (o->clocks == 0 || o->clocks > UINT32_MAX)
			return err_set(err, ERR_INPUT,
				       "%s=%" PRIu64 " is out of range (expected 1 to %" PRIu32 ")",
				       o->name, o->clocks, UINT32_MAX);
		l->clocks[p] = (int64_t)o->clocks;
		return true;
	}
	return err_set(err, ERR_INPUT, "%s has no parameter '%.40s'", l->sheet->name, o->name);
}

static int64_t sum_of(const struct check_limits *l, const char **at);

static int64_t term_of(const struct check_limits *l, const char **at)
{
	size_t len;
	int64_t a, b;

	*at += strspn(*at, " ");
	if (strncmp(*at, "max(", 4) == 0) {
		*at += 4;
		a = sum_of(l, at);
		++*at; /* the comma */
		b = sum_of(l, at);
		++*at;
		return a > b ? a : b;
	}
	if (**at >= '0' && **at <= '9')
		return *(*at)++ - '0';
	len = strspn(*at, "nABCDEFGHIJKLMNOPQRSTUVWXYZabp2");
	for (unsigned p = 0; p < N_CHECK_PARAMS; p++) {
		if (strlen(param_names[p]) != len || strncmp(*at, param_names[p], len) != 0)
			continue;
		*at += len;
		if (l->clocks[p] == 0)
			BUG("%s has no %s", l->sheet->name, param_names[p]);
		return l->clocks[p];
	}
	BUG("no parameter: %s", *at);
}

static int64_t sum_of(const struct check_limits *l, const char **at)
{
	int64_t sum = term_of(l, at);

	for (;;) {
		*at += strspn(*at, " ");
		if (**at != '+' && **at != '-')
			return sum;
		if (*(*at)++ == '+')
			sum += term_of(l, at);
		else
			sum -= term_of(l, at);
	}
}

static void add_limit(struct check_limits *l, const struct check_limit *limit, unsigned following)
{
	bool is_narrow = limit->scope == SCOPE_BG || limit->scope == SCOPE_BANK;
	unsigned *n = is_narrow ? &l->n_narrow[following] : &l->n_wide[following];
	struct check_limit *to = is_narrow ? l->narrow[following] : l->wide[following];

	BUG_ON(*n == MAX_LIMITS);
	to[(*n)++] = *limit;
}

/* A rule with a window looks at one history of all that it counts. */
static void add_rule(struct check_limits *l, size_t i)
{
	const struct check_rule *r = &check_rules[i];
	const char *at = r->least;
	struct check_limit limit = { .scope = r->scope, .window = r->window, .rule = (uint16_t)i };

	limit.least = sum_of(l, &at) * (int64_t)l->org.ticks_per_clock;
	if (r->window > 1)
		l->windowed = r->preceding;
	for (unsigned f = 0; f < N_DRAMCHECK_KINDS; f++) {
		if (!(r->following & 1U << f))
			continue;
		for (unsigned p = 0; p < N_DRAMCHECK_KINDS; p++) {
			if (!(r->preceding & 1U << p))
				continue;
			limit.preceding = (uint8_t)p;
			add_limit(l, &limit, f);
			if (r->window > 1)
				break;
		}
	}
}

static void set_organisation(struct check_limits *l)
{
	const struct check_sheet *s = l->sheet;

	l->org.pseudo_channels = s->pseudo_channels;
	l->org.bank_groups = s->bank_groups;
	l->org.banks = s->banks;
	l->org.columns = s->columns;
	l->org.burst_bytes = s->burst_bytes;
	l->org.ticks_per_clock = s->ticks_per_clock;
}

bool check_limits_init(struct check_limits *l, const struct dramcheck_memory *m, struct err *err)
{
	uint64_t clock_hz;
	unsigned bin;

	*l = (struct check_limits){ .sheet = find_sheet(m->standard, err) };
	if (!l->sheet)
		return false;
	set_organisation(l);
	if (!find_bin(l->sheet, m->data_rate, &bin, err) ||
	    !find_height(l->sheet, m->height, &l->org.stack_ids, &l->org.height, err) ||
	    !find_rows(l->sheet, m->density_bits, l->org.stack_ids, &l->org.rows, err))
		return false;
	clock_hz = m->data_rate / l->sheet->bits_per_clock;
	l->tick_hz = clock_hz * l->org.ticks_per_clock;
	l->clocks[P_BL] = l->sheet->burst_clocks;
	for (size_t i = 0; i < l->sheet->timings->n; i++) {
		const struct check_timing *t = &l->sheet->timings->rows[i];

		l->clocks[t->param] = t->clocks[bin];
	}
	if (!find_refresh(l, m->density_bits, l->org.height, clock_hz, err))
		return false;
	for (size_t i = 0; i < m->n_overrides; i++)
		if (!apply_override(l, &m->overrides[i], err))
			return false;
	for (size_t i = 0; i < n_check_rules; i++)
		if (check_rules[i].standards & l->sheet->bit)
			add_rule(l, i);
	return true;
}
