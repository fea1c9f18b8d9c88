/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sweep: all points validated, then those that are not finished yet run in workers, then the
 * results of all put together.  What a point's simulation is, the caller says.
 */
#ifndef MEMSIM_SWEEP_SWEEP_H
#define MEMSIM_SWEEP_SWEEP_H

#include "config/config.h"
#include "ir/graph.h"
#include "report/report.h"
#include "sweep/grid.h"
#include "sweep/outcome.h"

struct table_writer; /* sweep/table.h */

/* What a simulation needs to know of a point. */
struct sweep_point {
	const struct graph *graph;
	const struct machine *machine;
	const char *config_hash;
	enum schedule schedule;
	bool check, serial;
};
typedef void (*sweep_report_fn)(void *context, const struct report_input *in);

struct sweep_options {
	const char *version, *program; /* `program`: hash of its own bytes */
	const char *config;
	const char *const *sets; /* for every point */
	size_t n_sets;
	const char *output;  /* the CSV; its name with .points behind it is the points' folder */
	const char *db;      /* NULL: none */
	const char *reports; /* folder; NULL: none */
	unsigned n_workers;
	unsigned part, n_parts; /* 1 of 1 is all; results are put together only then */
	bool check, serial, show_progress;
	/* Hands what a report needs, but for overrides, to `report`; false: err. */
	bool (*simulate)(const struct sweep_point *p, sweep_report_fn report, void *context,
			 struct err *err);
	/* Of `db`. */
	const struct table_writer *db_writer;
};

/* That is not kept: another start may do better. */
struct failure {
	size_t point;
	int status;
	char *message;
};

struct sweep {
	const struct sweep_options *options;
	const struct grid *grid;
	struct graph **graphs; /* of each trace */
	char (*keys)[33];      /* of each point */
	size_t *todo;          /* points to run */
	size_t n_todo;
	char *folder;
	struct failure *failures;
	size_t n_failures, failures_capacity;
	size_t n_done, n_failed; /* of todo, so far */
	uint64_t start_ms;
};

/* Of both: `s` starts as zeros, and is to be released whatever is returned. */
bool sweep_validate(struct sweep *s, const struct sweep_options *o, const struct grid *g,
		    struct err *err);
bool sweep_run(struct sweep *s, const struct sweep_options *o, const struct grid *g,
	       struct err *err);
void sweep_release(struct sweep *s);

#endif
