/* SPDX-License-Identifier: Apache-2.0 */
/* What memsim-check-dram prints of a log.  Private to dramcheck/. */
#ifndef MEMSIM_DRAMCHECK_REPORT_H
#define MEMSIM_DRAMCHECK_REPORT_H

#include "base/buf.h"
#include "dramcheck/dramcheck.h"

struct check_report {
	const char *name;      /* the log's */
	bool is_ideal;         /* of a memory without commands */
	uint64_t n_differences; /* between the head and the tables */
	uint64_t max_told, n_told;
	struct buf violations; /* their lines */
};

/* Forgotten beyond max_told. */
void report_violation(struct check_report *r, uint64_t line, const char *text);
/* Returns the number of violations; `d` is NULL if no command was judged. */
uint64_t report_write(const struct check_report *r, const struct dramcheck *d, bool slack,
		      struct buf *to);

#endif
