#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Kinds of operators that move data in ways of their own, each run under both schedules with
# every audit on: the bytes of its kernels by cause, worked out by hand.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

machine=ideal.cfg

# check NAME [OPTION...] <TRACE: both schedules, audited; the table of kernels is left in $tmp/out
check()
{
	local name=$1 schedule
	shift
	{ echo 'memsim-trace 1'; cat; } >t.trace
	for schedule in baseline trace; do
		"$memsim" -c "$machine" -S "$schedule" --check -f csv --plan-out t.plan "$@" t.trace |
			cut -d, -f2- >planned
		expect_status 0 "$name: a plan of it, $schedule" \
			"$memsim" -c "$machine" --check -f csv --plan t.plan "$@" t.trace
		cut -d, -f2- "$tmp/out" >replayed
		expect_same "$name: the plan replays, $schedule" planned replayed
	done
	expect_status 0 "$name" "$memsim" -c "$machine" -S baseline,trace --check -f csv "$@" t.trace
}

# moves SCHEDULE KERNEL COLUMN=VALUE...
moves()
{
	local schedule=$1 kernel=$2 found
	shift 2
	found=$(awk -F, -v schedule="$schedule" -v kernel="$kernel" -v names="$*" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		$1 == schedule && $2 == kernel {
			n = split(names, want, " ")
			for (i = 1; i <= n; i++) {
				sub(/=.*/, "", want[i])
				printf "%s%s=%s", (i > 1 ? " " : ""), want[i], $at[want[i]]
			}
		}' "$tmp/out")
	expect "$schedule $kernel: $*" [ "$found" = "$*" ]
}

# value SCHEDULE KERNEL COLUMN
value()
{
	awk -F, -v schedule="$1" -v kernel="$2" -v name="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
		$1 == schedule && $2 == kernel { print $at[name] }' "$tmp/out"
}

# --- rope: the input, its table once whatever the batch, the output.
check 'rope' -s scratchpad.bytes=8K <<'END'
tensor x f16 4x64x32 role=input
tensor t f16 64x32 role=weight
tensor y f16 4x64x32 role=output
op turn rope in=x,t out=y
END
moves trace turn compulsory_bytes=$((16384 + 4096 + 16384)) traffic.halo=0 macs=0

check 'rope behind a product stays on chip' <<'END'
tensor x f16 64x32 role=input
tensor w f16 32x32 role=weight
tensor q f16 64x32
tensor t f16 64x32 role=weight
tensor y f16 64x32 role=output
op project matmul in=x,w out=q
op turn rope in=q,t out=y
fuse project turn
END
moves baseline turn compulsory_bytes=$((3 * 4096))
moves trace project..turn compulsory_bytes=$((4096 + 2048 + 4096 + 4096)) traffic.spill=0

# --- reduce over an axis that no tile holds: two passes, the first over the operand.
check 'reduce in two passes' -s core.count=4 -s scratchpad.bytes=64K <<'END'
tensor x f16 256x512 role=input
tensor y f16 1x512 role=output
op r reduce in=x out=y fn=sum axes=0
END
moves trace r compulsory_bytes=$((262144 + 1024)) traffic.spill=0

# --- quant and dequant: a scale for each group of 16 along the axis.
check 'quant by groups' <<'END'
tensor x f16 32x64 role=input
tensor s f32 32x4 role=weight
tensor y i8 32x64 role=output
op q quant in=x,s out=y group=16
END
moves trace q compulsory_bytes=$((4096 + 512 + 2048))

check 'dequant into what follows' <<'END'
tensor x i8 32x64 role=input
tensor s f32 64 role=weight
tensor d f16 32x64
tensor y f16 32x64 role=output
op d dequant in=x,s out=d
op r relu in=d out=y
fuse d r
END
moves baseline d compulsory_bytes=$((2048 + 256 + 4096))
moves trace d..r compulsory_bytes=$((2048 + 256 + 4096)) traffic.spill=0

# --- pad: what lies in padding is written and not read.
check 'pad' -s scratchpad.bytes=4K <<'END'
tensor x f16 1x8x16x16 role=input
tensor y f16 1x8x20x50 role=output
op p pad in=x out=y pads=0,0,1,30,0,0,3,4
END
moves trace p compulsory_bytes=$((4096 + 16000)) traffic.halo=0 traffic.refetch=0

check 'pad between products' <<'END'
tensor x f16 1x8x16x16 role=input
tensor w f16 8x8x1x1 role=weight
tensor v f16 4x8x3x3 role=weight
tensor a f16 1x8x16x16
tensor b f16 1x8x26x18
tensor y f16 1x4x24x16 role=output
op c conv2d in=x,w out=a
op p pad in=a out=b pads=0,0,9,1,0,0,1,1
op d conv2d in=b,v out=y
fuse c p d
END
moves trace c..d compulsory_bytes=$((4096 + 128 + 576 + 3072))

# --- Products that are masked, and scaled.
check 'a causal product' -s scratchpad.bytes=8K -s core.matrix.m=8 -s core.matrix.n=8 <<'END'
tensor q f16 4x64x32 role=input
tensor k f16 4x64x32 role=input
tensor y f16 4x64x64 role=output
op scores matmul in=q,k out=y transpose_b=1 mask=causal
END
moves trace scores compulsory_bytes=$((16384 + 16384 + 32768)) macs=$((4 * 32 * 64 * 65 / 2))
expect 'tiles that the mask leaves nothing of are not computed' \
	[ "$(value trace scores executed_macs)" -le $((4 * 32 * 64 * 64 * 3 / 4)) ]

check 'masked attention' -s kernel.softmax=whole <<'END'
tensor q f16 4x64x32 role=input
tensor k f16 4x64x32 role=input
tensor v f16 4x64x32 role=input
tensor s f16 4x64x64
tensor p f16 4x64x64
tensor y f16 4x64x32 role=output
op scores matmul in=q,k out=s transpose_b=1 mask=window:16
op softmax softmax in=s out=p
op values matmul in=p,v out=y
fuse scores softmax values
END
moves baseline scores compulsory_bytes=$((16384 + 16384 + 32768)) \
	macs=$((4 * 32 * (16 * 17 / 2 + 48 * 16)))
moves trace scores..values compulsory_bytes=$((4 * 16384)) traffic.spill=0

check 'a product by scaled integers' -s scratchpad.bytes=8K <<'END'
tensor x f16 16x256 role=input
tensor w i8 256x48 role=weight
tensor b f16 48 role=weight
tensor s f16 8x48 role=weight
tensor h f16 16x48
tensor y f16 16x48 role=output
op product matmul in=x,w,b,s out=h group=32
op act silu in=h out=y
fuse product act
END
moves baseline product compulsory_bytes=$((8192 + 12288 + 96 + 768 + 1536)) \
	macs=$((16 * 48 * 256))
moves trace product..act compulsory_bytes=$((8192 + 12288 + 96 + 768 + 1536))

# --- convtranspose2d: every input meets every tap once, whatever the tiles; the input is read
# once but for what windows share.
check 'a transposed convolution' -s scratchpad.bytes=16K <<'END'
tensor x f16 1x16x24x24 role=input
tensor w f16 16x8x4x4 role=weight
tensor b f16 8 role=weight
tensor y f16 1x8x48x48 role=output
op up convtranspose2d in=x,w,b out=y stride=2 pad=1
END
moves trace up compulsory_bytes=$((18432 + 4096 + 16 + 36864)) \
	macs=$((16 * 24 * 24 * 8 * 16)) executed_macs=$((16 * 24 * 24 * 8 * 16)) traffic.refetch=0

check 'a decoder step' -s scratchpad.bytes=16K <<'END'
tensor x f16 1x16x24x24 role=input
tensor v f16 16x16x3x3 role=weight
tensor a f16 1x16x24x24
tensor w f16 16x8x2x2 role=weight
tensor u f16 1x8x48x48
tensor y f16 1x8x48x48 role=output
op conv conv2d in=x,v out=a pad=1
op up convtranspose2d in=a,w out=u stride=2
op act relu in=u out=y
fuse conv up act
END
moves trace conv..act compulsory_bytes=$((18432 + 4608 + 1024 + 36864)) traffic.spill=0

# --- Views that no strides can name are copied: a kernel that reads and writes them, and that
# ideal_bytes know nothing of.
check 'concat of inputs' -s scratchpad.bytes=8K <<'END'
tensor a f16 1x24x16x16 role=input
tensor b f16 1x40x16x16 role=input
tensor y f16 1x64x16x16 role=output
op join concat in=a,b out=y axis=1
END
moves trace join ideal_bytes=0 compulsory_bytes=$((12288 + 20480 + 32768)) traffic.halo=0 \
	traffic.refetch=0

check 'a skip connection' <<'END'
tensor x f16 1x16x16x16 role=input
tensor s f16 1x8x32x32 role=input
tensor u f16 1x16x32x32
tensor j f16 1x24x32x32
tensor w f16 8x24x3x3 role=weight
tensor y f16 1x8x32x32 role=output
op up upsample in=x out=u
op join concat in=u,s out=j axis=1
op conv conv2d in=j,w out=y pad=1
fuse up join conv
END
moves baseline join compulsory_bytes=$((32768 + 16384 + 49152))
moves trace up..conv compulsory_bytes=$((8192 + 16384 + 3456 + 16384)) traffic.spill=0

check 'a tensor joined with itself is read again' <<'END'
tensor x f16 32x48 role=input
tensor y f16 64x48 role=output
op join concat in=x,x out=y axis=0
END
moves trace join compulsory_bytes=$((3072 + 6144)) traffic.refetch=3072

check 'heads that become one' <<'END'
tensor x f16 4x64x32 role=input
tensor t f16 64x4x32
tensor r f16 64x128
tensor y f16 64x128 role=output
op turn transpose in=x out=t perm=1,0,2
op merge reshape in=t out=r
op act relu in=r out=y
fuse merge act
END
moves baseline merge ideal_bytes=0 compulsory_bytes=$((16384 + 16384)) traffic.refetch=0
moves baseline act compulsory_bytes=$((16384 + 16384))
moves trace merge..act compulsory_bytes=$((16384 + 16384)) traffic.spill=0

check 'a map that becomes a vector' -s scratchpad.bytes=64K <<'END'
tensor x f16 1x32x7x7 role=input
tensor f f16 1x1568
tensor w f16 1568x10 role=weight
tensor y f16 1x10 role=output
op flat reshape in=x out=f
op out matmul in=f,w out=y
fuse flat out
END
moves baseline flat compulsory_bytes=$((3136 + 3136))
moves trace flat..out compulsory_bytes=$((3136 + 31360 + 20))

# --- kvappend: what is new is written where it goes, and nothing else of the cache is touched.
check 'an append' <<'END'
tensor c f16 4x64x32 role=state
tensor n f16 4x8x32 role=input
op store kvappend in=c,n out=c axis=1 at=40
END
moves trace store compulsory_bytes=$((2048 + 2048)) read_bytes=2048 write_bytes=2048

check 'a step of attention' <<'END'
tensor x f16 4x1x32 role=input
tensor w f16 32x32 role=weight
tensor c f16 4x64x32 role=state
tensor k f16 4x1x32
tensor s f16 4x1x64
tensor p f16 4x1x64 role=output
op key matmul in=x,w out=k
op store kvappend in=c,k out=c axis=1 at=63
op scores matmul in=x,c out=s transpose_b=1
op softmax softmax in=s out=p
fuse key store scores softmax
END
moves baseline store compulsory_bytes=$((256 + 256))
moves baseline scores compulsory_bytes=$((256 + 16384 + 512))
moves trace key..softmax compulsory_bytes=$((256 + 2048 + 256 + 16384 + 512))

check 'a state is written after it is read, and read after it is written' <<'END'
tensor c f16 64x32 role=state
tensor n f16 1x32 role=input
tensor a f16 64x32 role=output
tensor b f16 64x32 role=output
op before relu in=c out=a
op store kvappend in=c,n out=c axis=0 at=9
op after relu in=c out=b
fuse before store after
END
moves trace before..after compulsory_bytes=$((3 * 4096 + 64 + 64)) traffic.refetch=4096

# The group needs what comes after the append of another kernel.
check 'kernels wait for states' <<'END'
tensor c f16 64x32 role=state
tensor n f16 1x32 role=input
tensor x f16 64x32 role=input
tensor a f16 64x32
tensor b f16 64x32
tensor y f16 64x32 role=output
op first relu in=x out=a
op store kvappend in=c,n out=c axis=0 at=9
op read relu in=c out=b
op last add in=a,b out=y
fuse first last
END
expect 'the append runs before the read' \
	[ "$(cut -d, -f2 "$tmp/out" | tail -n 3 | tr '\n' ' ')" = 'store read first..last ' ]

# --- gather: all indices, and the rows or pages that they name.
check 'an embedding' -s scratchpad.bytes=16K <<'END'
tensor t f16 1000x64 role=weight
tensor i i32 2x48 role=input
tensor y f16 2x48x64 role=output
op look gather in=t,i out=y rows=random:1
END
moves trace look compulsory_bytes=$((12288 + 384 + 12288)) traffic.refetch=0 traffic.halo=0

check 'pages of a table' -s scratchpad.bytes=16K <<'END'
tensor t f16 1000x64 role=weight
tensor i i32 48 role=input
tensor y f16 48x64 role=output
op look gather in=t,i out=y rows=random:1 page=4
END
moves trace look compulsory_bytes=$((4 * 6144 + 192 + 6144))

check 'pages in a row are shared' -s scratchpad.bytes=16K <<'END'
tensor t f16 1000x64 role=weight
tensor i i32 49 role=input
tensor y f16 49x64 role=output
op look gather in=t,i out=y page=4
END
moves trace look compulsory_bytes=$((52 * 128 + 196 + 49 * 128))

check 'more indices than rows' -s scratchpad.bytes=16K <<'END'
tensor t f16 40x64 role=weight
tensor i i32 4x25 role=input
tensor y f16 4x25x64 role=output
op look gather in=t,i out=y rows=random:5
END
moves trace look compulsory_bytes=$((40 * 128 + 400 + 12800)) traffic.refetch=$((60 * 128))

check 'tokens and their positions' <<'END'
tensor t f16 1000x64 role=weight
tensor i i32 2x48 role=input
tensor j i32 48 role=input
tensor e f16 2x48x64
tensor q f16 64x64 role=weight
tensor u f16 48x64
tensor s f16 2x48x64
tensor y f16 2x48x64 role=output
op look gather in=t,i out=e rows=random:1
op where gather in=q,j out=u
op sum add in=e,u out=s
op norm layernorm in=s out=y
fuse look where sum norm
END
moves trace look..norm traffic.spill=0 \
	compulsory_bytes=$((12288 + 384 + 48 * 128 + 192 + 12288))

# --- custom: nobody knows what it needs for what, so all inputs are read, then all outputs made.
check 'an operator of its own' -s scratchpad.bytes=8K <<'END'
tensor a f16 1x16x32x32 role=input
tensor b f32 100x7 role=input
tensor y f16 64x64 role=output
tensor z i8 1000 role=output
op own custom in=a,b out=y,z macs=409600 vector_ops=50000
END
moves trace own compulsory_bytes=$((32768 + 2800 + 8192 + 1000)) macs=409600 \
	executed_macs=409600 traffic.refetch=0 traffic.halo=0

check 'one of nothing, and one of the same twice' <<'END'
tensor r f16 32x32
tensor y f16 32x32 role=output
op random custom out=r vector_ops=9000
op twice custom in=r,r out=y
END
moves trace random compulsory_bytes=2048 read_bytes=0
moves trace twice compulsory_bytes=$((2048 + 2048)) read_bytes=2048 traffic.refetch=0

check 'one between others' <<'END'
tensor x f16 64x64 role=input
tensor a f16 64x64
tensor b f16 32x64
tensor c f16 10
tensor y f16 32x64 role=output
tensor z f16 10 role=output
op before relu in=x out=a
op own custom in=a out=b,c vector_ops=100
op after relu in=b out=y
op other silu in=c out=z
fuse before own after other
END
moves baseline own compulsory_bytes=$((8192 + 4096 + 20))
moves trace before..other compulsory_bytes=$((8192 + 4096 + 20)) \
	traffic.spill=$((2 * 8192 + 2 * 4096 + 2 * 20))

finish
