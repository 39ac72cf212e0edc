#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Send one command to a QEMU over its QMP socket and print the answer.

Must never outlive its command, and never start or end a QEMU by itself.

usage: qmp.py SOCKET hmp 'MONITOR COMMAND'
       qmp.py SOCKET qmp COMMAND [JSON-ARGUMENTS]
       qmp.py SOCKET type TEXT        (into the socket of a serial port)
"""
import json
import socket
import sys
import time

TIMEOUT = 300


def die(text):
    print("qmp.py: " + text, file=sys.stderr)
    sys.exit(1)


def dial(path):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(TIMEOUT)
    for attempt in range(50):
        try:
            s.connect(path)
            return s
        except OSError as e:
            # QEMU makes its sockets a moment after it starts.
            if attempt == 49:
                die("%s: %s" % (path, e.strerror))
            time.sleep(0.1)


def answer(stream):
    """The next reply; events on the way belong to events.log."""
    for line in stream:
        msg = json.loads(line)
        if "error" in msg:
            die(msg["error"].get("desc", "unknown error"))
        if "return" in msg:
            return msg["return"]
    die("QEMU closed the connection")


def qmp(sock, command, arguments):
    stream = sock.makefile("rw", encoding="utf-8")
    json.loads(stream.readline())  # the greeting
    for msg in ({"execute": "qmp_capabilities"},
                {"execute": command, "arguments": arguments}):
        stream.write(json.dumps(msg) + "\n")
        stream.flush()
        ret = answer(stream)
    return ret


def main(argv):
    if len(argv) < 4:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    path, verb, what = argv[1:4]
    sock = dial(path)
    if verb == "type":
        # Slowly: a 16550 without flow control drops what comes too fast.
        for c in what.encode():
            sock.send(bytes([c]))
            time.sleep(0.01)
        return 0
    if verb == "hmp":
        ret = qmp(sock, "human-monitor-command", {"command-line": what})
        text = ret.replace("\r", "").strip()
        if text:
            print(text)
        # HMP has no status: what a command says in complaint starts so.
        return 1 if text.startswith(("Error", "unknown command")) else 0
    if verb == "qmp":
        ret = qmp(sock, what, json.loads(argv[4]) if len(argv) > 4 else {})
        print(json.dumps(ret))
        return 0
    die("%s: no such verb" % verb)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
