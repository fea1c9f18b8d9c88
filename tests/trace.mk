## SPDX-License-Identifier: Apache-2.0
graph_lines = tests/support/graph_lines.c tests/support/graph_lines.h
graph_make = tests/support/graph_make.c tests/support/graph_make.h

check_PROGRAMS += tests/check_access
TESTS += tests/check_access
tests_check_access_SOURCES = tests/check_access.c $(graph_lines)
tests_check_access_LDADD = $(check_libs)

check_PROGRAMS += tests/check_ir
TESTS += tests/check_ir
tests_check_ir_SOURCES = tests/check_ir.c $(graph_lines)
tests_check_ir_LDADD = $(check_libs)

check_PROGRAMS += tests/check_trace
TESTS += tests/check_trace
EXTRA_DIST += tests/data/vae_decoder_ops.csv
tests_check_trace_SOURCES = tests/check_trace.c $(graph_make)
tests_check_trace_LDADD = $(check_libs)

check_PROGRAMS += tests/check_models
TESTS += tests/check_models
tests_check_models_SOURCES = tests/check_models.c $(graph_make)
tests_check_models_LDADD = $(check_libs)

check_PROGRAMS += tests/check_counting
TESTS += tests/check_counting
EXTRA_DIST += tests/data/tables/kim2023.csv
tests_check_counting_SOURCES = tests/check_counting.c $(graph_make)
tests_check_counting_LDADD = $(check_libs)

TESTS += tests/kim_curve.sh
dist_check_SCRIPTS += tests/kim_curve.sh
EXTRA_DIST += scripts/validate-kim tests/data/tables/kim2023_latency.csv

TESTS += tests/onnxim.sh
dist_check_SCRIPTS += tests/onnxim.sh
EXTRA_DIST += tests/data/tables/onnxim_ffn.csv

TESTS += tests/resnet50.sh
dist_check_SCRIPTS += tests/resnet50.sh

TESTS += tests/bad_trace.sh
dist_check_SCRIPTS += tests/bad_trace.sh
EXTRA_DIST += tests/bad/trace-cases.tsv

TESTS += tests/trace_cli.sh
dist_check_SCRIPTS += tests/trace_cli.sh

TESTS += tests/import.sh
dist_check_SCRIPTS += tests/import.sh
EXTRA_DIST += \
	tests/data/onnx/README.md tests/data/onnx/expected.tsv tests/data/onnx/matrix.tsv \
	tests/data/onnx/gpt2_prefill128.onnx.gz \
	tests/data/onnx/mobilenet_v2.external.onnx.gz \
	tests/data/onnx/mobilenet_v2.onnx.gz \
	tests/data/onnx/resnet50.onnx.gz \
	tests/data/onnx/vae_decoder.onnx.gz \
	tests/data/onnx/vit_b_16.onnx.gz \
	tests/data/scalesim/README.md tests/data/scalesim/Resnet50.csv \
	tests/data/scalesim/alexnet.csv tests/data/scalesim/gpt2.csv

EXTRA_DIST += tests/check_onnx.c
if HAVE_ONNX
check_PROGRAMS += tests/check_onnx
TESTS += tests/check_onnx
tests_check_onnx_SOURCES = tests/check_onnx.c
tests_check_onnx_LDADD = $(check_libs) $(PROTOBUF_C_LIBS)
$(tests_check_onnx_OBJECTS): onnx.pb-c.h
endif
