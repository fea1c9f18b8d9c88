/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker's standards: organisation, densities, refresh and command buses.  Sources as
 * in timings.c and rules.c; organisations of HBM4 and postponement of HBM's refreshes are
 * assumed as for HBM3 and from JESD235's bound of 9 tREFI.
 */
#include "dramcheck/sheet.h"

/* On the command bus, in ticks: ACT, PREpb, PREab, RD, WR, RDA, WRA, REFab, REFpb. */
#define TICKS(act, column) { act, 1, 1, column, column, column, column, 1, 1 }

/* HBM3 takes precharges on both edges of the clock. */
#define ALL_BUT_PRECHARGES \
	(BIT(ACT) | BIT(RD) | BIT(WR) | BIT(RDA) | BIT(WRA) | BIT(REFab) | BIT(REFpb))

/* JESD235B; by what one stack ID holds of the pseudo channel's density. */
#define REFRESH_HBM2 \
	.key = KEY_PER_SID, .key_divisor = 1, \
	.rfc = { { 1, 110 }, { 2, 160 }, { 4, 260 }, { 8, 350 }, { ABOVE, 450 } }, \
	.rfc_pb = { { 8, 160 }, { ABOVE, 200 } }, .refi_ns = 3900, .refi_pb_ns = 3900, \
	.reach = REACH_BANK, .sets = 16, .postponed = 8, .postponed_pb = 8

/* JESD238, table 84; by a channel's density, of whose four a die holds a part. */
#define REFRESH_HBM3 \
	.key = KEY_OF_ALL_DIES, .key_divisor = 4, \
	.rfc = { { 4, 260 }, { 8, 350 }, { 16, 450 }, { ABOVE, 550 } }, \
	.rfc_pb = { { ABOVE, 200 } }, .refi_ns = 3900, .refi_pb_ns = 3900, \
	.reach = REACH_BANK, .sets = 16, .postponed = 8, .postponed_pb = 8

#define HEIGHTS_HBM2 { { 4, 1 }, { 8, 2 } }
#define HEIGHTS_HBM3 { { 4, 1 }, { 8, 2 }, { 12, 3 }, { 16, 4 } }

#define ORGANISATION_HBM2 \
	.pseudo_channels = 2, .bank_groups = 4, .banks = 4, .columns = 32, .burst_bytes = 32, \
	.bits_per_clock = 2, .burst_clocks = 2, .ticks_per_clock = 1, .heights = HEIGHTS_HBM2, \
	.divisor = 16 * 8192, .divides_by_sid = true, .has_column_bus = true, \
	.ticks = TICKS(2, 1), REFRESH_HBM2, .timings = &check_timings_hbm2

#define ORGANISATION_HBM3 \
	.pseudo_channels = 2, .bank_groups = 4, .banks = 4, .columns = 32, .burst_bytes = 32, \
	.bits_per_clock = 4, .burst_clocks = 2, .ticks_per_clock = 2, .heights = HEIGHTS_HBM3, \
	.usual_height = 8, .divisor = 8 * 16 * 8192, .gb = { 8, 16, 24, 32 }, \
	.has_column_bus = true, .ticks = TICKS(3, 2), .rising = ALL_BUT_PRECHARGES, \
	REFRESH_HBM3, .timings = &check_timings_hbm3

const struct check_sheet check_sheets[] = {
	{ HBM2, "HBM2", ORGANISATION_HBM2, .usual_height = 4, .first_bin = 0,
	  .mbps = { 1600, 2000, 2400 } },
	{ HBM2E, "HBM2E", ORGANISATION_HBM2, .usual_height = 8, .first_bin = 3,
	  .mbps = { 2800, 3200, 3600 } },
	{ HBM3, "HBM3", ORGANISATION_HBM3, .first_bin = 0, .mbps = { 4800, 5200, 5600, 6400 } },
	{ HBM3E, "HBM3E", ORGANISATION_HBM3, .first_bin = 4, .mbps = { 8000, 9200, 9600 } },
	{ HBM4, "HBM4", .pseudo_channels = 2, .bank_groups = 2, .banks = 8, .columns = 32,
	  .burst_bytes = 32, .bits_per_clock = 4, .burst_clocks = 2, .ticks_per_clock = 2,
	  .heights = HEIGHTS_HBM3, .usual_height = 8, .divisor = 16 * 16 * 8192,
	  .gb = { 24, 32 }, .key = KEY_OF_ALL_DIES, .key_divisor = 8,
	  .rfc = { { 4, 400 }, { 8, 450 }, { 16, 530 } }, .rfc_pb = { { ABOVE, 280 } },
	  .has_column_bus = true, .ticks = TICKS(3, 2), .rising = ALL_BUT_PRECHARGES,
	  .refi_ns = 3900, .refi_pb_ns = 3900, .reach = REACH_BANK, .sets = 16, .postponed = 8,
	  .postponed_pb = 8, .timings = &check_timings_hbm3, .first_bin = 7, .mbps = { 8000 } },
	/* A channel is a subchannel of four x8 dies.  REFsb needs fine-granularity refresh. */
	{ DDR5, "DDR5", .pseudo_channels = 1, .bank_groups = 8, .banks = 4, .columns = 64,
	  .burst_bytes = 64, .bits_per_clock = 2, .burst_clocks = 8, .ticks_per_clock = 1,
	  .heights = { { 1, 1 } }, .usual_height = 1, .divisor = 32 * 8192, .gb = { 16, 24, 32 },
	  .key = KEY_AS_IS, .key_divisor = 1, .rfc = { { 16, 295 }, { ABOVE, 410 } },
	  .rfc_pb = { { 16, 130 }, { ABOVE, 190 } }, .ticks = TICKS(2, 2), .refi_ns = 3900,
	  .refi_pb_ns = 1950, .reach = REACH_SAME_BANK, .sets = 4, .postponed = 4,
	  .postponed_pb = 8, .timings = &check_timings_other, .first_bin = 0,
	  .mbps = { 4800, 5600, 6400 } },
	/* ACT-1 and ACT-2 back to back; WCK always on.  tRFC: table 235. */
	{ LPDDR5X, "LPDDR5X", .pseudo_channels = 1, .bank_groups = 4, .banks = 4, .columns = 64,
	  .burst_bytes = 32, .bits_per_clock = 8, .burst_clocks = 2, .ticks_per_clock = 1,
	  .heights = { { 1, 1 } }, .usual_height = 1, .divisor = 16 * 16384,
	  .gb = { 4, 8, 16, 32 }, .key = KEY_AS_IS, .key_divisor = 1,
	  .rfc = { { 4, 180 }, { 8, 210 }, { 16, 280 }, { ABOVE, 380 } },
	  .rfc_pb = { { 4, 90 }, { 8, 120 }, { 16, 140 }, { ABOVE, 190 } },
	  .ticks = TICKS(2, 1), .refi_ns = 3906,
	  .refi_pb_ns = 3906, .reach = REACH_PAIR, .sets = 8, .postponed = 8, .postponed_pb = 8,
	  .timings = &check_timings_other, .first_bin = 3, .mbps = { 7500, 8533 } },
	{ GDDR6, "GDDR6", .pseudo_channels = 1, .bank_groups = 4, .banks = 4, .columns = 64,
	  .burst_bytes = 32, .bits_per_clock = 8, .burst_clocks = 2, .ticks_per_clock = 1,
	  .heights = { { 1, 1 } }, .usual_height = 1, .divisor = 2 * 16 * 16384, .gb = { 8 },
	  .key = KEY_AS_IS, .key_divisor = 1, .rfc = { { ABOVE, 120 } },
	  .rfc_pb = { { ABOVE, 60 } }, .ticks = TICKS(1, 1), .refi_ns = 1900,
	  .refi_pb_ns = 1900, .reach = REACH_BANK, .sets = 16, .postponed = 8,
	  .postponed_pb = 8, .timings = &check_timings_other, .first_bin = 5,
	  .mbps = { 14000, 16000 } },
	/* As DRAMsim3 has it: 128 bits, and an ACT of one clock. */
	{ LEGACY, "HBM2-legacy", .pseudo_channels = 1, .bank_groups = 4, .banks = 4,
	  .columns = 32, .burst_bytes = 64, .bits_per_clock = 2, .burst_clocks = 2,
	  .ticks_per_clock = 1, .heights = { { 4, 1 } }, .usual_height = 4,
	  .divisor = 16 * 16384, .gb = { 8 }, .key = KEY_AS_IS, .key_divisor = 1,
	  .rfc = { { ABOVE, 260 } }, .rfc_pb = { { ABOVE, 160 } }, .has_column_bus = true,
	  .ticks = TICKS(1, 1), .refi_ns = 3900, .refi_pb_ns = 3900, .reach = REACH_BANK,
	  .sets = 16, .postponed = 8, .postponed_pb = 8, .timings = &check_timings_hbm2,
	  .first_bin = 6, .mbps = { 2000 } },
};
const size_t n_check_sheets = ARRAY_SIZE(check_sheets);
