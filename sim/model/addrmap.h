/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an address to its place in the memory: a mixed-radix number whose digits are the
 * fields of the place, each taken modulo its size, the quotient passed on.  Sizes need not
 * be powers of two.  Written from the most to the least significant digit, above the bytes
 * of a burst:
 *
 *     row:bank+:bankgroup:column:stack+:channel+:pseudo+:column/8:bankgroup/2
 *
 * "/N" cuts a part of N values off a field; a field's last part may leave it out.
 * "+" skews: the digits above, each times a power of a multiplier, are added, modulo the
 * size, so that distances that are multiples of the size do not all meet the same value.
 * Distances that divide size - multiplier would: the multiplier is the smallest that makes
 * that a prime (size 16: 3, not 1, whose 15 is 3 x 5).  Neighbours with "+" are one digit.
 * Every mapping is a bijection.
 */
#ifndef MEMSIM_MODEL_ADDRMAP_H
#define MEMSIM_MODEL_ADDRMAP_H

#include "base/err.h"
#include "config/machine.h"

enum addr_field {
	ADDR_ROW, ADDR_BANK, ADDR_BANKGROUP, ADDR_COLUMN, ADDR_PSEUDO, ADDR_CHANNEL, ADDR_STACK,
	N_ADDR_FIELDS
};

#define ADDRMAP_MAX_PARTS 24
#define ADDR_NO_SHIFT 64

struct addr_part {
	uint64_t size;
	uint64_t weight;       /* of its digit within its field */
	uint64_t skewed_group; /* size of the skewed digit that starts here, or 0 */
	uint64_t multiplier;   /* of its skew */
	uint8_t field;
	uint8_t shift;         /* log2(size), or ADDR_NO_SHIFT */
	uint8_t group_shift;   /* log2(skewed_group), or ADDR_NO_SHIFT */
	bool is_skewed;
};

struct addrmap {
	uint64_t size[N_ADDR_FIELDS];
	uint64_t burst_bytes, bytes;
	struct addr_part parts[ADDRMAP_MAX_PARTS]; /* least significant first */
	unsigned n_parts;
};

struct addr_place {
	uint32_t field[N_ADDR_FIELDS];
};

/* `text` "default": see addrmap.c.  `packet_bytes` is what the default mapping keeps whole. */
bool addrmap_init(struct addrmap *map, const char *text, const uint64_t size[N_ADDR_FIELDS],
		  uint64_t burst_bytes, uint64_t packet_bytes, struct err *err);
void addrmap_place(const struct addrmap *map, uint64_t address, struct addr_place *out);

/*
 * How the bursts of any packet lie, relative to its first one: the low digits of the
 * mapping, which no packet carries out of.  One pseudo channel, one row, n_banks banks.
 */
struct addr_pattern {
	unsigned n_bursts, n_banks;
	uint32_t bank[MAX_PACKET_BURSTS];   /* of visit k: flat index, added to the first's */
	uint64_t bursts[MAX_PACKET_BURSTS]; /* of visit k, as a mask */
	uint32_t column[MAX_PACKET_BURSTS]; /* of burst i, added to the first's */
};
/* ERR_CONFIG if a packet does not stay within one pseudo channel and row. */
bool addrmap_pattern(const struct addrmap *map, uint64_t packet_bytes, struct addr_pattern *out,
		     struct err *err);

/* Banks of a place as one index. */
static inline uint32_t addr_flat_bank(const struct addrmap *map, const struct addr_place *p)
{
	return (uint32_t)(p->field[ADDR_BANKGROUP] * map->size[ADDR_BANK] + p->field[ADDR_BANK]);
}

#endif
