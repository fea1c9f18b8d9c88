## SPDX-License-Identifier: Apache-2.0
dist_man_MANS += doc/memsim.1 doc/memsim-check-dram.1 doc/memsim-dram.1 doc/memsim-plot.1 \
	doc/memsim-sweep.1 doc/memsim-trace.1 \
	doc/memsim.cfg.5 doc/memsim-plan.5 doc/memsim-trace.5
EXTRA_DIST += doc/design.md doc/dram-standards.md doc/engine.md doc/performance.md doc/model.md \
	doc/plan-format.md doc/planning.md doc/refresh doc/sram.md doc/validation.md

## The parts of the manual pages that follow from the program's tables.
check_PROGRAMS += doc/man_tables
doc_man_tables_SOURCES = doc/man_dram.c doc/man_dram.h doc/man_tables.c

## Brings the outputs in README.md and doc/*.md, and the manual pages' tables, up to date in the
## source tree.
PHONY_TARGETS += docs
docs: memsim$(EXEEXT) memsim-dram$(EXEEXT) memsim-sweep$(EXEEXT) memsim-trace$(EXEEXT) doc/man_tables$(EXEEXT)
	$(BASH) $(srcdir)/tests/docs.sh --update

## The figures of doc/sram.md and others, with their numbers; a quarter of an hour of a processor.
EXTRA_DIST += doc/figures/sram-block.csv doc/figures/sram-decoder.csv \
	doc/figures/roofline.svg doc/figures/roofline.txt \
	doc/figures/row-hits.svg doc/figures/row-hits.txt \
	doc/figures/schedules.svg doc/figures/schedules.txt \
	doc/figures/sram-block.svg doc/figures/sram-block.txt \
	doc/figures/sram-decoder.svg doc/figures/sram-decoder.txt \
	doc/figures/sram-decoder-720x480.csv \
	doc/figures/sram-decoder-720x480.svg doc/figures/sram-decoder-720x480.txt \
	doc/figures/stacks.svg doc/figures/stacks.txt \
	doc/figures/stacks-decoder.svg doc/figures/stacks-decoder.txt \
	doc/figures/waterfall.svg doc/figures/waterfall.txt
PHONY_TARGETS += figures
figures: memsim$(EXEEXT) memsim-sweep$(EXEEXT) memsim-plot
	$(BASH) $(srcdir)/scripts/figures -w figures

## The results that doc/hbm.md compares with the reference runs; minutes.  Then make docs.
PHONY_TARGETS += compare-dram
compare-dram: memsim-dram$(EXEEXT) memsim-check-dram$(EXEEXT)
	MEMSIM_DRAM=./memsim-dram$(EXEEXT) MEMSIM_CHECK_DRAM=./memsim-check-dram$(EXEEXT) \
		$(BASH) $(srcdir)/scripts/compare-dram -o $(srcdir)/tests/data/dram
