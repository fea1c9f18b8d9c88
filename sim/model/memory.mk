## SPDX-License-Identifier: Apache-2.0
## Device memory: ideal, and the command-level one.
libmemsim_a_SOURCES += \
	sim/model/addr_table.c sim/model/addr_table.h \
	sim/model/addrmap.c sim/model/addrmap.h \
	sim/model/addrmap_text.c sim/model/addrmap_text.h \
	sim/model/dram_bus.c sim/model/dram_bus.h \
	sim/model/dram_effect.c sim/model/dram_effect.h \
	sim/model/dram_timing.c sim/model/dram_timing.h \
	sim/model/hbm.c sim/model/hbm.h \
	sim/model/hbm_banks.c \
	sim/model/hbm_books.h \
	sim/model/hbm_busy.c sim/model/hbm_busy.h \
	sim/model/hbm_commit.c sim/model/hbm_commit.h \
	sim/model/hbm_gaps.c \
	sim/model/hbm_history.c sim/model/hbm_history.h \
	sim/model/hbm_map.c sim/model/hbm_map.h \
	sim/model/hbm_queue.c sim/model/hbm_queue.h \
	sim/model/hbm_refresh.c \
	sim/model/hbm_rows.c \
	sim/model/hbm_run.c \
	sim/model/hbm_schedule.c \
	sim/model/hbm_watch.c sim/model/hbm_watch.h \
	sim/model/ideal.c \
	sim/model/memory.c sim/model/memory.h sim/model/memory_ops.h \
	sim/model/ram21.c sim/model/ram21.h \
	sim/model/ram21_fast.c sim/model/ram21_fast.h sim/model/ram21_fast_channel.h \
	sim/model/ram21_fast_issue.c \
	sim/model/ram21_fast_map.c \
	sim/model/ram21_fast_rules.c \
	sim/model/ram21_fast_tick.c \
	sim/model/ram21_fast_wheel.c \
	sim/model/ram21_issue.c \
	sim/model/ram21_steady.c sim/model/ram21_steady.h \
	sim/model/ram21_steady_state.c sim/model/ram21_steady_state.h \
	sim/model/ram21_tick.c \
	sim/model/ram21_times.c sim/model/ram21_times.h
EXTRA_DIST += doc/hbm.md
