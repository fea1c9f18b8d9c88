/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an address to its place in the memory: a mixed-radix number whose digits are the
 * fields of the place, each taken modulo its size, the quotient passed on.  Sizes need not
 * be powers of two.  Written from the most to the least significant digit, above the bytes
 * of a burst:
 *
 *     row:sid:bank+:bankgroup:column:stack+:channel+:pseudo+:column/8:bankgroup/2
 *
 * "/N" cuts a part of N values off a field; a field's last part may leave it out, and a
 * field of size 1 may be left out.
 * "+" skews: the digits above, each times a power of a multiplier, are added, modulo the
 * size, so that distances that are multiples of the size do not all meet the same value.
 * Distances that divide size - multiplier would: the multiplier is the smallest that makes
 * that a prime (size 16: 3, not 1, whose 15 is 3 x 5).  Neighbours with "+" are one digit.
 * "^FIELD.N" on a whole field of a power of two: its value is XORed with FIELD's, shifted
 * right by N bits, modulo its size, once all digits are taken.
 * Every mapping is a bijection.  How the text is read: addrmap_text.c.
 */
#ifndef MEMSIM_MODEL_ADDRMAP_H
#define MEMSIM_MODEL_ADDRMAP_H

#include "base/err.h"
#include "config/machine.h"

/* sid: stack ID, the die or group of dies of a stack that share a pseudo channel's pins. */
enum addr_field {
	ADDR_ROW, ADDR_BANK, ADDR_BANKGROUP, ADDR_COLUMN, ADDR_PSEUDO, ADDR_CHANNEL, ADDR_STACK,
	ADDR_SID, N_ADDR_FIELDS
};

#define ADDRMAP_MAX_PARTS 24
#define ADDR_NO_SHIFT 64

struct addr_part {
	uint64_t size;
	uint64_t weight;       /* of its digit within its field */
	uint64_t skewed_group; /* size of the skewed digit that starts here, or 0 */
	uint64_t multiplier;   /* of its skew */
	uint64_t powers[64];   /* of the multiplier, modulo skewed_group: of each digit above */
	uint8_t field;
	uint8_t shift;         /* log2(size), or ADDR_NO_SHIFT */
	uint8_t group_shift;   /* log2(skewed_group), or ADDR_NO_SHIFT */
	uint8_t xor_source, xor_shift; /* if is_xored */
	bool is_skewed, is_xored;
};

struct addr_xor {
	uint32_t mask; /* size of the field - 1 */
	uint8_t field, source, shift;
};

struct addrmap {
	uint64_t size[N_ADDR_FIELDS];
	uint64_t burst_bytes, bytes;
	struct addr_part parts[ADDRMAP_MAX_PARTS]; /* least significant first */
	struct addr_xor xors[N_ADDR_FIELDS];
	unsigned n_parts, n_xors;
};

struct addr_place {
	uint32_t field[N_ADDR_FIELDS];
};

/* `text`: fields, or the name of a mapping: see addrmap_text.c.  `packet_bytes` is what the
 * default mapping keeps whole. */
bool addrmap_init(struct addrmap *map, const char *text, const uint64_t size[N_ADDR_FIELDS],
		  uint64_t burst_bytes, uint64_t packet_bytes, struct err *err);
void addrmap_place(const struct addrmap *map, uint64_t address, struct addr_place *out);

/*
 * How the bursts of any packet lie, relative to its first one: the low digits of the
 * mapping, which no packet carries out of.  One pseudo channel, one row, n_banks banks.
 */
struct addr_pattern {
	unsigned n_bursts, n_banks;
	uint32_t bank[MAX_PACKET_BURSTS];   /* of visit k: step from the first's flat index */
	uint64_t bursts[MAX_PACKET_BURSTS]; /* of visit k, as a mask */
	uint32_t column[MAX_PACKET_BURSTS]; /* of burst i: step from the first's */
	bool is_xored;                      /* steps are XORed, not added */
};
/* ERR_CONFIG if a packet does not stay within one pseudo channel and row. */
bool addrmap_pattern(const struct addrmap *map, uint64_t packet_bytes, struct addr_pattern *out,
		     struct err *err);

/* The bank or column that lies a step of the pattern from the first burst's. */
static inline uint32_t addr_step(const struct addr_pattern *pattern, uint32_t first, uint32_t step)
{
	return pattern->is_xored ? first ^ step : first + step;
}

/* Banks of a place as one index. */
static inline uint32_t addr_flat_bank(const struct addrmap *map, const struct addr_place *p)
{
	uint64_t group = p->field[ADDR_SID] * map->size[ADDR_BANKGROUP] + p->field[ADDR_BANKGROUP];

	return (uint32_t)(group * map->size[ADDR_BANK] + p->field[ADDR_BANK]);
}

#endif
