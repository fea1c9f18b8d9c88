# SPDX-License-Identifier: Apache-2.0
"""Reads what memsim and memsim-sweep have written: reports (JSON) and tables (CSV)."""
import csv
import gzip
import io
import json
import re
import sys
import zlib

from .fault import INPUT, USAGE, Fault

# memsim-sweep puts its settings before this column.
FIRST_OWN_COLUMN = "trace"
UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40, "B": 1, "KiB": 2**10,
         "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "KB": 10**3, "MB": 10**6, "GB": 10**9,
         "TB": 10**12, "Hz": 1, "kHz": 10**3, "MHz": 10**6, "GHz": 10**9, "ps": 1, "ns": 10**3,
         "us": 10**6, "ms": 10**9, "Mbps": 10**6, "Gbps": 10**9, "GB/s": 10**9, "TB/s": 10**12,
         "Gb": 2**30}
NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z/]*)")


class Results:
    """Runs are reports as memsim wrote them; rows, None for reports, are of one table."""

    def __init__(self):
        self.runs, self.rows, self.columns, self.settings = [], None, [], []
        self.n_rows = 0  # of the whole table


def number(text):
    """A cell as a number: 256K, 1.8 GHz, 0.25; None if it is none."""
    match = NUMBER.fullmatch(text.strip())
    if not match or match.group(2) not in UNITS:
        return None
    return float(match.group(1)) * UNITS[match.group(2)]


def load(path):
    try:
        if path == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(path, "rb") as file:
                data = file.read()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        return data.decode("utf-8")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise Fault(INPUT, f"{path}: cannot read: {reason}") from None
    except UnicodeDecodeError:
        raise Fault(INPUT, f"{path}: not text (expected a report or a table)") from None


def check_run(path, run):
    members = ("schedule", "machine", "time", "core_cycles", "hbm", "kernels")
    lacking = [m for m in members if not isinstance(run, dict) or m not in run]
    if lacking:
        raise Fault(INPUT, f"{path}: not a report of memsim -f json (lacks {', '.join(lacking)})")


def read_report(path, text):
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise Fault(INPUT, f"{path}:{getattr(error, 'lineno', 1)}: not JSON: "
                    f"{getattr(error, 'msg', error)}") from None
    runs = parsed if isinstance(parsed, list) else [parsed]
    for run in runs:
        check_run(path, run)
    if not runs:
        raise Fault(INPUT, f"{path}: holds no run")
    return runs


def read_table(path, text, results):
    lines = csv.reader(io.StringIO(text), strict=True)
    results.rows = []
    try:
        for line in lines:
            if not results.columns:
                results.columns = line
            elif len(line) != len(results.columns):
                raise Fault(INPUT, f"{path}:{lines.line_num}: found {len(line)} cells, expected "
                            f"{len(results.columns)}")
            else:
                results.rows.append(dict(zip(results.columns, line), row=len(results.rows) + 1))
    except csv.Error as error:
        raise Fault(INPUT, f"{path}:{lines.line_num}: {error}") from None
    lacking = [c for c in ("trace", "schedule", "status") if c not in results.columns]
    if lacking:
        raise Fault(INPUT, f"{path}: not a table of memsim-sweep (lacks {', '.join(lacking)})")
    if not results.rows:
        raise Fault(INPUT, f"{path}: holds no row")
    results.settings = results.columns[:results.columns.index(FIRST_OWN_COLUMN)]


def choose_trace(results, wanted):
    rows = [r for r in results.rows if not wanted or wanted in r["trace"]]
    traces = sorted({r["trace"] for r in rows})
    if len(traces) != 1:
        raise Fault(USAGE, f"--trace: {len(traces)} traces of the table are meant, expected one of "
                    + ", ".join(sorted({r["trace"] for r in results.rows})))
    results.n_rows, results.rows = len(results.rows), rows


def read(paths, trace=None):
    results = Results()
    texts = [(path, load(path)) for path in paths]
    if all(text.lstrip()[:1] in ("{", "[") for _, text in texts):
        for path, text in texts:
            results.runs += read_report(path, text)
    elif len(texts) == 1:
        read_table(*texts[0], results)
        choose_trace(results, trace)
    else:
        raise Fault(USAGE, "one table at a time, or any number of reports")
    return results


def column(results, name):
    if name not in results.columns:
        raise Fault(USAGE, f"no column {name} (of {', '.join(results.columns)})")
    return name
