/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements of a plan file, cut into words, and the small things that words are
 * made of.  What a statement means is parse*.c's.
 */
#ifndef MEMSIM_PLANFILE_READING_H
#define MEMSIM_PLANFILE_READING_H

#include "base/buf.h"
#include "base/err.h"
#include "base/lines.h"
#include "planfile/names.h"

#define PLAN_FIRST_WORD "memsim-plan"
#define PLAN_VERSION "1"

struct reading {
	struct lines *lines;
	const char *file; /* for messages */
	uint64_t line;    /* of the statement at hand */
	char **words;     /* cut in place, each ends with NUL */
	size_t n_words, words_capacity;
	struct buf text;
};

/* A complaint about the statement at hand. */
#define BAD_LINE(r, err, ...) err_at((err), ERR_INPUT, (r)->file, (r)->line, __VA_ARGS__)
/* How much of a user's word a message shows. */
#define SHOWN "%.100s"

bool reading_open(struct reading *r, const char *path, struct err *err);
void reading_close(struct reading *r);
/* From the first line again. */
bool reading_rewind(struct reading *r, struct err *err);
/* The next line with words.  False: the end, or a fault, which err then tells. */
bool reading_next(struct reading *r, struct err *err);

/* The words from `first` on are KEY=VALUE, each key once, in any order; values[i] is keys[i]'s,
 * or NULL. */
bool reading_options(struct reading *r, size_t first, const char *const *keys, size_t n_keys,
		     char **values, struct err *err);
/* A decimal from min to max; `what` names it in the complaint. */
bool reading_number(const struct reading *r, const char *what, const char *text, uint64_t min,
		    uint64_t max, uint64_t *out, struct err *err);
/* As reading_number(), for an option that must be there. */
bool reading_needs(const struct reading *r, const char *key, const char *text, struct err *err);
/* A name of its own: letters, digits and _ . / : - [ ]. */
bool reading_check_name(const struct reading *r, const char *name, struct err *err);
/* "unknown WHAT 'NAME'", with the nearest that is known. */
bool reading_unknown(const struct reading *r, const char *what, const char *name,
		     const struct names *known, struct err *err);
/* Cuts the next piece off a comma list (commas in brackets do not count); NULL at its end. */
char *cut_piece(char **list);

#endif
