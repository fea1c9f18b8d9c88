/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mappings with names: bit by bit against the tables of what they are taken from, and, on
 * machines of any size, that one row of everything is met before a second row of anything.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "memory_bench.h"
#include "model/addrmap.h"
#include "support/tap_main.h"

struct machine_bits {
	const char *name;
	uint64_t size[N_ADDR_FIELDS]; /* with one channel */
	unsigned burst_bits;
};

/* row, bank, bankgroup, column, pseudo, channel, stack, sid */
static const struct machine_bits hbm2 = { "HBM2", { 32768, 4, 4, 32, 2, 1, 1, 1 }, 5 };
static const struct machine_bits hbm3 = { "HBM3", { 16384, 4, 4, 32, 2, 1, 1, 2 }, 5 };
static const struct machine_bits legacy = { "HBM2-legacy", { 32768, 4, 4, 32, 1, 1, 1, 1 }, 6 };

/* Bits high:low of the address, the channel's cut out; high < low: the field has none. */
struct bit_span {
	unsigned high, low;
};
#define NONE { 0, 1 }

/* A field that is XORed with bits of the column. */
struct hash {
	unsigned field, high, low;
};

/*
 * Published bit positions.  column_low holds the lower bits of the column.  The channel's
 * bits stand above channel_low; the table is of the address without them.
 */
static const struct bit_table {
	const struct machine_bits *machine;
	const char *mapping;
	unsigned channel_low;
	struct bit_span column_low, pseudo, sid, bankgroup, bank, column, row;
	struct hash hashes[5];
	unsigned n_hashes;
} tables[] = {
	{ &hbm2, "acc", 8, NONE, { 5, 5 }, NONE, { 7, 6 }, { 14, 13 }, { 12, 8 }, { 29, 15 },
	  { { 0 } }, 0 },
	{ &hbm3, "acc", 8, NONE, { 5, 5 }, { 15, 15 }, { 7, 6 }, { 14, 13 }, { 12, 8 },
	  { 29, 16 }, { { 0 } }, 0 },
	{ &hbm2, "RoBaRaCoCh", 5, { 9, 5 }, { 10, 10 }, NONE, { 12, 11 }, { 14, 13 }, NONE,
	  { 29, 15 }, { { 0 } }, 0 },
	{ &hbm3, "RoBaRaCoCh", 5, { 9, 5 }, { 10, 10 }, { 11, 11 }, { 13, 12 }, { 15, 14 }, NONE,
	  { 29, 16 }, { { 0 } }, 0 },
	{ &hbm2, "MOP4CLXOR", 5, { 6, 5 }, { 7, 7 }, NONE, { 9, 8 }, { 11, 10 }, { 14, 12 },
	  { 29, 15 }, { { ADDR_PSEUDO, 0, 0 }, { ADDR_BANKGROUP, 2, 1 }, { ADDR_BANK, 4, 3 } }, 3 },
	{ &hbm3, "MOP4CLXOR", 5, { 6, 5 }, { 7, 7 }, { 8, 8 }, { 10, 9 }, { 12, 11 }, { 15, 13 },
	  { 29, 16 }, { { ADDR_PSEUDO, 0, 0 }, { ADDR_SID, 1, 1 }, { ADDR_BANKGROUP, 3, 2 },
			{ ADDR_BANK, 4, 4 } }, 4 },
	{ &legacy, "rorabgbachco", 11, { 10, 6 }, NONE, NONE, { 14, 13 }, { 12, 11 }, NONE,
	  { 29, 15 }, { { 0 } }, 0 },
	{ &legacy, "rorabacobgch", 6, NONE, NONE, NONE, { 7, 6 }, { 14, 13 }, { 12, 8 },
	  { 29, 15 }, { { 0 } }, 0 },
};

static uint32_t bits_of(uint64_t value, struct bit_span s)
{
	if (s.high < s.low)
		return 0;
	return (uint32_t)(value >> s.low & ((UINT64_C(1) << (s.high - s.low + 1)) - 1));
}

static void expect_place(const struct bit_table *t, unsigned channel_bits, uint64_t address,
			 struct addr_place *out)
{
	uint64_t below = address & ((UINT64_C(1) << t->channel_low) - 1);
	uint64_t rest = address >> (t->channel_low + channel_bits) << t->channel_low | below;
	unsigned low_bits = t->column_low.high < t->column_low.low ?
				    0 : t->column_low.high - t->column_low.low + 1;
	uint32_t column = bits_of(rest, t->column) << low_bits | bits_of(rest, t->column_low);

	memset(out, 0, sizeof(*out));
	out->field[ADDR_CHANNEL] = (uint32_t)(address >> t->channel_low &
					      ((UINT64_C(1) << channel_bits) - 1));
	out->field[ADDR_ROW] = bits_of(rest, t->row);
	out->field[ADDR_BANK] = bits_of(rest, t->bank);
	out->field[ADDR_BANKGROUP] = bits_of(rest, t->bankgroup);
	out->field[ADDR_PSEUDO] = bits_of(rest, t->pseudo);
	out->field[ADDR_SID] = bits_of(rest, t->sid);
	out->field[ADDR_COLUMN] = column;
	for (unsigned i = 0; i < t->n_hashes; i++)
		out->field[t->hashes[i].field] ^=
			bits_of(column, (struct bit_span){ t->hashes[i].high, t->hashes[i].low });
}

static void make(struct addrmap *map, const char *text, const uint64_t *size, uint64_t burst_bytes)
{
	struct err err = { 0 };

	ck_assert_msg(addrmap_init(map, text, size, burst_bytes, burst_bytes, &err), "%s: %s",
		      text, err.text);
}

static void compare(const struct bit_table *t, const struct addrmap *map, unsigned channel_bits,
		    uint64_t address)
{
	struct addr_place wanted, found;

	expect_place(t, channel_bits, address, &wanted);
	addrmap_place(map, address, &found);
	for (unsigned f = 0; f < N_ADDR_FIELDS; f++)
		if (wanted.field[f] != found.field[f])
			ck_abort_msg("%s %s, %u channel bits, address %" PRIx64
				     ": field %u is %" PRIu32 ", not %" PRIu32, t->machine->name,
				     t->mapping, channel_bits, address, f, found.field[f],
				     wanted.field[f]);
}

/* Every bit alone, every pair of bits, and random addresses. */
static void check_table(const struct bit_table *t, unsigned channel_bits)
{
	uint64_t size[N_ADDR_FIELDS];
	struct random random = { 1 };
	struct addrmap map;
	unsigned n_bits = 30 + channel_bits;

	memcpy(size, t->machine->size, sizeof(size));
	size[ADDR_CHANNEL] = UINT64_C(1) << channel_bits;
	make(&map, t->mapping, size, UINT64_C(1) << t->machine->burst_bits);
	ck_assert_uint_eq(map.bytes, UINT64_C(1) << n_bits);
	for (unsigned i = 0; i < n_bits; i++)
		for (unsigned j = 0; j <= i; j++)
			compare(t, &map, channel_bits, UINT64_C(1) << i | UINT64_C(1) << j);
	for (unsigned i = 0; i < 10000; i++)
		compare(t, &map, channel_bits, random_below(&random, map.bytes));
}

START_TEST(test_bit_tables)
{
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (unsigned channel_bits = 0; channel_bits <= 4; channel_bits++)
			check_table(&tables[i], channel_bits);
}
END_TEST

/* All of row 0 comes before anything of row 1: each burst of each bank once. */
static void check_stripe(const char *text, const uint64_t *size)
{
	struct addrmap map;
	uint64_t n;
	bool *seen;

	make(&map, text, size, 32);
	n = map.bytes / size[ADDR_ROW] / 32;
	seen = xcalloc(n, sizeof(*seen));
	for (uint64_t i = 0; i < n; i++) {
		struct addr_place p;
		uint64_t at = 0;

		addrmap_place(&map, i * 32, &p);
		for (size_t f = ADDR_ROW + 1; f < N_ADDR_FIELDS; f++) {
			if (p.field[f] >= size[f])
				ck_abort_msg("%s: field %zu is %" PRIu32, text, f, p.field[f]);
			at = at * size[f] + p.field[f];
		}
		if (p.field[ADDR_ROW] != 0 || seen[at])
			ck_abort_msg("%s: burst %" PRIu64 " is met twice", text, i);
		seen[at] = true;
	}
	free(seen);
}

START_TEST(test_stripes)
{
	static const char *const any[] = {
		"default", "acc", "RoBaRaCoCh", "rorabgbachco", "rorabacobgch",
	};
	static const uint64_t counts[] = { 1, 2, 5, 6, 7, 12 };

	for (size_t f = ADDR_BANK; f < N_ADDR_FIELDS; f++) {
		for (size_t c = 0; c < ARRAY_SIZE(counts); c++) {
			uint64_t size[N_ADDR_FIELDS] = { 3, 4, 4, 16, 2, 2, 2, 2 };

			size[f] = counts[c];
			for (size_t i = 0; i < ARRAY_SIZE(any); i++)
				check_stripe(any[i], size);
		}
	}
	for (uint64_t bits = 0; bits < 128; bits++) {
		const uint64_t size[N_ADDR_FIELDS] = {
			3, 1 << (bits & 1) * 2, 1 << (bits >> 1 & 1) * 2, 1 << (bits >> 2 & 1) * 5,
			1 << (bits >> 3 & 1), 1 << (bits >> 4 & 1), 1 << (bits >> 5 & 1),
			1 << (bits >> 6 & 1),
		};

		check_stripe("MOP4CLXOR", size);
	}
	/* Fields by which nothing is XORed need no power of two. */
	check_stripe("MOP4CLXOR", (const uint64_t[]){ 5, 4, 2, 32, 2, 7, 6, 2 });
	check_stripe("MOP4CLXOR", (const uint64_t[]){ 5, 4, 4, 24, 1, 12, 5, 1 });
}
END_TEST

START_TEST(test_mop_wants_powers_of_two)
{
	const uint64_t size[N_ADDR_FIELDS] = { 8, 4, 4, 32, 2, 1, 1, 3 };
	struct addrmap map;
	struct err err = { 0 };

	ck_assert(!addrmap_init(&map, "MOP4CLXOR", size, 32, 32, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "sid has 3 values (expected a power of two)"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory mappings by name");
	TCase *tc = tcase_create("presets");

	tcase_add_test(tc, test_bit_tables);
	tcase_add_test(tc, test_stripes);
	tcase_add_test(tc, test_mop_wants_powers_of_two);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
