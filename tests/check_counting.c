/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counted by the rules of Kim et al., the traces of BERT and GPT-2 give the tables and figures
 * that the paper prints, to the printed digits; its misprints are named here and held to be
 * misprints.
 */
#include "support/graph_make.h"
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/counting.h"

/* The parts, their sum as in the tables, and as in the figures. */
enum { TOTAL = N_COUNTING_PARTS, N_ROWS };
static const char *const part_names[] = {
#define X(NAME, text) text,
	COUNTING_PART_LIST(X)
#undef X
	"Total",
};

static void count(const char *model, const char *keys, struct counting rows[N_ROWS])
{
	struct graph *g = graph_make(model, keys);
	struct err err = { .code = ERR_NONE };

	ck_assert_msg(counting_collect("kim2023", g, rows, &err), "%s", err.text);
	memset(&rows[TOTAL], 0, sizeof(rows[TOTAL]));
	for (unsigned i = 0; i < N_COUNTING_PARTS; i++) {
		rows[TOTAL].flops += rows[i].flops;
		rows[TOTAL].half_mops += rows[i].half_mops;
	}
	graph_free(g);
}

/*
 * A sequence that GPT-2 generates: counts of a token are linear in the positions that it attends
 * to, so those of `seq` tokens are seq / 2 times those of the two in the middle.
 */
static void count_generation(unsigned seq, struct counting rows[N_ROWS])
{
	char keys[64];

	snprintf(keys, sizeof(keys), "phase=decode logits=none dtype=i8 seq=%u new_tokens=2",
		 seq / 2 - 1);
	count("gpt2", keys, rows);
	for (unsigned i = 0; i < N_ROWS; i++) {
		rows[i].flops *= seq / 2;
		rows[i].half_mops *= seq / 2;
	}
}

START_TEST(the_middle_stands_for_a_sequence)
{
	struct counting middle[N_ROWS], all[N_ROWS];

	count_generation(64, middle);
	count("gpt2", "phase=decode seq=0 new_tokens=64", all);
	for (unsigned i = 0; i < N_ROWS; i++) {
		ck_assert_uint_eq(all[i].flops, middle[i].flops);
		ck_assert_uint_eq(all[i].half_mops, middle[i].half_mops);
	}
}
END_TEST

static void count_model(const char *model, unsigned seq, struct counting rows[N_ROWS])
{
	char keys[64];

	if (strcmp(model, "GPT-2") == 0) {
		count_generation(seq, rows);
		return;
	}
	snprintf(keys, sizeof(keys), "dtype=i8 seq=%u size=%s heads=%u", seq,
		 strcmp(model, "BERT-Large") == 0 ? "large" : "base",
		 strcmp(model, "BERT-Base-4head") == 0 ? 4 : 0);
	count("bert", keys, rows);
}

/* `numerator` / `denominator` in the digits of `printed`, rounded or cut: the paper does either. */
static bool is_printed(uint64_t numerator, uint64_t denominator, const char *printed)
{
	const char *point = strchr(printed, '.');
	uint64_t scale = 1, digits = 0, quotient;

	for (const char *at = printed; *at; at++) {
		if (*at == '.')
			continue;
		digits = 10 * digits + (uint64_t)(*at - '0');
		scale *= point && at > point ? 10 : 1;
	}
	ck_assert_uint_lt(numerator, UINT64_MAX / scale / 2);
	quotient = numerator * scale / denominator;
	return digits == quotient ||
	       (2 * (numerator * scale - quotient * denominator) >= denominator &&
		digits == quotient + 1);
}

static const struct misprint {
	const char *model, *part, *column;
	unsigned seq;
} misprints[] = {
	{ "BERT-Base", "MHA_act2act", "gmops", 128 },     /* Table 10's, with four heads */
	{ "BERT-Base-4head", "FFN_proj", "gflops", 128 }, /* 14.47, Table 3 has 14.50 */
	/* 266 and 235, rounded up from 265.1 and 234.5 */
	{ "BERT-Large", "Figure", "flops_per_mop", 512 },
	{ "BERT-Large", "Figure", "flops_per_mop", 1024 },
};

static bool is_misprint(const char *model, unsigned seq, const char *part, const char *column)
{
	for (size_t i = 0; i < ARRAY_SIZE(misprints); i++)
		if (strcmp(misprints[i].model, model) == 0 && misprints[i].seq == seq &&
		    strcmp(misprints[i].part, part) == 0 &&
		    strcmp(misprints[i].column, column) == 0)
			return true;
	return false;
}

struct line {
	char model[24], part[24], gflops[16], gmops[16], intensity[16];
	unsigned seq;
};

static void check_cell(const struct line *l, const char *column, const char *printed,
		       uint64_t numerator, uint64_t denominator)
{
	ck_assert_msg(is_printed(numerator, denominator, printed) !=
			      is_misprint(l->model, l->seq, l->part, column),
		      "%s, %u, %s, %s: %" PRIu64 " / %" PRIu64 ", printed %s", l->model, l->seq,
		      l->part, column, numerator, denominator, printed);
}

/* The figures' BERT-Large lacks one of the four projections of each layer: its operations and
 * its weights. */
static struct counting as_in_the_figures(const struct line *l, const struct counting *total)
{
	const uint64_t layers = 24, d = 1024;
	struct counting c = *total;

	if (strcmp(l->model, "BERT-Large") == 0) {
		c.flops -= layers * 2 * l->seq * d * d;
		c.half_mops -= layers * 2 * d * d;
	}
	return c;
}

static void check_line(const struct line *l)
{
	struct counting rows[N_ROWS], c;
	unsigned part = 0;

	count_model(l->model, l->seq, rows);
	if (strcmp(l->part, "Figure") == 0) {
		c = as_in_the_figures(l, &rows[TOTAL]);
	} else {
		while (strcmp(part_names[part], l->part) != 0)
			ck_assert_uint_lt(++part, N_ROWS);
		c = rows[part];
	}
	check_cell(l, "gflops", l->gflops, c.flops, 1000000000);
	check_cell(l, "gmops", l->gmops, c.half_mops, 2000000000);
	check_cell(l, "flops_per_mop", l->intensity, 2 * c.flops, c.half_mops);
}

START_TEST(the_printed_tables)
{
	const char *source = getenv("TOP_SRCDIR");
	char path[4096], text[256];
	unsigned lines = 0;
	FILE *table;

	snprintf(path, sizeof(path), "%s/tests/data/tables/kim2023.csv", source ? source : ".");
	table = fopen(path, "r");
	ck_assert_ptr_nonnull(table);
	while (fgets(text, sizeof(text), table)) {
		struct line l;

		if (*text == '#' || strncmp(text, "model,", 6) == 0)
			continue;
		ck_assert_int_eq(sscanf(text, "%23[^,],%u,%23[^,],%15[^,],%15[^,],%15s", l.model,
					&l.seq, l.part, l.gflops, l.gmops, l.intensity),
				 6);
		check_line(&l);
		lines++;
	}
	ck_assert_uint_eq(lines, 63);
	fclose(table);
}
END_TEST

/* One layer by hand: 2 tokens, 768 channels, 12 heads, 3072 between the products. */
START_TEST(a_layer_by_hand)
{
	const uint64_t l = 2, d = 768, f = 3072, h = 12, dh = 64;
	struct counting c[N_ROWS];

	count("bert", "seq=2", c);
	ck_assert_uint_eq(c[COUNTING_MHA_PROJ].flops, 12 * 4 * 2 * l * d * d);
	ck_assert_uint_eq(c[COUNTING_MHA_PROJ].half_mops, 2 * 12 * 4 * (2 * l * d + d * d));
	ck_assert_uint_eq(c[COUNTING_ACT2ACT].flops,
			  12 * h * (l * l * (2 * dh - 1) + l * dh * (2 * l - 1)));
	ck_assert_uint_eq(c[COUNTING_ACT2ACT].half_mops, 2 * 12 * h * 2 * (2 * l * dh + l * l));
	ck_assert_uint_eq(c[COUNTING_FFN_PROJ].flops, 12 * 2 * 2 * l * d * f);
	ck_assert_uint_eq(c[COUNTING_FFN_PROJ].half_mops, 2 * 12 * 2 * (l * d + d * f + l * f));
	ck_assert_uint_eq(c[COUNTING_OTHER].flops, 12 * (4 * h * l * l + 58 * l * d));
	ck_assert_uint_eq(c[COUNTING_OTHER].half_mops,
			  2 * 12 * (2 * h * l * l + 17 * l * d + 4 * d));
}
END_TEST

/* A table has no row for what the rules do not cover. */
START_TEST(other_traces_are_refused)
{
	static const struct {
		const char *model, *rules, *part;
		enum err_code code;
	} t[] = {
		{ "llama", "kim2023", "have none for rmsnorm", ERR_INPUT },
		{ "mobilenet-v2", "kim2023", "the trace has none", ERR_INPUT },
		{ "bert", "kim", "found 'kim', expected kim2023", ERR_USAGE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct graph *g = graph_make(t[i].model, "");
		struct counting parts[N_COUNTING_PARTS];
		struct err err = { .code = ERR_NONE };

		ck_assert(!counting_collect(t[i].rules, g, parts, &err));
		ck_assert_int_eq(err.code, t[i].code);
		ck_assert_msg(strstr(err.text, t[i].part) != NULL, "%s", err.text);
		graph_free(g);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("counting");
	TCase *tc = tcase_create("counting");

	tcase_add_test(tc, a_layer_by_hand);
	tcase_add_test(tc, the_middle_stands_for_a_sequence);
	tcase_add_test(tc, the_printed_tables);
	tcase_add_test(tc, other_traces_are_refused);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
