/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came of a point, and the file that keeps it: there whole or not at all, under the name
 * of everything that it follows from.
 */
#ifndef MEMSIM_SWEEP_OUTCOME_H
#define MEMSIM_SWEEP_OUTCOME_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "report/facts.h"

struct outcome {
	int status;    /* exit status that memsim would have ended with */
	char *error;   /* one line; NULL: none */
	char **cells;  /* the report's values; none if it failed */
	size_t n_cells;
	struct buf report; /* JSON; empty unless reports are kept */
};
void outcome_release(struct outcome *o);
void outcome_fail(struct outcome *o, int status, const char *error);
/* The facts that are columns, in their order: those of one value, but not the schedule, which
 * is a column of the grid. */
void outcome_take_facts(struct outcome *o, const struct facts *f);
bool outcome_is_column(const struct fact *f);

/* Adds a line of the text whose hash is a point's key. */
void key_add(struct hash *h, const char *name, const char *value);

/* "FOLDER/KEY.point": written beside it, synced, renamed. */
bool outcome_write(const struct outcome *o, const char *folder, const char *key, struct err *err);
/* False: not there, or damaged, which is the same: the point is to be run. */
bool outcome_read(struct outcome *o, const char *folder, const char *key);

#endif
