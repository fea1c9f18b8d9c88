## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/base/fault.h \
	sim/model/core.c sim/model/core.h \
	sim/model/core_class.c \
	sim/model/core_source.h \
	sim/model/cores.c sim/model/cores.h \
	sim/model/dma.c sim/model/dma.h \
	sim/model/dma_ledger.c sim/model/dma_ledger.h \
	sim/model/dma_packets.c sim/model/dma_packets.h \
	sim/model/dma_unit.c sim/model/dma_unit.h \
	sim/model/noc.c sim/model/noc.h \
	sim/model/spad.c sim/model/spad.h
