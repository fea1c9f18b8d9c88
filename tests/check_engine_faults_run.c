/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quick differential set of runs is worth its name: each formula of the shortcuts, made wrong
 * by one, is found by it.  A fault is found when a run differs from the reference, or does not end
 * as it should.
 */
#include "support/tap_main.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/run_faults.h"
#include "support/engines_run.h"

#define SEEDS 400 /* of check_engines_run */
#define SECONDS 2 /* a run takes a hundredth of one; faults may go on for ever */

static const struct {
	const char *name, *help;
} faults[] = {
	[RUN_FAULT_NONE] = { "none", "nothing is wrong" },
#define X(NAME, help) [RUN_FAULT_##NAME] = { #NAME, help },
	RUN_FAULT_LIST(X)
#undef X
};

static bool agrees(const struct run_case *c, const struct run_outcome *reference)
{
	struct run_outcome fast;
	char why[256];

	return run_case_run(c, ENGINE_FAST, &fast) &&
	       run_outcomes_agree(reference, &fast, why, sizeof(why));
}

/* In a process of its own, which the fault may bring down. */
static bool is_found_by(enum run_fault fault, const struct run_case *c,
			const struct run_outcome *reference)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		signal(SIGALRM, SIG_DFL); /* not Check's, which ends the whole test */
		alarm(SECONDS);
		if (!freopen("/dev/null", "w", stderr))
			_exit(EXIT_FAILURE);
		run_fault = fault;
		_exit(agrees(c, reference) ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS;
}

/* Faults that the case finds; it must be without fault itself. */
static unsigned try_case(uint64_t seed, uint64_t *found_by)
{
	struct run_outcome reference;
	struct run_case c;
	unsigned n_found = 0;

	run_case_draw(&c, seed);
	if (run_case_run(&c, ENGINE_REFERENCE, &reference)) {
		for (unsigned f = 1; f < N_RUN_FAULTS; f++) {
			if (found_by[f] != 0 || !is_found_by((enum run_fault)f, &c, &reference))
				continue;
			found_by[f] = seed;
			n_found++;
		}
		if (n_found > 0)
			ck_assert(!is_found_by(RUN_FAULT_NONE, &c, &reference));
		run_outcome_release(&reference);
	}
	run_case_release(&c);
	return n_found;
}

START_TEST(each_fault_is_found_by_the_quick_set)
{
	uint64_t found_by[N_RUN_FAULTS] = { 0 }; /* 0: none has */
	unsigned n_left = N_RUN_FAULTS - 1;

	ck_assert_uint_ge(n_left, 12);
	for (uint64_t seed = 1; seed <= SEEDS && n_left > 0; seed++)
		n_left -= try_case(seed, found_by);
	for (unsigned f = 1; f < N_RUN_FAULTS; f++)
		printf("# %s: found by seed %" PRIu64 "\n", faults[f].name, found_by[f]);
	fflush(stdout);
	for (unsigned f = 1; f < N_RUN_FAULTS; f++)
		ck_assert_msg(found_by[f] != 0, "%s (%s) is not found", faults[f].name,
			      faults[f].help);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine_faults_run");
	TCase *t = tcase_create("faults");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, each_fault_is_found_by_the_quick_set);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
