/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets numbers for people: digits in groups, percent, human units, bars.  All from
 * integers, so a text report is as reproducible as the others.
 */
#include "report/layout.h"

#include <stdio.h>
#include <string.h>

struct cell cell_count(uint64_t value)
{
	struct cell c;
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	size_t at = 0;

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			c.text[at++] = ',';
		c.text[at++] = digits[i];
	}
	c.text[at] = '\0';
	return c;
}

struct cell cell_human(uint64_t value, enum quantity q)
{
	struct cell c;

	format_human(value, q, c.text, sizeof(c.text));
	return c;
}

struct cell cell_percent(uint64_t a, uint64_t b)
{
	return cell_ratio(b ? mul_div_round_u64(a, 1000, b) : 0, 10, 1);
}

struct cell cell_ratio(uint64_t a, uint64_t b, unsigned decimals)
{
	struct cell c;

	format_ratio(a, b, decimals, c.text, sizeof(c.text));
	return c;
}

struct cell cell_time(uint64_t cycles, uint64_t hz)
{
	return cell_human(mul_div_round_u64(cycles, 1000000000000, hz), Q_PS);
}

struct cell cell_name(const char *name, unsigned width)
{
	struct cell c;
	size_t len = strlen(name);
	unsigned head = (width - 2) / 2, tail = width - 2 - head;

	if (len <= width)
		snprintf(c.text, sizeof(c.text), "%s", name);
	else
		snprintf(c.text, sizeof(c.text), "%.*s..%s", (int)head, name, name + len - tail);
	return c;
}

void layout_bar(struct buf *to, uint64_t a, uint64_t b)
{
	uint64_t filled = b ? min_u64(mul_div_round_u64(a, BAR_WIDTH, b), BAR_WIDTH) : 0;

	for (uint64_t i = 0; i < max_u64(filled, a > 0); i++)
		buf_putc(to, '#');
	buf_putc(to, '\n');
}
