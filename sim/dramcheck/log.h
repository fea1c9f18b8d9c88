/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a log of DRAM commands (memsim --dram-log) and words the result. */
#ifndef MEMSIM_DRAMCHECK_LOG_H
#define MEMSIM_DRAMCHECK_LOG_H

#include "base/buf.h"
#include "dramcheck/dramcheck.h"

struct check_log_options {
	const struct dramcheck_override *overrides; /* that the log's head must have too */
	size_t n_overrides;
	uint64_t max_told; /* violations with a line of their own */
	bool slack;        /* also print how tight each rule was */
};

/*
 * `path` may be "-".  The report is appended to `to`.  False: the log cannot be read or is
 * none (ERR_INPUT, ERR_LIMIT), or an override is not one of its standard's (ERR_USAGE).
 */
bool check_log(const char *path, const struct check_log_options *options, struct buf *to,
	       uint64_t *n_violations, struct err *err);

#endif
