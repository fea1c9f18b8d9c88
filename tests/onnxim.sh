#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A feed-forward layer on configs/array-128.cfg, beside ONNXim; all sizes stand in doc/validation.md.
# Sizes at which everything fits: each operand crosses the pins once, the layer's inner tensor
# never when both products share a kernel, and no run beats the array's 294,912 cycles.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

expect_status 0 "validate-onnxim" env MEMSIM="$memsim" \
	bash "$top_src/scripts/validate-onnxim" '4096|16384'
grep -E '^ *[0-9]' "$tmp/out" | tr '|' ' ' >table
expect "two rows" [ "$(wc -l <table)" = 2 ]
while read -r kib _ peer c0 x0 c1 x1 c2 _; do
	for c in "$c0" "$c1" "$c2"; do
		expect "$kib KiB: $c cycles are not below the array's bound" [ "$c" -ge 294912 ]
	done
	expect "$kib KiB: baseline traffic $x0 between the ideal and the peer's $peer" \
		awk -v x="$x0" -v p="$peer" 'BEGIN { exit !(x >= 1 && x <= p) }'
	[ "$kib" = 4096 ] || expect "$kib KiB: one kernel moves half of it, $x1" [ "$x1" = 0.50 ]
	expect "$kib KiB: auto is no slower than either" [ "$c2" -le $((c0 < c1 ? c0 * 101 / 100 : c1 * 101 / 100)) ]
done <table
finish
