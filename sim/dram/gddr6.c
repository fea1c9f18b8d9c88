/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GDDR6 as a table: a 16-bit channel, bursts of 16, eight bits of a pin a clock.  Rules: gddr6.def.
 * Source: Ramulator 2.1's GDDR6_14000_1350mV_double (python/ramulator/dram/gddr6.py, c5b1c3a),
 * from a vendor's sheet of 8 Gb and JESD250.  Its nRC of 79 is below nRAS + nRP and is 80 here.
 */
#include "dram/rules.h"

#define READ_TO_WRITE (n->nCL + 1) /* as Ramulator 2.1 has it: one clock turns the bus round */
#define WRITE_TO_WRITE_OF_GROUP n->nCCDL
#define WRITE_TO_READ_OF_GROUP WRITE_TO_READ_BY_BURST
#define PREAB_TO_ACT n->nRP
#define ACT_TO_REFPB n->nRRDS
#define REFPB_TO_REFPB n->nRREFD

static const struct dram_rule rules[] = {
#define RULE RULE_ROW
#include "dram/gddr6.def"
#undef RULE
};

static void nominal_latencies(const struct dram_params *n, int64_t *latencies)
{
#define RULE RULE_LATENCY
#include "dram/gddr6.def"
#undef RULE
}

static const struct dram_bin bins[] = {
	{ 14000000000, "Ramulator 2.1, GDDR6_14000_1350mV_double",
	  { .nCL = 24, .nCWL = 6, .nRCDRD = 27, .nRCDWR = 16, .nRP = 27, .nRAS = 53, .nRC = 80,
	    .nWR = 27, .nRTP = 4, .nCCDS = 2, .nCCDL = 4, .nRRDS = 8, .nRRDL = 8, .nWTRS = 9,
	    .nWTRL = 11, .nFAW = 29, .nPPD = 1, .nRREFD = 15 } },
	{ 16000000000, "scaled from 14000 Mbps: ceil(clocks x 8/7); not published",
	  { .nCL = 28, .nCWL = 7, .nRCDRD = 31, .nRCDWR = 19, .nRP = 31, .nRAS = 61, .nRC = 92,
	    .nWR = 31, .nRTP = 5, .nCCDS = 2, .nCCDL = 4, .nRRDS = 10, .nRRDL = 10, .nWTRS = 11,
	    .nWTRL = 13, .nFAW = 34, .nPPD = 2, .nRREFD = 18 } },
};

static const struct dram_refresh_row refresh[] = { { 0, 120000, 60000 } };
static const struct dram_height heights[] = { { 1, 1 } };
static const uint64_t densities[] = { 8 * GIBIBIT };

const struct dram_standard dram_gddr6 = {
	.name = "GDDR6",
	.source = "JESD250 in Ramulator 2.1's GDDR6",
	.channels = 2,
	.pseudo_channels = 1,
	.bank_groups = 4,
	.banks_per_group = 4,
	.refresh_groups = 1,
	.pins = 16,
	.columns = 64,
	.burst_bytes = 32, /* 16 pins x burst length 16 */
	.row_bytes = 2048,
	.bits_per_clock = 8,
	.ticks_per_clock = 1,
	.density_of = DRAM_OF_STACK_ID,
	.chips = 1,
	.shares = 2, /* two channels a device */
	.commands = {
		[DRAM_ACT] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
		[DRAM_PREpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
		[DRAM_PREab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false },
		[DRAM_RD] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
		[DRAM_WR] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
		[DRAM_RDA] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
		[DRAM_WRA] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
		[DRAM_REFab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false },
		[DRAM_REFpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
	},
	.refresh_by = DRAM_OF_DENSITY,
	.refi_ps = 1900000,
	.max_postponed = 8,
	.heights = heights,
	.n_heights = ARRAY_SIZE(heights),
	.usual_height = 1,
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
