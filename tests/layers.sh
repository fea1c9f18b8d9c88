#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The shape of the code: which folder may include which, includes without cycles, and ceilings
# for the length of files and functions.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

max_file_lines=600
max_function_lines=60

# A folder, and the folders that it may include beside itself.  "DIR/FILE.h" allows one header.
allowed()
{
	case $1 in
	base) echo "" ;;
	ir | engine | dram | dramcheck | stream) echo "base" ;;
	config) echo "base ir dram" ;;
	trace) echo "base ir" ;;
	plan) echo "base ir config" ;;
	planfile) echo "base ir config plan/plan.h" ;;
	model) echo "base engine dram config ir/command.h ir/account.h" ;;
	replay) echo "base engine config model stream ir/account.h" ;;
	run) echo "base ir engine dram config plan model dramcheck/dramcheck.h" ;;
	auto) echo "base ir config plan run" ;;
	report) echo "base ir config plan/plan.h" ;;
	sweep) echo "base ir config trace plan/plan.h model/memory.h report" ;;
	.) echo "base ir engine config trace stream dramcheck plan planfile model replay run auto report sweep" ;;
	*) echo "" ;;
	esac
}

list_sources()
{
	(cd "$top_src/sim" && find . -name '*.[ch]' -o -name '*.def' | sed 's|^\./||' | sort)
}

folder_of()
{
	case $1 in */*) echo "${1%%/*}" ;; *) echo . ;; esac
}

may_include()
{
	local from=$1 header=$2 to entry
	to=$(folder_of "$header")
	[ "$to" = "$from" ] && return 0
	for entry in $(allowed "$from"); do
		[ "$entry" = "$to" ] || [ "$entry" = "$header" ] && return 0
	done
	return 1
}

check_layers()
{
	local file header bad=
	includes >list
	while read -r file header; do
		case $header in config.h) continue ;; esac
		[ -e "$top_src/sim/$header" ] || bad="$bad $file includes $header, which is not there;"
		may_include "$(folder_of "$file")" "$header" ||
			bad="$bad $file may not include $header;"
	done <list
	if [ -z "$bad" ]; then pass "layers"; else fail "layers" "$bad"; fi
}

# "FILE HEADER" for each include in quotes.
includes()
{
	list_sources | while read -r file; do
		sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' \
			"$top_src/sim/$file" | sed "s|^|$file |"
	done
}

# What judges the memory model must not know it: neither by an include nor by a common source.
check_independence()
{
	local bad
	bad=$(includes | grep -E '^dramcheck/' | grep -vE ' (base|dramcheck)/[a-z_]+\.h$')
	expect "the DRAM checker has sources" [ -n "$(list_sources | grep '^dramcheck/.*\.c$')" ]
	if [ -z "$bad" ]; then pass "the DRAM checker includes base and itself only"; else
		fail "the DRAM checker includes base and itself only" "$bad"
	fi
	bad=$(includes | grep -E '^(model|dram)/' | grep -E ' dramcheck/')
	if [ -z "$bad" ]; then pass "the memory model knows nothing of the DRAM checker"; else
		fail "the memory model knows nothing of the DRAM checker" "$bad"
	fi
}

# tsort names the loops.
check_cycles()
{
	includes | grep -E '^[^ ]*\.h ' >pairs
	if tsort pairs >order 2>loops; then
		pass "no include cycles"
	else
		fail "no include cycles" "$(cat loops)"
	fi
}

check_file_lengths()
{
	local long
	long=$(list_sources | while read -r file; do
		awk -v max=$max_file_lines -v name="$file" \
			'END { if (NR > max) print name " has " NR " lines" }' "$top_src/sim/$file"
	done)
	if [ -z "$long" ]; then pass "files of at most $max_file_lines lines"; else
		fail "files of at most $max_file_lines lines" "$long"
	fi
}

# A function is what stands between "{" and "}" in the first column.
check_function_lengths()
{
	local long
	long=$(list_sources | grep '\.c$' | while read -r file; do
		awk -v max=$max_function_lines -v name="$file" '
			/^\{/ { start = NR }
			/^\}/ && start { if (NR - start - 1 > max) print name ":" start " has " NR - start - 1 " lines"; start = 0 }
		' "$top_src/sim/$file"
	done)
	if [ -z "$long" ]; then pass "functions of at most $max_function_lines lines"; else
		fail "functions of at most $max_function_lines lines" "$long"
	fi
}

check_licences()
{
	local missing
	missing=$(list_sources | while read -r file; do
		head -n 2 "$top_src/sim/$file" | grep -q SPDX-License-Identifier || echo "$file"
	done)
	if [ -z "$missing" ]; then pass "every file names its licence"; else
		fail "every file names its licence" "$missing"
	fi
}

# Outside base/: allocation that can fail unseen, unsafe text functions, and the locale.
check_banned()
{
	local found
	found=$(cd "$top_src/sim" &&
		grep -rnE '\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atof|strtok|strtod|setlocale|alloca|rand)[[:space:]]*\(' \
			--include='*.[ch]' . || true)
	if [ -z "$found" ]; then pass "no banned functions"; else
		fail "no banned functions" "$found"
	fi
	found=$(cd "$top_src/sim" &&
		grep -rnE '(^|[^a-z_])(malloc|calloc|realloc|strdup)[[:space:]]*\(' --include='*.[ch]' . |
			grep -v '^\./base/mem\.' || true)
	if [ -z "$found" ]; then pass "allocation only through base/mem"; else
		fail "allocation only through base/mem" "$found"
	fi
}

# Nothing that decides or counts is floating point.
check_no_floating_point()
{
	local found
	found=$(cd "$top_src/sim" && grep -rnE '^[^/"*]*\b(double|float)\b' --include='*.[ch]' . || true)
	if [ -z "$found" ]; then pass "no floating point"; else fail "no floating point" "$found"; fi
}

expect "sources were found" [ "$(list_sources | wc -l)" -gt 20 ]
check_layers
check_independence
check_cycles
check_file_lengths
check_function_lengths
check_licences
check_banned
check_no_floating_point
finish
