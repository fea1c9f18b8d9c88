#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Corners of planning, each the smallest trace that once went wrong: every one must run with
# all audits on, or be refused in one clear line.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

machine=ideal.cfg

# check NAME [OPTION...] <TRACE: both schedules, audited; the table of kernels is left in $tmp/out
check()
{
	local name=$1
	shift
	{ echo 'memsim-trace 1'; cat; } >t.trace
	expect_status 0 "$name" "$memsim" -c "$machine" -S baseline,trace --check -f csv "$@" t.trace
}

# column KERNEL NAME: a value of the fused schedule's row
column()
{
	awk -F, -v kernel="$1" -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		$1 == "trace" && $2 == kernel { print $at[name] }' "$tmp/out"
}

# --- Chunks of a product's contracted axis.
for layout in nchw nhwc; do
	check "a window over the edge of a chunk, $layout" -s noc.core_bytes_per_cycle=4 <<END
tensor x f16 1x4x4x33 role=input layout=$layout
tensor p f16 1x4x1x30 layout=$layout
tensor w f16 30x16 role=weight
tensor y f16 1x4x1x16 role=output layout=$layout
op pool avgpool in=x out=p kernel=4,4 stride=1
op product matmul in=p,w out=y
fuse pool product
END
done

check 'an operand that does not follow the chunks' -s scratchpad.bytes=4K <<'END'
tensor x f16 256x256 role=input
tensor s f16 256x1 role=input
tensor m f16 256x256
tensor w f16 256x64 role=weight
tensor y f16 256x64 role=output
op scale mul in=x,s out=m
op product matmul in=m,w out=y
fuse scale product
END

check 'a whole axis and its chunks, both of one value' -s scratchpad.bytes=12K <<'END'
tensor x f16 16x256 role=input
tensor e f16 16x256
tensor r f16 16x1
tensor d f16 16x256
tensor w f16 256x64 role=weight
tensor y f16 16x64 role=output
op exp exp in=x out=e
op sum reduce in=e out=r fn=sum axes=1
op div div in=e,r out=d
op product matmul in=d,w out=y
fuse exp sum div product
END

# --- Slices of the results that drain a product.
check 'operands that no slice moves are loaded once' -s scratchpad.bytes=1K <<'END'
tensor x f16 1x1x1x40 role=input
tensor w f16 52x1x1x3 role=weight
tensor c f16 1x52x1x40
tensor s f16 52 role=weight
tensor h f16 52 role=weight
tensor y f16 1x52x1x40 role=output
op conv conv2d in=x,w out=c pad=0,1
op norm batchnorm in=c,s,h out=y
fuse conv norm
END
expect 'nothing but the window is read twice' [ "$(column conv..norm compulsory_bytes)" -eq \
	$((80 + 312 + 208 + 4160)) ]

# --- Views of one storage.
views='tensor x f16 2x64x1x1 role=input
tensor s f16 1x64x1x1
tensor t f16 64x2x1x1
tensor a f16 1x64x1x1 role=output
tensor b f16 64x2x1x1 role=output
op cut slice in=x out=s axes=0 starts=0 ends=1
op turn transpose in=x out=t perm=1,0,2,3
op one relu in=s out=a
op two relu in=t out=b
fuse one two'
check 'a slice inside a transposed view' <<<"$views"
expect 'the slice is read again' [ "$(column one..two compulsory_bytes)" -eq $((256 + 384)) ]
expect 'and called so' [ "$(column one..two traffic.refetch)" -eq 128 ]

# Rows 0 to 59 and, turned, 20 to 99: 40 of them twice.
check 'views that overlap in part' <<'END'
tensor x f16 100x64 role=input
tensor s f16 60x64
tensor r f16 80x64
tensor t f16 64x80
tensor a f16 60x64 role=output
tensor b f16 64x80 role=output
op head slice in=x out=s axes=0 starts=0 ends=60
op tail slice in=x out=r axes=0 starts=20 ends=100
op turn transpose in=r out=t
op one relu in=s out=a
op two relu in=t out=b
fuse one two
END
expect 'every byte is first read once' [ "$(column one..two compulsory_bytes)" -eq \
	$((100 * 128 + 60 * 128 + 80 * 128)) ]
expect 'the shared rows are read again' [ "$(column one..two traffic.refetch)" -eq $((40 * 128)) ]

check 'the parts of a split are no repetition' <<'END'
tensor x f16 32x64 role=input
tensor q f16 32x24
tensor k f16 32x40
tensor a f16 32x24 role=output
tensor b f16 32x40 role=output
op cut split in=x out=q,k axis=1
op one relu in=q out=a
op two relu in=k out=b
fuse one two
END
expect 'each part is compulsory' [ "$(column one..two compulsory_bytes)" -eq $((2 * 4096)) ]

check 'a broadcast view repeats no bytes' -s scratchpad.bytes=1K <<'END'
tensor x f32 2x16x1x16 role=input
tensor e f32 2x16x20x16
tensor y f32 2x16x20x16 role=output
op wide expand in=x out=e
op copy relu in=e out=y
END

check 'a broadcast view under a window with padding' -s scratchpad.bytes=1K \
	-s scratchpad.accumulator_bytes=0 <<'END'
tensor x bf16 2x1x32 role=input
tensor e bf16 3x2x8x32 layout=nchw
tensor w bf16 7x2x1x3 role=weight layout=nchw
tensor b bf16 7 role=weight
tensor y bf16 3x7x3x27 role=output layout=nchw
op wide expand in=x out=e
op conv conv2d in=e,w,b out=y stride=4,1 pad=1,1,1,0 dilation=2,3
END

check 'a broadcast view under a dilated window' -s core.count=2 -s scratchpad.bytes=4K \
	-s scratchpad.accumulator_bytes=1K <<'END'
tensor x i8 1x64x16x5 role=input
tensor e i8 8x64x16x5
tensor w i8 64x1x3x2 role=weight
tensor y i8 8x64x18x2 role=output
op wide expand in=x out=e
op conv conv2d in=e,w out=y stride=1,3 pad=2 dilation=1,3 groups=64
END

# --- Tiles that lie in padding alone.
check 'padding along one dimension hides no other' <<'END'
tensor x bf16 1x100x40x64 role=input
tensor w bf16 60x5x5x1 role=weight
tensor b bf16 60 role=weight
tensor y bf16 1x60x36x23 role=output
op conv conv2d in=x,w,b out=y stride=1,3 pad=0,2,0,2 groups=20
END

machine=ascend.cfg
check 'cores in padding meet the others for weights' <<'END'
tensor x bf16 1x16x40x1 role=input
tensor v f16 16x16x1x3 role=weight
tensor c f16 1x16x11x3
tensor w f16 7x16x1x3 role=weight
tensor y f16 1x7x15x2 role=output
op first conv2d in=x,v out=c stride=4,1 pad=1,2,1,2
op last conv2d in=c,w out=y stride=1,3 pad=2
fuse first last
END

machine=ideal.cfg
# --- One value, read in two ways.
check 'a product of a value with itself, transposed' <<'END'
tensor x f32 32x40 role=input
tensor g f32 40 role=weight
tensor n f32 32x40
tensor y f32 32x32 role=output
op norm rmsnorm in=x,g out=n axis=1
op product matmul in=n,n out=y transpose_b=1
fuse norm product
END

check 'a square of a product' -s scratchpad.bytes=8K <<'END'
tensor x f8 16x100 role=input
tensor m f8 100x100
tensor y f8 100x100 role=output
op gram matmul in=x,x out=m transpose_a=1
op square matmul in=m,m out=y transpose_b=1
fuse gram square
END

check 'one conflict in two phases' -s scratchpad.bytes=4K <<'END'
tensor x f16 2x32x33 role=input
tensor z f16 1x32x33 role=input
tensor m f16 2x32x33
tensor p f16 2x33x33
tensor u f16 2x33x66 role=output
tensor v f16 2x33x33 role=output
op scale mul in=x,z out=m
op gram matmul in=m,m out=p transpose_a=1
op wide upsample in=p out=u scale=2
op own mul in=p,p out=v
fuse scale gram wide own
END

check 'windows that look to different sides' -s scratchpad.bytes=2K <<'END'
tensor x f16 1x8x16x16 role=input
tensor e f16 1x8x16x16
tensor l f16 1x8x16x16
tensor r f16 1x8x16x16
tensor y f16 1x8x16x16 role=output
op exp exp in=x out=e
op left maxpool in=e out=l kernel=3 stride=1 pad=2,2,0,0
op right maxpool in=e out=r kernel=3 stride=1 pad=0,0,2,2
op sum add in=l,r out=y
fuse exp left right sum
END

check 'groups that tiles do not begin with' -s dma.packet_bytes=32 <<'END'
tensor x f16 9x33 role=input
tensor g f16 33 role=weight
tensor n f16 9x33
tensor a f16 9x16 role=input
tensor y f16 33x16 role=output
op norm groupnorm in=x,g out=n groups=11
op product matmul in=n,a out=y transpose_a=1
fuse norm product
END

# --- Which vector work is one command.
check 'two products whose results need each other' -s scratchpad.bytes=512K <<'END'
tensor x f16 1x16x16x16 role=input
tensor v f16 16x16x1x1 role=weight
tensor w f16 16x16x3x3 role=weight
tensor a f16 1x16x16x16
tensor b f16 1x16x16x16
tensor c f16 1x16x16x16
tensor d f16 1x16x16x16
tensor y f16 1x16x16x16 role=output
tensor z f16 1x16x16x16 role=output
op point conv2d in=x,v out=a
op scale mul in=a,x out=b
op again mul in=b,x out=c
op window conv2d in=x,w out=d pad=1
op one add in=d,c out=y
op two mul in=a,d out=z
fuse point scale again window one two
END

# --- Refusals.
refuse()
{
	local status_wanted=$1 name=$2 pattern=$3
	shift 3
	{ echo 'memsim-trace 1'; cat; } >t.trace
	run "$memsim" -c "$machine" "$@" t.trace
	expect_refusal "$status_wanted" "$name" "memsim: $pattern"
}

refuse 4 'an operator that cannot run yet has its line' \
	"t\\.trace:4: operator 'o' of kind relu cannot be simulated: .*" <<'END'
tensor x i4 4x4 role=input
tensor y i4 4x4 role=output
op o relu in=x out=y
END
"$memsim" -c "$machine" - <t.trace 2>standard-input
expect_grep 'from standard input as well' "^memsim: standard input:4: operator 'o' " standard-input
refuse 7 'a type without a matrix unit has its line' \
	"t\\.trace:5: operator 'o' needs a matrix unit for f64; .*" -s core.matrix.k_f32=0 <<'END'
tensor x f64 8x8 role=input
tensor w f64 8x8 role=weight
tensor y f64 8x8 role=output
op o matmul in=x,w out=y
END
{
	echo 'tensor t0 f16 4 role=input'
	for i in $(seq 65); do
		echo "tensor t$i f16 4 $([ "$i" -lt 65 ] || echo role=output)"
		echo "op o$i relu in=t$((i - 1)) out=t$i"
	done
	echo "fuse $(seq -f 'o%g' -s ' ' 65)"
} >group.lines
refuse 6 'a group that is too large has its line' \
	"t\\.trace:4: kernel 'o1\\.\\.o65': 65 operators in one fuse group \\(limit 64\\); .*" \
	<group.lines

# A number that helps: with it the trace runs, with less it does not.
window='tensor x f16 1x16x64x64 role=input
tensor y f16 1x16x1x1 role=output
op pool maxpool in=x out=y kernel=64'
refuse 7 'a scratchpad that is too small says what would do' \
	"kernel 'pool' does not fit: the trace needs [0-9]+ bytes of scratchpad a core .*" \
	-s scratchpad.bytes=1K <<<"$window"
needs=$(sed 's/.*needs \([0-9]*\) bytes.*/\1/' "$tmp/err")
check 'it does' -s "scratchpad.bytes=$needs" <<<"$window"
refuse 7 'less does not' '.* does not fit: .*' -s "scratchpad.bytes=$((needs - 64))" <<<"$window"

# The most that a dimension can be, beside it one of 8.
for shape in 8x8:8x2147483647:8x2147483647 8x2147483647:2147483647x8:8x8; do
	IFS=: read -r a b y <<<"$shape"
	refuse 7 "a matmul of $shape says what would hold it" \
		'the model does not fit in HBM: .*; a memory of at least [34][0-9]{10} bytes would hold it' \
		<<END
tensor a f16 $a role=input
tensor b f16 $b role=weight
tensor y f16 $y role=output
op o matmul in=a,b out=y
END
done

# --- Traffic of less than a tick.
printf 'memsim-trace 1\ntensor x f16 4 role=input\ntensor y f16 4 role=output\n%s\n' \
	'op o relu in=x out=y' >t.trace
run "$memsim" -c "$machine" -s hbm.bandwidth=2048G t.trace
expect_no_grep 'some bandwidth is achieved' '= achieved  *0 B/s' "$tmp/out"
finish
