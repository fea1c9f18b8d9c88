## SPDX-License-Identifier: Apache-2.0
## Memory standards as data.
libmemsim_a_SOURCES += \
	sim/dram/command.c \
	sim/dram/ddr5.c sim/dram/ddr5.def \
	sim/dram/gddr6.c sim/dram/gddr6.def \
	sim/dram/hbm2.c sim/dram/hbm2.def \
	sim/dram/hbm2_legacy.c sim/dram/hbm2_legacy.def \
	sim/dram/hbm3.c sim/dram/hbm3.def \
	sim/dram/lpddr5x.c sim/dram/lpddr5x.def \
	sim/dram/rules.def sim/dram/rules.h \
	sim/dram/rules_ppd.def sim/dram/rules_refpb.def \
	sim/dram/standard.c sim/dram/standard.h
