#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # functions are called by name
# Every wrong plan of bad/plan-cases.tsv, each an edit of one that is right: its exit status, its
# one line of message with the place, and nothing on standard output.
. "${TOP_SRCDIR:-.}/tests/lib.sh"

cat >good.trace <<'END'
memsim-trace 1
tensor x f16 64x32 role=input
tensor w f16 32x16 role=weight
tensor t f16 64x16
tensor y f16 64x16 role=output
op mm matmul in=x,w out=t
op act relu in=t out=y
END
cat >good.plan <<'END'
memsim-plan 1
trace 7f76ccd8e8b01a5b7ed9f2a3d8b8d2bd
machine cores=2 spad=65536 acc=16384 packet=512
tensor x at=0
tensor w at=4096
tensor t at=12288
tensor y at=8192
kernel mm ops=mm
buffer w spad at=0 bytes=1024
buffer x spad at=1024 bytes=1024 slots=2
buffer t spad at=3072 bytes=512
buffer s acc at=0 bytes=1024
multicast both cores=0-1
core 0
load mm w to=w multicast=both
load mm x[0:16,:] to=x@0 as=a
load mm x[16:32,:] to=x@1 as=b
matrix mm m=16 k=32 n=16 in=x@0,w out=s after=a
vector mm*256 in=s out=t after=matrix
store mm t[0:16,:] from=t after=vector
matrix mm m=16 k=32 n=16 in=x@1,w out=s after=b,vector
vector mm*256 in=s out=t after=matrix,store
store mm t[16:32,:] from=t after=vector
core 1
load mm w to=w multicast=both
load mm x[32:48,:] to=x@0 as=a
load mm x[48:64,:] to=x@1 as=b
matrix mm m=16 k=32 n=16 in=x@0,w out=s after=a
vector mm*256 in=s out=t after=matrix
store mm t[32:48,:] from=t after=vector
matrix mm m=16 k=32 n=16 in=x@1,w out=s after=b,vector
vector mm*256 in=s out=t after=matrix,store
store mm t[48:64,:] from=t after=vector
end
kernel act ops=act
buffer in spad at=0 bytes=2048
buffer out spad at=2048 bytes=2048
core 0
load act t offset=0 run=1024 to=in
vector act*512 in=in[:1024] out=out[:1024] after=load
barrier
core 0
load act t[32:64,:] to=in[1024:]
vector act*512 in=in[1024:] out=out[1024:] after=load
store act y from=out after=vector
end
end-of-plan kernels=2
END

prepare_nothing() { rm p.plan; }
prepare_empty() { : >p.plan; }
prepare_folder() { rm p.plan; mkdir p.plan; }
prepare_fifo() { rm p.plan; mkfifo p.plan; }
prepare_gzip_cut() { gzip -n <"$tmp/good.plan" | head -c 200 >p.plan; }
# The checksum of the text is bytes 8 to 5 from the end.
prepare_gzip_flip()
{
	gzip -n <"$tmp/good.plan" >whole
	{ head -c -8 whole; printf '\001\002\003\004'; tail -c 4 whole; } >p.plan
}
# A bad line, and then damage: the damage is what is wrong.
prepare_gzip_fault_cut()
{
	{ sed 's/^load/lode/' "$tmp/good.plan"; seq -f '# %g' 0 9999; } | gzip -n | head -c 2000 >p.plan
}
prepare_long_line() { { head -n 8 "$tmp/good.plan"; head -c 10000000 /dev/zero | tr '\0' x; } >p.plan; }
prepare_bomb() { head -c 200000000 /dev/zero | tr '\0' ' ' | gzip -1 >p.plan; }
prepare_buffers()
{
	{
		sed '/^buffer w/,$d' "$tmp/good.plan"
		seq -f 'buffer b%.0f spad at=0 bytes=1' 0 65536
	} >p.plan
}
# One byte a piece: what was written may not be kept without bound.
prepare_pieces()
{
	{
		sed '/^load mm w/,$d' "$tmp/good.plan"
		echo 'buffer all spad at=0 bytes=65536'
		echo 'core 0'
		seq -f "load mm x[0,0] to=all[%.0f:] traffic=refetch" 0 3 65533
	} >p.plan
}
prepare_names()
{
	{
		sed '/^load mm w/,$d' "$tmp/good.plan"
		echo 'load mm x[0,0] to=x@0'
		seq -f "load mm x[0,0] to=x@0 as=n%.0f traffic=refetch after=load" 0 1048576
	} >p.plan
}

check_case()
{
	local id=$1 edit=$2 status_wanted=$3 pattern=$4
	mkdir "$tmp/$id"
	cd "$tmp/$id" || exit 99
	cp "$tmp/good.plan" p.plan
	case $edit in
	@*) "prepare_${edit#@}" ;;
	*) sed -E "$edit" "$tmp/good.plan" >p.plan
		cmp -s p.plan "$tmp/good.plan" && fail "$id" 'the edit changes nothing' ;;
	esac
	run "$memsim" -c ideal.cfg -s core.count=2 --check -f json --plan p.plan "$tmp/good.trace"
	if [ "$status_wanted" -eq 0 ]; then
		expect "$id" [ "$status" -eq 0 ]
		[ "$status" -eq 0 ] || note "$(cat "$tmp/err")"
	else
		expect_refusal "$status_wanted" "$id" "memsim: p\\.plan$pattern"
	fi
	cd "$tmp" || exit 99
	rm -rf "${tmp:?}/$id"
}

hash=$("$memsim_trace" info good.trace | sed -n 's/.* hash //p')
sed -i "s/^trace .*/trace $hash/" good.plan
expect_status 0 'the plan that all are made of' "$memsim" -c ideal.cfg -s core.count=2 --check \
	--plan good.plan good.trace

n=0
# A tab between fields is no blank to `read`, or empty fields would vanish.
while IFS=$'\001' read -r id edit status_wanted pattern; do
	case $id in \#* | '') continue ;; esac
	n=$((n + 1))
	check_case "$id" "$edit" "$status_wanted" "$pattern"
done < <(tr '\t' '\001' <"$top_src/tests/bad/plan-cases.tsv")
expect "at least 200 cases" [ "$n" -ge 200 ]

# A state is written in place: who comes before and after whom.
cat >state.trace <<'END'
memsim-trace 1
tensor c f16 64x32 role=state
tensor n f16 1x32 role=input
tensor a f16 64x32 role=output
op store kvappend in=c,n out=c axis=0 at=9
op read relu in=c out=a
END
state_head()
{
	cat <<END
memsim-plan 1
trace $("$memsim_trace" info state.trace | sed -n 's/.* hash //p')
machine cores=4 spad=65536 acc=16384 packet=512
tensor c at=0
tensor n at=4096
tensor a at=8192
END
}
store_lines='load store n to=n
vector store*32 in=n out=o after=load
store store c[9,:] from=o after=vector'
read_lines='load read c to=c
vector read*2048 in=c out=a after=load
store read a from=a after=vector'
buffers='buffer n spad at=0 bytes=64
buffer o spad at=64 bytes=64
buffer c spad at=4096 bytes=4096
buffer a spad at=8192 bytes=4096'

# state_case NAME STATUS PATTERN LINE...: kernels of a plan
state_case()
{
	local name=$1 want=$2 pattern=$3
	shift 3
	{
		state_head
		printf '%s\n' "$@"
		echo "end-of-plan kernels=$(printf '%s\n' "$@" | grep -c '^end$')"
	} >s.plan
	run "$memsim" -c ideal.cfg --check -f json --plan s.plan state.trace
	if [ "$want" -eq 0 ]; then
		expect "$name" [ "$status" -eq 0 ]
		[ "$status" -eq 0 ] || note "$(cat "$tmp/err")"
	else
		expect_refusal "$want" "$name" "memsim: s\.plan:$pattern"
	fi
}
state_case 'a state, by kernels' 0 '' 'kernel store ops=store' "$buffers" 'core 0' "$store_lines" end \
	'kernel read ops=read' "$buffers" 'core 0' "$read_lines" end
state_case 'a state, read too early' 4 \
	"7: operator 'read' uses state 'c' after operator 'store', which no kernel up to this one has" \
	'kernel read ops=read' "$buffers" 'core 0' "$read_lines" end \
	'kernel store ops=store' "$buffers" 'core 0' "$store_lines" end
both=('kernel both ops=store,read' "$buffers" 'core 0')
state_case 'a state, by a barrier' 0 '' "${both[@]}" "$store_lines" barrier 'core 0' "$read_lines" end
state_case 'a state, without a barrier' 4 \
	"16: state 'c' was stored by another operator than 'read' on line 15, and no barrier is between" \
	"${both[@]}" "$store_lines" "$read_lines" end
state_case 'a state, the wrong way round' 4 \
	"20: state 'c' comes to operator 'store' after a later operator has loaded it on line 13" \
	"${both[@]}" "$read_lines" barrier 'core 0' "$store_lines" end
state_case 'a state that is not stored' 4 \
	"7: kernel 'store' stores 0 bytes of tensor 'c', of 64 that others need" \
	'kernel store ops=store' "$buffers" 'core 0' "${store_lines%store store*}" end \
	'kernel read ops=read' "$buffers" 'core 0' "$read_lines" end
finish
