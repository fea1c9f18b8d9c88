/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HBM2 in legacy mode as a table: channels of 128 bits without pseudo channels, for comparison with
 * DRAMsim3.  Rules: hbm2_legacy.def.
 * Source: DRAMsim3's configs/HBM2_8Gb_x128.ini (2981759), its defaults where it reads nothing,
 * and ACT of one clock as there (JESD235: two).
 */
#include "dram/rules.h"

#define READ_TO_WRITE READ_TO_WRITE_OF_BUS
#define WRITE_TO_WRITE_OF_GROUP n->nCCDL
#define WRITE_TO_READ_OF_GROUP WRITE_TO_READ_BY_BURST
#define PREAB_TO_ACT n->nRP
#define ACT_TO_REFPB n->nRRDS
#define REFPB_TO_REFPB n->nRREFD

static const struct dram_rule rules[] = {
#define RULE RULE_ROW
#include "dram/hbm2_legacy.def"
#undef RULE
};

static void nominal_latencies(const struct dram_params *n, int64_t *latencies)
{
#define RULE RULE_LATENCY
#include "dram/hbm2_legacy.def"
#undef RULE
}

/* CCD_S 1 and CCD_L 2 are never below a burst's two clocks; tRTP is its default. */
static const struct dram_bin bins[] = {
	{ 2000000000, "DRAMsim3, HBM2_8Gb_x128; RREFD as HBM2",
	  { .nCL = 14, .nCWL = 4, .nRCDRD = 14, .nRCDWR = 14, .nRP = 14, .nRAS = 34, .nRC = 48,
	    .nWR = 16, .nRTP = 5, .nCCDS = 2, .nCCDL = 2, .nRRDS = 4, .nRRDL = 6, .nWTRS = 6,
	    .nWTRL = 8, .nFAW = 30, .nRREFD = 8 } },
};

static const struct dram_refresh_row refresh[] = { { 0, 260000, 160000 } }; /* REFpb: as HBM2 */
static const struct dram_height heights[] = { { 4, 1 } };
static const uint64_t densities[] = { 8 * GIBIBIT };

const struct dram_standard dram_hbm2_legacy = {
	.name = "HBM2-legacy",
	.source = "DRAMsim3's HBM2_8Gb_x128",
	.channels = 8,
	.pseudo_channels = 1,
	.bank_groups = 4,
	.banks_per_group = 4,
	.refresh_groups = 1,
	.pins = 128,
	.columns = 32,
	.burst_bytes = 64, /* 128 pins x burst length 4 */
	.row_bytes = 2048,
	.bits_per_clock = 2,
	.ticks_per_clock = 1,
	.density_of = DRAM_OF_STACK_ID,
	.chips = 1,
	.shares = 1,
	.commands = {
		[DRAM_ACT] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
		[DRAM_PREpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
		[DRAM_PREab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false },
		[DRAM_RD] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false },
		[DRAM_WR] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false },
		[DRAM_RDA] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false },
		[DRAM_WRA] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false },
		[DRAM_REFab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false },
		[DRAM_REFpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
	},
	.refresh_by = DRAM_OF_DENSITY,
	.refi_ps = 3900000,
	.max_postponed = 8,
	.heights = heights,
	.n_heights = ARRAY_SIZE(heights),
	.usual_height = 4,
	.bins = bins,
	.n_bins = ARRAY_SIZE(bins),
	.densities = densities,
	.n_densities = ARRAY_SIZE(densities),
	.usual_density = 8 * GIBIBIT,
	.refresh = refresh,
	.n_refresh = ARRAY_SIZE(refresh),
	.rules = rules,
	.n_rules = ARRAY_SIZE(rules),
	.nominal = nominal_latencies,
};
