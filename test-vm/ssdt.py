#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An ACPI table for QEMU's -acpitable whose _TTS, _PTS and _WAK say that they were run, on a debug console, and what
they find in memory that is ACPI NVS; must never need an AML compiler.

Usage: test-vm/ssdt.py PORT NVS-ADDRESS >FILE

Each method writes a line to PORT (isa-debugcon): its initial, the state it was called with, and of _PTS and _WAK the
counter at NVS-ADDRESS, which _PTS raises: `P41` is _PTS(4) for the first time. Numbers are single digits.
"""
import struct
import sys


def pkg(data):
    """PkgLength and what it counts (ACPI 6.4, 20.2.4)."""
    n = len(data) + 1
    if n < 64:
        return bytes([n]) + data
    n += 1
    assert n < 4096
    return bytes([0x40 | n & 15, n >> 4]) + data


def region(name, space, address, length):
    return b"\x5b\x80" + name + bytes([space]) + b"\x0c" + struct.pack("<I", address) + b"\x0a" + bytes([length])


def field(region_name, access, name, bits):
    assert bits < 64
    return b"\x5b\x81" + pkg(region_name + bytes([access]) + name + bytes([bits]))


def put(value):
    """Store (value, KJPT)"""
    return b"\x70" + value + b"KJPT"


def digit(value):
    """Add (value, '0', KJPT): the operator can store where it is put"""
    return b"\x72" + value + b"\x0a\x30" + b"KJPT"


def method(name, body):
    return b"\x14" + pkg(name + b"\x01" + body)


def char(c):
    return b"\x0a" + bytes([ord(c)])


ARG0 = b"\x68"
COUNT = b"KJCT"
END = put(char("\n"))


def table(port, nvs):
    body = region(b"KJRP", 1, port, 1) + field(b"KJRP", 1, b"KJPT", 8)
    body += region(b"KJRN", 0, nvs, 4) + field(b"KJRN", 3, COUNT, 32)
    body += method(b"_TTS", put(char("T")) + digit(ARG0) + END)
    body += method(b"_PTS", b"\x75" + COUNT + put(char("P")) + digit(ARG0) + digit(COUNT) + END)
    done = b"\xa4\x12" + pkg(b"\x02\x00\x00")  # Return (Package (2) {0, 0})
    body += method(b"_WAK", put(char("W")) + digit(ARG0) + digit(COUNT) + END + done)
    head = struct.pack("<4sIBB6s8sI4sI", b"SSDT", 36 + len(body), 2, 0, b"KJUMP ", b"KJSLEEP ", 1, b"KJMP", 1)
    data = bytearray(head + body)
    data[9] = -sum(data) & 255
    return bytes(data)


if len(sys.argv) != 3:
    sys.exit(__doc__)
sys.stdout.buffer.write(table(int(sys.argv[1], 0), int(sys.argv[2], 0)))
