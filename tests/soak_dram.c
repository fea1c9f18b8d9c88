/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soak_dram [--commands N] [--runs N] [--seed N]: random memories of every standard in turn,
 * random streams, every command judged by the independent checker, until both numbers are
 * reached (make soak-dram: 10^8 commands on 1,000 machines and more).  A failing seed is
 * printed with how to run it alone: --seed N --runs 1 --commands 0.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/random_dram.h"

static uint64_t option(int argc, char **argv, const char *name, uint64_t otherwise)
{
	for (int i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], name) == 0)
			return strtoull(argv[i + 1], NULL, 10);
	return otherwise;
}

int main(int argc, char **argv)
{
	uint64_t n_commands = 0, wanted = option(argc, argv, "--commands", 100000000);
	uint64_t n_runs = option(argc, argv, "--runs", 1000), seed = option(argc, argv, "--seed", 1);
	uint64_t n_failed = 0, n_standards = 0, run = 0;

	while (dram_standard_at(n_standards))
		n_standards++;
	for (; run < n_runs || n_commands < wanted; run++, seed++) {
		uint64_t per_run = n_runs ? wanted / n_runs / 2 + 500 : 500;
		struct random_dram r;
		char why[512] = "";

		random_dram(&r, seed, seed % n_standards, per_run);
		if (!random_dram_run(&r, &n_commands, why, sizeof(why))) {
			n_failed++;
			printf("seed %" PRIu64 " (%s, %s): %s\n", seed, r.standard,
			       r.machine.hbm_mapping, why);
		}
		random_dram_release(&r);
	}
	printf("%" PRIu64 " runs of %" PRIu64 " standards, %" PRIu64 " commands, %" PRIu64
	       " runs with violations\n", run, n_standards, n_commands, n_failed);
	return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
