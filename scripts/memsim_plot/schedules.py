# SPDX-License-Identifier: Apache-2.0
"""Schedules of one trace side by side: how long they take and for what, and what they move."""
from . import style

TRAFFIC = {
    "compulsory": ("compulsory", "#56b4e9", "", "black"),
    "halo": ("halo", "#0072b2", "////", "white"),
    "refetch": ("refetch", "#d55e00", "\\\\\\\\", "black"),
    "spill": ("spill", "#000000", "", "white"),
    "second_pass": ("second pass", "#cc79a7", "xxxx", "black"),
    "padding": ("padding", "#999999", "....", "black"),
}
ROOM = 1.33  # for labels behind the longest bar


def traffic_of(run):
    parts = dict(run["traffic"], compulsory=run["workload"]["compulsory_bytes"])
    return {name: parts[name] for name in TRAFFIC}


def moved(run):
    return run["hbm"]["read_bytes"] + run["hbm"]["write_bytes"]


def text(results, args):
    first = results.runs[0]
    rows = []
    for run in results.runs:
        cores = run["core_cycles"]
        rows.append([run["schedule"], f"{float(run['time']['seconds']) * 1e3:.3f}",
                     f"{first['time']['cycles'] / max(run['time']['cycles'], 1):.3f}"] +
                    [f"{cores[c] * 100 / max(cores['total'], 1):.1f}" for c in style.CLASSES] +
                    [f"{moved(run) / 1e6:.1f}"] +
                    [f"{value / 1e6:.1f}" for value in traffic_of(run).values()])
    header = ["schedule", "ms", "speed-up"] + [c + " %" for c in style.CLASSES] + ["HBM MB"] + \
        [name + " MB" for name in TRAFFIC]
    return f"{first['trace']['model']} on {first['config']['name']}\n" + style.table(rows, header)


def draw(axes, widths, parts, names, labels, title):
    """A bar a schedule, its label behind it."""
    span = max(sum(w.values()) for w in widths) * ROOM
    axes.set_xlim(0, span)
    for i, (width, label) in enumerate(zip(widths, labels)):
        style.stack(axes, i, width, parts, names)
        axes.text(sum(width.values()), i, " " + label, va="center", linespacing=1.0,
                  fontsize=style.SMALL)
    axes.set_xlabel(title, labelpad=2)
    axes.set_ylim(len(widths) - 0.5, -0.5)
    axes.set_yticks(range(len(widths)))
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    style.grid(axes, "x")


def times_of(runs):
    """Widths by class, labels, unit."""
    longest = max(float(r["time"]["seconds"]) for r in runs)
    factor, unit = (1e3, "ms") if longest >= 2e-3 else (1e6, "µs")
    times = [float(r["time"]["seconds"]) * factor for r in runs]
    widths = [{c: r["core_cycles"][c] * t / max(r["core_cycles"]["total"], 1)
               for c in style.CLASSES} for r, t in zip(runs, times)]
    gains = [runs[0]["time"]["cycles"] / max(r["time"]["cycles"], 1) for r in runs]
    labels = [f"{style.rounded(t)} {unit}" + (f"\n {g:.2f}×" if i else "")
              for i, (t, g) in enumerate(zip(times, gains))]
    return widths, labels, unit


def names_of(axes, widths, parts):
    return style.name_parts(axes, widths, parts, max(sum(w.values()) for w in widths) * ROOM)


def figure(results, args):
    runs = results.runs
    fig, axes = style.start(args, 100, rows=2)
    upper, lower = axes[:, 0]
    fig.subplots_adjust(left=0.19, right=0.965)
    widths, labels, unit = times_of(runs)
    moves = [{k: v / 1e6 for k, v in traffic_of(r).items()} for r in runs]
    named, keys = names_of(upper, widths, style.CLASSES)
    named_moves, move_keys = names_of(lower, moves, TRAFFIC)
    # From the top, in mm: key, bars, axis; the same again.
    bars, axis, a, b = 8 * len(runs), 11.5, style.key_height(len(keys)), \
        style.key_height(len(move_keys))
    height = 2 * (bars + axis) + a + b + 3
    fig.set_figheight(height * style.MM)
    left, width = 0.19, 0.775
    upper.set_position((left, (height - 1.5 - a - bars) / height, width, bars / height))
    lower.set_position((left, axis / height, width, bars / height))
    draw(upper, widths, style.CLASSES, named, labels, f"time, {unit}; shares of core time")
    draw(lower, moves, TRAFFIC, named_moves,
         [f"{style.rounded(moved(r) / 1e6, 4)} MB" for r in runs], "HBM traffic, MB")
    for axis_of in (upper, lower):
        axis_of.set_yticklabels([r["schedule"] for r in runs])
    style.key_of_parts(fig, keys, style.CLASSES, 1 - 1 / height)
    style.key_of_parts(fig, move_keys, TRAFFIC, (axis + bars + b + 0.5) / height)
    return fig
