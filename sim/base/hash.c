/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a with 128 bits; constants from the definition by Fowler, Noll and Vo. */
#include "base/hash.h"

static unsigned __int128 wide(uint64_t high, uint64_t low)
{
	return (unsigned __int128)high << 64 | low;
}

static const unsigned __int128 prime = (unsigned __int128)0x0000000001000000 << 64 | 0x13b;

void hash_init(struct hash *h)
{
	h->state = wide(0x6c62272e07bb0142, 0x62b821756295c58d);
}

void hash_add(struct hash *h, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	unsigned __int128 state = h->state;

	for (size_t i = 0; i < len; i++)
		state = (state ^ bytes[i]) * prime;
	h->state = state;
}

void hash_hex(const struct hash *h, char out[33])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < 32; i++)
		out[i] = digits[(unsigned)(h->state >> (124 - 4 * i)) & 15];
	out[32] = '\0';
}
