## SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += scripts/setup scripts/quickstart scripts/check scripts/compare-dram \
	scripts/compare-dram.awk scripts/lib.sh scripts/sweep-sram scripts/bench \
	scripts/random-graph scripts/auto-exhaustive

## Requests a second, per kind of stream (doc/performance.md).
PHONY_TARGETS += bench
bench: memsim-dram$(EXEEXT)
	MEMSIM_DRAM=./memsim-dram$(EXEEXT) $(BASH) $(srcdir)/scripts/bench
