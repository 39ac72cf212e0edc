#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A kdump-compressed file as its other readers see it: bitmaps by the format's description, pages by libkdumpfile.

Must never use anything of ours. The source of truth, where there is one, is memory that QEMU wrote out while kernel B stood still.

usage: kdump.py core DUMP MEMORY VMLINUX RAM OUT
           make an ELF core, as /proc/vmcore would be, of MEMORY (guest physical memory from 0 on) with the notes of
           DUMP; RAM: 1000-5ffffff,...!4000000-4ffffff,... A's memory and, behind the !, what was reserved for B, in
           hex, last byte included; B sees nothing of the first MiB either
       kdump.py pages DUMP CORE [RAM]
           every page that DUMP keeps is that of CORE, byte for byte; with RAM, its first bitmap is just that RAM
       kdump.py plain DUMP MEMORY RAM
           the same, of MEMORY itself
       kdump.py same DUMP OTHER CORE
           both have the same pages; where they differ, a page that only one of them lacks is counted by its kind
       kdump.py readable DUMP TEXT
           it is complete, and every page that DUMP keeps can be read; TEXT, of A's memory, is in one of them
Prints KEY=value; exit status 1 with WRONG= when something is not what it must be.
"""
import mmap
import re
import struct
import subprocess
import sys

PAGE = 4096
ZERO = bytes(PAGE)
TEXT = 0xffffffff80000000


def fail(text):
    print("WRONG=" + text)
    sys.exit(1)


def mapped(path):
    with open(path, "rb") as f:
        return mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)


def ranges(text):
    """Page frames [(first, end)] of RAM."""
    ram, cut = ([tuple(int(x, 16) for x in part.split("-")) for part in side.split(",") if part]
                for side in text.split("!"))
    # a page that begins in one range may end in the next: UEFI's boot loaders take pieces of memory out byte by byte
    joined = ram[:1]
    for start, last in ram[1:]:
        if start == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((start, last))
    out = []
    for start, last in joined:
        first, end = max((start + PAGE - 1) // PAGE, 256), (last + 1) // PAGE
        for cs, ce in sorted(cut):
            if start <= cs and ce <= last:
                out.append((first, cs // PAGE))
                first = (ce + 1) // PAGE
        out.append((first, end))
    return [(first, end) for first, end in out if first < end]


class Dump:
    """Headers, notes and bitmaps of a kdump."""

    def __init__(self, path):
        self.buf = mapped(path)
        if self.buf[:8] != b"KDUMP   ":
            fail("%s is no kdump" % path)
        self.status, block, sub, bitmaps = struct.unpack_from("<IiiI", self.buf, 424)
        if block != PAGE:
            fail("block size %d" % block)
        off, size = struct.unpack_from("<QQ", self.buf, PAGE + 48)
        self.notes = self.buf[off:off + size]
        self.frames = struct.unpack_from("<Q", self.buf, PAGE + 96)[0]
        half = bitmaps // 2 * PAGE
        at = (1 + sub) * PAGE
        self.ram, self.kept = self.buf[at:at + half], self.buf[at + half:at + 2 * half]
        self.desc = at + 2 * half
        if half * 8 < self.frames:
            fail("bitmaps of %d bytes for %d page frames" % (half, self.frames))

    def vmcoreinfo(self):
        at = 0
        while at + 12 <= len(self.notes):
            namesz, descsz, _ = struct.unpack_from("<III", self.notes, at)
            name = self.notes[at + 12:at + 12 + namesz].rstrip(b"\0")
            at += 12 + (namesz + 3) // 4 * 4
            if name == b"VMCOREINFO":
                text = self.notes[at:at + descsz].decode("ascii", "replace")
                return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
            at += (descsz + 3) // 4 * 4
        fail("no VMCOREINFO in the notes")


def pages_of(bits):
    """Numbers of the bits that are set."""
    for i, byte in enumerate(bits):
        if byte:
            for b in range(8):
                if byte >> b & 1:
                    yield i * 8 + b


def symbol(vmlinux, name):
    out = subprocess.run(["nm", vmlinux], stdout=subprocess.PIPE, check=True).stdout.decode()
    return int(re.search(r"^([0-9a-f]+) \w %s$" % name, out, re.M).group(1), 16)


def core(dump, memory, vmlinux, ram, out):
    d, mem = Dump(dump), mapped(memory)
    info = d.vmcoreinfo()
    phys_base = int(info["NUMBER(phys_base)"])
    kaslr = int(info["KERNELOFFSET"], 16)
    at = symbol(vmlinux, "page_offset_base") - TEXT + kaslr + phys_base
    page_offset = struct.unpack_from("<Q", mem, at)[0]
    stext = int(info["SYMBOL(_stext)"], 16)
    end = symbol(vmlinux, "_end") + kaslr
    text = stext - TEXT + phys_base
    loads = [(f * PAGE, (e - f) * PAGE) for f, e in ranges(ram)]
    heads = [(4, 0, 0, 0, len(d.notes))]
    head = 64 + 56 * (2 + len(loads))
    where = (head + len(d.notes) + PAGE - 1) // PAGE * PAGE
    for start, size in loads:
        if start <= text < start + size:
            heads.append((1, where + text - start, stext, text, min(end - stext, start + size - text)))
        heads.append((1, where, page_offset + start, start, size))
        where += size
    with open(out, "wb") as f:
        f.write(struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 4, 62, 1, 0, 64, 0, 0, 64, 56, len(heads), 0, 0, 0))
        for kind, off, va, pa, size in heads:
            f.write(struct.pack("<IIQQQQQQ", kind, 7, head if kind == 4 else off, va, pa, size, size, 0))
        f.write(d.notes)
        where = (head + len(d.notes) + PAGE - 1) // PAGE * PAGE
        for start, size in loads:
            f.seek(where)
            f.write(mem[start:start + size])
            where += size
    print("PAGE_OFFSET=%#x" % page_offset)
    print("LOADS=%u" % len(loads))


class Memory:
    """Pages of guest physical memory."""

    def __init__(self, path):
        self.buf = mapped(path)

    def page(self, pfn):
        return self.buf[pfn * PAGE:pfn * PAGE + PAGE]


class Core:
    """Pages of an ELF core by their numbers."""

    def __init__(self, path):
        self.buf = mapped(path)
        phoff, phnum = struct.unpack_from("<Q", self.buf, 32)[0], struct.unpack_from("<H", self.buf, 56)[0]
        self.loads = []
        for i in range(phnum):
            kind, _, off, va, pa, size, _, _ = struct.unpack_from("<IIQQQQQQ", self.buf, phoff + 56 * i)
            if kind == 1 and va < TEXT:
                self.loads.append((pa // PAGE, (pa + size) // PAGE, off))

    def page(self, pfn):
        for first, end, off in self.loads:
            if first <= pfn < end:
                at = off + (pfn - first) * PAGE
                return self.buf[at:at + PAGE]
        return None


def plain(dump, memory, ram):
    compare(dump, Memory(memory), ram)


def pages(dump, source, ram=None):
    compare(dump, Core(source), ram)


def compare(dump, c, ram):
    import kdumpfile
    from kdumpfile.exceptions import KDumpBaseException
    d = Dump(dump)
    complete = not d.status & 8
    reader = kdumpfile.kdumpfile(dump)
    n = zeros = lost = 0
    if ram:
        want = bytearray(len(d.ram))
        for first, end in ranges(ram):
            for pfn in range(first, end):
                want[pfn // 8] |= 1 << pfn % 8
        if bytes(want) != d.ram:
            bad = next(p for p in range(d.frames) if (want[p // 8] ^ d.ram[p // 8]) >> p % 8 & 1)
            fail("bitmap 1: page %#x" % bad)
    for i, pfn in enumerate(pages_of(d.kept)):
        if not d.ram[pfn // 8] >> pfn % 8 & 1:
            fail("page %#x is kept, but is no RAM" % pfn)
        off, size = struct.unpack_from("<QI", d.buf, d.desc + 24 * i)
        if not off and not size and not complete:
            lost += 1
            continue
        try:
            got = reader.read(kdumpfile.KDUMP_MACHPHYSADDR, pfn * PAGE, PAGE)
        except KDumpBaseException as e:
            fail("page %#x: libkdumpfile: %s" % (pfn, e))
        want = c.page(pfn)
        if want is None:
            fail("page %#x is in the dump and not in the source" % pfn)
        if got != want:
            at = next(k for k in range(PAGE) if got[k] != want[k])
            fail("page %#x: byte %u is %#x, must be %#x" % (pfn, at, got[at], want[at]))
        zeros += got == ZERO
        n += 1
    print("RAM=%u" % sum(bin(b).count("1") for b in d.ram))
    print("KEPT=%u" % n)
    print("ZERO=%u" % zeros)
    print("LOST=%u" % lost)
    print("COMPLETE=%s" % ("yes" if complete else "no"))


def readable(dump, text):
    import kdumpfile
    from kdumpfile.exceptions import KDumpBaseException
    d = Dump(dump)
    if d.status & 8:
        fail("incomplete")
    reader = kdumpfile.kdumpfile(dump)
    n = found = 0
    text = text.encode()
    for n, pfn in enumerate(pages_of(d.kept), 1):
        try:
            found += text in reader.read(kdumpfile.KDUMP_MACHPHYSADDR, pfn * PAGE, PAGE)
        except KDumpBaseException as e:
            fail("page %#x: libkdumpfile: %s" % (pfn, e))
    print("KEPT=%u" % n)
    if not found:
        fail("no page holds '%s'" % text.decode())


def same(dump, other, source):
    """What makedumpfile leaves out and we keep, or the other way round, is a difference, but for pages of zeros."""
    a, b, c = Dump(dump), Dump(other), Core(source)
    n = max(len(a.kept), len(b.kept))
    x, y = a.kept.ljust(n, b"\0"), b.kept.ljust(n, b"\0")
    more = list(pages_of(bytes(p & ~q for p, q in zip(x, y))))
    less = list(pages_of(bytes(q & ~p for p, q in zip(x, y))))
    print("KEPT=%u" % sum(bin(p).count("1") for p in x))
    print("OTHER=%u" % sum(bin(p).count("1") for p in y))
    print("MORE=%u" % len(more))
    print("LESS=%u" % len(less))
    print("LESS_NOT_ZERO=%u" % sum(c.page(p) != ZERO for p in less))
    if more or less:
        fail("pages that one of them lacks: %s" % " ".join("%#x" % p for p in (more + less)[:8]))


def main(argv):
    commands = {"core": (core, 5, 5), "pages": (pages, 2, 3), "plain": (plain, 3, 3), "same": (same, 3, 3),
                "readable": (readable, 2, 2)}
    if len(argv) < 2 or argv[1] not in commands:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    run, least, most = commands[argv[1]]
    if not least <= len(argv) - 2 <= most:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    run(*argv[2:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
