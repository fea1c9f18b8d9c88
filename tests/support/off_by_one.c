/* SPDX-License-Identifier: Apache-2.0 */
/* See off_by_one.h. */
#include "support/off_by_one.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPU_SECONDS 2 /* a case takes a hundredth of one */

static const struct {
	const char *name, *help;
} faults[] = {
	[OFF_NONE] = { "none", "nothing is wrong" },
#define X(NAME, help) [OFF_##NAME] = { #NAME, help },
	OFF_RUN_LIST(X)
	OFF_STREAM_LIST(X)
#undef X
};

struct off_found off_found_none(enum off_by_one first, enum off_by_one end)
{
	struct off_found found = { .first = first, .end = end, .n_left = end - first };

	for (unsigned f = 0; f < N_OFF; f++)
		found.by[f] = OFF_NOT_FOUND;
	return found;
}

static int is_found(enum off_by_one fault, int (*agrees)(const void *context), const void *context)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		setrlimit(RLIMIT_CPU, &(struct rlimit){ CPU_SECONDS, CPU_SECONDS + 1 });
		if (!freopen("/dev/null", "w", stderr))
			_exit(EXIT_FAILURE);
		off_by_one = fault;
		_exit(agrees(context) ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS;
}

void off_try_case(struct off_found *found, uint64_t number, int (*agrees)(const void *context),
		  const void *context)
{
	unsigned n_before = found->n_left;

	for (unsigned f = found->first; f < found->end; f++) {
		if (found->by[f] != OFF_NOT_FOUND ||
		    !is_found((enum off_by_one)f, agrees, context))
			continue;
		found->by[f] = number;
		found->n_left--;
	}
	if (found->n_left < n_before)
		ck_assert(!is_found(OFF_NONE, agrees, context));
}

void off_expect_all(const struct off_found *found)
{
	for (unsigned f = found->first; f < found->end; f++)
		if (found->by[f] != OFF_NOT_FOUND)
			printf("# %s: found by case %" PRIu64 "\n", faults[f].name, found->by[f]);
	fflush(stdout);
	for (unsigned f = found->first; f < found->end; f++)
		ck_assert_msg(found->by[f] != OFF_NOT_FOUND, "%s (%s) is not found", faults[f].name,
			      faults[f].help);
}
