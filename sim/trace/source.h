/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a trace file, decompressed if it is gzip.  Private to trace/. */
#ifndef MEMSIM_TRACE_SOURCE_H
#define MEMSIM_TRACE_SOURCE_H

#include "base/err.h"

/* Beyond this, decompressed, a file is refused: a small one can hold a thousand times its size. */
#define SOURCE_MAX_BYTES ((uint64_t)4 << 30)

struct source;
struct source *source_open(const char *path, struct err *err);
/* The next bytes, valid until the next call; *len is 0 at the verified end. */
bool source_next(struct source *s, const char **data, size_t *len, struct err *err);
const char *source_name(const struct source *s); /* for messages */
uint64_t source_members(const struct source *s); /* gzip members so far; 0: not gzip */
void source_close(struct source *s);

#endif
