/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a configuration, checked and put together before libconfig sees it:
 * includes are spliced in, and every spelling that libconfig's versions read
 * differently, or wrongly without an error, is refused with its place.
 */
#ifndef MEMSIM_CONFIG_SCAN_H
#define MEMSIM_CONFIG_SCAN_H

#include "base/buf.h"
#include "base/err.h"

struct source_line {
	uint32_t file;
	uint32_t line;
};

struct config_text {
	struct buf text;
	struct source_line *lines; /* of each line of text, from 0 */
	size_t n_lines, lines_capacity;
	char **files; /* as messages name them */
	size_t n_files, files_capacity;
};

bool config_scan(const char *path, struct config_text *out, struct err *err);
void config_text_release(struct config_text *t);
/* Where line `line` (from 1) of the text came from. */
const char *config_text_place(const struct config_text *t, unsigned line, uint64_t *file_line);

#endif
