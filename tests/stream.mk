## SPDX-License-Identifier: Apache-2.0
stream_tests = tests/check_audit_memory tests/check_replay tests/check_stream \
	tests/check_stream_file
check_PROGRAMS += $(stream_tests)
TESTS += $(stream_tests)

tests_check_stream_SOURCES = tests/check_stream.c
tests_check_stream_LDADD = $(check_libs)

tests_check_stream_file_SOURCES = tests/check_stream_file.c
tests_check_stream_file_LDADD = $(check_libs)

tests_check_replay_SOURCES = tests/check_replay.c
tests_check_replay_LDADD = $(check_libs)

TESTS += tests/bad_stream.sh tests/dram_cli.sh
dist_check_SCRIPTS += tests/bad_stream.sh tests/dram_cli.sh
EXTRA_DIST += tests/bad/stream-cases.tsv

tests_check_audit_memory_SOURCES = tests/check_audit_memory.c
tests_check_audit_memory_LDADD = $(check_libs)

## memsim-dram with fault switches; audited by faults.sh.
check_PROGRAMS += tests/memsim-dram-faulty
tests_memsim_dram_faulty_SOURCES = $(memsim_dram_SOURCES)
tests_memsim_dram_faulty_LDADD = libmemsim_faulty.a $(LIBCONFIG_LIBS) $(ZLIB_LIBS)
