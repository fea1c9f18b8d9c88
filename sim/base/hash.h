/* SPDX-License-Identifier: Apache-2.0 */
/* Content hash for reports: FNV-1a, 128 bits, printed as 32 hex digits.  Not for security. */
#ifndef MEMSIM_BASE_HASH_H
#define MEMSIM_BASE_HASH_H

#include "base/base.h"

struct hash {
	unsigned __int128 state;
};
void hash_init(struct hash *h);
void hash_add(struct hash *h, const void *data, size_t len);
void hash_hex(const struct hash *h, char out[33]);

#endif
