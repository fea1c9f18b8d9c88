## SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += traces/regenerate traces/traces.tsv
dist_traces_DATA += \
	traces/chain-8.trace \
	traces/conv-256x256.trace \
	traces/copy-64MiB.trace \
	traces/matmul-4096.trace \
	traces/vae-block-720x480.trace.gz \
	traces/vae-decoder-180x120.trace.gz \
	traces/vae-decoder-720x480.trace.gz

## Writes the shipped traces anew, into the source tree.
PHONY_TARGETS += traces
traces: memsim-trace$(EXEEXT)
	$(BASH) $(srcdir)/traces/regenerate ./memsim-trace$(EXEEXT) $(srcdir)/traces
