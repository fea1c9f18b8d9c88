## SPDX-License-Identifier: Apache-2.0
dramcheck_tests = tests/check_dramcheck tests/check_dram_mutants tests/check_dram_states
check_PROGRAMS += $(dramcheck_tests)
TESTS += $(dramcheck_tests)

tests_check_dramcheck_SOURCES = tests/check_dramcheck.c
tests_check_dramcheck_LDADD = $(check_libs)

tests_check_dram_mutants_SOURCES = tests/check_dram_mutants.c
tests_check_dram_mutants_LDADD = $(check_libs)

tests_check_dram_states_SOURCES = tests/check_dram_states.c
tests_check_dram_states_LDADD = $(check_libs)

TESTS += tests/dramcheck_cli.sh
dist_check_SCRIPTS += tests/dramcheck_cli.sh
