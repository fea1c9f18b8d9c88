## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/ir/access.c \
	sim/ir/account.h \
	sim/ir/attrs.c sim/ir/attrs.h \
	sim/ir/block.c sim/ir/block.h \
	sim/ir/build.c sim/ir/build.h \
	sim/ir/build_group.c \
	sim/ir/build_repeat.c \
	sim/ir/build_statement.c sim/ir/build_statement.h \
	sim/ir/builder.h \
	sim/ir/command.c sim/ir/command.h \
	sim/ir/gather.c \
	sim/ir/graph.c sim/ir/graph.h \
	sim/ir/graph_build.h \
	sim/ir/name_map.c sim/ir/name_map.h \
	sim/ir/op_row.h \
	sim/ir/ops.c sim/ir/ops.h \
	sim/ir/ops_access.c \
	sim/ir/ops_access_view.c \
	sim/ir/ops_shape.c sim/ir/shape_rule.h \
	sim/ir/ops_shape_view.c \
	sim/ir/parts.c \
	sim/ir/region.c sim/ir/region.h \
	sim/ir/views.c \
	sim/ir/window.c
