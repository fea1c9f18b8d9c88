# SPDX-License-Identifier: Apache-2.0
"""Time, traffic and waiting against the size of the scratchpad; where the knee is, and why.

The knee of a schedule is the smallest scratchpad whose time is within 5 % of the best of all sizes.
A step is a size at which traffic falls by 2 % or more against the size before; it is named after the
tensor whose bytes to and from memory fall most there, if the reports of the sweep are at hand.
"""
import os

from . import results as reading
from .fault import INPUT, USAGE, Fault

SIZE = "scratchpad.bytes"
KNEE_PERCENT, STEP_PERCENT = 105, 98


class Point:
    """A row that has results."""

    def __init__(self, row):
        self.row = row
        self.size = int(row["machine.scratchpad_bytes"])
        self.device = self.size * int(row["machine.cores"])
        self.cycles = int(row["time.cycles"])
        self.seconds = float(row["time.seconds"])
        self.bytes = int(row["hbm.read_bytes"]) + int(row["hbm.write_bytes"])
        self.moving = float(row["data_movement_fraction"])
        self.cores = {k: int(row["core_cycles." + k])
                      for k in ("compute", "stall_load", "stall_store", "stall_sync", "launch",
                                "idle", "total")}


def schedules_of(results):
    reading.column(results, SIZE)
    others = [s for s in results.settings if s != SIZE and len({r[s] for r in results.rows}) > 1]
    if others:
        raise Fault(USAGE, f"the table varies {', '.join(others)} too; a knee has one line a schedule")
    names = list(dict.fromkeys(row["schedule"] for row in results.rows))
    return {name: sorted((Point(r) for r in results.rows
                          if r["schedule"] == name and r["status"] == "0"), key=lambda p: p.size)
            for name in names}


def knee_of(points):
    """Its place in the list; None if no size runs."""
    best = min((p.cycles for p in points), default=None)
    return next((i for i, p in enumerate(points) if p.cycles * 100 <= best * KNEE_PERCENT), None)


def tensors_of(point, folder, n_rows):
    """(read + written bytes, size, role) by tensor, of the point's report."""
    path = os.path.join(folder, f"{point.row['row']:0{len(str(n_rows))}d}.json")
    run = reading.read_report(path, reading.load(path))[0]
    if "tensors" not in run:
        raise Fault(INPUT, f"{path}: a report without tensors")
    return {t["id"]: (t["read_bytes"] + t["write_bytes"], t["bytes"], t["role"])
            for t in run["tensors"]}


def falls(before, after):
    """Tensors that move less, the one that loses most first."""
    fall = [(before.get(t, (0,))[0] - moved, t) for t, (moved, _, _) in after.items()]
    return sorted(((f, t) for f, t in fall if f > 0), key=lambda pair: (-pair[0], pair[1]))


def times(moved, size):
    return f"{moved / size:.2f}".rstrip("0").rstrip(".") if size else "0"


def why_traffic(before, after):
    fallen = falls(before, after)
    if not fallen:
        return "no tensor moves less"
    name = fallen[0][1]
    moved, size, role = after[name]
    text = (f"{role} {name} ({size / 1e6:.2f} MB) moves {times(before[name][0], size)} x its bytes "
            f"before, {times(moved, size)} x from here")
    return text + (f"; {len(fallen) - 1} more fall" if len(fallen) > 1 else "")


def why_cycles(a, b):
    fall, name = max((a.cores[k] - b.cores[k], k) for k in a.cores if k != "total")
    if fall <= 0:
        return "no class falls"
    return f"{name} falls by {fall * 100 / a.cores['total']:.1f} % of core time"


def explain(points, folder, n_rows):
    """Lines about the knee and the steps of a schedule."""
    at = knee_of(points)
    if at is None:
        return ["no size can run it"]
    best = min(p.cycles for p in points)
    knee = points[at]
    line = f"knee at {size(knee.size)} a core: {knee.cycles / best:.2f} x the best time"
    tensors = {p.size: tensors_of(p, folder, n_rows) for p in points} if folder else None
    if at == 0:
        return [line + ", the smallest size that runs"] + steps(points, tensors)
    if tensors:
        line += "; " + why_traffic(tensors[points[at - 1].size], tensors[knee.size])
    return [line + "; " + why_cycles(points[at - 1], knee)] + steps(points, tensors)


def steps(points, tensors):
    lines = []
    for a, b in zip(points, points[1:]):
        if b.bytes * 100 > a.bytes * STEP_PERCENT:
            continue
        line = f"  step at {size(b.size)}: traffic -{(a.bytes - b.bytes) * 100 / a.bytes:.1f} %"
        if tensors:
            line += ": " + why_traffic(tensors[a.size], tensors[b.size])
        lines.append(line)
    return lines


def size(value):
    """Exactly, as --set takes it: 1536K."""
    for factor, unit in ((2**20, "M"), (2**10, "K")):
        if value % factor == 0:
            return f"{value // factor}{unit}"
    return str(value)


def cell(point, longest):
    """One unit for all of a table."""
    if longest < 1e-4:
        return f"{point.seconds * 1e6:8.3f} us {point.bytes / 1e6:6.2f} MB {point.moving:.3f}"
    return f"{point.seconds * 1e3:8.3f} ms {point.bytes / 1e6:6.0f} MB {point.moving:.3f}"


def text(results, args):
    lines = schedules_of(results)
    sizes = sorted({int(reading.number(r[SIZE])) for r in results.rows})
    status = {(int(reading.number(r[SIZE])), r["schedule"]): r["status"] for r in results.rows}
    points = {(p.size, s): p for s, all_of in lines.items() for p in all_of}
    rows = []
    longest = max((p.seconds for p in points.values()), default=0)
    out = (f"{model(results)}: time, HBM traffic, share of core time that waits for data\n\n"
           f"{'a core':>8} {'device':>9}" + "".join(f"  {s:>26}" for s in lines) + "\n")
    for value in sizes:
        device = next((p.device for (v, _), p in points.items() if v == value), None)
        cells = []
        for s in lines:
            p = points.get((value, s))
            cells.append(cell(p, longest) if p else f"{'- exit ' + status.get((value, s), '?'):>26}")
        rows.append(f"{size(value):>8} {f'{device / 1e6:.1f} MB' if device else '-':>9}" +
                    "".join("  " + c for c in cells))
    out += "\n".join(rows) + "\n"
    for s, all_of in lines.items():
        out += f"\n{s}: " + "\n".join(explain(all_of, args.reports, results.n_rows)) + "\n"
    return out


def model(results):
    done = [r for r in results.rows if r["status"] == "0"]
    if not done:
        raise Fault(INPUT, "no row has results")
    return f"{done[0]['trace.model']} on {done[0]['config.name']}"


def thing_at(points, at, folder, n_rows):
    """The tensor that moves less from there on; "" if nothing says."""
    if not folder or at == 0:
        return ""
    fallen = falls(tensors_of(points[at - 1], folder, n_rows),
                   tensors_of(points[at], folder, n_rows))
    return fallen[0][1] if fallen else ""


def panel(axes, lines, values, title, is_last):
    from . import style
    ends = []
    for i, (name, points) in enumerate(lines.items()):
        line = style.line_of(i)
        ys = [values(p) for p in points]
        axes.plot([p.size for p in points], ys, **line, zorder=3 + i)
        if points:
            ends.append((ys[-1], name, line["color"]))
    axes.set_xscale("log", base=2)
    axes.set_ylim(bottom=0)
    axes.set_ylabel(title)
    style.grid(axes, "y")
    axes.minorticks_off()
    if not is_last:
        axes.tick_params(labelbottom=False)
    return ends


def mark_knees(axes, lines, args, n_rows):
    """A ring a knee, and a name for those of one size: above if the first line, which is the
    slowest, is among them, else below.  The tensor is named if it is one."""
    from . import style
    groups = {}
    for i, points in enumerate(lines.values()):
        if points:
            at = knee_of(points)
            groups.setdefault(points[at].size, []).append((i, at, points))
    for size_here, knees in groups.items():
        for n, (i, at, points) in enumerate(knees):
            axes.plot([size_here], [points[at].seconds * 1e3], marker="o", zorder=9,
                      markersize=11 + 3 * n, markerfacecolor="none", markeredgewidth=1.2,
                      markeredgecolor=style.line_of(i)["color"])
        label = "knee " + style.size(size_here)
        things = {thing_at(points, at, args.reports, n_rows) for _, at, points in knees}
        if len(things) == 1 and things != {""}:
            label += "\nless of " + style.shorten(things.pop(), 14)
        heights = [points[at].seconds * 1e3 for _, at, points in knees]
        above = knees[0][0] == 0
        axes.annotate(label, (size_here, max(heights) if above else min(heights)),
                      (-4, 9) if above else (0, -9), textcoords="offset points",
                      ha="left" if above else "center", va="bottom" if above else "top",
                      color=style.line_of(knees[0][0])["color"] if len(knees) == 1 else "black",
                      fontsize=style.SMALL, linespacing=0.95)


def figure(results, args):
    from . import style
    lines = schedules_of(results)
    model(results)
    fig, axes = style.start(args, 124, rows=3, sharex=True)
    axes = axes[:, 0]
    fig.subplots_adjust(left=0.185, right=0.8, top=0.985, bottom=0.115, hspace=0.13)
    panels = ((lambda p: p.seconds * 1e3, "time, ms"),
              (lambda p: p.bytes / 1e9, "HBM traffic, GB"),
              (lambda p: p.moving * 100, "waits for data, %"))
    ends = [panel(a, lines, values, title, a is axes[-1])
            for a, (values, title) in zip(axes, panels)]
    sizes = sorted({p.size for points in lines.values() for p in points})
    ticks = [s for s in sizes if s & (s - 1) == 0]
    axes[-1].set_xticks(ticks)
    axes[-1].set_xticklabels(style.size_ticks(ticks))
    cores = next(p.device // p.size for points in lines.values() for p in points)
    axes[-1].set_xlabel(f"scratchpad of a core ({cores} cores)")
    mark_knees(axes[0], lines, args, results.n_rows)
    for a, end in zip(axes, ends):
        style.label_ends(a, end)
    fig.align_ylabels(axes)
    return fig

