## SPDX-License-Identifier: Apache-2.0
engine_tests = \
	tests/check_engine \
	tests/check_packets \
	tests/check_run \
	tests/check_run_classes \
	tests/check_run_faults \
	tests/check_run_ports
check_PROGRAMS += $(engine_tests)
TESTS += $(engine_tests)

tests_check_engine_SOURCES = tests/check_engine.c
tests_check_engine_LDADD = $(check_libs)

tests_check_packets_SOURCES = tests/check_packets.c
tests_check_packets_LDADD = $(check_libs)

## The fake memory of run_script.c stands in for the library's.
tests_check_run_SOURCES = tests/check_run.c tests/run_script.c tests/run_script.h
tests_check_run_LDADD = $(check_libs)

tests_check_run_classes_SOURCES = tests/check_run_classes.c tests/run_script.c tests/run_script.h
tests_check_run_classes_LDADD = $(check_libs)

tests_check_run_faults_SOURCES = tests/check_run_faults.c tests/run_script.c tests/run_script.h
tests_check_run_faults_LDADD = $(faulty_libs)

tests_check_run_ports_SOURCES = tests/check_run_ports.c tests/run_script.c tests/run_script.h
tests_check_run_ports_LDADD = $(check_libs)
