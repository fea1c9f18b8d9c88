/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a log: what it says of the memory.  Private to dramcheck/. */
#ifndef MEMSIM_DRAMCHECK_HEADER_H
#define MEMSIM_DRAMCHECK_HEADER_H

#include "base/lines.h"
#include "dramcheck/dramcheck.h"

/* Keys with a number, in the order in which logs have them, after "standard". */
#define HEADER_KEY_LIST(X) \
	X(data_rate) X(density_bits) X(height) X(stacks) X(channels) X(pseudo_channels) \
	X(stack_ids) X(bank_groups) X(banks) X(rows) X(columns) X(burst_bytes)
enum header_key {
#define X(name) KEY_##name,
	HEADER_KEY_LIST(X)
#undef X
	N_HEADER_KEYS
};
const char *header_key_name(enum header_key key);

#define MAX_OVERRIDES 64
#define MAX_WORD 32

struct header {
	char standard[MAX_WORD];
	uint64_t standard_line; /* lines: 0 where the key is missing */
	uint64_t values[N_HEADER_KEYS], lines[N_HEADER_KEYS];
	struct { char name[MAX_WORD]; uint64_t clocks, line; } overrides[MAX_OVERRIDES];
	size_t n_overrides;
	uint64_t end_line; /* of the columns' names */
};

/* Reads up to and with the line of the columns' names. */
bool header_read(struct lines *lines, struct header *h, struct err *err);

#endif
