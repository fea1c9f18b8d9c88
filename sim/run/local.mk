## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/run/run.c sim/run/run.h \
	sim/run/run_commands.h \
	sim/run/run_plan.c \
	sim/run/timeline.c sim/run/timeline.h \
	sim/run/timeline_bandwidth.c sim/run/timeline_counters.h \
	sim/run/timeline_events.c sim/run/timeline_events.h \
	sim/run/timeline_held.c
