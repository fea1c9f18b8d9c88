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

#include "base/units.h"
#include "support/random_dram.h"

static const char *const names[] = { "--commands", "--runs", "--seed" };
enum { COMMANDS, RUNS, SEED, N_OPTIONS };

static void parse(int argc, char **argv, uint64_t *values)
{
	for (int i = 1; i < argc; i += 2) {
		unsigned k = 0;

		while (k < N_OPTIONS && strcmp(argv[i], names[k]) != 0)
			k++;
		if (k == N_OPTIONS || i + 1 == argc ||
		    !parse_u64(argv[i + 1], strlen(argv[i + 1]), &values[k])) {
			fprintf(stderr, "usage: soak_dram [--commands N] [--runs N] [--seed N]\n");
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	uint64_t values[N_OPTIONS] = { 100000000, 1000, 1 };
	uint64_t n_commands = 0, n_failed = 0, n_standards = 0, run = 0;
	uint64_t wanted, n_runs, seed;

	parse(argc, argv, values);
	wanted = values[COMMANDS];
	n_runs = values[RUNS];
	seed = values[SEED];
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
