/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HBM2 and HBM2E as tables: organisation of a pseudo channel, timing parameters by speed bin
 * and density.  Rules: hbm2.def.
 * Source: JESD235 as Ramulator 2.1 has it (python/ramulator/dram/hbm2.py, c5b1c3a).  Its bins are
 * typed as they are; what it derives from times is derived from the exact clock here, where
 * Ramulator rounds the clock's period to a ps.  Vendors publish none of these numbers.
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
#include "dram/hbm2.def"
#undef RULE
};

static void nominal_latencies(const struct dram_params *n, int64_t *latencies)
{
#define RULE RULE_LATENCY
#include "dram/hbm2.def"
#undef RULE
}

/* RRD covers 4 ns and 4 clocks, FAW 15 ns and 8 clocks, RREFD 8 ns and 4 clocks. */
static const struct dram_bin hbm2_bins[] = {
	{ 1600000000, "Ramulator 2.1, HBM2_1600Mbps",
	  { .nCL = 10, .nCWL = 4, .nRCDRD = 10, .nRCDWR = 8, .nRP = 10, .nRAS = 24, .nRC = 34,
	    .nWR = 12, .nRTP = 4, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 4, .nRRDL = 4,
	    .nWTRS = 5, .nWTRL = 6, .nFAW = 12, .nRREFD = 7 } },
	{ 2000000000, "Ramulator 2.1, HBM2_2000Mbps",
	  { .nCL = 14, .nCWL = 5, .nRCDRD = 14, .nRCDWR = 12, .nRP = 14, .nRAS = 34, .nRC = 48,
	    .nWR = 16, .nRTP = 5, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 4, .nRRDL = 4,
	    .nWTRS = 6, .nWTRL = 8, .nFAW = 15, .nRREFD = 8 } },
	{ 2400000000, "Ramulator 2.1, HBM2_2400Mbps",
	  { .nCL = 17, .nCWL = 6, .nRCDRD = 17, .nRCDWR = 14, .nRP = 17, .nRAS = 40, .nRC = 57,
	    .nWR = 19, .nRTP = 6, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 5, .nRRDL = 5,
	    .nWTRS = 8, .nWTRL = 10, .nFAW = 18, .nRREFD = 10 } },
};

/*
 * The times of HBM2's 2000 Mbps (1 ns a clock), in clocks of the faster bin: CL 14 ns, CWL 5,
 * RCDRD 14, RCDWR 12, RP 14, RAS 34, WR 16, RTP 5, WTRS 6, WTRL 8; the others as above.
 */
static const struct dram_bin hbm2e_bins[] = {
	{ 2800000000, "scaled from HBM2 2000 Mbps: ceil(ns x clock); not published",
	  { .nCL = 20, .nCWL = 7, .nRCDRD = 20, .nRCDWR = 17, .nRP = 20, .nRAS = 48, .nRC = 68,
	    .nWR = 23, .nRTP = 7, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 6, .nRRDL = 6,
	    .nWTRS = 9, .nWTRL = 12, .nFAW = 21, .nRREFD = 12 } },
	{ 3200000000, "scaled from HBM2 2000 Mbps: ceil(ns x clock); not published",
	  { .nCL = 23, .nCWL = 8, .nRCDRD = 23, .nRCDWR = 20, .nRP = 23, .nRAS = 55, .nRC = 78,
	    .nWR = 26, .nRTP = 8, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 7, .nRRDL = 7,
	    .nWTRS = 10, .nWTRL = 13, .nFAW = 24, .nRREFD = 13 } },
	{ 3600000000, "scaled from HBM2 2000 Mbps: ceil(ns x clock); not published",
	  { .nCL = 26, .nCWL = 9, .nRCDRD = 26, .nRCDWR = 22, .nRP = 26, .nRAS = 62, .nRC = 88,
	    .nWR = 29, .nRTP = 9, .nCCDS = 2, .nCCDL = 4, .nCCDR = 3, .nRRDS = 8, .nRRDL = 8,
	    .nWTRS = 11, .nWTRL = 15, .nFAW = 27, .nRREFD = 15 } },
};

/* JESD235D by density of a pseudo channel's part in one stack ID. */
static const struct dram_refresh_row refresh[] = {
	{ 1 * GIBIBIT, 110000, 160000 }, { 2 * GIBIBIT, 160000, 160000 },
	{ 4 * GIBIBIT, 260000, 160000 }, { 8 * GIBIBIT, 350000, 160000 },
	{ 0, 450000, 200000 },
};

/* Stacks of eight address the upper four dies by a stack ID. */
static const struct dram_height heights[] = { { 4, 1 }, { 8, 2 } };

static const uint64_t densities[] = { 1 * GIBIBIT, 2 * GIBIBIT, 4 * GIBIBIT, 8 * GIBIBIT,
				      16 * GIBIBIT };

#define HBM2_FAMILY \
	.channels = 8, \
	.pseudo_channels = 2, \
	.bank_groups = 4, \
	.banks_per_group = 4, \
	.refresh_groups = 1, \
	.pins = 64, \
	.columns = 32, \
	.burst_bytes = 32, /* 64 pins x burst length 4 */ \
	.row_bytes = 1024, \
	.bits_per_clock = 2, \
	.ticks_per_clock = 1, \
	.density_of = DRAM_OF_PSEUDO_CHANNEL, \
	.chips = 1, \
	.shares = 1, \
	.densities = densities, \
	.n_densities = ARRAY_SIZE(densities), \
	.takes_any_density = true, \
	.heights = heights, \
	.n_heights = ARRAY_SIZE(heights), \
	.commands = { \
		[DRAM_ACT] = { DRAM_BUS_ROW, 2, DRAM_FOR_BANK, false }, \
		[DRAM_PREpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false }, \
		[DRAM_PREab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false }, \
		[DRAM_RD] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false }, \
		[DRAM_WR] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false }, \
		[DRAM_RDA] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false }, \
		[DRAM_WRA] = { DRAM_BUS_COLUMN, 1, DRAM_FOR_BANK, false }, \
		[DRAM_REFab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false }, \
		[DRAM_REFpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false }, \
	}, \
	.refresh = refresh, \
	.n_refresh = ARRAY_SIZE(refresh), \
	.refresh_by = DRAM_OF_STACK_ID, \
	.refi_ps = 3900000, \
	.max_postponed = 8, /* JESD235: at most nine intervals apart */ \
	.rules = rules, \
	.n_rules = ARRAY_SIZE(rules), \
	.nominal = nominal_latencies

const struct dram_standard dram_hbm2 = {
	.name = "HBM2",
	.source = "JESD235 in Ramulator 2.1's HBM2",
	.usual_height = 4,
	.bins = hbm2_bins,
	.n_bins = ARRAY_SIZE(hbm2_bins),
	.usual_density = 4 * GIBIBIT,
	HBM2_FAMILY,
};

const struct dram_standard dram_hbm2e = {
	.name = "HBM2E",
	.source = "JESD235 in Ramulator 2.1's HBM2",
	.usual_height = 8,
	.bins = hbm2e_bins,
	.n_bins = ARRAY_SIZE(hbm2e_bins),
	.usual_density = 8 * GIBIBIT,
	HBM2_FAMILY,
};
