#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # functions are called by name
# Every bad request stream of bad/stream-cases.tsv: its exit status, its one line of message with
# the place, nothing on standard output, and nothing left under the outputs' names.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

good='R 0\nW 0x40\nR 0x80\n'

prepare_nothing() { :; }
prepare_folder() { mkdir t.stream; }
prepare_fifo() { mkfifo t.stream; }
prepare_device() { ln -s /dev/zero t.stream; }
prepare_gzip_nothing() { gzip -n </dev/null >t.stream; }
prepare_gzip_cut() { printf '%b' "$good" | gzip -n | head -c 25 >t.stream; }
prepare_gzip_twice() { printf '%b' "$good" | gzip -n | gzip -n >t.stream; }
prepare_gzip_junk()
{
	{ printf '%b' "$good" | gzip -n; echo; printf '%b' "$good" | gzip -n; } >t.stream
}
prepare_members() { { printf '%b' "$good" | gzip -n; printf '%b' "$good" | gzip -n; } >t.stream; }
# A bad line, and then damage: the damage is what is wrong.
prepare_gzip_fault_cut()
{
	{ printf 'oops\n'; seq -f 'R %g' 0 9999; } | gzip -n | head -c 2000 >t.stream
}
# The checksum of the text is bytes 8 to 5 from the end.
prepare_gzip_flip()
{
	printf '%b' "$good" | gzip -n >whole
	{ head -c -8 whole; printf '\001\002\003\004'; tail -c 4 whole; } >t.stream
}
prepare_long_line() { head -c 10000000 /dev/zero | tr '\0' x >t.stream; }
prepare_long_line_later()
{
	{ printf 'R 0\nR 1\n#'; head -c 65536 /dev/zero | tr '\0' x; echo; } >t.stream
}
prepare_long_word() { head -c 60000 /dev/zero | tr '\0' x >t.stream; }
prepare_bomb() { head -c 200000000 /dev/zero | tr '\0' ' ' | gzip -1 >t.stream; }
prepare_late() { { seq -f 'R %.0f' 0 64 6399936; echo 'R oops'; } >t.stream; }
prepare_late_gzip() { prepare_late; gzip t.stream; mv t.stream.gz t.stream; }

check_case()
{
	local id=$1 file=$2 status_wanted=$3 pattern=$4
	mkdir "$tmp/$id"
	cd "$tmp/$id" || exit 99
	case $file in
	@*) "prepare_${file#@}" ;;
	*) printf '%b' "$file" >t.stream ;;
	esac
	run "$memsim_dram" -c dram/hbm2-ramulator21.cfg -f json t.stream
	if [ "$status_wanted" -eq 0 ]; then
		expect "$id" [ "$status" -eq 0 ]
	else
		expect_refusal "$status_wanted" "$id" "memsim-dram: t\\.stream($pattern)"
	fi
	cd "$tmp" || exit 99
	rm -rf "${tmp:?}/$id"
}

n=0
# A tab between fields is no blank to `read`, or empty fields would vanish.
while IFS=$'\001' read -r id file status_wanted pattern; do
	case $id in \#* | '') continue ;; esac
	n=$((n + 1))
	check_case "$id" "$file" "$status_wanted" "$pattern"
done < <(tr '\t' '\001' <"$top_src/tests/bad/stream-cases.tsv")
expect "at least 60 cases" [ "$n" -ge 60 ]

# From a pipe too, whose report and log are held back until its end.
late()
{
	prepare_late
	"$memsim_dram" -c dram/hbm2-ramulator21.cfg -o report --dram-log log - <t.stream
}
expect_status 4 'a late fault of a pipe: status' late
expect_grep 'a late fault of a pipe: message' \
	'^memsim-dram: standard input:100001: not an address' "$tmp/err"
expect 'a late fault of a pipe: no report' test ! -e report
expect 'a late fault of a pipe: no log' test ! -e log
late_text() { "$memsim_dram" -c dram/hbm2-ramulator21.cfg t.stream; }
run late_text
expect_refusal 4 'a late fault: nothing on standard output' 'memsim-dram: t\.stream:100001: .*'
finish
