## SPDX-License-Identifier: Apache-2.0
planfile_bench = tests/planfile_bench.c tests/planfile_bench.h tests/support/plan_draw.c \
	tests/support/plan_draw.h tests/support/random_run.c tests/support/random_run.h

check_PROGRAMS += tests/check_planfile
TESTS += tests/check_planfile
tests_check_planfile_SOURCES = tests/check_planfile.c $(planfile_bench)
tests_check_planfile_LDADD = $(check_libs)

check_PROGRAMS += tests/check_planfile_fuzz
TESTS += tests/check_planfile_fuzz
tests_check_planfile_fuzz_SOURCES = tests/check_planfile_fuzz.c $(planfile_bench)
tests_check_planfile_fuzz_LDADD = $(check_libs)

TESTS += tests/bad_plan.sh
dist_check_SCRIPTS += tests/bad_plan.sh
EXTRA_DIST += tests/bad/plan-cases.tsv

TESTS += tests/plan_file.sh
dist_check_SCRIPTS += tests/plan_file.sh
