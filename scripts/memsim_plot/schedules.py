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


def draw(axes, runs, widths, parts, labels, title):
    """A bar a schedule, its label behind it; the parts that no bar names."""
    longest = max(sum(w.values()) for w in widths)
    span = longest * 1.33
    axes.set_xlim(0, span)
    named, left = style.name_parts(axes, widths, parts, span)
    for i, (width, label) in enumerate(zip(widths, labels)):
        style.stack(axes, i, width, parts, named)
        axes.text(sum(width.values()), i, " " + label, va="center", linespacing=1.0,
                  fontsize=style.SMALL)
    axes.set_xlabel(title, labelpad=2)
    axes.set_ylim(len(runs) - 0.5, -0.5)
    axes.set_yticks(range(len(runs)))
    axes.set_yticklabels([r["schedule"] for r in runs])
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    style.grid(axes, "x")
    return left


def draw_time(axes, runs):
    longest = max(float(r["time"]["seconds"]) for r in runs)
    factor, unit = (1e3, "ms") if longest >= 2e-3 else (1e6, "µs")
    times = [float(r["time"]["seconds"]) * factor for r in runs]
    widths = [{c: r["core_cycles"][c] * t / max(r["core_cycles"]["total"], 1)
               for c in style.CLASSES} for r, t in zip(runs, times)]
    gains = [runs[0]["time"]["cycles"] / max(r["time"]["cycles"], 1) for r in runs]
    labels = [f"{style.rounded(t)} {unit}" + (f"\n {g:.2f}×" if i else "")
              for i, (t, g) in enumerate(zip(times, gains))]
    return draw(axes, runs, widths, style.CLASSES, labels, f"time, {unit}; shares of core time")


def draw_traffic(axes, runs):
    widths = [{k: v / 1e6 for k, v in traffic_of(r).items()} for r in runs]
    return draw(axes, runs, widths, TRAFFIC, [f"{style.rounded(moved(r) / 1e6, 4)} MB" for r in runs],
                "HBM traffic, MB")


def figure(results, args):
    runs = results.runs
    height = 33 + 17 * len(runs)
    fig, axes = style.start(args, height, rows=2)
    fig.subplots_adjust(left=0.19, right=0.965, top=1 - 7 / height, bottom=10.5 / height,
                        hspace=17 / (7.6 * len(runs)))
    keys = draw_time(axes[0, 0], runs)
    style.key_of_parts(fig, keys, style.CLASSES, 1 - 1 / height)
    keys = draw_traffic(axes[1, 0], runs)
    top = axes[1, 0].get_position().y1
    style.key_of_parts(fig, keys, TRAFFIC, top + 6 / height)
    return fig
