## SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/check_base tests/check_out
TESTS += tests/check_base tests/check_out
tests_check_base_SOURCES = tests/check_base.c
tests_check_base_LDADD = $(check_libs)
tests_check_out_SOURCES = tests/check_out.c
tests_check_out_LDADD = $(check_libs)

check_PROGRAMS += tests/check_histogram
TESTS += tests/check_histogram
tests_check_histogram_SOURCES = tests/check_histogram.c
tests_check_histogram_LDADD = $(check_libs)
