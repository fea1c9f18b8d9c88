/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The independent DRAM protocol checker: judges commands, one at a time and in order of
 * time, by tables of its own.  It shares no table, no state and no source file but base/
 * with the memory model that it is there to judge.
 *
 * Distances are those between the last clock edges of commands, as JEDEC counts them, so
 * nothing is adjusted for the length of a command.  A command is judged against all that it
 * must keep a distance from, not only against the last one issued.
 */
#ifndef MEMSIM_DRAMCHECK_DRAMCHECK_H
#define MEMSIM_DRAMCHECK_DRAMCHECK_H

#include "base/err.h"

/* The names are the log's. */
#define DRAMCHECK_COMMAND_LIST(X) \
	X(ACT) X(PREpb) X(PREab) X(RD) X(WR) X(RDA) X(WRA) X(REFab) X(REFpb)
enum dramcheck_kind {
#define X(name) DRAMCHECK_##name,
	DRAMCHECK_COMMAND_LIST(X)
#undef X
	N_DRAMCHECK_KINDS
};
const char *dramcheck_kind_name(enum dramcheck_kind kind);
/* False: no such command. */
bool dramcheck_kind_find(const char *name, size_t len, enum dramcheck_kind *kind);

struct dramcheck_override {
	const char *name; /* "nRC" */
	uint64_t clocks;
};

/* What is judged.  The overrides are read by dramcheck_new() only. */
struct dramcheck_memory {
	const char *standard;
	uint64_t data_rate;    /* bits a second and pin */
	uint64_t density_bits; /* as the standard's table counts it */
	uint64_t height;       /* dies of a stack; 0: the standard's usual */
	uint64_t channels;     /* over all stacks */
	const struct dramcheck_override *overrides;
	size_t n_overrides;
};

/* Fields that do not apply to the command are 0, and so is the stack ID of a command to
 * a whole pseudo channel. */
struct dramcheck_command {
	uint64_t time_ps; /* of its last clock edge, rounded down */
	uint32_t channel; /* over all stacks */
	uint32_t pseudo_channel, stack_id, bank_group, bank, row, column;
	enum dramcheck_kind kind;
};

#define DRAMCHECK_MAX_CHANNELS 4096

struct dramcheck;
/* `text` is one line without the place in a log: "channel 3.1 bank 2.1: ACT ...". */
typedef void (*dramcheck_fn)(void *context, const char *text);

/* False, with an ERR_INPUT that names what is not known: no table fits. */
bool dramcheck_is_known(const struct dramcheck_memory *m, struct err *err);
/*
 * NULL: as above.  The first `max_told` violations are told to `tell`, when they are found;
 * all are counted.
 */
struct dramcheck *dramcheck_new(const struct dramcheck_memory *m, uint64_t max_told,
				dramcheck_fn tell, void *context, struct err *err);
void dramcheck_free(struct dramcheck *d); /* NULL is nothing */

/* Constant work and no allocation. */
void dramcheck_command(struct dramcheck *d, const struct dramcheck_command *c);
/* What only the end can tell: refreshes that are still due.  No command comes after it. */
void dramcheck_end(struct dramcheck *d, uint64_t end_ps);

/* What the tables say of the memory. */
struct dramcheck_organisation {
	uint64_t height, pseudo_channels, stack_ids, bank_groups, banks, rows, columns, burst_bytes;
	uint64_t ticks_per_clock;
};
const struct dramcheck_organisation *dramcheck_organisation(const struct dramcheck *d);
/* Which fields a command has, beside the channel and the pseudo channel. */
struct dramcheck_fields {
	bool stack_id, bank_group, bank, row, column;
};
struct dramcheck_fields dramcheck_fields(const struct dramcheck *d, enum dramcheck_kind kind);

/* Counts. */
#define DRAMCHECK_NEVER INT64_MAX
struct dramcheck_rule {
	char name[128];      /* "bank, ACT to ACT: max(nRC, nRAS + nRP)" */
	uint64_t violations;
	bool is_distance;
	int64_t slack_ticks; /* the smallest beyond the distance; DRAMCHECK_NEVER: no case of it */
};
size_t dramcheck_n_rules(const struct dramcheck *d);
/* False: rule i is not one of this standard. */
bool dramcheck_rule(const struct dramcheck *d, size_t i, struct dramcheck_rule *out);
uint64_t dramcheck_violations(const struct dramcheck *d);
uint64_t dramcheck_commands(const struct dramcheck *d, enum dramcheck_kind kind);

#endif
