/* SPDX-License-Identifier: Apache-2.0 */
/* A small input, whole: a regular file (or "-", standard input) of at most `max` bytes. */
#ifndef MEMSIM_BASE_IN_H
#define MEMSIM_BASE_IN_H

#include "base/base.h"
#include "base/buf.h"
#include "base/err.h"

/* `to` is replaced.  Faults are `code`, but a file over `max` is ERR_LIMIT. Devices, pipes
 * and folders are refused without waiting for them. */
bool in_read_file(const char *path, size_t max, enum err_code code, struct buf *to,
		  struct err *err);

#endif
