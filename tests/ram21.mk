## SPDX-License-Identifier: Apache-2.0
ram21_tests = tests/check_ram21 tests/check_ram21_random
check_PROGRAMS += $(ram21_tests)
TESTS += $(ram21_tests)

ram21_bench = tests/ram21_bench.c tests/ram21_bench.h
EXTRA_DIST += \
	tests/data/dram/runs.csv \
	tests/data/dram/commands/README \
	tests/data/dram/commands/hbm2_acc_copy.csv.gz \
	tests/data/dram/commands/hbm2_acc_mix.csv.gz \
	tests/data/dram/commands/hbm2_acc_rand.csv.gz \
	tests/data/dram/commands/hbm2_acc_seqrd.csv.gz \
	tests/data/dram/commands/hbm3_acc_copy.csv.gz \
	tests/data/dram/commands/hbm3_acc_mix.csv.gz \
	tests/data/dram/commands/hbm3_acc_rand.csv.gz \
	tests/data/dram/commands/hbm3_acc_seqrd.csv.gz

tests_check_ram21_SOURCES = tests/check_ram21.c $(ram21_bench)
tests_check_ram21_LDADD = $(check_libs)

tests_check_ram21_random_SOURCES = tests/check_ram21_random.c $(ram21_bench) $(memory_bench) \
	tests/ram21_naive.c tests/ram21_naive.h
tests_check_ram21_random_LDADD = $(check_libs)
