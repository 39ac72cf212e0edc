#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""A vmcore of a machine with very much memory, small on the disk.

Usage: mkscale.py [--gib N] [--kept PERMILLE] [--bits FILE] OUT

The file is as long as the machine has memory, nearly all of it holes. Struct pages are there for
every section of 128 MiB, but in few different arrays, which the page tables show again and again:
free memory, huge and small anonymous pages, page cache, and mixtures of all classes.

--gib     memory, 1024
--kept    of a thousand blocks in mixed sections these many belong to the kernel; they are zero (2)
--bits    which pages a dump with -d 31 has, as the second bitmap of a kdump has them

Written from the kernel's headers (include/linux/mmzone.h, page-flags.h, mm_types.h of 6.12), with
none of our C code. Must never use a page's class in which kernels and tools differ.
"""
import argparse
import random
import struct

PAGE = 4096
SECTION = 32768  # pages
PAGE_OFFSET = 0xFFFF888000000000
VMEMMAP = 0xFFFFEA0000000000
KERNEL_MAP = 0xFFFFFFFF80000000
LRU, HEAD, SWAPCACHE, PRIVATE, SWAPBACKED = 1 << 5, 1 << 6, 1 << 10, 1 << 14, 1 << 17
ANON, FILE = 0xFFFF888012345001, 0xFFFF888012345000
BUDDY, OFFLINE, HUGETLB, SLAB = 0xF0 << 24, 0xF1 << 24, 0xF4 << 24, 0xF5 << 24
NONE = 0xFFFFFFFF


class Array:
    """Struct pages of a section, and which of its pages a dump has."""

    def __init__(self):
        self.pages = []
        self.kept = []

    def add(self, n, kept, flags=0, mapping=0, private=0, mapcount=NONE, refcount=1, order=0):
        """A block of n pages; a compound one if order is not 0."""
        at = len(self.pages)
        head = VMEMMAP + at * 64
        for i in range(n):
            if order and i:
                first = order if i == 1 else 0
                word = struct.pack("<8Q", first, head | 1, 0, 0, 0, 0, NONE, 0)
            elif i:
                word = struct.pack("<8Q", 0, 0, 0, 0, 0, 0, NONE | refcount << 32, 0)
            else:
                word = struct.pack("<8Q", flags, 0, 0, mapping, 0, private,
                                   mapcount | refcount << 32, 0)
            self.pages.append(word)
            self.kept.append(kept)

    def free(self, order):
        self.add(1 << order, 0, private=order, mapcount=BUDDY, refcount=0)

    def data(self):
        return b"".join(self.pages)

    def bits(self):
        out = bytearray(SECTION // 8)
        for i, kept in enumerate(self.kept):
            if kept:
                out[i // 8] |= 1 << (i % 8)
        return bytes(out)


def mixture(seed, kept):
    """All classes, in aligned blocks of all orders."""
    r, a = random.Random(seed), Array()
    while len(a.pages) < SECTION:
        at = len(a.pages)
        most = 10 if not at else min((at & -at).bit_length() - 1, 10)
        order = r.choice([o for o in (0, 0, 0, 1, 2, 3, 9, 10) if o <= most])
        kind = r.random()
        if kind < kept:
            a.add(1 << min(order, 6), 1, refcount=1 + r.randrange(3))
        elif kind < kept * 1.2:
            a.add(1 << min(order, 3), 1, mapcount=SLAB, mapping=ANON)
        elif kind < 0.3:
            a.free(order)
        elif kind < 0.5:
            a.add(1, 0, LRU | SWAPBACKED, ANON, mapcount=0)
        elif kind < 0.75:
            a.add(1, 0, LRU | (PRIVATE if r.random() < 0.2 else 0), FILE)
        elif kind < 0.76:
            a.add(1, 0, SWAPBACKED | SWAPCACHE, 0)
        elif kind < 0.77:
            a.add(1, 0, mapcount=OFFLINE)
        elif order:
            huge = order == 9 and r.random() < 0.5
            a.add(1 << order, 0, HEAD if huge else HEAD | LRU | SWAPBACKED, 0 if huge else ANON,
                  mapcount=HUGETLB if huge else NONE, order=order)
        else:
            a.free(0)
    return a


def arrays(kept):
    """The first is the kernel's own section: all of it is kept."""
    kernel, free, thp, small, cache = (Array() for _ in range(5))
    kernel.add(SECTION, 1)
    for _ in range(SECTION >> 10):
        free.free(10)
    for _ in range(SECTION >> 9):
        thp.add(512, 0, HEAD | LRU | SWAPBACKED, ANON, order=9)
    for _ in range(SECTION):
        small.add(1, 0, LRU | SWAPBACKED, ANON, mapcount=0)
        cache.add(1, 0, LRU, FILE)
    mixed = [mixture(i, kept) for i in range(12)]
    return [kernel] + [free] * 5 + [thp, thp, small, cache] + mixed[:3], mixed


class Memory:
    """What of the machine's memory is not a hole."""

    def __init__(self):
        self.next = 0x1000000
        self.parts = {}

    def alloc(self, size, align=PAGE):
        at = (self.next + align - 1) & -align
        self.next = at + size
        return at

    def place(self, data, align=PAGE):
        at = self.alloc(len(data), align)
        self.parts[at] = bytes(data)
        return at


def words(values):
    return struct.pack(f"<{len(values)}Q", *values)


def tables(mem, gib, where):
    """Page tables: 1 GiB pages for the direct map, struct pages wherever `where` says."""
    pgd = [0] * 512
    for i in range((gib + 511) // 512):
        pud = [(i * 512 + j) << 30 | 0xE3 for j in range(512)]
        pgd[(PAGE_OFFSET >> 39 & 511) + i] = mem.place(words(pud)) | 0x63
    pud = [0] * 512
    for i in range((len(where) + 511) // 512):
        pmd = [pa | 0xE3 for pa in where[i * 512 : i * 512 + 512]]
        pud[i] = mem.place(words(pmd + [0] * (512 - len(pmd)))) | 0x63
    pgd[VMEMMAP >> 39 & 511] = mem.place(words(pud)) | 0x63
    pgd[511] = mem.place(words([0] * 510 + [0xE3, 0])) | 0x63
    roots = [0] * 4096
    for i in range((len(where) + 127) // 128):
        n = min(128, len(where) - i * 128)
        roots[i] = PAGE_OFFSET + mem.place(words([VMEMMAP | 0xF, 0, 0, 0] * n + [0, 0, 0, 0] * (128 - n)))
    return mem.place(words(pgd)), mem.place(words(roots))


def vmcoreinfo(pgd, roots):
    return f"""OSRELEASE=6.12.0-synthetic
BUILD-ID=00112233445566778899aabbccddeeff00112233
PAGESIZE=4096
SYMBOL(init_uts_ns)=ffffffff81000000
OFFSET(uts_namespace.name)=4
SYMBOL(init_top_pgt)={KERNEL_MAP + pgd:x}
SYMBOL(swapper_pg_dir)={KERNEL_MAP + pgd:x}
SYMBOL(_stext)=ffffffff81000000
SYMBOL(mem_section)={PAGE_OFFSET + roots:x}
LENGTH(mem_section)=4096
SIZE(mem_section)=32
OFFSET(mem_section.section_mem_map)=0
NUMBER(SECTION_SIZE_BITS)=27
NUMBER(MAX_PHYSMEM_BITS)=46
SIZE(page)=64
OFFSET(page.flags)=0
OFFSET(page._refcount)=52
OFFSET(page.mapping)=24
OFFSET(page.lru)=8
OFFSET(page._mapcount)=48
OFFSET(page.private)=40
OFFSET(page.compound_head)=8
LENGTH(zone.free_area)=11
NUMBER(PG_lru)=5
NUMBER(PG_private)=14
NUMBER(PG_swapcache)=10
NUMBER(PG_swapbacked)=17
NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)={SLAB - (1 << 32)}
NUMBER(PG_hwpoison)=20
NUMBER(PG_head_mask)=64
NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)={BUDDY - (1 << 32)}
NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)={HUGETLB - (1 << 32)}
NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)={OFFLINE - (1 << 32)}
NUMBER(phys_base)=0
NUMBER(pgtable_l5_enabled)=0
NUMBER(sme_mask)=0
KERNELOFFSET=0
NUMBER(KERNEL_IMAGE_SIZE)=1073741824
CRASHTIME=1700000000
""".encode()


def note(name, kind, desc):
    pad = lambda b: b + bytes(-len(b) % 4)
    return struct.pack("<III", len(name) + 1, len(desc), kind) + pad(name + b"\0") + pad(desc)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--gib", type=int, default=1024)
    p.add_argument("--kept", type=float, default=2)
    p.add_argument("--bits")
    p.add_argument("out")
    args = p.parse_args()
    mem = Memory()
    names = b"Linux", b"synthetic", b"6.12.0-synthetic", b"#1 SMP", b"x86_64", b"(none)"
    mem.place(b"\0\0\0\0" + b"".join(n.ljust(65, b"\0") for n in names))
    usual, mixed = arrays(args.kept / 1000)
    at = {id(a): mem.place(a.data(), 2 << 20) for a in {id(x): x for x in usual + mixed}.values()}
    r = random.Random(1)
    # 1 TiB has 8192 sections: ten of thirteen of the usual kinds, the others mixtures
    choice = [usual[0]] + [r.choice(usual[1:] + mixed[:1]) if i % 4 else r.choice(mixed)
                           for i in range(1, args.gib * 8)]
    pgd, roots = tables(mem, args.gib, [at[id(a)] for a in choice])
    if mem.next > SECTION * PAGE:
        raise SystemExit("mkscale.py: the kernel's section is too small")
    size = args.gib << 30
    notes = note(b"CORE", 1, bytes(336)) + note(b"VMCOREINFO", 0, vmcoreinfo(pgd, roots))
    # the kernel's text, and all memory from 0 on
    head = b"\x7fELF\2\1\1".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    head += struct.pack("<IIQQQQQQ", 4, 0, 176, 0, 0, len(notes), len(notes), 4)
    head += struct.pack("<IIQQQQQQ", 1, 7, 2 * PAGE, PAGE_OFFSET, 0, size, size, PAGE)
    with open(args.out, "wb") as f:
        f.write(head + notes)
        f.truncate(2 * PAGE + size)
        for pa, data in mem.parts.items():
            f.seek(2 * PAGE + pa)
            f.write(data)
    if args.bits:
        bits = {}
        with open(args.bits, "wb") as f:
            for a in choice:
                f.write(bits.setdefault(id(a), a.bits()))


if __name__ == "__main__":
    main()
