/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a timing in a form that is quick to apply: shared with dram_timing.c. */
#ifndef MEMSIM_MODEL_DRAM_EFFECT_H
#define MEMSIM_MODEL_DRAM_EFFECT_H

#include "model/dram_timing.h"

/* A word of a node rises to a tick plus the latency. */
struct dram_raise {
	uint16_t level, offset; /* of the word in the node, in bytes */
	uint32_t latency;
};
struct dram_raises {
	unsigned n;
	struct dram_raise of[2 * N_DRAM_COMMANDS];
};
#define DRAM_MAX_RAISES (N_DRAM_LEVELS * 2 * N_DRAM_COMMANDS)

/* What a command does to the nodes on its bank's path. */
struct dram_effect {
	struct dram_raise of[DRAM_MAX_RAISES]; /* by level, from the top */
	unsigned end[N_DRAM_LEVELS];           /* behind the last one of a level */
	struct dram_raises windows[DRAM_MAX_WINDOWS]; /* from the tick that the window gives */
	bool is_followed_alike; /* above its bank group, as the other column command of its kind */
	/* Siblings, and all of REFpb, which may be to several banks, are applied as edges. */
	unsigned n_others;
	struct dram_edge others[DRAM_MAX_RULES];
};

/* All but the others; not of a REFpb. */
void dram_effect_apply(struct dram_state *s, enum dram_command_kind c, unsigned bank,
		       uint64_t tick);

#endif
