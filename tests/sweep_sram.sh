#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/sweep-sram: its rows are what memsim reports, a run that cannot be is a row with its
# status, the knee and the steps follow from the rows, and the same run draws the same bytes.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

for tool in jq gnuplot; do
	command -v $tool >/dev/null && continue
	skip "the sweep" "$tool is not installed"
	finish
done
sweep=$top_src/scripts/sweep-sram
trace=block.trace
"$memsim_trace" make vae-block width=64 height=64 channels=64 -o $trace
export MEMSIM=$memsim

sizes=1K,16K,48K,1M
expect_status 0 "a sweep of four sizes and two schedules" \
	"$sweep" -S baseline,trace -z $sizes -o one "$trace"
expect "a row for each run, and a header" [ "$(wc -l <one/block.csv)" = 9 ]
expect "what does not fit is a row with its status" grep -q '^block,trace,1K,7,,' one/block.csv
expect_grep "its message is passed on" '^sweep-sram: block, trace, 1K: memsim: ' err

# column NAME SCHEDULE SIZE
column()
{
	awk -F, -v name="$1" -v schedule="$2" -v size="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		$2 == schedule && $3 == size { print $at }' one/block.csv
}
for schedule in baseline trace; do
	for size in 16K 48K 1M; do
		"$MEMSIM" -c "$top_src/configs/ascend.cfg" -s scratchpad.bytes=$size -S $schedule \
			-f json "$trace" >report.json
		for pair in cycles=.time.cycles read_bytes=.hbm.read_bytes refetch=.traffic.refetch \
			movement_share=.movement_share; do
			expect "$schedule at $size: ${pair%%=*}" \
				[ "$(column "${pair%%=*}" $schedule $size)" = "$(jq "${pair#*=}" report.json)" ]
		done
	done
	best=$(for size in 16K 48K 1M; do column cycles $schedule $size; done | sort -n | head -n 1)
	for knee in 16K 48K 1M; do
		[ $((100 * $(column cycles $schedule $knee))) -gt $((105 * best)) ] || break
	done
	expect_grep "$schedule: the knee is the first within 5 % of the best" \
		"^$schedule: knee at $knee a core" one/block.txt
done
expect_status 0 "the sweep again, one run at a time" \
	"$sweep" -j 1 -S baseline,trace -z $sizes -o two "$trace"
for kind in csv txt svg pdf; do
	expect "the same $kind" cmp one/block.$kind two/block.$kind
done
expect_status 0 "a setting for every run" \
	"$sweep" -S baseline -z 1M -s scratchpad.buffering=1 -o three "$trace"
expect "acts" \
	[ "$(cut -d, -f7 three/block.csv | tail -n 1)" -gt "$(column cycles baseline 1M)" ]

expect_status 2 "an unknown option" "$sweep" -x
expect_status 1 "no number of jobs" "$sweep" -j 0 "$trace"
expect_status 3 "an unknown setting" "$sweep" -s no.such=1 -o four "$trace"
expect_status 1 "a trace that is not there" "$sweep" -o four no.such.trace
expect "leave nothing behind" [ ! -e four/no.such.csv ]
finish
