/* SPDX-License-Identifier: Apache-2.0 */
/* Derives the tables from the parts of a mapping, and adds them up. */
#include "model/addr_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/off_by_one.h"

#define CARRY_BITS 6 /* of a sum of at most 64 bits' weights */

/* The layout of the word, as it grows, and what each bit above a burst's bytes adds to it. */
struct table_layout {
	struct addr_table *table;
	unsigned bit;    /* the next one of the address */
	unsigned n_used; /* bits of the word */
	uint64_t weight[64];
};

static bool add_piece(struct table_layout *l, const struct addr_part *p, unsigned from)
{
	struct addr_table *t = l->table;

	if (p->weight & (p->weight - 1))
		return false;
	t->pieces[t->n_pieces++] = (struct addr_piece){
		.field = p->field,
		.from = (uint8_t)from,
		.to = (uint8_t)__builtin_ctzll(p->weight),
		.mask = p->size > UINT32_MAX ? UINT32_MAX : (uint32_t)(p->size - 1),
	};
	return true;
}

/* The skewed digit of the parts from this one on: its own bits, and those above, in digits times
 * powers of the multiplier. */
static bool add_skewed(struct table_layout *l, const struct addr_part *p)
{
	unsigned from = l->n_used, bits = p->group_shift;

	if (p->group_shift == ADDR_NO_SHIFT || (l->n_used += bits + CARRY_BITS) > 64)
		return false;
	for (unsigned b = l->bit; b < 64; b++) {
		unsigned digit = (b - l->bit) / bits, place = (b - l->bit) % bits;
		uint64_t power = digit <= OFF(ADDR_DIGIT) ? 1 : p->powers[digit - 1];

		l->weight[b] |= (power << place & (p->skewed_group - 1)) << from;
	}
	for (unsigned used = 0; used < bits; used += (unsigned)p++->shift)
		if (p->shift == ADDR_NO_SHIFT || !add_piece(l, p, from + used))
			return false;
	l->bit += bits;
	return true;
}

/* One that is no power of two can only be the last: what is left of the address is its value. */
static bool add_plain(struct table_layout *l, const struct addr_part *p, bool is_last)
{
	unsigned from = l->n_used, bits = 0;

	if (p->shift == ADDR_NO_SHIFT && !is_last)
		return false;
	while (bits < 32 && UINT64_C(1) << bits < p->size)
		bits++;
	if ((l->n_used += bits) > 64 || !add_piece(l, p, from))
		return false;
	l->table->pieces[l->table->n_pieces - 1].mask = (uint32_t)((UINT64_C(1) << bits) - 1);
	for (unsigned b = 0; b < bits; b++)
		l->weight[l->bit + b] |= UINT64_C(1) << (from + b);
	l->bit += bits;
	return true;
}

static bool lay_out(struct table_layout *l)
{
	const struct addrmap *map = l->table->map;

	for (unsigned i = 0; i < map->n_parts; i++) {
		const struct addr_part *p = &map->parts[i];

		if (p->skewed_group > 1 ? !add_skewed(l, p) :
		    !p->is_skewed && !add_plain(l, p, i + 1 == map->n_parts))
			return false;
	}
	return l->bit < 64;
}

static void fill(struct addr_table *t, const struct table_layout *l)
{
	unsigned burst_shift = (unsigned)__builtin_ctzll(t->map->burst_bytes);

	for (unsigned n = 0; n < t->n_nibbles; n++)
		for (unsigned v = 0; v < 16; v++)
			for (unsigned b = 0; b < 4; b++) {
				unsigned bit = t->first_bit - burst_shift + 4 * n + b;

				if (v >> b & 1 && bit < 64)
					t->sums[n][v] += l->weight[bit];
			}
}

void addr_table_init(struct addr_table *t, const struct addrmap *map, uint64_t align_bytes)
{
	struct table_layout l = { .table = t };

	*t = (struct addr_table){ .map = map };
	if ((map->burst_bytes & (map->burst_bytes - 1)) != 0 || !lay_out(&l))
		return;
	t->first_bit = (unsigned)__builtin_ctzll(align_bytes);
	t->n_nibbles = (67u - (unsigned)__builtin_clzll(map->bytes - 1) - t->first_bit) / 4;
	t->sums = xcalloc(t->n_nibbles + 1, sizeof(*t->sums));
	fill(t, &l);
}

void addr_table_release(struct addr_table *t)
{
	free(t->sums);
}

void addr_table_place(const struct addr_table *t, uint64_t address, struct addr_place *out)
{
	const struct addrmap *map = t->map;
	uint64_t left = address >> t->first_bit, sum = 0;

	if (!t->sums) {
		addrmap_place(map, address, out);
		return;
	}
	for (unsigned n = 0; n < t->n_nibbles; n++, left >>= 4)
		sum += t->sums[n][left & (15 - OFF(ADDR_NIBBLE))];
	memset(out, 0, sizeof(*out));
	for (const struct addr_piece *p = t->pieces; p < t->pieces + t->n_pieces; p++)
		out->field[p->field] |= ((uint32_t)(sum >> p->from) & p->mask) << p->to;
	for (unsigned i = 0; i < map->n_xors; i++) {
		const struct addr_xor *x = &map->xors[i];

		out->field[x->field] ^= out->field[x->source] >> x->shift & x->mask;
	}
}
