#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""A synthetic /proc/vmcore as kernel B would see it after a jump, or after a crash.

Usage: mkvmcore.py [--ram LIST] [--window LIST] [--kind jump|crash] [--seed N] [--truth FILE]
                   [--left FILE] [--left-all FILE] [--noise PERCENT] [--free PERCENT] [--like FILE] [--job JOB]
                   [--user PERCENT] [--last FILE] [--btf] [--lack REGEX] [--info FILE] OUT

A's memory is made first, as A had it (logical view): kernel page tables, mem_section, struct
pages, VMCOREINFO, free blocks, offline pages, zero, compressible and random pages. Then A
"jumps": pages of the window D are copied to backup pages S, a kimage list says where, and OUT
gets what B can see: every page of RAM outside D.

LIST      ranges in hex, START-END,... (end excluded)
--truth   the logical view as a raw file by physical address (sparse): what an ELF dump must
          show. Backup pages, free pages of D and offline pages read as zeros.
--user    so many blocks of 1 MiB belong to processes
--last    pfns that a dump may have last: those, then struct pages, each kind in a line of its own:
          "user PFN", "structs PFN"
--job     LABEL,DEVSIZE,FORMAT,CODEC,LEVEL,ARMED[,FILTER[,FLAGS[,LIST,SUM,SIZE[,KEYFILE]]]]: fill the job block
          (FORMAT section 2)
--like    take compressible pages from this file instead of repeating a short word
--left    one pfn a line: what an image must leave out (free and offline pages, and backup pages of free ones)
--left-all the same with those of the window: what a dump leaves out
--btf     put a table of symbols and BTF into A's memory
--lack    leave out the lines of VMCOREINFO in which REGEX is found
--info    write VMCOREINFO, nothing left out, to FILE

Written from FORMAT section 1 and the kernel's headers (include/linux/kexec.h, mmzone.h,
page-flags.h of 6.12), with none of our C code.
"""
import argparse
import os
import random
import re
import struct

import kjbtf
from kjimage import xxh64

PAGE = 4096
PAGE_OFFSET = 0xFFFF888000000000
VMEMMAP = 0xFFFFEA0000000000
KERNEL_MAP = 0xFFFFFFFF80000000
BASE = 0x4B4A0000  # note types
BUDDY, OFFLINE = 0xF0 << 24, 0xF1 << 24
USER, ANON = 1 << 5 | 1 << 17, 0xFFFF888012345001  # lru, swapbacked; PAGE_MAPPING_ANON
ORDER = 6  # of all free blocks
UTS = 0x1001000  # init_uts_ns
NAMES = b"Linux", b"synthetic", b"6.12.0-synthetic", b"#1 SMP", b"x86_64", b"(none)"

ZERO = bytes(PAGE)


def ranges(text):
    out = []
    for part in text.split(","):
        lo, hi = part.split("-")
        out.append((int(lo, 16), int(hi, 16)))
    return out


def inside(rs, pa):
    return any(lo <= pa < hi for lo, hi in rs)


def note(name, kind, desc):
    name = name.encode() + b"\0"
    pad = lambda b: b + bytes(-len(b) % 4)
    return struct.pack("<III", len(name), len(desc), kind) + pad(name) + pad(desc)


def kjump(kind, payload):
    return note("KJUMP", BASE + kind, struct.pack("<II", 1, 8 + len(payload)) + payload)


def range_note(kind, rs):
    body = struct.pack("<II", len(rs), 0)
    return kjump(kind, body + b"".join(struct.pack("<QQ", *r) for r in rs))


class Machine:
    """A: its RAM by page, in the logical view."""

    def __init__(self, args):
        self.rng = random.Random(args.seed)
        self.ram = args.ram
        self.window = args.window if args.kind == "jump" else []
        self.noise = args.noise
        self.free_part = args.free / 100
        self.jobtext = args.job
        self.like = b""
        if args.like:
            with open(args.like, "rb") as f:
                self.like = f.read()
        self.fixed = {}  # pa -> bytes: pages with a meaning
        self.user_part = args.user / 100
        self.user = set()  # pfn
        self.free = set()
        self.offline = set()
        self.backup = {}  # S -> D
        self.unused = set()  # pfns of S whose D is free
        self.source = {}  # D -> S; D -> D: free in A
        self.next = 0x1100000

    def pages(self):
        for lo, hi in self.ram:
            yield from range(lo, hi, PAGE)

    def usable(self, pa):
        return inside(self.ram, pa)

    # ---- what A's kernel has in memory ----

    def alloc(self, n=1, align=PAGE, outside=False):
        """Physical address of n pages; outside the window if asked for."""
        pa = (self.next + align - 1) & -align
        while not all(
            self.usable(p) and not (outside and inside(self.window, p))
            for p in range(pa, pa + n * PAGE, PAGE)
        ):
            pa += align
            if pa > self.ram[-1][1]:
                raise SystemExit("mkvmcore.py: not enough RAM")
        self.next = pa + n * PAGE
        for p in range(pa, self.next, PAGE):
            self.fixed[p] = ZERO
        return pa

    def poke(self, pa, data):
        while data:
            page, off = pa & -PAGE, pa % PAGE
            part = data[: PAGE - off]
            old = self.fixed[page]
            self.fixed[page] = old[:off] + part + old[off + len(part) :]
            pa += len(part)
            data = data[len(part) :]

    def build_kernel(self):
        """Page tables, mem_section, room for struct pages. phys_base is 0."""
        pgd = self.alloc()
        pud, pud2, pmd, pud3 = (self.alloc() for _ in range(4))
        self.poke(pgd + (PAGE_OFFSET >> 39 & 511) * 8, struct.pack("<Q", pud | 0x63))
        self.poke(pgd + (VMEMMAP >> 39 & 511) * 8, struct.pack("<Q", pud2 | 0x63))
        for i in range((self.ram[-1][1] >> 30) + 1):
            self.poke(pud + i * 8, struct.pack("<Q", i << 30 | 0xE3))
        self.poke(pud2 + (VMEMMAP >> 30 & 511) * 8, struct.pack("<Q", pmd | 0x63))
        # the kernel's own addresses, all of the first GiB
        self.poke(pgd + 511 * 8, struct.pack("<Q", pud3 | 0x63))
        self.poke(pud3 + 510 * 8, struct.pack("<Q", 0xE3))
        self.fixed[UTS & -PAGE] = ZERO
        for i, name in enumerate(NAMES):
            self.poke(UTS + 4 + i * 65, name)
        roots = self.alloc(8)
        root = self.alloc()
        self.poke(roots, struct.pack("<Q", PAGE_OFFSET + root))
        self.sections = sorted({pa >> 27 for pa in self.pages()})
        self.structs = {}
        for nr in self.sections:
            pa = self.alloc(512, 2 << 20)
            self.structs[nr] = pa
            self.poke(pmd + nr * 8, struct.pack("<Q", pa | 0xE3))
            self.poke(root + nr * 32, struct.pack("<Q", VMEMMAP | 0xF))
        self.vmcoreinfo = self.text(KERNEL_MAP + pgd, PAGE_OFFSET + roots)

    def build_symbols(self):
        """Symbols and BTF somewhere in the image, and where they are in VMCOREINFO."""
        data = kjbtf.kernel()
        at = self.alloc((len(data) + PAGE - 1) // PAGE)
        self.poke(at, data)
        start = KERNEL_MAP + at
        parts = dict(zip(("names", "token_table", "token_index", "offsets"), kjbtf.kallsyms(
            [("_stext", 0xFFFFFFFF81000000), ("__start_BTF", start), ("__stop_BTF", start + len(data)),
             ("__start_BTF_ids", start + len(data)), ("init_uts_ns", KERNEL_MAP + UTS)], KERNEL_MAP)))
        parts["num_syms"] = struct.pack("<I", 5)
        parts["relative_base"] = struct.pack("<Q", KERNEL_MAP)
        for name, part in parts.items():
            at = self.alloc((len(part) + PAGE - 1) // PAGE)
            self.poke(at, part)
            self.vmcoreinfo += f"SYMBOL(kallsyms_{name})={KERNEL_MAP + at:x}\n".encode()

    @staticmethod
    def text(pgd, roots):
        lines = f"""OSRELEASE=6.12.0-synthetic
BUILD-ID=00112233445566778899aabbccddeeff00112233
PAGESIZE=4096
SYMBOL(init_uts_ns)=ffffffff81001000
OFFSET(uts_namespace.name)=4
SYMBOL(init_top_pgt)={pgd:x}
SYMBOL(swapper_pg_dir)={pgd:x}
SYMBOL(_stext)=ffffffff81000000
SYMBOL(mem_section)={roots:x}
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
NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376
NUMBER(PG_hwpoison)=20
NUMBER(PG_head_mask)=64
NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456
NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592
NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240
NUMBER(phys_base)=0
NUMBER(pgtable_l5_enabled)=0
NUMBER(sme_mask)=0
KERNELOFFSET=0
NUMBER(KERNEL_IMAGE_SIZE)=1073741824
CRASHTIME=1700000000
"""
        return lines.encode()

    def choose_free(self):
        """Blocks of 64 pages, aligned, wholly RAM, with nothing of ours in them."""
        busy = {pa >> 12 for pa in self.fixed}
        if self.user_part:
            self.choose_user(busy)
        for lo, hi in self.ram:
            first = (lo >> 12) + 63 & -64
            for pfn in range(first, (hi >> 12) - 63, 64):
                block = range(pfn, pfn + 64)
                if busy.isdisjoint(block) and self.rng.random() < self.free_part:
                    self.free.update(block)
        for pa in self.pages():
            pfn = pa >> 12
            if pfn not in self.free and pfn not in busy and not inside(self.window, pa):
                if self.rng.random() < 0.002:
                    self.offline.add(pfn)

    def choose_user(self, busy):
        for lo, hi in self.ram:
            for pfn in range((lo >> 12) + 255 & -256, (hi >> 12) - 255, 256):
                block = range(pfn, pfn + 256)
                if busy.isdisjoint(block) and self.rng.random() < self.user_part:
                    self.user.update(block)
        busy |= self.user

    def last(self):
        yield from (("user", pfn) for pfn in sorted(self.user))
        for pa in self.structs.values():
            yield from (("structs", pfn) for pfn in range(pa >> 12, (pa >> 12) + 512))

    def write_structs(self):
        for nr, base in self.structs.items():
            out = bytearray()
            for pfn in range(nr << 15, (nr + 1) << 15):
                private, mapcount, refcount, flags, mapping = 0, 0xFFFFFFFF, 1, 0x1000, 0
                if pfn in self.free:
                    refcount = 0
                    if not pfn % 64:
                        mapcount, private = BUDDY, ORDER
                elif pfn in self.offline:
                    mapcount = OFFLINE
                elif pfn in self.user:
                    flags, mapping, mapcount = flags | USER, ANON, 0
                # flags, lru (2), mapping, index, private; _mapcount and _refcount share a word
                out += struct.pack(
                    "<8Q", flags, 0, 0, mapping, 0, private, mapcount | refcount << 32, 0
                )
            for i in range(0, len(out), PAGE):
                self.fixed[base + i] = bytes(out[i : i + PAGE])

    # ---- the jump ----

    def choose_backup(self):
        """A page S for each page of D; one in ten of D was free in A when it was loaded, and every other free block is
        free still: what A has in its backup pages is nobody's."""
        busy = self.free | self.offline
        pool = [
            pa
            for pa in self.pages()
            if not inside(self.window, pa)
            and pa not in self.fixed
            and pa >> 12 not in busy
        ]
        # mostly in runs, as the buddy allocator hands them out
        runs = [pool[i : i + 12] for i in range(0, len(pool), 12)]
        self.rng.shuffle(runs)
        pool = [pa for run in runs for pa in run]
        for lo, hi in self.window:
            for d in range(lo, hi, PAGE):
                whole = d >> 12 in self.free and not d >> 18 & 1
                if d not in self.fixed and not whole and self.rng.random() < 0.1:
                    self.source[d] = d
                    self.free.discard(d >> 12)
                    continue
                s = pool.pop(0)
                self.source[d] = s
                self.backup[s] = d
                if whole:
                    self.unused.add(s >> 12)

    def write_list(self, pages):
        """The kimage list, over indirection pages of 512 entries."""
        entries = []
        for lo, hi in self.window:
            entries.append(lo | 1)
            entries += [self.source[d] | 8 for d in range(lo, hi, PAGE)]
        entries.append(4)
        for i, pa in enumerate(pages):
            part = entries[i * 511 : (i + 1) * 511]
            if (i + 1) * 511 < len(entries):
                part.append(pages[i + 1] | 2)
            self.fixed[pa] = struct.pack(f"<{len(part)}Q", *part).ljust(PAGE, b"\0")

    def build_jump(self):
        n = sum((hi - lo) // PAGE + 1 for lo, hi in self.window) + 1
        cp, table, swap = (self.alloc(outside=True) for _ in range(3))
        pages = [self.alloc(outside=True) for _ in range((n + 510) // 511)]
        self.job, self.mbox = self.alloc(outside=True), self.alloc(outside=True)
        self.re = cp + 0x214
        self.poke(cp, self.rng.randbytes(0x700))
        self.poke(cp + 0x800, struct.pack("<7Q", 0xFFFFC90000013E48, 0x80050033, 0x2A10000,
                                          0x1006F0, table, swap, pages[0] | 2))
        self.poke(self.mbox, self.rng.randbytes(PAGE))
        if self.jobtext:
            self.poke(self.job, job_block(*self.jobtext.split(",")))
        self.choose_free()
        self.choose_backup()
        self.write_list(pages)

    # ---- content ----

    def content(self, pa):
        """What A has (had) at pa; free and offline pages hold junk that nobody may need."""
        if pa in self.fixed:
            return self.fixed[pa]
        r = random.Random(pa ^ self.seed)
        kind = r.random() * 100
        if pa >> 12 in self.free or pa >> 12 in self.offline or kind < self.noise:
            return r.randbytes(PAGE)
        if kind < self.noise + 25:
            return ZERO
        if kind < self.noise + 30:  # zero but for one byte, anywhere
            page = bytearray(PAGE)
            page[r.randrange(PAGE)] = 1 + r.randrange(255)
            return bytes(page)
        if self.like:
            at = r.randrange(len(self.like) - PAGE) & -PAGE
            return self.like[at : at + PAGE]
        word = r.randbytes(1 + r.randrange(60))
        return (word * (PAGE // len(word) + 1))[:PAGE]

    def visible(self, pa):
        """What stands at pa while B runs, outside D."""
        d = self.backup.get(pa)
        return self.content(pa if d is None else d)

    def logical(self, pa):
        if pa in self.backup or self.source.get(pa) == pa or pa >> 12 in self.offline:
            return ZERO
        return self.content(pa)


def job_block(label, size, form, codec, level, armed, leave=0, flags=0, at=0, asum=0, asize=0, key=""):
    """An order to save the whole target of that label; with @at one that an extent list there makes."""
    usable = (int(asize if int(at) else size) & -PAGE) - 2 * PAGE
    b = b"KJJOB\0\0\0" + struct.pack("<II", 4, int(armed)) + bytes([0x11]) * 16
    b += bytes([0x33]) * 16
    b += struct.pack("<IIIiIIII", 1, int(form), int(codec), int(level), 2, 0, int(flags), 1)
    b += struct.pack("<Q", 1700000000) + bytes.fromhex(label) + bytes(16)
    b += struct.pack("<QQQ", int(size), 0, usable)
    b = b.ljust(1152, b"\0") + struct.pack("<I", int(leave))
    if key:
        with open(key, "rb") as f:
            b = b.ljust(3952, b"\0") + f.read()[24:136]
    b = b.ljust(PAGE - 32, b"\0") + struct.pack("<QQQ", int(at), int(asum), int(asize))
    return b + struct.pack("<Q", xxh64(b))


def host_note():
    feat = struct.pack("<8I", *range(1, 9))
    body = b"6.12.0-synthetic".ljust(64, b"\0") + b"AuthenticAMD".ljust(16, b"\0")
    body += bytes(range(16)) + bytes(20) + struct.pack("<5I", 0, 0x1234, 0x800F12, 0, 0) + feat
    body += struct.pack("<II", 2, 0) + struct.pack("<QQ", 0x10000, PAGE_OFFSET) + bytes(48)
    return kjump(5, body)


def notes_of(m, kind):
    out = note("CORE", 1, bytes(336))
    out += note("VMCOREINFO", 0, m.vmcoreinfo)
    if kind == "jump":
        out += kjump(1, struct.pack("<Q", m.re))
        out += range_note(2, m.window) + range_note(3, m.ram)
        nonce = lambda c: bytes([c]) * 16
        out += kjump(4, struct.pack("<Q", m.job) + nonce(0x11) + struct.pack("<Q", m.mbox) + nonce(0x22))
        out += host_note()
    return out


def subtract(ram, cut):
    for lo, hi in ram:
        for clo, chi in sorted(cut):
            if chi <= lo or clo >= hi:
                continue
            if clo > lo:
                yield lo, clo
            lo = max(lo, chi)
        if lo < hi:
            yield lo, hi


def write_core(m, kind, path):
    loads = list(subtract(m.ram, m.window))
    notes = notes_of(m, kind)
    at = 64 + 56 * (1 + len(loads))
    off = (at + len(notes) + PAGE - 1) & -PAGE
    head = b"\x7fELF\2\1\1".ljust(16, b"\0")
    head += struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1 + len(loads), 0, 0, 0)
    head += struct.pack("<IIQQQQQQ", 4, 0, at, 0, 0, len(notes), len(notes), 4)
    places = []
    for lo, hi in loads:
        places.append((off, lo, hi))
        head += struct.pack("<IIQQQQQQ", 1, 7, off, PAGE_OFFSET + lo, lo, hi - lo, hi - lo, PAGE)
        off += hi - lo
    with open(path, "wb") as f:
        f.write(head + notes)
        f.truncate(off)
        for off, lo, hi in places:
            for pa in range(lo, hi, PAGE):
                page = m.visible(pa)
                if page is not ZERO:
                    f.seek(off + pa - lo)
                    f.write(page)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--ram", type=ranges,
                   default=ranges("1000-9f000,100000-2100000,4000000-4830000"))
    p.add_argument("--window", type=ranges, default=ranges("1000-9f000,400000-8f8000"))
    p.add_argument("--kind", choices=["jump", "crash"], default="jump")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--noise", type=float, default=25, help="percent of random pages")
    p.add_argument("--free", type=float, default=30, help="percent of free blocks")
    p.add_argument("--user", type=float, default=0)
    p.add_argument("--last")
    p.add_argument("--like")
    p.add_argument("--job")
    p.add_argument("--btf", action="store_true")
    p.add_argument("--lack")
    p.add_argument("--info")
    p.add_argument("--truth")
    p.add_argument("--left")
    p.add_argument("--left-all")
    p.add_argument("--fill", help="what an image of a system that relies on its free pages has to fill; "
                   "--left is then what such an image leaves out")
    p.add_argument("out")
    args = p.parse_args()
    m = Machine(args)
    m.seed = args.seed << 52
    m.build_kernel()
    if args.btf:
        m.build_symbols()
    if args.info:
        with open(args.info, "wb") as f:
            f.write(m.vmcoreinfo)
    if args.lack:
        lines = m.vmcoreinfo.decode().splitlines(keepends=True)
        m.vmcoreinfo = "".join(x for x in lines if not re.search(args.lack, x)).encode()
    if args.kind == "jump":
        m.build_jump()
    else:
        m.choose_free()
    m.write_structs()
    write_core(m, args.kind, args.out)
    if args.truth:
        with open(args.truth, "wb") as f:
            f.truncate(m.ram[-1][1])
            for pa in m.pages():
                page = m.logical(pa)
                if page is not ZERO:
                    f.seek(pa)
                    f.write(page)
    left = m.free | m.offline | m.unused
    if args.fill:
        # a MiB with pages that are out of use has its free ones stored
        mixed = {pfn >> 8 for pfn in m.offline if not inside(m.window, pfn << 12)}
        fill = {pfn for pfn in m.free if pfn >> 8 not in mixed}
        fill |= {pfn for pfn in m.unused if pfn >> 8 not in mixed}
        left = fill | m.offline
        with open(args.fill, "w", encoding="ascii") as f:
            for pfn in sorted(fill):
                if not inside(m.window, pfn << 12):
                    f.write(f"{pfn}\n")
    if args.left:
        with open(args.left, "w", encoding="ascii") as f:
            for pfn in sorted(left):
                if not inside(m.window, pfn << 12):
                    f.write(f"{pfn}\n")
    if args.last:
        with open(args.last, "w", encoding="ascii") as f:
            f.writelines(f"{kind} {pfn}\n" for kind, pfn in m.last())
    if args.left_all:
        with open(args.left_all, "w", encoding="ascii") as f:
            # a block whose first page was lost to choose_backup() is not known as one
            free = {pfn for pfn in m.free if pfn & -64 in m.free}
            f.writelines(f"{pfn}\n" for pfn in sorted(free | m.offline))


if __name__ == "__main__":
    main()
