/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LPDDR5X as a table: a 16-bit channel in bank group mode, bursts of 16, WCK four times the clock
 * and always running (no CAS commands), ACT-1 and ACT-2 as one command of two clocks.  REFpb
 * refreshes a bank and the one eight further.  Rules: lpddr5x.def.
 * Source: JESD209-5 as quoted by Ramulator 2.1 (python/ramulator/dram/lpddr5.py, c5b1c3a) and gem5
 * (LPDDR5_6400_1x16_BG_BL16); latencies, RRD and FAW of the two bins are not checked against it.
 */
#include "dram/rules.h"

#define READ_TO_WRITE READ_TO_WRITE_OF_BUS
#define WRITE_TO_WRITE_OF_GROUP n->nCCDL
/* BL/n_max: a group's burst takes nCCDL. */
#define WRITE_TO_READ_OF_GROUP (n->nCWL + n->nCCDL + n->nWTRL)
#define PREAB_TO_ACT n->nRPab
#define ACT_TO_REFPB n->nRRDS
#define REFPB_TO_REFPB n->nPBR2PBR

static const struct dram_rule rules[] = {
#define RULE RULE_ROW
#include "dram/lpddr5x.def"
#undef RULE
};

static void nominal_latencies(const struct dram_params *n, int64_t *latencies)
{
#define RULE RULE_LATENCY
#include "dram/lpddr5x.def"
#undef RULE
}

/*
 * RCD covers 18 ns, RP 18, RPab 21, RAS 42, WR 34; RC is RAS + RP; RTP is nCCDL and 7.5 ns less
 * two clocks; RRD 3.75 ns and 2 clocks; FAW 15 ns; WTRS 6.25 ns and WTRL 12 ns, both at least 4;
 * RREFD is tpbR2act, 7.5 ns; PBR2PBR is tpbR2pbR, 90 ns.
 */
static const struct dram_bin bins[] = {
	{ 7500000000, "JESD209-5, latencies of read set 0 and write set A",
	  { .nCL = 20, .nCWL = 11, .nRCDRD = 17, .nRCDWR = 17, .nRP = 17, .nRPab = 20, .nRAS = 40,
	    .nRC = 57, .nWR = 32, .nRTP = 10, .nCCDS = 2, .nCCDL = 4, .nRRDS = 4, .nRRDL = 4,
	    .nWTRS = 6, .nWTRL = 12, .nFAW = 15, .nPPD = 2, .nRREFD = 8, .nPBR2PBR = 85 } },
	{ 8533000000, "JESD209-5, latencies of read set 0 and write set A",
	  { .nCL = 23, .nCWL = 12, .nRCDRD = 20, .nRCDWR = 20, .nRP = 20, .nRPab = 23, .nRAS = 45,
	    .nRC = 65, .nWR = 37, .nRTP = 10, .nCCDS = 2, .nCCDL = 4, .nRRDS = 4, .nRRDL = 4,
	    .nWTRS = 7, .nWTRL = 13, .nFAW = 16, .nPPD = 2, .nRREFD = 8, .nPBR2PBR = 96 } },
};

/* JESD209-5B by density of a channel. */
static const struct dram_refresh_row refresh[] = {
	{ 2 * GIBIBIT, 130000, 60000 }, { 4 * GIBIBIT, 180000, 90000 },
	{ 8 * GIBIBIT, 210000, 120000 }, { 16 * GIBIBIT, 280000, 140000 },
	{ 0, 380000, 190000 },
};
static const struct dram_height heights[] = { { 1, 1 } };
static const uint64_t densities[] = { 4 * GIBIBIT, 8 * GIBIBIT, 16 * GIBIBIT, 32 * GIBIBIT };

const struct dram_standard dram_lpddr5x = {
	.name = "LPDDR5X",
	.source = "JESD209-5 in Ramulator 2.1's LPDDR5",
	.channels = 4, /* a package of 64 bits */
	.pseudo_channels = 1,
	.bank_groups = 4,
	.banks_per_group = 4,
	.refresh_groups = 2,
	.pins = 16,
	.columns = 64,
	.burst_bytes = 32, /* 16 pins x burst length 16 */
	.row_bytes = 2048,
	.bits_per_clock = 8,
	.ticks_per_clock = 1,
	.density_of = DRAM_OF_STACK_ID,
	.chips = 1,
	.shares = 1,
	.commands = {
		[DRAM_ACT] = { DRAM_BUS_ROW, 2, DRAM_FOR_BANK, false },
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
	.refi_ps = 3906000,
	.max_postponed = 8,
	.heights = heights,
	.n_heights = ARRAY_SIZE(heights),
	.usual_height = 1,
	.bins = bins,
	.n_bins = ARRAY_SIZE(bins),
	.densities = densities,
	.n_densities = ARRAY_SIZE(densities),
	.usual_density = 16 * GIBIBIT,
	.refresh = refresh,
	.n_refresh = ARRAY_SIZE(refresh),
	.rules = rules,
	.n_rules = ARRAY_SIZE(rules),
	.nominal = nominal_latencies,
};
