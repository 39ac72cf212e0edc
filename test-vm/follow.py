#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Print what our programs say in a guest's console log, as it comes.

Must never wait for more once it got SIGTERM: then it prints what is there and
ends.

usage: follow.py CONSOLE-LOG
"""
import os
import re
import signal
import sys
import time

OURS = re.compile(r"(kjump|resumed |away |(hibernate|snapshot|test) done)")
PROGRESS = re.compile(r"kjump-\w+: \d+ % ")
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
over = False


def stop(*_):
    global over
    over = True


def show(line, terminal):
    line = ESCAPE.sub("", line).strip()
    if not OURS.match(line):
        return
    if terminal and PROGRESS.match(line):
        sys.stdout.write("   | %s\x1b[K\r" % line)
    else:
        sys.stdout.write("   | %s%s\n" % (line, "\x1b[K" if terminal else ""))
    sys.stdout.flush()


def main(argv):
    if len(argv) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    signal.signal(signal.SIGTERM, stop)
    parent, rest = os.getppid(), ""
    with open(argv[1], encoding="utf-8", errors="replace", newline="") as log:
        while os.getppid() == parent:
            # asked before reading: what came until then is still shown
            last = over
            rest += log.read()
            *lines, rest = re.split("[\r\n]", rest)
            for line in lines:
                show(line, sys.stdout.isatty())
            if last:
                break
            time.sleep(0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
