#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk as a power cut may leave it, from the writes that QEMU's blklogwrites recorded.

Usage: cutlog.py flushes LOG             how many flushes there were
       cutlog.py cut LOG DISK OUT K SEED

DISK is what the disk held when the record began, OUT becomes what it holds if everything up to and
including flush number K (0: nothing) has reached it. What was written behind that flush and before
the next may have or not: SEED 0 is nothing of it; with any other, a random choice of whole writes
got there, and of one of them only some sectors. Prints FLUSHES, WRITES (behind flush K), KEPT, TORN
(sectors of that one).

The record is that of Linux's dm-log-writes (Documentation/admin-guide/device-mapper/log-writes.rst):
a block with magic, version, number of entries and sector size, then for each entry a sector with
sector, sectors, flags and length of the data, and the data. Must never invent a write, or leave out one that
was flushed.
"""
import os
import random
import struct
import subprocess
import sys

MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4


def fail(text):
    sys.exit("cutlog.py: " + text)


def entries(f):
    """(flags, offset on the disk, bytes, offset of the data in the record or None)."""
    magic, version, count, sector = struct.unpack("<QQQI", f.read(28))
    if magic != MAGIC or version != 1 or sector < 512 or sector & (sector - 1):
        fail("not a record of writes")
    size = os.fstat(f.fileno()).st_size
    at = sector
    for n in range(count):
        f.seek(at)
        head = f.read(32)
        if len(head) < 32:
            fail(f"entry {n} of {count} is cut short")
        where, sectors, flags, _ = struct.unpack("<QQQQ", head)
        at += sector
        data = None
        if not flags & DISCARD and sectors:
            data = at
            at += sectors * sector
            if at > size:
                fail(f"entry {n} of {count} ends behind the record")
        yield flags, where * sector, sectors * sector, data


def groups(f):
    """Lists of writes, one before each flush, and what came behind the last."""
    out = [[]]
    for flags, off, length, data in entries(f):
        if flags & FUA:
            fail("a write that forces itself through: virtio-blk has none")
        # a write that asks for a flush as well comes behind it
        if flags & FLUSH:
            out.append([])
        if length:
            out[-1].append((off, length, data))
    return out


def apply(f, out, write, keep=None):
    off, length, data = write
    if data is None:
        buf = bytes(length)
    else:
        f.seek(data)
        buf = f.read(length)
        if len(buf) != length:
            fail("the record is cut short")
    if keep is None:
        out.seek(off)
        out.write(buf)
        return
    for i in keep:
        out.seek(off + i * 512)
        out.write(buf[i * 512:(i + 1) * 512])


def cut(log, disk, out, k, seed):
    subprocess.run(["cp", "--sparse=always", disk, out], check=True)
    with open(log, "rb") as f, open(out, "r+b") as o:
        g = groups(f)
        if not 0 <= k < len(g):
            fail(f"there are {len(g) - 1} flushes, not {k}")
        for writes in g[:k]:
            for w in writes:
                apply(f, o, w)
        kept, torn = [], 0
        if seed:
            rng = random.Random(seed)
            share = rng.choice((0.1, 0.5, 0.9))
            kept = [w for w in g[k] if rng.random() < share]
            part = rng.randrange(len(kept)) if kept else -1
            for i, w in enumerate(kept):
                if i != part:
                    apply(f, o, w)
                    continue
                sectors = w[1] // 512
                some = sorted(rng.sample(range(sectors), rng.randrange(sectors + 1)))
                torn = len(some)
                apply(f, o, w, some)
        print(f"FLUSHES={len(g) - 1}\nWRITES={len(g[k])}\nKEPT={len(kept)}\nTORN={torn}")


def main(argv):
    if len(argv) == 3 and argv[1] == "flushes":
        with open(argv[2], "rb") as f:
            print(len(groups(f)) - 1)
    elif len(argv) == 7 and argv[1] == "cut":
        cut(argv[2], argv[3], argv[4], int(argv[5]), int(argv[6]))
    else:
        fail("see the top of this file")


if __name__ == "__main__":
    main(sys.argv)
