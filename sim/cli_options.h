/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command lines of memsim and memsim-dram have in common: the options that both take,
 * and the words that argp would take silently or refuse without advice.
 */
#ifndef MEMSIM_CLI_OPTIONS_H
#define MEMSIM_CLI_OPTIONS_H

#include <argp.h>

#include "base/err.h"

struct cli_options {
	const char *config;
	const char *format;   /* as given; NULL: not */
	const char *output;   /* as given; NULL: not */
	const char *dram_log; /* NULL: none */
	const char *plan_out, *timeline; /* memsim's alone; NULL: none */
	const char *stats;    /* "engine"; NULL: none */
	const char **sets;
	size_t n_sets, sets_capacity;
	bool check, print_config, progress;
};

enum {
	CLI_CHECK = 256,
	CLI_PRINT_CONFIG,
	CLI_DRAM_LOG,
	CLI_PROGRESS,
	CLI_STATS,
	CLI_OWN, /* the first key of a program's own long options */
};

/* Rows of the option table. */
#define CLI_OPTIONS \
	{ "config", 'c', "FILE", 0, \
	  "Machine. A name such as ascend.cfg or dram/hbm3.cfg that is no file here is looked up in " \
	  "MEMSIM_CONFIG_PATH and the installed configs", 0 }, \
	{ "set", 's', "PATH=VALUE", 0, \
	  "Override one setting, such as hbm.channels=4; repeatable", 0 }, \
	{ "format", 'f', "FORMAT", 0, "text (the default), json or csv", 0 }, \
	{ "output", 'o', "FILE", 0, "Where the report goes; - is standard output", 0 }, \
	{ "print-config", CLI_PRINT_CONFIG, NULL, 0, \
	  "Print the complete effective machine; simulate nothing", 0 }, \
	{ "dram-log", CLI_DRAM_LOG, "FILE", 0, "Write every DRAM command", 0 }, \
	{ "stats", CLI_STATS, "WHAT", 0, \
	  "engine: print to standard error what the engine did, and how often its shortcuts served and " \
	  "fell back", 0 }, \
	{ "progress", CLI_PROGRESS, NULL, 0, \
	  "Show progress even where there is no terminal", 0 }, \
	{ "help", 'h', NULL, 0, "Give this help list", -1 }

/* False: not one of these. */
bool cli_take_option(struct cli_options *o, int key, char *value, struct argp_state *state,
		     struct err *err);
/* A value that an option may have once: a script that gives it twice has a slip in it. */
void cli_set_once(const char **to, const char *name, const char *value, struct err *err);
/* Before argp, for which it sets the exit status: wrong words, with the nearest right one of the
 * table. */
bool cli_check_words(const struct argp_option *options, int argc, char **argv, struct err *err);
/* After argp: a machine, an input unless only the machine is printed, and "-" for one of them;
 * `what` the input is.  Sets what was not given. */
bool cli_check_options(struct cli_options *o, const char *what, const char *input,
		       struct err *err);
void cli_options_release(struct cli_options *o);

#endif
