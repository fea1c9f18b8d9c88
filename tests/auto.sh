#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Schedule auto as users see it: groups found, never worse than the others, explained, the same
# each time; and a few of the random graphs of scripts/auto-exhaustive against every grouping.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

random=$top_src/scripts/random-graph

# cycles SCHEDULE: of the CSV report in $tmp/out
cycles()
{
	awk -F, -v schedule="$1" '$1 == schedule { end = $5 } END { print end }' "$tmp/out"
}

for seed in 5 7 13; do
	"$random" "$seed" >t.trace
	expect_status 0 "seed $seed runs audited" "$memsim" -c ascend.cfg -S baseline,trace,auto \
		--check -f csv t.trace
	expect "seed $seed: auto is no worse than baseline" \
		[ $(($(cycles auto) * 100)) -le $(($(cycles baseline) * 101)) ]
done

cp "$tmp/out" first
expect_status 0 'once more' "$memsim" -c ascend.cfg -S baseline,trace,auto --check -f csv t.trace
expect 'the same groups each time' cmp -s first "$tmp/out"

# Against fuse groups that somebody else chose, too.
in_build() { (cd "$top_build" && "$@"); }
guard=$top_src/scripts/auto-guard
expect_status 0 'never slower than baseline and fuse lines' in_build "$guard" 3 6
expect_status 0 'nor on another machine' in_build "$guard" -c "$top_src/configs/kim2023.cfg" 21 23

# Phases that differ in what they hold alone once took over each other's tiles.
"$random" 1032 25 >t.trace
expect_status 0 'seed 1032 of 25 operators' "$memsim" -c ascend.cfg -S auto --check -f csv t.trace

# A chain that fits is one kernel without being told; so are siblings that read the same.
"$random" 5 >t.trace
expect_status 0 'explained' "$memsim" -c ascend.cfg -S baseline,auto --explain t.trace
expect_grep 'a cut is judged' 'o1 -> o2: two kernels: [0-9]+ ns against [0-9]+ ns \(costs' "$tmp/out"
expect_grep 'a group is judged' 'o1 -> o2: one kernel: [0-9]+ ns against [0-9]+ ns \(saves' "$tmp/out"
expect_status 2 'explained in JSON' "$memsim" -c ascend.cfg --explain -f json t.trace

if "$top_build/tests/auto_exhaustive" "$top_src/configs/ascend.cfg" t.trace >line; then
	expect 'within 3 % of the best of all groupings' awk '$4 > 1.03 { exit 1 }' line
else
	fail 'exhaustive search' "it failed"
fi
finish
