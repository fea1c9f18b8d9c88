#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/random-graph draws what it says that it does: of the operators of 300 graphs 30 % join,
# 30 % have a window, 20 % normalise; 20 % of the tensors have several readers.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

random=$top_src/scripts/random-graph

for seed in $(seq 300); do
	"$random" "$seed" || exit 99
done >graphs
awk '
	function close_graph(   t) {
		for (t in readers) {
			tensors++
			several += readers[t] > 1
		}
		split("", readers)
	}
	$1 == "memsim-trace" { close_graph() }
	$1 == "tensor" && $5 != "role=weight" { readers[$2] += 0 }
	$1 == "op" {
		n_ops++
		class = "others"
		if ($3 ~ /^(add|mul)$/)
			class = "joins"
		else if ($3 ~ /^(conv2d|maxpool|upsample)$/)
			class = "windows"
		else if ($3 ~ /^(groupnorm|softmax)$/)
			class = "norms"
		kinds[class]++
		n = split(substr($4, 4), operand, ",")
		for (i = 1; i <= n; i++)
			if (operand[i] in readers)
				readers[operand[i]]++
	}
	END {
		close_graph()
		for (k in kinds)
			printf "%s %.1f\n", k, 100 * kinds[k] / n_ops
		printf "readers %.1f\n", 100 * several / tensors
	}' graphs >shares
for want in joins:30 windows:30 norms:20 others:20 readers:20; do
	share=$(sed -n "s/^${want%:*} //p" shares)
	expect "${want%:*}: $share %, of ${want#*:}" awk -v share="$share" -v want="${want#*:}" \
		'BEGIN { exit !(share >= want - 1.5 && share <= want + 1.5) }'
done

"$random" 17 >once
"$random" 17 >twice
expect_same 'the same graph each time' once twice
expect_status 0 'up to 40 operators' "$random" 17 40
cp "$tmp/out" forty
expect_status 0 'which is a trace' "$memsim_trace" check forty
expect_status 2 'no seed' "$random"
expect_status 2 'a seed that is none' "$random" x
finish
