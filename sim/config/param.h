/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of params.def as data: where a setting lies in struct machine, what its
 * texts mean, and what it may be.  Knows nothing of files.
 */
#ifndef MEMSIM_CONFIG_PARAM_H
#define MEMSIM_CONFIG_PARAM_H

#include "base/buf.h"
#include "config/machine.h"

enum param_kind {
	PARAM_COUNT,
	PARAM_BYTES,
	PARAM_HZ,
	PARAM_PS,
	PARAM_NS, /* a plain integer is nanoseconds; held in picoseconds */
	PARAM_BITS_PER_S,
	PARAM_BYTES_PER_S,
	PARAM_BITS,
	PARAM_WORD,
	PARAM_TEXT,
};

struct param {
	const char *path;
	enum param_kind kind;
	const char *def;
	uint64_t min, max; /* in the base unit */
	const char *words; /* "a|b|c" */
	const char *help;
	size_t offset;
};

#define PARAM_REASON 256 /* room for any reason below */

extern const struct param params[];
extern const size_t n_params;

const struct param *param_find(const char *path);
const char *param_name(const struct param *p); /* last component of its path */
/* The text of a params.def row is in this group ("" is the top) or below it. */
bool param_is_in_group(const struct param *p, const char *group);
bool param_is_switch(const struct param *p); /* words true and false: a boolean */

/* False when the machine's memory standard does not use the setting. */
bool param_applies(const struct param *p, const struct machine *m);

/* Each stores the value or returns false with the reason. */
bool param_set_integer(const struct param *p, struct machine *m, int64_t value, char *why);
bool param_set_text(const struct param *p, struct machine *m, const char *text, char *why);
/* As on a command line: suffixes, no quotes needed, everything is text. */
bool param_set_argument(const struct param *p, struct machine *m, const char *text, char *why);
void param_set_default(const struct param *p, struct machine *m);

/* The value as a configuration writes it. */
void param_format(const struct param *p, const struct machine *m, struct buf *to);

#endif
