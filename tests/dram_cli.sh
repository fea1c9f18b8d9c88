#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memsim-dram's command line: usage errors, outputs whole or not at all, formats that agree; and
# what must not change a replay: the form of the stream, where it comes from, other channels.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

hbm2=dram/hbm2-ramulator21.cfg
printf 'R 0\nW 0x40\nR 0x80\n' >s.stream
gzip -nc s.stream >s.stream.gz
printf 'R 0\noops\n' >bad.stream
cp "$top_src/configs/dram/hbm2.cfg" m.cfg

# The report of a replay: replay OPTION...
replay() { "$memsim_dram" "$@"; }

# --- Usage.
usage()
{
	local name=$1 pattern=$2
	shift 2
	run replay "$@"
	expect_refusal 2 "$name" "memsim-dram: .*$pattern.*"
}
usage 'no arguments' 'no machine; give one with -c FILE'
usage 'no stream' 'no stream; see --help' -c m.cfg
usage 'two streams' 'one stream at a time: found s.stream and bad.stream' -c m.cfg s.stream \
	bad.stream
usage 'a stream and a formula' 'found --generate seqrd:1 and s.stream' -c m.cfg --generate seqrd:1 \
	s.stream
usage 'two formulas' '--generate is given twice: seqrd:1 and seqwr:1' -c m.cfg --generate seqrd:1 \
	--generate seqwr:1
usage 'unknown option' 'unknown option --chek; did you mean --check\?' -c m.cfg --chek s.stream
usage "memsim's option" 'unknown option --schedule' -c m.cfg --schedule=trace s.stream
usage 'option without value' 'option -o needs a value' -c m.cfg s.stream -o
usage 'formula without value' 'option --generate needs a value' -c m.cfg --generate
usage 'option for a value' 'option -o needs a value, found --check' -c m.cfg -o --check s.stream
usage 'an option twice' '--output is given twice: a and b' -c m.cfg -o a -o b s.stream
usage 'unknown format' 'found "xml", expected text, json or csv' -c m.cfg -f xml s.stream
usage 'unknown statistics' '--stats: found "memory", expected engine' -c m.cfg --stats=memory s.stream
usage 'unknown formula' 'unknown stream "seqread"; did you mean seqrd\?' -c m.cfg \
	--generate seqread:9
usage 'formula of nothing' 'found "0", expected a number of accesses' -c m.cfg --generate seqrd:0
usage 'formula without number' 'found "", expected a number of accesses' -c m.cfg --generate seqrd
usage 'formula with a word' 'found "many"' -c m.cfg --generate seqrd:many
usage 'formula too long' '1 to 2\^56' -c m.cfg --generate seqrd:99999999999G
usage 'standard input twice' 'both standard input' -c - -
usage '--print-config with a stream' '--print-config takes no stream, found s.stream' -c m.cfg \
	--print-config s.stream
usage '--print-config with a formula' '--print-config takes no stream, found seqrd:1' -c m.cfg \
	--print-config --generate seqrd:1

expect_status 0 '--help' replay --help
for option in config set generate engine stats format output check print-config dram-log progress; do
	expect_grep "--help names --$option" "--$option" "$tmp/out"
done
for kind in seqrd seqwr copy rand stride mix il8 il8s rand32 mix32; do
	expect_grep "--help names $kind" "\\b$kind\\b" "$tmp/out"
done
expect_status 0 '--version' replay --version
expect_grep '--version names the version' '^memsim-dram [0-9]+\.[0-9]+\.[0-9]+$' "$tmp/out"

# --- Other errors come through with their status, and without output.
refused()
{
	local want=$1 name=$2 pattern=$3
	shift 3
	echo old >kept
	run replay "$@" -o kept
	expect_refusal "$want" "$name" "memsim-dram: $pattern"
	expect "$name: the old output stands" test "$(cat kept)" = old
	expect "$name: nothing else is left" test -z "$(find . -name '*memsim-tmp*')"
}
refused 3 'no configuration' '.*none.cfg.*' -c none.cfg s.stream
refused 3 'unknown setting' '--set hbm.stakcs=2: .*hbm.stacks.*' -c m.cfg -s hbm.stakcs=2 s.stream
refused 3 'a mapping that splits packets' '.*hbm.mapping: a packet of 512 bytes .*' -c $hbm2 \
	-s dma.packet_bytes=512 s.stream
refused 4 'no stream file' 'none.stream: cannot open: .*' -c m.cfg none.stream
refused 4 'a bad stream' 'bad.stream:2: not a request .*' -c m.cfg bad.stream
echo 'R 0 9223372036854775807' >late.stream
refused 6 'time past the horizon' 'simulated time passes the horizon .*' -c ideal.cfg late.stream
expect_status 5 'output in a missing folder' replay -c m.cfg -o none/r s.stream
mkdir folder
expect_status 5 'output is a folder' replay -c m.cfg -o folder s.stream
expect_status 5 'output is full' replay -c m.cfg -o /dev/full s.stream
ln -s s.stream link
for name in s.stream ./s.stream link; do
	expect_status 2 "output over the stream as $name" replay -c m.cfg -o "$name" s.stream
done
expect_status 2 'output over the configuration' replay -c m.cfg -o m.cfg s.stream
expect_status 2 'log over the stream' replay -c m.cfg --dram-log link s.stream
expect_status 2 'report and log are one' replay -c m.cfg -o a --dram-log ./a s.stream
expect_grep 'the stream is whole' '^R 0x80' s.stream

# --- Formats.
replay -c $hbm2 --generate mix:20000 -f json -o mix.json
replay -c $hbm2 --generate mix:20000 -f csv -o mix.csv
replay -c $hbm2 --generate mix:20000 -o mix.txt
if command -v python3 >/dev/null; then
	expect 'the report is JSON' python3 -m json.tool mix.json /dev/null
else
	skip 'the report is JSON' 'no python3'
fi

# A member of a report: member FILE INDENT NAME
member()
{
	sed -n "s/^ \{$2\}\"$3\": \"\{0,1\}\([0-9.a-z]*\)\"\{0,1\},\{0,1\}\$/\1/p" "$1" | head -n 1
}
for name in cycles seconds; do
	expect "time.$name" test -n "$(member mix.json 4 $name)"
done
for name in read_bytes write_bytes bandwidth_utilization row_hit_rate average_read_latency_ns \
	average_read_latency_ticks reads writes activates precharges refreshes row_hits row_misses \
	row_conflicts read_latency_p50_ns read_latency_p99_ns read_latency_p999_ns \
	forwarded_reads coalesced_writes open_bank_ticks; do
	expect "hbm.$name" test -n "$(member mix.json 4 $name)"
done
accesses=$(member mix.json 4 accesses)
expect 'accesses' test "$accesses" -eq 20000
expect 'reads and writes are the accesses' test \
	$(($(sed -n '/"stream"/,/}/p' mix.json >s && member s 4 reads) + $(member s 4 writes))) -eq 20000
expect_grep 'text names the ticks' "^Time .* $(member mix.json 4 cycles |
	sed -E ':a; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; ta') memory ticks" mix.txt
expect_grep 'text shows the achieved bandwidth' '^  = achieved  ' mix.txt
expect 'csv: a row a channel' test "$(wc -l <mix.csv)" -eq 2
expect_grep 'csv: names of columns' '^channel,read_bytes,.*,cycles.starved_idle$' mix.csv
# Losses and achieved make up the peak, to a tenth of a percent a line.
# shellcheck disable=SC2016 # awk
expect 'the waterfall adds up' awk '
	/^  [-=] / { for (i = 1; i <= NF; i++) if ($(i + 1) == "%") s += $i }
	END { exit !(s > 99.4 && s < 100.6) }' mix.txt

# --- Outputs.
expect_status 0 'an audited run with a log' replay -c $hbm2 --generate mix:20000 --check -f json \
	--dram-log log.csv.gz
expect_same '--check and --dram-log change no report' "$tmp/out" mix.json
gzip -dc log.csv.gz >log.csv
expect_grep 'the log has a head' '^# standard=HBM2$' log.csv
for pair in ACT:activates RD:reads WR:writes; do
	expect "the log has every ${pair%%:*}" test "$(grep -c ",${pair%%:*}," log.csv)" -eq \
		"$(sed -n '/"hbm": {/,$p' mix.json >h && member h 4 "${pair#*:}")"
done
expect_status 0 'progress where asked' replay -c $hbm2 --progress --generate mix:200000 -f json
expect_grep 'progress counts accesses' '65536 accesses' "$tmp/err"
expect_status 0 '--print-config' replay -c $hbm2 -s hbm.channels=2 --print-config
cp "$tmp/out" printed.cfg
replay -c printed.cfg --generate mix:20000 -f json -o printed.json
replay -c $hbm2 -s hbm.channels=2 --generate mix:20000 -f json -o set.json
expect_same 'what --print-config prints is that machine' <(grep -v overrides printed.json) \
	<(grep -v overrides set.json)

# --- The form of a stream changes nothing, nor where it comes from.
awk 'BEGIN { x = 1
	for (i = 0; i < 20000; i++) {
		x = (x * 16807) % 2147483647
		printf "%d %d\n", x % 4 == 0, int(x / 4) % 33554432 * 32
	} }' >plain
awk '{ printf "%s 0x%x\n", $1 ? "W" : "R", $2 }' plain >ours.stream
awk '{ printf "%s %d\n", $1 ? "ST" : "LD", $2 }' plain >ramulator.stream
awk '{ printf "0x%X %s 0\r\n", $2, $1 ? "WRITE" : "READ" }' plain | gzip >dramsim3.stream
awk '{ printf "  %s\t0x%X 0 # %d\n\n", $1 ? "W" : "R", $2, NR }' plain >comments.stream
replay -c $hbm2 -f json -o ours.json ours.stream
for form in ramulator dramsim3 comments; do
	replay -c $hbm2 -f json -o $form.json $form.stream
	expect_same "$form.stream is the same stream" ours.json $form.json
done
gzip -dc dramsim3.stream | "$memsim_dram" -c $hbm2 -f json -o pipe.json -
expect_same 'from a pipe' ours.json pipe.json
replay -c $hbm2 --generate mix:20000 --dram-log seq.csv -f json -o seq.json
replay -c $hbm2 --generate mix:20000 --dram-log seq2.csv -f json -o seq2.json
expect_same 'the same run, the same report' seq.json seq2.json
expect_same 'and log' seq.csv seq2.csv

# --- What must not matter.
# Channels that a stream does not touch: the highest field of the mapping is the channel.
top=channel:row:sid:bank:column:bankgroup:pseudo
for policy in ramulator21 default; do
	common="-c $hbm2 -s hbm.policy=$policy -s hbm.mapping=$top -f json"
	for stream in --generate=copy:20000 --generate=mix:20000 ours.stream; do
		# shellcheck disable=SC2086 # options
		{
			replay $common -o one.json "$stream"
			replay $common -s hbm.channels=8 -o eight.json "$stream"
		}
		for file in one eight; do
			member $file.json 4 cycles >$file.part
			# the object of channel 0
			sed -n '/^  "channels"/,/^    }/p' $file.json | sed 's/},*$/}/' >>$file.part
		done
		expect_same "$policy: $stream on one of eight channels" one.part eight.part
	done
done
# Another half of the rows: the same commands, but for their row.
awk '$2 < 536870912' ramulator.stream >low.stream
awk '{ print $1, $2 + 536870912 }' low.stream >high.stream
for file in low high; do
	replay -c $hbm2 --dram-log $file.csv -f json -o $file.json $file.stream
	cut -d, -f1-7,9 $file.csv >$file.cut
	grep -v '"hash"' $file.json >$file.rest
done
expect_same 'the other half of the rows: report' low.rest high.rest
expect_same 'the other half of the rows: log' low.cut high.cut
expect 'but the rows differ' test -n "$(cmp low.csv high.csv)"
# On the ideal memory every tick before the stream begins is one more.
awk '{ print $0, 5000 }' ours.stream >later.stream
replay -c ideal.cfg -f json -o now.json ours.stream
replay -c ideal.cfg -f json -o later.json later.stream
expect 'a later stream ends later' test "$(member later.json 4 cycles)" -eq \
	$(($(member now.json 4 cycles) + 5000))

# --- What the engine did goes to standard error, and changes no report.
stat() { sed -n "s/^memsim-dram: engine: $1 //p" "$2"; }
replay -c $hbm2 --generate seqrd:1M -f json -o plain.json 2>plain.err
expect_status 0 '--stats=engine' replay -c $hbm2 --generate seqrd:1M -f json -o stats.json \
	--stats=engine
cp "$tmp/err" stats.err
expect_same 'statistics leave the report as it is' stats.json plain.json
expect 'and are printed only when asked for' test ! -s plain.err
expect 'a long regular stream jumps' test "$(stat jumps stats.err)" -ge 1
expect 'accesses are either looked up or passed over' test $(($(stat places_looked_up stats.err) + \
	$(stat skipped stats.err) + $(stat jumped stats.err))) -eq 1048576
replay -c $hbm2 --generate seqrd:1000 --engine=reference --stats=engine -o ref.txt 2>ref.err
expect 'the reference has events' test "$(stat events ref.err)" -gt 1000
expect "and no shortcuts" test "$(wc -l <ref.err)" -eq 1

# --- Memory use does not grow with the stream, which is read while it is simulated.
requests() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "R %d\n", i * 8224 % 1073741824 }'; }
peak_kb() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }
if [ -r /proc/self/status ]; then
	mkfifo pipe
	"$memsim_dram" -c $hbm2 -o /dev/null - <pipe &
	pid=$!
	exec 3>pipe
	requests 50000 >&3
	short=$(peak_kb $pid)
	requests 500000 >&3
	long=$(peak_kb $pid)
	exec 3>&-
	expect 'a long stream from a pipe' wait $pid
	expect "memory use does not grow: $short, then $long kB" test "${short:-0}" -gt 0 -a \
		"$long" -lt $((short + 512))
else
	skip 'memory use does not grow' 'no /proc'
fi
finish
