/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 by its definition: shortest form, no surrogates, up to U+10FFFF. */
#ifndef MEMSIM_BASE_UTF8_H
#define MEMSIM_BASE_UTF8_H

#include "base/base.h"

/* Bytes of the character at `s` (of `len` bytes), 1 to 4; 0 if there is no valid one. */
size_t utf8_char(const char *s, size_t len, uint32_t *code);

#endif
