#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""BTF and a compressed table of symbols, as a kernel has them in its image.

Written from Documentation/bpf/btf.rst and scripts/kallsyms.c, with none of our C code.
"""
import struct

INT, ARRAY, STRUCT, UNION, ENUM = 1, 3, 4, 5, 6


class Btf:
    def __init__(self):
        self.types, self.strings, self.n = bytearray(), bytearray(1), 0

    def name(self, s):
        if not s:
            return 0
        at = self.strings.find(b"\0" + s.encode() + b"\0")
        if at >= 0:
            return at + 1
        at = len(self.strings)
        self.strings += s.encode() + b"\0"
        return at

    def add(self, kind, name, vlen, size, rest=b""):
        self.types += struct.pack("<III", self.name(name), kind << 24 | vlen, size) + rest
        self.n += 1
        return self.n

    def struct(self, name, size, *members, kind=STRUCT):
        """members: (name, type, byte)"""
        rest = b"".join(struct.pack("<III", self.name(m), t, at * 8) for m, t, at in members)
        return self.add(kind, name, len(members), size, rest)

    def enum(self, name, **values):
        rest = b"".join(struct.pack("<II", self.name(k), v) for k, v in values.items())
        return self.add(ENUM, name, len(values), 4, rest)

    def data(self):
        head = struct.pack("<HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self.types), len(self.types),
                           len(self.strings))
        return head + bytes(self.types) + bytes(self.strings)


def kernel():
    """What 6.12 has of the types that page classes need."""
    b = Btf()
    u64, u32 = b.add(INT, "unsigned long", 0, 8, bytes(4)), b.add(INT, "int", 0, 4, bytes(4))
    words = b.struct("", 40, ("lru", u64, 0), ("mapping", u64, 16), ("index", u64, 24),
                     ("private", u64, 32))
    tail = b.struct("", 8, ("compound_head", u64, 0))
    inner = b.struct("", 40, ("", words, 0), ("", tail, 0), kind=UNION)
    kinds = b.struct("", 4, ("page_type", u32, 0), ("_mapcount", u32, 0), kind=UNION)
    b.struct("page", 64, ("flags", u64, 0), ("", inner, 8), ("", kinds, 48), ("_refcount", u32, 52))
    area = b.add(ARRAY, "", 0, 0, struct.pack("<III", u64, u32, 11))
    b.struct("zone", 88, ("free_area", area, 0))
    b.struct("mem_section", 32, ("section_mem_map", u64, 0))
    b.enum("pageflags", PG_lru=5, PG_head=6, PG_swapcache=10, PG_private=14, PG_swapbacked=17,
           PG_hwpoison=20)
    b.enum("pagetype", PGTY_buddy=0xF0, PGTY_offline=0xF1, PGTY_hugetlb=0xF4, PGTY_slab=0xF5)
    return b.data()


def kallsyms(symbols, base):
    """names, token_table, token_index, offsets of (name, address), relative to base."""
    tokens = [chr(i).encode() if 32 < i < 127 else b"t%d_" % i for i in range(256)]
    tokens[1], tokens[2] = b"__", b"BTF"
    index, at = b"", 0
    for t in tokens:
        index += struct.pack("<H", at)
        at += len(t) + 1
    names, offsets = b"", b""
    for name, va in sorted(symbols, key=lambda s: s[1]):
        code = ("D" + name).replace("__", "\1").replace("BTF", "\2").encode()
        size = bytes([len(code)]) if len(code) < 128 else bytes([len(code) & 127 | 128, len(code) >> 7])
        names += size + code
        offsets += struct.pack("<I", va - base)
    return names, b"".join(t + b"\0" for t in tokens), index, offsets
