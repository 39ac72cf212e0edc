#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make or read a target that is a part of a device (FORMAT section 3), with none of our C code.

Usage: mkplace.py --label HEX --blocks N --extents N --pages N [--swap BLOCK] FILE
           a new file full of junk that stands in for a device of N blocks: extents of so many pages each, from its end
           down with gaps as large, an extent list, label and record; with --swap the marked header of a swap area
           there. Prints LIST= (offset), BLOCK= (of the list), SUM= and SIZE=.
       mkplace.py --label HEX --into OFFSET:BYTES [--into ...] [--swap BLOCK] FILE
           the same of these pieces of the file or device FILE, which is left as it is but for that
       mkplace.py --take OUT --list BLOCK FILE
           the target's bytes, one extent behind the other, to the new file OUT
       mkplace.py --outside OTHER --list BLOCK FILE
           do FILE and OTHER differ in the extents alone? The list is FILE's.
"""
import argparse
import os
import struct
import sys

from kjimage import xxh64

PAGE = 4096
EACH = 247


def seal(block):
    block = block.ljust(PAGE - 8, b"\0")
    return block + struct.pack("<Q", xxh64(block))


def make(args):
    dev = args.blocks * PAGE
    every = args.extents + (args.extents + EACH - 1) // EACH
    ext = [((args.blocks - 2 * args.pages * (i + 1)) * PAGE, args.pages * PAGE) for i in range(every)]
    if ext[-1][0] < 16 * PAGE:
        sys.exit("mkplace.py: too many extents")
    # the list is in the first page of the last ones
    lists = [off for off, _ in ext[args.extents:]]
    ext = ext[: args.extents]
    with open(args.file, "xb") as f:
        for _ in range(0, dev, 1 << 20):
            f.write(os.urandom(1 << 20))
        f.truncate(dev)
    return dev, ext, lists


def into(args):
    with open(args.file, "rb") as f:
        dev = f.seek(0, os.SEEK_END)
    ext = [tuple(map(int, e.split(":"))) for e in args.into]
    lists = []
    for _ in range((len(ext) + EACH - 1) // EACH):
        (off, n), *ext = ext
        lists.append(off)
        ext = [(off + PAGE, n - PAGE)] * (n > PAGE) + ext
    return dev, ext, lists


def write(args, dev, ext, lists):
    size = sum(n for _, n in ext)
    label = bytes.fromhex(args.label)
    kind, swap = (1, 0) if args.swap is None else (2, args.swap * PAGE)
    total = xxh64(label, kind)
    total = xxh64(struct.pack("<QQQ", dev, size, swap), total)
    for e in ext:
        total = xxh64(struct.pack("<QQ", *e), total)
    with open(args.file, "r+b") as f:
        for i, at in enumerate(lists):
            nxt = lists[i + 1] if i + 1 < len(lists) else 0
            b = b"KJEXTENT" + struct.pack("<II", 1, kind) + label
            b += struct.pack("<QQIIQQ", dev, size, len(ext), i * EACH, nxt, swap) + bytes(56)
            b += b"".join(struct.pack("<QQ", *e) for e in ext[i * EACH : (i + 1) * EACH])
            f.seek(at)
            f.write(seal(b))
        if args.swap is not None:
            page = bytearray(PAGE)
            page[1024] = 1
            if args.into:
                f.seek(swap)
                page[:] = f.read(PAGE)
            page[4068:4076] = struct.pack("<Q", lists[0])
            page[4076:] = b"SWAPSPACE2ULSUSPEND\0"
            f.seek(swap)
            f.write(page)
        tail = seal(b"KJRECORD" + struct.pack("<I", 1))
        tail += seal(b"KJLABEL1" + struct.pack("<II", 1, 0) + label + struct.pack("<QQ", size, 1700000000))
        for i in range(2):
            at = size - 2 * PAGE + i * PAGE
            for off, n in ext:
                if at < n:
                    f.seek(off + at)
                    f.write(tail[i * PAGE : (i + 1) * PAGE])
                    break
                at -= n
    print(f"LIST={lists[0]}\nBLOCK={lists[0] // PAGE}\nSUM={total}\nSIZE={size}")


def extents(f, at):
    ext = []
    while at:
        f.seek(at)
        b = f.read(PAGE)
        if b[:8] != b"KJEXTENT" or struct.unpack_from("<Q", b, 4088)[0] != xxh64(b[:4088]):
            sys.exit("mkplace.py: no extent list")
        total, first, at = struct.unpack_from("<IIQ", b, 48)
        ext += [struct.unpack_from("<QQ", b, 128 + 16 * i) for i in range(min(EACH, total - first))]
    return ext


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--label")
    p.add_argument("--blocks", type=int)
    p.add_argument("--extents", type=int)
    p.add_argument("--pages", type=int)
    p.add_argument("--swap", type=int)
    p.add_argument("--into", action="append")
    p.add_argument("--take")
    p.add_argument("--outside")
    p.add_argument("--list", type=int)
    p.add_argument("file")
    args = p.parse_args()
    if args.label:
        write(args, *(into(args) if args.into else make(args)))
        return
    with open(args.file, "rb") as f:
        ext = extents(f, args.list * PAGE)
        if args.take:
            with open(args.take, "xb") as out:
                for off, n in ext:
                    f.seek(off)
                    out.write(f.read(n))
            return
        f.seek(0)
        a = bytearray(f.read())
    with open(args.outside, "rb") as f:
        b = bytearray(f.read())
    for off, n in ext:
        a[off : off + n] = b[off : off + n] = bytes(n)
    if a != b:
        sys.exit("mkplace.py: a byte outside of the extents has changed")


if __name__ == "__main__":
    main()
