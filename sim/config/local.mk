## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/config/check.c \
	sim/config/config.h \
	sim/config/lex.c \
	sim/config/load.c \
	sim/config/machine.c sim/config/machine.h \
	sim/config/pace.c \
	sim/config/origin.c sim/config/origin.h \
	sim/config/param.c sim/config/param.h \
	sim/config/params.def \
	sim/config/print.c \
	sim/config/scan.c sim/config/scan.h sim/config/scan_internal.h

dist_configs_DATA += configs/ascend.cfg configs/ideal.cfg configs/kim2023.cfg \
	configs/array-128.cfg
## For memsim-dram: memories alone.
configsdramdir = $(configsdir)/dram
dist_configsdram_DATA = \
	configs/dram/ddr5.cfg \
	configs/dram/gddr6.cfg \
	configs/dram/hbm2-dramsim3.cfg \
	configs/dram/hbm2-ramulator21.cfg \
	configs/dram/hbm2.cfg \
	configs/dram/hbm2e.cfg \
	configs/dram/hbm3-ramulator21.cfg \
	configs/dram/hbm3.cfg \
	configs/dram/hbm3e.cfg \
	configs/dram/hbm4.cfg \
	configs/dram/lpddr5x.cfg
