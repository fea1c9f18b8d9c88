#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scripts/validate-attention: at every size of the scratchpad the fused plan moves its closed form,
# fewer bytes the larger it is, and operator by operator no more than blocks of keys account for.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

export MEMSIM=$memsim
expect_status 0 'three sizes' "$top_src/scripts/validate-attention" -b 1 -z 32K,192K,1M
cp "$tmp/out" table
expect_grep 'a header' '^scratchpad  *Algorithm 0 .* in blocks  *baseline  *Br  *exchanged  *fused  *Bc  *Algorithm 1$' table

# N = 1,024, d = 64, 16 heads, 2 bytes: 4 N^2 + 4 N d, in MB.
expect 'Algorithm 0' [ "$(awk '$1 == "192K" { print $2 }' table)" = 142.6 ]
# M = 98,304 elements: 384 keys a block, three blocks: 2 N d + 3 (3 N d + 4 N).
expect 'Algorithm 1' [ "$(awk '$1 == "192K" { print $11, $12 }' table)" = '384 23.5' ]

# within NAME A B PERCENT: A differs from B by no more than so much
within()
{
	expect "$1" awk -v a="$2" -v b="$3" -v most="$4" \
		'BEGIN { d = a / b - 1; exit (d < 0 ? -d : d) > most / 100 }'
}

last=1000
while read -r size zero _ blocks baseline _ rows exchanged fused _; do
	within "$size: operator by operator, $baseline MB of $blocks in these blocks" "$baseline" "$blocks" 1
	within "$size: fused, $fused MB of $exchanged in blocks of $rows queries" "$fused" "$exchanged" 1
	expect "$size: fused, no more than with less room" \
		awk -v a="$fused" -v b="$last" 'BEGIN { exit a > b }'
	last=$fused
done < <(tail -n +2 table)
within 'with room for the keys, operator by operator, Algorithm 0' "$baseline" "$zero" 5

expect_status 0 'the fused plan alone, on another machine' "$top_src/scripts/validate-attention" \
	-F -c ideal.cfg -b 1 -s core.count=1 -z 64K
expect_grep 'moves its closed form' '^64K  *142\.6  *-  .*\+0\.0%' "$tmp/out"
expect_status 2 'an unknown option' "$top_src/scripts/validate-attention" -x
expect_status 3 'an unknown setting' "$top_src/scripts/validate-attention" -s no.such=1
finish
