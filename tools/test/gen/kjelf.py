#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare an ELF dump with what A had: `mkvmcore.py --truth`, page by page.

Usage: kjelf.py --truth FILE --ram LIST --core CORE DUMP

The program headers must be: PT_NOTE with the very bytes of the core's notes (and VIEW after a jump), one PT_LOAD of
kernel text that points at bytes of a RAM segment, and one PT_LOAD for each RAM range at
page_offset + physical address. Exit status 0: all is right; 1: one line says what is not.
"""
import argparse
import struct
import sys

from mkvmcore import KERNEL_MAP, PAGE, PAGE_OFFSET, kjump, ranges


def need(cond, what):
    if not cond:
        sys.exit("kjelf.py: " + what)


def headers(f):
    h = f.read(64)
    need(h[:7] == b"\x7fELF\2\1\1" and struct.unpack_from("<HH", h, 16) == (4, 62), "no core")
    need(struct.unpack_from("<I", h, 48)[0] == 0, "marked as incomplete")
    f.seek(struct.unpack_from("<Q", h, 32)[0])
    n = struct.unpack_from("<H", h, 56)[0]
    return [struct.unpack("<IIQQQQQQ", f.read(56)) for _ in range(n)]


def with_view(core):
    """Of a jump a dump shows the logical view, and says so."""
    return core + kjump(8, struct.pack("<II", 1, 0)) if b"KJUMP\0" in core else core


def notes(f, ph):
    need(ph[0][0] == 4, "PT_NOTE is not first")
    f.seek(ph[0][2])
    return f.read(ph[0][5])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--truth", required=True)
    p.add_argument("--core", required=True)
    p.add_argument("--ram", type=ranges, required=True)
    p.add_argument("dump")
    args = p.parse_args()
    with open(args.dump, "rb") as d, open(args.truth, "rb") as t, open(args.core, "rb") as c:
        ph = headers(d)
        need(notes(d, ph) == with_view(notes(c, headers(c))), "notes differ from the core's")
        text = [h for h in ph if h[3] >= KERNEL_MAP]
        ram = [h for h in ph if h[0] == 1 and h[3] < KERNEL_MAP]
        need(len(ph) == 1 + len(text) + len(ram), "headers of other kinds")
        need([(h[4], h[4] + h[5]) for h in ram] == args.ram, "RAM ranges")
        for _, _, off, va, pa, size, mem, _ in ram:
            need(va == PAGE_OFFSET + pa and size == mem and off % PAGE == 0, "RAM segment")
            d.seek(off)
            t.seek(pa)
            for page in range(pa, pa + size, PAGE):
                need(d.read(PAGE) == t.read(PAGE), f"page {page:#x} differs")
        need(not d.read(1), "bytes behind the last segment")
        need(len(text) == 1 and ph[1] == text[0], "no kernel text, or not second")
        _, _, off, va, pa, size, _, _ = text[0]
        need((va, pa) == (KERNEL_MAP + 0x1000000, 0x1000000), "kernel text is elsewhere")
        home = [h for h in ram if h[4] <= pa < h[4] + h[5]][0]
        need(off == home[2] + pa - home[4] and pa + size <= home[4] + home[5], "kernel text")


if __name__ == "__main__":
    main()
