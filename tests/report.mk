## SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/check_report
tests_check_report_SOURCES = tests/check_report.c
tests_check_report_LDADD = $(check_libs)
TESTS += tests/check_report

check_PROGRAMS += tests/check_audit
tests_check_audit_SOURCES = tests/check_audit.c
tests_check_audit_LDADD = $(check_libs)
TESTS += tests/check_audit
