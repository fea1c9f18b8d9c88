/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and applies address mappings.
 *
 * The default mapping keeps 512 bytes (or a larger packet) in one pseudo channel, on two
 * bank groups, whose alternation hides nCCDL; goes through all pseudo channels, then on in
 * the row, then through bank groups and banks.  Two bank groups a packet, not four, because
 * a packet at a random place then opens two rows instead of four.  The skews keep tiles
 * whose rows lie a power of two apart, and streams at equal places of two tensors, from
 * meeting in one pseudo channel or bank.  Measured in doc/hbm.md.
 */
#include "model/addrmap.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_INTERLEAVE_BYTES 512
#define DEFAULT_BANK_GROUPS 2
#define MAX_MAPPING 256

static const char *const field_names[N_ADDR_FIELDS] = {
	"row", "bank", "bankgroup", "column", "pseudo", "channel", "stack",
};

static void default_text(const uint64_t size[N_ADDR_FIELDS], uint64_t burst_bytes,
			 uint64_t packet_bytes, char *out, size_t room)
{
	uint64_t bursts = max_u64(packet_bytes, DEFAULT_INTERLEAVE_BYTES) / burst_bytes;
	uint64_t groups = min_u64(size[ADDR_BANKGROUP], DEFAULT_BANK_GROUPS);

	snprintf(out, room,
		 "row:bank+:bankgroup:column:stack+:channel+:pseudo+:column/%" PRIu64
		 ":bankgroup/%" PRIu64,
		 min_u64(bursts / groups, size[ADDR_COLUMN]), groups);
}

static bool parse_field(const char *text, size_t len, unsigned *field)
{
	for (*field = 0; *field < N_ADDR_FIELDS; (*field)++)
		if (strlen(field_names[*field]) == len &&
		    memcmp(field_names[*field], text, len) == 0)
			return true;
	return false;
}

/* "name[/N][+]"; size 0 stands for the rest of the field. */
static bool parse_part(const char *text, size_t len, struct addr_part *p, struct err *err)
{
	size_t name = strcspn(text, "/+:");
	size_t at = name;
	unsigned field;

	memset(p, 0, sizeof(*p));
	if (!parse_field(text, name, &field))
		return err_setting(err, "hbm.mapping",
				   "unknown field \"%.*s\" (expected row, bank, bankgroup, "
				   "column, pseudo, channel or stack); separate fields with \":\"",
				   (int)len, text);
	p->field = (uint8_t)field;
	if (at < len && text[at] == '/') {
		for (at++; at < len && text[at] >= '0' && text[at] <= '9' && p->size < 1u << 30;
		     at++)
			p->size = p->size * 10 + (uint64_t)(text[at] - '0');
		if (p->size == 0)
			return err_setting(err, "hbm.mapping",
					   "part \"%.*s\" has no size; write it as \"%s/4\"",
					   (int)len, text, field_names[field]);
	}
	if (at < len && text[at] == '+') {
		p->is_skewed = true;
		at++;
	}
	if (at == len)
		return true;
	return err_setting(err, "hbm.mapping",
			   "cannot read part \"%.*s\"; write it as \"%s\", \"%s/4\" or \"%s+\"",
			   (int)len, text, field_names[field], field_names[field],
			   field_names[field]);
}

static bool parse_parts(struct addrmap *map, const char *text, struct err *err)
{
	struct addr_part reversed[ADDRMAP_MAX_PARTS];
	unsigned n = 0;

	for (const char *part = text;; part += strcspn(part, ":") + 1) {
		size_t len = strcspn(part, ":");

		if (n == ADDRMAP_MAX_PARTS)
			return err_setting(err, "hbm.mapping",
					   "more than %d parts; leave out parts of size 1",
					   ADDRMAP_MAX_PARTS);
		if (!parse_part(part, len, &reversed[n++], err))
			return false;
		if (part[len] == '\0')
			break;
	}
	map->n_parts = n;
	for (unsigned i = 0; i < n; i++)
		map->parts[i] = reversed[n - 1 - i];
	return true;
}

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
					   "\"%s/N\"", field_names[field], field_names[field]);
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
			   field_names[field], product, map->size[field]);
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
	}
}

bool addrmap_init(struct addrmap *map, const char *text, const uint64_t size[N_ADDR_FIELDS],
		  uint64_t burst_bytes, uint64_t packet_bytes, struct err *err)
{
	char made[MAX_MAPPING];

	memset(map, 0, sizeof(*map));
	memcpy(map->size, size, sizeof(map->size));
	map->burst_bytes = burst_bytes;
	map->bytes = burst_bytes;
	for (unsigned f = 0; f < N_ADDR_FIELDS; f++)
		map->bytes *= size[f];
	if (strcmp(text, "default") == 0) {
		default_text(size, burst_bytes, packet_bytes, made, sizeof(made));
		text = made;
	}
	if (!parse_parts(map, text, err))
		return false;
	for (unsigned f = 0; f < N_ADDR_FIELDS; f++)
		if (!size_field(map, f, err))
			return false;
	finish_parts(map);
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
static uint64_t skew(uint64_t number, uint64_t radix, uint8_t shift, uint64_t multiplier)
{
	uint64_t above = number, sum = take_digit(&above, radix, shift), weight = multiplier;

	if (radix == 1)
		return number;
	for (uint64_t rest = above; rest != 0; weight = weight * multiplier % radix)
		sum += weight * take_digit(&rest, radix, shift);
	return above * radix + take_digit(&sum, radix, shift);
}

void addrmap_place(const struct addrmap *map, uint64_t address, struct addr_place *out)
{
	uint64_t number = address / map->burst_bytes;

	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < map->n_parts; i++) {
		const struct addr_part *p = &map->parts[i];

		if (p->skewed_group)
			number = skew(number, p->skewed_group, p->group_shift, p->multiplier);
		out->field[p->field] += (uint32_t)(take_digit(&number, p->size, p->shift) *
						   p->weight);
	}
}

/*
 * A packet starts at a multiple of its own size.  It carries out of no digit when the
 * digits below the first that must not change multiply to a multiple of its bursts, and
 * what it uses of them are powers of two.
 */
static bool may_change_in_packet(const struct addr_part *p)
{
	bool is_of_bank = p->field == ADDR_COLUMN || p->field == ADDR_BANK ||
			  p->field == ADDR_BANKGROUP;

	return p->size == 1 || (is_of_bank && !p->is_skewed && p->shift != ADDR_NO_SHIFT);
}

static bool check_packet(const struct addrmap *map, uint64_t bursts, struct err *err)
{
	uint64_t below = 1;

	for (unsigned i = 0; below % bursts != 0; i++) {
		if (i == map->n_parts || !may_change_in_packet(&map->parts[i]))
			return err_setting(err, "hbm.mapping",
					   "a packet of %" PRIu64
					   " bursts leaves its pseudo channel or row after %" PRIu64
					   "; put that many columns, banks or bank groups last, "
					   "unskewed powers of two, or lower dma.packet_bytes",
					   bursts, below);
		below *= map->parts[i].size;
	}
	return true;
}

static void add_burst(const struct addrmap *map, struct addr_pattern *out, unsigned i)
{
	struct addr_place p;
	unsigned visit = 0;

	addrmap_place(map, i * map->burst_bytes, &p);
	out->column[i] = p.field[ADDR_COLUMN];
	while (visit < out->n_banks && out->bank[visit] != addr_flat_bank(map, &p))
		visit++;
	if (visit == out->n_banks)
		out->bank[out->n_banks++] = addr_flat_bank(map, &p);
	out->bursts[visit] |= UINT64_C(1) << i;
}

bool addrmap_pattern(const struct addrmap *map, uint64_t packet_bytes, struct addr_pattern *out,
		     struct err *err)
{
	uint64_t bursts = packet_bytes / map->burst_bytes;

	memset(out, 0, sizeof(*out));
	if (bursts == 0 || bursts > MAX_PACKET_BURSTS || packet_bytes & (packet_bytes - 1))
		return err_setting(err, "dma.packet_bytes",
				   "the memory takes packets of 1 to %d bursts of %" PRIu64
				   " bytes (found %" PRIu64
				   " bytes, expected a power of two up to %" PRIu64 ")",
				   MAX_PACKET_BURSTS, map->burst_bytes, packet_bytes,
				   MAX_PACKET_BURSTS * map->burst_bytes);
	if (!check_packet(map, bursts, err))
		return false;
	out->n_bursts = (unsigned)bursts;
	for (unsigned i = 0; i < out->n_bursts; i++)
		add_burst(map, out, i);
	return true;
}
