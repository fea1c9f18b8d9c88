## SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += scripts/setup scripts/quickstart scripts/check scripts/compare-dram \
	scripts/compare-dram.awk scripts/lib.sh scripts/sweep-sram scripts/bench \
	scripts/figures scripts/fresh-machine scripts/random-graph scripts/auto-exhaustive scripts/auto-guard \
	scripts/random-plans scripts/audit-plan.awk scripts/validate-onnxim \
	scripts/validate-attention

## Plans of 300 random graphs on random machines.
PHONY_TARGETS += soak-plans
soak-plans: memsim$(EXEEXT)
	MEMSIM=./memsim$(EXEEXT) $(BASH) $(srcdir)/scripts/random-plans
soak: soak-plans

## memsim-plot and its modules, which the one in the build folder finds by a link beside it.
bin_SCRIPTS = memsim-plot
CLEANFILES += memsim-plot memsim_plot
EXTRA_DIST += scripts/memsim-plot.in
memsim-plot: $(srcdir)/scripts/memsim-plot.in Makefile
	$(AM_V_GEN)rm -rf $@ memsim_plot && $(LN_S) $(abs_srcdir)/scripts/memsim_plot memsim_plot && \
	sed -e 's|[@]PYTHON[@]|$(PYTHON)|' -e 's|[@]pkgdatadir[@]|$(pkgdatadir)|' \
		-e 's|[@]VERSION[@]|$(VERSION)|' $(srcdir)/scripts/memsim-plot.in >$@-tmp && \
	chmod +x $@-tmp && mv $@-tmp $@
plotdir = $(pkgdatadir)/memsim_plot
dist_plot_DATA = scripts/memsim_plot/__init__.py scripts/memsim_plot/fault.py \
	scripts/memsim_plot/knee.py scripts/memsim_plot/output.py \
	scripts/memsim_plot/results.py scripts/memsim_plot/roofline.py \
	scripts/memsim_plot/schedules.py scripts/memsim_plot/stacks.py \
	scripts/memsim_plot/style.py scripts/memsim_plot/waterfall.py scripts/memsim_plot/xy.py

## Requests a second, per kind of stream (doc/performance.md).
PHONY_TARGETS += bench
bench: memsim-dram$(EXEEXT)
	MEMSIM_DRAM=./memsim-dram$(EXEEXT) $(BASH) $(srcdir)/scripts/bench
