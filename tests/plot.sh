#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memsim-plot: every kind in every format, the same bytes for the same results; its numbers are the
# reports'; what it cannot read or draw is one line and leaves nothing.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

plot=$top_build/memsim-plot
if ! python=$(sed -n '1s/^#!//p' "$plot") || ! "$python" -c 'import sys' 2>/dev/null; then
	skip "memsim-plot" "no python3"
	finish
fi
"$memsim_trace" make vae-block width=32 height=32 channels=32 -o b.trace
"$top_build/memsim-sweep" -c ascend.cfg --vary scratchpad.bytes=16K:64K:x2 \
	--vary schedule=baseline,trace --reports reports b.trace -o s.csv
"$memsim" -c ascend.cfg -S baseline,trace -f json b.trace -o both.json
"$memsim" -c ascend.cfg -S baseline -f json b.trace -o one.json
gzip -k one.json

# --- The numbers.
expect_status 0 'stacks as text' "$plot" one.json -o stacks.txt
cycles=$(sed -n '/"kernels"/,$p' one.json | awk '/"start_cycle"/ { gsub(/[^0-9]/, ""); s = $0 }
	/"end_cycle"/ { gsub(/[^0-9]/, ""); print $0 - s; exit }')
hz=$(sed -n 's/.*"core_hz": \([0-9]*\).*/\1/p' one.json)
us=$(awk -v c="$cycles" -v hz="$hz" 'BEGIN { printf "%.3f", c * 1000000 / hz }')
expect_grep 'have the kernel'\''s time' "^up +$us " stacks.txt
expect 'their shares sum to 100 %' [ "$(awk 'NR > 2 && NF == 8 { s = 0
	for (i = 3; i <= 8; i++) s += $i; if (s < 99.6 || s > 100.4) bad++ } END { print bad + 0 }' \
	stacks.txt)" -eq 0 ]
expect_status 0 'a waterfall as text' "$plot" -k waterfall one.json -o water.txt
expect 'goes from the peak to what is achieved' [ "$(awk '/^peak/ { left = $2 } /^- / { left -= $(NF - 1) }
	/^= achieved/ { d = left - $(NF - 1); print (d < 0.05 && d > -0.05) }' water.txt)" = 1 ]
expect_status 0 'schedules as text' "$plot" both.json -o both.txt
bytes=$(($(sed -n 's/^    "read_bytes": \([0-9]*\).*/\1/p' one.json | head -n 1) +
	$(sed -n 's/^    "write_bytes": \([0-9]*\).*/\1/p' one.json | head -n 1)))
mb=$(awk -v b="$bytes" 'BEGIN { printf "%.1f", b / 1000000 }')
expect_grep 'have the traffic' "^baseline .* $mb " both.txt
expect_status 0 'a roofline as text' "$plot" -k roofline one.json -o roof.txt
expect_grep 'has no intensity without matrix work' '^up +- +0.00 ' roof.txt
expect_status 0 'columns as text' "$plot" s.csv -x scratchpad.bytes -y time.cycles -o xy.txt
first=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "time.cycles") at = i }
	NR == 2 { print $at }' s.csv)
expect_grep 'are the table'\''s' "^baseline +16384 +$first\$" xy.txt
expect_status 0 'compressed reports' "$plot" one.json.gz -o gz.txt
expect_same 'are the same' gz.txt stacks.txt
"$plot" -f txt - -o - <one.json >stdin.txt
expect_same 'from standard input to standard output' stdin.txt stacks.txt

# --- What doc/sram.md shows is what its rows say.
for name in sram-block sram-decoder sram-decoder-720x480; do
	expect "$name: the page shows the table" [ -z "$(grep -vxF -f "$top_src/doc/sram.md" \
		"$top_src/doc/figures/$name.txt")" ]
	"$plot" -k knee "$top_src/doc/figures/$name.csv" -o rows.txt
	grep -E '^ *[0-9]+[KM] ' rows.txt >rows
	grep -E '^ *[0-9]+[KM] ' "$top_src/doc/figures/$name.txt" >shown
	expect "$name: some rows" [ -s rows ]
	expect_same "$name: the table has the rows" rows shown
done

# --- Figures.
magic() { head -c 4 "$1" | od -An -c | tr -d ' '; }
if "$python" -c 'import matplotlib' 2>/dev/null; then
	while read -r name arguments; do
		for kind in svg pdf png; do
			# shellcheck disable=SC2086 # words
			expect_status 0 "$name as $kind" "$plot" $arguments -o "$name.$kind"
			# shellcheck disable=SC2086
			TZ=Asia/Tokyo LC_ALL=C.UTF-8 "$plot" $arguments -o "again.$kind"
			expect_same 'again, the same bytes' "$name.$kind" "again.$kind"
		done
		expect "$name: an SVG, a PDF and a PNG" [ "$(magic $name.svg)$(magic $name.pdf)$(
			magic $name.png)" = '<?xm%PDF211PNG' ]
		expect "$name: well-formed" "$python" -c \
			'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' "$name.svg"
	done <<-'END'
		knee --reports reports s.csv
		xy s.csv -x scratchpad.bytes -y hbm.row_hit_rate --log x
		schedules both.json
		stacks one.json
		roofline -k roofline both.json
		waterfall -k waterfall both.json
	END
	expect_status 0 'a wide one' "$plot" --width 183 both.json -o wide.svg
	expect_grep 'is as wide as asked' 'width="518' wide.svg
else
	expect_status 6 'without matplotlib' "$plot" one.json -o no.svg
	expect_grep 'how to get it is said' 'scripts/setup figures' err
	skip 'figures' 'matplotlib is not installed'
fi

# --- What cannot be.
refused()
{
	local want=$1 name=$2 pattern=$3
	shift 3
	run "$plot" "$@"
	expect_refusal "$want" "$name" "memsim-plot: $pattern"
	expect "$name: leaves nothing" [ -z "$(find . -name 'no.*' -o -name '.memsim-tmp*')" ]
}
head -c 300 one.json >cut.json
head -c 300 one.json.gz >cut.json.gz
printf 'a,b\n1,2\n' >odd.csv
head -n 1 s.csv >empty.csv
(head -n 2 s.csv; sed -n 3p s.csv | cut -d, -f1-9) >short.csv
echo '{"a": 1}' >other.json
printf '\377\376' >bytes.json
printf '[%.0s' $(seq 100000) >deep.json
refused 2 'no output' 'no output; .*' one.json
refused 2 'no format' 'no: which format\?.*' one.json -o no
refused 2 'an unknown kind' 'argument -k/--kind: invalid choice.*' -k pie one.json -o no.svg
refused 2 'a table as a roofline' 'roofline is drawn from reports.*' -k roofline s.csv -o no.txt
refused 2 'a report as a knee' 'knee is drawn from the table.*' -k knee one.json -o no.txt
refused 2 'an unknown column' 'no column time.cylces .*' s.csv -x scratchpad.bytes -y time.cylces -o no.txt
refused 2 'a column of words' 'scratchpad.bytes or trace.hash is no number.*' s.csv \
	-x scratchpad.bytes -y trace.hash -o no.txt
refused 2 'two tables' 'one table at a time.*' s.csv s.csv -o no.txt
refused 2 'an output over its input' 'both.txt: the output would overwrite.*' both.txt -o both.txt
refused 2 'too narrow' '--width: found 3, .*' --width 3 one.json -o no.txt
refused 4 'a report that is not there' 'none.json: cannot read: No such file.*' none.json -o no.txt
refused 4 'a report that was cut' 'cut.json:[0-9]+: not JSON: .*' cut.json -o no.txt
refused 4 'compressed and cut' 'cut.json.gz: cannot read: .*' cut.json.gz -o no.txt
refused 4 'another JSON' 'other.json: not a report of memsim -f json .*' other.json -o no.txt
refused 4 'no text' 'bytes.json: not text .*' bytes.json -o no.txt
refused 4 'nested too deep' '.*(nested too deep|not JSON).*' deep.json -o no.txt
refused 4 'another CSV' 'odd.csv: not a table of memsim-sweep .*' odd.csv -o no.txt
refused 4 'a table without rows' 'empty.csv: holds no row' empty.csv -o no.txt
refused 4 'a row that was cut' 'short.csv:3: found 9 cells, expected [0-9]+' short.csv -o no.txt
refused 5 'an output in a missing folder' 'none/no.txt: cannot write: No such file.*' one.json \
	-o none/no.txt
expect_status 0 '--help' "$plot" --help
expect_status 0 '--version' "$plot" --version
expect_grep 'names the version' '^memsim-plot [0-9.]+$' out
finish
