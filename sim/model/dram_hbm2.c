/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HBM2 as a table: organisation of a pseudo channel, timing parameters by speed bin and
 * density.  Rules: dram_hbm2.def.
 * Source: JESD235; the values of the bins are those of Ramulator 2.1's HBM2 preset, which
 * vendors' sheets do not publish.
 */
#include "model/dram_standard.h"

#define PS_PER_S UINT64_C(1000000000000)
#define GIBIBIT (UINT64_C(1) << 30)

static const struct dram_rule rules[] = {
#define RULE(level, preceding, following, window, nominal) \
	{ DRAM_LEVEL_##level, DRAM_##preceding, DRAM_##following, window },
#include "model/dram_hbm2.def"
#undef RULE
};

static void nominal_latencies(const struct dram_params *n, int64_t *latencies)
{
#define RULE(level, preceding, following, window, nominal) *latencies++ = (nominal);
#include "model/dram_hbm2.def"
#undef RULE
}

struct speed_bin {
	uint64_t data_rate;
	struct dram_params n; /* what depends on neither density nor time alone */
};

static const struct speed_bin bins[] = {
	{ 1600000000,
	  { .nBL = 2, .nCL = 10, .nCWL = 4, .nRCDRD = 10, .nRCDWR = 8, .nRP = 10, .nRAS = 24,
	    .nRC = 34, .nWR = 12, .nRTP = 4, .nCCDS = 2, .nCCDL = 4, .nWTRS = 5, .nWTRL = 6 } },
	{ 2000000000,
	  { .nBL = 2, .nCL = 14, .nCWL = 5, .nRCDRD = 14, .nRCDWR = 12, .nRP = 14, .nRAS = 34,
	    .nRC = 48, .nWR = 16, .nRTP = 5, .nCCDS = 2, .nCCDL = 4, .nWTRS = 6, .nWTRL = 8 } },
	{ 2400000000,
	  { .nBL = 2, .nCL = 17, .nCWL = 6, .nRCDRD = 17, .nRCDWR = 14, .nRP = 17, .nRAS = 40,
	    .nRC = 57, .nWR = 19, .nRTP = 6, .nCCDS = 2, .nCCDL = 4, .nWTRS = 8, .nWTRL = 10 } },
};
static const char bin_names[] = "1600, 2000 or 2400 Mbps";

/* tRFC by density, up to and including; above the last row: rfc_above_ps. */
static const struct {
	uint64_t bits, rfc_ps;
} refresh[] = {
	{ 1 * GIBIBIT, 110000 },
	{ 2 * GIBIBIT, 160000 },
	{ 4 * GIBIBIT, 260000 },
	{ 8 * GIBIBIT, 350000 },
};
static const uint64_t rfc_above_ps = 450000;
static const uint64_t refi_ps = 3900000, rrd_ps = 4000, faw_ps = 15000;
static const int64_t least_rrd = 4, least_faw = 8;

/* Clocks that cover a time. */
static int64_t clocks(uint64_t ps, uint64_t hz)
{
	return (int64_t)ceil_div_u64(ps * (hz / 1000000), PS_PER_S / 1000000);
}

static int64_t max_i64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static uint64_t refresh_ps(uint64_t density_bits)
{
	for (size_t i = 0; i < ARRAY_SIZE(refresh); i++)
		if (density_bits <= refresh[i].bits)
			return refresh[i].rfc_ps;
	return rfc_above_ps;
}

static bool find_params(uint64_t data_rate, uint64_t density_bits, struct dram_params *n,
			const char **names)
{
	uint64_t hz = data_rate / 2;
	size_t i = 0;

	*names = bin_names;
	while (i < ARRAY_SIZE(bins) && bins[i].data_rate != data_rate)
		i++;
	if (i == ARRAY_SIZE(bins))
		return false;
	*n = bins[i].n;
	n->nRRDS = n->nRRDL = max_i64(least_rrd, clocks(rrd_ps, hz));
	n->nFAW = max_i64(least_faw, clocks(faw_ps, hz));
	n->nRFC = clocks(refresh_ps(density_bits), hz);
	n->nREFI = (int64_t)mul_div_u64(refi_ps, hz, PS_PER_S); /* a bound from above: down */
	return true;
}

const struct dram_standard dram_hbm2 = {
	.name = "HBM2",
	.pseudo_channels = 2,
	.bank_groups = 4,
	.banks_per_group = 4,
	.columns = 32,
	.burst_bytes = 32, /* 64 pins x burst length 4 */
	.row_bytes = 1024,
	.bits_per_clock = 2,
	.ticks_per_clock = 1,
	.commands = {
		[DRAM_ACT] = { DRAM_BUS_ROW, 2, false },
		[DRAM_PREpb] = { DRAM_BUS_ROW, 1, false },
		[DRAM_PREab] = { DRAM_BUS_ROW, 1, true },
		[DRAM_RD] = { DRAM_BUS_COLUMN, 1, false },
		[DRAM_WR] = { DRAM_BUS_COLUMN, 1, false },
		[DRAM_REFab] = { DRAM_BUS_ROW, 1, true },
	},
	.rules = rules,
	.n_rules = ARRAY_SIZE(rules),
	.nominal = nominal_latencies,
	.params = find_params,
};
