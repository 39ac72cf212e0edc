#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""Read a swsusp image as the kernel's loader does (kernel/power/swap.c and snapshot.c of 6.12) and
check what FORMAT section 7 says beyond that: an oracle that shares no code with the tools.

Usage: kjswsusp.py [--core CORE --left FILE] [--state NAME] [--codec NAME] [--size N] IMAGE

--core compares each page with the ELF core that the image was made of (physical view), --left says
which pages must be missing; all others must be there. --size: bytes that may be used. Prints
KEY=value lines.

Exit status: 0 all is right; 1 something is wrong (one line on stderr).
"""
import argparse
import struct
import sys
import zlib

from kjimage import Bad, Core, lz4_block, need, xxh64

PAGE = 4096
UNC = 32 * PAGE
WORST = UNC + UNC // 16 + 64 + 3 + 2
NOCOMPRESS, CRC32, LZ4 = 2, 4, 16
SIGS = {b"S1SUSPEND\0": "ready", b"KJ-TAKEN\0\0": "consumed", b"KJ-STALE\0\0": "stale"}
ZERO = 1 << 63


def lzo_block(src, size):
    """Decode LZO1X as Documentation/staging/lzo.rst describes it, version 0 of the bitstream."""
    out = bytearray()
    i = 0

    def run(base):
        nonlocal i
        n = base
        while not src[i]:
            n += 255
            i += 1
        n += src[i]
        i += 1
        return n

    def copy(dist, n):
        need(0 < dist <= len(out), "lzo: distance")
        part = bytes(out[-dist:])
        out.extend((part * (n // dist + 1))[:n])

    def literals(n):
        nonlocal i
        need(i + n <= len(src), "lzo: literals")
        out.extend(src[i : i + n])
        i += n

    state = 0
    if src[0] > 17:
        n = src[0] - 17
        i = 1
        literals(n)
        state = n if n < 4 else 4
    while True:
        op = src[i]
        i += 1
        if op < 16 and state == 0:
            literals(run(18) if op == 0 else op + 3)
            state = 4
            continue
        if op < 16:
            dist = (src[i] << 2) + (op >> 2) + 1
            i += 1
            trail = op & 3
            if state == 4:
                copy(dist + 2048, 3)
            else:
                copy(dist, 2)
        elif op >= 64:
            n = (op >> 5) + 1
            dist = (src[i] << 3) + (op >> 2 & 7) + 1
            i += 1
            trail = op & 3
            copy(dist, n)
        else:
            if op >= 32:
                n = (op & 31) + 2 if op & 31 else run(33)
                base = 1
            else:
                n = (op & 7) + 2 if op & 7 else run(9)
                base = 16384 + ((op & 8) << 11)
            d = src[i] | src[i + 1] << 8
            i += 2
            trail = d & 3
            if base > 1 and base + (d >> 2) == 16384:
                break
            copy(base + (d >> 2), n)
        state = trail
        literals(trail)
    need(i == len(src), "lzo: bytes behind the end")
    need(len(out) == size, f"lzo: {len(out)} bytes")
    return bytes(out)


class Image:
    def __init__(self, path, size):
        self.f = open(path, "rb")
        self.f.seek(0, 2)
        self.size = size or self.f.tell()
        self.used = {0}
        self.head = self.block(0)
        h = self.head
        self.crc, self.first, self.flags = struct.unpack_from("<IQI", h, PAGE - 36)
        self.state = SIGS.get(h[PAGE - 10 :])
        need(self.state, "signature")
        need(h[PAGE - 20 : PAGE - 10] == b"KJ-TAKEN\0\0", "original signature")
        need(h[PAGE - 40 : PAGE - 36] == bytes(4), "hardware signature")
        self.ours()
        self.stream = self.pages()
        self.read_info(next(self.stream))

    def ours(self):
        h = self.head
        need(h[:8] == b"KJSWSUS1" and h[8:12] == b"\1\0\0\0", "magic, version")
        need(struct.unpack_from("<Q", h, 4048)[0] == xxh64(h[:4048] + h[4056:4076]), "checksum")
        need(not any(h[160:4048]), "reserved bytes")
        self.codec = {0: "none", 1: "lz4", 3: "lzo"}[h[12]]
        self.id = h[16:32].hex()
        self.ndata, self.nzero, self.nfree, self.end = struct.unpack_from("<4Q", h, 64)
        want = {"none": NOCOMPRESS, "lzo": CRC32, "lz4": CRC32 | LZ4}[self.codec]
        need(self.flags == want, f"flags {self.flags}")
        need(self.end <= self.size, "end behind the device")

    def block(self, n):
        need((n + 1) * PAGE <= self.size, f"block {n} is not there")
        self.f.seek(n * PAGE)
        data = self.f.read(PAGE)
        need(len(data) == PAGE, f"block {n}: short")
        return data

    def once(self, n):
        need(n not in self.used, f"block {n} used twice")
        need(n * PAGE < self.end, f"block {n} behind the end")
        self.used.add(n)
        return self.block(n)

    def blocks(self):
        """The blocks in the order of the map."""
        at = self.first
        while at:
            page = struct.unpack("<512Q", self.once(at))
            n = next((i for i in range(511) if not page[i]), 511)
            need(not any(page[n:511]), "map: a gap")
            need(n == 511 or not page[511], "map: a short page that is not the last")
            for b in page[:n]:
                yield self.once(b)
            at = page[511]

    def pages(self):
        """The stream, page by page, the info page first."""
        blocks = self.blocks()
        yield next(blocks)
        left = self.total - 1
        if self.flags & NOCOMPRESS:
            yield from blocks
            return
        crc = 0xFFFFFFFF  # zlib inverts; the kernel starts with 0 and does not
        for head in blocks:
            (n,) = struct.unpack_from("<Q", head)
            need(0 < n <= WORST, f"compressed length {n}")
            data = head
            while len(data) < n + 8:
                data += next(blocks)
            need(not any(data[n + 8 :]), "padding")
            # the last one is shorter
            size = min(left * PAGE, UNC)
            left -= size // PAGE
            raw = (lzo_block if self.codec == "lzo" else lz4_block)(data[8 : n + 8], size)
            crc = zlib.crc32(raw, crc)
            for i in range(0, len(raw), PAGE):
                yield raw[i : i + PAGE]
        need(crc ^ 0xFFFFFFFF == self.crc, "CRC32")

    def read_info(self, info):
        self.jump, phys, self.cr3, magic, self.e820 = struct.unpack_from("<5Q", info)
        need(self.jump == phys and magic == 0x23456789ABCDEF02, "restore data record")
        self.physpages, self.cpus = struct.unpack_from("<QI", info, 400)
        ndata, self.total, size = struct.unpack_from("<3Q", info, 416)
        need(size == self.total * PAGE and ndata == self.ndata, "counts of the info page")

    def load(self):
        """(page frame number, bytes), None for a page of zeros."""
        pfns = []
        for _ in range(self.total - self.ndata - 1):
            page = struct.unpack("<512Q", next(self.stream))
            n = next((i for i in range(512) if page[i] == (1 << 64) - 1), 512)
            pfns += page[:n]
        plain = [p & ~ZERO for p in pfns]
        need(plain == sorted(set(plain)), "numbers do not ascend")
        need(sum(not p & ZERO for p in pfns) == self.ndata, "number of data pages")
        need(len(pfns) - self.ndata == self.nzero, "number of zero pages")
        for p in pfns:
            if p & ZERO:
                yield p & ~ZERO, None
            else:
                yield p, next(self.stream)
        need(next(self.stream, None) is None, "more pages than announced")


def compare(img, core, left):
    swap = img.jump >> 12
    seen = set()
    for pfn, page in img.load():
        seen.add(pfn)
        if pfn == swap:
            need(page and page[:4] == b"\xf3\x0f\x1e\xfa", "no trampoline in the swap page")
            need(struct.unpack_from("<Q", page, 24)[0] == (pfn + 1) << 12, "trampoline: stack")
            need(not any(page[48:]), "trampoline: rest of the page")
            continue
        need((page or bytes(PAGE)) == core.page(pfn << 12), f"pfn {pfn}: differs")
    want = {pa >> 12 for s, n, _ in core.loads for pa in range(s, s + n, PAGE)} - left
    need(seen == want, f"{len(want - seen)} pages missing, {len(seen - want)} too many")
    need(img.nfree == len(left), "number of pages left out")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--core")
    p.add_argument("--left")
    p.add_argument("--state", default="ready")
    p.add_argument("--codec")
    p.add_argument("--size", type=int)
    p.add_argument("image")
    args = p.parse_args()
    try:
        img = Image(args.image, args.size)
        need(img.state == args.state, f"state is {img.state}")
        need(not args.codec or args.codec == img.codec, f"codec is {img.codec}")
        if args.core:
            with open(args.left, encoding="ascii") as f:
                left = {int(line) for line in f}
            compare(img, Core(args.core), left)
        else:
            for _ in img.load():
                pass
    except (Bad, OSError, IndexError, KeyError, StopIteration, struct.error) as e:
        sys.exit(f"kjswsusp.py: {args.image}: {type(e).__name__} {e}")
    print(f"ID={img.id}\nDATA={img.ndata}\nZERO={img.nzero}\nFREE={img.nfree}\nCR3={img.cr3:#x}")
    print(f"JUMP={img.jump:#x}\nPHYSPAGES={img.physpages}\nE820_CRC={img.e820:#x}\nEND={img.end}")


if __name__ == "__main__":
    main()
