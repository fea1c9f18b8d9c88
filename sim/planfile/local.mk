## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/planfile/check.c sim/planfile/check.h \
	sim/planfile/chip.c sim/planfile/chip.h \
	sim/planfile/coverage.c sim/planfile/coverage.h \
	sim/planfile/forward.c sim/planfile/forward.h \
	sim/planfile/compulsory.c sim/planfile/compulsory.h \
	sim/planfile/contents.c sim/planfile/contents.h \
	sim/planfile/meet.c sim/planfile/meet.h \
	sim/planfile/names.c sim/planfile/names.h \
	sim/planfile/needs.c sim/planfile/needs.h \
	sim/planfile/packed.c sim/planfile/packed.h \
	sim/planfile/parse.c sim/planfile/parse.h \
	sim/planfile/parse_command.c \
	sim/planfile/parse_kernel.c \
	sim/planfile/parse_span.c \
	sim/planfile/parse_transfer.c \
	sim/planfile/parse_wait.c \
	sim/planfile/pieces.c sim/planfile/pieces.h \
	sim/planfile/planfile.h \
	sim/planfile/reading.c sim/planfile/reading.h \
	sim/planfile/region_text.c \
	sim/planfile/runs.c sim/planfile/runs.h \
	sim/planfile/source.c \
	sim/planfile/states.c sim/planfile/states.h \
	sim/planfile/words.c sim/planfile/words.h \
	sim/planfile/work.c sim/planfile/work.h \
	sim/planfile/write.c \
	sim/planfile/write_command.c sim/planfile/write_command.h
