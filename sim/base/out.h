/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output that is there whole or not at all: bytes go to a temporary file beside
 * the target (compressed when its name ends in ".gz"), which replaces the target
 * atomically on commit.  "-" is standard output.  Temporary files are removed on
 * discard and by signals (out_on_signal).
 */
#ifndef MEMSIM_BASE_OUT_H
#define MEMSIM_BASE_OUT_H

#include "base/base.h"
#include "base/err.h"

struct out;
/* Refuses folders, and names in folders that are not there: ERR_OUTPUT. */
struct out *out_open(const char *path, struct err *err);
void out_write(struct out *o, const void *data, size_t len); /* failures are kept for commit */
void out_printf(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool out_commit(struct out *o, struct err *err); /* flush, fsync, rename; frees o either way */
void out_discard(struct out *o);                 /* frees; nothing is left under the name */

/* True if a and b are the same existing file, through links too. */
bool same_file(const char *a, const char *b);

#endif
