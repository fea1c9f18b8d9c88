#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # prepare_* are called by name
# Every bad configuration of bad/config-cases.tsv: its exit status, its one line of message with
# the place, nothing on standard output, and no output file.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

good='core = { count = 1; };'

prepare_nothing() { :; }
prepare_folder() { mkdir m.cfg; }
prepare_fifo() { mkfifo m.cfg; }
prepare_device() { ln -s /dev/zero m.cfg; }
prepare_large() { head -c 1048577 /dev/zero | tr '\0' '#' >m.cfg; }
prepare_deep() { { printf 'a = {%.0s' $(seq 100000); echo; } >m.cfg; }
prepare_many() { seq 20000 | sed 's/.*/n& = 1;/' >m.cfg; }
prepare_name() { printf 'n%064d = 1;\n' 0 >m.cfg; }
prepare_text() { printf 'machine = { name = "%04097d"; };\n' 0 >m.cfg; }
prepare_list() { echo 'memories = ( { name = "spad"; bytes = [1, 2]; }, { } );' >m.cfg; }

prepare_include()
{
	mkdir sub
	printf '%s' "$good" >sub/part.cfg
	printf '@include "sub/part.cfg" # and more\nhbm = { stacks = 2; };\n' >m.cfg
}

prepare_include_bad()
{
	mkdir sub
	printf '# one\ncore = {\ncount = 0;\n};\n' >sub/part.cfg
	printf '\n\n@include "sub/part.cfg"\n' >m.cfg
}

prepare_include_after()
{
	printf 'count = 1;\nmatrix = { m = 8; };\n' >part.cfg
	printf 'core = {\n  @include "part.cfg"\ncount = 2; };\n' >m.cfg
}

prepare_loop()
{
	echo '@include "b.cfg"' >m.cfg
	echo '@include "./m.cfg"' >b.cfg
}

prepare_up()
{
	mkdir sub
	echo "$good" >up.cfg
	echo '@include "../up.cfg"' >sub/m.cfg
	cd sub || exit 99
}

prepare_link()
{
	ln -s /etc/passwd link.cfg
	echo '@include "link.cfg"' >m.cfg
}

prepare_chain()
{
	local i
	echo '@include "d1.cfg"' >m.cfg
	for i in 1 2 3 4; do echo "@include \"d$((i + 1)).cfg\"" >d$i.cfg; done
	echo "$good" >d5.cfg
}

prepare_include_folder()
{
	mkdir sub
	echo '@include "sub"' >m.cfg
}

prepare_fanout()
{
	: >empty.cfg
	yes '@include "empty.cfg"' | head -n 1000 >m.cfg
}

check_case()
{
	local id=$1 file=$2 arguments=$3 status_wanted=$4 pattern=$5
	mkdir "$tmp/$id"
	cd "$tmp/$id" || exit 99
	case $file in
	@import* | @include\ *) printf '%b' "$file" >m.cfg ;;
	@*) "prepare_${file#@}" ;;
	*) printf '%b' "$file" >m.cfg ;;
	esac
	# shellcheck disable=SC2086 # arguments are words
	run "$memsim" -c m.cfg $arguments --print-config -o report.json
	if [ "$status_wanted" -eq 0 ]; then
		expect "$id" [ "$status" -eq 0 ]
	elif [ -e report.json ]; then
		fail "$id" "an output file was left"
	else
		expect_refusal "$status_wanted" "$id" "memsim: $pattern"
	fi
	cd "$tmp" || exit 99
	rm -rf "${tmp:?}/$id"
}

n=0
tr '\t' '\001' <"$top_src/tests/bad/config-cases.tsv" >"$tmp/cases"
# A tab between fields is no blank to `read`, or empty fields would vanish.
while IFS=$'\001' read -r id file arguments status_wanted pattern; do
	case $id in \#* | '') continue ;; esac
	n=$((n + 1))
	check_case "$id" "$file" "$arguments" "$status_wanted" "$pattern"
done <"$tmp/cases"
expect "at least 100 cases" [ "$n" -ge 100 ]
finish
