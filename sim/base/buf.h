/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer; always followed by a NUL that does not count. */
#ifndef MEMSIM_BASE_BUF_H
#define MEMSIM_BASE_BUF_H

#include "base/base.h"

struct buf {
	char *data;
	size_t len;
	size_t capacity;
};
#define BUF_INIT { NULL, 0, 0 }

void buf_release(struct buf *b);
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
