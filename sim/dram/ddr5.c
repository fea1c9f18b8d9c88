/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DDR5 as a table: a 32-bit subchannel of four x8 dies, one rank.  REFpb is REFsb: the bank of one
 * number in every group.  Rules: ddr5.def.
 * Source: JESD79-5 as quoted by Ramulator 2.1 (python/ramulator/dram/ddr5.py, c5b1c3a), gem5
 * (DDR5_6400_4x8) and vendors' sheets; bins 4800B, 5600B and 6400B.
 */
#include "dram/rules.h"

/* Two clocks of read postamble and two of write preamble between the bursts. */
#define READ_TO_WRITE (n->nCL + n->nBL + 4 - n->nCWL)
#define WRITE_TO_WRITE_OF_GROUP n->nCCDLWR
#define WRITE_TO_READ_OF_GROUP WRITE_TO_READ_BY_BURST
#define PREAB_TO_ACT n->nRP
#define ACT_TO_REFPB n->nRRDL /* reaches every group */
#define REFPB_TO_REFPB n->nRFCpb

static const struct dram_rule rules[] = {
#define RULE RULE_ROW
#include "dram/ddr5.def"
#undef RULE
};

static void nominal_latencies(const struct dram_params *n, int64_t *latencies)
{
#define RULE RULE_LATENCY
#include "dram/ddr5.def"
#undef RULE
}

/*
 * CL-RCD-RP as sold; CWL = CL - 2; RAS covers 32 ns, RC is RAS + RP, WR 30 ns; RTP 7.5 ns and 12
 * clocks; CCDL and RRDL 5 ns and 8; CCDLWR is tCCD_L_WR2, 10 ns and 16, of x8 dies, which do not
 * read to write; WTRS 2.5 ns and 4; WTRL 10 ns and 16; FAW 10 ns and 32 (pages of 1 KiB); RREFD is
 * tREFSBRD, 30 ns.
 */
static const struct dram_bin bins[] = {
	{ 4800000000, "JESD79-5, 4800B",
	  { .nCL = 40, .nCWL = 38, .nRCDRD = 39, .nRCDWR = 39, .nRP = 39, .nRAS = 77, .nRC = 116,
	    .nWR = 72, .nRTP = 18, .nCCDS = 8, .nCCDL = 12, .nCCDLWR = 24, .nRRDS = 8, .nRRDL = 12,
	    .nWTRS = 6, .nWTRL = 24, .nFAW = 32, .nPPD = 2, .nRREFD = 72 } },
	{ 5600000000, "JESD79-5, 5600B",
	  { .nCL = 46, .nCWL = 44, .nRCDRD = 45, .nRCDWR = 45, .nRP = 45, .nRAS = 90, .nRC = 135,
	    .nWR = 84, .nRTP = 21, .nCCDS = 8, .nCCDL = 14, .nCCDLWR = 28, .nRRDS = 8, .nRRDL = 14,
	    .nWTRS = 7, .nWTRL = 28, .nFAW = 32, .nPPD = 2, .nRREFD = 84 } },
	{ 6400000000, "JESD79-5, 6400B",
	  { .nCL = 52, .nCWL = 50, .nRCDRD = 52, .nRCDWR = 52, .nRP = 52, .nRAS = 103, .nRC = 155,
	    .nWR = 96, .nRTP = 24, .nCCDS = 8, .nCCDL = 16, .nCCDLWR = 32, .nRRDS = 8, .nRRDL = 16,
	    .nWTRS = 8, .nWTRL = 32, .nFAW = 32, .nPPD = 2, .nRREFD = 96 } },
};

/* tRFC1 and tRFCsb, by density of a die. */
static const struct dram_refresh_row refresh[] = {
	{ 16 * GIBIBIT, 295000, 130000 }, { 0, 410000, 190000 },
};
static const struct dram_height heights[] = { { 1, 1 } };
static const uint64_t densities[] = { 16 * GIBIBIT, 24 * GIBIBIT, 32 * GIBIBIT };

const struct dram_standard dram_ddr5 = {
	.name = "DDR5",
	.source = "JESD79-5 (Ramulator 2.1's DDR5; of REFsb, vendors' sheets)",
	.channels = 2, /* subchannels of a module */
	.pseudo_channels = 1,
	.bank_groups = 8,
	.banks_per_group = 4,
	.refresh_groups = 8,
	.pins = 32,
	.columns = 64,
	.burst_bytes = 64, /* 32 pins x burst length 16 */
	.row_bytes = 4096, /* four dies of 1 KiB */
	.bits_per_clock = 2,
	.ticks_per_clock = 1,
	.density_of = DRAM_OF_STACK_ID,
	.chips = 4,
	.shares = 1,
	.commands = {
		[DRAM_ACT] = { DRAM_BUS_ROW, 2, DRAM_FOR_BANK, false },
		[DRAM_PREpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
		[DRAM_PREab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false },
		[DRAM_RD] = { DRAM_BUS_ROW, 2, DRAM_FOR_BANK, false },
		[DRAM_WR] = { DRAM_BUS_ROW, 2, DRAM_FOR_BANK, false },
		[DRAM_RDA] = { DRAM_BUS_ROW, 2, DRAM_FOR_BANK, false },
		[DRAM_WRA] = { DRAM_BUS_ROW, 2, DRAM_FOR_BANK, false },
		[DRAM_REFab] = { DRAM_BUS_ROW, 1, DRAM_FOR_PC, false },
		[DRAM_REFpb] = { DRAM_BUS_ROW, 1, DRAM_FOR_BANK, false },
	},
	.refresh_by = DRAM_OF_DENSITY,
	.refi_ps = 3900000,
	.refipb_ps = 487500, /* tREFI2 / 4: REFsb belongs to fine granularity refresh */
	.max_postponed = 4, /* JESD79-5: at most five intervals apart */
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
