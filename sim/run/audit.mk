## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/run/audit.c sim/run/audit.h sim/run/audit_books.h \
	sim/run/audit_bounds.c \
	sim/run/audit_bytes.c \
	sim/run/audit_cycles.c \
	sim/run/audit_dram.c sim/run/audit_dram.h \
	sim/run/audit_graph.c sim/run/audit_graph.h \
	sim/run/audit_memory.c sim/run/audit_memory.h \
	sim/run/audit_spans.c \
	sim/run/dram_log.c sim/run/dram_log.h \
	sim/run/dram_order.c sim/run/dram_order.h
