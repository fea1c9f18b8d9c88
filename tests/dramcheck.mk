## SPDX-License-Identifier: Apache-2.0
dramcheck_tests = tests/check_dramcheck
check_PROGRAMS += $(dramcheck_tests)
TESTS += $(dramcheck_tests)

tests_check_dramcheck_SOURCES = tests/check_dramcheck.c
tests_check_dramcheck_LDADD = $(check_libs)
