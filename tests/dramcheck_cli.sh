#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memsim-check-dram as a program: logs of memsim are clean, edited ones are caught with line and
# rule, heads that differ are told first, and what is no log is refused with one line.
. "${TOP_SRCDIR:-$(dirname "${BASH_SOURCE[0]}")/..}/tests/lib.sh"

check=$memsim_check_dram

# A small run on a machine: make_log LOG CONFIG [SETTING...]
make_log()
{
	local log=$1 config=$2 set=()
	shift 2
	for setting; do set+=(-s "$setting"); done
	"$memsim" -c "$config" "${set[@]}" --dram-log "$log" -o report.txt small.trace
}

make_logs()
{
	"$memsim_trace" make elementwise shape=1,8,64,64 -o small.trace
	make_log log.csv dram/hbm2.cfg hbm.stacks=1 hbm.channels=2
	cp log.csv good.csv
}

first_line_of() { grep -n -m 1 "$1" "${2:-good.csv}" | cut -d : -f 1; }

# expect_violations NAME PATTERN: what was run found some, and said so in a line like that
expect_violations()
{
	if [ "$status" -eq 70 ] && [ ! -s "$tmp/err" ]; then
		expect_grep "$1" "$2" "$tmp/out"
	else
		fail "$1" "status $status: $(head -n 3 "$tmp/out" "$tmp/err")"
	fi
}

check_good()
{
	local name
	expect_status 0 'a log of memsim is clean' "$check" log.csv
	expect_grep 'says so' '^log\.csv: 0 violations in [0-9]+ commands$' "$tmp/out"
	expect_grep 'counts commands' '^commands: [0-9]+ ACT, .*[0-9]+ REFpb$' "$tmp/out"
	expect "counts them right" [ "$(sed -n 's/^log.csv: 0 violations in \([0-9]*\) .*/\1/p' "$tmp/out")" \
		-eq "$(grep -c '^[0-9]' log.csv)" ]
	cp "$tmp/out" plain
	gzip -k log.csv
	expect_status 0 'gzip' "$check" log.csv.gz
	expect_same 'says the same of it' <(sed 's/log\.csv\.gz/log.csv/' "$tmp/out") plain
	status=0
	"$check" - <log.csv.gz >"$tmp/out" 2>"$tmp/err" || status=$?
	expect 'standard input' [ "$status" -eq 0 ]
	expect_grep 'names it' '^standard input: 0 violations' "$tmp/out"
	expect_status 0 '--slack' "$check" --slack log.csv
	expect_grep 'a distance that is kept exactly' '^ *0    bank, PREpb to ACT: nRP$|^ *0    .*nRFC$' "$tmp/out"
	expect_grep 'one that had no case' '^ *no case  bank, RDA to ACT REFpb: nRTP' "$tmp/out"
	for name in hbm2e hbm3 hbm3e hbm4 ddr5 lpddr5x gddr6 hbm2-dramsim3 hbm2-ramulator21 \
		hbm3-ramulator21; do
		make_log other.csv "dram/$name.cfg" hbm.channels=1
		expect_status 0 "a log of $name is clean" "$check" other.csv
	done
}

check_overrides()
{
	make_log over.csv dram/hbm2.cfg hbm.stacks=1 hbm.channels=1 hbm.timing.nRP=20 \
		hbm.timing.nRC=60
	expect_status 0 'overrides, repeated' "$check" -s hbm.timing.nRP=20 -s hbm.timing.nRC=60 over.csv
	run "$check" -s hbm.timing.nRP=20 over.csv
	expect_violations 'an override that is not repeated' \
		"^over\.csv:$(first_line_of nRC= over.csv): nRC=60 is not the standard's; if it is meant, say so with -s hbm\.timing\.nRC=60\$"
	run "$check" -s hbm.timing.nRP=21 -s hbm.timing.nRC=60 over.csv
	expect_violations 'another value' \
		"^over\.csv:$(first_line_of nRP= over.csv): nRP=20 \(expected 21, from the command line\)\$"
	expect_grep 'the command line counts' 'expected nRP = 21\)$' "$tmp/out"
	run "$check" -s hbm.timing.nRP=20 log.csv
	expect_violations 'an override that the head lacks' \
		"^log\.csv:$(first_line_of time_ps): the head lacks nRP=20, which the command line gives\$"
	expect_status 2 'no parameter of the standard' "$check" -s hbm.timing.nPPD=2 log.csv
	expect_grep 'is named' "^memsim-check-dram: --set: HBM2 has no parameter 'nPPD'\$" "$tmp/err"
}

# edit NAME PATTERN SED...: a violation with that line
edit()
{
	local name=$1 pattern=$2
	shift 2
	sed -E "$@" good.csv >log.csv
	if cmp -s log.csv good.csv; then
		fail "$name" "the edit changes nothing"
		return
	fi
	run "$check" log.csv
	expect_violations "$name" "$pattern"
}

# The head: every key in turn.
check_head()
{
	local key line
	for key in pseudo_channels stack_ids bank_groups banks rows columns burst_bytes; do
		line=$(first_line_of "^# $key=")
		edit "another $key" "^log\.csv:$line: $key=77 \(expected [0-9]+\)\$" "s/^(# $key=).*/\177/"
		expect "$key is told first" grep -q "^log\.csv:$line: $key" <(head -n 1 "$tmp/out")
		expect_grep "the commands are judged all the same" '^log\.csv: 1 violation in ' "$tmp/out"
	done
	line=$(first_line_of '^# standard=')
	edit 'an unknown standard' "^log\.csv:$line: standard 'HBM9' is not known" 's/^(# standard=).*/\1HBM9/'
	expect_grep 'nothing is judged' '^log\.csv: no table fits; its commands were not judged$' "$tmp/out"
	edit 'an unknown speed' "^log\.csv:$line: data_rate 1999000000 is not known for HBM2" \
		's/^(# data_rate=).*/\11999000000/'
	edit 'an unknown density' "^log\.csv:$line: density_bits 12345 is not known" \
		's/^(# density_bits=).*/\112345/'
	edit 'an unknown height' "^log\.csv:$line: height 5 is not known" 's/^(# height=).*/\15/'
	edit 'fewer channels' ': channel 1\.[01].* to channel 1, which is not there \(expected below 1\)$' \
		's/^(# channels=).*/\11/'
	edit 'more channels than are refreshed' ': channel 2\.0: the end comes |: ACT|: channel' \
		's/^(# channels=).*/\13/; s/^([0-9]+),(.*)/\1000,\2/'
	edit 'another speed bin' 'expected ' 's/^(# data_rate=).*/\12400000000/'
	edit 'another density' 'rows=32768 \(expected 65536\)' \
		's/^(# density_bits=).*/\18589934592/'
	edit 'another height' 'stack_ids=1 \(expected 2\)$' 's/^(# height=).*/\18/'
}

# Commands, by line.
check_edits()
{
	local act rd pre ref n
	act=$(first_line_of ',ACT,')
	rd=$(first_line_of ',RD,')
	pre=$(first_line_of ',PRE[a-z]*,')
	ref=$(first_line_of ',REFab,')
	n=$(wc -l <good.csv)
	edit 'an ACT is gone' ': (RD|WR|ACT) to a closed bank$' "${act}d"
	edit 'another row' "^log\.csv:$rd: channel [01]\.[01] bank [0-3]\.[0-3]: RD to row [0-9]+ while row [0-9]+ is open\$" \
		"${rd}s/,RD,[0-9]+/,RD,32767/"
	edit 'an RD comes a clock too early' "^log\.csv:$rd: .*: RD [0-9]+ clocks after ACT \(expected nRCDRD = 14\)\$|expected " \
		"${rd}s/^[0-9]+/$(($(sed -n "${act}s/,.*//p" good.csv) + 13000))/"
	edit 'off the clock edge' "^log\.csv:$rd: .*: RD at [0-9]+ ps, which is no clock edge\$" \
		"${rd}s/^([0-9]+)/\11/"
	edit 'no such row' "^log\.csv:$act: .*: ACT to row 32768, which is not there \(expected below 32768\)\$" \
		"${act}s/,ACT,[0-9]+/,ACT,32768/"
	edit 'a number beyond 32 bits' "^log\.csv:$act: .*: ACT to row 4294967295, " \
		"${act}s/,ACT,[0-9]+/,ACT,18446744073709551615/"
	edit 'a PRE is gone' ': (ACT to an open bank|REFab with [0-9]+ banks? open)$' "${pre}d"
	edit 'lines out of order' ': .* [0-9]+ clocks before the command before it$' \
		"${rd}{h;d};$((rd + 1)){G}"
	edit 'one command twice' ': .* starts [0-9]+ clocks before the (row|column) command bus is free$' \
		"${rd}p"
	expect_grep 'the table of rules' '^ +[0-9]+  one command at a time on a command bus$' "$tmp/out"
	sed -E "s/^([0-9]+),/\1000,/" good.csv >log.csv
	run "$check" --max 1 log.csv
	expect_violations 'no refresh for long' '^log\.csv: [0-9]+ more violations$'
	expect 'no more lines than asked for' [ "$(grep -c '^log.csv:[0-9]' "$tmp/out")" -eq 1 ]
	run "$check" --max=0 log.csv
	expect_violations 'none of them' '^ +[0-9]+  refreshes postponed$'
	expect "$n lines are not much" [ "$n" -gt 100 ]
}

# refuse NAME PATTERN: log.csv is no log: status 4 and that message
refuse()
{
	run "$check" log.csv
	expect_refusal 4 "$1" "memsim-check-dram: $2"
}

refuse_edit()
{
	sed -E "$3" good.csv >log.csv
	refuse "$1" "$2"
}

check_bad_heads()
{
	local line
	line=$(first_line_of '^# rows=')
	printf '' >log.csv
	refuse 'empty' 'log\.csv: not a whole DRAM log \(found its end after 0 lines.*'
	sed '/^time_ps/,$d' good.csv >log.csv
	refuse 'a head without commands' 'log\.csv: not a whole DRAM log \(found its end after [0-9]+ lines.*'
	sed '/^#/d' good.csv >log.csv
	refuse 'no head' 'log\.csv:1: the head lacks a key \(expected "# standard=\.\.\." before this line\)'
	refuse_edit 'a key is missing' "log\.csv:[0-9]+: the head lacks a key \(expected \"# rows=.*" '/^# rows/d'
	refuse_edit 'no number' "log\.csv:$line: not a number \(found rows=many, expected .*" 's/^(# rows=).*/\1many/'
	refuse_edit 'too large' "log\.csv:$line: not a number \(found rows=18446744073709551616, .*" \
		's/^(# rows=).*/\118446744073709551616/'
	refuse_edit 'a key twice' "log\.csv:$((line + 1)): a key that was there before \(found rows=.*" '/^# rows/p'
	refuse_edit 'an unknown key' "log\.csv:$line: unknown key \(found rose=.*" 's/^# rows/# rose/'
	refuse_edit 'no key at all' "log\.csv:$line: not the head of a DRAM log .*" 's/^# rows=.*/rows/'
	refuse_edit '10^9 channels' 'log\.csv:[0-9]+: too many channels, or none \(found stacks=1 channels=1000000000, .*' \
		's/^(# channels=).*/\11000000000/'
	refuse_edit 'stacks times channels beyond 64 bits' 'log\.csv:[0-9]+: too many channels, or none .*' \
		's/^(# (channels|stacks)=).*/\14294967296/'
	refuse_edit 'no channels' 'log\.csv:[0-9]+: too many channels, or none .*' 's/^(# channels=).*/\10/'
	refuse_edit 'a long standard' 'log\.csv:1: not a standard .*' \
		"s/^(# standard=).*/\1$(printf 'H%.0s' {1..100})/"
	for _ in {1..70}; do echo "# nR$((++n_names))=1"; done >names
	sed '1r names' good.csv >log.csv
	refuse 'a head of endless timings' 'log\.csv:[0-9]+: too many or too long names of timings .*'
	printf '# standard=ideal\n' >log.csv
	sed -n '/^time_ps/p' good.csv >>log.csv
	expect_status 0 'an ideal memory' "$check" log.csv
	sed -n '/^time_ps/,$p' good.csv | sed 1d >>log.csv
	refuse 'with commands' 'log\.csv:3: a command of a memory that has none .*'
}
n_names=0

check_bad_lines()
{
	local rd pre act
	act=$(first_line_of ',ACT,')
	rd=$(first_line_of ',RD,')
	pre=$(first_line_of ',PREpb,')
	refuse_edit 'no such command' "log\.csv:$rd: command \(found \"READ\", expected ACT, .*\)" "${rd}s/,RD,/,READ,/"
	refuse_edit 'no command' "log\.csv:$rd: command \(found \"\", expected .*" "${rd}s/,RD,/,,/"
	refuse_edit 'a letter' "log\.csv:$act: row \(found \"x\", expected decimal digits, below 2\^64\)" \
		"${act}s/,ACT,[0-9]+/,ACT,x/"
	refuse_edit 'a sign' "log\.csv:$act: time_ps \(found \"-.*" "${act}s/^/-/"
	refuse_edit 'beyond 64 bits' "log\.csv:$act: time_ps \(found \"[0-9]+\", expected .*" \
		"${act}s/^/99999999999999999999/"
	refuse_edit 'a column where there is none' "log\.csv:$act: column \(found \"3\", expected nothing for this command\)" \
		"${act}s/\$/3/"
	refuse_edit 'no row' "log\.csv:$act: row \(found \"\", expected a number for this command\)" \
		"${act}s/,ACT,[0-9]+/,ACT,/"
	refuse_edit 'a stack ID where there are none' "log\.csv:$act: stack_id \(found \"1\", expected nothing .*" \
		"${act}s/^([0-9]+,[0-9]+,[0-9]+),/\1,1/"
	refuse_edit 'fewer fields' "log\.csv:$rd: a line of fewer fields .*" "${rd}s/,[0-9]*\$//"
	refuse_edit 'more fields' "log\.csv:$rd: a line of more fields .*" "${rd}s/\$/,1/"
	refuse_edit 'an empty line' "log\.csv:$rd: a line of fewer fields \(found \"\", expected 9\)" "${rd}s/.*//"
	refuse_edit 'a space' "log\.csv:$rd: time_ps \(found \" .*" "${rd}s/^/ /"
	refuse_edit 'a NUL' "log\.csv:$rd: a NUL byte in column 3 .*" "${rd}s/^(..)/\1\x00/"
	refuse_edit 'no text' "log\.csv:$rd: not UTF-8 text .*" "${rd}s/^/\xff/"
	head -c $(($(wc -c <good.csv) - 4)) good.csv >log.csv
	run "$check" log.csv
	expect 'a log cut within its last line is not clean' [ "$status" -ne 0 ]
	gzip -c good.csv >whole.gz
	head -c $(($(wc -c <whole.gz) / 2)) whole.gz >log.csv
	refuse 'truncated gzip' 'log\.csv: truncated: the gzip data end too early .*'
	(cat whole.gz; echo junk) >log.csv
	refuse 'junk after gzip' 'log\.csv: after the gzip data there is something else .*'
	run "$check" nowhere.csv
	expect_refusal 4 'no file' 'memsim-check-dram: nowhere\.csv: cannot open: .*'
	run "$check" .
	expect_refusal 4 'a folder' 'memsim-check-dram: \.: not a regular file .*'
	head -c 100000 /dev/zero | tr '\0' 1 >log.csv
	run "$check" log.csv
	expect_refusal 6 'a line without end' 'memsim-check-dram: log\.csv:1: a line longer than 65536 bytes'
	[ -n "$pre" ] || fail 'there is a PREpb'
}

check_usage()
{
	expect_status 0 '--help' "$check" --help
	expect_grep 'names the exit status' '70 violations' "$tmp/out"
	expect_status 0 '-h' "$check" -h
	expect_status 0 '--version' "$check" --version
	expect_grep 'its name' '^memsim-check-dram [0-9]' "$tmp/out"
	run "$check"
	expect_refusal 2 'no log' 'memsim-check-dram: no log; see --help'
	run "$check" a b
	expect_refusal 2 'two logs' 'memsim-check-dram: one log at a time: found a and b'
	run "$check" -s hbm.stacks=2 good.csv
	expect_refusal 2 'no timing' 'memsim-check-dram: --set: found hbm\.stacks=2, expected hbm\.timing\.nX=CLOCKS'
	run "$check" -s hbm.timing.nRC=x good.csv
	expect_refusal 2 'no number' 'memsim-check-dram: --set: found .*'
	run "$check" -s hbm.timing.nRC=5 -s hbm.timing.nRC=6 good.csv
	expect_refusal 2 'twice' 'memsim-check-dram: --set gives nRC twice'
	run "$check" --max=many good.csv
	expect_refusal 2 'no maximum' 'memsim-check-dram: --max: found many, expected 0 to 1000000'
	expect_status 2 'no such option' "$check" --frob good.csv
	if [ -w /dev/full ]; then
		status=0
		"$check" good.csv >/dev/full 2>"$tmp/err" || status=$?
		expect 'nowhere to write' [ "$status" -eq 5 ]
	fi
}

make_logs
check_good
check_overrides
check_head
check_edits
check_bad_heads
check_bad_lines
check_usage
finish
