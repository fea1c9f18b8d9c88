#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Timelines open in a viewer that is not ours: speedscope, in a headless Chromium.  Its modules come
# by "npm install --ignore-scripts --prefix FOLDER speedscope playwright-core", and MEMSIM_VIEWER
# names FOLDER/node_modules; without them this is skipped.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

chromium=$(command -v chromium || command -v chromium-browser || true)
if [ ! -d "${MEMSIM_VIEWER:-/nowhere}/speedscope" ] || [ -z "$chromium" ] ||
	! command -v node >/dev/null; then
	skip 'a timeline in speedscope' 'no node, Chromium, or MEMSIM_VIEWER'
	finish
fi
"$memsim_trace" make vae-block width=64 height=64 channels=64 -o b.trace
for schedule in baseline trace; do
	"$memsim" -c ascend.cfg -S $schedule --timeline $schedule.json b.trace -o report.txt
done
status=0
timeout 100 node "$top_src/tests/viewer.js" "$MEMSIM_VIEWER" "$chromium" "$tmp/baseline.json" \
	"$tmp/trace.json" >seen 2>&1 || status=$?
expect 'speedscope opens timelines' [ $status -eq 0 ]
note "$(cat seen)"
for schedule in baseline trace; do
	threads=$(grep -c '"thread_name"' $schedule.json)
	expect_grep "$schedule: all threads, no error" "^$schedule.json: $threads threads, 0 errors, " seen
	for name in kernels 'MTE2 load' 'Cube matrix' 'MTE3 store'; do
		expect_grep "$schedule: a thread is called $name" "^$schedule.json: .*$name" seen
	done
done
finish
