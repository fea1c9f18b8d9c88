# SPDX-License-Identifier: Apache-2.0
"""From peak to achieved HBM bandwidth: what each cause took."""
from . import style

NAMES = {
    "refresh": "refresh", "turnaround": "read–write turns", "row": "row not open",
    "column": "column spacing", "command": "command slot taken", "starved_noc": "starved: interconnect",
    "starved_window": "starved: DMA window", "starved_imbalance": "starved: imbalance",
    "starved_idle": "starved: no requests",
}


def steps_of(run):
    """(what, bytes a second) of each cause, in the report's order."""
    cycles, peak = run["hbm"]["cycles"], run["machine"]["hbm_peak_bytes_per_s"]
    total = max(cycles["total"], 1)
    return peak, [(NAMES.get(k, k), v * peak / total) for k, v in cycles.items()
                  if k not in ("total", "tick_ps", "read", "write")]


def achieved(run):
    cycles, peak = run["hbm"]["cycles"], run["machine"]["hbm_peak_bytes_per_s"]
    return (cycles["read"] + cycles["write"]) * peak / max(cycles["total"], 1)


def text(results, args):
    out = ""
    for run in results.runs:
        peak, steps = steps_of(run)
        rows = [["peak", f"{peak / 1e9:.2f}", "100.0"]]
        rows += [["- " + name, f"{value / 1e9:.2f}", f"{value * 100 / peak:.1f}"]
                 for name, value in steps]
        got = achieved(run)
        rows.append(["= achieved", f"{got / 1e9:.2f}", f"{got * 100 / peak:.1f}"])
        out += f"{run['trace']['model']}, schedule {run['schedule']}\n"
        out += style.table(rows, ["HBM bandwidth", "GB/s", "%"]) + "\n"
    return out


def draw_run(axes, run, with_names):
    peak, steps = steps_of(run)
    steps = [(n, v) for n, v in steps if v * 1000 >= peak] or steps[:1]
    names = ["peak"] + [n for n, _ in steps] + ["achieved"]
    left = peak
    bars = [(0, peak, "#999999", "")]
    for _, value in steps:
        left -= value
        bars.append((left, value, "#d55e00", "////"))
    bars.append((0, achieved(run), "#0072b2", ""))
    for i, (start, width, colour, hatch) in enumerate(bars):
        axes.barh(i, width / 1e12, 0.72, start / 1e12, color=colour, hatch=hatch,
                  edgecolor="white", linewidth=0.4)
        whole = i in (0, len(bars) - 1)
        label = f"{style.human(width, 'B/s')}" if whole else f"−{width * 100 / peak:.1f} %"
        if i == len(bars) - 1:
            label += f", {width * 100 / peak:.1f} %"
        axes.text(0.02 * peak / 1e12 if whole else start / 1e12, i,
                  label if whole else label + " ", ha="left" if whole else "right", va="center",
                  color="white" if whole and i else "black", fontsize=style.SMALL)
    axes.set_yticks(range(len(names)))
    axes.set_yticklabels(names if with_names else [])
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_xlim(0, peak / 1e12 * 1.01)
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    axes.set_title(run["schedule"], loc="left", fontsize=style.TYPE, fontweight="bold", pad=3)
    axes.set_xlabel("HBM bandwidth, TB/s", labelpad=2)


def figure(results, args):
    runs = results.runs
    counts = [2 + sum(v * 1000 >= steps_of(r)[0] for _, v in steps_of(r)[1]) for r in runs]
    height = 5.4 * sum(counts) + 18 * len(runs) + 2
    fig, axes = style.start(args, height, rows=len(runs), gridspec_kw={"height_ratios": counts})
    fig.subplots_adjust(left=0.43, right=0.985, top=1 - 6 / height, bottom=10.5 / height,
                        hspace=3.7 / (sum(counts) / len(runs)))
    for a, run in zip(axes[:, 0], runs):
        draw_run(a, run, True)
    return fig
