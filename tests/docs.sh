#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The documents tell the truth: every command in them runs, every output is what the programs
# print today, the manual pages know every setting, option, model and operator, and links lead
# somewhere.  "docs.sh --update" writes what differs into the source tree instead (make docs).
. "${TOP_SRCDIR:-$(dirname "${BASH_SOURCE[0]}")/..}/tests/lib.sh"

tables=$top_build/doc/man_tables
pages="doc/memsim.1 doc/memsim-check-dram.1 doc/memsim-dram.1 doc/memsim-plot.1 doc/memsim-sweep.1 doc/memsim-trace.1 doc/memsim.cfg.5 doc/memsim-plan.5 doc/memsim-trace.5"
documents="README.md $(cd "$top_src" && echo doc/*.md)"
update=${1-}

# A folder like a clone after scripts/quickstart, in which the commands may write.
make_clone()
{
	mkdir clone
	ln -s "$top_src/configs" "$top_src/traces" "$top_src/scripts" clone/
	ln -s "$top_build" clone/build
	PATH=$top_build:$PATH
	export PATH
}

refresh()
{
	mkdir -p "$(dirname "copy/$1")"
	cp "$top_src/$1" "copy/$1"
	chmod u+w "copy/$1"
	(cd clone && bash "$top_src/doc/refresh" "$tables" "$tmp/copy/$1") 2>err
}

# What memsim-plot runs on, and draws with, where a document's commands need it.
has_python()
{
	local module
	case $1 in
	README.md | doc/memsim-plot.1) module=sys ;;
	doc/sram.md) module=matplotlib ;;
	*) return 0 ;;
	esac
	"$(sed -n '1s/^#!//p' "$top_build/memsim-plot")" -c "import $module" 2>/dev/null
}

check_fresh()
{
	local file
	for file in $documents $pages; do
		if ! has_python "$file"; then
			skip "$file is what the programs say" 'its commands need python3, or matplotlib'
			continue
		fi
		if ! refresh "$file"; then
			fail "$file: its commands run" "$(cat err)"
			continue
		fi
		if [ "$update" = --update ] && ! cmp -s "$top_src/$file" "copy/$file"; then
			cat "copy/$file" >"$top_src/$file"
			note "$file: updated"
		fi
		if cmp -s "$top_src/$file" "copy/$file"; then
			pass "$file is what the programs say"
		else
			fail "$file is what the programs say" "make docs brings it up to date"
			note "$(diff "$top_src/$file" "copy/$file" | head -n 20)"
		fi
	done
}

# Names that a page lacks.
missing_in()
{
	local page=$1 name
	shift
	for name; do
		sed 's/\\-/-/g' "$top_src/$page" | grep -qwF -e "$name" || printf ' %s' "$name"
	done
}

expect_named()
{
	local what=$1 page=$2 missing
	shift 2
	[ $# -gt 0 ] || fail "$page: $what were found"
	missing=$(missing_in "$page" "$@")
	if [ -z "$missing" ]; then pass "$page names all $what"; else
		fail "$page names all $what" "missing:$missing"
	fi
}

long_options() { "$1" --help | grep -oE -- '--[a-z][a-z-]+' | sort -u; }

check_names()
{
	# shellcheck disable=SC2046 # lists of words
	{
		expect_named settings doc/memsim.cfg.5 $(sed -nE 's/^[PWT]\([^"]*"([^"]+)".*/\1/p' \
			"$top_src/sim/config/params.def")
		expect_named options doc/memsim.1 $(long_options "$memsim")
		expect_named options doc/memsim-dram.1 $(long_options "$memsim_dram")
		expect_named members doc/memsim-dram.1 $("$memsim_dram" -c ideal.cfg --generate \
			copy:9 -f json | sed -n 's/^ *"\([a-z_0-9]*\)": [^[{].*/\1/p' | sort -u)
		expect_named options doc/memsim-check-dram.1 $(long_options "$memsim_check_dram")
		! has_python doc/memsim-plot.1 ||
			expect_named options doc/memsim-plot.1 $(long_options "$top_build/memsim-plot")
		expect_named options doc/memsim-sweep.1 $(long_options "$top_build/memsim-sweep")
		expect_named options doc/memsim-trace.1 $(long_options "$memsim_trace")
		expect_named models doc/memsim-trace.1 $("$memsim_trace" list | sed '/^Kinds/,$d' |
			grep -oE '^[a-z][a-z0-9-]*')
		expect_named operators doc/memsim-trace.5 $("$memsim_trace" list |
			sed -n '/^Kinds/,$s/^    \([a-z0-9]*\).*/\1/p')
		expect_named statements doc/memsim-plan.5 $(sed -n \
			'/statement_kind kinds/,/^}/s/^	{"\([a-z-]*\)".*/\1/p' \
			"$top_src/sim/planfile/parse.c")
		expect_named keys doc/memsim-plan.5 $(sed -n \
			'/\*const keys\[/,/;/s/"/\n"/gp' "$top_src"/sim/planfile/parse*.c |
			sed -n 's/^"\([a-z]*\)$/\1/p' | sort -u)
		expect_named members doc/memsim.1 $("$memsim_trace" make matmul m=16 k=16 n=16 |
			"$memsim" -c ideal.cfg --serial --tensors --channels -f json - |
			sed -n 's/^ *"\([a-z_0-9]*\)": [^[{].*/\1/p' | sort -u)
	}
}

# Files that a document names: as links, and as paths in backquotes.
check_links()
{
	local file link dead=
	for file in $documents CONTRIBUTING.md; do
		while read -r link; do
			[ -e "$top_src/$(dirname "$file")/$link" ] || [ -e "$top_src/$link" ] ||
				dead="$dead $file: $link;"
		done < <({
			grep -oE '\]\([^)#:]+\)' "$top_src/$file" | sed 's/^](//; s/)$//'
			grep -oE '`(sim|tests|doc|scripts|configs|traces)/[A-Za-z0-9_./-]*`' \
				"$top_src/$file" | tr -d '`'
		} || true)
	done
	if [ -z "$dead" ]; then pass "documents name files that are there"; else
		fail "documents name files that are there" "$dead"
	fi
}

check_roff()
{
	local page warnings
	for page in $pages; do
		if ! command -v groff >/dev/null || ! groff -man -Tutf8 -z </dev/null 2>/dev/null; then
			skip "$page is good roff" "no groff"
			continue
		fi
		warnings=$(groff -man -Tutf8 -ww -z "$top_src/$page" 2>&1)
		if [ -z "$warnings" ]; then pass "$page is good roff"; else
			fail "$page is good roff" "$warnings"
		fi
	done
}

# The example that a page of a file format opens with.
page_example() { sed -n '/^\.nf/,/^\.fi/p' "$top_src/$1" | sed '/^\./d; s/\\-/-/g'; }

check_examples()
{
	page_example doc/memsim.cfg.5 >example.cfg
	expect_status 0 'the example of memsim.cfg(5)' "$memsim" -c example.cfg --print-config
	expect_grep 'has effect' 'bytes = "256 KiB";' "$tmp/out"
	page_example doc/memsim-trace.5 >example.trace
	expect_status 0 'the example of memsim-trace(5)' "$memsim_trace" check example.trace
	page_example doc/memsim-plan.5 >example.plan
	printf '%s\n' 'memsim-trace 1' 'tensor x f16 16x64 role=input' \
		'tensor y f16 16x64 role=output' 'op act relu in=x out=y' >example.trace
	expect_status 0 'the example of memsim-plan(5)' "$memsim" -c ideal.cfg -s core.count=1 \
		--check --plan example.plan example.trace
}

make_clone
check_fresh
check_examples
check_names
check_links
check_roff
finish
