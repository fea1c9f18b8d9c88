/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HBM2 as a table: organisation of a pseudo channel, timing parameters by speed bin and
 * density.  Rules: hbm2.def.
 * Source: JESD235; the values of the bins are those of Ramulator 2.1's HBM2 preset, which
 * vendors' sheets do not publish.
 */
#include "dram/standard.h"

#define GIBIBIT (UINT64_C(1) << 30)

static const struct dram_rule rules[] = {
#define RULE(level, preceding, following, window, sibling, nominal) \
	{ DRAM_LEVEL_##level, DRAM_##preceding, DRAM_##following, window, sibling },
#include "dram/hbm2.def"
#undef RULE
};

static void nominal_latencies(const struct dram_params *n, int64_t *latencies)
{
#define RULE(level, preceding, following, window, sibling, nominal) *latencies++ = (nominal);
#include "dram/hbm2.def"
#undef RULE
}

/* RRD covers 4 ns and 4 clocks, FAW 15 ns and 8 clocks. */
static const struct dram_bin bins[] = {
	{ 1600000000,
	  { .nCL = 10, .nCWL = 4, .nRCDRD = 10, .nRCDWR = 8, .nRP = 10, .nRAS = 24, .nRC = 34,
	    .nWR = 12, .nRTP = 4, .nCCDS = 2, .nCCDL = 4, .nRRDS = 4, .nRRDL = 4, .nWTRS = 5,
	    .nWTRL = 6, .nFAW = 12 } },
	{ 2000000000,
	  { .nCL = 14, .nCWL = 5, .nRCDRD = 14, .nRCDWR = 12, .nRP = 14, .nRAS = 34, .nRC = 48,
	    .nWR = 16, .nRTP = 5, .nCCDS = 2, .nCCDL = 4, .nRRDS = 4, .nRRDL = 4, .nWTRS = 6,
	    .nWTRL = 8, .nFAW = 15 } },
	{ 2400000000,
	  { .nCL = 17, .nCWL = 6, .nRCDRD = 17, .nRCDWR = 14, .nRP = 17, .nRAS = 40, .nRC = 57,
	    .nWR = 19, .nRTP = 6, .nCCDS = 2, .nCCDL = 4, .nRRDS = 5, .nRRDL = 5, .nWTRS = 8,
	    .nWTRL = 10, .nFAW = 18 } },
};

static const struct dram_refresh_row refresh[] = {
	{ 1 * GIBIBIT, 110000, 0 }, { 2 * GIBIBIT, 160000, 0 }, { 4 * GIBIBIT, 260000, 0 },
	{ 8 * GIBIBIT, 350000, 0 }, { 0, 450000, 0 },
};

static const struct dram_height heights[] = { { 4, 1 } };

const struct dram_standard dram_hbm2 = {
	.name = "HBM2",
	.pseudo_channels = 2,
	.bank_groups = 4,
	.banks_per_group = 4,
	.pins = 64,
	.columns = 32,
	.burst_bytes = 32, /* 64 pins x burst length 4 */
	.row_bytes = 1024,
	.bits_per_clock = 2,
	.ticks_per_clock = 1,
	.chips = 1, /* density is that of a pseudo channel */
	.shares = 1,
	.commands = {
		[DRAM_ACT] = { DRAM_BUS_ROW, 2, DRAM_FOR_BANK, false, NULL },
		[DRAM_PREpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false, NULL },
		[DRAM_PREab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false, NULL },
		[DRAM_RD] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false, NULL },
		[DRAM_WR] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false, NULL },
		[DRAM_REFab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false, NULL },
	},
	.heights = heights,
	.n_heights = ARRAY_SIZE(heights),
	.bins = bins,
	.n_bins = ARRAY_SIZE(bins),
	.refresh = refresh,
	.n_refresh = ARRAY_SIZE(refresh),
	.refi_ps = 3900000,
	.rules = rules,
	.n_rules = ARRAY_SIZE(rules),
	.nominal = nominal_latencies,
};
