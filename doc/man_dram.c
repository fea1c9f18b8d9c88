/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the tables of the memory standards in Markdown, straight from those that the
 * simulator runs on (sim/dram): organisation, densities, commands, parameters, rules.
 */
#include "man_dram.h"

#include <string.h>

#include "dram/standard.h"

#define MIB (UINT64_C(1) << 20)

/* A table with a column for each standard. */

static void put_names(struct buf *to)
{
	buf_puts(to, "| |");
	for (size_t i = 0; dram_standard_at(i); i++)
		buf_printf(to, " %s |", dram_standard_at(i)->name);
	buf_puts(to, "\n|---|");
	for (size_t i = 0; dram_standard_at(i); i++)
		buf_puts(to, "---|");
	buf_putc(to, '\n');
}

typedef uint64_t value_fn(const struct dram_standard *s);

static void put_row(struct buf *to, const char *head, value_fn *value)
{
	buf_printf(to, "| %s |", head);
	for (size_t i = 0; dram_standard_at(i); i++)
		buf_printf(to, " %" PRIu64 " |", value(dram_standard_at(i)));
	buf_putc(to, '\n');
}

#define VALUE(name, expression) \
	static uint64_t name(const struct dram_standard *s) \
	{ \
		return expression; \
	}
VALUE(channels, s->channels)
VALUE(pseudo_channels, s->pseudo_channels)
VALUE(pins, s->pins)
VALUE(bank_groups, s->bank_groups)
VALUE(banks_per_group, s->banks_per_group)
VALUE(burst_length, s->burst_bytes * 8 / s->pins)
VALUE(burst_bytes, s->burst_bytes)
VALUE(columns, s->columns)
VALUE(row_bytes, s->row_bytes)
VALUE(bits_per_clock, s->bits_per_clock)
VALUE(ticks_per_clock, s->ticks_per_clock)
VALUE(usual_height, s->usual_height)
VALUE(usual_density, s->usual_density >> 30)
VALUE(refi_ns, s->refi_ps / 1000)
VALUE(max_postponed, s->max_postponed)

void print_dram_organisation(struct buf *to)
{
	put_names(to);
	put_row(to, "channels, usually", channels);
	put_row(to, "pseudo channels of a channel", pseudo_channels);
	put_row(to, "data pins of a pseudo channel", pins);
	put_row(to, "bank groups of a stack ID", bank_groups);
	put_row(to, "banks of a group", banks_per_group);
	put_row(to, "burst length", burst_length);
	put_row(to, "bytes of a burst", burst_bytes);
	put_row(to, "bursts of a row", columns);
	put_row(to, "bytes of a row", row_bytes);
	put_row(to, "bits of a pin in a clock", bits_per_clock);
	put_row(to, "ticks of a clock", ticks_per_clock);
	put_row(to, "dies of a stack, usually", usual_height);
	put_row(to, "density, usually, Gb", usual_density);
	put_row(to, "tREFI, ns", refi_ns);
	put_row(to, "refreshes that may be postponed", max_postponed);
}

/* Densities. */

static void put_density(struct buf *to, const struct dram_standard *s, uint64_t density_bits,
			const struct dram_height *height)
{
	struct dram_device d;
	const char *setting;
	char why[DRAM_REASON];

	if (!dram_device_init(&d, s, s->bins[0].data_rate, density_bits, height->dies, &setting,
			      why))
		BUG("%s: %s", setting, why);
	buf_printf(to, "| %s | %" PRIu64 " | %u | %u | %" PRIu64 " | %" PRIu64 " | %" PRIu64
		       " | %" PRIu64 " | %" PRIu64 " |\n",
		   s->name, density_bits >> 30, height->dies, height->stack_ids, d.rows,
		   dram_channel_bytes(&d) / MIB, s->channels * dram_channel_bytes(&d) / MIB,
		   dram_refresh_times(&d, density_bits)->rfc_ps / 1000,
		   dram_refresh_times(&d, density_bits)->rfcpb_ps / 1000);
}

void print_dram_densities(struct buf *to)
{
	buf_puts(to, "| standard | density, Gb | dies | stack IDs | rows of a bank | channel, MiB | "
		     "all usual channels, MiB | tRFC, ns | tRFCpb, ns |\n"
		     "|---|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; dram_standard_at(i); i++) {
		const struct dram_standard *s = dram_standard_at(i);

		for (size_t k = 0; k < s->n_densities; k++)
			for (size_t h = 0; h < s->n_heights; h++)
				put_density(to, s, s->densities[k], &s->heights[h]);
	}
}

/* Commands. */

static void put_form(struct buf *to, const struct dram_standard *s, enum dram_command_kind c)
{
	const struct dram_command_form *f = &s->commands[c];
	bool is_shared = s->commands[DRAM_ACT].bus == s->commands[DRAM_RD].bus;

	buf_printf(to, " %s %u%s |",
		   is_shared ? "shared" : f->bus == DRAM_BUS_ROW ? "row" : "column", f->ticks,
		   f->is_on_rising ? ", rising" : "");
}

void print_dram_commands(struct buf *to)
{
	put_names(to);
	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++) {
		buf_printf(to, "| %s |", dram_command_name((enum dram_command_kind)c));
		for (size_t i = 0; dram_standard_at(i); i++)
			put_form(to, dram_standard_at(i), (enum dram_command_kind)c);
		buf_putc(to, '\n');
	}
	buf_puts(to, "| banks of a REFpb |");
	for (size_t i = 0; dram_standard_at(i); i++)
		buf_printf(to, " %u |", dram_standard_at(i)->refresh_groups);
	buf_putc(to, '\n');
}

/* Parameters. */

static int64_t parameter(const struct dram_params *n, unsigned index)
{
	const int64_t values[] = {
#define X(name, help) n->n##name,
		DRAM_PARAM_LIST(X)
#undef X
	};

	return values[index];
}

static void put_parameter(struct buf *to, const struct dram_standard *s, const char *name,
			  const char *help, unsigned index)
{
	for (size_t b = 0; b < s->n_bins; b++) {
		struct dram_device d;
		const char *setting;
		char why[DRAM_REASON];

		if (!dram_device_init(&d, s, s->bins[b].data_rate, s->usual_density, 0, &setting,
				      why))
			BUG("%s: %s", setting, why);
		if (parameter(&d.n, index) == 0)
			return;
		if (b == 0)
			buf_printf(to, "| n%s |", name);
		buf_printf(to, " %" PRId64 " |", parameter(&d.n, index));
	}
	buf_printf(to, " %s |\n", help);
}

static void put_parameters(struct buf *to, const struct dram_standard *s)
{
	unsigned index = 0;

	buf_printf(to, "### %s\n\n", s->name);
	for (size_t b = 0; b < s->n_bins; b++)
		buf_printf(to, "- %" PRIu64 " Mbps: %s\n", s->bins[b].data_rate / 1000000,
			   s->bins[b].source);
	buf_puts(to, "\n| clocks at Mbps |");
	for (size_t b = 0; b < s->n_bins; b++)
		buf_printf(to, " %" PRIu64 " |", s->bins[b].data_rate / 1000000);
	buf_puts(to, " |\n|---|---|");
	for (size_t b = 0; b < s->n_bins; b++)
		buf_puts(to, "---|");
	buf_putc(to, '\n');
#define X(name, help) put_parameter(to, s, #name, help, index++);
	DRAM_PARAM_LIST(X)
#undef X
}

void print_dram_parameters(struct buf *to)
{
	for (size_t i = 0; dram_standard_at(i); i++) {
		buf_puts(to, i ? "\n" : "");
		put_parameters(to, dram_standard_at(i));
	}
}

/* Rules: those of the same nodes, formula and source in one row. */

static const char *const levels[N_DRAM_LEVELS] = {
	[DRAM_LEVEL_PC] = "pseudo channel",
	[DRAM_LEVEL_SID] = "stack ID",
	[DRAM_LEVEL_BG] = "bank group",
	[DRAM_LEVEL_BANK] = "bank",
};

static bool is_one_row(const struct dram_rule *a, const struct dram_rule *b)
{
	return a->level == b->level && a->window == b->window && a->is_sibling == b->is_sibling &&
	       strcmp(a->formula, b->formula) == 0 && a->source == b->source;
}

/* What may follow each command in the row of rule `first`, as masks. */
static void collect_row(const struct dram_standard *s, size_t first, unsigned *following)
{
	memset(following, 0, N_DRAM_COMMANDS * sizeof(*following));
	for (size_t i = first; i < s->n_rules; i++)
		if (is_one_row(&s->rules[first], &s->rules[i]))
			following[s->rules[i].preceding] |= 1u << s->rules[i].following;
}

static void put_set(struct buf *to, unsigned set)
{
	bool is_first = true;

	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++) {
		if (!(set >> c & 1))
			continue;
		buf_printf(to, "%s%s", is_first ? "" : ", ",
			   dram_command_name((enum dram_command_kind)c));
		is_first = false;
	}
}

/* A formula as the table has it, without the structure that holds the parameters. */
static void put_formula(struct buf *to, const char *formula)
{
	size_t len = strlen(formula);
	bool is_wrapped = len > 2 && formula[0] == '(' && strchr(formula, ')') == formula + len - 1;

	for (const char *at = formula + is_wrapped; at < formula + len - is_wrapped; at++) {
		if (strncmp(at, "n->", 3) == 0)
			at += 2;
		else
			buf_putc(to, *at);
	}
}

static void put_rule(struct buf *to, const struct dram_standard *s, const struct dram_rule *r,
		     unsigned preceding, unsigned following)
{
	buf_printf(to, "| %s%s | ", r->is_sibling ? "other " : "", levels[r->level]);
	put_set(to, preceding);
	buf_puts(to, " | ");
	put_set(to, following);
	buf_puts(to, " | ");
	put_formula(to, r->formula);
	if (r->window > 1)
		buf_printf(to, ", window %u", r->window);
	buf_printf(to, " | %s |\n", r->source ? r->source : s->source);
}

/* The commands from `first` on that have the same following as it. */
static unsigned alike(const unsigned *following, unsigned first)
{
	unsigned set = 0;

	for (unsigned c = first; c < N_DRAM_COMMANDS; c++)
		if (following[c] == following[first])
			set |= 1u << c;
	return set;
}

static void put_row_of(struct buf *to, const struct dram_standard *s, size_t first)
{
	unsigned following[N_DRAM_COMMANDS], printed = 0;

	collect_row(s, first, following);
	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++) {
		if (following[c] == 0 || (printed >> c & 1))
			continue;
		put_rule(to, s, &s->rules[first], alike(following, c), following[c]);
		printed |= alike(following, c);
	}
}

static void put_rules(struct buf *to, const struct dram_standard *s)
{
	buf_puts(to, "| node | after | comes | clocks later | source |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < s->n_rules; i++) {
		bool is_printed = false;

		for (size_t k = 0; k < i; k++)
			is_printed |= is_one_row(&s->rules[k], &s->rules[i]);
		if (!is_printed)
			put_row_of(to, s, i);
	}
}

/* Standards that share their rules share a table. */
void print_dram_rules(struct buf *to)
{
	for (size_t i = 0; dram_standard_at(i); i++) {
		const struct dram_standard *s = dram_standard_at(i);
		bool is_first = true;

		for (size_t k = 0; k < i; k++)
			is_first &= dram_standard_at(k)->rules != s->rules;
		if (!is_first)
			continue;
		buf_printf(to, "%s### %s", i ? "\n" : "", s->name);
		for (size_t k = i + 1; dram_standard_at(k); k++)
			if (dram_standard_at(k)->rules == s->rules)
				buf_printf(to, ", %s", dram_standard_at(k)->name);
		buf_puts(to, "\n\n");
		put_rules(to, s);
	}
}
