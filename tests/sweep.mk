## SPDX-License-Identifier: Apache-2.0
TESTS += tests/sweep.sh tests/plot.sh tests/timeline.sh tests/slurm.sh tests/viewer.sh
dist_check_SCRIPTS += tests/sweep.sh tests/plot.sh tests/soak_sweep.sh tests/timeline.sh \
	tests/slurm.sh tests/viewer.sh
EXTRA_DIST += tests/timeline_check.py tests/slurm_up.sh tests/viewer.js

## A sweep of 1,000 points, killed 50 times; a minute.
PHONY_TARGETS += soak-sweep
soak-sweep: memsim-sweep$(EXEEXT)
	TOP_SRCDIR=$(abs_top_srcdir) $(BASH) $(srcdir)/tests/soak_sweep.sh 1000 50

## A sweep on Slurm, one of whose nodes dies; minutes.
PHONY_TARGETS += soak-slurm
soak-slurm: memsim-sweep$(EXEEXT)
	TOP_SRCDIR=$(abs_top_srcdir) $(BASH) $(srcdir)/tests/slurm.sh kill
