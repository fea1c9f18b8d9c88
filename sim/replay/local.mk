## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += sim/replay/replay.c sim/replay/replay.h \
	sim/replay/replay_fast.c sim/replay/replay_internal.h

bin_PROGRAMS += memsim-dram
memsim_dram_SOURCES = sim/memsim_dram.c $(cli_sources)
