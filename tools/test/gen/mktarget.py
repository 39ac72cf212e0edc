#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make or read a target (FORMAT section 3), with none of our C code.

Usage: mktarget.py --label HEX --size BYTES FILE   a new file full of junk, with label and record; --saved HEX: the
                                                   record of a job of that id, whose image is there
       mktarget.py --record FILE                   print STATE= RESULT= ID= TEXT= of the record
"""
import argparse
import os
import struct
import sys

from kjimage import xxh64

PAGE = 4096


def seal(block):
    block = block.ljust(PAGE - 8, b"\0")
    return block + struct.pack("<Q", xxh64(block))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--label")
    p.add_argument("--size", type=int)
    p.add_argument("--saved")
    p.add_argument("--record", action="store_true")
    p.add_argument("file")
    args = p.parse_args()
    if args.record:
        with open(args.file, "rb") as f:
            size = f.seek(0, os.SEEK_END) & -PAGE
            f.seek(size - 2 * PAGE)
            r = f.read(PAGE)
        if r[:8] != b"KJRECORD" or struct.unpack_from("<Q", r, 4088)[0] != xxh64(r[:4088]):
            sys.exit("mktarget.py: no record")
        text = r[72 : r.index(0, 72)].decode()
        print(f"STATE={struct.unpack_from('<I', r, 12)[0]}")
        print(f"RESULT={struct.unpack_from('<I', r, 52)[0]}\nID={r[16:32].hex()}\nTEXT={text}")
        return
    usable = (args.size & -PAGE) - 2 * PAGE
    with open(args.file, "xb") as f:
        f.truncate(args.size)
        for _ in range(usable >> 20):
            f.write(os.urandom(1 << 20))
        f.seek(usable)
        record = struct.pack("<I", 1)
        if args.saved:
            record = struct.pack("<II", 1, 3) + bytes.fromhex(args.saved) + bytes(16) + struct.pack("<II", 1, 0)
        f.write(seal(b"KJRECORD" + record))
        f.write(seal(b"KJLABEL1" + struct.pack("<II", 1, 0) + bytes.fromhex(args.label) +
                     struct.pack("<QQ", args.size, 1700000000)))


if __name__ == "__main__":
    main()
