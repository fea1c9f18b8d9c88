## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/trace/counting.c sim/trace/counting.h \
	sim/trace/counting_onnx.c sim/trace/counting_onnx.h \
	sim/trace/import/draft.c sim/trace/import/draft.h \
	sim/trace/import/import.c sim/trace/import/import.h \
	sim/trace/import/onnx.h \
	sim/trace/import/scalesim.c sim/trace/import/scalesim.h \
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
memsim_trace_LDADD = $(LDADD)

onnx_sources = \
	sim/trace/import/onnx.c \
	sim/trace/import/onnx_composite.c \
	sim/trace/import/onnx_const.c \
	sim/trace/import/onnx_fold.c \
	sim/trace/import/onnx_math.c \
	sim/trace/import/onnx_node.c sim/trace/import/onnx_node.h \
	sim/trace/import/onnx_rows.c \
	sim/trace/import/onnx_tensor.c \
	sim/trace/import/onnx_view.c \
	sim/trace/import/onnx_window.c \
	sim/trace/import/onnx_wire.c sim/trace/import/onnx_wire.h

## The format's own schema, through protobuf-c's compiler.
if HAVE_ONNX
libmemsim_a_SOURCES += $(onnx_sources)
nodist_libmemsim_a_SOURCES = onnx.pb-c.c onnx.pb-c.h
nodist_libmemsim_faulty_a_SOURCES = $(nodist_libmemsim_a_SOURCES)
memsim_trace_LDADD += $(PROTOBUF_C_LIBS)
BUILT_SOURCES += onnx.pb-c.c onnx.pb-c.h
CLEANFILES += onnx.pb-c.c onnx.pb-c.h

onnx.pb-c.c: $(ONNX_PROTO)
	$(AM_V_GEN)$(PROTOC_C) --c_out=. -I"$$(dirname '$(ONNX_PROTO)')" '$(ONNX_PROTO)'
onnx.pb-c.h: onnx.pb-c.c
$(libmemsim_a_OBJECTS) $(libmemsim_faulty_a_OBJECTS): onnx.pb-c.h
else
libmemsim_a_SOURCES += sim/trace/import/onnx_absent.c
endif
