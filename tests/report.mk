## SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/check_report
tests_check_report_SOURCES = tests/check_report.c
tests_check_report_LDADD = $(check_libs)
TESTS += tests/check_report

check_PROGRAMS += tests/check_audit
tests_check_audit_SOURCES = tests/check_audit.c
tests_check_audit_LDADD = $(check_libs)
TESTS += tests/check_audit

## memsim with fault switches; audited by faults.sh.
check_PROGRAMS += tests/memsim-faulty
tests_memsim_faulty_SOURCES = $(memsim_SOURCES)
tests_memsim_faulty_LDADD = libmemsim_faulty.a $(LIBCONFIG_LIBS) $(ZLIB_LIBS)

TESTS += tests/memsim_cli.sh tests/faults.sh
EXTRA_DIST += tests/memsim_cli.sh tests/faults.sh scripts/validate-75
