/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an address to a packed place.  Where all digits of the mapping are powers of two and
 * nothing is skewed, every bit of a place is an XOR of bits of the address: the place of a
 * number is the XOR of the places of its bytes, which are looked up.
 */
#include "model/ram21_fast_channel.h"

#include <stdlib.h>

#include "base/mem.h"

uint64_t fast_map_slowly(const struct fast_map *m, uint64_t address)
{
	const struct addrmap *map = m->map;
	struct addr_place p;
	uint64_t bank, n_banks = map->size[ADDR_SID] * map->size[ADDR_BANKGROUP] *
				 map->size[ADDR_BANK];

	addrmap_place(map, address, &p);
	bank = p.field[ADDR_PSEUDO] * n_banks + addr_flat_bank(map, &p);
	return bank | (uint64_t)p.field[ADDR_COLUMN] << FAST_BANK_BITS |
	       (uint64_t)hbm_map_channel(map, &p) << (FAST_BANK_BITS + FAST_COLUMN_BITS) |
	       (uint64_t)p.field[ADDR_ROW] << 32;
}

static bool is_linear(const struct addrmap *map)
{
	for (unsigned f = 0; f < N_ADDR_FIELDS; f++)
		if (map->size[f] & (map->size[f] - 1))
			return false;
	for (unsigned i = 0; i < map->n_parts; i++)
		if (map->parts[i].skewed_group || map->parts[i].shift == ADDR_NO_SHIFT)
			return false;
	return (map->burst_bytes & (map->burst_bytes - 1)) == 0;
}

static void fill_byte(struct fast_map *m, unsigned byte)
{
	uint64_t *places = m->of_byte[byte];

	places[0] = 0;
	for (unsigned i = 1; i < 256; i++) {
		unsigned low = i & (0u - i);

		places[i] = i != low ? places[i ^ low] ^ places[low] :
			fast_map_slowly(m, ((uint64_t)i << 8 * byte) << m->burst_shift);
	}
}

void fast_map_init(struct fast_map *m, const struct addrmap *map)
{
	uint64_t last;

	*m = (struct fast_map){ .map = map, .is_linear = is_linear(map) };
	if (!m->is_linear)
		return;
	m->burst_shift = (unsigned)__builtin_ctzll(map->burst_bytes);
	for (last = (map->bytes - 1) >> m->burst_shift; last != 0; last >>= 8)
		m->n_bytes++;
	m->of_byte = xcalloc(m->n_bytes + 1, sizeof(*m->of_byte));
	for (unsigned i = 0; i < m->n_bytes; i++)
		fill_byte(m, i);
}

void fast_map_release(struct fast_map *m)
{
	free(m->of_byte);
}
