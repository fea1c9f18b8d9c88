/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The DRAM checker against sequences worked out by hand: each breaks one rule by one clock,
 * and keeps it a clock later; or is wrong at any time.  Ticks are those of the last clock
 * edges; HBM3 has two a clock, and its column commands end on odd ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "dramcheck/dramcheck.h"
#include "support/tap_main.h"

#define GIBI (UINT64_C(1) << 30)

struct device {
	const char *standard;
	uint64_t mbps, gibibits, height;
	uint64_t tick_hz;
};
static const struct device hbm2 = { "HBM2", 2000, 4, 4, 1000000000 };
static const struct device hbm2e = { "HBM2E", 3600, 8, 8, 1800000000 };
static const struct device hbm3 = { "HBM3", 6400, 16, 8, 3200000000 };
static const struct device hbm4 = { "HBM4", 8000, 32, 8, 4000000000 };
static const struct device ddr5 = { "DDR5", 4800, 16, 1, 2400000000 };
static const struct device lpddr5x = { "LPDDR5X", 8533, 16, 1, 1066625000 };
static const struct device gddr6 = { "GDDR6", 14000, 8, 1, 1750000000 };
static const struct device legacy = { "HBM2-legacy", 2000, 8, 4, 1000000000 };

struct step {
	uint64_t tick; /* its last; 0 ends a sequence */
	enum dramcheck_kind kind;
	uint32_t at[6]; /* pseudo channel, stack ID, bank group, bank, row, column */
};
#define S(tick, name, ...) { tick, DRAMCHECK_##name, { __VA_ARGS__ } }

struct bench {
	struct dramcheck *d;
	uint64_t tick_hz;
	struct buf told;
};

static void on_violation(void *context, const char *text)
{
	struct buf *told = context;

	buf_printf(told, "%s\n", text);
}

static void bench_start(struct bench *b, const struct device *of,
			const struct dramcheck_override *overrides, size_t n_overrides)
{
	struct dramcheck_memory m = { .standard = of->standard, .data_rate = of->mbps * 1000000,
				      .density_bits = of->gibibits * GIBI, .height = of->height,
				      .channels = 2, .overrides = overrides,
				      .n_overrides = n_overrides };
	struct err err = { 0 };

	*b = (struct bench){ .tick_hz = of->tick_hz };
	b->d = dramcheck_new(&m, 100, on_violation, &b->told, &err);
	ck_assert_msg(b->d != NULL, "%s", err.text);
	buf_puts(&b->told, "");
}

static uint64_t ps_of(const struct bench *b, uint64_t tick)
{
	return mul_div_u64(tick, UINT64_C(1000000000000), b->tick_hz);
}

static void feed(struct bench *b, const struct step *s, uint64_t later)
{
	dramcheck_command(b->d, &(struct dramcheck_command){
		.time_ps = ps_of(b, s->tick + later), .pseudo_channel = s->at[0],
		.stack_id = s->at[1], .bank_group = s->at[2], .bank = s->at[3], .row = s->at[4],
		.column = s->at[5], .kind = s->kind });
}

static void bench_end(struct bench *b)
{
	dramcheck_free(b->d);
	buf_release(&b->told);
}

struct sequence {
	const struct device *device;
	const char *expected; /* part of a violation */
	uint64_t right_after; /* ticks later the last command is right; 0: it never is */
	struct step steps[8];
};

static const struct sequence sequences[] = {
	/* states, places, times */
	{ &hbm2, "RD to a closed bank", 0, { S(100, RD, 0) } },
	{ &hbm2, "RD to a closed bank", 0, { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 1, 5) } },
	{ &hbm2, "WR to row 6 while row 5 is open", 0,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WR, 0, 0, 0, 0, 6) } },
	{ &hbm2, "ACT to an open bank", 0,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, ACT, 0, 0, 0, 0, 5) } },
	{ &hbm2, "RD to a closed bank", 0,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, PREpb, 0), S(300, RD, 0, 0, 0, 0, 5) } },
	{ &hbm2, "RD to a closed bank", 0,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RDA, 0, 0, 0, 0, 5), S(300, RD, 0, 0, 0, 0, 5) } },
	{ &hbm2, "WR to a closed bank", 0,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WRA, 0, 0, 0, 0, 5), S(300, WR, 0, 0, 0, 0, 5) } },
	{ &hbm2, "RD to a closed bank", 0,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, PREab, 0), S(300, RD, 0, 0, 0, 0, 5) } },
	{ &hbm2, "REFab with 1 bank open", 0, { S(100, ACT, 0, 0, 0, 0, 5), S(3900, REFab, 0) } },
	{ &hbm2, "REFpb with 1 bank open", 0, { S(100, ACT, 0, 0, 0, 0, 5), S(3900, REFpb, 0) } },
	{ &hbm2, "to row 32768", 0, { S(100, ACT, 0, 0, 0, 0, 32768) } },
	{ &hbm2, "to column 32", 0,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5, 32) } },
	{ &hbm2, "to bank group 4", 0, { S(100, ACT, 0, 0, 4, 0, 5) } },
	{ &hbm2, "to bank 4", 0, { S(100, ACT, 0, 0, 0, 4, 5) } },
	{ &hbm2, "to stack ID 1", 0, { S(100, ACT, 0, 1, 0, 0, 5) } },
	{ &hbm2, "to pseudo channel 2", 0, { S(100, ACT, 2, 0, 0, 0, 5) } },
	{ &ddr5, "to pseudo channel 1", 0, { S(100, ACT, 1, 0, 0, 0, 5) } },
	{ &lpddr5x, "to bank group 2", 0, { S(3900, REFpb, 0, 0, 2, 0) } },
	{ &hbm2, "RD 1 clocks before the command before it", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(150, PREpb, 0, 0, 1, 0), S(149, RD, 0, 0, 0, 0, 5) } },
	{ &hbm3, "ACT starts on a falling edge", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(151, ACT, 1, 0, 0, 0, 5) } },
	{ &hbm3, "RD starts on a falling edge", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5) } },
	{ &hbm3, "REFab starts on a falling edge", 1, { S(12480, REFab, 0), S(12571, REFab, 1) } },

	/* command buses */
	{ &hbm2, "PREpb starts 1 clocks before the row command bus is free", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(100, PREpb, 1, 0, 1, 0) } },
	{ &hbm2, "ACT starts 1 clocks before the row command bus", 1,
	  { S(100, PREpb, 1, 0, 1, 0), S(101, ACT, 0, 0, 0, 0, 5) } },
	{ &hbm2, "RD starts 1 clocks before the column command bus", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(104, ACT, 1, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5),
	    S(200, RD, 1, 0, 0, 0, 5) } },
	{ &hbm3, "PREpb starts 0.5 clocks before the row command bus", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(100, PREpb, 1, 0, 1, 0) } },
	{ &hbm3, "WR starts 1 clocks before the column command bus", 2,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(104, ACT, 1, 0, 0, 0, 5), S(201, RD, 0, 0, 0, 0, 5),
	    S(201, WR, 1, 0, 0, 0, 5) } },
	{ &ddr5, "ACT starts 1 clocks before the command bus", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(201, ACT, 0, 0, 1, 0, 5) } },
	{ &gddr6, "ACT starts 1 clocks before the command bus", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(200, ACT, 0, 0, 1, 0, 5) } },

	/* activations */
	{ &hbm2, "(expected max(nRC, nRAS + nRP) = 48)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(134, PREpb, 0), S(147, ACT, 0, 0, 0, 0, 6) } },
	{ &hbm2, "13 clocks after PREpb (expected nRP = 14)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, PREpb, 0), S(213, ACT, 0, 0, 0, 0, 5) } },
	{ &hbm2, "13 clocks after PREab (expected nRP = 14)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, PREab, 0), S(213, ACT, 0, 0, 1, 0, 5) } },
	{ &hbm2, "(expected nRRDS = 4)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(103, ACT, 0, 0, 1, 0, 5) } },
	{ &legacy, "(expected nRRDL = 6)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(105, ACT, 0, 0, 0, 1, 5) } },
	{ &hbm3, "4 clocks after ACT (expected nRRDL = 5)", 2,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(108, ACT, 0, 0, 0, 1, 5) } },
	{ &hbm3, "3 clocks after ACT (expected nRRDS = 4)", 2, /* the other stack ID */
	  { S(100, ACT, 0, 0, 0, 0, 5), S(106, ACT, 0, 1, 0, 1, 5) } },
	{ &hbm3, "23 clocks after the fourth activation before it (expected nFAW = 24)", 2,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(108, ACT, 0, 0, 1, 0, 5), S(116, ACT, 0, 1, 2, 0, 5),
	    S(124, ACT, 0, 0, 3, 0, 5), S(146, ACT, 0, 1, 0, 0, 5) } },
	{ &hbm3, "23 clocks after the fourth activation before it (expected nFAW = 24)", 2,
	  { S(12480, REFpb, 0, 0, 0, 0), S(12496, ACT, 0, 0, 1, 0, 5),
	    S(12504, ACT, 0, 0, 2, 0, 5), S(12512, ACT, 0, 0, 3, 0, 5),
	    S(12526, REFpb, 0, 1, 0, 0) } },
	{ &ddr5, "(expected nFAW = 32)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(108, ACT, 0, 0, 1, 0, 5), S(116, ACT, 0, 0, 2, 0, 5),
	    S(124, ACT, 0, 0, 3, 0, 5), S(131, ACT, 0, 0, 4, 0, 5) } },
	{ &lpddr5x, "(expected nRPab = 23)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, PREab, 0), S(222, ACT, 0, 0, 1, 0, 5) } },
	{ &hbm2, "18 clocks after RDA (expected nRTP + nRP = 19)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RDA, 0, 0, 0, 0, 5), S(218, ACT, 0, 0, 0, 0, 5) } },
	{ &hbm2, "36 clocks after WRA (expected nCWL + nBL + nWR + nRP = 37)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WRA, 0, 0, 0, 0, 5), S(236, ACT, 0, 0, 0, 0, 5) } },
	{ &hbm2, "259 clocks after REFab (expected nRFC = 260)", 1,
	  { S(3900, REFab, 0), S(4159, ACT, 0, 0, 0, 0, 5) } },
	{ &hbm2, "159 clocks after REFpb (expected nRFCpb = 160)", 1,
	  { S(3900, REFpb, 0), S(4059, ACT, 0, 0, 0, 0, 5) } },
	{ &hbm2, "7 clocks after REFpb (expected nRREFD = 8)", 1,
	  { S(3900, REFpb, 0), S(3907, ACT, 0, 0, 0, 1, 5) } },

	/* column commands */
	{ &hbm2, "13 clocks after ACT (expected nRCDRD = 14)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(113, RD, 0, 0, 0, 0, 5) } },
	{ &hbm2, "13 clocks after ACT (expected nRCDRD = 14)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(113, RDA, 0, 0, 0, 0, 5) } },
	{ &hbm2, "11 clocks after ACT (expected nRCDWR = 12)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(111, WR, 0, 0, 0, 0, 5) } },
	{ &hbm2, "11 clocks after ACT (expected nRCDWR = 12)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(111, WRA, 0, 0, 0, 0, 5) } },
	{ &hbm2, "3 clocks after RD (expected nCCDL = 4)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(203, RD, 0, 0, 0, 0, 5, 1) } },
	{ &hbm2, "3 clocks after WR (expected nCCDL = 4)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WR, 0, 0, 0, 0, 5), S(203, WRA, 0, 0, 0, 0, 5) } },
	{ &hbm2, "1 clocks after RD (expected max(nBL, nCCDS) = 2)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(110, ACT, 0, 0, 1, 0, 5), S(200, RD, 0, 0, 0, 0, 5),
	    S(201, RD, 0, 0, 1, 0, 5) } },
	{ &hbm2, "1 clocks after WR (expected max(nBL, nCCDS) = 2)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(110, ACT, 0, 0, 1, 0, 5), S(200, WR, 0, 0, 0, 0, 5),
	    S(201, WR, 0, 0, 1, 0, 5) } },
	{ &hbm2, "14 clocks after WR (expected nCWL + nBL + nWTRL = 15)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WR, 0, 0, 0, 0, 5), S(214, RD, 0, 0, 0, 0, 5) } },
	{ &hbm2, "12 clocks after WR (expected nCWL + nBL + nWTRS = 13)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(110, ACT, 0, 0, 1, 0, 5), S(200, WR, 0, 0, 0, 0, 5),
	    S(212, RD, 0, 0, 1, 0, 5) } },
	{ &hbm2, "12 clocks after RD (expected nCL + nBL + 2 - nCWL = 13)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(212, WR, 0, 0, 0, 0, 5) } },
	{ &hbm2, "17 clocks after WR (expected nCWL + nBL + nWR - nRTP = 18)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WR, 0, 0, 0, 0, 5), S(217, RDA, 0, 0, 0, 0, 5) } },
	{ &hbm2e, "2 clocks after RD to another stack ID (expected nCCDR = 3)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(110, ACT, 0, 1, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5),
	    S(202, RD, 0, 1, 0, 0, 5) } },
	{ &hbm3, "2 clocks after RD to another stack ID (expected nCCDR = 3)", 2,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(110, ACT, 0, 1, 0, 0, 5), S(201, RD, 0, 0, 0, 0, 5),
	    S(205, RDA, 0, 1, 0, 0, 5) } },
	{ &hbm3, "19 clocks after RD (expected nRTW = 20)", 2,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(201, RD, 0, 0, 0, 0, 5), S(239, WR, 0, 0, 0, 0, 5) } },
	{ &hbm4, "24 clocks after RD (expected nRTW = 25)", 2,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(301, RD, 0, 0, 0, 0, 5), S(349, WR, 0, 0, 0, 0, 5) } },
	{ &ddr5, "13 clocks after RD (expected nCL + nBL + 4 - nCWL = 14)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(213, WR, 0, 0, 0, 0, 5) } },
	{ &ddr5, "23 clocks after WR (expected nCCDLWR = 24)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WR, 0, 0, 0, 0, 5), S(223, WR, 0, 0, 0, 0, 5) } },
	{ &ddr5, "11 clocks after RD (expected nCCDL = 12)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(211, RD, 0, 0, 0, 0, 5) } },
	{ &lpddr5x, "28 clocks after WR (expected nCWL + nCCDL + nWTRL = 29)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WR, 0, 0, 0, 0, 5), S(228, RD, 0, 0, 0, 0, 5) } },
	{ &lpddr5x, "16 clocks after RD (expected nCL + nCCDL + 2 - nCWL = 17)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(216, WR, 0, 0, 0, 0, 5) } },
	{ &lpddr5x, "14 clocks after RD (expected nCL + nBL + 2 - nCWL = 15)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(110, ACT, 0, 0, 1, 0, 5), S(200, RD, 0, 0, 0, 0, 5),
	    S(214, WR, 0, 0, 1, 0, 5) } },
	{ &gddr6, "24 clocks after RD (expected nCL + 1 = 25)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(224, WR, 0, 0, 0, 0, 5) } },

	/* precharges */
	{ &hbm2, "33 clocks after ACT (expected nRAS = 34)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(133, PREpb, 0) } },
	{ &hbm2, "33 clocks after ACT (expected nRAS = 34)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(133, PREab, 0) } },
	{ &hbm2, "4 clocks after RD (expected nRTP = 5)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(204, PREpb, 0) } },
	{ &hbm2, "4 clocks after RD (expected nRTP = 5)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5), S(204, PREab, 0) } },
	{ &hbm2, "4 clocks after RDA (expected nRTP = 5)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, RDA, 0, 0, 0, 0, 5), S(204, PREab, 0) } },
	{ &hbm2, "22 clocks after WR (expected nCWL + nBL + nWR = 23)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WR, 0, 0, 0, 0, 5), S(222, PREpb, 0) } },
	{ &hbm2, "22 clocks after WRA (expected nCWL + nBL + nWR = 23)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(200, WRA, 0, 0, 0, 0, 5), S(222, PREab, 0) } },
	{ &hbm3, "1.5 clocks after PREpb (expected nPPD = 2)", 1,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(110, ACT, 0, 0, 1, 0, 5), S(300, PREpb, 0),
	    S(303, PREpb, 0, 0, 1, 0) } },
	{ &hbm2, "259 clocks after REFab (expected nRFC = 260)", 1,
	  { S(3900, REFab, 0), S(4159, PREab, 0) } },
	{ &hbm2, "259 clocks after REFab (expected nRFC = 260)", 1,
	  { S(3900, REFab, 0), S(4159, PREpb, 0) } },
	{ &hbm2, "159 clocks after REFpb (expected nRFCpb = 160)", 1,
	  { S(3900, REFpb, 0), S(4059, PREab, 0) } },
	{ &hbm2, "159 clocks after REFpb (expected nRFCpb = 160)", 1,
	  { S(3900, REFpb, 0), S(4059, PREpb, 0) } },

	/* refreshes */
	{ &hbm2, "13 clocks after PREab (expected nRP = 14)", 1,
	  { S(3800, ACT, 0, 0, 0, 0, 5), S(3900, PREab, 0), S(3913, REFab, 0) } },
	{ &hbm2, "13 clocks after PREpb (expected nRP = 14)", 1,
	  { S(3800, ACT, 0, 0, 0, 0, 5), S(3900, PREpb, 0), S(3913, REFab, 0) } },
	{ &lpddr5x, "22 clocks after PREab (expected nRPab = 23)", 1,
	  { S(3800, ACT, 0, 0, 0, 0, 5), S(3900, PREab, 0), S(3922, REFpb, 0) } },
	{ &hbm2, "18 clocks after RDA (expected nRTP + nRP = 19)", 1,
	  { S(3800, ACT, 0, 0, 0, 0, 5), S(3900, RDA, 0, 0, 0, 0, 5), S(3918, REFab, 0) } },
	{ &hbm2, "36 clocks after WRA (expected nCWL + nBL + nWR + nRP = 37)", 1,
	  { S(3800, ACT, 0, 0, 0, 0, 5), S(3900, WRA, 0, 0, 0, 0, 5), S(3936, REFpb, 0) } },
	{ &hbm2, "259 clocks after REFab (expected nRFC = 260)", 1,
	  { S(3900, REFab, 0), S(4159, REFab, 0) } },
	{ &hbm2, "259 clocks after REFab (expected nRFC = 260)", 1,
	  { S(3900, REFab, 0), S(4159, REFpb, 0) } },
	{ &hbm2, "159 clocks after REFpb (expected nRFCpb = 160)", 1,
	  { S(3900, REFpb, 0), S(4059, REFab, 0) } },
	{ &hbm2, "7 clocks after REFpb (expected nRREFD = 8)", 1,
	  { S(3900, REFpb, 0), S(3907, REFpb, 0, 0, 0, 1) } },
	{ &hbm3, "3 clocks after ACT (expected nRRDS = 4)", 2,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(106, REFpb, 0, 0, 1, 0) } },
	{ &hbm3, "4 clocks after ACT (expected nRRDL = 5)", 2,
	  { S(100, ACT, 0, 0, 0, 0, 5), S(108, REFpb, 0, 0, 0, 1) } },
	{ &ddr5, "11 clocks after ACT (expected nRRDL = 12)", 1,
	  { S(100, ACT, 0, 0, 5, 0, 5), S(111, REFpb, 0, 0, 0, 1) } },
	{ &ddr5, "311 clocks after REFpb (expected nRFCpb = 312)", 1,
	  { S(1170, REFpb, 0, 0, 0, 0), S(1481, REFpb, 0, 0, 0, 1) } },
	{ &ddr5, "311 clocks after REFpb (expected nRFCpb = 312)", 1, /* any group's bank 2 */
	  { S(1170, REFpb, 0, 0, 0, 2), S(1481, ACT, 0, 0, 7, 2, 5) } },
	{ &ddr5, "71 clocks after REFpb (expected nRREFD = 72)", 1,
	  { S(1170, REFpb, 0, 0, 0, 2), S(1241, ACT, 0, 0, 7, 1, 5) } },
	{ &ddr5, "REFpb with 2 banks open", 0,
	  { S(100, ACT, 0, 0, 3, 2, 5), S(120, ACT, 0, 0, 6, 2, 5), S(140, ACT, 0, 0, 6, 1, 5),
	    S(1170, REFpb, 0, 0, 0, 2) } },
	{ &lpddr5x, "95 clocks after REFpb (expected nPBR2PBR = 96)", 1,
	  { S(600, REFpb, 0, 0, 0, 0), S(695, REFpb, 0, 0, 0, 1) } },
	{ &lpddr5x, "149 clocks after REFpb (expected nRFCpb = 150)", 1, /* the pair's other */
	  { S(600, REFpb, 0, 0, 1, 3), S(749, ACT, 0, 0, 3, 3, 5) } },
	{ &lpddr5x, "REFpb with 1 bank open", 0,
	  { S(100, ACT, 0, 0, 2, 0, 5), S(600, REFpb, 0, 0, 0, 0) } },
	{ &hbm2, "REFpb twice in round 1", 0,
	  { S(100, REFpb, 0, 0, 0, 0), S(300, REFpb, 0, 0, 0, 1), S(500, REFpb, 0, 0, 0, 0) } },
	{ &lpddr5x, "REFpb twice in round 1", 0,
	  { S(100, REFpb, 0, 0, 1, 3), S(300, REFpb, 0, 0, 1, 3) } },
	{ &hbm2, "1 clocks after the latest time for refresh 1 (expected at most 8 postponed)", 0,
	  { S(9 * 3900 + 1, REFab, 0) } },
	{ &hbm2, "1 clocks after the latest time for refresh 1", 0,
	  { S(100, REFab, 1), S(9 * 3900 + 1, ACT, 0) } },
	{ &ddr5, "1 clocks after the latest time for refresh 1 (expected at most 4 postponed)", 0,
	  { S(5 * 9360 + 1, REFab, 0) } },
};

START_TEST(test_sequences)
{
	const struct sequence *s = &sequences[_i];
	struct bench b;

	for (uint64_t later = 0; later <= s->right_after; later += max_u64(s->right_after, 1)) {
		size_t i = 0;

		bench_start(&b, s->device, NULL, 0);
		for (; i + 1 < ARRAY_SIZE(s->steps) && s->steps[i + 1].tick; i++)
			feed(&b, &s->steps[i], 0);
		ck_assert_msg(dramcheck_violations(b.d) == 0, "before the last: %s", b.told.data);
		feed(&b, &s->steps[i], later);
		if (later == 0)
			ck_assert_msg(strstr(b.told.data, s->expected) != NULL,
				      "expected %s: %s", s->expected, b.told.data);
		else
			ck_assert_msg(dramcheck_violations(b.d) == 0, "later: %s", b.told.data);
		bench_end(&b);
	}
}
END_TEST

/* What looks like a fault and is none. */
static const struct {
	const struct device *device;
	struct step steps[8];
} legal[] = {
	/* Precharges of closed banks, and the row that is open. */
	{ &hbm2, { S(100, PREab, 0), S(200, PREpb, 0), S(300, PREab, 0) } },
	/* Pseudo channels share nothing but the buses. */
	{ &hbm2, { S(100, ACT, 0, 0, 0, 0, 5), S(102, ACT, 1, 0, 0, 0, 5), S(200, RD, 0, 0, 0, 0, 5),
		   S(201, WR, 1, 0, 0, 0, 5), S(300, PREab, 0), S(314, REFab, 0),
		   S(315, RD, 1, 0, 0, 0, 5) } },
	/* A row and a column command at once; a precharge on a falling edge. */
	{ &hbm3, { S(100, ACT, 0, 0, 0, 0, 5), S(163, RD, 0, 0, 0, 0, 5),
		   S(164, ACT, 0, 0, 1, 0, 5), S(195, PREpb, 0) } },
	/* The clock's phase is that of the first command; HBM3 writes of two stack IDs. */
	{ &hbm3, { S(101, ACT, 0, 0, 0, 0, 5), S(111, ACT, 0, 1, 0, 0, 5),
		   S(202, WR, 0, 0, 0, 0, 5), S(206, WR, 0, 1, 0, 0, 5) } },
	/* A refreshed bank leaves others alone; DDR5's do not count for nFAW. */
	{ &hbm2, { S(100, ACT, 0, 0, 0, 0, 5), S(104, REFpb, 0, 0, 1, 0),
		   S(114, RD, 0, 0, 0, 0, 5) } },
	{ &ddr5, { S(100, REFpb, 0, 0, 0, 0), S(172, ACT, 0, 0, 0, 1, 5), S(180, ACT, 0, 0, 1, 1, 5),
		   S(188, ACT, 0, 0, 2, 1, 5), S(196, ACT, 0, 0, 3, 1, 5),
		   S(204, ACT, 0, 0, 4, 1, 5) } },
	/* A REFab ends a round. */
	{ &hbm2, { S(100, REFpb, 0, 0, 0, 0), S(500, REFab, 0), S(800, REFpb, 0, 0, 0, 0) } },
	/* Rounds are a stack ID's. */
	{ &hbm3, { S(100, REFpb, 0, 0, 0, 0), S(800, REFpb, 0, 1, 0, 0) } },
	/* On the last tick. */
	{ &hbm2, { S(9 * 3900, REFab, 0), S(10 * 3900, REFab, 0) } },
};

START_TEST(test_legal)
{
	struct bench b;

	bench_start(&b, legal[_i].device, NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(legal[_i].steps) && legal[_i].steps[i].tick; i++)
		feed(&b, &legal[_i].steps[i], 0);
	ck_assert_msg(dramcheck_violations(b.d) == 0, "%s", b.told.data);
	bench_end(&b);
}
END_TEST

/* Nine refreshes within the first interval: eight may be early.  And then a long rest: 9
 * intervals after the last one the next must come, though 17 have been done for. */
START_TEST(test_pulled_in)
{
	for (uint64_t last = 3899; last <= 3900; last++) {
		struct step s = S(0, REFab, 0);
		struct bench b;

		bench_start(&b, &hbm2, NULL, 0);
		for (s.tick = 300; s.tick <= 8 * 300; s.tick += 300)
			feed(&b, &s, 0);
		ck_assert_msg(dramcheck_violations(b.d) == 0, "%s", b.told.data);
		s.tick = last;
		feed(&b, &s, 0);
		ck_assert_msg((strstr(b.told.data, "REFab when 9 more are done than are due") != NULL)
				      == (last < 3900), "%s", b.told.data);
		bench_end(&b);
	}
}
END_TEST

START_TEST(test_interval)
{
	for (uint64_t late = 0; late <= 1; late++) {
		struct step s = S(0, REFab, 0);
		struct bench b;

		bench_start(&b, &hbm2, NULL, 0);
		for (s.tick = 300; s.tick <= 8 * 300; s.tick += 300)
			feed(&b, &s, 0);
		s.tick = 8 * 300 + 9 * 3900 + late;
		feed(&b, &s, 0);
		ck_assert_uint_eq(dramcheck_violations(b.d), late);
		bench_end(&b);
	}
}
END_TEST

/* A round of 16 REFpb ends at its last; the second one may end after 10 rounds' time, 16 times
 * 243 clocks each. */
START_TEST(test_rounds)
{
	const uint64_t latest = 10 * 16 * 243;

	for (uint64_t late = 0; late <= 1; late++) {
		struct step s = S(243, REFpb, 0);
		struct bench b;

		bench_start(&b, &hbm2, NULL, 0);
		for (unsigned i = 0; i < 31; i++, s.tick += 243) {
			s.at[2] = i % 16 / 4;
			s.at[3] = i % 4;
			feed(&b, &s, 0);
		}
		ck_assert_msg(dramcheck_violations(b.d) == 0, "%s", b.told.data);
		s = (struct step)S(latest + late, REFpb, 0, 0, 3, 3);
		feed(&b, &s, 0);
		ck_assert_uint_eq(dramcheck_violations(b.d), late);
		bench_end(&b);
	}
}
END_TEST

/* Nine rounds of DDR5's four REFsb (eight of 1.95 us early), in one interval. */
START_TEST(test_rounds_pulled_in)
{
	struct step s = S(312, REFpb, 0);
	struct bench b;

	bench_start(&b, &ddr5, NULL, 0);
	for (unsigned i = 0; i < 4 * 11; i++, s.tick += 312) {
		s.at[3] = i % 4;
		feed(&b, &s, 0);
	}
	/* Round k ends at 1248 k: ahead of k - floor(1248 k / 4680): 8 at k = 10, 9 at 11. */
	ck_assert_uint_eq(dramcheck_violations(b.d), 1);
	ck_assert_ptr_nonnull(strstr(b.told.data, "when 9 more are done than are due"));
	bench_end(&b);
}
END_TEST

/* What is overdue is told once, and the end asks all pseudo channels. */
START_TEST(test_end)
{
	struct step s = S(9 * 3900 + 5, PREab, 0);
	struct bench b;

	bench_start(&b, &hbm2, NULL, 0);
	feed(&b, &s, 0);
	feed(&b, &s, 1);
	ck_assert_uint_eq(dramcheck_violations(b.d), 1);
	dramcheck_end(b.d, ps_of(&b, 9 * 3900 + 6));
	ck_assert_uint_eq(dramcheck_violations(b.d), 4); /* two channels of two */
	ck_assert_ptr_nonnull(strstr(b.told.data, "channel 1.1: the end comes 6 clocks after"));
	bench_end(&b);
}
END_TEST

/* An edge lies at floor(i * 10^12 / f): 833, 1666, 2500 ps ... at 1.2 GHz. */
START_TEST(test_edges)
{
	struct dramcheck_memory m = { .standard = "HBM2", .data_rate = 2400000000,
				      .density_bits = 4 * GIBI, .channels = 1 };
	const uint64_t bad[] = { 1, 832, 834, 1665, 1667, 2499, 2501, 83332, 83334 };
	const uint64_t good[] = { 0, 833, 1666, 2500, 83333, 84166 };
	struct buf told = BUF_INIT;
	struct err err = { 0 };
	struct dramcheck *d;

	for (size_t i = 0; i < ARRAY_SIZE(bad) + ARRAY_SIZE(good); i++) {
		bool is_bad = i < ARRAY_SIZE(bad);
		struct dramcheck_command c = { .kind = DRAMCHECK_PREab };

		d = dramcheck_new(&m, 1, on_violation, &told, &err);
		c.time_ps = is_bad ? bad[i] : good[i - ARRAY_SIZE(bad)];
		dramcheck_command(d, &c);
		ck_assert_msg(dramcheck_violations(d) == is_bad, "%" PRIu64 " ps", c.time_ps);
		dramcheck_free(d);
	}
	ck_assert_ptr_nonnull(strstr(told.data, "at 834 ps, which is no clock edge"));
	buf_release(&told);
}
END_TEST

/* Spacing that a setting allows does not make the data bus wider, whichever way. */
START_TEST(test_data_bus)
{
	static const struct dramcheck_override overrides[] = { { "nCCDS", 1 }, { "nCCDL", 1 },
							       { "nCWL", 13 }, { "nWTRS", 1 } };
	static const struct step steps[][4] = {
		/* 200 + 14 to 216; nothing but the bus is in the way of a write's 201 + 13. */
		{ S(100, ACT, 0, 0, 0, 0, 5), S(110, ACT, 0, 0, 1, 0, 5), S(200, RD, 0, 0, 0, 0, 5),
		  S(201, WR, 0, 0, 1, 0, 5) },
		/* 200 + 13 to 215, and a read's 201 + 14 right behind it. */
		{ S(100, ACT, 0, 0, 0, 0, 5), S(110, ACT, 0, 0, 1, 0, 5), S(200, WR, 0, 0, 0, 0, 5),
		  S(201, RD, 0, 0, 1, 0, 5) },
	};
	struct bench b;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		bench_start(&b, &hbm2, overrides, ARRAY_SIZE(overrides));
		for (size_t j = 0; j < ARRAY_SIZE(steps[i]); j++)
			feed(&b, &steps[i][j], 0);
		ck_assert_msg((strstr(b.told.data, "data on a bus that is taken") != NULL) == (i == 0),
			      "%s", b.told.data);
		bench_end(&b);
	}
}
END_TEST

/* Reads back to back on the tick, and one a clock too early, in every standard. */
START_TEST(test_bursts)
{
	static const struct {
		const struct device *device;
		uint64_t burst, clock; /* ticks */
	} cases[] = { { &hbm2, 2, 1 }, { &hbm3, 4, 2 }, { &ddr5, 8, 1 }, { &lpddr5x, 2, 1 },
		      { &gddr6, 2, 1 }, { &legacy, 2, 1 }, { &hbm2e, 2, 1 } };
	static const struct dramcheck_override overrides[] = { { "nCCDS", 1 }, { "nCCDL", 1 } };
	struct bench b;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (uint64_t early = 0; early <= 1; early++) {
			struct step s = S(100, ACT, 0, 0, 0, 0, 5);

			bench_start(&b, cases[i].device, overrides, ARRAY_SIZE(overrides));
			feed(&b, &s, 0);
			s = (struct step)S(301, RD, 0, 0, 0, 0, 5);
			for (unsigned n = 0; n < 40; n++, s.tick += cases[i].burst)
				feed(&b, &s, 0);
			ck_assert_msg(dramcheck_violations(b.d) == 0, "%s", b.told.data);
			feed(&b, &s, early ? (uint64_t)0 - cases[i].clock : 0);
			ck_assert_msg((strstr(b.told.data, "on a bus that is taken") != NULL) ==
					      (early == 1), "%zu: %s", i, b.told.data);
			bench_end(&b);
		}
	}
}
END_TEST

/* An override counts, at every row in which it stands, and no other is taken. */
START_TEST(test_overrides)
{
	static const struct dramcheck_override good[] = { { "nRP", 20 }, { "nRC", 1 } };
	static const struct dramcheck_override bad[] = { { "nPPD", 2 }, { "nBL", 2 }, { "RP", 2 },
							 { "nRP", 0 }, { "nXYZ", 1 } };
	struct dramcheck_memory m = { .standard = "HBM2", .data_rate = 2000000000,
				      .density_bits = 4 * GIBI, .channels = 1, .n_overrides = 1 };
	static const struct step steps[] = { S(100, ACT, 0, 0, 0, 0, 5), S(134, PREpb, 0),
					     S(153, ACT, 0, 0, 0, 0, 5) };
	struct bench b;

	bench_start(&b, &hbm2, good, ARRAY_SIZE(good));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		feed(&b, &steps[i], 0);
	/* 34 + 20 clocks from ACT to ACT, though nRC is 1. */
	ck_assert_uint_eq(dramcheck_violations(b.d), 2);
	ck_assert_ptr_nonnull(strstr(b.told.data, "53 clocks after ACT (expected max(nRC, nRAS + "
						  "nRP) = 54)"));
	ck_assert_ptr_nonnull(strstr(b.told.data, "19 clocks after PREpb (expected nRP = 20)"));
	bench_end(&b);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = { 0 };

		m.overrides = &bad[i];
		ck_assert(!dramcheck_is_known(&m, &err));
		ck_assert_ptr_nonnull(strstr(err.text, bad[i].name));
	}
}
END_TEST

/* Every memory that the tables offer has limits for all its rules and the capacity that the
 * geometry gives; what they do not offer is named. */
START_TEST(test_tables)
{
	static const struct {
		const char *standard;
		uint64_t mbps[4], gibibits[5], heights[4];
		uint64_t channel_mib; /* of the first density and height */
	} offers[] = {
		{ "HBM2", { 1600, 2000, 2400 }, { 4, 8, 16, 32, 64 }, { 4, 8 }, 1024 },
		{ "HBM2E", { 2800, 3200, 3600 }, { 8, 16 }, { 8, 4 }, 2048 },
		{ "HBM3", { 4800, 5200, 5600, 6400 }, { 16, 24, 32, 8 }, { 8, 4, 12, 16 }, 1024 },
		{ "HBM3E", { 8000, 9200, 9600 }, { 24, 16, 32, 8 }, { 8, 4, 12, 16 }, 1536 },
		{ "HBM4", { 8000 }, { 32, 24 }, { 8, 4, 12, 16 }, 1024 },
		{ "DDR5", { 4800, 5600, 6400 }, { 16, 24, 32 }, { 1 }, 8192 },
		{ "LPDDR5X", { 7500, 8533 }, { 16, 4, 8, 32 }, { 1 }, 2048 },
		{ "GDDR6", { 14000, 16000 }, { 8 }, { 1 }, 512 },
		{ "HBM2-legacy", { 2000 }, { 8 }, { 4 }, 1024 },
	};
	const struct dramcheck_organisation *org;
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(offers); i++)
		for (size_t r = 0; r < 4 && offers[i].mbps[r]; r++)
			for (size_t g = 0; g < 5 && offers[i].gibibits[g]; g++)
				for (size_t h = 0; h < 4 && offers[i].heights[h]; h++) {
					struct device of = { offers[i].standard, offers[i].mbps[r],
							     offers[i].gibibits[g],
							     offers[i].heights[h], 1 };
					uint64_t bytes;
					struct bench b;

					bench_start(&b, &of, NULL, 0);
					org = dramcheck_organisation(b.d);
					bytes = org->pseudo_channels * org->stack_ids *
						org->bank_groups * org->banks * org->rows *
						org->columns * org->burst_bytes;
					if (g == 0 && h == 0)
						ck_assert_uint_eq(bytes >> 20, offers[i].channel_mib);
					n++;
					bench_end(&b);
				}
	ck_assert_uint_eq(n, 3 * 5 * 2 + 3 * 2 * 2 + 4 * 4 * 4 + 3 * 4 * 4 + 2 * 4 + 3 * 3 +
			     2 * 4 + 2 + 1);
}
END_TEST

START_TEST(test_unknown)
{
	static const struct {
		struct dramcheck_memory m;
		const char *expected;
	} cases[] = {
		{ { "HBM5", 2000000000, 4 * GIBI, 0, 1, NULL, 0 }, "standard 'HBM5' is not known" },
		{ { "", 2000000000, 4 * GIBI, 0, 1, NULL, 0 }, "standard '' is not known" },
		{ { "HBM2", 2000000001, 4 * GIBI, 0, 1, NULL, 0 }, "data_rate 2000000001" },
		{ { "HBM2", 0, 4 * GIBI, 0, 1, NULL, 0 }, "(expected one of 1600000000," },
		{ { "HBM2", 2000000000, 4 * GIBI + 1, 0, 1, NULL, 0 }, "density_bits 4294967297" },
		{ { "HBM2", 2000000000, 0, 0, 1, NULL, 0 }, "density_bits 0" },
		{ { "HBM2", 2000000000, 128 * GIBI, 0, 1, NULL, 0 }, "up to 64 Gb" },
		{ { "HBM3", 6400000000, 12 * GIBI, 0, 1, NULL, 0 }, "density_bits 12884901888" },
		{ { "LPDDR5X", 8533000000, 2 * GIBI, 0, 1, NULL, 0 }, "density_bits 2147483648" },
		{ { "HBM2", 2000000000, 4 * GIBI, 12, 1, NULL, 0 },
		  "height 12 is not known for HBM2 (expected one of 4, 8)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = { 0 };

		ck_assert(!dramcheck_is_known(&cases[i].m, &err));
		ck_assert_msg(strstr(err.text, cases[i].expected) != NULL, "%s", err.text);
	}
}
END_TEST

/* Counts and slack of rules, and how many violations are told. */
START_TEST(test_counts)
{
	static const struct step steps[] = { S(100, ACT, 0, 0, 0, 0, 5), S(120, RD, 0, 0, 0, 0, 5),
					     S(124, RD, 0, 0, 0, 0, 5), S(127, RD, 0, 0, 0, 0, 5),
					     S(130, RD, 0, 0, 0, 0, 5) };
	struct dramcheck_memory m = { .standard = "HBM2", .data_rate = 2000000000,
				      .density_bits = 4 * GIBI, .channels = 1 };
	struct bench b = { .tick_hz = 1000000000 };
	struct dramcheck_rule rule;
	struct err err = { 0 };
	unsigned n_found = 0;

	b.d = dramcheck_new(&m, 1, on_violation, &b.told, &err);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		feed(&b, &steps[i], 0);
	ck_assert_uint_eq(dramcheck_violations(b.d), 2);
	ck_assert_uint_eq(dramcheck_commands(b.d, DRAMCHECK_RD), 4);
	ck_assert_ptr_eq(strchr(b.told.data, '\n'), b.told.data + b.told.len - 1);
	for (size_t i = 0; i < dramcheck_n_rules(b.d); i++) {
		if (!dramcheck_rule(b.d, i, &rule))
			continue;
		if (strcmp(rule.name, "bank group, RD RDA to RD RDA: nCCDL") == 0) {
			ck_assert_uint_eq(rule.violations, 2);
			ck_assert_int_eq(rule.slack_ticks, -1);
			n_found++;
		} else {
			ck_assert_uint_eq(rule.violations, 0);
		}
		if (strcmp(rule.name, "bank, ACT to RD RDA: nRCDRD") == 0) {
			ck_assert_int_eq(rule.slack_ticks, 6);
			n_found++;
		}
		if (strstr(rule.name, "nWTRL")) {
			ck_assert_int_eq(rule.slack_ticks, DRAMCHECK_NEVER);
			n_found++;
		}
	}
	ck_assert_uint_eq(n_found, 3);
	bench_end(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dramcheck");
	TCase *tc = tcase_create("rules");

	tcase_add_loop_test(tc, test_sequences, 0, (int)ARRAY_SIZE(sequences));
	tcase_add_loop_test(tc, test_legal, 0, (int)ARRAY_SIZE(legal));
	tcase_add_test(tc, test_pulled_in);
	tcase_add_test(tc, test_interval);
	tcase_add_test(tc, test_rounds);
	tcase_add_test(tc, test_rounds_pulled_in);
	tcase_add_test(tc, test_end);
	tcase_add_test(tc, test_edges);
	tcase_add_test(tc, test_data_bus);
	tcase_add_test(tc, test_bursts);
	tcase_add_test(tc, test_overrides);
	tcase_add_test(tc, test_tables);
	tcase_add_test(tc, test_unknown);
	tcase_add_test(tc, test_counts);
	suite_add_tcase(suite, tc);
	return tap_main(suite);
}
