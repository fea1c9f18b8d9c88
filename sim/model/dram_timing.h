/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executes a standard's rules: the earliest tick at which each command may go to each
 * node of a pseudo channel.  Time is an argument; earliest() changes nothing, issue()
 * assumes what it is told.  Open rows and command buses are the caller's.
 */
#ifndef MEMSIM_MODEL_DRAM_TIMING_H
#define MEMSIM_MODEL_DRAM_TIMING_H

#include "base/err.h"
#include "base/fault.h"
#include "config/machine.h"
#include "dram/standard.h"

/* A rule, resolved to ticks between first ticks; grouped by what precedes. */
struct dram_edge {
	uint8_t level, following;
	bool is_turnaround; /* between reads and writes */
	bool is_sibling;    /* acts on the other nodes of its level */
	uint8_t window;
	uint8_t window_slot; /* which of the windows, when window > 1 */
	uint64_t latency;    /* of a window: from a last tick */
};

/* Rules of one level and window > 1 count the same commands: all that precede in one of them. */
struct dram_window {
	uint8_t level, size;
};
#define DRAM_MAX_WINDOWS 2

/* The nodes above and of a bank, as bytes behind the pseudo channel's. */
struct dram_path {
	uint16_t offset[N_DRAM_LEVELS];
};

struct dram_effect; /* dram_effect.h */

struct dram_timing {
	const struct dram_standard *standard;
	struct dram_device device;
	struct dram_params n; /* the device's, with the overrides */
	uint64_t clock_hz;
	uint64_t rows; /* of a bank */
	/* Those to the command itself come first, n_own of them. */
	struct dram_edge edges[N_DRAM_COMMANDS][DRAM_MAX_RULES];
	unsigned n_edges[N_DRAM_COMMANDS], n_own[N_DRAM_COMMANDS];
	struct dram_window windows[DRAM_MAX_WINDOWS];
	unsigned n_windows;
	uint8_t counts_in[N_DRAM_COMMANDS]; /* bit w: in windows[w] */
	unsigned n_banks; /* of a pseudo channel */
	unsigned stack_ids;
	unsigned n_nodes; /* the PC, its stack IDs, their bank groups, their banks */
	uint8_t sid_node[DRAM_MAX_BANKS], bg_node[DRAM_MAX_BANKS], bank_node[DRAM_MAX_BANKS];
	struct dram_path paths[DRAM_MAX_BANKS]; /* the same */
	struct dram_effect *effects; /* of each command; NULL: edges are applied one by one */
};

struct dram_node {
	uint64_t ready[N_DRAM_COMMANDS];
	uint64_t turned[2]; /* the part of ready[RD], ready[WR] that turnaround rules made */
};

/* The last ticks of the commands of a window, as a ring. */
struct dram_history {
	uint64_t tick[DRAM_MAX_WINDOW];
	uint32_t n, at; /* of `size` at most; where the next one goes */
};
#define DRAM_WINDOW_NOT_FULL UINT64_MAX

/* One more; returns the tick that a latency counts from, the oldest of a full window. */
static inline uint64_t dram_history_add(struct dram_history *h, unsigned size, uint64_t tick)
{
	h->tick[h->at] = tick;
	h->at = h->at + 1 == size ? 0 : h->at + 1;
	h->n += h->n < size;
	return h->n == size ? h->tick[h->at] : DRAM_WINDOW_NOT_FULL;
}

/* Banks that a command to a bank concerns: more than one if a REFpb refreshes several. */
static inline unsigned dram_banks_of(const struct dram_timing *t, enum dram_command_kind c)
{
	return c == DRAM_REFpb ? t->standard->refresh_groups : 1;
}
static inline unsigned dram_bank_of(const struct dram_timing *t, enum dram_command_kind c,
				    unsigned bank, unsigned i)
{
	const struct dram_standard *s = t->standard;
	unsigned of_sid = s->bank_groups * s->banks_per_group;
	unsigned apart = of_sid / s->refresh_groups;

	return c == DRAM_REFpb ? bank / of_sid * of_sid + bank % apart + i * apart : bank;
}

static inline uint64_t *dram_turned(struct dram_node *node, enum dram_command_kind column)
{
	return &node->turned[column == DRAM_WR || column == DRAM_WRA];
}

/* One pseudo channel. */
struct dram_state {
	const struct dram_timing *timing;
	struct dram_node *nodes;
	struct dram_history *histories; /* n_windows a node */
};

bool dram_timing_init(struct dram_timing *t, const struct dram_standard *s,
		      const struct machine *m, struct err *err);
/* Ticks from `preceding` to `following` at `level`; 0 without such a rule of window 1. */
uint64_t dram_latency(const struct dram_timing *t, enum dram_level level,
		      enum dram_command_kind preceding, enum dram_command_kind following);

/* From now on commands are issued by effects derived from the edges, and only the commands of
 * the mask may be asked about, RDA and WRA in their banks alone; release frees them. */
void dram_timing_compile(struct dram_timing *t, unsigned asked);
void dram_timing_release(struct dram_timing *t);

void dram_state_init(struct dram_state *s, const struct dram_timing *t);
void dram_state_release(struct dram_state *s);

static inline struct dram_node *dram_pc_node(const struct dram_state *s)
{
	return &s->nodes[0];
}
static inline struct dram_node *dram_node_of(const struct dram_state *s, unsigned bank,
					     enum dram_level level)
{
	return (struct dram_node *)(void *)((char *)s->nodes +
					    s->timing->paths[bank].offset[level]);
}
static inline struct dram_node *dram_sid_node(const struct dram_state *s, unsigned bank)
{
	return dram_node_of(s, bank, DRAM_LEVEL_SID);
}
static inline struct dram_node *dram_bg_node(const struct dram_state *s, unsigned bank)
{
	return dram_node_of(s, bank, DRAM_LEVEL_BG);
}
static inline struct dram_node *dram_bank_node(const struct dram_state *s, unsigned bank)
{
	return dram_node_of(s, bank, DRAM_LEVEL_BANK);
}

/* What the rules below the pseudo channel's allow a column command. */
static inline uint64_t dram_column_ready(const struct dram_state *s, enum dram_command_kind c,
					 unsigned bank)
{
	return max_u64(max_u64(dram_bg_node(s, bank)->ready[c], dram_bank_node(s, bank)->ready[c]),
		       dram_sid_node(s, bank)->ready[c]);
}

/* The first tick at or after `tick` at which the command may start: on a rising edge, where
 * the standard wants one. */
static inline uint64_t dram_on_edge(const struct dram_timing *t, enum dram_command_kind c,
				    uint64_t tick)
{
	uint64_t rest = t->standard->commands[c].is_on_rising ?
				tick % t->standard->ticks_per_clock : 0;

	return rest ? tick + t->standard->ticks_per_clock - rest : tick;
}

static inline bool dram_is_column(enum dram_command_kind c)
{
	return c == DRAM_RD || c == DRAM_WR || c == DRAM_RDA || c == DRAM_WRA;
}

/* What the rules allow, not yet on the command's edge.  `bank` counts within the pseudo
 * channel; ignored by commands to the whole of it. */
uint64_t dram_earliest(const struct dram_state *s, enum dram_command_kind c, unsigned bank);
/* The same of a command to one bank. */
static inline uint64_t dram_earliest_in(const struct dram_state *s, enum dram_command_kind c,
					unsigned bank)
{
	uint64_t tick = max_u64(dram_pc_node(s)->ready[c], dram_column_ready(s, c, bank));

	return tick - (c == DRAM_ACT && tick > 0 && fault_is("early-act"));
}
void dram_issue(struct dram_state *s, enum dram_command_kind c, unsigned bank, uint64_t tick);
/* As dram_issue(), for a command that another one of its kind follows, before anything is asked,
 * to another bank of the same stack ID. */
void dram_issue_followed(struct dram_state *s, enum dram_command_kind c, unsigned bank,
			 uint64_t tick);
/*
 * One of a run of the same command, of which only the last to each bank is issued after it:
 * until then nothing but that command may be asked about.
 */
void dram_issue_in_run(struct dram_state *s, enum dram_command_kind c, unsigned bank,
		       uint64_t tick);

#endif
