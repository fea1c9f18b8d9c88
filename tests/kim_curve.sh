#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The curve of Kim et al., arXiv 2302.14017, Figure 32, on configs/kim2023.cfg: BERT within 15 %
# and GPT-2 within 30 % of what is printed, a whole number.  The long sequences take minutes and
# stand in doc/validation.md; here are the short ones.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

expect_status 0 "validate-kim" env MEMSIM="$memsim" MEMSIM_TRACE="$memsim_trace" \
	bash "$top_src/scripts/validate-kim" '^BERT-Base,(128|512),|^GPT-2,(128|4096),'
cp "$tmp/out" table
expect "four rows" [ "$(grep -c '^[BG]' table)" = 4 ]
while read -r model seq published simulated _; do
	case $model in BERT-*) percent=15 ;; *) percent=30 ;; esac
	expect "$model of $seq: $simulated, published $published" awk -v p="$published" \
		-v s="$simulated" -v percent=$percent 'BEGIN {
			exit !(s >= (p - 0.5) * (1 - percent / 100) && s <= (p + 0.5) * (1 + percent / 100))
		}'
done < <(grep '^[BG]' table)
finish
