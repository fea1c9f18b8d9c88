## SPDX-License-Identifier: Apache-2.0
dram_tests = tests/check_dram_agree tests/check_dram_rules tests/check_dram_tables
check_PROGRAMS += $(dram_tests)
TESTS += $(dram_tests)
EXTRA_DIST += tests/data/dram/constraints_hbm2.csv tests/data/dram/constraints_hbm3.csv

tests_check_dram_agree_SOURCES = tests/check_dram_agree.c
tests_check_dram_agree_LDADD = $(check_libs)

tests_check_dram_rules_SOURCES = tests/check_dram_rules.c
tests_check_dram_rules_LDADD = $(check_libs)

tests_check_dram_tables_SOURCES = tests/check_dram_tables.c
tests_check_dram_tables_LDADD = $(check_libs)
