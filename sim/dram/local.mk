## SPDX-License-Identifier: Apache-2.0
## Memory standards as data.
libmemsim_a_SOURCES += \
	sim/dram/command.c \
	sim/dram/hbm2.c sim/dram/hbm2.def \
	sim/dram/standard.c sim/dram/standard.h
