# SPDX-License-Identifier: Apache-2.0
"""One column of a sweep against another: a line for each combination of what else varies."""
from . import results as reading
from .fault import USAGE, Fault


def wanted(results, args):
    if not args.x or not args.y:
        raise Fault(USAGE, "xy needs -x COLUMN and -y COLUMN")
    return reading.column(results, args.x), reading.column(results, args.y)


def varies(rows, key, x):
    """Not if it has one value, or each of its values one x: then it is the x by another name."""
    pairs = {(r[key], r[x]) for r in rows if r["status"] == "0"}
    keys, xs = {k for k, _ in pairs}, {x for _, x in pairs}
    return len(keys) > 1 and not len(pairs) == len(keys) == len(xs)


def lines_of(results, args):
    """Points by the name of their line."""
    x, y = wanted(results, args)
    keys = [c for c in results.settings + ["schedule"] if varies(results.rows, c, x)]
    lines = {}
    for row in results.rows:
        point = reading.number(row[x]), reading.number(row[y])
        if row["status"] == "0" and None in point:
            raise Fault(USAGE, f"{x} or {y} is no number (found {row[x]}, {row[y]})")
        if row["status"] == "0":
            name = ", ".join(row[k] if k == "schedule" else f"{k.rpartition('.')[2]} {row[k]}"
                             for k in keys)
            lines.setdefault(name, []).append(point)
    if not lines:
        raise Fault(USAGE, "no row has results")
    return {name: sorted(points) for name, points in lines.items()}


def text(results, args):
    from . import style
    rows = [[name or "all", f"{a:.12g}", f"{b:.12g}"]
            for name, points in lines_of(results, args).items() for a, b in points]
    return style.table(rows, ["line", args.x, args.y])


def title(column):
    """A column as people read it, with the unit that memsim gives it."""
    name = column.replace("_", " ")
    units = {"time.seconds": "time, s", "time.cycles": "time, cycles"}
    return units.get(column, name.replace(".", " "))


def figure(results, args):
    from . import style
    lines = lines_of(results, args)
    fig, axes = style.start(args, 64)
    axes = axes[0, 0]
    longest = max(len(name) for name in lines)
    fig.subplots_adjust(left=0.19, right=max(0.97 - 0.024 * longest, 0.55), top=0.97, bottom=0.19)
    ends = []
    for i, (name, points) in enumerate(lines.items()):
        line = style.line_of(i)
        axes.plot([p[0] for p in points], [p[1] for p in points], **line)
        ends.append((points[-1][1], name, line["color"]))
    sizes = args.x.endswith("bytes")
    if "x" in args.log:
        axes.set_xscale("log", base=2 if sizes else 10)
    if "y" in args.log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    if sizes:
        xs = sorted({p[0] for points in lines.values() for p in points})
        ticks = [int(x) for x in xs if int(x) & (int(x) - 1) == 0] or [int(x) for x in xs]
        axes.set_xticks(ticks)
        axes.set_xticklabels(style.size_ticks(ticks))
        axes.minorticks_off()
        fig.subplots_adjust(bottom=0.24)
    axes.set_xlabel(title(args.x))
    axes.set_ylabel(title(args.y))
    style.grid(axes, "y")
    style.label_ends(axes, ends if len(ends) > 1 or ends[0][1] else [])
    return fig
