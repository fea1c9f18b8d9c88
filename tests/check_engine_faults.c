/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The quick differential set is worth its name: each formula of the fast ramulator21's shortcuts,
 * made wrong by one, is found by it.  A fault is found when a case differs from the reference, or
 * the run does not end as it should.
 */
#include "support/tap_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/ram21_fast_faults.h"
#include "support/engines.h"

#define CPU_SECONDS 1 /* a case takes a hundredth of one; faults may go on for ever */

static const struct {
	const char *name, *help;
} faults[] = {
	[FAST_FAULT_NONE] = { "none", "nothing is wrong" },
#define X(NAME, help) [FAST_FAULT_##NAME] = { #NAME, help },
	FAST_FAULT_LIST(X)
#undef X
};

static bool agrees(const struct random_dram *r, const struct engine_outcome *reference,
		   bool is_watched)
{
	struct engine_outcome *fast = engine_run(r, false, is_watched);
	char why[256];
	bool ok = engine_outcomes_agree(reference, fast, why, sizeof(why));

	engine_outcome_free(fast);
	return ok;
}

/* In a process of its own, which the fault may bring down. */
static bool is_found_by(enum fast_fault fault, const struct random_dram *r,
			const struct engine_outcome *reference, bool is_watched)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		setrlimit(RLIMIT_CPU, &(struct rlimit){ CPU_SECONDS, CPU_SECONDS + 1 });
		if (!freopen("/dev/null", "w", stderr))
			_exit(EXIT_FAILURE);
		fast_fault = fault;
		_exit(agrees(r, reference, is_watched) ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS;
}

/* Faults that the case finds; it must be without fault itself. */
static unsigned try_case(unsigned number, int *found_by)
{
	struct random_dram r;
	bool is_watched = engines_quick_case(number, &r);
	struct engine_outcome *reference = engine_run(&r, true, is_watched);
	unsigned n_found = 0;

	for (unsigned f = 1; f < N_FAST_FAULTS; f++) {
		if (found_by[f] >= 0 || !is_found_by((enum fast_fault)f, &r, reference, is_watched))
			continue;
		found_by[f] = (int)number;
		n_found++;
	}
	if (n_found > 0)
		ck_assert(!is_found_by(FAST_FAULT_NONE, &r, reference, is_watched));
	engine_outcome_free(reference);
	random_dram_release(&r);
	return n_found;
}

/* The case that found each fault first, -1: none.  A few regular streams find most, then the
 * short cases are asked. */
static void find_faults(int *found_by)
{
	static const struct {
		unsigned from, to;
	} ranges[] = {
		{ QUICK_RANDOM, QUICK_RANDOM + 10 },
		{ 0, 50 },
		{ QUICK_RANDOM + QUICK_STEADY, QUICK_CASES },
		{ 50, QUICK_RANDOM },
		{ QUICK_RANDOM + 10, QUICK_RANDOM + QUICK_STEADY },
	};
	unsigned n_left = N_FAST_FAULTS - 1;

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		for (unsigned n = ranges[i].from; n < ranges[i].to && n_left > 0; n++)
			n_left -= try_case(n, found_by);
}

START_TEST(each_fault_is_found_by_the_quick_set)
{
	int found_by[N_FAST_FAULTS];

	ck_assert_uint_ge(N_FAST_FAULTS - 1, 30);
	for (unsigned f = 0; f < N_FAST_FAULTS; f++)
		found_by[f] = -1;
	find_faults(found_by);
	for (unsigned f = 1; f < N_FAST_FAULTS; f++)
		printf("# %s: found by case %d\n", faults[f].name, found_by[f]);
	fflush(stdout);
	for (unsigned f = 1; f < N_FAST_FAULTS; f++)
		ck_assert_msg(found_by[f] >= 0, "%s (%s) is not found", faults[f].name,
			      faults[f].help);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine_faults");
	TCase *t = tcase_create("faults");

	tcase_set_timeout(t, 600); /* with sanitizers, on a busy machine */
	tcase_add_test(t, each_fault_is_found_by_the_quick_set);
	suite_add_tcase(suite, t);
	return tap_main(suite);
}
