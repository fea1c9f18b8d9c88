#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A few seeds of scripts/random-plans (make soak-plans: all 300), and that its judge of plan files
# finds what is wrong with one.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

export MEMSIM=$memsim
expect_status 0 'plans of random graphs on random machines' \
	"$top_src/scripts/random-plans" -m 2 -n 5 -t 60 4 9
expect_grep 'which are judged' '^6 graphs: ([89]|1[0-2]) plans judged, 0 failures' "$tmp/out"
expect_status 2 'an unknown option' "$top_src/scripts/random-plans" -x

cat >t.trace <<'END'
memsim-trace 1
tensor x f16 1x32x24x16 role=input
tensor w f16 32x32x3x3 role=weight
tensor a f16 1x32x24x16
tensor b f16 1x32x24x16
tensor y f16 1x32x24x16 role=output
op c conv2d in=x,w out=a pad=1
op n groupnorm in=a out=b groups=8
op r relu in=b out=y
fuse c n r
END
run "$memsim" -c ideal.cfg -s core.count=1 -s scratchpad.bytes=48K -s kernel.halo=keep \
	-s kernel.groupnorm=spill -f csv -o t.csv --plan-out t.plan t.trace
judge() { awk -v exactly=1 -f "$top_src/scripts/audit-plan.awk" "$@"; }
expect_status 0 'a right plan is judged right' judge t.trace t.plan t.csv
# finds NAME PATTERN SED: the plan, changed.
finds()
{
	sed "$3" t.plan >bad.plan
	expect "$1: it is another plan" test "$(cmp -s t.plan bad.plan; echo $?)" = 1
	expect_status 1 "$1: it is found" judge t.trace bad.plan t.csv
	expect_grep "$1: and told" "$2" "$tmp/out"
}
finds 'a store that is missing' '^c\.\.r: does not store each element once: y' \
	'0,/^store r/{/^store r/d}'
finds 'a row that is stored twice' '^c\.\.r: does not store each element once: y' \
	'0,/^store r/{/^store r/p}'
finds 'a slot that nobody has written' 'reads x, which it has not written' '/^load c x/d'
finds 'a product less' '^c\.\.r: makes [0-9]+ of 3538944 products of c' '0,/^matrix/s/ m=[0-9]*/ m=1/'
finds 'an element too many' '^c\.\.r: makes [0-9]+ of 12288 elements of r' \
	'0,/,r\*/s/,r\*/,r*1/'
judge() { awk -v keeps=1 -f "$top_src/scripts/audit-plan.awk" "$@"; }
expect_status 0 'with kept halos it is right too' judge t.trace t.plan t.csv
finds 'a core that makes too much' '^c\.\.r: core 0 makes [0-9]* of 12288 elements of r' \
	'0,/,r\*/s/,r\*/,r*1/'
finds 'no barrier' 'loads a before a barrier is behind its stores' '/^barrier/d'
finds 'a buffer past the end' 'ends at [0-9]* of 49152 bytes of spad' \
	'0,/^buffer/s/at=0/at=49152/'
finds 'bytes that are called by another name' 'calls [0-9]* bytes compulsory' \
	'0,/^load c w/s/^load c w.*/& traffic=refetch/'
sed '2s/,0,0,\([0-9]*\),/,0,1,\1,/' t.csv >bad.csv
expect 'another report' test "$(cmp -s t.csv bad.csv; echo $?)" = 1
expect_status 1 'a report that says otherwise' judge t.trace t.plan bad.csv
finish
