## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/run/run.c sim/run/run.h \
	sim/run/run_commands.h \
	sim/run/run_plan.c
