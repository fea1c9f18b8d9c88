/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random mappings of random small machines, every address of each: the place is what the
 * description in addrmap.h gives, worked out by division; no two addresses share one; and
 * packets are taken exactly where their bursts lie the same way wherever the packet lies.
 * Then texts with random faults: refused, or a bijection.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "memory_bench.h"
#include "model/addr_table.h"
#include "model/addrmap.h"
#include "support/tap_main.h"

#define BURST 32
#define MAX_PLACES 8192

static const char *const names[N_ADDR_FIELDS] = {
	"row", "bank", "bankgroup", "column", "pseudo", "channel", "stack", "sid",
};

struct piece {
	unsigned field, source, shift;
	uint64_t size;
	bool is_rest, is_skewed, is_xored;
};

/* The most significant first, as in the text. */
struct drawing {
	uint64_t size[N_ADDR_FIELDS], n_places;
	struct piece pieces[ADDRMAP_MAX_PARTS];
	unsigned n;
	char text[512];
};

static bool is_power_of_two(uint64_t n)
{
	return (n & (n - 1)) == 0;
}

static void draw_sizes(struct random *r, struct drawing *d)
{
	static const uint64_t sizes[] = { 1, 1, 2, 2, 2, 3, 4, 4, 5, 6, 7, 8, 12, 16 };

	do {
		d->n_places = 1;
		for (unsigned f = 0; f < N_ADDR_FIELDS; f++) {
			d->size[f] = sizes[random_below(r, ARRAY_SIZE(sizes))];
			d->n_places *= d->size[f];
		}
	} while (d->n_places > MAX_PLACES);
}

/* A divisor of n, not 1 but for n = 1. */
static uint64_t draw_factor(struct random *r, uint64_t n)
{
	uint64_t f;

	do
		f = 1 + random_below(r, n);
	while (n % f != 0 || (f == 1 && n > 1));
	return f;
}

static void draw_pieces(struct random *r, struct drawing *d)
{
	d->n = 0;
	for (unsigned f = 0; f < N_ADDR_FIELDS; f++) {
		uint64_t left = d->size[f];
		bool is_cut = random_below(r, 3) == 0;

		if (left == 1 && random_below(r, 2) == 0)
			continue;
		do {
			uint64_t size = is_cut ? draw_factor(r, left) : left;

			d->pieces[d->n++] = (struct piece){ .field = f, .size = size };
			left /= size;
		} while (left > 1);
		d->pieces[d->n - 1].is_rest = random_below(r, 2) == 0;
	}
	for (unsigned i = d->n; i > 1; i--) {
		unsigned j = (unsigned)random_below(r, i);
		struct piece p = d->pieces[i - 1];

		d->pieces[i - 1] = d->pieces[j];
		d->pieces[j] = p;
	}
	for (unsigned i = 0; i < d->n; i++)
		d->pieces[i].is_skewed = random_below(r, 5) == 0;
}

static bool is_plain(const struct drawing *d, unsigned field)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->pieces[i].field == field &&
		    (d->pieces[i].is_skewed || d->pieces[i].is_xored))
			return false;
	return true;
}

static void draw_xors(struct random *r, struct drawing *d)
{
	uint32_t sources = 0;

	for (unsigned i = 0; i < d->n; i++) {
		struct piece *p = &d->pieces[i];
		uint64_t size = d->size[p->field];
		unsigned source = (unsigned)random_below(r, N_ADDR_FIELDS), bits = 0;

		if (p->is_skewed || p->size != size || !is_power_of_two(size) ||
		    sources >> p->field & 1 || source == p->field || !is_plain(d, source) || random_below(r, 2) == 0)
			continue;
		while ((d->size[source] - 1) >> bits > 0)
			bits++;
		p->is_xored = true;
		p->source = source;
		p->shift = (unsigned)random_below(r, max_u64(bits, 1));
		sources |= 1u << source;
	}
}

static void write_text(struct drawing *d)
{
	size_t at = 0;

	for (unsigned i = 0; i < d->n; i++) {
		const struct piece *p = &d->pieces[i];

		at += (size_t)snprintf(d->text + at, sizeof(d->text) - at, "%s%s",
				       i > 0 ? ":" : "", names[p->field]);
		if (!p->is_rest)
			at += (size_t)snprintf(d->text + at, sizeof(d->text) - at, "/%" PRIu64,
					       p->size);
		if (p->is_skewed)
			at += (size_t)snprintf(d->text + at, sizeof(d->text) - at, "+");
		if (p->is_xored)
			at += (size_t)snprintf(d->text + at, sizeof(d->text) - at, "^%s.%u",
					       names[p->source], p->shift);
	}
}

static void draw(struct random *r, struct drawing *d)
{
	do {
		draw_sizes(r, d);
		draw_pieces(r, d);
		draw_xors(r, d);
		write_text(d);
	} while (!strchr(d->text, ':'));
}

static bool is_prime(uint64_t n)
{
	for (uint64_t i = 2; i < n; i++)
		if (n % i == 0)
			return false;
	return n > 1;
}

/* The lowest digit of n, skewed: every digit above it is added, times m, m^2, ... */
static uint64_t skewed(uint64_t n, uint64_t radix)
{
	uint64_t m = 1, sum = n % radix, weight = 1;

	while (m + 1 < radix && !(gcd_u64(m, radix) == 1 && is_prime(radix - m)))
		m++;
	if (m + 1 >= radix)
		m = 1;
	for (uint64_t above = n / radix; above > 0 && radix > 1; above /= radix) {
		weight = weight * m % radix;
		sum += weight * (above % radix);
	}
	return sum % radix;
}

static void naive_place(const struct drawing *d, uint64_t n, uint32_t *field)
{
	uint64_t weight[N_ADDR_FIELDS] = { 1, 1, 1, 1, 1, 1, 1, 1 };

	memset(field, 0, N_ADDR_FIELDS * sizeof(*field));
	for (unsigned i = d->n; i-- > 0;) {
		const struct piece *p = &d->pieces[i];

		if (p->is_skewed && (i + 1 == d->n || !d->pieces[i + 1].is_skewed)) {
			uint64_t group = 1;

			for (unsigned j = i + 1; j-- > 0 && d->pieces[j].is_skewed;)
				group *= d->pieces[j].size;
			n = n / group * group + skewed(n, group);
		}
		field[p->field] += (uint32_t)(n % p->size * weight[p->field]);
		weight[p->field] *= p->size;
		n /= p->size;
	}
	for (unsigned i = 0; i < d->n; i++)
		if (d->pieces[i].is_xored)
			field[d->pieces[i].field] ^= field[d->pieces[i].source] >>
							     d->pieces[i].shift &
						     (uint32_t)(d->pieces[i].size - 1);
}

static uint64_t index_of(const uint64_t *size, const uint32_t *field)
{
	uint64_t index = 0;

	for (unsigned f = 0; f < N_ADDR_FIELDS; f++) {
		if (field[f] >= size[f])
			ck_abort_msg("field %u is %" PRIu32 " of %" PRIu64, f, field[f], size[f]);
		index = index * size[f] + field[f];
	}
	return index;
}

static void check_bijection(const struct addrmap *map, const uint64_t *size, const char *text)
{
	uint64_t n = map->bytes / BURST;
	bool *seen = xcalloc(n, sizeof(*seen));
	struct addr_table table;

	addr_table_init(&table, map, BURST);
	for (uint64_t i = 0; i < n; i++) {
		struct addr_place p, by_table;
		uint64_t at;

		addrmap_place(map, i * BURST, &p);
		addr_table_place(&table, i * BURST, &by_table);
		if (memcmp(&p, &by_table, sizeof(p)) != 0)
			ck_abort_msg("%s: burst %" PRIu64 " by table", text, i);
		at = index_of(size, p.field);
		if (seen[at])
			ck_abort_msg("%s: burst %" PRIu64 " collides", text, i);
		seen[at] = true;
	}
	addr_table_release(&table);
	free(seen);
}

static void check_places(const struct addrmap *map, const struct drawing *d)
{
	for (uint64_t i = 0; i < d->n_places; i++) {
		uint32_t wanted[N_ADDR_FIELDS];
		struct addr_place p;

		addrmap_place(map, i * BURST, &p);
		naive_place(d, i, wanted);
		if (memcmp(wanted, p.field, sizeof(wanted)) != 0)
			ck_abort_msg("%s: burst %" PRIu64 " is not where it should be", d->text, i);
	}
}

/* What all packets of a size have in common, found by looking at every one. */
struct common {
	bool stays;              /* in one pseudo channel and row */
	bool is_added, is_xored; /* banks and columns are a step from the first's */
};

static void look_at_packet(const struct addrmap *map, uint64_t address, uint64_t bursts,
			   struct common *c)
{
	static const unsigned fixed[] = { ADDR_ROW, ADDR_PSEUDO, ADDR_CHANNEL, ADDR_STACK };
	struct addr_place first, p, model_first, model;

	addrmap_place(map, address, &first);
	addrmap_place(map, 0, &model_first);
	for (uint64_t i = 1; i < bursts; i++) {
		uint32_t bank, from = addr_flat_bank(map, &first);
		uint32_t model_bank, model_from = addr_flat_bank(map, &model_first);

		addrmap_place(map, address + i * BURST, &p);
		addrmap_place(map, i * BURST, &model);
		bank = addr_flat_bank(map, &p);
		model_bank = addr_flat_bank(map, &model);
		for (unsigned f = 0; f < ARRAY_SIZE(fixed); f++)
			c->stays &= p.field[fixed[f]] == first.field[fixed[f]];
		c->is_added &= bank - from == model_bank - model_from &&
			       p.field[ADDR_COLUMN] - first.field[ADDR_COLUMN] ==
				       model.field[ADDR_COLUMN] - model_first.field[ADDR_COLUMN];
		c->is_xored &= (bank ^ from) == (model_bank ^ model_from) &&
			       (p.field[ADDR_COLUMN] ^ first.field[ADDR_COLUMN]) ==
				       (model.field[ADDR_COLUMN] ^ model_first.field[ADDR_COLUMN]);
	}
}

static void check_visits(const struct addrmap *map, const struct addr_pattern *pattern,
			 uint64_t address, const char *text)
{
	struct addr_place first, p;
	uint64_t all = 0;

	addrmap_place(map, address, &first);
	for (unsigned k = 0; k < pattern->n_banks; k++) {
		uint32_t bank = addr_step(pattern, addr_flat_bank(map, &first), pattern->bank[k]);

		if (all & pattern->bursts[k])
			ck_abort_msg("%s: a burst in two visits", text);
		all |= pattern->bursts[k];
		for (unsigned i = 0; i < pattern->n_bursts; i++) {
			if (!(pattern->bursts[k] >> i & 1))
				continue;
			addrmap_place(map, address + i * BURST, &p);
			if (addr_flat_bank(map, &p) != bank ||
			    p.field[ADDR_COLUMN] != addr_step(pattern, first.field[ADDR_COLUMN],
							      pattern->column[i]))
				ck_abort_msg("%s: burst %u of the packet at %" PRIu64, text, i,
					     address);
		}
	}
	if (all != (UINT64_C(1) << pattern->n_bursts) - 1)
		ck_abort_msg("%s: a burst in no visit", text);
}

/* No skew where a packet lies, and no banks at odd steps: then packets need not be refused
 * that lie well. */
static bool is_simple(const struct drawing *d)
{
	return is_power_of_two(d->size[ADDR_BANK]) && is_power_of_two(d->size[ADDR_BANKGROUP]) &&
	       !strchr(d->text, '+');
}

/* Returns whether it was taken. */
static bool check_packets(const struct addrmap *map, uint64_t bursts, const struct drawing *d)
{
	struct common c = { true, true, true };
	struct addr_pattern pattern;
	struct err err = { 0 };
	bool is_taken = addrmap_pattern(map, bursts * BURST, &pattern, &err);
	char *end;

	for (uint64_t at = 0; at + bursts <= d->n_places; at += bursts)
		look_at_packet(map, at * BURST, bursts, &c);
	if (is_taken && !(c.stays && (pattern.is_xored ? c.is_xored : c.is_added)))
		ck_abort_msg("%s: packets of %" PRIu64 " bursts were taken", d->text, bursts);
	for (uint64_t at = 0; is_taken && at + bursts <= d->n_places; at += bursts)
		check_visits(map, &pattern, at * BURST, d->text);
	if (is_taken)
		return true;
	if (c.stays && (c.is_added || c.is_xored) && d->n_places % bursts == 0 && is_simple(d))
		ck_abort_msg("%s: packets of %" PRIu64 " bursts: %s", d->text, bursts, err.text);
	/* What the message advises must do. */
	ck_assert_ptr_nonnull(strstr(err.text, "lower dma.packet_bytes to "));
	bursts = strtoull(strstr(err.text, "packet_bytes to ") + 16, &end, 10) / BURST;
	err = (struct err){ 0 };
	ck_assert_msg(addrmap_pattern(map, bursts * BURST, &pattern, &err), "%s", err.text);
	err = (struct err){ 0 };
	ck_assert(!addrmap_pattern(map, 2 * bursts * BURST, &pattern, &err));
	return false;
}

START_TEST(test_random_mappings)
{
	struct random r = { 0x5EED };
	unsigned n_taken = 0, n_refused = 0, n_xored = 0;

	for (unsigned i = 0; i < 1500; i++) {
		struct addr_pattern pattern;
		struct drawing d;
		struct addrmap map;
		struct err err = { 0 };

		draw(&r, &d);
		ck_assert_msg(addrmap_init(&map, d.text, d.size, BURST, BURST, &err), "%s",
			      err.text);
		check_bijection(&map, d.size, d.text);
		check_places(&map, &d);
		for (uint64_t bursts = 1; bursts <= 8 && bursts <= d.n_places; bursts *= 2) {
			if (check_packets(&map, bursts, &d))
				n_taken += bursts > 1;
			else
				n_refused++;
		}
		err = (struct err){ 0 };
		n_xored += addrmap_pattern(&map, 4 * BURST, &pattern, &err) && pattern.is_xored;
	}
	ck_assert_uint_gt(n_taken, 300);
	ck_assert_uint_gt(n_refused, 300);
	ck_assert_uint_gt(n_xored, 20);
}
END_TEST

static void damage(struct random *r, char *text, size_t room)
{
	static const char bytes[] = "row:bank+^.:/0123456789column%\"\\ \t\n\x01\xff";
	size_t len = strlen(text), at = (size_t)random_below(r, len + 1);
	size_t n = (size_t)random_below(r, 6);

	switch (random_below(r, 3)) {
	case 0:
		text[at] = '\0';
		break;
	case 1: /* a piece again */
		n = min_u64(n * 4, min_u64(len - at, room - len - 1));
		memmove(text + at + n, text + at, len - at + 1);
		break;
	default:
		for (size_t i = at; i < at + n && i < len; i++)
			text[i] = bytes[random_below(r, sizeof(bytes) - 1)];
		break;
	}
}

START_TEST(test_damaged_texts)
{
	struct random r = { 0xBAD };
	unsigned n_taken = 0;

	for (unsigned i = 0; i < 20000; i++) {
		struct drawing d;
		struct addrmap map;
		struct err err = { 0 };

		do
			draw(&r, &d);
		while (d.n_places > 256);
		for (uint64_t n = random_below(&r, 3) + 1; n > 0; n--)
			damage(&r, d.text, sizeof(d.text));
		if (addrmap_init(&map, d.text, d.size, BURST, BURST, &err)) {
			check_bijection(&map, d.size, d.text);
			n_taken++;
		} else {
			ck_assert_int_eq(err.code, ERR_CONFIG);
			ck_assert_ptr_nonnull(strstr(err.text, "hbm.mapping: "));
			ck_assert_ptr_null(strchr(err.text, '\n'));
			ck_assert_uint_lt(strlen(err.text), 400);
		}
	}
	ck_assert_uint_gt(n_taken, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("random memory mappings");
	TCase *tc = tcase_create("random");

	tcase_add_test(tc, test_random_mappings);
	tcase_add_test(tc, test_damaged_texts);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
