/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol audit of a run finds what is wrong: a memory whose every timing parameter in
 * turn is one clock too short is caught by the rule of that parameter.  What the checker
 * behind it finds in single sequences is in check_dramcheck.c.
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
	{ "nCL + nBL + 2 - nCWL", SETTING(CL), 14, { { 0, 0 } } },
	{ "nCWL + nBL", SETTING(CWL), 5, { { 0, 0 } } },
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
	{ "nRFCpb", SETTING(RFCpb), 160, { { 0, 0 } } },
	{ "nRREFD", SETTING(RREFD), 20, { { 0, 0 } } },
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
	b.machine.hbm_refresh = x->setting == SETTING(RFC) ? HBM_REFRESH_ALL_BANK :
							      HBM_REFRESH_PER_BANK;
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

START_TEST(test_ideal)
{
	struct machine m;
	struct audit_dram *a;
	char text[256];

	config_defaults(&m);
	a = audit_dram_new(&m);
	audit_dram_close(a, UINT64_C(1000000000000), text, sizeof(text));
	ck_assert_str_eq(text, "");
	audit_dram_free(a);
}
END_TEST

/* Refreshes that never came are missed at the end; a standard without tables is named. */
START_TEST(test_end)
{
	struct machine m;
	struct audit_dram *a;
	char text[256];

	config_defaults(&m);
	m.hbm_standard = HBM_STANDARD_hbm2;
	a = audit_dram_new(&m);
	audit_dram_close(a, 9 * UINT64_C(3900000), text, sizeof(text));
	ck_assert_str_eq(text, "");
	audit_dram_close(a, 9 * UINT64_C(3900000) + 1, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "channel 0.0: the end comes 1 clocks after the latest"));
	audit_dram_free(a);

	m.hbm_data_rate = 1999000000;
	a = audit_dram_new(&m);
	audit_dram_close(a, 0, text, sizeof(text));
	ck_assert_ptr_nonnull(strstr(text, "data_rate 1999000000 is not known for HBM2"));
	audit_dram_free(a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory audit");
	TCase *tc = tcase_create("protocol");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_each_parameter_is_audited, 0, (int)ARRAY_SIZE(mutants));
	tcase_add_test(tc, test_ideal);
	tcase_add_test(tc, test_end);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
