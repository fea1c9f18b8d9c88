## SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/check_config
TESTS += tests/check_config tests/bad_config.sh
dist_check_SCRIPTS += tests/bad_config.sh
EXTRA_DIST += tests/bad/config-cases.tsv
tests_check_config_SOURCES = tests/check_config.c
tests_check_config_LDADD = $(check_libs)

TESTS += tests/layers.sh tests/scripts.sh tests/sweep_sram.sh
dist_check_SCRIPTS += tests/layers.sh tests/scripts.sh tests/sweep_sram.sh
