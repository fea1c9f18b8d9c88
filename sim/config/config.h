/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a configuration file and `--set` texts to a checked machine, and back to text.
 * Everything wrong is ERR_CONFIG (a cap: ERR_LIMIT) with the file and line it stands in.
 */
#ifndef MEMSIM_CONFIG_CONFIG_H
#define MEMSIM_CONFIG_CONFIG_H

#include "base/buf.h"
#include "base/err.h"
#include "config/machine.h"

struct config_source {
	char *path;    /* the file that was read, as found */
	char hash[33]; /* of the effective machine, not of the text */
	char **places; /* of each setting: "FILE:LINE", "--set TEXT", or NULL: its default */
};
/* Puts the place of the setting at fault, if err names one, before the message. */
void config_add_place(const struct config_source *s, struct err *err);
void config_source_release(struct config_source *s);

/*
 * Reads `path_or_name` ("-": standard input; a name that is no file here, and starts
 * with no "/", "./" or "../", is looked up in MEMSIM_CONFIG_PATH and the installed configs), then applies the `sets`, each
 * "PATH=VALUE", in order.  `info` may be NULL.
 */
bool config_load(const char *path_or_name, const char *const *sets, size_t n_sets,
		 struct machine *out, struct config_source *info, struct err *err);

/* Every setting at its default. */
void config_defaults(struct machine *out);

/* The complete machine as a valid configuration that reads back to the same machine and
 * hash; derived peaks as comments. */
void config_print(const struct machine *m, struct buf *to);

void config_hash(const struct machine *m, char out[33]);

#endif
