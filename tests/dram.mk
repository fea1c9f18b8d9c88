## SPDX-License-Identifier: Apache-2.0
dram_tests = tests/check_dram_agree tests/check_dram_rules tests/check_dram_tables
check_PROGRAMS += $(dram_tests)
TESTS += $(dram_tests)
EXTRA_DIST += tests/data/dram/constraints_hbm2.csv tests/data/dram/constraints_hbm3.csv

## memsim's results on the rows of runs.csv, for tests/compare_dram.sh and doc/hbm.md.
TESTS += tests/compare_dram.sh
dist_check_SCRIPTS += tests/compare_dram.sh
EXTRA_DIST += tests/data/dram/all-bank.csv tests/data/dram/bands.csv \
	tests/data/dram/imitated.csv tests/data/dram/own.csv tests/data/dram/rules.csv \
	tests/data/dram/same-size.csv

tests_check_dram_agree_SOURCES = tests/check_dram_agree.c
tests_check_dram_agree_LDADD = $(check_libs)

tests_check_dram_rules_SOURCES = tests/check_dram_rules.c
tests_check_dram_rules_LDADD = $(check_libs)

tests_check_dram_tables_SOURCES = tests/check_dram_tables.c
tests_check_dram_tables_LDADD = $(check_libs)

## Random memories under the checker: a quick set, and as many as one likes (make soak-dram).
random_dram = tests/support/random_dram.c tests/support/random_dram.h
check_PROGRAMS += tests/check_dram_random
EXTRA_PROGRAMS += tests/soak_dram
TESTS += tests/check_dram_random
PHONY_TARGETS += soak-dram

tests_check_dram_random_SOURCES = tests/check_dram_random.c $(random_dram)
tests_check_dram_random_LDADD = $(check_libs)

tests_soak_dram_SOURCES = tests/soak_dram.c $(random_dram)
tests_soak_dram_LDADD = $(check_libs)

soak-dram: tests/soak_dram$(EXEEXT)
	tests/soak_dram$(EXEEXT)
