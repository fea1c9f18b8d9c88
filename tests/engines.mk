## SPDX-License-Identifier: Apache-2.0
## Both engines against each other: a quick set, and for as long as one likes (make soak).
check_PROGRAMS += tests/check_engines
TESTS += tests/check_engines
EXTRA_PROGRAMS += tests/soak_engines
CLEANFILES += tests/soak_engines$(EXEEXT)
PHONY_TARGETS += soak

engines = tests/support/engines.c tests/support/engines.h $(random_dram)
tests_check_engines_SOURCES = tests/check_engines.c $(engines)
tests_check_engines_LDADD = $(check_libs)
tests_soak_engines_SOURCES = tests/soak_engines.c $(engines)
tests_soak_engines_LDADD = $(check_libs)

check_PROGRAMS += tests/check_engines_run
TESTS += tests/check_engines_run
engines_run = tests/support/engines_run.c tests/support/engines_run.h $(engines) \
	tests/support/plan_draw.c tests/support/plan_draw.h \
	tests/support/random_run.c tests/support/random_run.h
tests_check_engines_run_SOURCES = tests/check_engines_run.c $(engines_run)
tests_check_engines_run_LDADD = $(check_libs)

check_PROGRAMS += tests/check_engine_faults
TESTS += tests/check_engine_faults
off_by_one = tests/support/off_by_one.c tests/support/off_by_one.h
tests_check_engine_faults_SOURCES = tests/check_engine_faults.c $(off_by_one) $(engines)
tests_check_engine_faults_CPPFLAGS = $(AM_CPPFLAGS) -DMEMSIM_FAULTS
tests_check_engine_faults_LDADD = $(faulty_libs)

check_PROGRAMS += tests/check_engine_faults_run
TESTS += tests/check_engine_faults_run
tests_check_engine_faults_run_SOURCES = tests/check_engine_faults_run.c $(off_by_one) \
	$(engines_run)
tests_check_engine_faults_run_CPPFLAGS = $(AM_CPPFLAGS) -DMEMSIM_FAULTS
tests_check_engine_faults_run_LDADD = $(faulty_libs)

check_PROGRAMS += tests/check_engine_edges
TESTS += tests/check_engine_edges
tests_check_engine_edges_SOURCES = tests/check_engine_edges.c $(engines)
tests_check_engine_edges_LDADD = $(check_libs)

soak: tests/soak_engines$(EXEEXT)
	tests/soak_engines$(EXEEXT) --keep soak-engines.kept
