#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""Read a kdump (FORMAT section 6) and compare it with what A had, page by page.

Usage: kjkdump.py --truth FILE --ram LIST --core CORE [--left FILE] [--level N] [--lost N]
                  [--last FILE] [--trim FILE] [--status N] [--raw]
                  [--erased TEXT] [--unflatten FILE] DUMP

--truth      mkvmcore.py's logical view
--left       pfns that must not be in the dump; other pages that are not must be zeros in the truth
--lost       so many pages may be lost, and the dump be marked as incomplete
--last       "user PFN" and "structs PFN": pages of the first kind may be lost only if all of the second are,
             others never
--trim       the same file: struct pages of which none describes a page in the dump must not be there, and the
             header must say so
--status     1: marked as incomplete, 0: not; without it, as --lost says
--raw        the core does not tell who it is: names and notes may be any, offline pages are not known
--erased     what makedumpfile has erased, as the dump is to list it
--unflatten  DUMP is a stream: make FILE of it first, and see that it covers all of it, once
Written from FORMAT and the sources of its readers, with none of our C code. Exit status 0: all is
right; 1: one line says what is not.
"""
import argparse
import ctypes
import functools
import mmap
import struct
import sys
import zlib

from mkvmcore import NAMES, PAGE, kjump, note, ranges

ZEROS = bytes(PAGE)


def need(cond, what):
    if not cond:
        sys.exit("kjkdump.py: " + what)


@functools.cache
def library(name):
    """By its soname: find_library() would start a compiler."""
    try:
        return ctypes.CDLL(name)
    except OSError as e:
        return need(False, str(e))


def unpack(flags, data):
    if flags == 0:
        need(len(data) == PAGE, "a stored page is short")
        return data
    if flags == 1:
        return zlib.decompress(data)
    if flags == 2:
        out = ctypes.create_string_buffer(PAGE)
        n = ctypes.c_ulong(PAGE)
        r = library("liblzo2.so.2").lzo1x_decompress_safe(data, len(data), out, ctypes.byref(n), None)
        need(r == 0 and n.value == PAGE, "lzo")
        return out.raw
    need(flags == 0x20, f"flags {flags:#x}")
    out = ctypes.create_string_buffer(PAGE)
    z = library("libzstd.so.1")
    z.ZSTD_decompress.restype = ctypes.c_size_t
    r = z.ZSTD_decompress(out, ctypes.c_size_t(PAGE), data, ctypes.c_size_t(len(data)))
    need(r == PAGE, "zstd")
    return out.raw


def unflatten(stream, path):
    with open(stream, "rb") as s, open(path, "wb+") as f:
        head = s.read(4096)
        need(len(head) == 4096 and head[:16] == b"makedumpfile\0\0\0\0", "no stream")
        need(struct.unpack_from(">qq", head, 16) == (1, 1), "type, version")
        seen = []
        while True:
            off, size = struct.unpack(">qq", s.read(16))
            if off == -1:
                need(size == -1 and not s.read(1), "the end")
                break
            need(off >= 0 and size > 0, "record")
            data = s.read(size)
            need(len(data) == size, "a record is cut")
            f.seek(off)
            f.write(data)
            seen.append((off, off + size))
        end = 0
        for lo, hi in sorted(seen):
            need(lo == end, f"record at {lo:#x}, the last one ends at {end:#x}")
            end = hi


def notes_of(core, erased):
    with open(core, "rb") as f:
        h = f.read(64)
        f.seek(struct.unpack_from("<Q", h, 32)[0])
        ph = struct.unpack("<IIQQQQQQ", f.read(56))
        need(ph[0] == 4, "core: PT_NOTE is not first")
        f.seek(ph[2])
        notes = f.read(ph[5])
    # of a jump a dump shows the logical view, and says so
    notes += kjump(8, struct.pack("<II", 1, 0)) if b"KJUMP\0" in notes else b""
    return notes + note("ERASEINFO", 0, erased) if erased else notes


def check_head(m, args):
    need(m[:8] == b"KDUMP   " and struct.unpack_from("<i", m, 8)[0] == 6, "signature, version")
    uts = [m[12 + 65 * i : 12 + 65 * (i + 1)].split(b"\0")[0] for i in range(6)]
    need(args.raw or tuple(uts) == NAMES, f"utsname {uts}")
    usec, status, block, sub, bitmaps, mapnr = struct.unpack_from("<qIiIII", m, 416)
    need(usec == 0 and block == PAGE, "microseconds, block size")
    need(bool(status & 8) == (bool(args.lost) if args.status is None else bool(args.status)),
         f"status {status:#x}")
    need(bool(status & 16) == bool(args.trim), f"status {status:#x}")
    level, split = struct.unpack_from("<ii", m, PAGE + 8)
    need((level, split) == (args.level, 0), "level")
    vi_off, vi_size, n_off, n_size = struct.unpack_from("<4Q", m, PAGE + 32)
    if args.raw:
        need(uts[0] == b"Linux" and uts[4] == b"x86_64" and uts[2] and uts[3], f"utsname {uts}")
    else:
        need(m[n_off : n_off + n_size] == notes_of(args.core, args.erased), "notes")
    e_off, e_size = struct.unpack_from("<2Q", m, PAGE + 64)
    need(m[e_off : e_off + e_size] == args.erased, "what was erased")
    need(args.raw or m[vi_off : vi_off + vi_size].startswith(b"OSRELEASE="), "VMCOREINFO")
    frames = struct.unpack_from("<Q", m, PAGE + 96)[0]
    need(frames == mapnr == args.ram[-1][1] >> 12, "page frames")
    half = ((frames + 7) // 8 + 4095) // 4096 * 4096
    need(bitmaps * PAGE == 2 * half, "bitmaps")
    return (1 + sub) * PAGE, half


def trimmed(path, ram, there):
    """Struct pages, 512 pages of them for each section in which there is RAM, that describe nothing which is @there;
    but struct pages count as being so."""
    with open(path, encoding="ascii") as f:
        structs = [int(pfn) for kind, pfn in map(str.split, f) if kind == "structs"]
    there |= set(structs)
    for i, nr in enumerate(sorted({pfn >> 15 for pfn in ram})):
        for j, pfn in enumerate(structs[i * 512 : (i + 1) * 512]):
            first = (nr << 15) + j * 64
            if there.isdisjoint(range(first, first + 64)):
                yield pfn


def check_bitmaps(m, at, half, ram):
    """The first one is @ram; of that only is the second one, which is returned as a string of a digit for each page."""
    want = sum(((1 << n) - 1) << (lo >> 12) for lo, hi in ram for n in [(hi - lo) >> 12])
    there, kept = (int.from_bytes(m[i : i + half], "little") for i in (at, at + half))
    for bits, what in ((there ^ want, "RAM"), (kept & ~want, "is kept")):
        need(not bits, f"page {(bits & -bits).bit_length() - 1:#x}: {what}")
    return f"{kept:0{half * 8}b}"[::-1]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--truth", required=True)
    p.add_argument("--core", required=True)
    p.add_argument("--ram", type=ranges, required=True)
    p.add_argument("--left")
    p.add_argument("--level", type=int, default=31)
    p.add_argument("--lost", type=int, default=0)
    p.add_argument("--last")
    p.add_argument("--trim")
    p.add_argument("--status", type=int)
    p.add_argument("--raw", action="store_true")
    p.add_argument("--unflatten")
    p.add_argument("--erased", type=str.encode, default=b"")
    p.add_argument("dump")
    args = p.parse_args()
    left = set()
    if args.left:
        with open(args.left, encoding="ascii") as f:
            left = {int(line) for line in f}
    if args.unflatten:
        unflatten(args.dump, args.unflatten)
        args.dump = args.unflatten
    with open(args.dump, "rb") as f, open(args.truth, "rb") as t:
        m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
        at, half = check_head(m, args)
        ram = {pfn for lo, hi in args.ram for pfn in range(lo >> 12, hi >> 12)}
        if args.trim:
            # what is missing for other reasons is looked at below
            left |= set(trimmed(args.trim, ram, {pfn for pfn in ram if m[at + half + pfn // 8] >> pfn % 8 & 1}))
        desc, lost, used = at + 2 * half, 0, []
        last = {}
        if args.last:
            with open(args.last, encoding="ascii") as f:
                last = {int(pfn): kind for kind, pfn in map(str.split, f)}
        gone = {"user": 0, "structs": 0}
        kept = check_bitmaps(m, at, half, args.ram)
        truths = mmap.mmap(t.fileno(), 0, prot=mmap.PROT_READ)
        # a text for each of some ten thousand pages would take longer than the looks at them
        for pfn in sorted(ram):
            truth = truths[pfn << 12 : (pfn + 1) << 12]
            if kept[pfn] == "0":
                if pfn not in left and truth != ZEROS:
                    need(False, f"page {pfn:#x} is missing")
                continue
            if pfn in left:
                need(False, f"page {pfn:#x} should have been left out")
            off, size, flags, zero = struct.unpack_from("<QIIQ", m, desc)
            desc += 24
            if not off:
                need(size == 0, "a lost page has a size")
                need(not last or pfn in last, f"page {pfn:#x} is lost, which is the kernel's")
                lost += 1
                if last:
                    gone[last[pfn]] += 1
                continue
            if zero or not 0 < size <= PAGE:
                need(False, f"page {pfn:#x}: descriptor")
            used.append((off, off + size))
            page = unpack(flags, m[off : off + size])
            if page != truth and not (args.raw and truth == ZEROS):
                need(False, f"page {pfn:#x} differs")
        need(lost <= args.lost, f"{lost} pages are lost")
        structs = sum(kind == "structs" for kind in last.values())
        need(not gone["user"] or gone["structs"] == structs, f"in the wrong order: {gone}, {structs} struct pages")
        end = desc
        for lo, hi in sorted(set(used)):
            need(lo >= end and hi <= len(m), f"pages overlap at {lo:#x}")
            end = hi


if __name__ == "__main__":
    main()
