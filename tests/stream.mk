## SPDX-License-Identifier: Apache-2.0
stream_tests = tests/check_stream
check_PROGRAMS += $(stream_tests)
TESTS += $(stream_tests)

tests_check_stream_SOURCES = tests/check_stream.c
tests_check_stream_LDADD = $(check_libs)
