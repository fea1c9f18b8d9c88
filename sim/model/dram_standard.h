/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A memory standard as data: organisation, parameters by speed bin and density, and the
 * rules between commands.  A new standard is a new table; dram_timing.c executes any.
 * Knows nothing of queues, addresses or time.
 */
#ifndef MEMSIM_MODEL_DRAM_STANDARD_H
#define MEMSIM_MODEL_DRAM_STANDARD_H

#include "base/base.h"
#include "model/memory.h"

/*
 * Timing parameters in memory clocks, spelled as JEDEC does; hbm.timing.nX overrides nX.
 * BL follows from the burst length and cannot be overridden.
 */
#define DRAM_PARAM_LIST(X) \
	X(CL) X(CWL) X(RCDRD) X(RCDWR) X(RP) X(RAS) X(RC) X(WR) X(RTP) X(CCDS) X(CCDL) \
	X(RRDS) X(RRDL) X(WTRS) X(WTRL) X(FAW) X(RFC) X(REFI)
struct dram_params {
	int64_t nBL;
#define X(name) int64_t n##name;
	DRAM_PARAM_LIST(X)
#undef X
};

/* Nodes of a pseudo channel's tree; a command passes one of each level, from the top. */
enum dram_level { DRAM_LEVEL_PC, DRAM_LEVEL_BG, DRAM_LEVEL_BANK, N_DRAM_LEVELS };

enum dram_bus_kind { DRAM_BUS_ROW, DRAM_BUS_COLUMN, N_DRAM_BUSES };

struct dram_command_form {
	uint8_t bus;
	uint8_t ticks;  /* for which it holds its command bus */
	bool is_for_pc; /* addresses the whole pseudo channel, not a bank */
};

/*
 * After `preceding` at tick t on a node of `level`, `following` may go to the same node at
 * t + its latency.  With window w > 1 the latency counts from the w-th most recent
 * `preceding`, the one just issued included.  The nominal latency is in nominal(): JEDEC
 * counts between last ticks, the executor between first ones, and adjusts.
 */
struct dram_rule {
	uint8_t level, preceding, following, window;
};
#define DRAM_MAX_RULES 48
#define DRAM_MAX_WINDOW 4

struct dram_standard {
	const char *name;
	unsigned pseudo_channels, bank_groups, banks_per_group;
	uint32_t columns;           /* bursts of a row */
	uint32_t burst_bytes;
	uint64_t row_bytes;         /* of a pseudo channel */
	uint64_t bits_per_clock;    /* of a pin: data_rate / this = clock */
	unsigned ticks_per_clock;
	struct dram_command_form commands[N_DRAM_COMMANDS];
	const struct dram_rule *rules;
	size_t n_rules;
	/* Nominal latency of each rule, in ticks. */
	void (*nominal)(const struct dram_params *n, int64_t *latencies);
	/* Parameters of a speed bin and density; false with the bins' names in `bins`. */
	bool (*params)(uint64_t data_rate, uint64_t density_bits, struct dram_params *n,
		       const char **bins);
};

extern const struct dram_standard dram_hbm2;

#endif
