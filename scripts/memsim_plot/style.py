# SPDX-License-Identifier: Apache-2.0
"""What all figures have in common: type, colours that the colour-blind tell apart and a grey print
keeps in order, direct labels, and bytes that follow from the data alone."""
import io

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (after the choice of the backend)

MM = 1 / 25.4
TYPE, SMALL = 9.5, 8.5  # points; legible in print at half the width, too
LETTER_INCHES = SMALL / 72 * 0.56  # of a letter of the smaller type, on average
# Okabe and Ito's palette; lines also differ by mark and dash, areas by lightness and hatch.
LINES = (("#000000", "o", "-"), ("#0072b2", "s", (0, (5, 1.5))), ("#d55e00", "^", (0, (1.5, 1.5))),
         ("#009e73", "D", (0, (5, 1.5, 1.5, 1.5))), ("#cc79a7", "v", (0, (8, 2))),
         ("#e69f00", "P", (0, (3, 1))))
# Parts of a bar: name, colour, hatch, ink.  Of core time: the darkest is what one pays for.
CLASSES = {
    "compute": ("compute", "#0072b2", "", "white"),
    "stall_load": ("waits for loads", "#e69f00", "", "black"),
    "stall_store": ("waits for stores", "#f0e442", "////", "black"),
    "stall_sync": ("waits for cores", "#cc79a7", "\\\\\\\\", "black"),
    "launch": ("launch", "#999999", "xxxx", "black"),
    "idle": ("idle", "#e6e6e6", "", "black"),
}
GREY = "#666666"


def start(args, height_mm, rows=1, columns=1, **options):
    """A figure of the asked width; its type is as large at any width."""
    matplotlib.rcdefaults()
    matplotlib.rcParams.update({
        "svg.hashsalt": "memsim", "svg.fonttype": "path", "pdf.fonttype": 42,
        "font.family": "DejaVu Sans", "font.size": TYPE, "axes.labelsize": TYPE,
        "xtick.labelsize": TYPE, "ytick.labelsize": TYPE, "axes.linewidth": 0.8,
        "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 1.5,
        "lines.markersize": 4.5, "hatch.linewidth": 0.5, "axes.axisbelow": True,
        "axes.unicode_minus": False, "legend.frameon": False, "legend.fontsize": SMALL,
    })
    return pyplot.subplots(rows, columns, figsize=(args.width * MM, height_mm * MM),
                           squeeze=False, **options)


def render(figure, kind):
    """No time of day and no version of what drew it."""
    metadata = {"svg": {"Date": None, "Creator": None},
                "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
                "png": {"Software": None}}
    to = io.BytesIO()
    figure.savefig(to, format=kind, dpi=300, metadata=metadata[kind])
    pyplot.close(figure)
    return to.getvalue()


def line_of(i):
    colour, mark, dash = LINES[i % len(LINES)]
    return {"color": colour, "marker": mark, "linestyle": dash,
            "markerfacecolor": "white" if i else colour}


def human(value, unit, digits=3):
    """Three digits and a prefix: 416 us, 1.84 TB/s."""
    prefixes = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K"), (1, ""),
                (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))
    for factor, prefix in prefixes:
        if abs(value) >= factor * 0.9995 or factor == 1e-12:
            return f"{rounded(value / factor, digits)} {prefix}{unit}".strip()
    return f"0 {unit}"


def rounded(value, digits=3):
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if "e" in text else text


def size(value):
    """A size in bytes as people write it: 192 KiB."""
    for factor, unit in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if value >= factor:
            return f"{rounded(value / factor, 4)} {unit}"
    return f"{value:.0f} B"


def size_ticks(values):
    """Short names for sizes in a row: the unit stands where it begins; of many, every second."""
    names = [size(v).split(" ") for v in values]
    stride = 2 if len(names) > 6 else 1
    shown = range(0, len(names), stride)
    return ["" if i not in shown else n if i and names[i - stride][1] == unit else f"{n}\n{unit}"
            for i, (n, unit) in enumerate(names)]


def spread(wanted, gap):
    """Moves labels' heights apart, as little as need be; in their order."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    placed = [wanted[i] for i in order]
    for _ in range(200):
        for a in range(len(placed) - 1):
            lack = gap - (placed[a + 1] - placed[a])
            if lack > 1e-9:
                placed[a] -= lack / 2
                placed[a + 1] += lack / 2
    at = [0.0] * len(wanted)
    for place, i in zip(placed, order):
        at[i] = place
    return at


def label_ends(axes, ends, points=9):
    """Names beside the right ends of lines: (y, name, colour) of each."""
    if not ends:
        return
    axes.figure.canvas.draw()
    transform = axes.transData.transform
    x = axes.get_xlim()[1]
    heights = [transform((x, y))[1] for y, _, _ in ends]
    gap = points * axes.figure.dpi / 72
    for height, (_, name, colour) in zip(spread(heights, gap), ends):
        y = axes.transAxes.inverted().transform((0, height))[1]
        axes.annotate(name, (1, y), (3, 0), xycoords="axes fraction",
                      textcoords="offset points", va="center", color=colour,
                      annotation_clip=False)


def shorten(name, limit):
    return name if len(name) <= limit else name[:limit // 2 - 1] + "…" + name[-(limit - limit // 2):]


def grid(axes, which):
    axes.grid(axis=which, color="#d9d9d9", linewidth=0.5)


def stack(axes, y, widths, parts, named, height=0.74):
    """A bar of `parts`, as wide as `widths` says; those have their names on it that `named` has
    there."""
    left = 0
    for key, (name, colour, hatch, ink) in parts.items():
        if widths[key] <= 0:
            continue
        axes.barh(y, widths[key], height, left, color=colour, hatch=hatch, edgecolor="white",
                  linewidth=0.4)
        if named.get(key) == y:
            plate = {"boxstyle": "round,pad=0.1", "facecolor": colour, "edgecolor": "none"}
            axes.text(left + widths[key] / 2, y, name, ha="center", va="center", color=ink,
                      fontsize=SMALL, bbox=plate if hatch else None)
        left += widths[key]


def name_parts(axes, bars, parts, span):
    """Of each part, the bar on which it is widest, if its name fits there; and the parts that
    are seen but fit nowhere.  `bars`: widths by part; `span`: what the axes are wide, in data."""
    inches = axes.get_position().width * axes.figure.get_figwidth()
    named, left_over = {}, []
    for key, (name, _, _, _) in parts.items():
        y = max(range(len(bars)), key=lambda i, k=key: bars[i][k])
        width = bars[y][key]
        if width * inches / span > (len(name) + 1) * LETTER_INCHES:
            named[key] = y
        elif width > 0.006 * span:
            left_over.append(key)
    return named, left_over


KEY_COLUMNS, KEY_ROW_MM = 2, 4.4


def key_height(n_keys):
    """What a key of so many parts needs, in mm."""
    return -(-n_keys // KEY_COLUMNS) * KEY_ROW_MM


def key_of_parts(figure, keys, parts, y):
    """For parts whose names fit on no bar; downwards from y."""
    if not keys:
        return
    patches = [matplotlib.patches.Patch(facecolor=parts[k][1], hatch=parts[k][2],
                                        edgecolor="white", label=parts[k][0])
               for k in parts if k in keys]
    figure.legend(handles=patches, loc="upper center", bbox_to_anchor=(0.5, y), ncol=KEY_COLUMNS,
                  handlelength=1.1, columnspacing=0.9, handletextpad=0.4, borderaxespad=0, borderpad=0,
                  labelspacing=0.3)


def table(rows, header):
    """Text: names to the left, numbers to the right."""
    rows = [header] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    lines = ["  ".join(cell.ljust(w) if i == 0 else cell.rjust(w)
                       for i, (cell, w) in enumerate(zip(row, widths))).rstrip() for row in rows]
    return "\n".join(lines) + "\n"
