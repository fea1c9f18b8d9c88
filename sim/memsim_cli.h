/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of memsim: every option once, in a table (memsim_cli.c). */
#ifndef MEMSIM_MEMSIM_CLI_H
#define MEMSIM_MEMSIM_CLI_H

#include "cli_options.h"
#include "plan/plan.h"
#include "report/report.h"
#include "run/timeline.h"

struct cli {
	struct cli_options options;
	const char *trace;
	const char *plan; /* whose commands are replayed; NULL: none */
	const char *engine;
	struct timeline_options timeline;
	report_fn print;
	enum schedule schedules[N_SCHEDULES];
	size_t n_schedules;
	bool serial, tensors, channels, explain;
};

/* --help and --version print and exit.  False: wrong usage. */
bool cli_parse(struct cli *cli, int argc, char **argv, struct err *err);
void cli_release(struct cli *cli);

#endif
