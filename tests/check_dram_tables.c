/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of the memory standards: capacity is the product of the geometry and what the
 * density says; parameters follow from the times that they stand for; none is missing and
 * none is without effect; what a standard does not offer is refused.
 */
#include <string.h>

#include "dram/standard.h"
#include "support/tap_main.h"

#define GIBIBIT (UINT64_C(1) << 30)
#define PS_PER_S UINT64_C(1000000000000)

static void resolve(struct dram_device *d, const struct dram_standard *s, size_t bin,
		    uint64_t density_bits, uint64_t height)
{
	const char *setting;
	char why[DRAM_REASON];

	ck_assert_msg(dram_device_init(d, s, s->bins[bin].data_rate, density_bits, height, &setting,
				       why), "%s: %s", setting, why);
}

static int64_t covering(uint64_t ps, uint64_t hz)
{
	unsigned __int128 product = (unsigned __int128)ps * hz;

	return (int64_t)((product + PS_PER_S - 1) / PS_PER_S);
}

static int64_t within(uint64_t ps, uint64_t hz)
{
	return (int64_t)((unsigned __int128)ps * hz / PS_PER_S);
}

static int n_standards(void)
{
	int n = 0;

	while (dram_standard_at((size_t)n))
		n++;
	return n;
}

/*
 * What a stack, module or device of the usual channels holds, in densities: of dies for HBM3 and
 * later and DDR5 (two subchannels of four dies), of channels elsewhere; HBM2's are pseudo
 * channels' shares, which do not grow with the height.
 */
static uint64_t densities_of_stack(const struct dram_standard *s, unsigned dies)
{
	static const struct {
		const char *name;
		uint64_t of_stack, of_die;
	} expected[] = {
		{ "HBM2", 16, 0 },   { "HBM2E", 16, 0 }, { "HBM3", 0, 1 },
		{ "HBM3E", 0, 1 },   { "HBM4", 0, 1 },   { "DDR5", 8, 0 },
		{ "LPDDR5X", 4, 0 }, { "GDDR6", 1, 0 },  { "HBM2-legacy", 8, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		if (strcmp(expected[i].name, s->name) == 0)
			return expected[i].of_stack + expected[i].of_die * dies;
	ck_abort_msg("%s", s->name);
	return 0;
}

static void check_capacity(const struct dram_standard *s, size_t bin, uint64_t density,
			   const struct dram_height *height)
{
	struct dram_device d;
	uint64_t product;

	resolve(&d, s, bin, density, height->dies);
	ck_assert_uint_eq(d.stack_ids, height->stack_ids);
	product = (uint64_t)s->channels * s->pseudo_channels * d.stack_ids * s->bank_groups *
		  s->banks_per_group * d.rows * s->columns * s->burst_bytes;
	ck_assert_uint_eq(product, s->channels * dram_channel_bytes(&d));
	ck_assert_uint_eq(product * 8, density * densities_of_stack(s, height->dies));
	ck_assert_uint_eq(d.n_banks, d.stack_ids * s->bank_groups * s->banks_per_group);
}

START_TEST(test_capacity_is_the_product)
{
	const struct dram_standard *s = dram_standard_at((size_t)_i);

	for (size_t b = 0; b < s->n_bins; b++)
		for (size_t i = 0; i < s->n_densities; i++)
			for (size_t h = 0; h < s->n_heights; h++)
				check_capacity(s, b, s->densities[i], &s->heights[h]);
	ck_assert_uint_eq(s->columns * s->burst_bytes, s->row_bytes);
	ck_assert_uint_gt(s->pseudo_channels * s->pins, 0);
}
END_TEST

/* Rows of a bank and bytes of a channel of the usual devices, from their data sheets. */
START_TEST(test_usual_devices)
{
	static const struct {
		const char *name;
		uint64_t rows, channel_mib;
		unsigned banks, burst_beats;
	} expected[] = {
		{ "HBM2", 32768, 1024, 16, 4 },	  { "HBM2E", 32768, 2048, 32, 4 },
		{ "HBM3", 16384, 1024, 32, 8 },	  { "HBM3E", 24576, 1536, 32, 8 },
		{ "HBM4", 16384, 1024, 32, 8 },	  { "DDR5", 65536, 8192, 32, 16 },
		{ "LPDDR5X", 65536, 2048, 16, 16 }, { "GDDR6", 16384, 512, 16, 16 },
		{ "HBM2-legacy", 32768, 1024, 16, 4 },
	};
	const struct dram_standard *s = dram_standard_at((size_t)_i);
	struct dram_device d;

	ck_assert_int_eq(n_standards(), ARRAY_SIZE(expected));
	ck_assert_str_eq(s->name, expected[_i].name);
	resolve(&d, s, 0, s->usual_density, 0);
	ck_assert_uint_eq(d.rows, expected[_i].rows);
	ck_assert_uint_eq(dram_channel_bytes(&d) >> 20, expected[_i].channel_mib);
	ck_assert_uint_eq(d.n_banks, expected[_i].banks);
	ck_assert_uint_eq(s->burst_bytes * 8, s->pins * expected[_i].burst_beats);
	ck_assert_uint_eq((uint64_t)d.n.nBL * s->bits_per_clock, expected[_i].burst_beats);
}
END_TEST

/* Parameters are by number from here on. */

#define X(name, help) PARAM_##name,
enum { DRAM_PARAM_LIST(X) N_PARAMS };
#undef X

static const char *const param_names[] = {
#define X(name, help) #name,
	DRAM_PARAM_LIST(X)
#undef X
};

static int64_t *param_of(struct dram_params *n, unsigned param)
{
	switch (param) {
#define X(name, help) \
	case PARAM_##name: \
		return &n->n##name;
	DRAM_PARAM_LIST(X)
#undef X
	default:
		return NULL;
	}
}

/* Does a rule depend on the parameter when it grows? */
static bool is_in_rules(const struct dram_device *d, unsigned param)
{
	const struct dram_standard *s = d->standard;
	int64_t before[DRAM_MAX_RULES], after[DRAM_MAX_RULES];
	struct dram_params n = d->n;

	s->nominal(&n, before);
	*param_of(&n, param) += 1000;
	s->nominal(&n, after);
	return memcmp(before, after, s->n_rules * sizeof(*before)) != 0;
}

/* CL and CWL place the data, the intervals the refreshes; all else must be in a rule. */
START_TEST(test_no_parameter_is_missing_or_idle)
{
	const struct dram_standard *s = dram_standard_at((size_t)_i);

	for (size_t b = 0; b < s->n_bins; b++) {
		struct dram_device d;

		resolve(&d, s, b, s->usual_density, 0);
		for (unsigned p = 0; p < N_PARAMS; p++) {
			bool is_used = p == PARAM_CL || p == PARAM_CWL || p == PARAM_REFI ||
				       p == PARAM_REFIpb || is_in_rules(&d, p);

			ck_assert_msg((*param_of(&d.n, p) > 0) == is_used,
				      "%s, bin %zu: n%s is %" PRId64, s->name, b, param_names[p],
				      *param_of(&d.n, p));
		}
	}
}
END_TEST

/* What must hold between parameters, whatever they are. */
START_TEST(test_parameters_fit_together)
{
	const struct dram_standard *s = dram_standard_at((size_t)_i);

	for (size_t b = 0; b < s->n_bins; b++)
		for (size_t h = 0; h < s->n_heights; h++) {
			struct dram_device d;
			const struct dram_params *n = &d.n;

			resolve(&d, s, b, s->usual_density, s->heights[h].dies);
			ck_assert_int_ge(n->nRC, n->nRAS + n->nRP);
			ck_assert_int_ge(n->nRAS, n->nRCDRD);
			ck_assert_int_ge(n->nCCDS, n->nBL);
			ck_assert_int_ge(n->nCCDL, n->nCCDS);
			ck_assert_int_ge(n->nRRDL, n->nRRDS);
			ck_assert_int_ge(n->nWTRL, n->nWTRS);
			ck_assert_int_ge(n->nFAW, 3 * n->nRRDS);
			ck_assert_int_ge(n->nRFC, n->nRFCpb);
			ck_assert_int_gt(n->nREFI, 2 * n->nRFC);
			ck_assert_int_ge(n->nREFIpb, n->nRREFD);
			ck_assert_int_gt(n->nRFCpb, n->nRC);
		}
}
END_TEST

/* The times that parameters stand for: the more of `ps` and `clocks` (of an interval: ps). */
static const struct {
	const char *standards; /* each with a blank behind it */
	unsigned param;
	uint64_t ps;
	int64_t clocks;
} times[] = {
	{ "HBM2 HBM2E ", PARAM_RRDS, 4000, 4 },
	{ "HBM2 HBM2E ", PARAM_RRDL, 4000, 4 },
	{ "HBM2 HBM2E ", PARAM_FAW, 15000, 8 },
	{ "HBM2 HBM2E ", PARAM_RREFD, 8000, 4 },
	{ "HBM2E ", PARAM_CL, 14000, 0 },
	{ "HBM2E ", PARAM_CWL, 5000, 0 },
	{ "HBM2E ", PARAM_RCDRD, 14000, 0 },
	{ "HBM2E ", PARAM_RCDWR, 12000, 0 },
	{ "HBM2E ", PARAM_RP, 14000, 0 },
	{ "HBM2E ", PARAM_RAS, 34000, 0 },
	{ "HBM2E ", PARAM_WR, 16000, 0 },
	{ "HBM2E ", PARAM_RTP, 5000, 0 },
	{ "HBM2E ", PARAM_WTRS, 6000, 0 },
	{ "HBM2E ", PARAM_WTRL, 8000, 0 },
	{ "HBM3E HBM4 ", PARAM_RREFD, 8000, 3 },
	{ "HBM3 HBM3E ", PARAM_RFCpb, 200000, 0 },
	{ "HBM4 ", PARAM_RFCpb, 280000, 0 },
	{ "DDR5 ", PARAM_RAS, 32000, 0 },
	{ "DDR5 ", PARAM_RCDRD, 16000, 0 },
	{ "DDR5 ", PARAM_RCDWR, 16000, 0 },
	{ "DDR5 ", PARAM_RP, 16000, 0 },
	{ "DDR5 ", PARAM_WR, 30000, 0 },
	{ "DDR5 ", PARAM_RTP, 7500, 12 },
	{ "DDR5 ", PARAM_CCDS, 0, 8 },
	{ "DDR5 ", PARAM_CCDL, 5000, 8 },
	{ "DDR5 ", PARAM_CCDLWR, 10000, 16 },
	{ "DDR5 ", PARAM_RRDS, 0, 8 },
	{ "DDR5 ", PARAM_RRDL, 5000, 8 },
	{ "DDR5 ", PARAM_WTRS, 2500, 4 },
	{ "DDR5 ", PARAM_WTRL, 10000, 16 },
	{ "DDR5 ", PARAM_FAW, 10000, 32 },
	{ "DDR5 ", PARAM_RREFD, 30000, 0 },
	{ "DDR5 ", PARAM_RFC, 295000, 0 },
	{ "DDR5 ", PARAM_RFCpb, 130000, 0 },
	{ "LPDDR5X ", PARAM_RCDRD, 18000, 0 },
	{ "LPDDR5X ", PARAM_RCDWR, 18000, 0 },
	{ "LPDDR5X ", PARAM_RP, 18000, 0 },
	{ "LPDDR5X ", PARAM_RPab, 21000, 0 },
	{ "LPDDR5X ", PARAM_RAS, 42000, 0 },
	{ "LPDDR5X ", PARAM_WR, 34000, 0 },
	{ "LPDDR5X ", PARAM_RRDS, 3750, 2 },
	{ "LPDDR5X ", PARAM_RRDL, 3750, 2 },
	{ "LPDDR5X ", PARAM_FAW, 15000, 0 },
	{ "LPDDR5X ", PARAM_WTRS, 6250, 4 },
	{ "LPDDR5X ", PARAM_WTRL, 12000, 4 },
	{ "LPDDR5X ", PARAM_RREFD, 7500, 0 },
	{ "LPDDR5X ", PARAM_PBR2PBR, 90000, 0 },
	{ "LPDDR5X ", PARAM_RFC, 280000, 0 },
	{ "LPDDR5X ", PARAM_RFCpb, 140000, 0 },
	{ "GDDR6 ", PARAM_RFC, 120000, 0 },
	{ "GDDR6 ", PARAM_RFCpb, 60000, 0 },
	{ "HBM2 HBM2E HBM3 HBM3E HBM4 DDR5 HBM2-legacy ", PARAM_REFI, 3900000, 0 },
	{ "LPDDR5X ", PARAM_REFI, 3906000, 0 },
	{ "GDDR6 ", PARAM_REFI, 1900000, 0 },
	/* a pseudo channel's banks in turn; DDR5: tREFI2 over four; LPDDR5X: in pairs */
	{ "HBM2 HBM2-legacy ", PARAM_REFIpb, 243750, 0 },
	{ "HBM2E HBM3 HBM3E HBM4 ", PARAM_REFIpb, 121875, 0 },
	{ "DDR5 ", PARAM_REFIpb, 487500, 0 },
	{ "LPDDR5X ", PARAM_REFIpb, 488250, 0 },
	{ "GDDR6 ", PARAM_REFIpb, 118750, 0 },
};

static bool is_named(const char *standards, const char *name)
{
	const char *at = standards;
	size_t len = strlen(name);

	for (; (at = strstr(at, name)) != NULL; at += len)
		if (at[len] == ' ' && (at == standards || at[-1] == ' '))
			return true;
	return false;
}

START_TEST(test_parameters_are_their_times)
{
	const struct dram_standard *s = dram_standard_at((size_t)_i);
	unsigned n_checked = 0;

	for (size_t k = 0; k < ARRAY_SIZE(times); k++) {
		unsigned p = times[k].param;

		for (size_t b = 0; b < s->n_bins && is_named(times[k].standards, s->name); b++) {
			struct dram_device d;
			int64_t expected;

			resolve(&d, s, b, s->usual_density, 0);
			expected = p == PARAM_REFI || p == PARAM_REFIpb ?
					   within(times[k].ps, d.clock_hz) :
					   covering(times[k].ps, d.clock_hz);
			if (expected < times[k].clocks)
				expected = times[k].clocks;
			ck_assert_msg(*param_of(&d.n, p) == expected, "%s, bin %zu: n%s", s->name,
				      b, param_names[p]);
			n_checked++;
		}
	}
	ck_assert_uint_gt(n_checked, 0);
}
END_TEST

/* Bins that are another's times, rounded up: data rates to be scaled from, and what is not. */
static void check_scaled(const struct dram_standard *s, const struct dram_bin *from,
			 const char *fixed)
{
	for (size_t b = 0; b < s->n_bins; b++) {
		struct dram_params n = s->bins[b].n, was = from->n;

		for (unsigned p = 0; p < N_PARAMS; p++) {
			int64_t product = *param_of(&was, p) * (int64_t)(s->bins[b].data_rate / 1000000);
			int64_t rate = (int64_t)(from->data_rate / 1000000);

			if (is_named(fixed, param_names[p]))
				ck_assert_int_eq(*param_of(&n, p), *param_of(&was, p));
			else if (p == PARAM_RC) /* or what must follow each other, if longer */
				ck_assert_int_ge(n.nRC, (product + rate - 1) / rate);
			else if (p != PARAM_RREFD)
				ck_assert_msg(*param_of(&n, p) == (product + rate - 1) / rate,
					      "%s, bin %zu: n%s", s->name, b, param_names[p]);
		}
	}
}

START_TEST(test_scaled_bins)
{
	const struct dram_bin *base = &dram_hbm3.bins[dram_hbm3.n_bins - 1];

	ck_assert_uint_eq(base->data_rate, 6400000000);
	check_scaled(&dram_hbm3, base, "CCDS CCDL CCDR PPD ");
	check_scaled(&dram_hbm3e, base, "CCDS CCDL CCDR PPD ");
	check_scaled(&dram_gddr6, &dram_gddr6.bins[0], "CCDS CCDL ");
	ck_assert_int_eq(base->n.nRREFD, 8); /* the reference's; the others are JESD238's 8 ns */
	for (size_t b = 0; b + 1 < dram_hbm3.n_bins; b++)
		ck_assert_int_eq(dram_hbm3.bins[b].n.nRREFD,
				 covering(8000, dram_hbm3.bins[b].data_rate / 4));
}
END_TEST

/* tRFC and tRFCpb in ns, by density and height. */
START_TEST(test_refresh_by_density)
{
	static const struct {
		const struct dram_standard *s;
		uint64_t gb, height, rfc_ns, rfcpb_ns;
	} expected[] = {
		{ &dram_hbm2, 1, 4, 110, 160 },	   { &dram_hbm2, 2, 4, 160, 160 },
		{ &dram_hbm2, 4, 4, 260, 160 },	   { &dram_hbm2, 8, 4, 350, 160 },
		{ &dram_hbm2, 16, 4, 450, 200 },   { &dram_hbm2, 8, 8, 260, 160 },
		{ &dram_hbm2e, 8, 8, 260, 160 },   { &dram_hbm2e, 8, 4, 350, 160 },
		{ &dram_hbm3, 16, 4, 260, 200 },   { &dram_hbm3, 16, 8, 350, 200 },
		{ &dram_hbm3, 16, 12, 450, 200 },  { &dram_hbm3, 32, 16, 550, 200 },
		{ &dram_hbm3, 32, 8, 450, 200 },   { &dram_hbm3e, 24, 8, 450, 200 },
		{ &dram_hbm4, 32, 4, 400, 280 },   { &dram_hbm4, 32, 8, 450, 280 },
		{ &dram_hbm4, 32, 16, 530, 280 },  { &dram_ddr5, 16, 1, 295, 130 },
		{ &dram_ddr5, 24, 1, 410, 190 },   { &dram_ddr5, 32, 1, 410, 190 },
		{ &dram_lpddr5x, 4, 1, 180, 90 },  { &dram_lpddr5x, 8, 1, 210, 120 },
		{ &dram_lpddr5x, 16, 1, 280, 140 }, { &dram_lpddr5x, 32, 1, 380, 190 },
		{ &dram_gddr6, 8, 1, 120, 60 },	   { &dram_hbm2_legacy, 8, 4, 260, 160 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		struct dram_device d;

		resolve(&d, expected[i].s, 0, expected[i].gb << 30, expected[i].height);
		ck_assert_msg(d.n.nRFC == covering(expected[i].rfc_ns * 1000, d.clock_hz), "row %zu",
			      i);
		ck_assert_msg(d.n.nRFCpb == covering(expected[i].rfcpb_ns * 1000, d.clock_hz),
			      "row %zu", i);
	}
}
END_TEST

/* Commands: on the buses that there are, for as long as the standards say. */
START_TEST(test_commands)
{
	const struct dram_standard *s = dram_standard_at((size_t)_i);
	bool is_shared = s->commands[DRAM_ACT].bus == s->commands[DRAM_RD].bus;

	for (unsigned c = 0; c < N_DRAM_COMMANDS; c++) {
		const struct dram_command_form *f = &s->commands[c];
		bool is_column = c == DRAM_RD || c == DRAM_WR || c == DRAM_RDA || c == DRAM_WRA;
		bool is_for_pc = c == DRAM_PREab || c == DRAM_REFab;
		bool is_precharge = c == DRAM_PREpb || c == DRAM_PREab;

		ck_assert_int_eq(f->bus, is_column && !is_shared ? DRAM_BUS_COLUMN : DRAM_BUS_ROW);
		ck_assert_int_eq(f->scope == DRAM_FOR_PC, is_for_pc);
		ck_assert_uint_gt(f->ticks, 0);
		ck_assert_uint_le(f->ticks, 3);
		ck_assert_int_eq(f->is_on_rising, s->ticks_per_clock == 2 && !is_precharge);
	}
	ck_assert_int_eq(is_shared, strncmp(s->name, "HBM", 3) != 0);
	ck_assert_uint_eq(s->bank_groups % s->refresh_groups, 0);
}
END_TEST

static void check_refused(const struct dram_standard *s, uint64_t data_rate, uint64_t density,
			  uint64_t height, const char *setting, const char *reason)
{
	struct dram_device d;
	const char *found;
	char why[DRAM_REASON];

	ck_assert(!dram_device_init(&d, s, data_rate, density, height, &found, why));
	ck_assert_str_eq(found, setting);
	ck_assert_msg(strstr(why, reason) != NULL, "%s", why);
}

START_TEST(test_refusals)
{
	check_refused(&dram_hbm3, 6400000001, 16 * GIBIBIT, 0, "data_rate",
		      "is no speed bin of HBM3 (found 6400000001 bit/s, expected 4800, 5200, "
		      "5600 or 6400 Mbps); set one of these");
	check_refused(&dram_hbm2, 2000000000, 4 * GIBIBIT, 12, "height",
		      "is no stack of HBM2 (found 12 dies, expected 4 or 8 dies); set one");
	check_refused(&dram_hbm3, 6400000000, 4 * GIBIBIT, 8, "density",
		      "is no density of HBM3 (found 4294967296 bits, expected 8, 16, 24 or "
		      "32 Gb); set one");
	check_refused(&dram_gddr6, 14000000000, 16 * GIBIBIT, 0, "density", "expected 8 Gb)");
	check_refused(&dram_hbm2, 2000000000, 4 * GIBIBIT + 1, 0, "density",
		      "does not divide into rows (found 4294967297 bits, expected a multiple of "
		      "131072)");
	check_refused(&dram_hbm2, 2000000000, 4 * GIBIBIT + 131072, 8, "density",
		      "expected a multiple of 262144)");
	check_refused(&dram_ddr5, 4800000000, 16 * GIBIBIT, 2, "height", "expected 1 dies)");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dram tables");
	TCase *tc = tcase_create("tables");

	tcase_add_loop_test(tc, test_capacity_is_the_product, 0, n_standards());
	tcase_add_loop_test(tc, test_usual_devices, 0, n_standards());
	tcase_add_loop_test(tc, test_no_parameter_is_missing_or_idle, 0, n_standards());
	tcase_add_loop_test(tc, test_parameters_fit_together, 0, n_standards());
	tcase_add_loop_test(tc, test_parameters_are_their_times, 0, n_standards());
	tcase_add_loop_test(tc, test_commands, 0, n_standards());
	tcase_add_test(tc, test_scaled_bins);
	tcase_add_test(tc, test_refresh_by_density);
	tcase_add_test(tc, test_refusals);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
