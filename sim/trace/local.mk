## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/trace/counting.c sim/trace/counting.h \
	sim/trace/info.c sim/trace/info.h \
	sim/trace/models/cnn.c \
	sim/trace/models/lm.c \
	sim/trace/models/micro.c \
	sim/trace/models/model.c sim/trace/models/model.h \
	sim/trace/models/net.c sim/trace/models/net.h \
	sim/trace/models/transformer.c sim/trace/models/transformer.h \
	sim/trace/models/vae.c \
	sim/trace/models/vit.c \
	sim/trace/read.c sim/trace/trace.h \
	sim/trace/write.c sim/trace/write.h

bin_PROGRAMS += memsim-trace
memsim_trace_SOURCES = sim/memsim_trace.c
