#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every audit of --check is proven: a fault built into the program is caught by the audit that
# is meant for it, with exit 70.  tests/memsim-faulty and tests/memsim-dram-faulty are the
# programs with fault switches.
. "${TOP_SRCDIR:-.}/tests/lib.sh"
faulty=$top_build/tests/memsim-faulty

cat >chain.trace <<'END'
memsim-trace 1
tensor x f16 1x32x32x32 role=input
tensor w f16 32x32x3x3 role=weight
tensor y f16 1x32x32x32
tensor z f16 1x32x32x32 role=output
op conv conv2d in=x,w out=y pad=1
op act silu in=y out=z
end-of-trace ops=2
END
set -- -c "$top_src/configs/ascend.cfg" -s core.count=4 -s hbm.stacks=1 --check -f json

expect_status 0 'without a fault the audits pass' "$faulty" "$@" chain.trace
cp "$tmp/out" sound.json
expect_status 0 'memsim itself passes' env MEMSIM_FAULT=drop-byte "$memsim" "$@" chain.trace
expect_same 'and knows no faults' "$tmp/out" sound.json

while read -r fault audit; do
	echo old >kept
	expect_status 70 "$fault is caught" env MEMSIM_FAULT="$fault" "$faulty" "$@" -o kept \
		chain.trace
	expect_grep "$fault is caught by its audit" "^memsim: --check: audit of $audit: " "$tmp/err"
	expect "$fault leaves no report" test "$(cat kept)" = old
done <<'END'
drop-byte conservation of bytes
early-act protocol
overlap occupancy
lost-cycle cycle accounts
wrong-class cycle accounts
END

# memsim-dram hears of commands at another place.
faulty=$top_build/tests/memsim-dram-faulty
set -- -c dram/hbm2.cfg --check --generate mix:20000 -f json
expect_status 0 'memsim-dram: without a fault the audits pass' "$faulty" "$@"
echo old >kept
expect_status 70 'memsim-dram: early-act is caught' env MEMSIM_FAULT=early-act "$faulty" "$@" \
	-o kept --dram-log log
expect_grep 'memsim-dram: early-act is caught by its audit' \
	'^memsim-dram: --check: audit of protocol: ' "$tmp/err"
expect 'memsim-dram: early-act leaves no report' test "$(cat kept)" = old -a ! -e log
finish
