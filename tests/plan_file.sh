#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Plans through the command line: a replay tells what the run told, for the shipped traces, plain
# and compressed, from a file and a pipe; outputs are whole or not there; wrong usage is refused.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

# The schedule's name is all that a replay may tell otherwise.
same_report()
{
	sed "s/^\( *\"schedule\": \)\"$1\"/\1\"plan\"/" run.json | cmp -s - replay.json
}

# replays NAME SCHEDULE OPTION... TRACE
replays()
{
	local name=$1 schedule=$2
	shift 2
	expect_status 0 "$name: run" "$memsim" -S "$schedule" --tensors --channels -f json \
		-o run.json --plan-out p.plan.gz "$@"
	expect_status 0 "$name: replay" "$memsim" --tensors --channels -f json \
		-o replay.json --plan p.plan.gz --plan-out q.plan.gz "$@"
	expect "$name: the same report" same_report "$schedule"
	# But for the comment with the schedule's name.
	gzip -dc p.plan.gz | sed 2d >p.plan
	gzip -dc q.plan.gz | sed 2d >q.plan
	expect_same "$name: the same plan" p.plan q.plan
}

traces=$top_src/traces
for trace in chain-8 conv-256x256 copy-64MiB; do
	replays "$trace, baseline" baseline -c ascend.cfg "$traces/$trace.trace"
	replays "$trace, trace" trace -c ascend.cfg "$traces/$trace.trace"
done
replays 'matmul-4096' trace -c ascend.cfg "$traces/matmul-4096.trace"
replays 'vae-block, baseline' baseline -c ascend.cfg "$traces/vae-block-720x480.trace.gz"
replays 'vae-block, trace' trace -c ascend.cfg "$traces/vae-block-720x480.trace.gz"
replays 'vae-decoder' trace -c ascend.cfg "$traces/vae-decoder-180x120.trace.gz"

# Several sums, running statistics, and rings of rows.
cat >attention.trace <<'END'
memsim-trace 1
tensor q f16 3x100x64 role=input
tensor k f16 3x150x64 role=input
tensor v f16 3x150x16 role=input
tensor s f16 3x100x150
tensor p f16 3x100x150
tensor o f16 3x100x16 role=output
op scores matmul in=q,k out=s transpose_b=1
op norm softmax in=s out=p
op values matmul in=p,v out=o
fuse scores norm values
END
cat >windows.trace <<'END'
memsim-trace 1
tensor x f16 1x16x65x34 role=input
tensor v f16 16x16x3x3 role=weight
tensor w f16 16x16x3x3 role=weight
tensor a f16 1x16x65x34
tensor b f16 1x16x33x17
tensor y f16 1x16x66x34 role=output
op one conv2d in=x,v out=a pad=1
op two conv2d in=a,w out=b pad=1 stride=2
op wide upsample in=b out=y scale=2
fuse one two wide
END
replays 'online' trace -c ideal.cfg -s kernel.softmax=online --check attention.trace
replays 'rows kept' trace -c ideal.cfg -s kernel.halo=keep --check windows.trace

"$memsim_trace" make vae-block width=32 height=32 channels=32 -o small.trace
replays 'audited, serial' trace -c ideal.cfg --check --serial small.trace
replays 'chosen groups' auto -c ascend.cfg small.trace
replays 'without multicast' trace -c ascend.cfg -s core.count=5 -s noc.multicast=false small.trace

# Another machine's speed changes the time of a plan, not what it moves.
moved() { sed -n '/"traffic": {/,/}/p' "$1"; }
"$memsim" -c ideal.cfg -f json --plan-out p.plan -o run.json small.trace
expect_status 0 'a plan on a machine of another speed' "$memsim" -c ideal.cfg -s clock.core=700M \
	-s hbm.bandwidth=10G -s dma.bytes_per_cycle=16 --check -f json --plan p.plan small.trace
moved run.json >run.moved
moved "$tmp/out" >replay.moved
expect 'there is traffic' test -s run.moved
expect_same 'a plan on a machine of another speed moves the same' run.moved replay.moved

# Standard input is read twice too.
"$memsim" -c ideal.cfg -f json --plan p.plan -o file.json small.trace
piped() { cat "$1" | "$memsim" -c ideal.cfg -f json --plan - -o pipe.json small.trace; }
expect 'a plan from a pipe' piped p.plan
expect_same 'a plan from a pipe tells the same' file.json pipe.json
gzip -kf p.plan
expect 'a compressed plan from a pipe' piped p.plan.gz
expect_same 'a compressed plan from a pipe tells the same' file.json pipe.json
"$memsim" -c ideal.cfg --plan-out - -o text small.trace >stdout.plan
expect_same 'a plan on standard output' p.plan stdout.plan

# Nothing half done.
head -c 3000 p.plan >cut.plan
run "$memsim" -c ideal.cfg --plan cut.plan --plan-out out.plan -o out.json small.trace
expect_refusal 4 'a plan that is cut' 'memsim: cut\.plan:[0-9]*: .*'
expect 'no plan is left' test ! -e out.plan
expect 'no report is left' test ! -e out.json

usage()
{
	local name=$1 pattern=$2
	shift 2
	run "$memsim" -c ideal.cfg "$@" small.trace
	expect_refusal 2 "$name" "memsim: $pattern"
}
usage 'a plan and a schedule' '--plan replays the plan.s own schedule; leave --schedule out' \
	-S trace --plan p.plan
usage 'a plan of two schedules' '--plan-out is the plan of one run; name one schedule' \
	-S trace,baseline --plan-out q.plan
usage 'over the plan that is read' '.*p\.plan: the output would overwrite the input .*' \
	--plan p.plan --plan-out ./p.plan
usage 'over the report' '--output and --plan-out are both .*' -o q.plan --plan-out q.plan
usage 'over the log' '--dram-log and --plan-out are both .*' --dram-log q --plan-out q
usage 'two plans' '--plan is given twice: .*' --plan p.plan --plan q.plan
two_inputs() { "$memsim" -c ideal.cfg --plan - -; }
run two_inputs
expect_refusal 2 'plan and trace from one pipe' 'memsim: plan and trace are both standard input'
finish
