#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # functions are called by name
# The same run gives the same bytes anywhere: every output of a few runs, made again from files
# of other names in another folder, with another locale, time zone, environment and contents of
# fresh memory, and by each further build.
#
#   tests/determinism.sh [BUILD...]
#
# BUILD: a folder with memsim, memsim-dram and memsim-trace; all are held against the first's plain run.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

# NAME CONFIG SCHEDULE MODEL KEY=VALUE...
runs='
block-baseline ascend.cfg baseline vae-block width=64 height=48
block-trace ascend.cfg trace vae-block width=64 height=48
block-ideal ideal.cfg trace vae-block width=64 height=48
decoder ascend.cfg baseline vae-decoder width=56 height=40 block_channels=16,32 norm_groups=8
decoder-ideal ideal.cfg baseline vae-decoder width=56 height=40 block_channels=16,32 norm_groups=8
matmul ascend.cfg baseline matmul m=384 k=256 n=320
matmul-ideal ideal.cfg baseline matmul m=384 k=256 n=320
'

# NAME CONFIG STREAM: replays of memsim-dram.
replays='
mix-hbm2 dram/hbm2.cfg mix:20000
copy-ramulator21 dram/hbm3-ramulator21.cfg copy:20000
rand-hbm4 dram/hbm4.cfg rand32:20000
'

# A locale with a comma in its fractions, where one is installed.
other_locale()
{
	local name
	for name in de_DE.utf8 fr_FR.utf8 tr_TR.utf8; do
		! locale -a 2>/dev/null | grep -qx "$name" || { echo "$name"; return; }
	done
	echo C.UTF-8
}

# simulate BUILD TRACE CONFIG SCHEDULE OUTPUT: every format.
simulate()
{
	local memsim=$1/memsim trace=$2 config=$3 schedule=$4 output=$5
	"$memsim" -c "$config" -S "$schedule" --tensors -f json --dram-log "$output.log" \
		-o "$output.json" "$trace" &&
		"$memsim" -c "$config" -S "$schedule" -f csv -o "$output.csv" "$trace" &&
		"$memsim" -c "$config" -S "$schedule" "$trace" >"$output.txt"
}

# replay BUILD CONFIG STREAM OUTPUT: every format.
replay()
{
	local dram=$1/memsim-dram config=$2 stream=$3 output=$4
	"$dram" -c "$config" --generate "$stream" -f json --dram-log "$output.log" \
		-o "$output.json" &&
		"$dram" -c "$config" --generate "$stream" -f csv -o "$output.csv" &&
		"$dram" -c "$config" --generate "$stream" >"$output.txt"
}

# In a shell of its own.
apart() { ("$@"); }

# run_plain BUILD FOLDER
run_plain()
{
	local build=$1 name config schedule model stream
	mkdir "$2" && cd "$2" || return 1
	while read -r name config schedule model; do
		[ -n "$name" ] || continue
		# shellcheck disable=SC2086 # words
		"$build/memsim-trace" make $model -o "$name.trace" </dev/null &&
			simulate "$build" "$name.trace" "$config" "$schedule" "$name" </dev/null ||
			return 1
	done <<<"$runs"
	while read -r name config stream; do
		[ -z "$name" ] || replay "$build" "$config" "$stream" "$name" </dev/null || return 1
	done <<<"$replays"
}

# run_elsewhere BUILD FOLDER: from compressed traces and copied machines, by absolute names.
run_elsewhere()
{
	local build=$1 away=$2/'another folder, ä' name config schedule model stream
	mkdir -p "$away" || return 1
	cp -r "$top_src"/configs/. "$away" && cd / || return 1
	export MALLOC_PERTURB_=165 TZ=Asia/Kathmandu COLUMNS=40 HOME=/nowhere
	export PADDING="$top_src $top_src $top_src"
	LC_ALL=$(other_locale)
	LANG=$LC_ALL
	export LANG
	unset MEMSIM_CONFIG_PATH
	while read -r name config schedule model; do
		[ -n "$name" ] || continue
		# shellcheck disable=SC2086 # words
		"$build/memsim-trace" make $model -o "$away/x.gz" </dev/null &&
			simulate "$build" "$away/x.gz" "$away/$config" "$schedule" \
				"$2/$name" </dev/null ||
			return 1
	done <<<"$runs"
	while read -r name config stream; do
		[ -z "$name" ] ||
			replay "$build" "$away/$config" "$stream" "$2/$name" </dev/null || return 1
	done <<<"$replays"
}

# compare WHAT FOLDER: with the first plain run, output by output.
compare()
{
	local file
	for file in "$tmp"/first/*; do
		case $file in
		*.trace) ;;
		*) expect_same "$1: ${file##*/}" "$file" "$2/${file##*/}" ;;
		esac
	done
	rm -r "$2"
}

[ $# -gt 0 ] || set -- "$top_build"
expect "plain runs of $1" apart run_plain "$1" "$tmp/first"
expect "outputs are there" [ "$(find "$tmp/first" -type f -size +0 | wc -l)" -eq 47 ]
expect "the log has commands" [ "$(wc -l <"$tmp/first/decoder.log")" -gt 10000 ]
for build in "$@"; do
	if [ "$build" != "$1" ]; then
		expect "plain runs of $build" apart run_plain "$build" "$tmp/again"
		compare "$build" "$tmp/again"
	fi
	expect "other runs of $build" apart run_elsewhere "$build" "$tmp/elsewhere"
	compare "$build, elsewhere" "$tmp/elsewhere"
done
finish
