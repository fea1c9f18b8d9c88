/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soak_engines [--cases N] [--seed N] [--accesses N] [--keep FILE]: random memories and streams
 * through both engines, until as many cases are done; 0, the default, is for ever.  A case that
 * differs is run again with fewer and fewer accesses, printed with how to run it alone, and
 * kept: a line with its seed and accesses is added to FILE.  Those in FILE are run first.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/engines.h"

static const char *text_option(int argc, char **argv, const char *name)
{
	for (int i = 1; i + 1 < argc; i += 2)
		if (strcmp(argv[i], name) == 0)
			return argv[i + 1];
	return NULL;
}

static uint64_t option(int argc, char **argv, const char *name, uint64_t otherwise)
{
	const char *text = text_option(argc, argv, name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static bool agrees(uint64_t seed, uint64_t n_accesses, struct engines_seen *seen)
{
	struct random_dram r;
	char why[256] = "";
	bool ok;

	random_ram21(&r, seed, n_accesses);
	ok = engines_agree(&r, seed / 3 % 2 != 0, seen, why, sizeof(why));
	if (!ok)
		printf("--seed %" PRIu64 " --accesses %" PRIu64 " --cases 1 (%s, %s %s): %s\n", seed,
		       n_accesses, r.standard, r.machine.hbm_mapping, r.spec, why);
	random_dram_release(&r);
	return ok;
}

/* Halves while it still differs, then goes down in smaller steps: the accesses that are left. */
static uint64_t shrink(uint64_t seed, uint64_t n_accesses)
{
	struct engines_seen seen = { 0 };

	for (uint64_t step = n_accesses / 2; step > 0; step /= 2)
		while (n_accesses > step && !agrees(seed, n_accesses - step, &seen))
			n_accesses -= step;
	return n_accesses;
}

static void keep(const char *path, uint64_t seed, uint64_t n_accesses)
{
	FILE *f = path ? fopen(path, "a") : NULL;

	if (f) {
		fprintf(f, "%" PRIu64 " %" PRIu64 "\n", seed, n_accesses);
		fclose(f);
	}
}

/* Those that differed before: how many still do. */
static uint64_t run_kept(const char *path, struct engines_seen *seen)
{
	FILE *f = path ? fopen(path, "r") : NULL;
	uint64_t n = 0, n_failed = 0;
	char line[64];

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		char *rest;
		uint64_t seed = strtoull(line, &rest, 10);

		n_failed += !agrees(seed, strtoull(rest, NULL, 10), seen);
		n++;
	}
	fclose(f);
	printf("%" PRIu64 " kept cases, %" PRIu64 " differ\n", n, n_failed);
	return n_failed;
}

int main(int argc, char **argv)
{
	uint64_t n_cases = option(argc, argv, "--cases", 0), n_failed = 0, done = 0;
	uint64_t seed = option(argc, argv, "--seed", 1), fixed = option(argc, argv, "--accesses", 0);
	const char *kept = text_option(argc, argv, "--keep");
	struct engines_seen seen = { 0 };

	n_failed += run_kept(kept, &seen);
	for (; n_cases == 0 || done < n_cases; done++, seed++) {
		uint64_t n = fixed ? fixed : 1 + seed * 7919 % (UINT64_C(1) << (4 + seed / 2 % 12));

		if (!agrees(seed, n, &seen)) {
			n_failed++;
			keep(kept, seed, shrink(seed, n));
		}
		if (done % 1000 == 999)
			fprintf(stderr, "%" PRIu64 " cases, %" PRIu64 " commands, %" PRIu64
				" differ\n", done + 1, seen.commands, n_failed);
	}
	printf("%" PRIu64 " cases, %" PRIu64 " of them served by the fast engine, %" PRIu64
	       " commands, %" PRIu64 " refreshes, %" PRIu64 " skips, %" PRIu64 " jumps, %" PRIu64
	       " differ\n", done, seen.served, seen.commands, seen.refreshes, seen.skips, seen.jumps,
	       n_failed);
	return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
