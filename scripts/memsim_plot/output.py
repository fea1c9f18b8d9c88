# SPDX-License-Identifier: Apache-2.0
"""Outputs that are there whole or not at all."""
import os
import sys
import tempfile

from .fault import OUTPUT, USAGE, Fault

FORMATS = ("svg", "pdf", "png", "txt")


def format_of(path):
    ending = path.rpartition(".")[2]
    if ending not in FORMATS:
        raise Fault(USAGE, f"{path}: which format? end the name in .svg, .pdf, .png or .txt, or "
                    "give --format")
    return ending


def check_apart(path, source):
    if path != "-" and os.path.exists(path) and os.path.exists(source) and \
            os.path.samefile(path, source):
        raise Fault(USAGE, f"{path}: the output would overwrite the input {source}")


def replace(path, data):
    """A file beside it, synced, takes its place."""
    path = os.path.realpath(path)
    mask = os.umask(0)
    os.umask(mask)
    fd, name = tempfile.mkstemp(prefix=".memsim-tmp.", dir=os.path.dirname(path))
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(fd, 0o666 & ~mask)
            os.fsync(fd)
        os.rename(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write(path, data):
    try:
        if path == "-":
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        elif os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as file:
                file.write(data)
        else:
            replace(path, data)
    except OSError as error:
        raise Fault(OUTPUT, f"{path}: cannot write: {error.strerror}") from None
