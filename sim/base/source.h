/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of an input file, decompressed if it is gzip. */
#ifndef MEMSIM_BASE_SOURCE_H
#define MEMSIM_BASE_SOURCE_H

#include "base/err.h"

struct source;
/* "-" is standard input.  `what` the file should be ("trace") stands in messages; decompressed
 * it has at most `max_bytes`: a small file can hold a thousand times its size. */
struct source *source_open(const char *path, const char *what, uint64_t max_bytes,
			   struct err *err);
/* The same, for a file that is read more than once: standard input is kept aside first. */
struct source *source_open_again(const char *path, const char *what, uint64_t max_bytes,
				 struct err *err);
/* To the first byte again.  False: that cannot be, or the file has changed since it was opened. */
bool source_rewind(struct source *s, struct err *err);
bool source_check_unchanged(const struct source *s, struct err *err);
/* The next bytes, valid until the next call; *len is 0 at the verified end. */
bool source_next(struct source *s, const char **data, size_t *len, struct err *err);
const char *source_path_name(const char *path); /* for messages */
const char *source_name(const struct source *s);
const char *source_what(const struct source *s);
uint64_t source_members(const struct source *s); /* gzip members so far; 0: not gzip */
void source_close(struct source *s);

#endif
