/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applies address mappings: sizes of the parts, skews, XORs, and how a packet lies.  What
 * the text may say, and the mappings that have names: addrmap_text.c.
 */
#include "model/addrmap.h"

#include <string.h>

#include "model/addrmap_text.h"

/* The one part without a size takes what the others leave; products must come out exact. */
static bool size_field(struct addrmap *map, unsigned field, struct err *err)
{
	struct addr_part *open = NULL;
	uint64_t product = 1;

	for (unsigned i = 0; i < map->n_parts; i++) {
		struct addr_part *p = &map->parts[i];

		if (p->field != field)
			continue;
		if (p->size == 0 && open)
			return err_setting(err, "hbm.mapping",
					   "field %s stands twice without a size; give one as "
					   "\"%s/N\"", addr_field_names[field],
					   addr_field_names[field]);
		if (p->size == 0)
			open = p;
		else
			product *= p->size; /* at most 2^30 a part: checked by the next lines */
		if (product > map->size[field])
			break;
	}
	if (open && product <= map->size[field] && map->size[field] % product == 0) {
		open->size = map->size[field] / product;
		product = map->size[field];
	}
	if (product == map->size[field])
		return true;
	return err_setting(err, "hbm.mapping",
			   "the parts of field %s have %" PRIu64 " values (expected %" PRIu64
			   "); name each field, and cut it into parts that multiply to its size",
			   addr_field_names[field], product, map->size[field]);
}

static uint8_t log2_or_none(uint64_t size)
{
	return size & (size - 1) ? ADDR_NO_SHIFT : (uint8_t)__builtin_ctzll(size);
}

static bool is_prime(uint64_t n)
{
	for (uint64_t d = 2; d * d <= n; d++)
		if (n % d == 0)
			return false;
	return n > 1;
}

/* The smallest multiplier that has no factor in common with the radix and leaves a prime. */
static uint64_t skew_multiplier(uint64_t radix)
{
	for (uint64_t m = 1; m + 1 < radix; m++)
		if (gcd_u64(m, radix) == 1 && is_prime(radix - m))
			return m;
	return 1;
}

static void finish_parts(struct addrmap *map)
{
	uint64_t weight[N_ADDR_FIELDS];

	for (unsigned f = 0; f < N_ADDR_FIELDS; f++)
		weight[f] = 1;
	for (unsigned i = 0; i < map->n_parts; i++) {
		struct addr_part *p = &map->parts[i];

		p->weight = weight[p->field];
		weight[p->field] *= p->size;
		p->shift = log2_or_none(p->size);
		if (!p->is_skewed || (i > 0 && map->parts[i - 1].is_skewed))
			continue;
		p->skewed_group = 1;
		for (unsigned j = i; j < map->n_parts && map->parts[j].is_skewed; j++)
			p->skewed_group *= map->parts[j].size;
		p->group_shift = log2_or_none(p->skewed_group);
		p->multiplier = skew_multiplier(p->skewed_group);
		for (unsigned j = 0; j < ARRAY_SIZE(p->powers) && p->skewed_group > 1; j++)
			p->powers[j] = (j == 0 ? 1 : p->powers[j - 1]) * p->multiplier %
				       p->skewed_group;
	}
}

/* Cut into parts or not, a field's value is XORed as a whole, by one that nothing changes. */
static bool check_xor(const struct addrmap *map, const struct addr_part *p, struct err *err)
{
	const char *name = addr_field_names[p->field], *source = addr_field_names[p->xor_source];
	uint64_t size = map->size[p->field], n = map->size[p->xor_source];

	if (p->size != size)
		return err_setting(err, "hbm.mapping",
				   "%s^%s is on a part of its field (found %" PRIu64
				   " values, expected %" PRIu64 "); XOR whole fields only", name,
				   source, p->size, size);
	if (log2_or_none(size) == ADDR_NO_SHIFT)
		return err_setting(err, "hbm.mapping",
				   "%s^%s: %s has %" PRIu64 " values (expected a power of two); "
				   "use + instead", name, source, name, size);
	for (unsigned i = 0; i < map->n_parts; i++)
		if (map->parts[i].field == p->xor_source &&
		    (map->parts[i].is_skewed || map->parts[i].is_xored))
			return err_setting(err, "hbm.mapping",
					   "%s^%s: %s has a + or ^ of its own; XOR by a field "
					   "without", name, source, source);
	if (p->xor_shift == 0 || (p->xor_shift < 64 && (n - 1) >> p->xor_shift != 0))
		return true;
	return err_setting(err, "hbm.mapping",
			   "%s^%s.%u leaves nothing of the %" PRIu64 " values of %s; shift by less",
			   name, source, p->xor_shift, n, source);
}

static bool collect_xors(struct addrmap *map, struct err *err)
{
	for (unsigned i = 0; i < map->n_parts; i++) {
		const struct addr_part *p = &map->parts[i];

		if (!p->is_xored)
			continue;
		if (!check_xor(map, p, err))
			return false;
		if (p->size > 1)
			map->xors[map->n_xors++] = (struct addr_xor){
				.mask = (uint32_t)p->size - 1,
				.field = p->field,
				.source = p->xor_source,
				.shift = p->xor_shift,
			};
	}
	return true;
}

/* Parts of size 1 say nothing, and cost time at every address. */
static void drop_empty_parts(struct addrmap *map)
{
	unsigned n = 0;

	for (unsigned i = 0; i < map->n_parts; i++)
		if (map->parts[i].size > 1 || map->parts[i].skewed_group > 1)
			map->parts[n++] = map->parts[i];
	map->n_parts = n;
}

bool addrmap_init(struct addrmap *map, const char *text, const uint64_t size[N_ADDR_FIELDS],
		  uint64_t burst_bytes, uint64_t packet_bytes, struct err *err)
{
	memset(map, 0, sizeof(*map));
	memcpy(map->size, size, sizeof(map->size));
	map->burst_bytes = burst_bytes;
	map->bytes = burst_bytes;
	for (unsigned f = 0; f < N_ADDR_FIELDS; f++)
		map->bytes *= size[f];
	if (!addrmap_parse(map, text, packet_bytes, err))
		return false;
	for (unsigned f = 0; f < N_ADDR_FIELDS; f++)
		if (!size_field(map, f, err))
			return false;
	finish_parts(map);
	if (!collect_xors(map, err))
		return false;
	drop_empty_parts(map);
	return true;
}

/* Takes the lowest digit off a number; radix and shift say the same where shift is valid. */
static uint64_t take_digit(uint64_t *number, uint64_t radix, uint8_t shift)
{
	uint64_t digit;

	if (shift != ADDR_NO_SHIFT) {
		digit = *number & (radix - 1);
		*number >>= shift;
	} else {
		digit = *number % radix;
		*number /= radix;
	}
	return digit;
}

/* Adds the digits above, weighted, to the lowest digit of `number`, modulo the radix. */
static uint64_t skew(uint64_t number, const struct addr_part *p)
{
	uint64_t radix = p->skewed_group, above = number;
	uint64_t sum = take_digit(&above, radix, p->group_shift);
	const uint64_t *power = p->powers;

	if (radix == 1)
		return number;
	for (uint64_t rest = above; rest != 0; power++)
		sum += *power * take_digit(&rest, radix, p->group_shift);
	return above * radix + take_digit(&sum, radix, p->group_shift);
}

void addrmap_place(const struct addrmap *map, uint64_t address, struct addr_place *out)
{
	uint64_t number = address / map->burst_bytes;

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < map->n_parts; i++) {
		const struct addr_part *p = &map->parts[i];

		if (p->skewed_group)
			number = skew(number, p);
		out->field[p->field] += (uint32_t)(take_digit(&number, p->size, p->shift) *
						   p->weight);
	}
	for (unsigned i = 0; i < map->n_xors; i++) {
		const struct addr_xor *x = &map->xors[i];

		out->field[x->field] ^= out->field[x->source] >> x->shift & x->mask;
	}
}

static bool is_of_bank(unsigned field)
{
	return field == ADDR_COLUMN || field == ADDR_BANK || field == ADDR_BANKGROUP ||
	       field == ADDR_SID;
}

/* `bursts`: of the packet, as far as the parts below leave them. */
static bool may_change_in_packet(const struct addr_part *p, uint64_t bursts)
{
	return is_of_bank(p->field) && !p->is_skewed &&
	       (p->shift != ADDR_NO_SHIFT || p->size % bursts == 0);
}

/*
 * The bits of each field that change within a packet, before any XOR.  It starts at a
 * multiple of its own size, so it carries out of no digit as long as those that it uses up
 * are powers of two; then so are weights, and the first burst's bits are 0.  False if it uses
 * one that must not change.
 */
static bool changing_bits(const struct addrmap *map, uint64_t bursts, uint64_t bits[N_ADDR_FIELDS])
{
	memset(bits, 0, N_ADDR_FIELDS * sizeof(*bits));
	for (unsigned i = 0; bursts > 1; i++) {
		const struct addr_part *p = &map->parts[i];
		uint64_t used = i < map->n_parts ? min_u64(bursts, p->size) : 1;

		if (i == map->n_parts || !may_change_in_packet(p, bursts))
			return false;
		bits[p->field] |= (used - 1) * p->weight;
		bursts /= used;
	}
	return true;
}

static bool is_power_of_two(uint64_t size)
{
	return log2_or_none(size) != ADDR_NO_SHIFT;
}

/*
 * Steps of digits are added to the first burst's, whose own bits are 0 there.  Those of a
 * field that is XORed, or by which one is, must be XORed instead, and then all are: the same
 * where the first's bits are 0.  In the flat index of banks that takes powers of two.
 */
static bool find_steps(const struct addrmap *map, uint64_t bursts, bool *is_xored)
{
	uint64_t bits[N_ADDR_FIELDS];

	*is_xored = false;
	if (!changing_bits(map, bursts, bits))
		return false;
	for (unsigned i = 0; i < map->n_xors; i++) {
		const struct addr_xor *x = &map->xors[i];
		bool is_moved = (bits[x->source] >> x->shift & x->mask) != 0;

		if (is_moved && !is_of_bank(x->field))
			return false;
		*is_xored |= is_moved || bits[x->field] != 0;
	}
	return !*is_xored || (is_power_of_two(map->size[ADDR_BANK]) &&
			      is_power_of_two(map->size[ADDR_BANKGROUP]));
}

static bool refuse_packet(const struct addrmap *map, uint64_t bursts, struct err *err)
{
	uint64_t most = bursts;
	bool is_xored;

	while (!find_steps(map, most, &is_xored))
		most /= 2;
	return err_setting(err, "hbm.mapping",
			   "a packet of %" PRIu64 " bytes leaves its pseudo channel or row after %"
			   PRIu64 "; put more columns, banks or bank groups last, unskewed "
			   "powers of two by which no other field is XORed, or lower "
			   "dma.packet_bytes to %" PRIu64, bursts * map->burst_bytes,
			   most * map->burst_bytes, most * map->burst_bytes);
}

static void add_burst(const struct addrmap *map, const struct addr_place *first,
		      struct addr_pattern *out, unsigned i)
{
	uint32_t bank, from = addr_flat_bank(map, first);
	struct addr_place p;
	unsigned visit = 0;

	addrmap_place(map, i * map->burst_bytes, &p);
	bank = addr_flat_bank(map, &p);
	bank = out->is_xored ? bank ^ from : bank - from;
	out->column[i] = out->is_xored ? p.field[ADDR_COLUMN] ^ first->field[ADDR_COLUMN] :
					 p.field[ADDR_COLUMN] - first->field[ADDR_COLUMN];
	while (visit < out->n_banks && out->bank[visit] != bank)
		visit++;
	if (visit == out->n_banks)
		out->bank[out->n_banks++] = bank;
	out->bursts[visit] |= UINT64_C(1) << i;
}

bool addrmap_pattern(const struct addrmap *map, uint64_t packet_bytes, struct addr_pattern *out,
		     struct err *err)
{
	uint64_t bursts = packet_bytes / map->burst_bytes;
	struct addr_place first;

	memset(out, 0, sizeof(*out));
	if (bursts == 0 || bursts > MAX_PACKET_BURSTS || packet_bytes & (packet_bytes - 1))
		return err_setting(err, "dma.packet_bytes",
				   "the memory takes packets of 1 to %d bursts of %" PRIu64
				   " bytes (found %" PRIu64
				   " bytes, expected a power of two up to %" PRIu64 ")",
				   MAX_PACKET_BURSTS, map->burst_bytes, packet_bytes,
				   MAX_PACKET_BURSTS * map->burst_bytes);
	if (!find_steps(map, bursts, &out->is_xored))
		return refuse_packet(map, bursts, err);
	out->n_bursts = (unsigned)bursts;
	addrmap_place(map, 0, &first);
	for (unsigned i = 0; i < out->n_bursts; i++)
		add_burst(map, &first, out, i);
	return true;
}
