#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare an ELF dump that kernel B made with the memory that QEMU had then.

Must never use anything of ours but the number in the re-entry note: the map
from the window to the backup pages is read here from kernel A's own control
page (linux 6.12 arch/x86/kernel/relocate_kernel_64.S), in QEMU's memory.

usage: memory.py DUMP MEMORY RAM
  DUMP    the ELF core
  MEMORY  pmemsave of guest physical memory from 0 on, while B stood still
  RAM     A's System RAM as its /proc/iomem has it: 1000-9fbff,100000-...
Prints KEY=value; exit status 1 when a page is not what it must be.
"""
import mmap
import struct
import sys

PAGE = 4096
NT_REENTRY, NT_WINDOW = 0x4b4a0001, 0x4b4a0002  # FORMAT section 1
# the kimage list: linux include/linux/kexec.h
DESTINATION, INDIRECTION, DONE, SOURCE = 1, 2, 4, 8
ZERO = bytes(PAGE)


def fail(text):
    print("WRONG=" + text)
    sys.exit(1)


def u64(buf, at):
    return struct.unpack_from("<Q", buf, at)[0]


def elf(buf):
    """Program headers: [(paddr, size, offset)], and the notes of ours."""
    if buf[:5] != b"\x7fELF\2" or struct.unpack_from("<H", buf, 16)[0] != 4:
        fail("not a 64-bit ELF core")
    phoff, phentsize, phnum = u64(buf, 32), *struct.unpack_from("<HH", buf, 54)
    loads, notes = [], {}
    for i in range(phnum):
        kind, _, offset, _, paddr, filesz, memsz, _ = struct.unpack_from("<IIQQQQQQ", buf, phoff + i * phentsize)
        if kind == 1:
            if filesz != memsz or offset + filesz > len(buf):
                fail("segment %#x: %u bytes of %u" % (paddr, filesz, memsz))
            loads.append((paddr, filesz, offset))
        elif kind == 4:
            at = offset
            while at + 12 <= offset + filesz:
                namesz, descsz, ntype = struct.unpack_from("<III", buf, at)
                name = buf[at + 12:at + 12 + namesz].rstrip(b"\0")
                at += 12 + (namesz + 3) // 4 * 4
                if name == b"KJUMP":
                    notes[ntype] = buf[at:at + descsz]
                at += (descsz + 3) // 4 * 4
    return loads, notes


def window(desc):
    n = struct.unpack_from("<I", desc, 8)[0]
    pages = set()
    for i in range(n):
        start, end = struct.unpack_from("<QQ", desc, 16 + 16 * i)
        pages.update(range(start // PAGE, end // PAGE))
    return pages


def backup_map(memory, reentry):
    """{page of the window: its backup page}."""
    control = reentry & ~(PAGE - 1)
    entry, dst, pages = u64(memory, control + 0x830), None, {}
    if entry & 0xf != INDIRECTION:
        fail("no list of pages in the control page %#x" % control)
    while not entry & DONE:
        addr = entry & ~(PAGE - 1)
        if entry & INDIRECTION:
            at = addr
        elif entry & DESTINATION:
            dst = addr
        elif entry & SOURCE:
            pages[dst // PAGE] = addr // PAGE
            dst += PAGE
        else:
            fail("entry %#x in the list of pages" % entry)
        entry = u64(memory, at)
        at += 8
    return pages


def ram_pages(text):
    for part in text.split(","):
        start, last = (int(x, 16) for x in part.split("-"))
        yield from range((start + PAGE - 1) // PAGE, (last + 1) // PAGE)


class Judge:
    def __init__(self, dump, memory):
        self.dump, self.memory = dump, memory
        self.loads, notes = elf(dump)
        if NT_REENTRY not in notes or NT_WINDOW not in notes:
            fail("notes: %s" % ", ".join("%#x" % n for n in sorted(notes)))
        self.reentry = u64(notes[NT_REENTRY], 8)
        self.map = backup_map(memory, self.reentry)
        if set(self.map) != window(notes[NT_WINDOW]):
            fail("the note's window is not that of the map")
        self.backup = {s for d, s in self.map.items() if s != d}
        self.count = dict.fromkeys(("OUTSIDE", "IN_WINDOW", "BACKUP", "UNUSED", "NONZERO", "NONZERO_IN_WINDOW"), 0)

    def shown(self, pfn):
        for paddr, size, offset in self.loads:
            if paddr <= pfn * PAGE and pfn * PAGE + PAGE <= paddr + size:
                at = offset + pfn * PAGE - paddr
                return self.dump[at:at + PAGE]
        fail("page %#x of RAM is not in the dump" % pfn)

    def had(self, pfn):
        return self.memory[pfn * PAGE:pfn * PAGE + PAGE]

    def page(self, pfn):
        source = self.map.get(pfn, pfn)
        want, kind = self.had(source), "OUTSIDE"
        if pfn in self.map:
            kind = "IN_WINDOW"
            if source == pfn:
                # A had nothing there when B was loaded
                want, kind = ZERO, "UNUSED"
        elif pfn in self.backup:
            want, kind = ZERO, "BACKUP"
        got = self.shown(pfn)
        if got != want:
            at = next(i for i in range(PAGE) if got[i] != want[i])
            fail("page %#x (%s, from %#x): byte %u is %#x, must be %#x" %
                 (pfn, kind, source, at, got[at], want[at]))
        self.count[kind] += 1
        if want != ZERO:
            self.count["NONZERO"] += 1
            self.count["NONZERO_IN_WINDOW"] += kind == "IN_WINDOW"


def mapped(path):
    with open(path, "rb") as f:
        return mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)


def main(argv):
    if len(argv) != 4:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    judge = Judge(mapped(argv[1]), mapped(argv[2]))
    for pfn in ram_pages(argv[3]):
        judge.page(pfn)
    print("REENTRY=%#x" % judge.reentry)
    print("WINDOW_PAGES=%u" % len(judge.map))
    for key, value in judge.count.items():
        print("%s=%u" % (key, value))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
