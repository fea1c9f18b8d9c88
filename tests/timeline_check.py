# SPDX-License-Identifier: Apache-2.0
"""A timeline against the report of its run: timeline_check.py TIMELINE REPORT [ideal].

Prints a line for each thing that is wrong: slices of a thread that overlap, threads without a name,
arrows that start or end in no slice or go back in time, counters that go back, hold more than the
scratchpad's peak or do not end at zero, and bytes whose sum is not the report's.
"""
import bisect
import collections
import json
import sys

with open(sys.argv[1]) as file:
    events = json.load(file)["traceEvents"]
with open(sys.argv[2]) as file:
    report = json.load(file)
is_ideal = len(sys.argv) > 3


def ps(microseconds):
    return round(microseconds * 1e6)


slices, counters, names = collections.defaultdict(list), collections.defaultdict(list), {}
starts, ends = {}, {}
for e in events:
    if e["ph"] == "X":
        slices[e["tid"]].append((ps(e["ts"]), ps(e["ts"]) + ps(e["dur"]), e))
    elif e["ph"] == "C":
        counters[e["name"]].append((ps(e["ts"]), e["args"]))
    elif e["ph"] == "M" and e["name"] == "thread_name":
        names[e["tid"]] = e["args"]["name"]
    elif e["ph"] in "sf":
        (starts if e["ph"] == "s" else ends)[e["id"]] = e


def wrong(text):
    print(text)


for tid, of_thread in slices.items():
    of_thread.sort(key=lambda s: s[:2])
    if tid not in names:
        wrong(f"thread {tid} has no name")
    for a, b in zip(of_thread, of_thread[1:]):
        if b[0] < a[1]:
            wrong(f"{names.get(tid)}: {a[2]['name']} and {b[2]['name']} overlap at {b[0]} ps")
            break


def slice_at(tid, at):
    i = bisect.bisect_right([s[0] for s in slices[tid]], at) - 1
    return slices[tid][i] if i >= 0 and at < slices[tid][i][1] else None


if not starts or set(starts) != set(ends):
    wrong("arrows lack an end")
queue = {"load": 0, "matrix": 1, "vector": 1, "store": 2}
for number in list(starts)[:2000]:
    a, b = starts[number], ends[number]
    source, target = slice_at(a["tid"], ps(a["ts"])), slice_at(b["tid"], ps(b["ts"]))
    if not source or not target or source[1] > target[0]:
        wrong(f"arrow {number} does not go from a slice's end to a later one")
        break
    order = [next(v for k, v in queue.items() if k in names[e["tid"]].lower()) for e in (a, b)]
    if order[0] > order[1]:
        wrong(f"arrow {number} goes from {names[a['tid']]} to {names[b['tid']]}")
        break

for name, values in counters.items():
    times = [t for t, _ in values]
    if times != sorted(set(times)):
        wrong(f"{name} goes back in time")
    if any(values[-1][1].values()):
        wrong(f"{name} does not end at zero")
    if "scratchpad" in name and max(v["held"] for _, v in values) > report["scratchpad"]["peak_bytes"]:
        wrong(f"{name} holds more than the peak")

for which in ("read", "write"):
    values = counters.get("HBM, MB/s", [])
    moved = sum(a[1][which] * (b[0] - a[0]) // 10**6 for a, b in zip(values, values[1:]))
    if moved != (0 if is_ideal else report["hbm"][which + "_bytes"]):
        wrong(f"{moved} bytes {which}, the report has {report['hbm'][which + '_bytes']}")

kernels = [s for tid, name in names.items() if name == "kernels" for s in slices[tid]]
if [k[2]["name"] for k in kernels] != [k["name"] for k in report["kernels"]]:
    wrong("the kernels are not the report's")
cores = {name.split(" ")[1] for name in names.values() if name.startswith("core ")}
if len(cores) != report["machine"]["cores"]:
    wrong(f"{len(cores)} cores have threads")
moved = sum(e["args"]["bytes"] for s in slices.values() for _, _, e in s if "bytes" in e["args"])
if moved < report["workload"]["compulsory_bytes"]:
    wrong(f"loads and stores of {moved} bytes in all")
