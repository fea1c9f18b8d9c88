# SPDX-License-Identifier: Apache-2.0
"""Kernels under the roofs of compute and memory.  Work is matrix work, two operations a
multiply-accumulate, and bytes are those that crossed the pins; kernels without matrix work have no
place there, and stand to the left by the share of peak bandwidth that they reach."""
import math

from . import style

NAMED = 4  # kernels, the longest of all runs
LEAST_SHARE = 0.1  # of its run's time, to be named


def kernels_of(run):
    """(name, operations a byte or None, operations a second, bytes a second, share of time)."""
    hz, whole = run["machine"]["core_hz"], max(run["time"]["cycles"], 1)
    found = []
    for k in run["kernels"]:
        cycles = k["end_cycle"] - k["start_cycle"]
        moved, work = k["read_bytes"] + k["write_bytes"], 2 * k["executed_macs"]
        if cycles == 0 or moved == 0:
            continue
        found.append((k["name"], work / moved if work else None, work * hz / cycles,
                      moved * hz / cycles, cycles / whole))
    return found


def text(results, args):
    out = ""
    for run in results.runs:
        machine = run["machine"]
        rows = [[name, "-" if x is None else f"{x:.2f}", f"{rate / 1e12:.2f}",
                 f"{rate * 100 / machine['peak_flops']:.1f}",
                 f"{moved * 100 / machine['hbm_peak_bytes_per_s']:.1f}", f"{share * 100:.1f}"]
                for name, x, rate, moved, share in kernels_of(run)]
        out += f"{run['trace']['model']}, schedule {run['schedule']}\n"
        out += style.table(rows, ["kernel", "FLOP/byte", "TFLOPS", "% of compute", "% of bandwidth",
                                  "% of time"]) + "\n"
    return out


def draw_roofs(axes, machine, low, high):
    peak, band = machine["peak_flops"] / 1e12, machine["hbm_peak_bytes_per_s"] / 1e12
    ridge = peak / band
    axes.plot([low, ridge, high], [low * band, peak, peak], color="black", linewidth=1.2, zorder=2)
    axes.plot([ridge, ridge], [low * band / 10, peak], color=style.GREY, linewidth=0.6,
              linestyle=(0, (2, 2)), zorder=1)
    axes.text(high, peak * 1.12, style.human(machine["peak_flops"], "FLOPS"), ha="right",
              va="bottom", fontsize=style.SMALL)
    return ridge


def label_roof(axes, machine, low, ridge):
    """Along the slope, once the axes have their size."""
    x = (low * ridge) ** 0.5
    y = x * machine["hbm_peak_bytes_per_s"] / 1e12
    a, b = axes.transData.transform([(x, y), (x * 2, y * 2)])
    angle = math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))
    axes.annotate(style.human(machine["hbm_peak_bytes_per_s"], "B/s"), (x, y), (-3, 4),
                  textcoords="offset points", rotation=angle, rotation_mode="anchor", ha="center",
                  va="bottom", fontsize=style.SMALL)


def area(share):
    return 14 + 120 * share


def draw_points(axes, strip, runs):
    labels = []
    for i, run in enumerate(runs):
        line = style.line_of(i)
        for name, x, rate, moved, share in kernels_of(run):
            peak = run["machine"]["hbm_peak_bytes_per_s"]
            # Side by side, so that schedules do not hide one another.
            at = (strip, (i + 0.5) / len(runs), moved * 100 / peak) if x is None else \
                (axes, x, rate / 1e12)
            at[0].scatter([at[1]], [at[2]], s=area(share), marker=line["marker"], alpha=0.75,
                          facecolor="none" if i else line["color"], edgecolor=line["color"],
                          linewidth=1.2, zorder=4 + i, clip_on=False)
            if share >= LEAST_SHARE and x is not None:
                labels.append((share, x, rate / 1e12, style.shorten(name, 14), line["color"]))
    return [label[1:] for label in sorted(labels, key=lambda l: (-l[0], l[3]))[:NAMED]]


def place_labels(axes, labels):
    """Beside their points, moved apart."""
    axes.figure.canvas.draw()
    points = axes.transData.transform([(x, y) for x, y, _, _ in labels]) if labels else []
    gap = 8.5 * axes.figure.dpi / 72
    cap = axes.transAxes.transform((0, 0.86))[1]  # below the roof's name
    heights = style.spread([min(p[1], cap - gap * len(labels) / 2) for p in points], gap)
    inverse = axes.transData.inverted()
    middle = sum(axes.get_window_extent().intervalx) / 2
    for (x, y, name, colour), point, height in zip(labels, points, heights):
        right = point[0] < middle
        shown = inverse.transform((point[0] + (9 if right else -9) * axes.figure.dpi / 72, height))
        axes.annotate(name, (x, y), shown, textcoords="data", va="center",
                      ha="left" if right else "right", color=colour, fontsize=style.SMALL,
                      arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.4,
                                  "shrinkA": 0, "shrinkB": 2})


def limits(runs):
    xs = [x for run in runs for _, x, _, _, _ in kernels_of(run) if x]
    ys = [rate / 1e12 for run in runs for _, x, rate, _, _ in kernels_of(run) if x]
    machine = runs[0]["machine"]
    ridge = machine["peak_flops"] / machine["hbm_peak_bytes_per_s"]
    low, high = min(xs + [ridge / 30]) / 2, max(xs + [ridge * 4]) * 2
    floor = min(ys + [machine["peak_flops"] / 1e12 / 30]) / 2
    return low, high, floor


def figure(results, args):
    runs = results.runs
    machine = runs[0]["machine"]
    fig, axes = style.start(args, 76, columns=2, gridspec_kw={"width_ratios": (1, 5.2)})
    strip, main = axes[0]
    fig.subplots_adjust(left=0.16, right=0.985, top=0.95, bottom=0.17, wspace=0.5)
    low, high, floor = limits(runs)
    main.set_xscale("log")
    main.set_yscale("log")
    main.set_xlim(low, high)
    main.set_ylim(floor, machine["peak_flops"] / 1e12 * 2.2)
    ridge = draw_roofs(main, machine, low, high)
    labels = draw_points(main, strip, runs)
    main.set_xlabel("FLOP per byte of HBM traffic")
    main.set_ylabel("TFLOPS", labelpad=1)
    for axis in (main.xaxis, main.yaxis):
        axis.set_major_formatter(lambda v, _: f"{v:g}")
        axis.set_minor_formatter(lambda v, _: "")
    strip.set_xlim(0, 1)
    strip.set_xticks([])
    most = max((m for run in runs for _, x, _, m, _ in kernels_of(run) if x is None), default=0)
    strip.set_ylim(0, max(104, 103 * most / machine["hbm_peak_bytes_per_s"]))
    strip.set_yticks((0, 50, 100))
    strip.set_ylabel("% of peak bandwidth", labelpad=1)
    strip.set_xlabel("no matrix\nwork")
    label_roof(main, machine, low, ridge)
    place_labels(main, labels)
    key = [main.scatter([], [], marker=style.line_of(i)["marker"], s=24, linewidth=1.2,
                        facecolor="none" if i else style.line_of(i)["color"],
                        edgecolor=style.line_of(i)["color"], label=run["schedule"])
           for i, run in enumerate(runs)]
    if len(runs) > 1:
        main.legend(handles=key, loc="lower right", handletextpad=0.1, borderaxespad=0.1)
    return fig
