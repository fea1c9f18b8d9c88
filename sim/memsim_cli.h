/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of memsim: every option once, in a table (memsim_cli.c). */
#ifndef MEMSIM_MEMSIM_CLI_H
#define MEMSIM_MEMSIM_CLI_H

#include "base/err.h"
#include "plan/plan.h"
#include "report/report.h"

struct cli {
	const char *trace;
	const char *config;
	const char *output;   /* "-" by default */
	const char *dram_log; /* NULL: none */
	const char *engine;
	report_fn print;
	const char **sets;
	size_t n_sets, sets_capacity;
	enum schedule schedules[N_SCHEDULES];
	size_t n_schedules;
	bool check, serial, tensors, print_config, progress;
};

/* --help and --version print and exit.  False: wrong usage. */
bool cli_parse(struct cli *cli, int argc, char **argv, struct err *err);
void cli_release(struct cli *cli);

#endif
