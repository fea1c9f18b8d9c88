/* SPDX-License-Identifier: Apache-2.0 */
/* How numbers and names are set in text reports. */
#ifndef MEMSIM_REPORT_LAYOUT_H
#define MEMSIM_REPORT_LAYOUT_H

#include "base/buf.h"
#include "base/units.h"

struct cell {
	char text[48];
};

/* "12,345,678" */
struct cell cell_count(uint64_t value);
/* three significant digits and a unit: "2.05 TB/s" */
struct cell cell_human(uint64_t value, enum quantity q);
/* 100 a / b with one decimal, "41.3"; 0 when b is 0 */
struct cell cell_percent(uint64_t a, uint64_t b);
/* a / b with `decimals` */
struct cell cell_ratio(uint64_t a, uint64_t b, unsigned decimals);
/* cycles of a clock as time: "5.43 ms" */
struct cell cell_time(uint64_t cycles, uint64_t hz);
/* `name` in at most `width` characters, its middle replaced by ".." when longer */
struct cell cell_name(const char *name, unsigned width);

#define BAR_WIDTH 30
/* a / b of BAR_WIDTH characters, at least one when a > 0, then a newline */
void layout_bar(struct buf *to, uint64_t a, uint64_t b);

#endif
