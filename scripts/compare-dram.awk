# SPDX-License-Identifier: Apache-2.0
# The tables of scripts/compare-dram: awk -f FILE -v table=NAME CSV...
# Which file is which follows from its line of column names.  Status 1: something that should
# be equal is not, or a rule is broken.

# Of a channel, in ticks: JESD235 and JESD238 as Ramulator 2.1 has them.
BEGIN {
	FS = ","
	# bytes a tick at peak, PCs and banks; ticks that a burst takes the data bus, an ACT the row bus
	set_timing("HBM2", "bytes=32 pcs=2 banks=32 burst=2 act=2 " \
		"nRRDS=4 nRREFD=8 nFAW=15 nRC=48")
	set_timing("HBM3", "bytes=16 pcs=2 banks=64 burst=4 act=3 " \
		"nRRDS=8 nRREFD=16 nFAW=48 nRC=144")
	n_compared = split("cycles row_hits row_misses row_conflicts acts pre_pb pre_ab refs " \
		"forwarded_reads coalesced_writes read_latency_sum_cycles", compared, " ")
	n_classes = split("refresh turnaround row column command", classes, " ")
}

function set_timing(standard, values,   i, n, pair, f) {
	n = split(values, pair, " ")
	for (i = 1; i <= n; i++) {
		split(pair[i], f, "=")
		timing[standard, f[1]] = f[2]
	}
}

/^#/ { next }
/^(simulator|standard),/ {
	split("", at)
	for (i = 1; i <= NF; i++) at[$i] = i
	next
}
{ row = $1 "," $at["standard"] "," $at["channels"] "," $at["mapping"] "," $at["stream"] }
"rule" in at {
	rule = $0
	sub(/^[^,]*,[^,]*,[^,]*,[^,]*,/, "", rule)
	rules[++n_rules] = rule
	for (name in at) of_rule[n_rules, name] = $at[name]
	next
}
"cycles_within_percent" in at { band[row] = $at["cycles_within_percent"]; next }
"policy" in at {
	policy = $at["policy"]
	ran[row, policy] = 1
	for (name in at) found[row, policy, name] = $at[name]
	next
}
{
	order[++n_rows] = row
	for (name in at) reference[row, name] = $at[name]
}

function is_shown(row, simulator, policy) {
	return index(row, simulator) == 1 && ((row, policy) in ran)
}
function title(text) {
	if (n_titles++) print ""
	print text
	print ""
}
function print_place(row,   f) {
	split(row, f, ",")
	printf "%-5s%3d  %-13s%-7s", f[2], f[3], f[4], f[5]
}
# Share of the peak that so many cycles mean.
function share(row, cycles,   f) {
	split(row, f, ",")
	return reference[row, "requests"] * reference[row, "bytes_per_request"] / \
		(cycles * f[3] * timing[f[2], "bytes"])
}
function ratio(row, policy) {
	return reference[row, "cycles"] / found[row, policy, "cycles"]
}
function mean_latency(row,   f, reads) {
	split(row, f, ",")
	reads = found[row, "imitated", "read"] / timing[f[2], "burst"] + \
		found[row, "imitated", "forwarded_reads"]
	return reads ? found[row, "imitated", "read_latency_sum_cycles"] / reads : 0
}

function differences(row,   i, name, text) {
	for (i = 1; i <= n_compared; i++) {
		name = compared[i]
		if (found[row, "imitated", name] + 0 != reference[row, name] + 0)
			text = text " " name "=" reference[row, name]
	}
	return text
}
function table_ramulator(   i, row, text, equal, n) {
	title("Ramulator 2.1, imitated")
	printf "%-8s  %-13s%-7s%9s%8s%8s%8s%8s%8s%6s%6s%6s%6s%9s\n", "      ch", "mapping",
		"stream", "cycles", "hits", "misses", "confl.", "ACT", "PREpb", "PREab", "REF",
		"forw.", "coal.", "latency"
	for (i = 1; i <= n_rows; i++) {
		row = order[i]
		if (!is_shown(row, "ramulator2", "imitated")) continue
		n++
		print_place(row)
		printf "%9d%8d%8d%8d%8d%8d%6d%6d%6d%6d%9.2f", found[row, "imitated", "cycles"],
			found[row, "imitated", "row_hits"], found[row, "imitated", "row_misses"],
			found[row, "imitated", "row_conflicts"], found[row, "imitated", "acts"],
			found[row, "imitated", "pre_pb"], found[row, "imitated", "pre_ab"],
			found[row, "imitated", "refs"], found[row, "imitated", "forwarded_reads"],
			found[row, "imitated", "coalesced_writes"], mean_latency(row)
		text = differences(row)
		equal += text == ""
		print (text == "" ? "  equal" : "  NOT EQUAL:" text)
	}
	printf "\n%d of %d rows equal in every column\n", equal, n
	return n - equal
}

function table_rules(   i, broken, n) {
	title("Rules, under the commands of all runs that imitate Ramulator 2.1")
	printf "%-5s%6s%8s%12s  %s\n", "", "runs", "slack", "violations", "rule"
	for (i = 1; i <= n_rules; i++)
		if (rules[i] != "commands")
			printf "%-5s%6d%8.1f%12d  %s\n", of_rule[i, "standard"], of_rule[i, "runs"],
				of_rule[i, "slack"], of_rule[i, "broken"], rules[i]
	print ""
	for (i = 1; i <= n_rules; i++) {
		if (rules[i] != "commands") continue
		n = broken_rules(of_rule[i, "standard"])
		broken += n
		printf "%s: %d violations in %.0f commands of %d runs\n", of_rule[i, "standard"],
			n, of_rule[i, "slack"], of_rule[i, "runs"]
	}
	return broken
}
function broken_rules(standard,   i, n) {
	for (i = 1; i <= n_rules; i++)
		if (of_rule[i, "standard"] == standard) n += of_rule[i, "broken"]
	return n + 0
}

function table_dramsim(   i, row, off, within, n) {
	title("DRAMsim3: its machine, under memsim's policy with settings like its own")
	printf "%-8s  %-13s%-7s%10s%10s%9s%7s\n", "      ch", "mapping", "stream", "DRAMsim3",
		"memsim", "cycles", "band"
	for (i = 1; i <= n_rows; i++) {
		row = order[i]
		if (!is_shown(row, "dramsim3", "imitated")) continue
		off = 100 / ratio(row, "imitated") - 100
		print_place(row)
		printf "%10d%10d%+8.2f%%", reference[row, "cycles"], found[row, "imitated", "cycles"],
			off
		if (band[row] == "") { print "   none"; continue }
		n++
		within += off <= band[row] + 0 && off >= -band[row]
		printf "%6d%%%s\n", band[row],
			(off > band[row] + 0 ? "  slower" : off < -band[row] ? "  faster" : "")
	}
	printf "\n%d of %d rows within their bands\n", within, n
	return 0
}

function print_ratio(row, policy) {
	if ((row, policy) in ran) printf "%10.3f", ratio(row, policy)
	else printf "%10s", "-"
}
function table_own(   i, row) {
	title("memsim's own policy: cycles, share of the peak, and how many times as fast as the peer")
	printf "%-8s  %-13s%-7s%10s%10s%8s%8s%10s%10s%10s\n", "      ch", "mapping", "stream",
		"peer", "memsim", "peer", "memsim", "faster", "same size", "all-bank"
	for (i = 1; i <= n_rows; i++) {
		row = order[i]
		if (!((row, "own") in ran)) continue
		if (index(row, "dramsim3,") == 1 && !n_dramsim++) print "DRAMsim3"
		if (index(row, "ramulator2,") == 1 && !n_ramulator++) print "Ramulator 2.1"
		print_place(row)
		printf "%10d%10d%8.3f%8.3f", reference[row, "cycles"], found[row, "own", "cycles"],
			share(row, reference[row, "cycles"]), share(row, found[row, "own", "cycles"])
		print_ratio(row, "own")
		print_ratio(row, "same-size")
		print_ratio(row, "all-bank")
		print ""
	}
	return 0
}

# How many times as fast, by stream: least and most over mappings and numbers of channels.
function add_summary(row, policy, key,   r) {
	if (!((row, policy) in ran)) return
	r = ratio(row, policy)
	if (!n_of[key] || r < least[key]) least[key] = r
	if (!n_of[key] || r > most[key]) most[key] = r
	n_of[key]++
	n_slower[key] += r < 1
}
function print_summary(key) {
	if (n_of[key]) printf "%8.2f%7.2f%4d", least[key], most[key], n_slower[key]
	else printf "%19s", "-"
}
function table_summary(   i, j, row, f, m, streams, seen, key) {
	title("memsim's own policy, how many times as fast as the peer: least, most, rows slower")
	printf "%-8s%4s%16s%19s    %4s%16s%19s\n", "stream", "rows", "Ramulator 2.1", "same size",
		"rows", "DRAMsim3", "same size"
	for (i = 1; i <= n_rows; i++) {
		row = order[i]
		split(row, f, ",")
		if (!((row, "own") in ran)) continue
		if (!(f[5] in seen)) { seen[f[5]] = 1; streams[++m] = f[5] }
		add_summary(row, "own", f[1] f[5])
		add_summary(row, "same-size", f[1] f[5] "same")
	}
	for (j = 1; j <= m; j++) {
		printf "%-8s%4d", streams[j], n_of["ramulator2" streams[j]]
		print_summary("ramulator2" streams[j])
		print_summary("ramulator2" streams[j] "same")
		printf "    %4d", n_of["dramsim3" streams[j]]
		print_summary("dramsim3" streams[j])
		print_summary("dramsim3" streams[j] "same")
		print ""
	}
	return 0
}

# The reference streams as such: one channel, the mapping in which all of them were run.
function is_stream_row(row, policy) {
	return row ~ /^ramulator2,HBM.,1,acc,/ && ((row, policy) in ran)
}
function has_stream_rows(policy,   i) {
	for (i = 1; i <= n_rows; i++)
		if (is_stream_row(order[i], policy)) return 1
	return 0
}
function percent(row, policy, class) {
	return 100 * found[row, policy, class] / found[row, policy, "total"]
}
function table_waterfall(policy, text,   i, j, row, f, starved) {
	if (!has_stream_rows(policy)) return
	title(text)
	printf "%-12s%9s", "", "achieved"
	for (j = 1; j <= n_classes; j++) printf "%11s", classes[j]
	printf "%11s\n", "starved"
	for (i = 1; i <= n_rows; i++) {
		row = order[i]
		if (!is_stream_row(row, policy)) continue
		split(row, f, ",")
		printf "%-5s%-7s%9.2f", f[2], f[5],
			percent(row, policy, "read") + percent(row, policy, "write")
		for (j = 1; j <= n_classes; j++) printf "%11.2f", percent(row, policy, classes[j])
		starved = percent(row, policy, "starved_noc") + \
			percent(row, policy, "starved_window") + \
			percent(row, policy, "starved_imbalance") + percent(row, policy, "starved_idle")
		printf "%11.2f\n", starved
	}
}
# Share of all ticks, in percent, that so many commands of so many ticks each take.
function taken(n, ticks) { return 100 * n * ticks / limits_cycles }
function print_limits(row, policy,   f, s, acts, one) {
	split(row, f, ",")
	s = f[2]
	limits_cycles = found[row, policy, "cycles"]
	acts = found[row, policy, "acts"]
	one = found[row, policy, "refs_pb"]
	printf "%-5s%-7s%9.2f%9.1f%9.1f%9.1f%9.1f%9.1f\n", s, f[5],
		reference[row, "requests"] / acts,
		taken(acts, timing[s, "act"]) + \
			taken(found[row, policy, "pre_pb"] + found[row, policy, "pre_ab"] + \
			found[row, policy, "refs"] + one, 1),
		(taken(acts, timing[s, "nRRDS"]) + taken(one, timing[s, "nRREFD"])) / timing[s, "pcs"],
		taken(acts + one, timing[s, "nFAW"]) / 4 / timing[s, "pcs"],
		taken(acts, timing[s, "nRC"]) / timing[s, "banks"],
		percent(row, policy, "read") + percent(row, policy, "write")
}
function table_limits(policy, text,   i) {
	if (!has_stream_rows(policy)) return
	title(text)
	printf "%-12s%9s%9s%9s%9s%9s%9s\n", "", "RD+WR", "row", "", "", "", "data"
	printf "%-12s%9s%9s%9s%9s%9s%9s\n", "", "per ACT", "bus", "nRRDS", "nFAW", "nRC", "buses"
	for (i = 1; i <= n_rows; i++)
		if (is_stream_row(order[i], policy)) print_limits(order[i], policy)
}

function has_any(simulator, policy,   i) {
	for (i = 1; i <= n_rows; i++)
		if (is_shown(order[i], simulator, policy)) return 1
	return 0
}
function wants(name) { return table == "" || table == name }
END {
	if (wants("ramulator") && has_any("ramulator2", "imitated")) bad += table_ramulator()
	if (wants("rules") && n_rules) bad += table_rules()
	if (wants("dramsim") && has_any("dramsim3", "imitated")) bad += table_dramsim()
	if (wants("summary") && has_any("", "own")) table_summary()
	if (wants("own") && has_any("", "own")) table_own()
	if (wants("waterfall")) {
		table_waterfall("own", "memsim's own policy, acc, one channel: percent of the ticks of both data buses")
		table_waterfall("imitated", "Ramulator 2.1, imitated")
	}
	if (wants("limits")) {
		table_limits("own", "memsim's own policy, acc, one channel: percent of all ticks that each resource is taken")
		table_limits("imitated", "Ramulator 2.1, imitated")
	}
	exit (bad > 0)
}
