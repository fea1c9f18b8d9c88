/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker's timing parameters by speed bin, in clocks; those that follow from a time
 * and the density are in sheet.c.
 *
 * HBM2: JESD235B's bins as Ramulator 2.1 has them, nRRD = max(4 nCK, 4 ns), nFAW = max(8 nCK,
 * 15 ns).  HBM2E: HBM2's times at 2,000 Mbps, rounded up to its clocks.  HBM2-legacy:
 * DRAMsim3's HBM2_8Gb_x128.  HBM3 at 6,400 Mbps: Ramulator 2.1's, after JESD238; its other
 * bins and HBM3E: the same in proportion to the rate, rounded up (no vendor publishes them);
 * nRREFD = max(3 nCK, 8 ns).  HBM4: Ramulator 2.1's, not held against JESD270-4.  DDR5: JESD79-5,
 * bins 4800B, 5600B, 6400B.  LPDDR5X: JESD209-5B, set 0 and set A.  GDDR6: Samsung's 8 Gb
 * device at 14,000 Mbps, and in proportion.
 */
#include "dramcheck/sheet.h"

/* HBM2 at 1600, 2000, 2400 Mbps, HBM2E at 2800, 3200, 3600, HBM2-legacy at 2000. */
static const struct check_timing hbm2_rows[] = {
	{ P_CL, { 10, 14, 17, 20, 23, 26, 14 } },
	{ P_CWL, { 4, 5, 6, 7, 8, 9, 4 } },
	{ P_RCDRD, { 10, 14, 17, 20, 23, 26, 14 } },
	{ P_RCDWR, { 8, 12, 14, 17, 20, 22, 14 } },
	{ P_RP, { 10, 14, 17, 20, 23, 26, 14 } },
	{ P_RAS, { 24, 34, 40, 48, 55, 62, 34 } },
	{ P_RC, { 34, 48, 57, 68, 78, 88, 48 } },
	{ P_WR, { 12, 16, 19, 23, 26, 29, 16 } },
	{ P_RTP, { 4, 5, 6, 7, 8, 9, 5 } },
	{ P_CCDS, { 2, 2, 2, 2, 2, 2, 2 } },
	{ P_CCDL, { 4, 4, 4, 4, 4, 4, 2 } },
	{ P_CCDR, { 3, 3, 3, 3, 3, 3, 0 } },
	{ P_RRDS, { 4, 4, 5, 6, 7, 8, 4 } },
	{ P_RRDL, { 4, 4, 5, 6, 7, 8, 6 } },
	{ P_WTRS, { 5, 6, 8, 9, 10, 11, 6 } },
	{ P_WTRL, { 6, 8, 10, 12, 13, 15, 8 } },
	{ P_FAW, { 12, 15, 18, 21, 24, 27, 30 } },
	{ P_RREFD, { 7, 8, 10, 12, 13, 15, 8 } },
};
const struct check_timings check_timings_hbm2 = { hbm2_rows, ARRAY_SIZE(hbm2_rows) };

/* HBM3 at 4800, 5200, 5600, 6400 Mbps, HBM3E at 8000, 9200, 9600, HBM4 at 8000. */
static const struct check_timing hbm3_rows[] = {
	{ P_CL, { 15, 17, 18, 20, 25, 29, 30, 20 } },
	{ P_CWL, { 8, 9, 9, 10, 13, 15, 15, 10 } },
	{ P_RCDRD, { 24, 26, 28, 31, 39, 45, 47, 39 } },
	{ P_RCDWR, { 12, 13, 14, 15, 19, 22, 23, 19 } },
	{ P_RP, { 20, 22, 23, 26, 33, 38, 39, 33 } },
	{ P_RAS, { 34, 37, 40, 45, 57, 65, 68, 57 } },
	{ P_RC, { 54, 59, 63, 72, 90, 104, 108, 90 } },
	{ P_WR, { 25, 27, 29, 33, 42, 48, 50, 42 } },
	{ P_RTP, { 7, 8, 8, 9, 12, 13, 14, 12 } },
	{ P_CCDS, { 2, 2, 2, 2, 2, 2, 2, 2 } },
	{ P_CCDL, { 4, 4, 4, 4, 4, 4, 4, 4 } },
	{ P_CCDR, { 3, 3, 3, 3, 3, 3, 3, 2 } },
	{ P_RRDS, { 3, 4, 4, 4, 5, 6, 6, 5 } },
	{ P_RRDL, { 4, 5, 5, 5, 7, 8, 8, 7 } },
	{ P_WTRS, { 6, 6, 7, 7, 9, 11, 11, 9 } },
	{ P_WTRL, { 8, 9, 9, 10, 13, 15, 15, 13 } },
	{ P_RTW, { 15, 17, 18, 20, 25, 29, 30, 25 } },
	{ P_FAW, { 18, 20, 21, 24, 30, 35, 36, 30 } },
	{ P_PPD, { 2, 2, 2, 2, 2, 2, 2, 2 } },
	{ P_RREFD, { 10, 11, 12, 8, 16, 19, 20, 16 } },
};
const struct check_timings check_timings_hbm3 = { hbm3_rows, ARRAY_SIZE(hbm3_rows) };

/* DDR5 at 4800, 5600, 6400 Mbps, LPDDR5X at 7500, 8533, GDDR6 at 14000, 16000. */
static const struct check_timing other_rows[] = {
	{ P_CL, { 40, 46, 52, 20, 23, 24, 28 } },
	{ P_CWL, { 38, 44, 50, 11, 12, 6, 7 } },
	{ P_RCDRD, { 39, 45, 52, 17, 20, 27, 31 } },
	{ P_RCDWR, { 39, 45, 52, 17, 20, 16, 19 } },
	{ P_RP, { 39, 45, 52, 17, 20, 27, 31 } },
	{ P_RPab, { 0, 0, 0, 20, 23, 0, 0 } },
	{ P_RAS, { 77, 90, 103, 40, 45, 53, 61 } },
	{ P_RC, { 116, 135, 155, 57, 65, 80, 92 } },
	{ P_WR, { 72, 84, 96, 32, 37, 27, 31 } },
	{ P_RTP, { 18, 21, 24, 10, 10, 4, 5 } },
	{ P_CCDS, { 8, 8, 8, 2, 2, 2, 2 } },
	{ P_CCDL, { 12, 14, 16, 4, 4, 4, 4 } },
	{ P_CCDLWR, { 24, 28, 32, 0, 0, 0, 0 } },
	{ P_RRDS, { 8, 8, 8, 4, 4, 8, 10 } },
	{ P_RRDL, { 12, 14, 16, 4, 4, 8, 10 } },
	{ P_WTRS, { 6, 7, 8, 6, 7, 9, 11 } },
	{ P_WTRL, { 24, 28, 32, 12, 13, 11, 13 } },
	{ P_FAW, { 32, 32, 32, 15, 16, 29, 34 } },
	{ P_PPD, { 2, 2, 2, 2, 2, 1, 2 } },
	{ P_RREFD, { 72, 84, 96, 8, 8, 15, 18 } },
	{ P_PBR2PBR, { 0, 0, 0, 85, 96, 0, 0 } },
};
const struct check_timings check_timings_other = { other_rows, ARRAY_SIZE(other_rows) };
