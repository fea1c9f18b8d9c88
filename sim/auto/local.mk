## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += sim/auto/auto.c sim/auto/auto.h sim/auto/grouping.c sim/auto/grouping.h
