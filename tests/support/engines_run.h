/* SPDX-License-Identifier: Apache-2.0 */
/* One random run by one engine, and two outcomes compared, number by number. */
#ifndef TESTS_SUPPORT_ENGINES_RUN_H
#define TESTS_SUPPORT_ENGINES_RUN_H

#include "run/run.h"
#include "support/random_dram.h"
#include "support/random_run.h"

struct run_case {
	struct random_dram memory;
	struct random_run run;
	bool is_watched; /* its DRAM commands are told, and compared */
};

struct run_outcome {
	struct result result;
	struct dram_command *commands;
	size_t n, capacity;
};

void run_case_draw(struct run_case *c, uint64_t seed);
void run_case_release(struct run_case *c);

/* False, with nothing to release, when the machine cannot hold it.  A run that fails ends the
 * test. */
bool run_case_run(const struct run_case *c, enum engine engine, struct run_outcome *out);
void run_outcome_release(struct run_outcome *o);

/* `why`: the first difference. */
bool run_outcomes_agree(const struct run_outcome *reference, const struct run_outcome *fast,
			char *why, size_t size);

#endif
