/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stream on one memory through both engines: every number of the result and every DRAM
 * command must be the same.
 */
#ifndef MEMSIM_TESTS_ENGINES_H
#define MEMSIM_TESTS_ENGINES_H

#include "model/memory.h"
#include "support/random_dram.h"

/* As random_dram(), under the policy ramulator21. */
void random_ram21(struct random_dram *r, uint64_t seed, uint64_t n_accesses);

/* What cases met, for tests that want to have met it. */
struct engines_seen {
	uint64_t commands, refreshes, forwarded, coalesced, precharges_all;
	uint64_t served; /* cases that the fast engine takes */
	uint64_t jumps, skips;
};

/* False with the first difference. */
bool engines_agree(const struct random_dram *r, bool is_watched, struct engines_seen *seen,
		   char *why, size_t size);

/* But for when they were decided. */
bool engines_same_command(const struct dram_command *a, const struct dram_command *b);

#endif
