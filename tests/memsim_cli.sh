#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memsim's command line: usage errors, outputs whole or not at all, formats that agree, and
# the same bytes wherever it runs.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

cat >pair.trace <<'END'
memsim-trace 1
model pair
tensor x f16 1x32x16x16 role=input
tensor y f16 1x32x16x16
tensor z f16 1x32x16x16 role=output
op a relu in=x out=y
op b silu in=y out=z
fuse a b
end-of-trace ops=2
END
grep -v fuse pair.trace >plain.trace
sed 's/op b silu/op b sliu/' pair.trace >bad.trace
gzip -9 -c pair.trace >pair.trace.gz
head -c 80 pair.trace.gz >cut.trace.gz
cp "$top_src/configs/ideal.cfg" m.cfg

# A member of a report: member FILE INDENT NAME
member()
{
	sed -n "s/^ \{$2\}\"$3\": \([0-9.]*\),\{0,1\}\$/\1/p" "$1" | head -n 1
}

# Sum of the members of a group at the top, but "total" and subsets: sum FILE GROUP
sum()
{
	sed -n "/^  \"$2\": {/,/^  }/p" "$1" | grep '^    "' | grep -v -e '"total"' -e '_subset"' |
		sed 's/.*: \([0-9]*\),*$/\1/' | awk '{ s += $1 } END { printf "%.0f\n", s }'
}

# --- Usage.
usage()
{
	local name=$1 pattern=$2
	shift 2
	expect_status 2 "$name: status 2" "$memsim" "$@"
	expect_grep "$name: message" "$pattern" "$tmp/err"
	expect "$name: nothing on standard output" test ! -s "$tmp/out"
}
usage 'no arguments' 'memsim: no machine'
usage 'no trace' 'memsim: no trace' -c m.cfg
usage 'two traces' 'found pair.trace and plain.trace' -c m.cfg pair.trace plain.trace
usage 'unknown option' 'unknown option --chek; did you mean --check\?' -c m.cfg --chek pair.trace
usage 'option without value' 'option -o needs a value' -c m.cfg pair.trace -o
usage 'option for a value' 'option -o needs a value, found --check' -c m.cfg -o --check pair.trace
usage 'an option twice' '--output is given twice: a and b' -c m.cfg -o a -o b pair.trace
usage 'unknown format' 'found "xml", expected text, json or csv' -c m.cfg -f xml pair.trace
usage 'unknown statistics' 'found "memory", expected engine' -c m.cfg --stats=memory pair.trace
usage 'unknown engine' 'found "quick", expected reference or fast' -c m.cfg --engine quick \
	pair.trace
usage 'unknown schedule' 'found "best", expected baseline, trace or auto' -c m.cfg -S best pair.trace
usage 'empty schedule' 'found "", expected' -c m.cfg -S baseline, pair.trace
usage 'schedule twice' 'names trace twice' -c m.cfg -S trace,trace pair.trace
usage 'a log of two runs' 'name one schedule' -c m.cfg -S baseline,trace --dram-log l pair.trace
usage 'standard input twice' 'both standard input' -c - -
usage 'no option later' 'unknown option --what-if' -c m.cfg --what-if pair.trace

expect_status 0 'an option twice with one value' "$memsim" -c m.cfg -f csv -f csv pair.trace
expect_status 0 'a name with odd characters' "$memsim" -c m.cfg -o './%n -x' -- pair.trace
expect 'and its output' test -s './%n -x'
expect_status 0 '--help' "$memsim" --help
for option in config set schedule format output check serial tensors print-config dram-log engine stats; do
	expect_grep "--help names --$option" "--$option" "$tmp/out"
done
expect_status 0 '--version' "$memsim" --version
expect_grep '--version names the version' '^memsim [0-9]+\.[0-9]+\.[0-9]+$' "$tmp/out"

# --- Other errors come through with their status, and without output.
refused()
{
	local want=$1 name=$2 pattern=$3
	shift 3
	echo old >kept
	expect_status "$want" "$name" "$memsim" "$@" -o kept
	expect_grep "$name: message" "$pattern" "$tmp/err"
	expect "$name: one line" test "$(wc -l <"$tmp/err")" -eq 1
	expect "$name: the old output stands" test "$(cat kept)" = old
	expect "$name: nothing else is left" test -z "$(ls -A | grep memsim-tmp)"
}
refused 3 'no configuration' 'memsim: .*none.cfg' -c none.cfg pair.trace
refused 3 'unknown setting' 'hbm.stacks' -c m.cfg -s hbm.stakcs=2 pair.trace
refused 4 'no trace file' 'none.trace' -c m.cfg none.trace
refused 4 'bad trace' 'bad.trace:7: .*silu' -c m.cfg bad.trace
refused 4 'cut trace' 'cut.trace.gz' -c m.cfg cut.trace.gz
# --- Outputs.
expect_status 5 'output in a missing folder' "$memsim" -c m.cfg -o none/r.json pair.trace
mkdir folder
expect_status 5 'output is a folder' "$memsim" -c m.cfg -o folder pair.trace
expect_status 5 'output is full' "$memsim" -c m.cfg -o /dev/full pair.trace
status=0
"$memsim" -c m.cfg pair.trace >/dev/full 2>err || status=$?
expect 'standard output is full' test "$status" -eq 5
expect_grep 'standard output is full: message' 'No space left' err
(ulimit -f 0 && exec "$memsim" -c m.cfg -o limited pair.trace) 2>&1 | cat >err
status=${PIPESTATUS[0]}
expect 'the limit of file sizes' test "$status" -eq 5 -a ! -e limited
expect_grep 'the limit of file sizes: message' 'limited: cannot write: File too large' err
status=0
"$memsim" --help >/dev/full 2>err || status=$?
expect '--help into a full output' test "$status" -eq 5
status=0
"$memsim" --version >/dev/full 2>err || status=$?
expect '--version into a full output' test "$status" -eq 5
status=0
"$memsim" -c m.cfg pair.trace >&- 2>err || status=$?
expect 'standard output is closed' test "$status" -eq 5
status=0
"$memsim" -c m.cfg -o closed.txt pair.trace <&- >&- 2>&- || status=$?
expect 'all standard streams are closed' test "$status" -eq 0 -a -s closed.txt
"$memsim" -c m.cfg pair.trace 2>err | true
status=${PIPESTATUS[0]}
expect 'a closed pipe is quiet' test "$status" -eq 141 -o "$status" -eq 0
expect 'and says nothing' test ! -s err

ln -s pair.trace link
ln pair.trace hard
for name in pair.trace ./pair.trace link hard; do
	expect_status 2 "output over the trace as $name" "$memsim" -c m.cfg -o "$name" pair.trace
done
expect_status 2 'output over the configuration' "$memsim" -c m.cfg -o m.cfg pair.trace
expect_status 2 'log over the trace' "$memsim" -c m.cfg --dram-log link pair.trace
expect_status 2 'report and log are one' "$memsim" -c m.cfg -o a --dram-log ./a pair.trace
expect_status 2 'report and log on standard output' "$memsim" -c m.cfg --dram-log - pair.trace
expect 'and nothing was made' test ! -e a
expect_grep 'the trace is whole' '^end-of-trace ops=2' pair.trace

echo old >r.json
expect_status 0 'an old output is replaced' "$memsim" -c m.cfg -f json -o r.json pair.trace
expect_grep 'by the new one' '"schema": 1' r.json
expect 'and standard output stays empty' test ! -s "$tmp/out"
expect 'and standard error, too' test ! -s "$tmp/err"
expect_status 0 'output is compressed by its name' "$memsim" -c m.cfg -f json -o r.json.gz \
	pair.trace
gzip -dc r.json.gz >r2.json
expect_same 'with the same content' r.json r2.json
expect_status 0 'progress where asked' "$memsim" -c m.cfg --progress -f json pair.trace
expect_grep 'names kernels' 'kernel 1 of' "$tmp/err"
expect_same 'and changes no report' "$tmp/out" r.json

# --- Signals.
"$memsim_trace" make vae-decoder width=720 height=480 -o big.trace 2>/dev/null
if [ -s big.trace ]; then
	"$memsim" -c "$top_src/configs/ascend.cfg" -o big.txt big.trace 2>err &
	pid=$!
	sleep 0.5
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	expect 'SIGTERM ends it' test "$status" -eq 143
	expect 'and leaves nothing' test -z "$(ls -A | grep -e memsim-tmp -e big.txt)"
else
	skip 'SIGTERM ends it' 'no large trace'
fi

# --- Reports.
"$memsim" -c m.cfg -S baseline,trace -f json -o both.json pair.trace
"$memsim" -c m.cfg -S baseline -f json -o baseline.json pair.trace
"$memsim" -c m.cfg -S baseline -f csv -o baseline.csv pair.trace
"$memsim" -c m.cfg -S baseline -o baseline.txt pair.trace
"$memsim" -c m.cfg -S baseline,trace -o both.txt pair.trace
if command -v python3 >/dev/null; then
	for file in both.json baseline.json; do
		expect "$file is JSON" python3 -m json.tool "$file" /dev/null
	done
else
	skip 'the report is JSON' 'no python3'
fi
expect 'two schedules are a list' test "$(grep -c '"schema": 1' both.json)" -eq 2
expect_grep 'a list opens with a bracket' '^\[' both.json

bytes=16384 # of each of the three tensors
expect 'ideal bytes' test "$(member baseline.json 4 ideal_bytes)" -eq $((4 * bytes))
expect 'compulsory bytes' test "$(member baseline.json 4 compulsory_bytes)" -eq $((4 * bytes))
expect 'read bytes' test "$(member baseline.json 4 read_bytes)" -eq $((2 * bytes))
expect 'written bytes' test "$(member baseline.json 4 write_bytes)" -eq $((2 * bytes))
expect 'operators' test "$(member baseline.json 4 ops)" -eq 2
"$memsim" -c m.cfg -f json -o fused.json pair.trace
expect 'fused: compulsory bytes' test "$(member fused.json 4 compulsory_bytes)" -eq $((2 * bytes))
expect 'fused: ideal bytes are the trace'\''s' test "$(member fused.json 4 ideal_bytes)" -eq \
	$((4 * bytes))
expect 'fused: moved bytes' test \
	"$(($(member fused.json 4 read_bytes) + $(member fused.json 4 write_bytes)))" \
	-eq $((2 * bytes))

for file in baseline.json fused.json; do
	expect "$file: core classes sum" test "$(sum "$file" core_cycles)" -eq \
		"$(sed -n '/^  "core_cycles"/,/^  }/s/^    "total": \([0-9]*\),/\1/p' "$file")"
	expect "$file: total is cores x cycles" test "$(sum "$file" core_cycles)" -eq \
		"$(($(member "$file" 4 cores) * $(member "$file" 4 cycles)))"
	expect "$file: HBM classes sum" test "$(sed -n '/^    "cycles": {/,/^    }/p' "$file" |
		grep '^      "' | grep -v -e total -e tick_ps | sed 's/.*: \([0-9]*\),*$/\1/' |
		awk '{ s += $1 } END { printf "%.0f\n", s }')" -eq \
		"$(sed -n '/^    "cycles": {/,/^    }/s/^      "total": \([0-9]*\),/\1/p' "$file")"
	expect "$file: bytes have a cause" test \
		"$(($(member "$file" 4 compulsory_bytes) + $(sum "$file" traffic)))" -eq \
		"$(($(member "$file" 4 read_bytes) + $(member "$file" 4 write_bytes) +
		    $(member "$file" 4 forwarded_bytes)))"
	expect "$file: roofline" test "$(member "$file" 4 cycles)" -ge \
		"$(member "$file" 4 roofline_cycles)"
done

# Columns of the CSV sum to the run's members.
column()
{
	awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
		NR > 1 { s += $c } END { printf "%.0f\n", s }' "$1"
}
expect 'CSV has a row a kernel' test "$(wc -l <baseline.csv)" -eq 3
for name in read_bytes write_bytes macs ideal_bytes; do
	expect "CSV: $name" test "$(column baseline.csv "$name")" -eq \
		"$(member baseline.json 4 "$name")"
done
for name in total compute stall_load stall_store idle; do
	expect "CSV: core_cycles.$name" test "$(column baseline.csv "core_cycles.$name")" -eq \
		"$(sed -n "/^  \"core_cycles\"/,/^  }/s/^    \"$name\": \([0-9]*\),/\1/p" baseline.json)"
done
tr -d , <baseline.txt >plain.txt
for name in cycles read_bytes write_bytes ideal_bytes compulsory_bytes roofline_cycles; do
	expect_grep "text: $name" "(^|[^0-9])$(member baseline.json 4 "$name")([^0-9]|\$)" plain.txt
done
for name in data_movement_fraction movement_share hbm_busy_fraction; do
	expect_grep "text: $name" "$name +$(member baseline.json 2 "$name")" baseline.txt
done
expect_grep 'side by side: speed-up' '^  speed-up +1\.000 ' both.txt
expect_grep 'side by side: the round trip that vanished' "^  y +32,768$" both.txt
"$memsim" -c m.cfg -s core.matrix.efficiency_percent=70 -s scratchpad.buffering=1 -o note.txt \
	pair.trace
expect_grep 'a derating is told' 'efficiency_percent is 70' note.txt
expect_grep 'what buffering 1 means is told' 'serialises one core, not the machine' note.txt

"$memsim" -c m.cfg --tensors -f json -o tensors.json pair.trace
expect 'tensors on demand' test "$(grep -c '"role": ' tensors.json)" -eq 3
expect_no_grep 'and only then' '"tensors"' fused.json
"$memsim" -c m.cfg -S baseline --serial -f json -o serial.json pair.trace
expect_grep 'the serial fraction on demand' '"serial_movement_fraction": 0\.[0-9]{6},' serial.json
grep -v serial_movement_fraction serial.json >unserial.json
expect_same 'changes nothing else' unserial.json baseline.json
expect_status 0 'the audits pass' "$memsim" -c m.cfg --check -S baseline -f json pair.trace
expect_same 'and change no report' "$tmp/out" baseline.json
run "$memsim" -c m.cfg -S baseline --engine reference -f json pair.trace
sed 's/"engine": "reference"/"engine": "fast"/' "$tmp/out" >reference.json
expect_same 'engines differ in their name alone' reference.json baseline.json
run "$memsim" -c m.cfg -S baseline --stats=engine -f json pair.trace
expect_same 'statistics leave the report as it is' "$tmp/out" baseline.json
expect_grep 'and count events' '^memsim: engine: baseline: events [1-9][0-9]*$' "$tmp/err"
run "$memsim" -c m.cfg -f json plain.trace
sed 's/"schedule": "trace"/"schedule": "baseline"/' "$tmp/out" >unfused.json
run "$memsim" -c m.cfg -S baseline -f json plain.trace
expect_same 'without fuse lines trace is baseline' unfused.json "$tmp/out"

# --- The machine.
"$memsim" -c m.cfg -s scratchpad.bytes=128K --print-config >a.cfg
"$memsim" -c a.cfg --print-config >b.cfg
expect_same '--print-config reads back' a.cfg b.cfg
"$memsim" -c m.cfg -s scratchpad.bytes=128K -f json pair.trace | grep -v '"overrides"' >set.json
"$memsim" -c a.cfg -f json pair.trace | grep -v '"overrides"' >read.json
expect_same 'and is the same machine' set.json read.json
run "$memsim" -c m.cfg -s scratchpad.bytes=128K -s core.count=2 -f json pair.trace
expect_grep 'overrides are reported' '"overrides": \["scratchpad.bytes=128K", "core.count=2"\]' \
	"$tmp/out"
expect_status 0 'a machine by its name' "$memsim" -c ideal.cfg -f json pair.trace
expect_same 'is that machine' "$tmp/out" r.json
expect_status 2 '--print-config takes no trace' "$memsim" -c m.cfg --print-config pair.trace

# --- The log of DRAM commands, held against the report's counts.
run "$memsim" -c "$top_src/configs/ascend.cfg" -s core.count=4 -s hbm.stacks=1 --check \
	--dram-log log.csv -f json -o hbm.json pair.trace
expect 'a log is written' test "$status" -eq 0 -a -s log.csv
grep -v '^#' log.csv | sed 1d >commands.csv
expect_grep 'head of the log' '^# standard=HBM2$' log.csv
expect_grep 'columns of the log' \
	'^time_ps,channel,pseudo_channel,stack_id,bank_group,bank,command,row,column$' log.csv
for pair in ACT:activates RD:reads WR:writes REFpb:refreshes; do
	expect "the log has all ${pair%:*}" test \
		"$(cut -d, -f7 commands.csv | grep -cx "${pair%:*}")" -eq \
		"$(member hbm.json 4 "${pair#*:}")"
done
expect 'the log is in order of time' sort -n -t, -k1,1 -s -c commands.csv

# --- One of a kind, and work without a roofline, read as such.
printf '%s\n' 'memsim-trace 1' 'tensor a f16 1 role=input' 'tensor b f16 1 role=output' \
	'op one silu in=a out=b' >one.trace
run "$memsim" -c m.cfg -s core.count=1 -s hbm.bandwidth=2000G one.trace
expect_grep 'one operator, one kernel' '^1 operator in 1 kernel, ' "$tmp/out"
expect_grep 'one core' '^Core cycles: [0-9,]* of 1 core$' "$tmp/out"
expect_grep 'no roofline below a cycle' '^Time  .* cycles at [0-9.]* GHz$' "$tmp/out"

# --- The same bytes anywhere.
mkdir -p other/place
(cd other/place && LC_ALL=de_DE.UTF-8 LANG=tr_TR.UTF-8 MALLOC_PERTURB_=165 "$memsim" -c \
	../../m.cfg \
	-S baseline -f json ../../pair.trace) >elsewhere.json
expect_same 'in another folder, locale and allocator' elsewhere.json baseline.json
env -i "$memsim" -c m.cfg -S baseline -f json pair.trace >bare.json
expect_same 'without an environment' bare.json baseline.json
"$memsim" -c m.cfg -S baseline -f json - <pair.trace.gz >stdin.json
expect_same 'from standard input, compressed' stdin.json baseline.json

# --- The validation script's own words.
expect_status 0 'validate-75 --help' bash "$top_src/scripts/validate-75" --help
expect_grep 'says what it prints' 'every movement fraction beside the claim' "$tmp/out"
expect_status 1 'validate-75 with an unknown option' bash "$top_src/scripts/validate-75" --large

finish
