#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every bad trace of bad/trace-cases.tsv: its exit status, its one line of message with the
# place, and nothing on standard output.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

three='memsim-trace 1\ntensor x f16 4x8 role=input\ntensor y f16 4x8\n'
good="${three}op o relu in=x out=y\nend-of-trace ops=1\n"

prepare_nothing() { :; }
prepare_folder() { mkdir t.trace; }
prepare_fifo() { mkfifo t.trace; }
prepare_device() { ln -s /dev/zero t.trace; }
prepare_gzip_nothing() { gzip -n </dev/null >t.trace; }
prepare_gzip_cut() { printf '%b' "$good" | gzip -n | head -c 60 >t.trace; }
prepare_gzip_junk()
{
	{ printf '%b' "$good" | gzip -n; echo; printf '%b' "$good" | gzip -n; } >t.trace
}
prepare_gzip_zeros() { { printf '%b' "$good" | gzip -n; head -c 512 /dev/zero; } >t.trace; }
prepare_gzip_twice() { printf '%b' "$good" | gzip -n | gzip -n >t.trace; }
prepare_long_line() { head -c 10000000 /dev/zero | tr '\0' x >t.trace; }
prepare_bomb() { head -c 200000000 /dev/zero | tr '\0' ' ' | gzip -1 >t.trace; }

prepare_members_cut()
{
	{ printf '%b' "${three}" | gzip -n; echo 'op o relu in=x out=y' | gzip -n; } >t.trace
}

# The checksum of the text is bytes 8 to 5 from the end.
prepare_gzip_flip()
{
	printf '%b' "$good" | gzip -n >whole
	{ head -c -8 whole; printf '\001\002\003\004'; tail -c 4 whole; } >t.trace
}

prepare_chain()
{
	awk 'BEGIN { print "memsim-trace 1\ntensor t0 f16 4 role=input"
		for (i = 0; i < 100000; i++) {
			printf "tensor t%d f16 4\n", i + 1
			printf "op o%d relu in=t%d out=t%d\n", i, i, i + 1
		}
		print "end-of-trace ops=100000" }' >t.trace
}

# The name begins a line that is one byte too long for a name, not for a line.
prepare_long_name()
{
	printf '%b' "$three" >t.trace
	printf 'tensor %s f16 4\n' "$(head -c 256 /dev/zero | tr '\0' n)" >>t.trace
}

prepare_near_names()
{
	awk 'BEGIN { print "memsim-trace 1\ntensor x f16 4 role=input"
		for (i = 0; i < 50000; i++) { n = sprintf("%0240d", i * 1024)
			printf "tensor %s f16 4\nop %s relu in=x out=%s\n", n, n, n } }' >t.trace
}

prepare_macs()
{
	printf 'memsim-trace 1\ntensor a f16 536870912x536870912 role=input\n' >t.trace
	printf 'tensor y f16 536870912x536870912\nop o matmul in=a,a out=y\n' >>t.trace
}

prepare_operands()
{
	printf '%b' "$three" >t.trace
	printf 'op o custom in=x%s out=y\n' "$(head -c 1024 /dev/zero | sed 's/\x00/,x/g')" \
		>>t.trace
}

prepare_deep()
{
	printf '%b' "$three" >t.trace
	yes 'repeat 2' | head -n 1000 >>t.trace
}

check_case()
{
	local id=$1 file=$2 status_wanted=$3 pattern=$4
	mkdir "$tmp/$id"
	cd "$tmp/$id" || exit 99
	case $file in
	@*) "prepare_${file#@}" ;;
	+*) printf '%b' "$three${file#+}" >t.trace ;;
	*) printf '%b' "$file" >t.trace ;;
	esac
	run "$memsim_trace" info -f json t.trace
	if [ "$status_wanted" -eq 0 ]; then
		expect "$id" [ "$status" -eq 0 ]
	else
		expect_refusal "$status_wanted" "$id" "memsim-trace: t\\.trace$pattern"
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
done < <(tr '\t' '\001' <"$top_src/tests/bad/trace-cases.tsv")
expect "at least 100 cases" [ "$n" -ge 100 ]
finish
