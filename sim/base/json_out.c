/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps commas, nesting and indentation right, so that callers cannot write bad JSON.
 * Text that is not UTF-8 is written as U+FFFD: a reader must never choke.
 */
#include "base/json_out.h"

#include <string.h>

#include "base/units.h"
#include "base/utf8.h"

#define MAX_DEPTH 63

void json_init(struct json_out *j, struct buf *to)
{
	*j = (struct json_out){ .to = to };
}

static uint64_t level_bit(const struct json_out *j)
{
	return (uint64_t)1 << j->depth;
}

static void new_line(struct json_out *j)
{
	buf_putc(j->to, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_puts(j->to, "  ");
}

static void quoted(struct json_out *j, const char *s)
{
	size_t left = strlen(s);

	buf_putc(j->to, '"');
	while (left > 0) {
		uint32_t code = 0;
		size_t n = utf8_char(s, left, &code);

		if (n == 0)
			buf_puts(j->to, "\\ufffd");
		else if (code == '"' || code == '\\')
			buf_printf(j->to, "\\%c", *s);
		else if (code < 0x20)
			buf_printf(j->to, "\\u%04x", (unsigned)code);
		else
			buf_add(j->to, s, n);
		s += n ? n : 1;
		left -= n ? n : 1;
	}
	buf_putc(j->to, '"');
}

/* What stands before a value: comma, place, name. */
static void begin_value(struct json_out *j, const char *name)
{
	bool has_before = (j->has_member & level_bit(j)) != 0;

	if (j->depth > 0) {
		BUG_ON((name == NULL) != ((j->is_array & level_bit(j)) != 0));
		if (has_before)
			buf_putc(j->to, ',');
		if (!(j->is_inline & level_bit(j)))
			new_line(j);
		else if (has_before)
			buf_putc(j->to, ' ');
	}
	j->has_member |= level_bit(j);
	if (name) {
		quoted(j, name);
		buf_puts(j->to, ": ");
	}
}

static void open_level(struct json_out *j, const char *name, bool is_array, bool is_inline)
{
	begin_value(j, name);
	BUG_ON(j->depth == MAX_DEPTH);
	is_inline = is_inline || (j->is_inline & level_bit(j)) != 0;
	buf_putc(j->to, is_array ? '[' : '{');
	j->depth++;
	j->has_member &= ~level_bit(j);
	j->is_inline &= ~level_bit(j);
	j->is_array &= ~level_bit(j);
	if (is_inline)
		j->is_inline |= level_bit(j);
	if (is_array)
		j->is_array |= level_bit(j);
}

void json_object(struct json_out *j, const char *name)
{
	open_level(j, name, false, false);
}

void json_array(struct json_out *j, const char *name)
{
	open_level(j, name, true, false);
}

void json_array_inline(struct json_out *j, const char *name)
{
	open_level(j, name, true, true);
}

void json_end(struct json_out *j)
{
	uint64_t bit = level_bit(j);

	BUG_ON(j->depth == 0);
	j->depth--;
	if ((j->has_member & bit) && !(j->is_inline & bit))
		new_line(j);
	buf_putc(j->to, j->is_array & bit ? ']' : '}');
	if (j->depth == 0)
		buf_putc(j->to, '\n');
}

void json_u64(struct json_out *j, const char *name, uint64_t value)
{
	begin_value(j, name);
	buf_printf(j->to, "%" PRIu64, value);
}

void json_string(struct json_out *j, const char *name, const char *value)
{
	begin_value(j, name);
	quoted(j, value);
}

void json_ratio(struct json_out *j, const char *name, uint64_t a, uint64_t b, unsigned decimals)
{
	char text[64];

	format_ratio(a, b, decimals, text, sizeof(text));
	begin_value(j, name);
	buf_puts(j->to, text);
}

void json_bool(struct json_out *j, const char *name, bool value)
{
	begin_value(j, name);
	buf_puts(j->to, value ? "true" : "false");
}
