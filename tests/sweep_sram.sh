#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/sweep-sram: the knee and the steps follow from the rows, a run that cannot be is in the
# table with its status, and the same run draws the same bytes.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

if ! python=$(sed -n '1s/^#!//p' "$top_build/memsim-plot") ||
	! "$python" -c 'import matplotlib' 2>/dev/null; then
	skip "the sweep" "matplotlib is not installed"
	finish
fi
sweep=$top_src/scripts/sweep-sram
trace=block.trace
"$memsim_trace" make vae-block width=64 height=64 channels=64 -o $trace
ln -s "$top_build/memsim-sweep" "$top_build/memsim-plot" "$top_build/memsim_plot" .

sizes=1K,16K,48K,1M
expect_status 0 "a sweep of four sizes and two schedules" \
	"$sweep" -S baseline,trace -z $sizes -o one "$trace"
expect_grep "says what cannot run" '^memsim-sweep: one/block.csv: 2 of 8 points failed; ' err
expect "a row for each run, and a header" [ "$(wc -l <one/block.csv)" = 9 ]
expect_grep "what does not fit is in the table with its status" \
	'^ +1K +- +- exit 7 +- exit 7$' one/block.txt
expect_same "the table is what it prints" one/block.txt <(sed '$d' out)

# column NAME SCHEDULE SIZE
column()
{
	awk -F, -v name="$1" -v schedule="$2" -v size="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		$1 == size && $3 == schedule { print $at }' one/block.csv
}
for schedule in baseline trace; do
	best=$(for size in 16K 48K 1M; do column time.cycles $schedule $size; done | sort -n | head -n 1)
	for knee in 16K 48K 1M; do
		[ $((100 * $(column time.cycles $schedule $knee))) -gt $((105 * best)) ] || break
	done
	expect_grep "$schedule: the knee is the first within 5 % of the best" \
		"^$schedule: knee at $knee a core" one/block.txt
	before=
	for size in 16K 48K 1M; do
		moved=$(($(column hbm.read_bytes $schedule $size) + $(column hbm.write_bytes $schedule $size)))
		steps=$(sed -n "/^$schedule: knee/,/^\$/p" one/block.txt | grep -c "step at $size:")
		expect "$schedule: a step at $size if traffic falls by 2 %" \
			[ "$steps" -eq $((${before:-$moved} * 98 >= moved * 100)) ]
		before=$moved
	done
done
expect_status 0 "the sweep again, one run at a time" \
	"$sweep" -j 1 -S baseline,trace -z $sizes -o two "$trace"
for kind in csv txt svg pdf; do
	expect_same "the same $kind" one/block.$kind two/block.$kind
done
expect_status 0 "a setting for every run" \
	"$sweep" -S baseline -z 1M -s scratchpad.buffering=1 -o three "$trace"
expect "acts" [ "$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "time.cycles") at = i }
	NR == 2 { print $at }' three/block.csv)" -gt "$(column time.cycles baseline 1M)" ]

expect_status 2 "an unknown option" "$sweep" -x
expect_status 2 "no number of jobs" "$sweep" -j 0 "$trace"
expect_status 3 "an unknown setting" "$sweep" -s no.such=1 -o four "$trace"
expect_status 4 "a trace that is not there" "$sweep" -o four no.such.trace
expect "leave nothing behind" [ -z "$(ls four 2>/dev/null)" ]
finish
