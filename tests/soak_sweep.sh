#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Kills a sweep at random moments and starts it again, until it ends by itself: the results must
# be those of a sweep that nobody disturbed, and no finished point may be run again.
#
#   soak_sweep.sh POINTS KILLS [SEED]
#
# "make soak-sweep" does it with 1,000 points and 50 kills; tests/sweep.sh with few.
. "${TOP_SRCDIR:-$(dirname "${BASH_SOURCE[0]}")/..}/tests/lib.sh"

points=${1:?how many points} kills=${2:?how many kills}
RANDOM=${3:-1}
printf '%s\n' 'memsim-trace 1' 'tensor x f16 16x64 role=input' \
	'tensor y f16 16x64 role=output' 'op act relu in=x out=y' >tiny.trace

sweep=("$top_build/memsim-sweep" -c ideal.cfg --vary dma.window_bytes=4K:$((points * 2))K:+4K
	--vary schedule=baseline,trace tiny.trace -o)

# Inode and name of each finished point: what is written again has another inode.
finished() { (cd "$1.points" 2>/dev/null && ls -i -- *.point 2>/dev/null) | sort; }

start=$(date +%s%N)
expect_status 0 "an undisturbed sweep of $points points" "${sweep[@]}" whole.csv
took_ms=$((($(date +%s%N) - start) / 1000000))
expect "has a row for each" [ "$(wc -l <whole.csv)" -eq $((points + 1)) ]

: >before
struck=0
lost=
for _ in $(seq "$kills"); do
	"${sweep[@]}" killed.csv 2>/dev/null &
	pid=$!
	sleep "$(awk -v ms=$((RANDOM % (2 * took_ms / kills + 60))) 'BEGIN { print ms / 1000 }')"
	! kill -9 $pid 2>/dev/null || struck=$((struck + 1))
	wait $pid 2>/dev/null
	finished killed.csv >now
	lost=$lost$(comm -23 before now | head -n 3)
	mv now before
done
note "$struck of $kills kills struck; $(wc -l <before) of $points points were finished by then"
expect "kills struck" [ "$struck" -gt 0 ]
if [ -z "$lost" ]; then pass "no finished point was lost or run again"; else
	fail "no finished point was lost or run again" "$lost"
fi
expect_status 0 "the last start" "${sweep[@]}" killed.csv
finished killed.csv >now
expect "kept all that was finished" [ -z "$(comm -23 before now)" ]
expect "has finished every point" [ "$(wc -l <now)" -eq "$points" ]
expect_same "the results are those of the undisturbed sweep" whole.csv killed.csv
expect "nothing unfinished is left among the points" [ -z "$(find killed.csv.points -name "*memsim-tmp*")" ]
finish
