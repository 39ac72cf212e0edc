#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare an ELF dump with what A had: `mkvmcore.py --truth`, page by page.

Usage: kjelf.py --truth FILE --ram LIST --core CORE [--left FILE] DUMP

The program headers must be: PT_NOTE with the very bytes of the core's notes (and VIEW after a jump), one PT_LOAD of
kernel text that points at bytes of a RAM segment, and one PT_LOAD for each RAM range at
page_offset + physical address. --left: pfns that were left out; then there are PT_LOADs of what is left of each range
and of the text, no two of them with less than a MiB between them, the pages that were left out within them are zeros,
those between them all were left out or zeros in the truth; libkdumpfile, if it is there, must say the same of the rest.
Exit status 0: all is right; 1: one line says what is not.
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


def dumped(f):
    """Of a dump: crash takes a core whose PT_LOADs are aligned for one of netdump's, and does not look for KASLR."""
    ph = headers(f)
    need(not any(p[0] == 1 and p[7] for p in ph), "p_align of a PT_LOAD is not 0")
    return ph


def notes(f, ph):
    need(ph[0][0] == 4, "PT_NOTE is not first")
    f.seek(ph[0][2])
    return f.read(ph[0][5])


def foreign(args, ph, left):
    """What libkdumpfile reads; it wants to know the machine, which not every core tells it."""
    try:
        import kdumpfile
    except ImportError:
        print("kjelf.py: no libkdumpfile")
        return
    ctx = kdumpfile.kdumpfile(args.dump)
    with open(args.truth, "rb") as t:
        for h in ph:
            for pa in range(h[4], h[4] + h[5], PAGE):
                t.seek(pa)
                want = bytes(PAGE) if pa >> 12 in left else t.read(PAGE)
                got = ctx.read(kdumpfile.KDUMP_MACHPHYSADDR, pa, PAGE)
                need(bytes(got) == want, f"libkdumpfile: page {pa:#x} differs")
    print("kjelf.py: libkdumpfile agrees")


def sparse(args):
    with open(args.left, encoding="ascii") as f:
        left = {int(line) for line in f}
    with open(args.dump, "rb") as d, open(args.truth, "rb") as t, open(args.core, "rb") as c:
        ph = dumped(d)
        need(notes(d, ph) == with_view(notes(c, headers(c))), "notes differ from the core's")
        text = [h for h in ph if h[3] >= KERNEL_MAP]
        ram = [h for h in ph if h[0] == 1 and h[3] < KERNEL_MAP]
        need(len(ph) == 1 + len(text) + len(ram) and ph[1 : 1 + len(text)] == text, "headers")
        seen, last, at = set(), None, None
        for _, _, off, va, pa, size, mem, _ in ram:
            home = [r for r in args.ram if r[0] <= pa and pa + size <= r[1]]
            need(va == PAGE_OFFSET + pa and size == mem and off % PAGE == 0 and home, "segment")
            need(at in (None, off), "the file has a gap")
            if last and last[0] == home[0]:
                need(pa - last[1] >= 1 << 20, f"a small gap before {pa:#x}")
            last, at = (home[0], pa + size), off + size
            d.seek(off)
            for page in range(pa, pa + size, PAGE):
                t.seek(page)
                want = bytes(PAGE) if page >> 12 in left else t.read(PAGE)
                need(d.read(PAGE) == want, f"page {page:#x} differs")
                seen.add(page >> 12)
        need(not d.read(1), "bytes behind the last segment")
        for pfn in (p for r in args.ram for p in range(r[0] >> 12, r[1] >> 12)):
            t.seek(pfn << 12)
            need(pfn in seen or pfn in left or t.read(PAGE) == bytes(PAGE), f"page {pfn:#x} is missing")
        need(len(seen) < sum(hi - lo for lo, hi in args.ram) >> 12, "nothing was left out")
        need(text, "no kernel text")
        for _, _, off, va, pa, size, _, _ in text:
            home = [h for h in ram if h[4] <= pa and pa + size <= h[4] + h[5]]
            need(va - pa == KERNEL_MAP and home and off == home[0][2] + pa - home[0][4], "kernel text")
    foreign(args, ram, left)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--truth", required=True)
    p.add_argument("--core", required=True)
    p.add_argument("--ram", type=ranges, required=True)
    p.add_argument("--left")
    p.add_argument("dump")
    args = p.parse_args()
    if args.left:
        return sparse(args)
    with open(args.dump, "rb") as d, open(args.truth, "rb") as t, open(args.core, "rb") as c:
        ph = dumped(d)
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
