## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/dramcheck/dramcheck.c sim/dramcheck/dramcheck.h \
	sim/dramcheck/header.c sim/dramcheck/header.h \
	sim/dramcheck/judge.c \
	sim/dramcheck/limits.c \
	sim/dramcheck/log.c sim/dramcheck/log.h \
	sim/dramcheck/refresh.c \
	sim/dramcheck/report.c sim/dramcheck/report.h \
	sim/dramcheck/rules.c \
	sim/dramcheck/sheet.c sim/dramcheck/sheet.h \
	sim/dramcheck/state.h \
	sim/dramcheck/timings.c

bin_PROGRAMS += memsim-check-dram
memsim_check_dram_SOURCES = sim/memsim_check_dram.c
