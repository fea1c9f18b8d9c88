/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plan files that were damaged or edited at random: each is refused in one line that names the
 * file, or it runs to its end with every audit in agreement.  Seeds are fixed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "planfile_bench.h"
#include "support/plan_draw.h"
#include "support/random_run.h"
#include "support/tap_main.h"

/* Longer plans would make each case slow. */
#define MAX_COMMANDS 200
#define N_PLANS 12
#define EDITS_A_PLAN 60
#define FLIPS_A_PLAN 150

struct rng {
	uint64_t state;
};

/* splitmix64: public domain, Sebastiano Vigna */
static uint64_t pick(struct rng *r, uint64_t n)
{
	uint64_t z = r->state += 0x9E3779B97F4A7C15;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return (z ^ z >> 31) % n;
}

/* A plan on which to work. */
struct victim {
	struct random_run run;
	struct graph *g;
	struct buf text;
	struct rng rng;
};

static bool is_short(const struct random_run *r, struct plan *p)
{
	unsigned n = 0;

	for (size_t k = 0; k < plan_n_kernels(p) && n <= MAX_COMMANDS; k++) {
		struct command c;

		plan_start_kernel(p, k);
		for (uint32_t core = 0; core < r->machine.core_count; core++)
			while (n <= MAX_COMMANDS && plan_next(p, core, &c))
				n++;
	}
	return n <= MAX_COMMANDS;
}

static bool victim_try(struct victim *v, uint64_t seed)
{
	struct err err = {.code = ERR_NONE};
	struct plan *p;
	bool is_good;

	*v = (struct victim){.rng = {seed}};
	random_small(&v->run, seed);
	v->run.machine.core_count = 1 + v->run.machine.core_count % 3;
	v->g = draw_graph((const char *const *)v->run.lines);
	p = plan_new(v->g, &v->run.machine, SCHEDULE_TRACE, &err);
	is_good = p != NULL && is_short(&v->run, p);
	if (is_good)
		bench_plan_text(v->g, &v->run.machine, p, &v->text);
	plan_free(p);
	return is_good;
}

static void victim_release(struct victim *v)
{
	graph_free(v->g);
	buf_release(&v->text);
	random_release(&v->run);
}

/* The number-th of the short plans. */
static void victim_init(struct victim *v, unsigned number)
{
	for (uint64_t seed = 1000;; seed++) {
		if (victim_try(v, seed) && number-- == 0)
			return;
		victim_release(v);
	}
}

/* Refused, in a line that begins with the file's name, or right: true. */
static bool try_text(struct victim *v, const char *what, const char *text, size_t len)
{
	struct err err;
	struct plan *p = bench_plan_of(v->g, &v->run.machine, text, len, &err);
	bool is_right = p != NULL;

	if (is_right) {
		bool ok = bench_run(v->g, &v->run.machine, p, NULL, &err);

		ck_assert_msg(ok || err.code == ERR_LIMIT, "seed %" PRIu64 ", %s: %s", v->run.seed,
			      what, err.text);
	} else {
		ck_assert_msg(err.code == ERR_INPUT || err.code == ERR_LIMIT ||
				      err.code == ERR_WORKLOAD,
			      "%s: %d: %s", what, err.code, err.text);
		ck_assert_msg(strncmp(err.text, BENCH_PLAN ":", sizeof(BENCH_PLAN)) == 0, "%s: %s",
			      what, err.text);
		ck_assert_ptr_null(strchr(err.text, '\n'));
	}
	plan_free(p);
	return is_right;
}

START_TEST(what_is_cut_is_refused)
{
	struct victim v;

	victim_init(&v, (unsigned)_i);
	ck_assert(try_text(&v, "whole", v.text.data, v.text.len));
	ck_assert(try_text(&v, "no last end of line", v.text.data, v.text.len - 1));
	for (size_t len = 0; len < v.text.len - 1; len += 1 + pick(&v.rng, 20))
		ck_assert_msg(!try_text(&v, "cut", v.text.data, len), "%zu of %zu bytes", len,
			      v.text.len);
	victim_release(&v);
}
END_TEST

START_TEST(flipped_bytes_are_refused_or_harmless)
{
	struct victim v;

	victim_init(&v, (unsigned)_i);
	for (unsigned i = 0; i < FLIPS_A_PLAN; i++) {
		char *text = xmalloc(v.text.len), name[64];
		size_t at = pick(&v.rng, v.text.len);

		memcpy(text, v.text.data, v.text.len);
		text[at] = (char)(pick(&v.rng, 2) ? text[at] ^ 1 << pick(&v.rng, 8)
						  : (int)pick(&v.rng, 256));
		snprintf(name, sizeof(name), "byte %zu is now %02x", at, (unsigned char)text[at]);
		try_text(&v, name, text, v.text.len);
		free(text);
	}
	victim_release(&v);
}
END_TEST

/* Lines of a text, to be edited. */
struct text_lines {
	char **v;
	size_t n, capacity;
};

static void cut_lines(struct text_lines *l, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		GROW(l->v, l->n, l->capacity);
		l->v[l->n++] = xstrndup(text, len);
		text += len + (text[len] == '\n');
	}
}

static void free_lines(struct text_lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
}

static void delete_line(struct text_lines *l, size_t at)
{
	free(l->v[at]);
	memmove(&l->v[at], &l->v[at + 1], (l->n - at - 1) * sizeof(char *));
	l->n--;
}

static void insert_line(struct text_lines *l, size_t at, const char *text)
{
	char *line = xstrdup(text);

	GROW(l->v, l->n, l->capacity);
	memmove(&l->v[at + 1], &l->v[at], (l->n - at) * sizeof(char *));
	l->v[at] = line;
	l->n++;
}

/* Another number in the place of one of the line's. */
static void edit_number(struct rng *r, char **line)
{
	static const char *const extremes[] = {"0", "1", "18446744073709551615",
					       "9223372036854775808", "4294967296"};
	size_t n = 0, chosen;
	struct buf to = BUF_INIT;
	char *at = *line, *end;
	uint64_t value;

	for (at += strcspn(at, "0123456789"); *at != '\0'; at += strcspn(at, "0123456789"), n++)
		at += strspn(at, "0123456789");
	if (n == 0)
		return;
	chosen = pick(r, n);
	for (at = *line, at += strcspn(at, "0123456789"); chosen > 0; chosen--) {
		at += strspn(at, "0123456789");
		at += strcspn(at, "0123456789");
	}
	value = strtoull(at, &end, 10);
	buf_add(&to, *line, (size_t)(at - *line));
	switch (pick(r, 4)) {
	case 0:
		buf_puts(&to, extremes[pick(r, ARRAY_SIZE(extremes))]);
		break;
	case 1:
		buf_printf(&to, "%" PRIu64, value + 1);
		break;
	case 2:
		buf_printf(&to, "%" PRIu64, value - (value > 0));
		break;
	default:
		buf_printf(&to, "%" PRIu64, pick(r, 2 * value + 2));
	}
	buf_puts(&to, end);
	free(*line);
	*line = xstrdup(to.data);
	buf_release(&to);
}

/* Drops an option, mostly after= or traffic=. */
static void drop_option(struct rng *r, char **line)
{
	static const char *const options[] = {
		" after=", " traffic=", " multicast=", " in=", " slots=", " bytes="};
	char *at = strstr(*line, options[pick(r, 2 + pick(r, ARRAY_SIZE(options) - 1))]);

	if (at == NULL)
		return;
	at++;
	memmove(at - 1, at + strcspn(at, " "), strlen(at + strcspn(at, " ")) + 1);
}

static void edit(struct rng *r, struct text_lines *l)
{
	size_t at = 3 + pick(r, l->n - 3), other = 3 + pick(r, l->n - 3);
	char *line;

	switch (pick(r, 6)) {
	case 0:
		delete_line(l, at);
		break;
	case 1:
		insert_line(l, other, l->v[at]);
		break;
	case 2:
		line = xstrdup(l->v[at]);
		delete_line(l, at);
		insert_line(l, pick(r, 2) ? other - (other > at) : (at < l->n ? at + 1 : at), line);
		free(line);
		break;
	case 3:
		drop_option(r, &l->v[at]);
		break;
	default:
		edit_number(r, &l->v[at]);
	}
}

START_TEST(edited_plans_are_refused_or_run)
{
	struct victim v;

	victim_init(&v, (unsigned)_i);
	for (unsigned i = 0; i < EDITS_A_PLAN; i++) {
		struct text_lines l = {.v = NULL};
		struct buf text = BUF_INIT;

		cut_lines(&l, v.text.data);
		for (uint64_t n = 1 + pick(&v.rng, 3); n > 0 && l.n > 4; n--)
			edit(&v.rng, &l);
		for (size_t j = 0; j < l.n; j++)
			buf_printf(&text, "%s\n", l.v[j]);
		try_text(&v, "edited", text.data, text.len);
		buf_release(&text);
		free_lines(&l);
	}
	victim_release(&v);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("planfile_fuzz");
	TCase *fuzz = tcase_create("fuzz");

	tcase_set_timeout(fuzz, 60);
	tcase_add_checked_fixture(fuzz, bench_enter, bench_leave);
	tcase_add_loop_test(fuzz, what_is_cut_is_refused, 0, N_PLANS);
	tcase_add_loop_test(fuzz, flipped_bytes_are_refused_or_harmless, 0, N_PLANS);
	tcase_add_loop_test(fuzz, edited_plans_are_refused_or_run, 0, N_PLANS);
	suite_add_tcase(suite, fuzz);
	return suite;
}

int main(void)
{
	return tap_main(make_suite());
}
