/* SPDX-License-Identifier: Apache-2.0 */
/* Words the result of a check: violations, how often each rule was broken, how tight it was. */
#include "dramcheck/report.h"

#include <stdio.h>

void report_violation(struct check_report *r, uint64_t line, const char *text)
{
	if (r->n_told == r->max_told)
		return;
	buf_printf(&r->violations, "%s:%" PRIu64 ": %s\n", r->name, line, text);
	r->n_told++;
}

static uint64_t count_commands(const struct dramcheck *d)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < N_DRAMCHECK_KINDS; k++)
		n += dramcheck_commands(d, (enum dramcheck_kind)k);
	return n;
}

static void add_broken(const struct check_report *r, const struct dramcheck *d, struct buf *to)
{
	struct dramcheck_rule rule;

	buf_puts(to, "violations  rule\n");
	if (r->n_differences > 0)
		buf_printf(to, "%10" PRIu64 "  the head says what the tables say\n",
			   r->n_differences);
	for (size_t i = 0; d && i < dramcheck_n_rules(d); i++)
		if (dramcheck_rule(d, i, &rule) && rule.violations > 0)
			buf_printf(to, "%10" PRIu64 "  %s\n", rule.violations, rule.name);
}

static void add_commands(const struct dramcheck *d, struct buf *to)
{
	const char *before = "commands: ";

	for (unsigned k = 0; k < N_DRAMCHECK_KINDS; k++) {
		uint64_t n = dramcheck_commands(d, (enum dramcheck_kind)k);

		if (n == 0)
			continue;
		buf_printf(to, "%s%" PRIu64 " %s", before, n,
			   dramcheck_kind_name((enum dramcheck_kind)k));
		before = ", ";
	}
	if (count_commands(d) > 0)
		buf_putc(to, '\n');
}

static void add_rules(const struct dramcheck *d, struct buf *to)
{
	size_t n = 0, n_met = 0;
	struct dramcheck_rule rule;

	for (size_t i = 0; i < dramcheck_n_rules(d); i++) {
		if (!dramcheck_rule(d, i, &rule) || !rule.is_distance)
			continue;
		n++;
		n_met += rule.slack_ticks != DRAMCHECK_NEVER;
	}
	buf_printf(to, "distances: %zu of %zu rules had a case\n", n_met, n);
}

static void add_slack(const struct dramcheck *d, struct buf *to)
{
	int64_t per_clock = (int64_t)dramcheck_organisation(d)->ticks_per_clock;
	struct dramcheck_rule rule;

	buf_puts(to, "slack, clocks  rule\n");
	for (size_t i = 0; i < dramcheck_n_rules(d); i++) {
		if (!dramcheck_rule(d, i, &rule) || !rule.is_distance)
			continue;
		if (rule.slack_ticks == DRAMCHECK_NEVER)
			buf_printf(to, "%13s  %s\n", "no case", rule.name);
		else
			buf_printf(to, "%11" PRId64 "%s  %s\n", rule.slack_ticks / per_clock,
				   rule.slack_ticks % per_clock ? ".5" : "  ", rule.name);
	}
}

uint64_t report_write(const struct check_report *r, const struct dramcheck *d, bool slack,
		      struct buf *to)
{
	uint64_t n = r->n_differences + (d ? dramcheck_violations(d) : 0);

	if (r->violations.len > 0)
		buf_add(to, r->violations.data, r->violations.len);
	if (n > r->n_told)
		buf_printf(to, "%s: %" PRIu64 " more violations\n", r->name, n - r->n_told);
	if (n > 0) {
		buf_putc(to, '\n');
		add_broken(r, d, to);
		buf_putc(to, '\n');
	}
	if (r->is_ideal)
		buf_printf(to, "%s: an ideal memory has no commands to judge\n", r->name);
	else if (!d)
		buf_printf(to, "%s: no table fits; its commands were not judged\n", r->name);
	else
		buf_printf(to, "%s: %" PRIu64 " violation%s in %" PRIu64 " commands\n", r->name, n,
			   n == 1 ? "" : "s", count_commands(d));
	if (!d)
		return n;
	add_commands(d, to);
	add_rules(d, to);
	if (slack)
		add_slack(d, to);
	return n;
}
