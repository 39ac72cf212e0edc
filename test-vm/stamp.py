#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write down when lines come up in the logs of a VM, in seconds since 1970.

Must never report a time for a line that it found on its first look, which is too late, or outlive
the process that started it.

usage: stamp.py KEY FILE REGEX [KEY FILE REGEX]...

Prints KEY=SECONDS at the first match, and ends when it has them all. A KEY that ends in * stands
for each match: KEY1=, KEY2= and so on, until the process that started it is gone.
"""
import os
import re
import sys
import time

LOOK = 0.005


class Log:
    """What a file has so far; it need not be there yet."""

    def __init__(self, path):
        self.path, self.file, self.text = path, None, ""

    def grow(self):
        if not self.file:
            try:
                self.file = open(self.path, encoding="utf-8", errors="replace", newline="")
            except OSError:
                return
        self.text += self.file.read()


class Stamp:
    def __init__(self, key, log, regex):
        self.key, self.log, self.regex = key, log, re.compile(regex, re.M)
        self.at, self.n = 0, 0

    def found(self):
        """Once for each match."""
        m = self.regex.search(self.log.text, self.at)
        if not m:
            return False
        self.at, self.n = m.end(), self.n + 1
        return True


def main(argv):
    if len(argv) < 4 or (len(argv) - 1) % 3:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    logs = {path: Log(path) for path in argv[2::3]}
    stamps = [Stamp(key, logs[path], regex) for key, path, regex in zip(*[iter(argv[1:])] * 3)]
    parent, first = os.getppid(), True
    while stamps and os.getppid() == parent:
        for log in logs.values():
            log.grow()
        now = time.time()
        for s in list(stamps):
            while s in stamps and s.found():
                if first:
                    print(f"stamp.py: {s.log.path}: {s.key} was there before", file=sys.stderr)
                    return 1
                if s.key.endswith("*"):
                    print(f"{s.key[:-1]}{s.n}={now:.3f}", flush=True)
                else:
                    print(f"{s.key}={now:.3f}", flush=True)
                    stamps.remove(s)
        first = False
        time.sleep(LOOK)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
