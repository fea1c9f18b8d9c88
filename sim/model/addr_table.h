/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An address mapping as tables.  Where all digits but the most significant are powers of two,
 * every field and every skewed digit is a sum of weights of the address's bits, a skewed one
 * modulo its size.  The sums lie side by side in one word, far enough apart not to meet; those
 * of four bits of the address at a time are looked up.
 */
#ifndef MEMSIM_MODEL_ADDR_TABLE_H
#define MEMSIM_MODEL_ADDR_TABLE_H

#include "model/addrmap.h"

/* Bits of the word of sums that are bits of a field. */
struct addr_piece {
	uint8_t field, from, to; /* first bit in the word, and in the field */
	uint32_t mask;           /* of the bits, at 0 */
};

struct addr_table {
	const struct addrmap *map;
	unsigned first_bit, n_nibbles; /* of the address, from that bit on */
	uint64_t (*sums)[16]; /* of each nibble; NULL: as addrmap_place() */
	unsigned n_pieces;
	struct addr_piece pieces[ADDRMAP_MAX_PARTS];
};

/* For addresses that are multiples of `align_bytes`, a power of two and of bursts. */
void addr_table_init(struct addr_table *t, const struct addrmap *map, uint64_t align_bytes);
void addr_table_release(struct addr_table *t);
/* The same place as addrmap_place(). */
void addr_table_place(const struct addr_table *t, uint64_t address, struct addr_place *out);

#endif
