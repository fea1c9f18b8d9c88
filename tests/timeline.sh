#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --timeline: trace events that a viewer can open, whose counters add up to the report's bytes, and
# that change no report.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

"$memsim_trace" make vae-block width=64 height=64 channels=64 -o b.trace
machine=(-c ascend.cfg -s core.count=6 -s hbm.stacks=1)
check()
{
	if ! command -v python3 >/dev/null; then
		skip "$1 is sound" 'no python3'
		return
	fi
	python3 "$top_src/tests/timeline_check.py" "${@:2}" >wrong 2>&1
	if [ ! -s wrong ]; then pass "$1 is sound"; else
		fail "$1 is sound" "$(head -n 5 wrong)"
	fi
}
for schedule in baseline trace auto; do
	run "$memsim" "${machine[@]}" -S $schedule -f json b.trace -o without.json
	expect_status 0 "$schedule: a timeline" "$memsim" "${machine[@]}" -S $schedule -f json \
		--timeline $schedule.json b.trace -o with.json
	expect_same 'changes no report' without.json with.json
	check "the timeline of $schedule" $schedule.json with.json
done
expect_status 0 'with all that watches' "$memsim" "${machine[@]}" -S auto -f json --check --serial \
	--dram-log log.csv --timeline again.json b.trace -o checked.json
expect_same 'the same timeline' again.json auto.json
expect_status 0 'an ideal memory' "$memsim" -c ideal.cfg -S trace -f json --timeline ideal.json \
	b.trace -o with.json
check 'its timeline, without bandwidth,' ideal.json with.json ideal
for name in 'kernels' 'core 5 MTE2 load' 'core 5 Cube matrix (MXU)' 'core 5 Vector (VPU)' \
	'core 5 MTE3 store'; do
	expect "a thread is called $name" grep -qF "{\"name\": \"$name\"}" trace.json
done
expect_status 0 'compressed' "$memsim" "${machine[@]}" -S trace --timeline t.json.gz b.trace
gzip -dc t.json.gz >t.json
expect_same 'it is the same' t.json trace.json

# --- A window has what touches it, and nothing else.
expect_status 0 'a window' "$memsim" "${machine[@]}" -S trace --timeline w.json \
	--timeline-window 5us:8500ns b.trace
slices() { grep -F '"ph": "X"' "$1" | sed 's/.*"ts": \([0-9.]*\), "dur": \([0-9.]*\),.*/& \1 \2/'; }
slices trace.json | awk '$NF + $(NF - 1) >= 5 && $(NF - 1) < 8.5' | sort >want
slices w.json | sort >got
expect_same 'has what touches it' want got
expect 'which is something' [ -s got ]
expect 'but not all' [ "$(wc -l <got)" -lt "$(slices trace.json | wc -l)" ]
"$memsim" "${machine[@]}" -S trace --timeline c.json --timeline-max 64K b.trace -o /dev/null 2>err
expect_grep 'what is cut says so' '^memsim: c.json: cut at --timeline-max; ' err
expect_grep 'in itself, too' 'cut: the timeline has reached its largest size' c.json
expect 'and is no larger' [ "$(wc -c <c.json)" -lt 70000 ]
if command -v python3 >/dev/null; then
	expect 'but whole' python3 -m json.tool c.json /dev/null
else
	skip 'but whole' 'no python3'
fi

# --- Wrong words.
refused()
{
	run "$memsim" "${machine[@]}" "${@:3}" b.trace
	expect_refusal 2 "$1" "memsim: $2"
	expect "$1: leaves nothing" [ ! -e no.json ]
}
refused 'two schedules' '--timeline shows one run; .*' -S baseline,trace --timeline no.json
refused 'a window of nothing' '--timeline-window is of a timeline; .*' --timeline-window 1us:2us
refused 'a window backwards' '--timeline-window: found "2us:1us": expected FROM before TO' \
	--timeline no.json --timeline-window 2us:1us
refused 'half a window' '--timeline-window: found "2us": .*' --timeline no.json --timeline-window 2us
refused 'no times' '--timeline-window: found "a:b": .*' --timeline no.json --timeline-window a:b
refused 'no size' '--timeline-max: found "x": .*' --timeline no.json --timeline-max x
refused 'the report'\''s name' '--output and --timeline are both no.json' -o no.json --timeline no.json
refused 'the trace'\''s name' 'b.trace: the output would overwrite the input b.trace' \
	--timeline b.trace
expect_status 5 'a missing folder' "$memsim" "${machine[@]}" --timeline none/t.json b.trace
expect_status 7 'a run that cannot be' "$memsim" "${machine[@]}" -s scratchpad.bytes=1K \
	--timeline no.json b.trace
expect 'leaves no timeline' [ ! -e no.json ]
finish
