/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a log of DRAM commands line by line and has them judged.  The head is held against
 * the checker's own tables first; what differs is told, and then those tables count.
 * Takes the same memory for a log of any length.
 */
#include "dramcheck/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/mem.h"
#include "base/units.h"
#include "dramcheck/header.h"
#include "dramcheck/report.h"

#define SHOWN 60 /* bytes of a field in a message */

enum column { TIME, CHANNEL, PSEUDO, SID, GROUP, BANK, COMMAND, ROW, COLUMN, N_COLUMNS };

struct reader {
	struct lines *lines;
	const struct check_log_options *options;
	struct header header;
	struct dramcheck *checker;
	struct check_report report;
	/* By command, sets of columns: not empty; either; of these, empty or 0. */
	uint16_t must[N_DRAMCHECK_KINDS], may[N_DRAMCHECK_KINDS], zero[N_DRAMCHECK_KINDS];
	uint64_t last_ps;
};

static void on_violation(void *context, const char *text)
{
	struct reader *r = context;

	report_violation(&r->report, lines_number(r->lines), text);
}

/* A difference between the head and what should stand there. */
static void differs(struct reader *r, uint64_t line, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void differs(struct reader *r, uint64_t line, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	r->report.n_differences++;
	report_violation(&r->report, line, text);
	free(text);
}

static void compare_organisation(struct reader *r)
{
	const struct dramcheck_organisation *org = dramcheck_organisation(r->checker);
	const uint64_t own[N_HEADER_KEYS] = {
		[KEY_pseudo_channels] = org->pseudo_channels, [KEY_stack_ids] = org->stack_ids,
		[KEY_bank_groups] = org->bank_groups, [KEY_banks] = org->banks,
		[KEY_rows] = org->rows, [KEY_columns] = org->columns,
		[KEY_burst_bytes] = org->burst_bytes,
	};
	const struct header *h = &r->header;

	for (unsigned k = KEY_pseudo_channels; k < N_HEADER_KEYS; k++)
		if (h->values[k] != own[k])
			differs(r, h->lines[k], "%s=%" PRIu64 " (expected %" PRIu64 ")",
				header_key_name((enum header_key)k), h->values[k], own[k]);
}

static const struct dramcheck_override *find_given(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->options->n_overrides; i++)
		if (strcmp(r->options->overrides[i].name, name) == 0)
			return &r->options->overrides[i];
	return NULL;
}

static void compare_overrides(struct reader *r)
{
	const struct header *h = &r->header;

	for (size_t i = 0; i < h->n_overrides; i++) {
		const struct dramcheck_override *given = find_given(r, h->overrides[i].name);

		if (!given)
			differs(r, h->overrides[i].line,
				"%s=%" PRIu64 " is not the standard's; if it is meant, say so with "
				"-s hbm.timing.%s=%" PRIu64, h->overrides[i].name,
				h->overrides[i].clocks, h->overrides[i].name,
				h->overrides[i].clocks);
		else if (given->clocks != h->overrides[i].clocks)
			differs(r, h->overrides[i].line,
				"%s=%" PRIu64 " (expected %" PRIu64 ", from the command line)",
				given->name, h->overrides[i].clocks, given->clocks);
	}
	for (size_t i = 0; i < r->options->n_overrides; i++) {
		const struct dramcheck_override *given = &r->options->overrides[i];
		bool is_there = false;

		for (size_t j = 0; j < h->n_overrides; j++)
			is_there |= strcmp(h->overrides[j].name, given->name) == 0;
		if (!is_there)
			differs(r, h->end_line,
				"the head lacks %s=%" PRIu64 ", which the command line gives",
				given->name, given->clocks);
	}
}

static bool count_channels(const struct reader *r, uint64_t *channels, struct err *err)
{
	const struct header *h = &r->header;

	if (mul_u64(h->values[KEY_stacks], h->values[KEY_channels], channels) && *channels > 0 &&
	    *channels <= DRAMCHECK_MAX_CHANNELS)
		return true;
	return err_at(err, ERR_INPUT, lines_name(r->lines), h->lines[KEY_channels],
		      "too many channels, or none (found stacks=%" PRIu64 " channels=%" PRIu64
		      ", expected 1 to %d in all)", h->values[KEY_stacks],
		      h->values[KEY_channels], DRAMCHECK_MAX_CHANNELS);
}

/* True without a checker: no table fits, which is told, or there is nothing to judge. */
static bool start_checker(struct reader *r, struct err *err)
{
	const struct header *h = &r->header;
	struct dramcheck_memory m = { .standard = h->standard,
				      .data_rate = h->values[KEY_data_rate],
				      .density_bits = h->values[KEY_density_bits],
				      .height = h->values[KEY_height] };
	struct err why = { .code = ERR_NONE };

	r->report.is_ideal = strcmp(h->standard, "ideal") == 0;
	if (r->report.is_ideal)
		return true;
	if (!count_channels(r, &m.channels, err))
		return false;
	if (!dramcheck_is_known(&m, &why)) {
		differs(r, h->standard_line, "%s", why.text);
		return true;
	}
	m.overrides = r->options->overrides;
	m.n_overrides = r->options->n_overrides;
	r->checker = dramcheck_new(&m, r->options->max_told, on_violation, r, &why);
	if (!r->checker)
		return err_set(err, ERR_USAGE, "--set: %s", why.text);
	compare_organisation(r);
	compare_overrides(r);
	return true;
}

/* Where the head and the tables differ on stack IDs, they may be there or not. */
static void learn_fields(struct reader *r)
{
	bool has_sids = r->header.values[KEY_stack_ids] > 1;

	for (unsigned k = 0; k < N_DRAMCHECK_KINDS && r->checker; k++) {
		struct dramcheck_fields f = dramcheck_fields(r->checker, (enum dramcheck_kind)k);
		bool is_named = f.stack_id && has_sids, may_be_named = f.bank && has_sids;

		r->must[k] = (uint16_t)(1 << TIME | 1 << CHANNEL | 1 << PSEUDO | 1 << COMMAND |
					is_named << SID | f.bank_group << GROUP | f.bank << BANK |
					f.row << ROW | f.column << COLUMN);
		/* A command to a bank of every group may name group 0. */
		r->zero[k] = (uint16_t)((f.bank && !f.bank_group) << GROUP);
		r->may[k] = (uint16_t)(r->must[k] | r->zero[k] |
				       (f.stack_id || may_be_named) << SID);
	}
}

static bool bad_field(const struct reader *r, unsigned column, const char *at, const char *end,
		      const char *expected, struct err *err)
{
	static const char *const names[] = { "time_ps", "channel", "pseudo_channel", "stack_id",
					     "bank_group", "bank", "command", "row", "column" };
	const char *comma = memchr(at, ',', (size_t)(end - at));
	size_t len = (size_t)((comma ? comma : end) - at);

	return err_at(err, ERR_INPUT, lines_name(r->lines), lines_number(r->lines),
		      "%s (found \"%.*s\", expected %s)", names[column],
		      (int)min_u64(len, SHOWN), at, expected);
}

/* What stands in a line. */
struct fields {
	uint64_t values[N_COLUMNS];
	enum dramcheck_kind kind;
	unsigned filled; /* a set */
	const char *starts[N_COLUMNS];
};

static bool read_command(const struct reader *r, const char **at, const char *end,
			 struct fields *f, struct err *err)
{
	const char *comma = memchr(*at, ',', (size_t)(end - *at));
	const char *stop = comma ? comma : end;

	if (!dramcheck_kind_find(*at, (size_t)(stop - *at), &f->kind))
		return bad_field(r, COMMAND, *at, end,
				 "ACT, PREpb, PREab, RD, WR, RDA, WRA, REFab or REFpb", err);
	f->filled |= 1 << COMMAND;
	*at = stop;
	return true;
}

static bool read_number(const struct reader *r, unsigned column, const char **at, const char *end,
			struct fields *f, struct err *err)
{
	const char *start = *at;
	uint64_t value = 0;

	while (*at < end && **at >= '0' && **at <= '9')
		value = value * 10 + (uint64_t)(*(*at)++ - '0');
	f->values[column] = value;
	if (*at > start)
		f->filled |= 1U << column;
	if ((*at < end && **at != ',') ||
	    (*at - start > 19 && !parse_u64(start, (size_t)(*at - start), &f->values[column])))
		return bad_field(r, column, start, end, "decimal digits, below 2^64", err);
	return true;
}

static bool read_fields(const struct reader *r, const char *text, size_t len, struct fields *f,
			struct err *err)
{
	const char *at = text, *end = text + len;

	f->filled = 0;
	for (unsigned i = 0; i < N_COLUMNS; i++) {
		bool is_last = i == N_COLUMNS - 1;

		f->starts[i] = at;
		if (i == COMMAND ? !read_command(r, &at, end, f, err) :
				   !read_number(r, i, &at, end, f, err))
			return false;
		if ((at == end) != is_last)
			return err_at(err, ERR_INPUT, lines_name(r->lines), lines_number(r->lines),
				      "a line of %s fields (found \"%.*s\", expected %d)",
				      is_last ? "more" : "fewer", (int)min_u64(len, SHOWN), text,
				      N_COLUMNS);
		at++;
	}
	return true;
}

static bool check_filled(const struct reader *r, const struct fields *f, const char *end,
			 struct err *err)
{
	for (unsigned i = 0; i < N_COLUMNS; i++) {
		bool is_filled = f->filled >> i & 1;

		if (!is_filled && (r->must[f->kind] >> i & 1))
			return bad_field(r, i, f->starts[i], end, "a number for this command", err);
		if (is_filled && (!(r->may[f->kind] >> i & 1) ||
				  ((r->zero[f->kind] >> i & 1) && f->values[i] != 0)))
			return bad_field(r, i, f->starts[i], end, "nothing for this command", err);
	}
	return true;
}

/* What does not fit is beyond any memory. */
static uint32_t small(uint64_t value)
{
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static bool take_line(struct reader *r, const char *text, size_t len, struct err *err)
{
	struct fields f = { .values = { 0 } };

	if (!read_fields(r, text, len, &f, err) ||
	    (f.filled != r->must[f.kind] && !check_filled(r, &f, text + len, err))) {
		struct err why = { .code = ERR_NONE };

		if (!lines_check_text(r->lines, text, len, &why))
			*err = why;
		return false;
	}
	r->last_ps = max_u64(r->last_ps, f.values[TIME]);
	dramcheck_command(r->checker, &(struct dramcheck_command){
		.time_ps = f.values[TIME], .channel = small(f.values[CHANNEL]),
		.pseudo_channel = small(f.values[PSEUDO]), .stack_id = small(f.values[SID]),
		.bank_group = small(f.values[GROUP]), .bank = small(f.values[BANK]),
		.row = small(f.values[ROW]), .column = small(f.values[COLUMN]), .kind = f.kind });
	return true;
}

static bool take_lines(struct reader *r, struct err *err)
{
	const char *text;
	size_t len;

	if (!r->checker && !r->report.is_ideal)
		return true; /* no table fits */
	while (lines_next(r->lines, &text, &len, err)) {
		if (r->report.is_ideal)
			return err_at(err, ERR_INPUT, lines_name(r->lines), lines_number(r->lines),
				      "a command of a memory that has none (found standard=ideal)");
		if (!take_line(r, text, len, err))
			return false;
	}
	if (err->code)
		return false;
	if (r->checker)
		dramcheck_end(r->checker, r->last_ps);
	return true;
}

bool check_log(const char *path, const struct check_log_options *options, struct buf *to,
	       uint64_t *n_violations, struct err *err)
{
	struct reader r = { .lines = lines_open(path, "DRAM log", UINT64_MAX, err),
			    .options = options,
			    .report = { .max_told = options->max_told } };
	bool ok;

	if (!r.lines)
		return false;
	r.report.name = lines_name(r.lines);
	ok = header_read(r.lines, &r.header, err) && start_checker(&r, err);
	learn_fields(&r);
	ok = ok && take_lines(&r, err);
	if (ok)
		*n_violations = report_write(&r.report, r.checker, options->slack, to);
	else
		lines_blame_damage(r.lines, err);
	buf_release(&r.report.violations);
	dramcheck_free(r.checker);
	lines_close(r.lines);
	return ok;
}
