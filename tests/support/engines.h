/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stream on one memory through both engines: every number of the result and every DRAM
 * command must be the same.
 */
#ifndef MEMSIM_TESTS_ENGINES_H
#define MEMSIM_TESTS_ENGINES_H

#include "model/memory.h"
#include "replay/replay.h"
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

/* The quick differential set, by number: random cases, with the commands and without, then
 * regular streams that are long enough for steady states, then one stream with refreshes due at
 * each tick of its repetition, so that skips end right before one.  True: to be run with the commands.
 * The caller releases `r`. */
#define QUICK_RANDOM 250
#define QUICK_STEADY 24
#define QUICK_EDGES 80
#define QUICK_CASES (QUICK_RANDOM + QUICK_STEADY + QUICK_EDGES)
bool engines_quick_case(unsigned number, struct random_dram *r);

/* What one engine makes of a case, to be compared with others. */
struct engine_outcome;
struct engine_outcome *engine_run(const struct random_dram *r, bool is_reference, bool is_watched);
bool engine_outcomes_agree(const struct engine_outcome *reference, const struct engine_outcome *fast,
			   char *why, size_t size);
const struct replay_result *engine_result(const struct engine_outcome *o);
void engine_outcome_free(struct engine_outcome *o);

/* One channel of the reference runs' HBM2 or HBM3, without a stream. */
void engines_machine(struct random_dram *r, unsigned generation);

#endif
