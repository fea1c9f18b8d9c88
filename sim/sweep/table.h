/* SPDX-License-Identifier: Apache-2.0 */
/* The results of a sweep as a table, and who writes its rows. */
#ifndef MEMSIM_SWEEP_TABLE_H
#define MEMSIM_SWEEP_TABLE_H

#include "sweep/sweep.h"

enum column_kind {
	COLUMN_SETTING, /* a number, or whatever the setting takes */
	COLUMN_TEXT,
	COLUMN_COUNT,
	COLUMN_RATIO,
};

struct column {
	char *name;
	enum column_kind kind;
};

/* Of one form of file.  Rows come in grid order; "" is no value. */
struct table_writer {
	void *(*open)(const char *path, const struct column *columns, size_t n, struct err *err);
	void (*row)(void *writer, const char *const *cells);
	bool (*close)(void *writer, struct err *err); /* in place whole, or not at all */
	void (*discard)(void *writer);
};

/* Reads the points of a finished sweep and writes CSV, the database and the reports that were
 * asked for; *n_failed: rows without results. */
bool table_write(const struct sweep *s, size_t *n_failed, struct err *err);

#endif
