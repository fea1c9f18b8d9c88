/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HBM3, HBM3E and HBM4 as tables.  A tick is half a clock: ACT takes a clock and a half of the
 * row bus, precharges start on either edge, all else on rising ones.  Rules: hbm3.def.
 * Source: JESD238 and JESD270-4 as Ramulator 2.1 has them (python/ramulator/dram/hbm3.py and
 * hbm4.py, c5b1c3a).  HBM3E has no standard of its own; here it is HBM3 with a faster clock.
 */
#include "dram/rules.h"

#define READ_TO_WRITE n->nRTW
#define WRITE_TO_WRITE_OF_GROUP n->nCCDL
#define WRITE_TO_READ_OF_GROUP WRITE_TO_READ_BY_BURST
#define PREAB_TO_ACT n->nRP
#define ACT_TO_REFPB n->nRRDS
#define REFPB_TO_REFPB n->nRREFD

static const struct dram_rule rules[] = {
#define RULE RULE_ROW
#include "dram/hbm3.def"
#undef RULE
};

static void nominal_latencies(const struct dram_params *n, int64_t *latencies)
{
#define RULE RULE_LATENCY
#include "dram/hbm3.def"
#undef RULE
}

/*
 * Ramulator 2.1 has 6400 Mbps only; its nRREFD is 8 though it quotes JESD238 with 3 clocks and
 * 8 ns.  The other bins have its times, rounded up to their clock; CCDS, CCDL, CCDR and PPD are
 * clocks, RREFD is JESD238's.
 */
#define SCALED "scaled from HBM3 6400 Mbps: ceil(ns x clock); not published"
static const struct dram_bin hbm3_bins[] = {
	{ 4800000000, SCALED,
	  { .nCL = 15, .nCWL = 8, .nRCDRD = 24, .nRCDWR = 12, .nRP = 20, .nRAS = 34, .nRC = 54,
	    .nWR = 25, .nRTP = 7, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 3, .nRRDL = 4,
	    .nWTRS = 6, .nWTRL = 8, .nRTW = 15, .nFAW = 18, .nPPD = 2, .nRREFD = 10 } },
	{ 5200000000, SCALED,
	  { .nCL = 17, .nCWL = 9, .nRCDRD = 26, .nRCDWR = 13, .nRP = 22, .nRAS = 37, .nRC = 59,
	    .nWR = 27, .nRTP = 8, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 4, .nRRDL = 5,
	    .nWTRS = 6, .nWTRL = 9, .nRTW = 17, .nFAW = 20, .nPPD = 2, .nRREFD = 11 } },
	{ 5600000000, SCALED,
	  { .nCL = 18, .nCWL = 9, .nRCDRD = 28, .nRCDWR = 14, .nRP = 23, .nRAS = 40, .nRC = 63,
	    .nWR = 29, .nRTP = 8, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 4, .nRRDL = 5,
	    .nWTRS = 7, .nWTRL = 9, .nRTW = 18, .nFAW = 21, .nPPD = 2, .nRREFD = 12 } },
	{ 6400000000, "Ramulator 2.1, HBM3_6400Mbps",
	  { .nCL = 20, .nCWL = 10, .nRCDRD = 31, .nRCDWR = 15, .nRP = 26, .nRAS = 45, .nRC = 72,
	    .nWR = 33, .nRTP = 9, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 4, .nRRDL = 5,
	    .nWTRS = 7, .nWTRL = 10, .nRTW = 20, .nFAW = 24, .nPPD = 2, .nRREFD = 8 } },
};

static const struct dram_bin hbm3e_bins[] = {
	{ 8000000000, SCALED,
	  { .nCL = 25, .nCWL = 13, .nRCDRD = 39, .nRCDWR = 19, .nRP = 33, .nRAS = 57, .nRC = 90,
	    .nWR = 42, .nRTP = 12, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 5, .nRRDL = 7,
	    .nWTRS = 9, .nWTRL = 13, .nRTW = 25, .nFAW = 30, .nPPD = 2, .nRREFD = 16 } },
	{ 9200000000, SCALED,
	  { .nCL = 29, .nCWL = 15, .nRCDRD = 45, .nRCDWR = 22, .nRP = 38, .nRAS = 65, .nRC = 104,
	    .nWR = 48, .nRTP = 13, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 6, .nRRDL = 8,
	    .nWTRS = 11, .nWTRL = 15, .nRTW = 29, .nFAW = 35, .nPPD = 2, .nRREFD = 19 } },
	{ 9600000000, SCALED,
	  { .nCL = 30, .nCWL = 15, .nRCDRD = 47, .nRCDWR = 23, .nRP = 39, .nRAS = 68, .nRC = 108,
	    .nWR = 50, .nRTP = 14, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 6, .nRRDL = 8,
	    .nWTRS = 11, .nWTRL = 15, .nRTW = 30, .nFAW = 36, .nPPD = 2, .nRREFD = 20 } },
};

/* nRREFD is 3 clocks or 8 ns. */
static const struct dram_bin hbm4_bins[] = {
	{ 8000000000, "Ramulator 2.1, HBM4_8000Mbps; not checked against JESD270-4",
	  { .nCL = 20, .nCWL = 10, .nRCDRD = 39, .nRCDWR = 19, .nRP = 33, .nRAS = 57, .nRC = 90,
	    .nWR = 42, .nRTP = 12, .nCCDS = 2, .nCCDL = 4, .nCCDR = 2, .nRRDS = 5, .nRRDL = 7,
	    .nWTRS = 9, .nWTRL = 13, .nRTW = 25, .nFAW = 30, .nPPD = 2, .nRREFD = 16 } },
};

/* JESD238 and JESD270-4 by density of a channel. */
static const struct dram_refresh_row hbm3_refresh[] = {
	{ 4 * GIBIBIT, 260000, 200000 }, { 8 * GIBIBIT, 350000, 200000 },
	{ 16 * GIBIBIT, 450000, 200000 }, { 0, 550000, 200000 },
};
static const struct dram_refresh_row hbm4_refresh[] = {
	{ 4 * GIBIBIT, 400000, 280000 }, { 8 * GIBIBIT, 450000, 280000 },
	{ 0, 530000, 280000 }, /* up to 16 Gb, the most that 32 Gb dies make */
};

/* A stack ID for every four dies. */
static const struct dram_height heights[] = { { 4, 1 }, { 8, 2 }, { 12, 3 }, { 16, 4 } };

/* Dies of 24 Gb have row addresses that are not there. */
static const uint64_t hbm3_densities[] = { 8 * GIBIBIT, 16 * GIBIBIT, 24 * GIBIBIT,
					   32 * GIBIBIT };
static const uint64_t hbm4_densities[] = { 24 * GIBIBIT, 32 * GIBIBIT };

#define HBM3_FAMILY \
	.pseudo_channels = 2, \
	.refresh_groups = 1, \
	.pins = 32, \
	.columns = 32, \
	.burst_bytes = 32, /* 32 pins x burst length 8 */ \
	.row_bytes = 1024, \
	.bits_per_clock = 4, \
	.ticks_per_clock = 2, \
	.density_of = DRAM_OF_STACK_ID, /* of a die, which lies in one */ \
	.chips = 1, \
	.commands = { \
		[DRAM_ACT] = { DRAM_BUS_ROW, 3, DRAM_FOR_BANK, true }, \
		[DRAM_PREpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false }, \
		[DRAM_PREab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false }, \
		[DRAM_RD] = { DRAM_BUS_COLUMN, 2, DRAM_FOR_BANK, true }, \
		[DRAM_WR] = { DRAM_BUS_COLUMN, 2, DRAM_FOR_BANK, true }, \
		[DRAM_RDA] = { DRAM_BUS_COLUMN, 2, DRAM_FOR_BANK, true }, \
		[DRAM_WRA] = { DRAM_BUS_COLUMN, 2, DRAM_FOR_BANK, true }, \
		[DRAM_REFab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, true }, \
		[DRAM_REFpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, true }, \
	}, \
	.heights = heights, \
	.n_heights = ARRAY_SIZE(heights), \
	.usual_height = 8, \
	.refresh_by = DRAM_OF_CHANNEL, \
	.refi_ps = 3900000, \
	.max_postponed = 8, /* assumed: as HBM2 */ \
	.rules = rules, \
	.n_rules = ARRAY_SIZE(rules), \
	.nominal = nominal_latencies

const struct dram_standard dram_hbm3 = {
	.name = "HBM3",
	.source = "JESD238 in Ramulator 2.1's HBM3",
	.channels = 16,
	.bank_groups = 4,
	.banks_per_group = 4,
	.shares = 8, /* 16 channels in 4 dies, 2 pseudo channels each */
	.bins = hbm3_bins,
	.n_bins = ARRAY_SIZE(hbm3_bins),
	.densities = hbm3_densities,
	.n_densities = ARRAY_SIZE(hbm3_densities),
	.usual_density = 16 * GIBIBIT,
	.refresh = hbm3_refresh,
	.n_refresh = ARRAY_SIZE(hbm3_refresh),
	HBM3_FAMILY,
};

const struct dram_standard dram_hbm3e = {
	.name = "HBM3E",
	.source = "as HBM3: JESD238 in Ramulator 2.1's HBM3",
	.channels = 16,
	.bank_groups = 4,
	.banks_per_group = 4,
	.shares = 8, /* 16 channels in 4 dies, 2 pseudo channels each */
	.bins = hbm3e_bins,
	.n_bins = ARRAY_SIZE(hbm3e_bins),
	.densities = hbm3_densities,
	.n_densities = ARRAY_SIZE(hbm3_densities),
	.usual_density = 24 * GIBIBIT,
	.refresh = hbm3_refresh,
	.n_refresh = ARRAY_SIZE(hbm3_refresh),
	HBM3_FAMILY,
};

const struct dram_standard dram_hbm4 = {
	.name = "HBM4",
	.source = "Ramulator 2.1's HBM4",
	.channels = 32,
	.bank_groups = 2,
	.banks_per_group = 8,
	.shares = 16, /* 32 channels in 4 dies, 2 pseudo channels each */
	.bins = hbm4_bins,
	.n_bins = ARRAY_SIZE(hbm4_bins),
	.densities = hbm4_densities,
	.n_densities = ARRAY_SIZE(hbm4_densities),
	.usual_density = 32 * GIBIBIT,
	.refresh = hbm4_refresh,
	.n_refresh = ARRAY_SIZE(hbm4_refresh),
	HBM3_FAMILY,
};
