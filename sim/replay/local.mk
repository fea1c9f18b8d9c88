## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += sim/replay/replay.c sim/replay/replay.h
