/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of an input file, plain or gzip, one at a time: LF or CRLF, of bounded length.
 * Tells where they stand; what they mean is the caller's.
 */
#ifndef MEMSIM_BASE_LINES_H
#define MEMSIM_BASE_LINES_H

#include <stddef.h>

#include "base/err.h"

#define LINE_MAX_BYTES ((size_t)64 * 1024)

struct lines;
/* As source_open(). */
struct lines *lines_open(const char *path, const char *what, uint64_t max_bytes, struct err *err);
/* As source_open_again(), source_rewind() and source_check_unchanged(). */
struct lines *lines_open_again(const char *path, const char *what, uint64_t max_bytes,
			       struct err *err);
bool lines_rewind(struct lines *l, struct err *err);
bool lines_check_unchanged(const struct lines *l, struct err *err);
/* The next line, without its end and not followed by a NUL; valid until the next call.  False:
 * the verified end, or a fault, which `err` then tells. */
bool lines_next(struct lines *l, const char **text, size_t *len, struct err *err);
void lines_close(struct lines *l); /* NULL is nothing */

const char *lines_name(const struct lines *l);      /* for messages */
uint64_t lines_number(const struct lines *l);       /* of the present line; the first is 1 */
uint64_t lines_gzip_members(const struct lines *l); /* so far; 0: not gzip */

/* False, with the place, if the present line is not UTF-8 without control bytes but tabs. */
bool lines_check_text(const struct lines *l, const char *text, size_t len, struct err *err);

/* Cuts `text`, up to a "#", into words between blanks, which stand in it; how many.  Free *words
 * at the end. */
size_t words_cut(char *text, char ***words, size_t *capacity);

/* After a fault in a line's text: if the file turns out to be damaged, that goes first, since a
 * complaint about the text of a damaged file would mislead. */
void lines_blame_damage(struct lines *l, struct err *err);

#endif
