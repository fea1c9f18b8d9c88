#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memsim-sweep: its rows are what memsim reports, in grid order; everything is validated before
# the first point runs; what is finished is not run again, failures are rows, and two sweeps on
# one output do not meet.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

sweep=$top_build/memsim-sweep
config=$top_src/configs/ascend.cfg
"$memsim_trace" make vae-block width=16 height=16 channels=32 -o block.trace
printf '%s\n' 'memsim-trace 1' 'tensor x f16 16x64 role=input' \
	'tensor y f16 16x64 role=output' 'op act relu in=x out=y' >tiny.trace

# cell FILE ROW NAME: of a CSV whose cells hold no comma
cell()
{
	awk -F, -v row="$2" -v name="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
		NR == row + 1 { print $at }' "$1"
}

# --- Rows.
expect_status 0 'a grid' "$sweep" -c "$config" -s hbm.stacks=2 --vary scratchpad.bytes=16K:64K:x2 \
	--vary schedule=baseline,trace block.trace tiny.trace -o grid.csv
expect 'says nothing' [ ! -s out ] 
expect 'nor on standard error' [ ! -s err ]
cut -d, -f1-4 grid.csv >head
cat >want <<-'END'
	scratchpad.bytes,trace,schedule,status
	16K,block.trace,baseline,0
	16K,block.trace,trace,0
	32K,block.trace,baseline,0
	32K,block.trace,trace,0
	64K,block.trace,baseline,0
	64K,block.trace,trace,0
	16K,tiny.trace,baseline,0
	16K,tiny.trace,trace,0
	32K,tiny.trace,baseline,0
	32K,tiny.trace,trace,0
	64K,tiny.trace,baseline,0
	64K,tiny.trace,trace,0
END
expect_same 'has its rows in grid order, the last --vary fastest' head want
row=0
for trace in block tiny; do for size in 16K 32K 64K; do for schedule in baseline trace; do
	row=$((row + 1))
	"$memsim" -c "$config" -s hbm.stacks=2 -s scratchpad.bytes=$size -S $schedule -f json \
		-o report.json $trace.trace
	ok=yes
	for path in time.cycles:cycles workload.ideal_bytes:ideal_bytes hbm.read_bytes:read_bytes \
		time.seconds:seconds hbm.cycles.turnaround:turnaround config.hash:hash \
		data_movement_fraction:data_movement_fraction scratchpad.peak_bytes:peak_bytes; do
		got=$(cell grid.csv $row ${path%:*})
		grep -q "\"${path#*:}\": \"\{0,1\}$got\"\{0,1\},\{0,1\}\$" report.json || ok="${path%:*}: $got"
	done
	expect "$trace, $schedule at $size: the report's values" [ "$ok" = yes ]
done; done; done

ends() { cut -d, -f1 "$1" | sed 1d | tr '\n' ' '; }
list()
{
	expect_status 0 "$1" "$sweep" -c ideal.cfg --vary "$1" tiny.trace -o list.csv
	expect "is $2" [ "$(ends list.csv)" = "$2 " ]
}
list core.count=1:7:+3 '1 4 7'
list core.count=1:8:+3 '1 4 7'
list core.count=3 '3'
list scratchpad.bytes=1M:4096K:x2 '1M 2M 4M'
list scratchpad.bytes=96K:98K:+1K '96K 97K 98K'
list 'clock.core=1.8 GHz:2G:+100M' '1.8 GHz 1.9 GHz 2 GHz'
list kernel.launch_ns=0:20:+10 '0 10 20'
list hbm.latency=50ns,200ns '50ns 200ns'

# --- What is finished is not run again.
inodes() { (cd "$1.points" && ls -i -- *.point) | sort; }
inodes grid.csv >before
cp grid.csv old.csv
run_grid() { "$sweep" -c "$config" -s hbm.stacks=2 --vary scratchpad.bytes="$1" \
	--vary schedule=baseline,trace block.trace tiny.trace -o grid.csv; }
expect_status 0 'the same again' run_grid 16K:64K:x2
expect_same 'gives the same bytes' grid.csv old.csv
inodes grid.csv >now
expect_same 'and runs nothing' before now
expect_status 0 'a larger grid, its sizes written otherwise' run_grid 16384,32K,65536,128K
inodes grid.csv >now
expect 'runs what is new' [ "$(comm -13 before now | wc -l)" -eq 4 ]
expect 'and only that' [ -z "$(comm -23 before now)" ]
key=$(ls grid.csv.points | grep -m 1 point)
cp "grid.csv.points/$key" whole
head -c 100 whole >"grid.csv.points/$key"
expect_status 0 'a point that was cut' run_grid 16K:128K:x2
expect_same 'is run again' "grid.csv.points/$key" whole
sed 's/^[0-9]\{4,\}$/7/' whole >"grid.csv.points/$key"
expect_status 0 'a point that was edited' run_grid 16K:128K:x2
expect_same 'too' "grid.csv.points/$key" whole
echo junk >grid.csv.points/.memsim-tmp.abc
expect_status 0 'what a killed sweep left' run_grid 16K:64K:x2
expect 'is removed' [ ! -e grid.csv.points/.memsim-tmp.abc ]
expect_same 'and the rows are the same' grid.csv old.csv

# --- Points that fail.
expect_status 7 'some points fail' "$sweep" -c "$config" \
	--vary scratchpad.bytes=1K,64K --vary schedule=baseline,trace block.trace -o some.csv
expect_grep 'which is said' '^memsim-sweep: some.csv: 2 of 4 points failed; their rows say why$' err
expect 'all have a row' [ "$(wc -l <some.csv)" -eq 5 ]
"$memsim" -c "$config" -s scratchpad.bytes=1K -S baseline block.trace 2>message
expect_grep 'with their status' '^1K,block.trace,baseline,7,,' some.csv
expect_grep 'and what memsim says' ",\"?$(sed 's/^memsim: //' message | cut -d, -f1 | cut -c1-60)" some.csv
expect_grep 'the others have results' '^64K,block.trace,trace,0,1,' some.csv
inodes some.csv >before
expect_status 7 'again' "$sweep" -c "$config" \
	--vary scratchpad.bytes=1K,64K --vary schedule=baseline,trace block.trace -o some.csv
inodes some.csv >now
expect_same 'what failed for good is not tried again' before now

# --- Wrong words: nothing runs, nothing is made.
refused()
{
	local want=$1 name=$2 pattern=$3
	shift 3
	run "$sweep" "$@"
	expect_refusal "$want" "$name" "memsim-sweep: $pattern"
	expect "$name: nothing is made" [ ! -e no.csv ] 
	expect "$name: nor a folder" [ ! -e no.csv.points ]
}
printf 'scratchpad = {\n bytes = "0";\n};\n' >bad.cfg
printf 'memsim-trace 1\ntensor x f16 16 role=input\nop a rleu in=x out=x\n' >bad.trace
refused 2 'no machine' 'no machine.*' tiny.trace -o no.csv
refused 2 'no trace' 'no trace.*' -c ideal.cfg -o no.csv
refused 2 'no output' 'give the results a file.*' -c ideal.cfg tiny.trace
refused 2 'no machine on standard input' 'the machine must be a file.*' -c - tiny.trace -o no.csv
refused 2 'no trace on standard input' 'a trace must be a file.*' -c ideal.cfg - -o no.csv
refused 2 'output over the trace' 'tiny.trace: the output would overwrite.*' -c ideal.cfg \
	tiny.trace -o tiny.trace
refused 2 'no number of jobs' '--jobs: found "0", .*' -c ideal.cfg -j 0 tiny.trace -o no.csv
refused 2 'no part' '--part: found "3/2", .*' -c ideal.cfg --part 3/2 tiny.trace -o no.csv
refused 2 'no values' '--vary x: expected PATH=VALUE.*' -c ideal.cfg --vary x tiny.trace -o no.csv
refused 2 'a setting twice' '--vary names core.count twice: .*' -c ideal.cfg \
	--vary core.count=1 --vary core.count=2 tiny.trace -o no.csv
refused 3 'an unknown setting' '--vary core.cuont=1: .*did you mean core.count\?' -c ideal.cfg \
	--vary core.cuont=1 tiny.trace -o no.csv
refused 3 'a value out of range at the end' '--vary core.count=0: core.count out of range.*' \
	-c ideal.cfg --vary core.count=4,2,0 tiny.trace -o no.csv
refused 3 'a bad --set' '--set core.count=x: .*' -c ideal.cfg -s core.count=x tiny.trace -o no.csv
refused 3 'a bad file' 'bad.cfg:2: .*' -c bad.cfg --vary core.count=1,2 tiny.trace -o no.csv
refused 3 'an unknown schedule' '--vary schedule=best: no such schedule .*' -c ideal.cfg \
	--vary schedule=best tiny.trace -o no.csv
refused 3 'a range of words' '--vary hbm.standard=a:b:x2: a range of what is no number.*' \
	-c ideal.cfg --vary hbm.standard=a:b:x2 tiny.trace -o no.csv
refused 3 'a range backwards' '--vary core.count=4:1:\+1: the range never ends.*' -c ideal.cfg \
	--vary core.count=4:1:+1 tiny.trace -o no.csv
refused 3 'a factor of one' '--vary core.count=1:4:x1: bad factor.*' -c ideal.cfg \
	--vary core.count=1:4:x1 tiny.trace -o no.csv
refused 3 'a step of nothing' '--vary core.count=1:4:\+0: the range never ends.*' -c ideal.cfg \
	--vary core.count=1:4:+0 tiny.trace -o no.csv
refused 4 'a bad trace behind a good one' 'bad.trace:3: .*' -c ideal.cfg tiny.trace bad.trace \
	-o no.csv
refused 4 'a trace that is not there' 'none.trace: cannot open.*' -c ideal.cfg none.trace -o no.csv
refused 5 'output in a missing folder' 'none/no.csv: cannot make none/no.csv.points.*' \
	-c ideal.cfg tiny.trace -o none/no.csv
refused 6 'too many points' 'the grid has more than 1000000 points' -c ideal.cfg \
	--vary core.count=1:1024:+1 --vary scratchpad.bytes=1K:1024K:+1K tiny.trace -o no.csv

# --- Two at once: the second waits a moment, and then says who is at work.
mkdir busy.csv.points
(flock 9; echo 'process 7 on here' >&9; exec sleep 30) 9>busy.csv.points/lock &
holder=$!
until [ -s busy.csv.points/lock ]; do sleep 0.05; done
run "$sweep" -c ideal.cfg tiny.trace -o busy.csv
expect_refusal 5 'a second sweep on one output' \
	'memsim-sweep: busy.csv: another memsim-sweep is at work on it \(process 7 on here\); .*'
expect 'and writes nothing' [ ! -e busy.csv ]
kill $holder
wait $holder 2>/dev/null
expect_status 0 'when the first is gone, it runs' "$sweep" -c ideal.cfg tiny.trace -o busy.csv
first=0 second=0
"$sweep" -c ideal.cfg --vary core.count=1:40:+1 tiny.trace -o both.csv 2>err1 &
pid=$!
"$sweep" -c ideal.cfg --vary core.count=1:40:+1 tiny.trace -o both.csv 2>err2 || second=$?
wait $pid || first=$?
expect 'two at once: one ends well' [ $((first * second)) -eq 0 ]
expect 'and the other too, or says why not' [ $((first + second)) -eq 0 -o $((first + second)) -eq 5 ]
expect 'the rows are all there' [ "$(wc -l <both.csv)" -eq 41 ]

# --- Parts, for several hosts.
for part in 1/3 2/3 3/3; do
	"$sweep" -c ideal.cfg --vary core.count=1:40:+1 --part $part tiny.trace -o parts.csv &
done
wait
expect 'parts make no table' [ ! -e parts.csv ]
expect 'but all points' [ "$(ls parts.csv.points | grep -c point)" -eq 40 ]
inodes parts.csv >before
expect_status 0 'the sweep without parts' "$sweep" -c ideal.cfg --vary core.count=1:40:+1 \
	tiny.trace -o parts.csv
inodes parts.csv >now
expect_same 'runs nothing again' before now
expect_same 'and has the same rows' parts.csv both.csv

# --- The database and the reports.
if "$sweep" -c ideal.cfg tiny.trace -o db.csv --db db.sqlite 2>err; then
	expect_status 7 'a database' "$sweep" -c "$config" --vary scratchpad.bytes=1K,64K \
		--db one.db block.trace -o db.csv
	cp one.db two.db
	"$sweep" -c "$config" --vary scratchpad.bytes=1K,64K --db one.db block.trace -o db.csv 2>err
	expect_same 'the same rows, the same bytes' one.db two.db
	if command -v sqlite3 >/dev/null; then
		sqlite3 -csv one.db 'select "scratchpad.bytes", status, "time.cycles" + 0,
			typeof("time.cycles"), typeof("time.seconds"), error != "" from points' >rows
		printf '1K,7,,null,null,1\n64K,0,%s,integer,real,\n' "$(cell db.csv 2 time.cycles)" >want
		expect_same 'its rows are the table'\''s' rows want
	else
		skip 'its rows are the table'\''s' 'no sqlite3'
	fi
else
	expect_grep 'a database: refused without SQLite' 'was built without SQLite' err
fi
expect_status 7 'reports are kept' "$sweep" -c "$config" --vary scratchpad.bytes=1K,64K \
	--reports reports block.trace -o kept.csv
"$memsim" -c "$config" -s scratchpad.bytes=64K -f json --tensors block.trace -o report.json
expect_same 'and are what memsim prints' reports/2.json report.json
expect 'of what has one' [ ! -e reports/1.json ]
expect_status 0 'audits and the serial fraction' "$sweep" -c "$config" --check --serial block.trace \
	-o serial.csv
expect 'have their column' [ -n "$(cell serial.csv 1 serial_movement_fraction)" ]
expect_status 0 'progress where asked' "$sweep" -c ideal.cfg --progress --vary core.count=1:9:+1 \
	tiny.trace -o progress.csv
expect_grep 'tells the rate and the time left' '9 of 9 points, [0-9.]+ a second, 0:00:00 left' err

# --- A signal that can be caught.
"$memsim_trace" make vae-block width=360 height=240 -o long.trace
"$sweep" -c "$config" --vary core.count=1,2,3,4 long.trace -o term.csv 2>err &
pid=$!
until [ -e term.csv.points/lock ]; do sleep 0.05; done
kill -TERM $pid
status=0
wait $pid || status=$?
expect 'SIGTERM ends it' [ $status -eq 143 ]
expect 'and leaves no table' [ ! -e term.csv ]
expect 'nor a worker, who would hold the lock' flock -w 3 term.csv.points/lock true

# --- Killed at random moments.
TMPDIR=$tmp TOP_SRCDIR=$top_src TOP_BUILDDIR=$top_build bash "$top_src/tests/soak_sweep.sh" 100 8 >soak
expect 'killed and started again' [ $? -eq 0 ]
note "$(grep -v '^ok' soak)"
finish
