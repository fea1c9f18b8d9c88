# SPDX-License-Identifier: Apache-2.0
"""What a user can mend, with memsim's exit statuses."""
import sys

USAGE, INPUT, OUTPUT, LIMIT = 2, 4, 5, 6


class Fault(Exception):
    """One line, and the status that it ends with."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status

    def report(self, program):
        line = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(self))
        print(f"{program}: {line}", file=sys.stderr)
        return self.status
