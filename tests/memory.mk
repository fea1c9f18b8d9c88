## SPDX-License-Identifier: Apache-2.0
memory_tests = \
	tests/check_memory \
	tests/check_memory_addrmap \
	tests/check_memory_addrmap_random \
	tests/check_memory_audit \
	tests/check_memory_parts \
	tests/check_memory_policy \
	tests/check_memory_presets \
	tests/check_memory_random \
	tests/check_memory_timing
check_PROGRAMS += $(memory_tests)
TESTS += $(memory_tests)

memory_bench = tests/memory_bench.c tests/memory_bench.h

tests_check_memory_SOURCES = tests/check_memory.c $(memory_bench)
tests_check_memory_LDADD = $(check_libs)

tests_check_memory_addrmap_SOURCES = tests/check_memory_addrmap.c
tests_check_memory_addrmap_LDADD = $(check_libs)

tests_check_memory_addrmap_random_SOURCES = tests/check_memory_addrmap_random.c $(memory_bench)
tests_check_memory_addrmap_random_LDADD = $(check_libs)

tests_check_memory_audit_SOURCES = tests/check_memory_audit.c $(memory_bench)
tests_check_memory_audit_LDADD = $(check_libs)

tests_check_memory_parts_SOURCES = tests/check_memory_parts.c $(memory_bench)
tests_check_memory_parts_LDADD = $(check_libs)

tests_check_memory_policy_SOURCES = tests/check_memory_policy.c $(memory_bench)
tests_check_memory_policy_LDADD = $(check_libs)

tests_check_memory_presets_SOURCES = tests/check_memory_presets.c $(memory_bench)
tests_check_memory_presets_LDADD = $(check_libs)

tests_check_memory_random_SOURCES = tests/check_memory_random.c $(memory_bench) \
	tests/memory_naive.c tests/memory_naive.h
tests_check_memory_random_LDADD = $(check_libs)

tests_check_memory_timing_SOURCES = tests/check_memory_timing.c
tests_check_memory_timing_LDADD = $(check_libs)
