/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address mappings: every one is a bijection, tried on every address of small memories;
 * packets stay in one pseudo channel and row; the default spreads the pitches of tiles.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/addrmap.h"
#include "support/tap_main.h"

#define BURST 32

/* In the order of enum addr_field: row, bank, bankgroup, column, pseudo, channel, stack, sid. */
static const uint64_t small[N_ADDR_FIELDS] = { 3, 4, 4, 32, 2, 3, 2, 1 };
static const uint64_t tall[N_ADDR_FIELDS] = { 3, 4, 4, 32, 2, 1, 2, 3 };
static const uint64_t ascend[N_ADDR_FIELDS] = { 32768, 4, 4, 32, 2, 8, 8, 1 };

static void make(struct addrmap *map, const char *text, const uint64_t *size, uint64_t packet)
{
	struct err err = { 0 };

	ck_assert_msg(addrmap_init(map, text, size, BURST, packet, &err), "%s: %s", text, err.text);
}

static uint64_t index_of(const struct addrmap *map, const struct addr_place *p)
{
	uint64_t index = 0;

	for (unsigned f = 0; f < N_ADDR_FIELDS; f++) {
		if (p->field[f] >= map->size[f])
			ck_abort_msg("field %u is %" PRIu32, f, p->field[f]);
		index = index * map->size[f] + p->field[f];
	}
	return index;
}

static void check_bijection(const char *text, const uint64_t *size)
{
	struct addrmap map;
	uint64_t n;
	bool *seen;

	make(&map, text, size, 512);
	n = map.bytes / BURST;
	seen = xcalloc(n, sizeof(*seen));
	for (uint64_t i = 0; i < n; i++) {
		struct addr_place p;
		uint64_t at;

		addrmap_place(&map, i * BURST + i % BURST, &p); /* any byte of the burst */
		at = index_of(&map, &p);
		if (seen[at])
			ck_abort_msg("%s: burst %" PRIu64 " collides", text, i);
		seen[at] = true;
	}
	free(seen);
}

START_TEST(test_bijections)
{
	static const char *const texts[] = {
		"default",
		"row:bank:column/8:stack:channel:pseudo:column/4:bankgroup",
		"row:column:bank:bankgroup:stack:channel:pseudo",
		"stack:channel:pseudo:row:bank:bankgroup:column",
		"row+:bank+:bankgroup+:column+:stack+:channel+:pseudo+",
		"row:bank+:stack+:bankgroup/2+:channel+:column/2:pseudo+:column:bankgroup/2",
		"channel+:row:pseudo+:stack:bank:bankgroup:column/16:column/2",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		check_bijection(texts[i], small);
	for (uint64_t stacks = 1; stacks <= 6; stacks++) {
		uint64_t size[N_ADDR_FIELDS] = { 5, 4, 4, 32, 2, 1, stacks, 1 };

		check_bijection("default", size);
	}
}
END_TEST

START_TEST(test_digits)
{
	struct addrmap map;
	struct addr_place p;
	uint64_t address;

	make(&map, "row:bank:column/8:stack:channel:pseudo:column/4:bankgroup", ascend, 512);
	ck_assert_uint_eq(map.bytes, UINT64_C(64) << 30);
	address = (((((((uint64_t)77 * 4 + 2) * 8 + 5) * 8 + 6) * 8 + 3) * 2 + 1) * 4 + 2) * 4 + 3;
	addrmap_place(&map, address * BURST, &p);
	ck_assert_uint_eq(p.field[ADDR_ROW], 77);
	ck_assert_uint_eq(p.field[ADDR_BANK], 2);
	ck_assert_uint_eq(p.field[ADDR_COLUMN], 5 * 4 + 2);
	ck_assert_uint_eq(p.field[ADDR_STACK], 6);
	ck_assert_uint_eq(p.field[ADDR_CHANNEL], 3);
	ck_assert_uint_eq(p.field[ADDR_PSEUDO], 1);
	ck_assert_uint_eq(p.field[ADDR_BANKGROUP], 3);
}
END_TEST

static bool is_at(const struct addrmap *map, const struct addr_pattern *pattern,
		  const struct addr_place *first, const struct addr_place *p, uint32_t bank,
		  uint32_t column)
{
	return addr_flat_bank(map, p) == addr_step(pattern, addr_flat_bank(map, first), bank) &&
	       p->field[ADDR_COLUMN] == addr_step(pattern, first->field[ADDR_COLUMN], column) &&
	       p->field[ADDR_ROW] == first->field[ADDR_ROW] &&
	       p->field[ADDR_PSEUDO] == first->field[ADDR_PSEUDO] &&
	       p->field[ADDR_CHANNEL] == first->field[ADDR_CHANNEL] &&
	       p->field[ADDR_STACK] == first->field[ADDR_STACK];
}

/* A packet's pattern says where each of its bursts lies, wherever the packet lies. */
static void check_pattern(const char *text, uint64_t packet)
{
	struct addrmap map;
	struct addr_pattern pattern;
	struct err err = { 0 };

	make(&map, text, small, packet);
	ck_assert_msg(addrmap_pattern(&map, packet, &pattern, &err), "%s", err.text);
	ck_assert_uint_eq(pattern.n_bursts, packet / BURST);
	for (uint64_t address = 0; address < map.bytes; address += packet) {
		struct addr_place first, p;

		addrmap_place(&map, address, &first);
		for (unsigned k = 0; k < pattern.n_banks; k++) {
			for (unsigned i = 0; i < pattern.n_bursts; i++) {
				if (!(pattern.bursts[k] >> i & 1))
					continue;
				addrmap_place(&map, address + i * BURST, &p);
				if (!is_at(&map, &pattern, &first, &p, pattern.bank[k],
					   pattern.column[i]))
					ck_abort_msg("%s: burst %u of packet %" PRIu64, text, i,
						     address);
			}
		}
	}
}

START_TEST(test_patterns)
{
	for (uint64_t packet = 32; packet <= 2048; packet *= 2)
		check_pattern("default", packet);
	check_pattern("row:bank:column/8:stack:channel:pseudo:column/4:bankgroup", 512);
	check_pattern("row:stack:channel:pseudo:column/4:bank:column/2:bankgroup/2:column/4:"
		      "bankgroup", 2048);
}
END_TEST

/* XORs keep packets whole where they move all bursts of one alike, or only among banks. */
START_TEST(test_xored_patterns)
{
	check_pattern("row:bank^row.0:bankgroup^row.0:column:stack:channel:pseudo:column/8", 256);
	check_pattern("row:bank^column.3:bankgroup:column:stack:channel:pseudo^column.3:column/8",
		      256);
	check_pattern("row:bank:column:stack:channel:pseudo:column/4:bankgroup^row.0", 512);
	check_pattern("row:bank:column:stack:channel:pseudo:column/4:bankgroup^column.1", 512);
	check_pattern("row:bank:bankgroup^column.1:column:stack:channel:pseudo:column/16", 512);
	check_pattern("row:bank:bankgroup:stack:channel:pseudo:column^bank.0", 1024);
	check_pattern("row:stack:channel:pseudo:column^bankgroup.0:bank/2:bankgroup:bank/2", 512);
}
END_TEST

START_TEST(test_stack_ids)
{
	static const char *const texts[] = {
		"default",
		"acc",
		"row:column:bank:bankgroup:stack:channel:pseudo:sid",
		"row+:bank+:sid+:bankgroup+:column+:stack+:channel+:pseudo+",
		"row:bankgroup^sid.1:bank^row.0:sid:column:stack:pseudo^sid.0",
	};
	struct addrmap map;
	struct addr_place p = { { 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		check_bijection(texts[i], tall);
	make(&map, "default", tall, 512);
	p.field[ADDR_SID] = 2;
	p.field[ADDR_BANKGROUP] = 1;
	p.field[ADDR_BANK] = 3;
	ck_assert_uint_eq(addr_flat_bank(&map, &p), (2 * 4 + 1) * 4 + 3);
	/* Of all that may change, the stack ID changes last in the default. */
	addrmap_place(&map, map.bytes / 9 - BURST, &p);
	ck_assert_uint_eq(p.field[ADDR_SID], 0);
	addrmap_place(&map, map.bytes / 9, &p);
	ck_assert_uint_eq(p.field[ADDR_SID], 1);
	ck_assert_uint_eq(p.field[ADDR_ROW], 0);
}
END_TEST

/* A field of one value needs no part, and changes no place if it has one. */
START_TEST(test_empty_fields)
{
	struct addrmap with, without;

	make(&with, "row:sid:bank+:bankgroup:column:stack+:channel+:pseudo+:column/8:bankgroup/2",
	     ascend, 512);
	make(&without, "row:bank+:bankgroup:column:stack+:channel+:pseudo+:column/8:bankgroup/2",
	     ascend, 512);
	for (uint64_t i = 0; i < 100000; i++) {
		uint64_t address = i * 719933 * BURST % with.bytes;
		struct addr_place p, q;

		addrmap_place(&with, address, &p);
		addrmap_place(&without, address, &q);
		ck_assert_mem_eq(&p, &q, sizeof(p));
	}
}
END_TEST

static void refuse_on(const char *text, const uint64_t *size, uint64_t packet, const char *expected)
{
	struct addrmap map;
	struct addr_pattern pattern;
	struct err err = { 0 };

	ck_assert_msg(!(addrmap_init(&map, text, size, BURST, packet, &err) &&
			addrmap_pattern(&map, packet, &pattern, &err)), "%s was taken", text);
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_msg(strstr(err.text, expected) != NULL, "%s: %s", text, err.text);
	ck_assert_msg(strlen(err.text) < 400, "%s", err.text);
}

static void refuse(const char *text, uint64_t packet, const char *expected)
{
	refuse_on(text, small, packet, expected);
}

START_TEST(test_refusals)
{
	refuse("row:bank:bankgroup:column:pseudo:channel", 32, "field stack");
	refuse("row:bank:bankgroup:column:pseudo:channel:stack:rank", 32, "part \"rank\" names no");
	refuse("row:bank:bankgroup:column:pseudo:channel:stack:", 32, "\"\"");
	refuse("", 32, "unknown mapping \"\"");
	refuse("Default", 32, "one of default, acc, RoBaRaCoCh, MOP4CLXOR, rorabgbachco, ");
	refuse(":", 32, "part \"\" names no field");
	refuse("row:row:bank:bankgroup:column:pseudo:channel:stack", 32, "row stands twice");
	refuse("row:bank:bankgroup:column/5:column:pseudo:channel:stack", 32, "field column");
	refuse("row:bank:bankgroup:column/64:pseudo:channel:stack", 32, "field column");
	refuse("row:bank:bankgroup:column/0:column:pseudo:channel:stack", 32, "no size");
	refuse("row:bank:bankgroup:column/:column:pseudo:channel:stack", 32, "no number");
	refuse("row:bank:bankgroup:column/4x:column:pseudo:channel:stack", 32, "after its end");
	refuse("row:bank:bankgroup:column/99999999999999999999:pseudo:channel:stack", 32,
	       "part \"column/99999999999999999999\" has a number above 2^30");
	refuse("row:bank:bankgroup:column/1073741824:column/1073741824:column/1073741824", 32,
	       "field column");
	refuse("row:bank:bankgroup:column:stack:channel:pseudo", 64, "leaves its pseudo channel");
	refuse("stack:channel:pseudo:bank:bankgroup:column:row", 64, "leaves its pseudo channel");
	refuse("row:stack:channel:pseudo:column:bank:bankgroup+", 64, "leaves its pseudo channel");
	refuse("default", 4096, "1 to 64 bursts");
	refuse("default", 16, "1 to 64 bursts");
}
END_TEST

START_TEST(test_xor_refusals)
{
	refuse("row:bank:bankgroup:column:stack:channel^row.0:pseudo", 32, "power of two");
	refuse("row:bank/2^row.0:bank:bankgroup:column:stack:channel:pseudo", 32,
	       "found 2 values, expected 4");
	refuse("row:bank+^row.0:bankgroup:column:stack:channel:pseudo", 32, "both + and ^");
	refuse("row:bank^row.0+:bankgroup:column:stack:channel:pseudo", 32, "both + and ^");
	refuse("row:bank^row.0^row.1:bankgroup:column:stack:channel:pseudo", 32, "after its end");
	refuse("row:bank^rank.0:bankgroup:column:stack:channel:pseudo", 32, "names no field");
	refuse("row:bank^:bankgroup:column:stack:channel:pseudo", 32, "names no field");
	refuse("row:bank^row:bankgroup:column:stack:channel:pseudo", 32, "how many bits");
	refuse("row:bank^row.:bankgroup:column:stack:channel:pseudo", 32, "no number");
	refuse("row:bank^row.x:bankgroup:column:stack:channel:pseudo", 32, "no number");
	refuse("row:bank^row.2:bankgroup:column:stack:channel:pseudo", 32, "nothing of the 3");
	refuse("row:bank^row.64:bankgroup:column:stack:channel:pseudo", 32, "nothing of the 3");
	refuse("row:bank^row.4294967296:bankgroup:column:stack:channel:pseudo", 32, "above 2^30");
	refuse("row:bank^sid.1:bankgroup:column:stack:channel:pseudo", 32, "nothing of the 1");
	refuse("row:bank^bank.0:bankgroup:column:stack:channel:pseudo", 32, "bank has a + or ^");
	refuse("row:bank^bankgroup.0:bankgroup^row.0:column:stack:channel:pseudo", 32,
	       "bankgroup has a + or ^");
	refuse("row:bank^column.0:bankgroup:column/8+:stack:channel:pseudo:column", 32,
	       "column has a + or ^");
}
END_TEST

START_TEST(test_xored_packets_that_leave)
{
	refuse("row:bank:bankgroup:stack:channel:pseudo^column.2:column", 256,
	       "lower dma.packet_bytes to 128");
	refuse("row:bank:bankgroup:stack^column.4:channel:pseudo:column", 1024,
	       "lower dma.packet_bytes to 512");
	refuse("row:bank:column:stack:channel:pseudo^bankgroup.1:column/4:bankgroup/4:column/2",
	       512, "lower dma.packet_bytes to 128");
	refuse_on("MOP4CLXOR", (const uint64_t[]){ 4, 4, 4, 32, 2, 1, 1, 1 }, 64,
		  "lower dma.packet_bytes to 32");
	/* Banks of a packet are a step from the first's only where groups start at powers of 2. */
	refuse_on("row:bank:column:stack:channel:pseudo:bankgroup^row.0",
		  (const uint64_t[]){ 4, 3, 4, 32, 2, 1, 1, 1 }, 64,
		  "lower dma.packet_bytes to 32");
}
END_TEST

/* However long or strange, one short line. */
START_TEST(test_hostile_texts)
{
	static const char *const pieces[] = {
		"row:", ":", "^", "bank^", "bank^row.", "column/2:", "(row", "row^row.0:", "+", "9",
		"row/1:", "sid:", "\xff", "\n", "%s%n", "stack/18446744073709551615:",
	};
	char text[4096];

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		size_t len = strlen(pieces[i]);

		for (size_t at = 0; at < sizeof(text) - 1; at++)
			text[at] = pieces[i][at % len];
		text[sizeof(text) - 1] = '\0';
		refuse(text, 32, "hbm.mapping: ");
	}
}
END_TEST

/*
 * Tiles: `rows` runs of one packet, a pitch apart.  The most that fall on one of the 128
 * pseudo channels, in multiples of what is even.
 */
static uint64_t crowding_percent(const char *text, uint64_t pitch, uint64_t runs)
{
	struct addrmap map;
	uint64_t hits[128] = { 0 }, most = 0;

	make(&map, text, ascend, 512);
	for (uint64_t i = 0; i < runs; i++) {
		struct addr_place p;

		addrmap_place(&map, i * pitch % map.bytes / 512 * 512, &p);
		hits[(p.field[ADDR_STACK] * 8 + p.field[ADDR_CHANNEL]) * 2 +
		     p.field[ADDR_PSEUDO]]++;
	}
	for (unsigned i = 0; i < 128; i++)
		most = max_u64(most, hits[i]);
	return most * 100 / ceil_div_u64(runs, 128);
}

START_TEST(test_default_spreads_pitches)
{
	static const uint64_t widths[] = { 90, 180, 360, 720, 128, 256, 512, 1024 };

	for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
		for (uint64_t pixel = 128; pixel <= 2048; pixel *= 2) {
			uint64_t pitch = widths[w] * pixel;

			if (pitch >= 512)
				ck_assert_uint_le(crowding_percent("default", pitch, 1024), 200);
		}
	}
	for (uint64_t pitch = 512; pitch <= UINT64_C(1) << 25; pitch *= 2)
		ck_assert_uint_le(crowding_percent("default", pitch, 1024), 200);
	/* What it is for: without skew a pitch of 64 KiB meets one pseudo channel only. */
	ck_assert_uint_eq(crowding_percent("row:bank:bankgroup:column:stack:channel:pseudo:"
					   "column/8:bankgroup/2", 65536, 1024), 12800);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory addresses");
	TCase *tc = tcase_create("mapping");

	tcase_add_test(tc, test_bijections);
	tcase_add_test(tc, test_digits);
	tcase_add_test(tc, test_patterns);
	tcase_add_test(tc, test_xored_patterns);
	tcase_add_test(tc, test_stack_ids);
	tcase_add_test(tc, test_empty_fields);
	tcase_add_test(tc, test_refusals);
	tcase_add_test(tc, test_xor_refusals);
	tcase_add_test(tc, test_xored_packets_that_leave);
	tcase_add_test(tc, test_hostile_texts);
	tcase_add_test(tc, test_default_spreads_pitches);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
