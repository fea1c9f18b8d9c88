#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memsim-trace as a user meets it: its commands, streams, outputs and statuses; and the shipped
# traces are what its models make.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

t=$memsim_trace

expect_status 0 "list" "$t" list
expect_grep "list names models" '^vae-decoder$' "$tmp/out"
expect_grep "and keys" '^    block_channels=128,256,512,512 ' "$tmp/out"
expect_grep "and kinds of operators" \
	'^    conv2d \[stride=1\] \[pad=0\] \[dilation=1\] \[groups=1\]$' "$tmp/out"
expect_grep "keys without a default have no brackets" \
	'^    reduce fn=sum\|mean\|max\|min \[axes=N,\.\.\.\] \[keepdims=1\]$' "$tmp/out"
expect_grep "numbers of words" '\[mask=none\|causal\|window:N\]' "$tmp/out"
expect_status 0 "--help" "$t" --help
expect_grep "help names the commands" 'make MODEL' "$tmp/out"
expect_status 0 "--version" "$t" --version
expect_grep "version" '^memsim-trace [0-9]+\.[0-9]+' "$tmp/out"

# Standard streams that are closed or full.
full() { "$@" >/dev/full; }
closed() { "$@" <&- >&- 2>&-; }
expect_status 5 "list into a full output" full "$t" list
expect_status 5 "--help into a full output" full "$t" --help
expect_grep "says so" '^memsim-trace: standard output: cannot write: ' "$tmp/err"
expect_status 5 "list without standard streams" closed "$t" list
expect_status 0 "a file without standard streams" closed "$t" make matmul -o closed.trace
expect_status 0 "it is whole" "$t" check closed.trace
expect_status 2 "wrong usage without standard streams" closed "$t" frobnicate

# Every model makes a trace that checks, and that has its last line.
for model in vae-decoder vae-encoder vae-block resnet50 mobilenet-v2 bert gpt2 llama vit dit \
	matmul conv elementwise chain; do
	expect_status 0 "make $model" "$t" make $model -o "$model.trace"
	expect_status 0 "check $model" "$t" check "$model.trace"
	expect_grep "$model ends" '^end-of-trace ops=[0-9]+$' "$model.trace"
done
expect_grep "hand-made groups" '^fuse up conv norm act$' vae-block.trace
expect_status 0 "fuse=none" "$t" make vae-decoder fuse=none -o none.trace
expect_no_grep "leaves groups out" '^fuse' none.trace
expect_status 0 "keys" "$t" make vae-block width=64 height=32 channels=64 dtype=bf16
expect_grep "are used" '^tensor up bf16 1x64x32x64$' "$tmp/out"

expect_status 0 "compressed output" "$t" make vae-block -o block.trace.gz
expect "is gzip" gzip -t block.trace.gz
expect_same "of the same text" <(gzip -dc block.trace.gz) vae-block.trace
"$t" check - <block.trace.gz >from-stdin 2>&1
expect "standard input" grep -q 'a valid trace of 4 operators' from-stdin
cp block.trace.gz named.txt
expect_status 0 "content decides, not the name" "$t" check named.txt

expect_status 0 "info" "$t" info vae-decoder.trace
expect_grep "text: operators" '^120|^123 operators \(3 of them views\)' "$tmp/out"
expect_grep "text: a convolution" '^  conv_out +conv2d +2\.389 ' "$tmp/out"
expect_grep "text: views apart" '^  mid\.attn\.flat +reshape' "$tmp/out"
expect_status 0 "info -f json" "$t" info -f json vae-decoder.trace
for member in '"ops": 123' '"macs": 1664730403200' '"vector_ops": 8969335200' \
	'"activation_bytes": 10155585600' '"weight_bytes": 98980398' \
	'"weight_read_bytes": 98980398' \
	'"weight_elements": 49490199' '"ideal_bytes": 10254565998'; do
	expect_grep "json: $member" "$member" "$tmp/out"
done
cp "$tmp/out" first.json
"$t" info -f json "$top_src/traces/vae-decoder-720x480.trace.gz" >second.json
expect_same "compression and folder make no difference" first.json second.json

# Published counting rules.
expect_status 0 "info --counting" "$t" info --counting kim2023 bert.trace
expect_grep "text: a row of Table 3" '^  FFN_proj +14\.495515 +0\.068420 +211\.8621$' "$tmp/out"
expect_status 0 "info --counting -f json" "$t" info --counting=kim2023 -f json bert.trace
expect_grep "json: operations" '"flops": 22421569536,' "$tmp/out"
expect_grep "json: values moved" '"mops": 140414976\.0,' "$tmp/out"

# Wrong usage, and outputs that cannot be written.
refuse()
{
	local want=$1 name=$2 pattern=$3
	shift 3
	expect_status "$want" "$name" "$t" "$@"
	expect_grep "$name: message" "^memsim-trace: $pattern" "$tmp/err"
	expect "$name: no output" [ ! -s "$tmp/out" ]
}
refuse 2 "no command" 'no command'
refuse 2 "unknown command" "unknown command 'chekc'; did you mean 'check'\?" chekc x
refuse 2 "no model" 'make needs a model' make
refuse 2 "unknown model" "unknown model 'vae-decode'; nearest: vae-decoder" make vae-decode
refuse 2 "unknown key" "vae-block: unknown key 'chanels' .*nearest: channels" make vae-block \
	chanels=3
refuse 2 "key twice" "matmul: key 'm' is given twice" make matmul m=1 m=2
refuse 2 "bad value" "matmul: bad value of m \(found '0', expected an integer" make matmul m=0
refuse 2 "bad word" "chain: bad value of kind \(found 'add', expected" make chain kind=add
refuse 2 "bad list" "elementwise: bad value of shape" make elementwise shape=1,,2
refuse 2 "keys that do not go together" 'vae-block: width and height must be even' make \
	vae-block width=7
refuse 2 "heads that devices cannot share" '12 heads and tp=7 do not cut 768 channels' make gpt2 tp=7
refuse 2 "nothing to prefill" 'gpt2: seq must be at least 1 in prefill' make gpt2 seq=0
refuse 2 "an image of no whole patches" 'dit: width and height must be multiples of 16' make dit \
	width=20
refuse 4 "channels that groups do not divide" 'vae-decoder:[0-9]+: groupnorm' make vae-decoder \
	block_channels=40
refuse 2 "no trace" 'info needs one trace' info
refuse 2 "two traces" 'check needs one trace' check chain.trace conv.trace
refuse 2 "format" "--format: found 'csv'" info -f csv chain.trace
refuse 2 "option of another command" 'check takes no --output' check -o x chain.trace
refuse 2 "counting of another command" 'check takes no --counting' check --counting kim2023 chain.trace
refuse 2 "unknown rules" "--counting: found 'kim', expected kim2023 or onnx" info --counting kim bert.trace
refuse 4 "rules that do not cover a trace" \
	"llama\.trace:[0-9]+: operator 'layer\.norm1\[0\]': the rules kim2023 have none for rmsnorm" \
	info --counting kim2023 llama.trace
refuse 5 "output in no folder" 'no/where.trace: cannot write' make chain -o no/where.trace
expect "nothing is left" [ ! -e no ]
refuse 6 "too large" 'matmul:[0-9]+: the work of the trace' make matmul m=536870912 k=536870912 \
	n=536870912

# The shipped traces are fresh.  Compressed bytes depend on zlib's version, their content does not.
mkdir fresh
expect "regenerate" "$top_src/traces/regenerate" "$t" fresh
for file in "$top_src"/traces/*.trace "$top_src"/traces/*.trace.gz; do
	name=${file##*/}
	expect_same "$name is fresh" <(gzip -dcf "$file") <(gzip -dcf "fresh/$name")
	expect_status 0 "$name checks" "$t" check "$file"
done
expect "none is missing" [ "$(find fresh -type f | wc -l)" -eq \
	"$(find "$top_src/traces" -name '*.trace*' | wc -l)" ]
finish
