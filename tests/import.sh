#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# memsim-trace import: the reference networks have the work, parameters and matrix products that
# were computed without memsim; SCALE-Sim's topologies have its MACs; options and statuses.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

t=$memsim_trace
data=$top_src/tests/data
onnx=$data/onnx

# json FILE MEMBER: its value at top level
json() { sed -n "s/^  \"$2\": \([0-9]*\).*/\1/p" "$1"; }

# products TRACE: dimensions of first and second operand and of the output, a line each
products()
{
	awk '$1 == "tensor" { dims[$2] = $4 }
		$1 == "op" && $3 ~ /^(conv.*|matmul)$/ {
			split(substr($4, 4), in_, ","); print dims[in_[1]], dims[in_[2]], dims[substr($5, 5)]
		}' "$1"
}

# operators TRACE: kinds with operands and attributes, tensors numbered as they come
operators()
{
	awk '$1 == "op" {
		n = split(substr($4, 4), in_, ",")
		for (i = 1; i <= n; i++) { if (!(in_[i] in id)) id[in_[i]] = ++count; in_[i] = id[in_[i]] }
		if ($3 == "add" && in_[1] > in_[2]) { x = in_[1]; in_[1] = in_[2]; in_[2] = x }
		line = $3
		for (i = 1; i <= n; i++) line = line " " in_[i]
		id[substr($5, 5)] = ++count
		line = line " -> " count
		for (i = 6; i <= NF; i++) line = line " " $i
		print line
	}' "$1"
}

# SCALE-Sim: out = ceil((ifmap - filter + stride) / stride); its own macro counts so.
for net in Resnet50 alexnet gpt2; do
	expect_status 0 "import $net.csv" "$t" import "$data/scalesim/$net.csv" -o $net.trace
	expect_status 0 "which is valid" "$t" check $net.trace
	awk -F, 'NR == 1 { gemm = $2 == "M"; next }
		gemm && $1 { printf "%s %.0f\n", $1, $2 * $3 * $4; next }
		$1 { gsub(/ /, "", $1); h = int(($2 - $4 + 2 * $8 - 1) / $8); w = int(($3 - $5 + 2 * $8 - 1) / $8)
			printf "%s %.0f\n", $1, h * w * $4 * $5 * $6 * $7 }' "$data/scalesim/$net.csv" >want
	awk '$1 == "tensor" { dims[$2] = $4 }
		$1 == "op" { split(substr($4, 4), in_, ","); split(dims[in_[2]], w, "x")
			n = split(dims[substr($5, 5)], out, "x"); macs = 1
			for (i = 1; i <= n; i++) macs *= out[i]
			printf "%s %.0f\n", $2, macs * ($3 == "matmul" ? w[1] : w[2] * w[3] * w[4]) }' $net.trace >got
	expect_same "$net: MACs of every layer" want got
	"$t" info -f json $net.trace >info.json
	expect "$net: and of all" [ "$(json info.json macs)" = "$(awk '{ n += $2 } END { printf "%.0f", n }' want)" ]
done
expect_grep "the first layer has the places that the file notes" '^tensor Conv1 f16 1x64x110x110 ' \
	Resnet50.trace
expect_status 0 "memsim runs it" "$memsim" -c ascend.cfg gpt2.trace
printf 'Layer name,H,W,R,S,C,M,Stride,\nDP1,8,8,3,3,16,1,2,\n' >dp.csv
expect_status 0 "a depth-wise layer" "$t" import dp.csv
expect_grep "has groups" '^op DP1 conv2d .* stride=2 pad=0,0,1,1 groups=16$' out

printf 'Layer,M,N,K,\nA,1,2,\n' >short.csv
run "$t" import short.csv
expect_refusal 4 "a short line" "memsim-trace: short\.csv:2: column 4 \(found '', expected 1 to 2147483647\)"
printf 'Layer,M,N,K,\nA,1,2,99999999999,\n' >big.csv
run "$t" import big.csv
expect_refusal 4 "a large number" "memsim-trace: big\.csv:2: column 4 \(found '99999999999', .*"
printf 'hello\n' >not.csv
run "$t" import not.csv
expect_refusal 4 "some text" "memsim-trace: not\.csv:1: not a SCALE-Sim topology .*"
printf 'Layer,M,N,K,\n' >none.csv
run "$t" import none.csv
expect_refusal 4 "no layers" "memsim-trace: none\.csv:1: no layers"
: >empty
run "$t" import empty
expect_refusal 4 "an empty file" "memsim-trace: empty: the file is empty .*"
run "$t" import absent.onnx
expect_refusal 4 "no file" "memsim-trace: absent\.onnx: .*"

expect_status 2 "no file named" "$t" import
expect_status 2 "two files" "$t" import short.csv big.csv
expect_status 2 "--dim without a value" "$t" import short.csv --dim batch
expect_status 2 "--dim of nothing" "$t" import short.csv --dim batch=0
expect_status 2 "--unknown with another word" "$t" import short.csv --unknown=ignore
expect_status 2 "make takes no --fold" "$t" make matmul --fold
cp Resnet50.trace same.csv
expect_status 2 "an output that is the input" "$t" import same.csv -o same.csv

run "$t" import "$onnx/resnet50.onnx.gz"
if [ "$status" -eq 7 ]; then
	expect_refusal 7 "a build without ONNX says what is missing" \
		'memsim-trace: .*: this memsim was built without ONNX; install protobuf-c-compiler, .*'
	skip "ONNX" "memsim was built without it"
	finish
fi

while IFS=$'\t' read -r model macs weights bytes in_ out_ composites; do
	case $model in '#'*) continue ;; esac
	name=${model%.onnx}
	expect_status 0 "import $name" "$t" import "$onnx/$model.gz" -o "$name.trace"
	expect_status 0 "check $name" "$t" check "$name.trace"
	"$t" info -f json "$name.trace" >info.json
	expect "$name: $macs MACs" [ "$(json info.json macs)" = "$macs" ]
	expect "$name: $weights parameters" [ "$(json info.json weight_elements)" = "$weights" ]
	awk -F'\t' -v model="${model/.external/}" '$1 == model { print $3, $4, $5 }' "$onnx/matrix.tsv" >want
	expect_status 0 "info --counting onnx" "$t" info --counting onnx -f json "$name.trace"
	expect "$name: $bytes bytes of activations" [ "$(json out activation_bytes)" = "$bytes" ]
	expect "$name: by direction" [ "$(sed -n '/"total"/,/}/s/.*_bytes": \([0-9]*\).*/\1/p' out |
		paste -sd ' ')" = "$in_ $out_" ]
	expect "$name has matrix products" [ -s want ]
	products "$name.trace" >got
	expect_same "$name: every matrix product" want got
done <"$onnx/expected.tsv"

expect_grep "nodes keep their names" '^op /layer1/layer1\.0/conv1/Conv conv2d ' resnet50.trace
gzip -dc "$onnx/resnet50.onnx.gz" >plain.bin
expect_status 0 "content decides, not the name" "$t" import plain.bin -o plain.trace
expect_same "of the same trace" plain.trace resnet50.trace
"$t" import - <plain.bin >stdin.trace
expect_same "standard input" stdin.trace resnet50.trace
for name in mobilenet_v2 resnet50; do
	expect_status 0 "memsim runs $name" "$memsim" -c ascend.cfg -f json "$name.trace"
done

# The exporter split biases, norms and activations off; folded, it is the network that
# memsim-trace makes, operator by operator.
expect_status 0 "import --fold" "$t" import --fold "$onnx/vae_decoder.onnx.gz" -o folded.trace
"$t" make vae-decoder dtype=f32 fuse=none -o made.trace
expect_same "the decoder as exported is the one that is made" <(operators folded.trace) <(operators made.trace)
for name in vit_b_16 gpt2_prefill128; do
	"$t" import --fold "$onnx/$name.onnx.gz" -o folded.trace
	"$t" info -f json folded.trace >info.json
	expect "$name: folding keeps the MACs" \
		[ "$(json info.json macs)" = "$("$t" info -f json "$name.trace" | json - macs)" ]
	for kind in 'layernorm 25' 'gelu 12' 'softmax 12'; do
		expect "$name: $kind" [ "$(grep -c "^op [^ ]* ${kind% *} " folded.trace)" = "${kind#* }" ]
	done
	expect_no_grep "$name: nothing is left of them" '^op [^ ]* (erf|tanh|pow|sqrt|reduce) ' folded.trace
done

head -c 5000 plain.bin >cut.onnx
run "$t" import cut.onnx -o cut.trace
expect_refusal 4 "a truncated model" 'memsim-trace: cut\.onnx: not an ONNX model: .*'
expect "leaves nothing" [ ! -e cut.trace ]
head -c 100000 /dev/urandom >random.head
{ printf '\b\b'; cat random.head; } >random.onnx
run "$t" import random.onnx
expect_refusal 4 "random bytes" 'memsim-trace: random\.onnx: not an ONNX model: .*'
run "$t" import "$onnx/resnet50.onnx.gz" --dim batch=4
expect_refusal 2 "a dimension that the model does not have" \
	"memsim-trace: .*: no input has a dimension without a size named 'batch'"
finish
