## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/config/config.h \
	sim/config/machine.c sim/config/machine.h \
	sim/config/params.def
