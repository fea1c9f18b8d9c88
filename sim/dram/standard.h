/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory standards as data: organisation, commands, parameters by speed bin and density,
 * and the rules between commands.  A new standard is a new table and a row of
 * DRAM_STANDARD_LIST; every executor, controller and log works from it.
 * Knows nothing of queues, addresses or time.
 */
#ifndef MEMSIM_DRAM_STANDARD_H
#define MEMSIM_DRAM_STANDARD_H

#include "base/base.h"

/* X(identifier, name in hbm.standard), in the order of that setting's words, after "ideal". */
#define DRAM_STANDARD_LIST(X) \
	X(hbm2, "HBM2") \
	X(hbm2e, "HBM2E") \
	X(hbm3, "HBM3") \
	X(hbm3e, "HBM3E") \
	X(hbm4, "HBM4") \
	X(ddr5, "DDR5") \
	X(lpddr5x, "LPDDR5X") \
	X(gddr6, "GDDR6") \
	X(hbm2_legacy, "HBM2-legacy")

/* Commands; the names are the log's, where a standard has no name of its own. */
#define DRAM_COMMAND_LIST(X) \
	X(ACT) X(PREpb) X(PREab) X(RD) X(WR) X(RDA) X(WRA) X(REFab) X(REFpb)
enum dram_command_kind {
#define X(name) DRAM_##name,
	DRAM_COMMAND_LIST(X)
#undef X
	N_DRAM_COMMANDS
};

/*
 * Timing parameters in memory clocks, spelled as JEDEC does; hbm.timing.nX overrides nX.
 * 0: the standard has no such parameter.  BL follows from the burst and cannot be overridden.
 */
#define DRAM_PARAM_LIST(X) \
	X(CL, "Read latency.") \
	X(CWL, "Write latency.") \
	X(RCDRD, "ACT to RD.") \
	X(RCDWR, "ACT to WR.") \
	X(RP, "PREpb to ACT.") \
	X(RPab, "PREab to ACT, where it differs.") \
	X(RAS, "ACT to PRE.") \
	X(RC, "ACT to ACT of a bank.") \
	X(WR, "End of write data to PRE.") \
	X(RTP, "RD to PRE.") \
	X(CCDS, "Column to column, other bank group.") \
	X(CCDL, "Column to column, same bank group.") \
	X(CCDLWR, "WR to WR, same bank group, where it differs.") \
	X(CCDR, "RD to RD, other stack ID.") \
	X(RRDS, "ACT to ACT, other bank group.") \
	X(RRDL, "ACT to ACT, same bank group.") \
	X(WTRS, "End of write data to RD, other bank group.") \
	X(WTRL, "End of write data to RD, same bank group.") \
	X(RTW, "RD to WR.") \
	X(FAW, "Window of four ACTs.") \
	X(PPD, "PRE to PRE.") \
	X(RFC, "REFab to ACT.") \
	X(RFCpb, "REFpb to ACT of its bank.") \
	X(RREFD, "REFpb to REFpb or ACT of another bank.") \
	X(PBR2PBR, "REFpb to REFpb of another bank, where it differs.") \
	X(REFI, "Refresh interval.") \
	X(REFIpb, "Interval of REFpb.")
struct dram_params {
	int64_t nBL;
#define X(name, help) int64_t n##name;
	DRAM_PARAM_LIST(X)
#undef X
};

/* Nodes of a pseudo channel's tree; a command passes one of each level, from the top. */
enum dram_level { DRAM_LEVEL_PC, DRAM_LEVEL_SID, DRAM_LEVEL_BG, DRAM_LEVEL_BANK, N_DRAM_LEVELS };

/* Command buses; a standard with one shared bus puts all commands on the first. */
enum dram_bus_kind { DRAM_BUS_ROW, DRAM_BUS_COLUMN, N_DRAM_BUSES };

/* What a command addresses: a bank (REFpb: refresh_groups says which with it), or the whole
 * pseudo channel. */
enum dram_scope { DRAM_FOR_BANK, DRAM_FOR_PC };

struct dram_command_form {
	uint8_t bus;
	uint8_t ticks;    /* for which it holds its command bus */
	uint8_t scope;
	bool is_on_rising; /* starts on a rising edge of the clock only: an even tick of two */
};

/*
 * After `preceding` at tick t on a node of `level`, `following` may go to the same node (a
 * sibling rule: to the other nodes of that level in the pseudo channel) at t + its latency.
 * With window w > 1 the latency counts from the w-th most recent of the commands that any rule
 * of that level and window names as preceding, the one just issued included.  The nominal
 * latency is in nominal(), in clocks between last ticks, as JEDEC counts; the executor adjusts
 * to first ticks.
 */
struct dram_rule {
	uint8_t level, preceding, following, window;
	bool is_sibling;
	const char *formula; /* as written, of n->nX */
	const char *source;  /* NULL: the standard's */
};
#define DRAM_MAX_RULES 160
#define DRAM_MAX_WINDOW 4
#define DRAM_MAX_SIDS 4
#define DRAM_MAX_BANKS 64 /* of a pseudo channel */

/* What a number of bits is that of: a density as the setting has it, the part of a pseudo
 * channel in one stack ID, a pseudo channel, a channel. */
enum dram_extent { DRAM_OF_DENSITY, DRAM_OF_STACK_ID, DRAM_OF_PSEUDO_CHANNEL, DRAM_OF_CHANNEL };

/* Times of refresh up to and including a number of bits; bits 0: anything above. */
struct dram_refresh_row {
	uint64_t bits;
	uint64_t rfc_ps, rfcpb_ps;
};
struct dram_height {
	unsigned dies, stack_ids;
};
struct dram_bin {
	uint64_t data_rate; /* bits a second of a pin */
	const char *source;
	struct dram_params n; /* but what follows from density and time: RFC RFCpb REFI REFIpb BL */
};

struct dram_standard {
	const char *name;
	const char *source; /* of all that names no other */
	unsigned channels;  /* of a stack or device, usually */
	unsigned pseudo_channels, bank_groups, banks_per_group; /* groups: of a stack ID */
	unsigned refresh_groups; /* groups of which a REFpb refreshes the same bank, evenly spread */
	unsigned pins;           /* data pins of a pseudo channel */
	uint32_t columns;        /* bursts of a row */
	uint32_t burst_bytes;
	uint64_t row_bytes;      /* of a pseudo channel */
	unsigned bits_per_clock; /* of a pin: data_rate / this = clock */
	unsigned ticks_per_clock;
	/* density * chips / shares is the number of bits of this */
	enum dram_extent density_of;
	unsigned chips, shares;
	const uint64_t *densities; /* on offer, in bits */
	size_t n_densities;
	uint64_t usual_density;
	bool takes_any_density; /* that makes whole rows */
	struct dram_command_form commands[N_DRAM_COMMANDS];
	const struct dram_height *heights;
	size_t n_heights;
	unsigned usual_height; /* dies */
	const struct dram_bin *bins;
	size_t n_bins;
	const struct dram_refresh_row *refresh;
	size_t n_refresh;
	enum dram_extent refresh_by; /* what their bits count */
	uint64_t refi_ps;
	uint64_t refipb_ps;     /* 0: refi_ps / REFpbs that refresh a pseudo channel */
	unsigned max_postponed; /* REFabs, or rounds of REFpb */
	const struct dram_rule *rules;
	size_t n_rules;
	/* Nominal latency of each rule, in clocks. */
	void (*nominal)(const struct dram_params *n, int64_t *latencies);
};

#define X(id, name) extern const struct dram_standard dram_##id;
DRAM_STANDARD_LIST(X)
#undef X

/* The words of hbm.standard after "ideal", each with a "|" before it. */
#define DRAM_STANDARD_WORD(id, name) "|" name
#define DRAM_STANDARD_WORDS DRAM_STANDARD_LIST(DRAM_STANDARD_WORD)

/* Number `index` of the list, or NULL. */
const struct dram_standard *dram_standard_at(size_t index);

const char *dram_command_name(enum dram_command_kind kind);

/* One device of a standard: what speed, density and height make of its table. */
struct dram_device {
	const struct dram_standard *standard;
	struct dram_params n;
	uint64_t clock_hz;
	unsigned stack_ids;
	unsigned n_banks; /* of a pseudo channel */
	uint64_t rows;    /* of a bank */
};
/* height 0: the usual one.  False with the setting to blame ("data_rate", "density",
 * "height") and the reason, room for 200 bytes. */
bool dram_device_init(struct dram_device *d, const struct dram_standard *s, uint64_t data_rate,
		      uint64_t density_bits, uint64_t height, const char **setting, char *why);
#define DRAM_REASON 200

/* The times of refresh of a device of that density. */
const struct dram_refresh_row *dram_refresh_times(const struct dram_device *d,
						  uint64_t density_bits);

static inline uint64_t dram_channel_bytes(const struct dram_device *d)
{
	return d->standard->pseudo_channels * d->n_banks * d->rows * d->standard->row_bytes;
}

#endif
