# SPDX-License-Identifier: Apache-2.0
# What a plan file (memsim-plan(5)) must keep, judged from the trace and the text of the plan alone:
#
#   awk [-v exactly=1] [-v keeps=1] -f audit-plan.awk TRACE PLAN REPORT.csv
#
# - buffers lie in the scratchpad or the accumulators, and no slot is read before the same core has
#   written it; what a kernel has made itself is loaded behind a barrier that follows its stores;
# - every element of what is stored is stored exactly once, and what others need is stored;
# - every operator has its products and elements at least once, with `exactly` just once, and with
#   `keeps` no core makes more of them than there are;
# - bytes: what the plan calls compulsory is each external input once and each external output once,
#   counted here from the shapes; what it asks for in all is what the report says, cause by cause.
#
# For traces of scripts/random-graph: f16, four dimensions, no views.  Prints a line for each
# violation; status 1 if there is one.  The waits are left to memsim --plan, which knows them.

function bad(text) { print kernel ": " text; failed = 1 }
function attribute(name,   i) {
	for (i = 2; i <= NF; i++)
		if (index($i, name "=") == 1)
			return substr($i, length(name) + 2)
	return ""
}
function number(name) { return attribute(name) + 0 }

# --- The trace.
function take_tensor(   d, n, i) {
	n = split($4, d, "x")
	elements[$2] = 1
	for (i = 1; i <= n; i++)
		elements[$2] *= extent[$2, i] = d[i]
	dims[$2] = n
	is_wanted[$2] = $5 == "role=output"
	is_given[$2] = $5 == "role=input" || $5 == "role=weight"
}
function take_op(   i, n, in_, w) {
	order[++n_ops] = $2
	n = split(attribute("in"), in_, ",")
	for (i = 1; i <= n; i++) {
		operand[$2, i] = in_[i]
		readers[in_[i]]++
		reader[in_[i], readers[in_[i]]] = $2
	}
	n_operands[$2] = n
	result[$2] = attribute("out")
	maker[result[$2]] = $2
	w = in_[2]
	products_due[$2] = 0
	if ($3 == "conv2d")
		products_due[$2] = elements[result[$2]] * elements[w] / extent[w, 1]
}

# --- The plan.
function start_kernel(   i, n, list) {
	n_kernels++
	kernel = $2
	split("", is_here); split("", bytes); split("", made); split("", products); split("", size)
	split("", products_by); split("", made_by)
	split("", is_written); split("", corners); split("", volume); split("", behind_barrier)
	split("", members); split("", shared_seen); split("", shared_of)
	n = split(attribute("ops"), list, ",")
	for (i = 1; i <= n; i++) {
		is_here[list[i]] = 1
		kernel_of[list[i]] = n_kernels
	}
}
function needed_outside(t,   i) {
	if (is_wanted[t])
		return 1
	for (i = 1; i <= readers[t]; i++)
		if (!(reader[t, i] in is_here))
			return 1
	return 0
}
function take_buffer(   n, at_) {
	n = number("slots")
	at_ = number("at") + number("bytes") * (n > 0 ? n : 1)
	if (at_ > capacity[$3])
		bad("buffer " $2 " ends at " at_ " of " capacity[$3] " bytes of " $3)
}
# Spans that a command reads or writes; a core's slot is written before it is read.
function spans(list, is_read,   n, i, s, name) {
	n = split(list, s, ",")
	for (i = 1; i <= n; i++) {
		name = s[i]
		sub(/\[[^]]*\]$/, "", name)
		if (is_read && !((core, name) in is_written))
			bad("line " FNR ": core " core " reads " name ", which it has not written")
		if (!is_read)
			is_written[core, name] = 1
	}
}
# Sets lo[] and hi[] and returns the elements of a region: a box, or 0.
function region(text,   t, n, part, i, ends, m, size_) {
	t = text
	sub(/\[.*/, "", t)
	tensor = t
	n = text ~ /\[/ ? split(substr(text, length(t) + 2, length(text) - length(t) - 2), part, ",") : 0
	size_ = 1
	for (i = 1; i <= dims[t]; i++) {
		lo[i] = 0; hi[i] = extent[t, i]
		if (n > 0 && part[i] != ":") {
			m = split(part[i], ends, ":")
			lo[i] = ends[1]; hi[i] = m == 1 ? ends[1] + 1 : ends[2]
			if (m > 2)
				return 0
		}
		size_ *= hi[i] - lo[i]
	}
	return n == 0 || n == dims[t] ? size_ : 0
}
# The differences of a box along all its dimensions are +1 and -1 at its corners.  Boxes cover
# another one exactly if, and only if, their differences add up to that one's.
function add_corners(sign,   c, d, key, s, n) {
	n = dims[tensor]
	for (c = 0; c < 2 ^ n; c++) {
		key = tensor; s = sign
		for (d = 1; d <= n; d++)
			if (int(c / 2 ^ (d - 1)) % 2) {
				key = key " " hi[d]; s = -s
			} else {
				key = key " " lo[d]
			}
		corners[key] += s
		if (corners[key] == 0)
			delete corners[key]
	}
}
# Adds a transfer's bytes to its causes: CAUSE:BYTES,... and what is left to the last.
function add_causes(total,   list, n, i, c) {
	list = attribute("traffic")
	if (list == "")
		list = "compulsory"
	n = split(list, part, ",")
	for (i = 1; i <= n; i++) {
		split(part[i], c, ":")
		bytes[c[1]] += i == n && c[2] == "" ? total : c[2]
		total -= i == n && c[2] == "" ? total : c[2]
	}
	if (total != 0)
		bad("line " FNR ": " total " bytes without a cause")
}
function take_load(   n, group) {
	spans(attribute("to"), 0)
	n = region($3)
	if (n == 0)
		bad("line " FNR ": not a box: " $3)
	if (!is_given[tensor] && !(maker[tensor] in is_here) && !(tensor in is_stored))
		bad("line " FNR ": loads " tensor ", which no kernel has stored")
	if ((maker[tensor] in is_here) && !(tensor in behind_barrier))
		bad("line " FNR ": loads " tensor " before a barrier is behind its stores")
	group = attribute("multicast")
	if (group != "") {
		shared_of[core, group]++
		if (shared_of[core, group] <= shared_seen[group])
			return
		shared_seen[group]++
	}
	add_causes(2 * n)
	read_bytes += 2 * n
}
function take_store(   n) {
	spans(attribute("from"), 1)
	n = region($3)
	if (n == 0)
		bad("line " FNR ": not a box: " $3)
	volume[tensor] += n
	add_corners(1)
	add_causes(2 * n)
	write_bytes += 2 * n
}
function take_work(   n, i, c, list, b, pass) {
	if ($1 == "matrix") {
		b = number("batches")
		b = number("m") * number("k") * number("n") * (b > 0 ? b : 1)
		products[$2] += b
		products_by[core, $2] += b
	} else {
		n = split($2, list, ",")
		for (i = 1; i <= n; i++) {
			split(list[i], c, /[*\/]/)
			pass = c[3] == "stats" ? "stats" : "made"
			made[c[1], pass] += c[2]
			made_by[core, c[1], pass] += c[2]
		}
	}
	spans(attribute("in"), 1)
	spans(attribute("out"), 0)
}
# Every tensor that was stored: all of it, once.
function check_stores(   t, d, key) {
	for (t in volume) {
		tensor = t
		for (d = 1; d <= dims[t]; d++) {
			lo[d] = 0; hi[d] = extent[t, d]
		}
		add_corners(-1)
		is_stored[t] = 1
		if (!(maker[t] in is_here))
			bad("stores " t ", which another kernel makes")
	}
	for (key in corners) {
		bad("does not store each element once: " key)
		break
	}
}
function check_op(o,   t, n) {
	t = result[o]
	n = elements[t]
	if (needed_outside(t) && !(t in volume))
		bad("does not store " t)
	if (products[o] < products_due[o] || exactly && products[o] != products_due[o])
		bad("makes " products[o] + 0 " of " products_due[o] " products of " o)
	if (made[o, "made"] < n || exactly && made[o, "made"] != n)
		bad("makes " made[o, "made"] + 0 " of " n " elements of " o)
	if (exactly && made[o, "stats"] != 0 && made[o, "stats"] != elements[operand[o, 1]])
		bad("takes statistics of " made[o, "stats"] " elements for " o)
}
# No core does more of an operator than there is of it.
function check_core(core, o, what, done, whole) {
	if (done > whole)
		bad("core " core " makes " done " of " whole " " what " of " o)
}
function check_cores(   key, at, o) {
	for (key in products_by) {
		split(key, at, SUBSEP)
		check_core(at[1], at[2], "products", products_by[key], products_due[at[2]])
	}
	for (key in made_by) {
		split(key, at, SUBSEP)
		o = at[2]
		check_core(at[1], o, at[3] == "made" ? "elements" : "elements for statistics",
			made_by[key], elements[at[3] == "made" ? result[o] : operand[o, 1]])
	}
}
# Each external input once, each external output once.
function bound(   o, i, t, counted, sum) {
	sum = 0
	for (o in is_here) {
		for (i = 1; i <= n_operands[o]; i++) {
			t = operand[o, i]
			if (!(t in counted) && !(maker[t] in is_here))
				sum += 2 * elements[t]
			counted[t] = 1
		}
		if (needed_outside(result[o]))
			sum += 2 * elements[result[o]]
	}
	return sum
}
function end_kernel(   o, c) {
	check_stores()
	for (o in is_here)
		check_op(o)
	if (keeps)
		check_cores()
	due[n_kernels] = bound()
	if (bytes["compulsory"] != due[n_kernels])
		bad("calls " bytes["compulsory"] " bytes compulsory, of " due[n_kernels])
	for (c in bytes)
		planned[n_kernels, c] = bytes[c]
	planned_bytes[n_kernels] = read_bytes + write_bytes
	read_bytes = write_bytes = 0
}

# --- The report, one row a kernel.
function check_report(   k, c, i, moved, named) {
	k = ++n_rows
	kernel = $at["name"]
	moved = $at["read_bytes"] + $at["write_bytes"]
	named = $at["compulsory_bytes"]
	n_causes = split("halo refetch spill second_pass padding", causes, " ")
	for (i = 1; i <= n_causes; i++) {
		c = causes[i]
		named += $at["traffic." c]
		if (c != "padding" && $at["traffic." c] != planned[k, c] + 0)
			bad("reports " $at["traffic." c] " bytes of " c ", plans " planned[k, c] + 0)
	}
	if ($at["compulsory_bytes"] != due[k])
		bad("reports " $at["compulsory_bytes"] " compulsory bytes of " due[k])
	if (moved < due[k] || moved != named)
		bad("moves " moved " bytes: " due[k] " are compulsory, " named " have a name")
	if (moved != planned_bytes[k] + $at["traffic.padding"])
		bad("moves " moved " bytes, plans " planned_bytes[k])
}

FNR == 1 { file++ }
file == 1 && $1 == "tensor" { take_tensor() }
file == 1 && $1 == "op" { take_op() }
file == 2 && $1 == "machine" { capacity["spad"] = number("spad"); capacity["acc"] = number("acc") }
file == 2 && $1 == "kernel" { start_kernel() }
file == 2 && $1 == "buffer" { take_buffer() }
file == 2 && $1 == "core" { core = $2 }
file == 2 && $1 == "load" { take_load() }
file == 2 && $1 == "store" { take_store() }
file == 2 && ($1 == "matrix" || $1 == "vector") { take_work() }
file == 2 && $1 == "barrier" { for (t in volume) behind_barrier[t] = 1 }
file == 2 && $1 == "end" { end_kernel() }
file == 3 && FNR == 1 {
	FS = ","
	n_columns = split($0, columns, ",")
	for (i = 1; i <= n_columns; i++)
		at[columns[i]] = i
}
file == 3 && FNR > 1 { check_report() }
END {
	kernel = "plan"
	for (i = 1; i <= n_ops; i++)
		if (!(order[i] in kernel_of))
			bad("has no kernel for " order[i])
	if (n_rows != n_kernels)
		bad(n_kernels + 0 " kernels, of which " n_rows + 0 " are reported")
	exit failed
}
