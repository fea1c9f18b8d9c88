## SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/check_plan
TESTS += tests/check_plan
tests_check_plan_SOURCES = tests/check_plan.c tests/support/plan_draw.c tests/support/plan_draw.h
tests_check_plan_LDADD = $(check_libs)

check_PROGRAMS += tests/check_fusion
TESTS += tests/check_fusion
tests_check_fusion_SOURCES = tests/check_fusion.c tests/support/plan_draw.c tests/support/plan_draw.h
tests_check_fusion_LDADD = $(check_libs)

check_PROGRAMS += tests/check_bounds
TESTS += tests/check_bounds
tests_check_bounds_SOURCES = tests/check_bounds.c tests/support/plan_draw.c tests/support/plan_draw.h \
	tests/support/random_run.c tests/support/random_run.h
tests_check_bounds_LDADD = $(check_libs)

check_PROGRAMS += tests/check_kinds
TESTS += tests/check_kinds
tests_check_kinds_SOURCES = tests/check_kinds.c tests/support/plan_draw.c tests/support/plan_draw.h \
	tests/support/random_run.c tests/support/random_run.h
tests_check_kinds_LDADD = $(check_libs)

TESTS += tests/plan_corners.sh tests/kinds.sh
TESTS += tests/random_graphs.sh tests/random_plans.sh tests/attention.sh
dist_check_SCRIPTS += tests/plan_corners.sh tests/kinds.sh tests/random_graphs.sh \
	tests/random_plans.sh tests/attention.sh

## Schedule auto against every grouping: all of it by scripts/auto-exhaustive, a few seeds here.
check_PROGRAMS += tests/auto_exhaustive
tests_auto_exhaustive_SOURCES = tests/auto_exhaustive.c
TESTS += tests/auto.sh
check_PROGRAMS += tests/check_auto
TESTS += tests/check_auto
tests_check_auto_SOURCES = tests/check_auto.c tests/support/plan_draw.c tests/support/plan_draw.h
tests_check_auto_LDADD = $(check_libs)
dist_check_SCRIPTS += tests/auto.sh

check_PROGRAMS += tests/check_closed_form
TESTS += tests/check_closed_form
tests_check_closed_form_SOURCES = tests/check_closed_form.c tests/support/plan_draw.c \
	tests/support/plan_draw.h
tests_check_closed_form_LDADD = $(check_libs)
