## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/base/base.c sim/base/base.h \
	sim/base/buf.c sim/base/buf.h \
	sim/base/err.c sim/base/err.h \
	sim/base/hash.c sim/base/hash.h \
	sim/base/histogram.c sim/base/histogram.h \
	sim/base/in.c sim/base/in.h \
	sim/base/json_out.c sim/base/json_out.h \
	sim/base/lines.c sim/base/lines.h \
	sim/base/mem.c sim/base/mem.h \
	sim/base/names.c sim/base/names.h \
	sim/base/off_by_one.h \
	sim/base/out.c sim/base/out.h \
	sim/base/source.c sim/base/source.h \
	sim/base/std_streams.c sim/base/std_streams.h \
	sim/base/units.c sim/base/units.h \
	sim/base/utf8.c sim/base/utf8.h
