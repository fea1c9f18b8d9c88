/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol audit finds what is wrong: a memory whose every timing parameter in turn is
 * one clock too short is caught by the rule of that parameter, and hand-made command
 * sequences by the rule that they break; at the exact distance nothing is found.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "memory_bench.h"
#include "run/audit_dram.h"
#include "support/tap_main.h"

#define PACKETS 12000

#define SETTING(name) offsetof(struct machine, t_##name)

/* A parameter, its value in a machine on which it binds, and other settings of it. */
struct mutant {
	const char *rule; /* that must be named */
	size_t setting;
	uint64_t value;
	struct {
		size_t setting;
		uint64_t value;
	} also[3];
};

static const struct mutant mutants[] = {
	{ "nCL + burst + 2 - nCWL", SETTING(CL), 14, { { 0, 0 } } },
	{ "nCWL + burst", SETTING(CWL), 5, { { 0, 0 } } },
	{ "nRCDRD", SETTING(RCDRD), 14, { { 0, 0 } } },
	{ "nRCDWR", SETTING(RCDWR), 12, { { 0, 0 } } },
	{ "nRP", SETTING(RP), 14, { { SETTING(RC), 1 } } },
	{ "nRAS", SETTING(RAS), 34, { { SETTING(RC), 1 } } },
	{ "nRC", SETTING(RC), 80, { { 0, 0 } } },
	{ "nWR", SETTING(WR), 16, { { SETTING(RC), 1 }, { SETTING(RAS), 1 } } },
	{ "nRTP", SETTING(RTP), 5, { { SETTING(RC), 1 }, { SETTING(RAS), 1 } } },
	{ "nCCDS", SETTING(CCDS), 3, { { SETTING(CCDL), 3 } } },
	{ "nCCDL", SETTING(CCDL), 6, { { 0, 0 } } },
	{ "nRRDS", SETTING(RRDS), 8, { { SETTING(RRDL), 1 } } },
	{ "nRRDL", SETTING(RRDL), 14, { { 0, 0 } } },
	{ "nWTRS", SETTING(WTRS), 20, { { SETTING(WTRL), 1 } } },
	{ "nWTRL", SETTING(WTRL), 30, { { 0, 0 } } },
	{ "nFAW", SETTING(FAW), 60, { { 0, 0 } } },
	{ "nRFC", SETTING(RFC), 260, { { 0, 0 } } },
	{ "expected 1 to 1", SETTING(REFI), 3900, { { 0, 0 } } },
};

static void set(struct machine *m, size_t setting, uint64_t value)
{
	if (value > 0)
		*(uint64_t *)(void *)((char *)m + setting) = value;
}

/* Bursts of a few rows of all banks of one pseudo channel, in runs, read and written. */
static void fill(struct request *r)
{
	struct random random = { 99 };
	uint64_t at = 0;
	bool is_write = false;

	for (size_t i = 0; i < PACKETS; i++) {
		if (random_below(&random, 3) == 0)
			at = random_below(&random, 6 * 16) * 2 * 32 + random_below(&random, 32);
		if (random_below(&random, 6) == 0)
			is_write = !is_write;
		r[i] = (struct request){ .address = at++ * 32, .burst_mask = 1,
					 .is_write = is_write };
	}
	r[PACKETS - 1].at_ps = UINT64_C(500000000); /* a long rest, refreshed on the dot */
}

START_TEST(test_each_parameter_is_audited)
{
	const struct mutant *x = &mutants[_i];
	struct request *requests = xcalloc(PACKETS, sizeof(*requests));
	struct machine sound;
	struct bench b;

	fill(requests);
	bench_init(&b, 1);
	strcpy(b.machine.hbm_mapping, "row:bank:bankgroup:pseudo:channel:stack:column");
	b.machine.packet_bytes = 32;
	b.machine.hbm_write_high = 4;
	b.machine.hbm_write_low = 1;
	b.window = 80;
	for (size_t i = 0; i < ARRAY_SIZE(x->also); i++)
		set(&b.machine, x->also[i].setting, x->also[i].value);
	set(&b.machine, x->setting, x->value);
	sound = b.machine;
	b.audited = &sound;
	b.requests = requests;
	b.n = PACKETS;
	bench_run(&b);
	ck_assert_msg(*b.audit == '\0', "sound: %s", b.audit);
	bench_release(&b);

	set(&b.machine, x->setting, x->value - 1);
	bench_run(&b);
	ck_assert_msg(strstr(b.audit, x->rule) != NULL, "%s one short: \"%s\"", x->rule, b.audit);
	bench_release(&b);
	free(requests);
}
END_TEST

#define C(tick, name, bg, bank, row, column) { tick, 0, DRAM_##name, 0, 0, bg, bank, row, column }

/* The last command comes a tick too early, or is wrong at any tick (moved_by 0). */
struct sequence {
	const char *expected;
	unsigned is_timed; /* a tick later it is right */
	struct dram_command c[8];
};

static const struct sequence sequences[] = {
	{ "to a closed bank", 0, { C(100, RD, 0, 0, 0, 0) } },
	{ "to a closed bank", 0, { C(100, ACT, 0, 0, 5, 0), C(200, RD, 0, 1, 5, 0) } },
	{ "while row 5 is open", 0, { C(100, ACT, 0, 0, 5, 0), C(200, WR, 0, 0, 6, 0) } },
	{ "to an open bank", 0, { C(100, ACT, 0, 0, 5, 0), C(200, ACT, 0, 0, 5, 0) } },
	{ "to row 32768", 0, { C(100, ACT, 0, 0, 32768, 0) } },
	{ "to column 32", 0, { C(100, ACT, 0, 0, 5, 0), C(200, RD, 0, 0, 5, 32) } },
	{ "does not exist", 0, { C(100, ACT, 4, 0, 5, 0) } },
	{ "does not exist", 0, { C(100, ACT, 0, 4, 5, 0) } },
	{ "told after", 0, { C(100, ACT, 0, 0, 5, 0), C(99, PREpb, 1, 0, 0, 0) } },
	{ "row command bus is taken", 1, { C(100, ACT, 0, 0, 5, 0), C(101, PREpb, 1, 0, 0, 0) } },
	{ "column command bus is taken", 1,
	  { C(100, ACT, 0, 0, 5, 0), { 104, 0, DRAM_ACT, 1, 0, 0, 0, 5, 0 }, C(200, RD, 0, 0, 5, 0),
	    { 200, 0, DRAM_RD, 1, 0, 0, 0, 5, 0 } } },
	{ "with 1 banks open", 0, { C(100, ACT, 0, 0, 5, 0), C(3900, REFab, 0, 0, 0, 0) } },
	{ "when 0 are due", 1, { C(3899, REFab, 0, 0, 0, 0) } },
	{ "when 0 are due", 0, { C(3900, REFab, 0, 0, 0, 0), C(5000, REFab, 0, 0, 0, 0) } },
	{ "when 2 are due", 0, { C(7800, REFab, 0, 0, 0, 0) } },
	{ "nRFC", 1, { C(3900, REFab, 0, 0, 0, 0), C(4158, ACT, 0, 0, 5, 0) } },
	{ "nRP", 1, { C(3800, ACT, 0, 0, 5, 0), C(3900, PREab, 0, 0, 0, 0),
	    C(3913, REFab, 0, 0, 0, 0) } },
	{ "nRP", 1, { C(3800, ACT, 0, 0, 5, 0), C(3900, PREpb, 0, 0, 0, 0),
	    C(3913, REFab, 0, 0, 0, 0) } },
	{ "nRP", 1, { C(100, ACT, 0, 0, 5, 0), C(200, PREpb, 0, 0, 0, 0),
	    C(212, ACT, 0, 0, 5, 0) } },
	{ "nRP", 1, { C(100, ACT, 0, 0, 5, 0), C(200, PREab, 0, 0, 0, 0),
	    C(212, ACT, 1, 0, 5, 0) } },
	{ "nRAS", 1, { C(100, ACT, 0, 0, 5, 0), C(134, PREpb, 0, 0, 0, 0) } },
	{ "nRAS", 1, { C(100, ACT, 0, 0, 5, 0), C(134, PREab, 0, 0, 0, 0) } },
	{ "nRC", 1, { C(100, ACT, 0, 0, 5, 0), C(135, PREpb, 0, 0, 0, 0),
	    C(147, ACT, 0, 0, 6, 0) } },
	{ "nRRDS", 1, { C(100, ACT, 0, 0, 5, 0), C(103, ACT, 1, 0, 5, 0) } },
	{ "nRCDRD", 1, { C(100, ACT, 0, 0, 5, 0), C(114, RD, 0, 0, 5, 0) } },
	{ "nRCDWR", 1, { C(100, ACT, 0, 0, 5, 0), C(112, WR, 0, 0, 5, 0) } },
	{ "nCCDL", 1, { C(100, ACT, 0, 0, 5, 0), C(200, RD, 0, 0, 5, 0), C(203, RD, 0, 0, 5, 1) } },
	{ "nCCDL", 1, { C(100, ACT, 0, 0, 5, 0), C(200, WR, 0, 0, 5, 0), C(203, WR, 0, 0, 5, 1) } },
	{ "nCCDS", 1, { C(100, ACT, 0, 0, 5, 0), C(110, ACT, 1, 0, 5, 0), C(200, RD, 0, 0, 5, 0),
			C(201, RD, 1, 0, 5, 1) } },
	{ "nCCDS", 1, { C(100, ACT, 0, 0, 5, 0), C(110, ACT, 1, 0, 5, 0), C(200, WR, 0, 0, 5, 0),
			C(201, WR, 1, 0, 5, 1) } },
	{ "nWTRL", 1, { C(100, ACT, 0, 0, 5, 0), C(200, WR, 0, 0, 5, 0), C(214, RD, 0, 0, 5, 1) } },
	{ "nWTRS", 1, { C(100, ACT, 0, 0, 5, 0), C(110, ACT, 1, 0, 5, 0), C(200, WR, 0, 0, 5, 0),
			C(212, RD, 1, 0, 5, 1) } },
	{ "nCL + burst + 2", 1, { C(100, ACT, 0, 0, 5, 0), C(200, RD, 0, 0, 5, 0),
	    C(212, WR, 0, 0, 5, 1) } },
	{ "nRTP", 1, { C(100, ACT, 0, 0, 5, 0), C(200, RD, 0, 0, 5, 0),
	    C(204, PREpb, 0, 0, 0, 0) } },
	{ "nRTP", 1, { C(100, ACT, 0, 0, 5, 0), C(200, RD, 0, 0, 5, 0),
	    C(204, PREab, 0, 0, 0, 0) } },
	{ "nWR", 1, { C(100, ACT, 0, 0, 5, 0), C(200, WR, 0, 0, 5, 0),
	    C(222, PREpb, 0, 0, 0, 0) } },
	{ "nWR", 1, { C(100, ACT, 0, 0, 5, 0), C(200, WR, 0, 0, 5, 0),
	    C(222, PREab, 0, 0, 0, 0) } },
};

static void judge(const struct sequence *s, unsigned later, char *text, size_t size)
{
	struct machine m;
	struct audit_dram *a;
	size_t n = 0;

	config_defaults(&m);
	m.hbm_standard = HBM_STANDARD_hbm2;
	a = audit_dram_new(&m);
	while (n < ARRAY_SIZE(s->c) && s->c[n].tick > 0)
		n++;
	for (size_t i = 0; i < n; i++) {
		struct dram_command c = s->c[i];

		if (i == n - 1)
			c.tick += later;
		audit_dram_watch(a, &c);
	}
	audit_dram_close(a, 0, text, size);
	audit_dram_free(a);
}

START_TEST(test_sequences)
{
	const struct sequence *s = &sequences[_i];
	char text[256];

	judge(s, 0, text, sizeof(text));
	ck_assert_msg(strstr(text, s->expected) != NULL, "%s: \"%s\"", s->expected, text);
	judge(s, 1, text, sizeof(text));
	if (s->is_timed)
		ck_assert_msg(*text == '\0', "%s, a tick later: \"%s\"", s->expected, text);
	else
		ck_assert_str_ne(text, "");
}
END_TEST

/* Spacing that a setting allows does not make the bus wider. */
START_TEST(test_data_bus)
{
	static const struct dram_command c[] = {
		C(100, ACT, 0, 0, 5, 0), C(110, ACT, 1, 0, 5, 0), C(200, RD, 0, 0, 5, 0),
		C(201, RD, 1, 0, 5, 1),
	};
	struct machine m;
	struct audit_dram *a;
	char text[256];

	config_defaults(&m);
	m.hbm_standard = HBM_STANDARD_hbm2;
	m.t_CCDS = 1;
	a = audit_dram_new(&m);
	for (size_t i = 0; i < ARRAY_SIZE(c); i++)
		audit_dram_watch(a, &c[i]);
	audit_dram_close(a, 0, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "bus that is taken for 1 more"));
	audit_dram_free(a);
}
END_TEST

START_TEST(test_refreshes_that_never_came)
{
	struct machine m;
	struct audit_dram *a;
	char text[256];

	config_defaults(&m);
	m.hbm_standard = HBM_STANDARD_hbm2;
	a = audit_dram_new(&m);
	audit_dram_close(a, 7799999, text, sizeof(text)); /* one is due: allowed */
	ck_assert_str_eq(text, "");
	audit_dram_close(a, 7800000, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "ends with 2 refreshes due"));
	audit_dram_free(a);
	m.hbm_standard = HBM_STANDARD_IDEAL;
	a = audit_dram_new(&m);
	audit_dram_close(a, 7800000, text, sizeof(text));
	ck_assert_str_eq(text, "");
	audit_dram_free(a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory audit");
	TCase *tc = tcase_create("protocol");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_each_parameter_is_audited, 0, (int)ARRAY_SIZE(mutants));
	tcase_add_loop_test(tc, test_sequences, 0, (int)ARRAY_SIZE(sequences));
	tcase_add_test(tc, test_data_bus);
	tcase_add_test(tc, test_refreshes_that_never_came);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
