#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""An ELF core as filtering a large machine's makes it: with very many program headers.

Usage: kjloads.py [--more N] [--say N] CORE OUT

Each page of CORE gets a PT_LOAD of its own; their headers are in no order. From 65535 headers on
their number stands where elf(5) says, in section header 0.

--more    so many loads besides, each every second page from 4 GiB on; all show the first page of CORE
--say     so many headers, whatever there are

Written from elf(5), with none of our C code. Must never change a byte of CORE's memory.
"""
import argparse
import random
import struct

PAGE = 4096
PN_XNUM = 0xFFFF
EHDR, PHDR, SHDR = 64, 56, 64


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--more", type=int, default=0)
    p.add_argument("--say", type=int)
    p.add_argument("core")
    p.add_argument("out")
    args = p.parse_args()
    with open(args.core, "rb") as f:
        data = f.read()
    at, num = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    heads = [struct.unpack_from("<IIQQQQQQ", data, at + PHDR * i) for i in range(num)]
    notes = [h for h in heads if h[0] == 4]
    loads = [(off + i, va + i, pa + i) for kind, _, off, va, pa, size, _, _ in heads if kind == 1
             for i in range(0, size, PAGE)]
    off, va, pa = min(loads, key=lambda l: l[2])
    for i in range(args.more):
        to = (4 << 30) + 2 * PAGE * i
        loads.append((off, va - pa + to, to))
    random.Random(1).shuffle(loads)
    num = len(notes) + len(loads)
    start = (EHDR + PHDR * num + SHDR + PAGE - 1) & -PAGE  # CORE as it is, from here on
    out = bytearray()
    for kind, flags, off, va, pa, size, mem, align in notes:
        out += struct.pack("<IIQQQQQQ", kind, flags, start + off, va, pa, size, mem, align)
    for off, va, pa in loads:
        out += struct.pack("<IIQQQQQQ", 1, 7, start + off, va, pa, PAGE, PAGE, 0)
    num = args.say or num
    many = num >= PN_XNUM
    head = data[:32] + struct.pack("<QQIHHHHHH", EHDR, EHDR + len(out) if many else 0, 0, EHDR, PHDR,
                                   min(num, PN_XNUM), SHDR if many else 0, int(many), 0)
    out = head + out + bytes(44) + struct.pack("<I", num) + bytes(SHDR - 48)
    with open(args.out, "wb") as f:
        f.write(out.ljust(start, b"\0") + data)


if __name__ == "__main__":
    main()
