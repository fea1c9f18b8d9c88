/* SPDX-License-Identifier: Apache-2.0 */
/* Where each setting's value was given, so that a fault found later names that place. */
#ifndef MEMSIM_CONFIG_ORIGIN_H
#define MEMSIM_CONFIG_ORIGIN_H

#include "base/err.h"
#include "config/param.h"

struct origin {
	const char *file; /* NULL: not given in a file */
	uint64_t line;
	const char *set; /* the text of a --set, which wins over the file; NULL: none */
};

/* One for each of params[], in its order. */
struct origins {
	const char *top_file;
	struct origin *of;
};

static inline struct origin *origin_of(const struct origins *o, const struct param *p)
{
	return &o->of[p - params];
}
static inline bool origin_is_given(const struct origin *o)
{
	return o->set || o->file;
}

/* "FILE:LINE: ..." or "--set TEXT: ..."; returns false. */
bool origin_error(const struct origins *o, const struct origin *at, struct err *err,
		  const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The place of each of params[], as in such a message; NULL where none was given. */
char **origin_places(const struct origins *o);

/* What settings mean together; both numbers are in each message.  Also puts settings that
 * a --set of hbm.standard made meaningless back to their defaults. */
bool config_check(const struct origins *o, struct machine *m, struct err *err);

#endif
