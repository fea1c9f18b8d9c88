## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/report/compare.c sim/report/compare.h \
	sim/report/csv.c \
	sim/report/derive.c sim/report/derive.h \
	sim/report/facts.c sim/report/facts.h \
	sim/report/facts_hbm.c \
	sim/report/facts_make.c sim/report/facts_make.h \
	sim/report/json.c \
	sim/report/json_facts.c sim/report/json_facts.h \
	sim/report/layout.c sim/report/layout.h \
	sim/report/replay_report.c sim/report/replay_report.h \
	sim/report/report.c sim/report/report.h \
	sim/report/roofline.c sim/report/roofline.h \
	sim/report/text.c \
	sim/report/waterfall.c sim/report/waterfall.h

bin_PROGRAMS += memsim
cli_sources = sim/cli_options.c sim/cli_options.h sim/cli_outputs.c sim/cli_outputs.h
run_sources = sim/schedule_run.c sim/schedule_run.h
memsim_SOURCES = sim/memsim.c sim/memsim_cli.c sim/memsim_cli.h $(cli_sources) $(run_sources)
