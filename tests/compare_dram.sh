#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memsim's memory against the reference runs: a few rows of full length, over machines,
# mappings and streams.  Imitated runs equal theirs and break no rule; all equal what
# tests/data/dram/POLICY.csv, and so doc/hbm.md, says of them.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

compare_dram=$top_src/scripts/compare-dram
MEMSIM_DRAM=$memsim_dram
MEMSIM_CHECK_DRAM=$memsim_check_dram
export MEMSIM_DRAM MEMSIM_CHECK_DRAM
known=$top_src/tests/data/dram
mkdir results

# compare NAME POLICY ROWS
compare()
{
	expect_status 0 "$1: runs" bash "$compare_dram" -p "$2" -r "^($3)\$" -o results
	sort "results/$2.csv" >found
	sort "$known/$2.csv" | comm -13 - found >unknown
	expect "$1: some rows" [ "$(wc -l <found)" -gt 2 ]
	if [ -s unknown ]; then
		fail "$1: as tests/data/dram/$2.csv has it" \
			"make compare-dram brings it up to date: $(head -n 3 unknown)"
	else
		pass "$1: as tests/data/dram/$2.csv has it"
	fi
}

compare "HBM2, imitated" imitated \
	'ramulator2,HBM2,1,(acc,copy|RoBaRaCoCh,rand)|ramulator2,HBM2,8,acc,mix32'
expect_grep "HBM2, imitated: all equal" '^3 of 3 rows equal in every column$' out
expect_grep "HBM2, imitated: legal" '^HBM2: 0 violations in [0-9]{7} commands of 3 runs$' out
compare "HBM3, imitated" imitated 'ramulator2,HBM3,1,MOP4CLXOR,copy|ramulator2,HBM3,16,acc,seqrd'
expect_grep "HBM3, imitated: all equal" '^2 of 2 rows equal in every column$' out
expect_grep "HBM3, imitated: legal" '^HBM3: 0 violations in [0-9]{7} commands of 2 runs$' out
compare "own policy" own '(ramulator2,HBM[23],1,acc,copy|dramsim3,HBM2,1,rorabgbachco,mix)'
compare "as many queue entries" same-size 'ramulator2,HBM3,1,acc,rand'
compare "DRAMsim3" imitated 'dramsim3,HBM2,1,rorabacobgch,seqwr'

# What is shipped runs, within its standard.
for config in "$top_src"/configs/dram/*.cfg; do
	expect_status 0 "${config##*/} runs" "$memsim_dram" -c "dram/${config##*/}" --check \
		--generate mix:20000
done

# Every reference run is there, under every policy that it is run under.
keys() { grep -v '^#\|^simulator,' "$1" | cut -d , -f "$2" | grep "$3" | sort; }
# all_there POLICY ROWS
all_there()
{
	keys "$known/runs.csv" 1,3-6 "$2" >wanted
	keys "$known/$1.csv" 1-5 . >found
	expect_same "a row for every run: $1" wanted found
}
all_there imitated .
all_there own .
all_there same-size .
all_there all-bank .

# A machine that is not the reference's, and one that is not its standard's, are told.
different()
{
	printf '#!/bin/sh\nexec "%s" "$@" -s %s\n' "$memsim_dram" "$1" >different
	chmod +x different
	run env MEMSIM_DRAM="$tmp/different" bash "$compare_dram" -p imitated \
		-r ramulator2,HBM2,1,acc,copy
	expect "$2" [ "$status" -eq 1 ]
}
different hbm.write_low=7 "a run that differs"
expect_grep "is told with what it should be" 'acc +copy .* NOT EQUAL: cycles=1485750 ' out
expect_grep "as a count" '^0 of 1 rows equal in every column$' out
different hbm.timing.nRP=13 "a rule that is broken"
expect_grep "is told by its name" '^HBM2 +[0-9]+ .* [1-9][0-9]*  the head says what the tables say$' out

refused()
{
	local why=$1
	shift
	run bash "$compare_dram" "$@"
	expect_refusal 1 "refuses $*" "compare-dram: $why"
}
refused 'unknown option -x; see --help' -x
refused '-r wants a value; see --help' -r
refused 'unknown argument copy; see --help' copy
refused 'no policy best \(expected .*\)' -p best
refused 'no table all; see --help' -t all
refused '-j 0 is no number of runs \(expected 1 to 999\)' -j 0
refused 'nowhere: no such folder' -o nowhere
refused 'no row matches "HBM9"' -r HBM9
run env MEMSIM_DRAM=false bash "$compare_dram" -p own -r ramulator2,HBM2,1,acc,copy
expect "a program that fails" [ "$status" -eq 1 ]
expect_grep "is told" "^compare-dram: copy on ramulator2's HBM2, .* failed$" err
expect_status 0 "--help" bash "$compare_dram" --help
expect_grep "names the options" '^  -r ROWS ' out
finish
