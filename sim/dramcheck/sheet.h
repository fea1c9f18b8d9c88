/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker's own tables, as they are typed in (sheet.c, timings.c, rules.c), and what
 * they come to for one memory (limits.c).  Private to dramcheck/.
 */
#ifndef MEMSIM_DRAMCHECK_SHEET_H
#define MEMSIM_DRAMCHECK_SHEET_H

#include "dramcheck/dramcheck.h"

/* In clocks, spelled as JEDEC does.  BL, a burst's, is no parameter of the log's. */
#define CHECK_PARAM_LIST(X) \
	X(BL) X(CL) X(CWL) X(RCDRD) X(RCDWR) X(RP) X(RPab) X(RAS) X(RC) X(WR) X(RTP) X(CCDS) \
	X(CCDL) X(CCDLWR) X(CCDR) X(RRDS) X(RRDL) X(WTRS) X(WTRL) X(RTW) X(FAW) X(PPD) X(RFC) \
	X(RFCpb) X(RREFD) X(PBR2PBR) X(REFI) X(REFIpb)
enum check_param {
#define X(name) P_##name,
	CHECK_PARAM_LIST(X)
#undef X
	N_CHECK_PARAMS
};

/* Each bit a standard, so that a rule can name several. */
enum {
	HBM2 = 1 << 0,
	HBM2E = 1 << 1,
	HBM3 = 1 << 2,
	HBM3E = 1 << 3,
	HBM4 = 1 << 4,
	DDR5 = 1 << 5,
	LPDDR5X = 1 << 6,
	GDDR6 = 1 << 7,
	LEGACY = 1 << 8, /* HBM2 with 128-bit channels */
	ALL = (1 << 9) - 1,
};

/* Each bit a command; a set of them stands for each of its members. */
#define BIT(name) (1 << DRAMCHECK_##name)

enum scope {
	SCOPE_PC,      /* the same pseudo channel */
	SCOPE_SID,     /* and stack ID */
	SCOPE_SIBLING, /* the same pseudo channel, another stack ID */
	SCOPE_BG,      /* the same bank group */
	SCOPE_BANK,
	N_SCOPES
};

/* `following` keeps `least` from each `preceding` of its scope, or with window w > 1 from
 * the w-th last one. */
struct check_rule {
	uint16_t standards;
	uint8_t scope;
	uint16_t preceding, following;
	uint8_t window;
	const char *least; /* clocks: sums and differences of parameters, numbers and max(a, b) */
};
extern const struct check_rule check_rules[];
extern const size_t n_check_rules;

#define MAX_BINS 8
struct check_timing {
	enum check_param param;
	uint16_t clocks[MAX_BINS]; /* 0: the standard has no such parameter */
};
struct check_timings {
	const struct check_timing *rows;
	size_t n;
};
extern const struct check_timings check_timings_hbm2, check_timings_hbm3, check_timings_other;

/* A time by density: up to so many Gb. */
#define ABOVE 0xffff
struct check_step {
	uint16_t up_to_gb, ns;
};

/* What one REFpb refreshes. */
enum reach {
	REACH_BANK,
	REACH_PAIR,      /* bank groups g and g + 2 */
	REACH_SAME_BANK, /* in every bank group */
};

struct check_sheet {
	uint16_t bit;
	const char *name;
	uint8_t pseudo_channels, bank_groups, banks;
	uint8_t columns, burst_bytes;
	uint8_t bits_per_clock, burst_clocks, ticks_per_clock;
	struct { uint8_t dies, stack_ids; } heights[4]; /* the rest 0 */
	uint8_t usual_height;
	/* density */
	uint64_t divisor; /* of the density, to rows; times the stack IDs if divides_by_sid */
	bool divides_by_sid;
	uint8_t gb[6]; /* on offer; none: whatever gives whole rows, up to 64 Gb */
	/* The density that refresh times go by: the log's, per stack ID or over all dies. */
	enum { KEY_AS_IS, KEY_PER_SID, KEY_OF_ALL_DIES } key;
	uint8_t key_divisor;
	struct check_step rfc[6], rfc_pb[6];
	/* command buses */
	bool has_column_bus;
	uint8_t ticks[N_DRAMCHECK_KINDS]; /* on its bus */
	uint16_t rising; /* commands that start on rising edges only; a set */
	/* refresh */
	uint16_t refi_ns, refi_pb_ns; /* of a REFab; of a round of REFpb */
	enum reach reach;
	uint8_t sets;                    /* REFpb of a round of one stack ID */
	uint8_t postponed, postponed_pb; /* at most; also pulled in */
	/* timings */
	const struct check_timings *timings;
	uint8_t first_bin; /* column in `timings` */
	uint32_t mbps[5];  /* the rest 0 */
};
extern const struct check_sheet check_sheets[];
extern const size_t n_check_sheets;

/* A rule's part for one pair of commands, in ticks. */
struct check_limit {
	int64_t least;
	uint8_t scope, preceding, window;
	uint16_t rule; /* index in check_rules */
};
#define MAX_LIMITS 24

struct check_limits {
	const struct check_sheet *sheet;
	struct dramcheck_organisation org;
	uint64_t tick_hz;
	int64_t clocks[N_CHECK_PARAMS];
	/* By what follows: those that look at the pseudo channel or stack IDs, then those that
	 * look at bank groups or banks. */
	struct check_limit wide[N_DRAMCHECK_KINDS][MAX_LIMITS];
	struct check_limit narrow[N_DRAMCHECK_KINDS][MAX_LIMITS];
	unsigned n_wide[N_DRAMCHECK_KINDS], n_narrow[N_DRAMCHECK_KINDS];
	uint16_t windowed; /* commands that count in windows */
};
bool check_limits_init(struct check_limits *l, const struct dramcheck_memory *m, struct err *err);

#endif
