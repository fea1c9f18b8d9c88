/* SPDX-License-Identifier: Apache-2.0 */
/* The shared part of the command lines.  Opens no file. */
#include "cli_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/names.h"

void cli_set_once(const char **to, const char *name, const char *value, struct err *err)
{
	if (*to && strcmp(*to, value) != 0)
		err_set(err, ERR_USAGE, "--%s is given twice: %s and %s", name, *to, value);
	*to = value;
}

bool cli_take_option(struct cli_options *o, int key, char *value, struct argp_state *state,
		     struct err *err)
{
	switch (key) {
	case 'c': cli_set_once(&o->config, "config", value, err); break;
	case 'f': cli_set_once(&o->format, "format", value, err); break;
	case 'o': cli_set_once(&o->output, "output", value, err); break;
	case CLI_DRAM_LOG: cli_set_once(&o->dram_log, "dram-log", value, err); break;
	case CLI_STATS: cli_set_once(&o->stats, "stats", value, err); break;
	case CLI_CHECK: o->check = true; break;
	case CLI_PRINT_CONFIG: o->print_config = true; break;
	case CLI_PROGRESS: o->progress = true; break;
	case 's':
		GROW(o->sets, o->n_sets, o->sets_capacity);
		o->sets[o->n_sets++] = value;
		break;
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		break;
	default:
		return false;
	}
	return true;
}

/* The table's row for "--NAME" or "--NAME=VALUE": the name itself or a beginning of it. */
static const struct argp_option *find_long(const struct argp_option *options, const char *name,
					   size_t len)
{
	for (const struct argp_option *o = options; o->name; o++) {
		if (strncmp(o->name, name, len) == 0)
			return o;
	}
	return NULL;
}

static bool unknown_option(const struct argp_option *options, const char *arg, size_t len,
			   struct err *err)
{
	char *name = xstrndup(arg, len);
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (const struct argp_option *o = options; o->name; o++)
		nearest_offer(&nearest, o->name);
	if (nearest.best)
		err_set(err, ERR_USAGE, "unknown option --%s; did you mean --%s?", name,
			nearest.best);
	else
		err_set(err, ERR_USAGE, "unknown option --%s; see --help", name);
	free(name);
	return false;
}

static bool takes_value(const struct argp_option *options, const char *arg)
{
	size_t len = strlen(arg);

	for (const struct argp_option *o = options; o->name; o++) {
		if (o->arg && arg[0] == '-' && len == 2 && o->key == arg[1])
			return true;
		if (o->arg && strncmp(arg, "--", 2) == 0 && strcmp(arg + 2, o->name) == 0)
			return true;
	}
	return false;
}

bool cli_check_words(const struct argp_option *options, int argc, char **argv, struct err *err)
{
	argp_err_exit_status = ERR_USAGE;
	if (argc < 1)
		return err_set(err, ERR_USAGE, "started without arguments");
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *arg = argv[i];
		size_t len = strncmp(arg, "--", 2) == 0 ? strcspn(arg + 2, "=") : 0;
		bool is_builtin = len && (strncmp("version", arg + 2, len) == 0 ||
					  strncmp("usage", arg + 2, len) == 0);

		if (len && !is_builtin && !find_long(options, arg + 2, len))
			return unknown_option(options, arg + 2, len, err);
		if (!takes_value(options, arg))
			continue;
		if (i + 1 == argc)
			return err_set(err, ERR_USAGE, "option %s needs a value", arg);
		if (strncmp(argv[i + 1], "--", 2) == 0)
			return err_set(err, ERR_USAGE, "option %s needs a value, found %s", arg,
				       argv[i + 1]);
		i++;
	}
	return true;
}

bool cli_check_options(struct cli_options *o, const char *what, const char *input, struct err *err)
{
	if (!o->config)
		return err_set(err, ERR_USAGE,
			       "no machine; give one with -c FILE, such as -c ascend.cfg");
	if (!o->print_config && !input)
		return err_set(err, ERR_USAGE, "no %s; see --help", what);
	if (o->print_config && input)
		return err_set(err, ERR_USAGE, "--print-config takes no %s, found %s", what, input);
	if (input && strcmp(input, "-") == 0 && strcmp(o->config, "-") == 0)
		return err_set(err, ERR_USAGE, "machine and %s are both standard input", what);
	if (o->stats && strcmp(o->stats, "engine") != 0)
		return err_set(err, ERR_USAGE, "--stats: found \"%s\", expected engine", o->stats);
	o->format = o->format ? o->format : "text";
	o->output = o->output ? o->output : "-";
	return true;
}

void cli_options_release(struct cli_options *o)
{
	free(o->sets);
}
