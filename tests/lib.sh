# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# What every shell test sources: `. "${TOP_SRCDIR:-.}/tests/lib.sh"`.
#
# Sets $top_src, $top_build, $tmp (a folder that is removed at the end; also the current
# folder) and the programs' paths $memsim, $memsim_trace, $memsim_dram and
# $memsim_check_dram.  Every case prints one line of TAP; the test ends with `finish`, which
# prints the plan and sets the exit status.
#
#   run CMD...                 runs it: $status, and the files $tmp/out and $tmp/err
#   expect_status N NAME CMD...  one case: CMD ends with status N (it is run by `run`)
#   expect_refusal N NAME PATTERN   one case: what was run ended with status N, nothing on standard
#                              output, and one line on standard error that matches as a whole
#   expect_grep NAME PATTERN FILE   one case: FILE has a line that matches the extended regex
#   expect_no_grep NAME PATTERN FILE
#   expect_same NAME FILE FILE      one case: equal bytes
#   expect NAME CMD...              one case: CMD succeeds
#   pass NAME, fail NAME [WHY], skip NAME WHY, note TEXT
set -u
LC_ALL=C
export LC_ALL

top_src=$(cd "${TOP_SRCDIR:-$(dirname "${BASH_SOURCE[0]}")/..}" && pwd)
top_build=$(cd "${TOP_BUILDDIR:-.}" && pwd)
memsim=$top_build/memsim
memsim_trace=$top_build/memsim-trace
memsim_dram=$top_build/memsim-dram
memsim_check_dram=$top_build/memsim-check-dram
MEMSIM_CONFIG_PATH=$top_src/configs
export MEMSIM_CONFIG_PATH

tmp=$(mktemp -d "${TMPDIR:-/tmp}/memsim-test.XXXXXX") || exit 99
trap 'cd /; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 99

cases=0
failures=0
status=0

note()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass()
{
	cases=$((cases + 1))
	printf 'ok %d - %s\n' "$cases" "$1"
}

fail()
{
	cases=$((cases + 1))
	failures=$((failures + 1))
	printf 'not ok %d - %s\n' "$cases" "$1"
	[ -z "${2-}" ] || note "$2"
}

skip()
{
	cases=$((cases + 1))
	printf 'ok %d - %s # SKIP %s\n' "$cases" "$1" "$2"
}

expect()
{
	local name=$1
	shift
	if "$@"; then pass "$name"; else fail "$name" "failed: $*"; fi
}

run()
{
	status=0
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
}

expect_status()
{
	local want=$1 name=$2
	shift 2
	run "$@"
	if [ "$status" -eq "$want" ]; then
		pass "$name"
	else
		fail "$name" "status $status, expected $want: $*"
		note "$(head -n 5 "$tmp/err")"
	fi
}

expect_refusal()
{
	if [ "$status" -ne "$1" ]; then
		fail "$2" "status $status, not $1: $(head -c 300 "$tmp/err")"
	elif [ -s "$tmp/out" ]; then
		fail "$2" "standard output is not empty"
	elif [ "$(wc -l <"$tmp/err")" -ne 1 ]; then
		fail "$2" "not one line on standard error"
	elif grep -Eqx -- "$3" "$tmp/err"; then
		pass "$2"
	else
		fail "$2" "message: $(cat "$tmp/err")"
	fi
}

expect_grep()
{
	if grep -Eq -- "$2" "$3"; then
		pass "$1"
	else
		fail "$1" "no line matches: $2"
		note "$(head -n 5 "$3")"
	fi
}

expect_no_grep()
{
	if grep -Eq -- "$2" "$3"; then
		fail "$1" "a line matches: $(grep -E -m 1 -- "$2" "$3")"
	else
		pass "$1"
	fi
}

expect_same()
{
	if cmp -s "$2" "$3"; then pass "$1"; else fail "$1" "$2 and $3 differ"; fi
}

finish()
{
	printf '1..%d\n' "$cases"
	[ "$failures" -eq 0 ]
	exit
}
