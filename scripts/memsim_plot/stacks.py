# SPDX-License-Identifier: Apache-2.0
"""Where each kernel's core time went: a bar a kernel, as long as the kernel took."""
from . import style

MOST = 12  # kernels; the others are one bar


def bars_of(run):
    """(name, seconds, core cycles by class) of each kernel, the rest of them last."""
    kernels = [(k["name"], k["end_cycle"] - k["start_cycle"], k["core_cycles"])
               for k in run["kernels"]]
    longest = sorted(range(len(kernels)), key=lambda i: (-kernels[i][1], i))
    shown = sorted(longest if len(kernels) <= MOST else longest[:MOST - 1])
    bars = [kernels[i] for i in shown]
    rest = [kernels[i] for i in longest if i not in shown]
    if rest:
        bars.append((f"{len(rest)} others", sum(k[1] for k in rest),
                     {c: sum(k[2][c] for k in rest) for c in rest[0][2]}))
    hz = run["machine"]["core_hz"]
    return [(name, cycles / hz, cores) for name, cycles, cores in bars]


def text(results, args):
    out = ""
    for run in results.runs:
        rows = [[name, f"{seconds * 1e6:.3f}"] +
                [f"{cores[c] * 100 / max(cores['total'], 1):.1f}" for c in style.CLASSES]
                for name, seconds, cores in bars_of(run)]
        out += f"{run['trace']['model']}, schedule {run['schedule']}: % of core time\n"
        out += style.table(rows, ["kernel", "us"] + list(style.CLASSES)) + "\n"
    return out


def unit_of(seconds):
    return (1e3, "ms") if seconds >= 2e-3 else (1e6, "µs")


def widths_of(run, factor):
    return [{c: cores[c] * seconds * factor / max(cores["total"], 1) for c in style.CLASSES}
            for _, seconds, cores in bars_of(run)]


def draw_run(axes, run, widths, named):
    for y, width in enumerate(widths):
        style.stack(axes, y, width, style.CLASSES, named)
    axes.set_ylim(len(widths) - 0.45, -0.55)
    axes.set_yticks(range(len(widths)))
    axes.set_yticklabels([style.shorten(name, 14) for name, _, _ in bars_of(run)])
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    axes.set_title(run["schedule"], loc="left", fontsize=style.TYPE, fontweight="bold", pad=3)
    style.grid(axes, "x")


def figure(results, args):
    runs = results.runs
    counts = [len(bars_of(run)) for run in runs]
    longest = max(seconds for run in runs for _, seconds, _ in bars_of(run))
    factor, unit = unit_of(longest)
    # Room for a key of every class; what it does not need is cut off again.
    height = 20 + 7 * len(runs) + 7 * sum(counts) + style.key_height(len(style.CLASSES))
    fig, axes = style.start(args, height, rows=len(runs), sharex=True,
                            gridspec_kw={"height_ratios": counts})
    fig.subplots_adjust(left=0.33, right=0.97)
    span = longest * factor * 1.02
    widths = [widths_of(run, factor) for run in runs]
    names = [style.name_parts(a, w, style.CLASSES, span) for a, w in zip(axes[:, 0], widths)]
    keys = {c for _, left in names for c in left} - {c for named, _ in names for c in named}
    height -= style.key_height(len(style.CLASSES)) - style.key_height(len(keys))
    fig.set_figheight(height * style.MM)
    top = style.key_height(len(keys)) + 7
    fig.subplots_adjust(top=1 - top / height, bottom=12 / height,
                        hspace=0.24 * len(runs) / max(sum(counts) / 6, 1))
    for a, run, w, (named, _) in zip(axes[:, 0], runs, widths, names):
        a.set_xlim(0, span)
        draw_run(a, run, w, named)
    axes[-1, 0].set_xlabel(f"time, {unit}; shares of core time", labelpad=2)
    style.key_of_parts(fig, keys, style.CLASSES, 1 - 1 / height)
    return fig
