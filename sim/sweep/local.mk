## SPDX-License-Identifier: Apache-2.0
libmemsim_a_SOURCES += \
	sim/sweep/axis.c sim/sweep/axis.h \
	sim/sweep/grid.c sim/sweep/grid.h \
	sim/sweep/lock.c sim/sweep/lock.h \
	sim/sweep/outcome.c sim/sweep/outcome.h \
	sim/sweep/pool.c sim/sweep/pool.h \
	sim/sweep/slurm.c sim/sweep/slurm.h \
	sim/sweep/sweep.c sim/sweep/sweep.h \
	sim/sweep/table.c sim/sweep/table.h

bin_PROGRAMS += memsim-sweep
memsim_sweep_SOURCES = sim/memsim_sweep.c $(cli_sources) $(run_sources)
memsim_sweep_LDADD = $(LDADD)
EXTRA_memsim_sweep_SOURCES = sim/sweep/db.c sim/sweep/db.h
if HAVE_SQLITE
memsim_sweep_SOURCES += sim/sweep/db.c sim/sweep/db.h
memsim_sweep_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
memsim_sweep_LDADD += $(SQLITE_LIBS)
endif
