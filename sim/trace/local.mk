## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/trace/read.c sim/trace/trace.h \
	sim/trace/source.c sim/trace/source.h
