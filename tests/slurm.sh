#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memsim-sweep --slurm on a Slurm of two nodes: the bytes of a sweep without it.  With the argument
# "kill" a node dies in the middle, which takes Slurm minutes to get over: make soak-slurm.
. "${TOP_SRCDIR:-$(dirname "${BASH_SOURCE[0]}")/..}/tests/lib.sh"
. "$top_src/tests/slurm_up.sh"

sweep=$top_build/memsim-sweep
points=20
printf '%s\n' 'memsim-trace 1' 'tensor x f16 16x64 role=input' \
	'tensor y f16 16x64 role=output' 'op act relu in=x out=y' >"it's tiny.trace"

# --- Without Slurm.
mkdir bin
PATH=$tmp/bin run "$sweep" -c ideal.cfg --slurm "it's tiny.trace" -o no.csv
expect_refusal 6 'without Slurm' 'memsim-sweep: --slurm: there is no sbatch on the PATH'
expect_status 2 'its options need it' "$sweep" -c ideal.cfg --slurm-tasks 3 "it's tiny.trace" -o no.csv
expect_status 2 'and no parts' "$sweep" -c ideal.cfg --slurm --part 1/2 "it's tiny.trace" -o no.csv
expect_status 2 'and some tasks' "$sweep" -c ideal.cfg --slurm --slurm-tasks 0 "it's tiny.trace" -o no.csv
expect_status 3 'a bad point is found before it is submitted' "$sweep" -c ideal.cfg --slurm \
	--vary core.count=1,0 "it's tiny.trace" -o no.csv

# A sbatch that keeps its words.
cat >bin/sbatch <<-'END'
	#!/bin/sh
	echo "$@" >>sbatch.words
	echo 7
END
chmod +x bin/sbatch
PATH=$tmp/bin:$PATH run "$sweep" -c ideal.cfg -s core.count=2 --slurm --slurm-tasks 4 \
	--slurm-options='--partition=x  --time=5' --vary scratchpad.bytes=64K:$((points * 32 + 32))K:+32K \
	"it's tiny.trace" -o fake.csv
expect 'is submitted' [ "$status" -eq 0 ]
expect_grep 'as two jobs' '^array job 7 of 4 tasks, results by job 7$' out
expect_grep 'an array' '--array=1-4 --partition=x --time=5 fake.csv.points/array.sh$' sbatch.words
expect_grep 'and what waits for it' '--dependency=afterany:7 .*fake.csv.points/table.sh$' sbatch.words
for task in 4 2 3 1; do
	SLURM_ARRAY_TASK_ID=$task sh fake.csv.points/array.sh
done
expect 'the tasks make all points' [ "$(ls fake.csv.points | grep -c 'point$')" -eq $points ]
expect 'and no table' [ ! -e fake.csv ]
SLURM_CPUS_PER_TASK=2 sh fake.csv.points/table.sh
expect_status 0 'without Slurm' "$sweep" -c ideal.cfg -s core.count=2 \
	--vary scratchpad.bytes=64K:$((points * 32 + 32))K:+32K "it's tiny.trace" -o local.csv
expect_same 'the table has the same bytes' fake.csv local.csv

if ! slurm_is_here; then
	skip 'a Slurm of two nodes' 'no Slurm, or not root'
	finish
fi
trap 'slurm_down; cd /; rm -rf "$tmp"' EXIT
if ! slurm_up 2 2; then
	skip 'a Slurm of two nodes' "it does not start: $(tail -n 1 "$slurm/slurmctld.log")"
	finish
fi
submit()
{
	"$sweep" -c ideal.cfg -s core.count=2 --vary scratchpad.bytes=64K:$((points * 32 + 32))K:+32K \
		--slurm --slurm-tasks 10 "$@" "it's tiny.trace" -o cluster.csv
}
if [ "${1-}" = kill ]; then
	points=400
	"$sweep" -c ideal.cfg -s core.count=2 --vary scratchpad.bytes=64K:$((points * 32 + 32))K:+32K \
		"it's tiny.trace" -o local.csv
	submit >jobs
	table=$(sed 's/.* //' jobs) array=$(sed 's/array job \([0-9]*\).*/\1/' jobs)
	until [ "$(ls cluster.csv.points | grep -c 'point$')" -ge 20 ]; do sleep 0.1; done
	slurm_kill n2
	note "node n2 died with $(ls cluster.csv.points | grep -c 'point$') of $points points finished"
	for _ in $(seq 300); do
		# A task that is requeued waits two minutes by itself.
		squeue -h -t PD -j "$array" -o %A 2>/dev/null | while read -r job; do
			scontrol update jobid="$job" starttime=now 2>/dev/null
		done
		squeue -h -j "$table" 2>/dev/null | grep -q . || break
		sleep 1
	done
	expect 'a node dies in the middle: the table is made' [ -s cluster.csv ]
else
	expect_status 0 'a sweep on Slurm' submit --slurm-wait
	expect_grep 'says which jobs' '^array job [0-9]+ of 10 tasks, results by job [0-9]+$' out
fi
expect_same 'the same bytes' cluster.csv local.csv
for node in n1 n2; do
	expect "$node took part" grep -q "task_p_slurmd_batch_request\|launch\|Launching" "$slurm/slurmd-$node.log"
done
finish
