## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/stream/fingerprint.c sim/stream/fingerprint.h \
	sim/stream/generate.c \
	sim/stream/read.c \
	sim/stream/stream.c sim/stream/stream.h sim/stream/stream_ops.h
