## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/plan/box.c sim/plan/box.h \
	sim/plan/buffers.c \
	sim/plan/causes.c \
	sim/plan/cut.h \
	sim/plan/emit.c sim/plan/emit.h \
	sim/plan/emit_chunk.c \
	sim/plan/emit_commands.c \
	sim/plan/emit_cursor.c \
	sim/plan/emit_load.c \
	sim/plan/emit_mask.c \
	sim/plan/emit_parts.h \
	sim/plan/emit_rows.c \
	sim/plan/estimate.c \
	sim/plan/explain.c sim/plan/explain.h \
	sim/plan/extent.c \
	sim/plan/geometry.c \
	sim/plan/internal.h \
	sim/plan/kernels.c \
	sim/plan/loops.c \
	sim/plan/memo.c sim/plan/memo.h \
	sim/plan/overlap.c \
	sim/plan/part.c sim/plan/phase.c \
	sim/plan/phases.c \
	sim/plan/place.c \
	sim/plan/plan.c sim/plan/plan.h \
	sim/plan/reach.c \
	sim/plan/regions.c \
	sim/plan/resident.c \
	sim/plan/sample.c \
	sim/plan/share.c \
	sim/plan/shared.c \
	sim/plan/slide.c \
	sim/plan/stages.c \
	sim/plan/states.c \
	sim/plan/tile.c sim/plan/tile.h \
	sim/plan/tile_kernel.c \
	sim/plan/totals.c \
	sim/plan/transfer.c \
	sim/plan/variant.c \
	sim/plan/search.c sim/plan/search.h sim/plan/search_cost.c sim/plan/search_graph.c sim/plan/search_grow.c sim/plan/search_state.h
