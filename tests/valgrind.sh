#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Small runs under valgrind: no use of uninitialised memory, which the sanitizers do not see, no
# bad access and no leak.  scripts/check runs it on its gcc build; sanitizers and valgrind do not
# go together.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

# clean STATUS NAME CMD...: the program's own status, and nothing to complain of.
clean()
{
	local want=$1 name=$2
	shift 2
	expect_status "$want" "$name" valgrind -q --leak-check=full --error-exitcode=99 "$@"
}

clean 0 "make" "$memsim_trace" make vae-block width=16 height=16 channels=32 -o block.trace
clean 0 "make compressed" "$memsim_trace" make vae-decoder width=16 height=16 \
	block_channels=32,32 layers=1 -o decoder.trace.gz
clean 0 "list" "$memsim_trace" list
clean 0 "info" "$memsim_trace" info -f json decoder.trace.gz
clean 0 "baseline and fused, audited" "$memsim" -c ascend.cfg -S baseline,trace --check \
	--tensors -f json -o block.json block.trace
clean 0 "serial, text" "$memsim" -c ideal.cfg --serial block.trace
clean 0 "decoder, log of commands" "$memsim" -c ascend.cfg -s core.count=4 -S baseline \
	--dram-log commands.csv -f csv -o decoder.csv decoder.trace.gz
clean 0 "a plan written" "$memsim" -c ideal.cfg --plan-out block.plan.gz -o block.txt block.trace
clean 0 "a plan replayed" "$memsim" -c ideal.cfg --check --plan block.plan.gz block.trace
clean 0 "--print-config" "$memsim" -c ascend.cfg --print-config
clean 0 "--help" "$memsim" --help

echo 'hbm = { standard = "HBM2"; mapping = "row"; };' >bad.cfg
clean 3 "a bad mapping" "$memsim" -c bad.cfg block.trace
echo 'hbm = { chanels = 2; };' >bad.cfg
clean 3 "an unknown setting" "$memsim" -c bad.cfg block.trace
sed 's/^op conv .*/op conv conv2d in=x/' block.trace >bad.trace
clean 4 "a bad trace" "$memsim" -c ascend.cfg bad.trace
gzip -dc block.plan.gz | sed 's/ after=matrix$//' >bad.plan
clean 4 "a bad plan" "$memsim" -c ideal.cfg --plan bad.plan block.trace
gzip -dc block.plan.gz | head -c 5000 >cut.plan
clean 4 "a plan that is cut" "$memsim" -c ideal.cfg --plan cut.plan block.trace
clean 5 "an output that cannot be" "$memsim" -c ascend.cfg -o no/where block.trace
clean 7 "a memory that is too small" "$memsim" -c ideal.cfg -s hbm.bytes=1M \
	-s scratchpad.bytes=1K -s dma.packet_bytes=32 block.trace
clean 2 "wrong usage" "$memsim" --frobnicate
finish
