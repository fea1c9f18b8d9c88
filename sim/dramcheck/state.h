/* SPDX-License-Identifier: Apache-2.0 */
/* What the checker remembers of a memory's commands.  Private to dramcheck/. */
#ifndef MEMSIM_DRAMCHECK_STATE_H
#define MEMSIM_DRAMCHECK_STATE_H

#include "dramcheck/sheet.h"

#define MAX_WINDOW 4
#define MAX_STACK_IDS 4
#define MAX_REACHED 8 /* banks that one command covers */
#define LONG_AGO (INT64_MIN / 4)
#define CLOSED (-1) /* where an open row stands */

/* Rules that are no distance between two commands. */
#define CHECK_STATE_LIST(X) \
	X(ORDER, "commands in order of time") \
	X(EDGE, "commands end on clock edges") \
	X(RISING, "commands start on rising edges") \
	X(PLACE, "addresses exist") \
	X(CLOSED_BANK, "RD and WR to open banks") \
	X(OTHER_ROW, "RD and WR to the open row") \
	X(OPEN_BANK, "ACT to closed banks") \
	X(REFRESH_OPEN, "refresh of closed banks") \
	X(COMMAND_BUS, "one command at a time on a command bus") \
	X(DATA_BUS, "one burst at a time on the data bus") \
	X(POSTPONED, "refreshes postponed") \
	X(PULLED_IN, "refreshes pulled in") \
	X(ROUND, "every bank refreshed once before any twice")
enum check_state_rule {
#define X(name, text) RULE_##name,
	CHECK_STATE_LIST(X)
#undef X
	N_STATE_RULES
};

/* Effects of the last command of each kind to a part of the pseudo channel, in ticks. */
struct node {
	int64_t last[N_DRAMCHECK_KINDS];
};

/* Bursts on the data bus in one direction; their ends ascend. */
#define BURSTS 32
struct lane {
	int64_t end[BURSTS]; /* ring */
	unsigned n;
};

/* Of one stack ID. */
struct refresh {
	int64_t rounds; /* that are complete */
	uint64_t done;  /* sets of the round under way, bit by bit */
	int64_t due;    /* the latest tick of what must come next */
};

struct pseudo {
	struct node *nodes; /* the pseudo channel, its stack IDs, their bank groups, banks */
	int64_t *rows;      /* open ones, by bank */
	unsigned n_open;
	int64_t window[MAX_WINDOW]; /* ring */
	unsigned n_window;          /* modulo its size */
	struct lane reads, writes;
	struct refresh refresh[MAX_STACK_IDS];
	int64_t due; /* the earliest of all stack IDs' */
};

struct dramcheck {
	struct check_limits limits;
	unsigned n_sids, n_groups, n_banks, first_group, first_bank; /* nodes of a pseudo channel */
	uint64_t n_channels;
	struct pseudo *pseudos;
	struct node *nodes;
	int64_t *rows;
	struct { int64_t row, column; } *buses; /* last tick on each channel's, or LONG_AGO */
	int64_t now;
	int phase; /* of the rising edge; -1: not known yet */
	dramcheck_fn tell;
	void *context;
	uint64_t max_told, n_told, n_violations;
	uint64_t n_commands[N_DRAMCHECK_KINDS];
	/* By rule: the state's, then the rows of check_rules. */
	uint64_t *violations;
	int64_t *slack;
};

/* One command while it is judged. */
struct judged {
	struct dramcheck *d;
	const struct dramcheck_command *c;
	struct pseudo *p;
	int64_t at;    /* its last tick */
	int64_t first; /* its first one */
	/* The banks that it covers: their bank groups' and their own nodes. */
	unsigned n_reached;
	unsigned group[MAX_REACHED], bank[MAX_REACHED]; /* indices over all stack IDs */
};

/* Counts a violation, and tells it if it is one of the first.  "WHERE: COMMAND text". */
void check_violation(const struct judged *x, unsigned rule, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* "41" or "41.5" */
struct clocks_text {
	char text[24];
};
struct clocks_text check_clocks(const struct dramcheck *d, int64_t ticks);

/* The first tick at or after a time; is_edge: its time, rounded down, is that time. */
static inline int64_t check_tick(const struct dramcheck *d, uint64_t time_ps, bool *is_edge)
{
	const uint64_t ps_per_s = UINT64_C(1000000000000);
	unsigned __int128 scaled = (unsigned __int128)time_ps * d->limits.tick_hz;
	uint64_t tick = (uint64_t)((scaled + ps_per_s - 1) / ps_per_s);

	*is_edge = (unsigned __int128)tick * ps_per_s - scaled < d->limits.tick_hz;
	return (int64_t)tick;
}

/* refresh.c: what is due, and what a refresh does to that. */
void check_refresh_init(struct dramcheck *d, struct pseudo *p);
void check_refresh_due(const struct judged *x);
void check_refresh_all(const struct judged *x);
void check_refresh_one(const struct judged *x);

#endif
