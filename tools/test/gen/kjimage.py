#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Read an image (FORMAT section 4) and say what is in it: an oracle that shares no code with the
tools that write and restore images.

Usage: kjimage.py [--hashes] [--core CORE [--left FILE]] [--state NAME] [--no-sums]
                  [--passphrase TEXT | --key-file FILE] IMAGE

Every checksum, length, bitmap and offset is checked. --core compares each page with the ELF core
that the image was made of (physical view); --left says which pages must be missing, and all
others must be there. --hashes prints `PFN data|zero SHA256` for each page. An encrypted image is
opened by OpenSSL's X25519 and ChaCha20-Poly1305 (python3-cryptography), hashlib's BLAKE2b and
libsodium's Argon2id (python3-nacl).

Exit status: 0 all is right; 1 something is wrong (one line on stderr).
"""
import argparse
import ctypes
import struct
import sys

PAGE = 4096
M = (1 << 64) - 1
P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


class Bad(Exception):
    pass


def need(cond, what):
    if not cond:
        raise Bad(what)


def rotl(x, n):
    return (x << n | x >> (64 - n)) & M


def slow_xxh64(data, seed=0):
    """XXH64 from its published specification (doc/xxhash_spec.md)."""
    n = len(data)
    at = n & -32
    if n >= 32:
        a, b, c, d = (seed + P1 + P2) & M, (seed + P2) & M, seed, (seed - P1) & M
        for w, x, y, z in struct.iter_unpack("<4Q", data[:at]):
            a = a + w * P2 & M
            a = (a << 31 | a >> 33) * P1 & M
            b = b + x * P2 & M
            b = (b << 31 | b >> 33) * P1 & M
            c = c + y * P2 & M
            c = (c << 31 | c >> 33) * P1 & M
            d = d + z * P2 & M
            d = (d << 31 | d >> 33) * P1 & M
        h = (rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18)) & M
        for v in (a, b, c, d):
            h = ((h ^ rotl(v * P2 & M, 31) * P1 & M) * P1 + P4) & M
    else:
        h = (seed + P5) & M
    h = (h + n) & M
    while at + 8 <= n:
        k = rotl(int.from_bytes(data[at : at + 8], "little") * P2 & M, 31) * P1 & M
        h = (rotl(h ^ k, 27) * P1 + P4) & M
        at += 8
    if at + 4 <= n:
        h = (rotl(h ^ int.from_bytes(data[at : at + 4], "little") * P1 & M, 23) * P2 + P3) & M
        at += 4
    for byte in data[at:]:
        h = rotl(h ^ byte * P5 & M, 11) * P1 & M
    h = (h ^ h >> 33) * P2 & M
    h = (h ^ h >> 29) * P3 & M
    return h ^ h >> 32


try:
    _xxh = ctypes.CDLL("libxxhash.so.0").XXH64
    _xxh.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]
    _xxh.restype = ctypes.c_uint64
    xxh64 = lambda data, seed=0: _xxh(bytes(data), len(data), seed)
except (OSError, AttributeError):
    xxh64 = slow_xxh64
for _data in b"", b"abc", bytes(range(77)):
    assert xxh64(_data) == slow_xxh64(_data)
assert xxh64(b"") == 0xEF46DB3751D8E999 and xxh64(b"abc") == 0x44BC2CF5AD770999


def lz4_block(src, size):
    """Decode one LZ4 block (lz4_Block_format.md)."""
    out = bytearray()
    i = 0
    while True:
        token = src[i]
        i += 1
        n = token >> 4
        if n == 15:
            while True:
                n += src[i]
                i += 1
                if src[i - 1] != 255:
                    break
        need(i + n <= len(src), "lz4: literals run off the block")
        out += src[i : i + n]
        i += n
        if i == len(src):
            break
        offset = src[i] | src[i + 1] << 8
        i += 2
        n = (token & 15) + 4
        if token & 15 == 15:
            while True:
                n += src[i]
                i += 1
                if src[i - 1] != 255:
                    break
        need(0 < offset <= len(out), "lz4: match before the start")
        start = len(out) - offset
        if offset >= n:
            out += out[start : start + n]
        else:
            out += (out[start:] * (n // offset + 1))[:n]
    need(len(out) == size, "lz4: wrong length")
    return bytes(out)


def hashes():
    """hashlib, and OpenSSL with it, which takes as long to load as a small file to judge."""
    import hashlib

    return hashlib


def zstd_frame(src, size):
    import subprocess  # as with hashes()

    r = subprocess.run(["zstd", "-dc"], input=src, capture_output=True, check=False)
    need(r.returncode == 0, "zstd: " + r.stderr.decode().strip())
    need(len(r.stdout) == size, "zstd: wrong length")
    return r.stdout


def bits(mask):
    return [i for i in range(256) if mask[i // 8] >> (i % 8) & 1]


class Seal:
    """An encrypted image's key, and its pieces (FORMAT section 4)."""

    def __init__(self, head, secret, kind):
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
        from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13

        self.cipher, self.wrong = ChaCha20Poly1305, InvalidTag
        key = head[104:216]
        have, memory, passes, zero = struct.unpack_from("<IIII", key)
        need(have == kind, "another kind of secret opens it")
        need(not zero and (have == 1 or memory == passes == 0), "key")
        salt = key[16:32]
        if kind == 1:
            under = crypto_pwhash_alg(32, secret, salt, passes, memory << 10, crypto_pwhash_ALG_ARGON2ID13)
        else:
            under = hashes().blake2b(secret, digest_size=32, key=salt).digest()
        sk = self.open(under, bytes(12), key[64:112], key[:64], "wrong passphrase or key file")
        sk = X25519PrivateKey.from_private_bytes(sk)
        self.digest = hashes().blake2b(head[:216], digest_size=32).digest()
        shared = sk.exchange(X25519PublicKey.from_public_bytes(head[72:104]))
        self.key = hashes().blake2b(self.digest, digest_size=32, key=shared).digest()

    def open(self, key, nonce, data, ad, what):
        try:
            return self.cipher(key).decrypt(nonce, data, ad)
        except self.wrong:
            raise Bad(what) from None

    def piece(self, kind, nr, data, tag, what, ad=None):
        return self.open(self.key, struct.pack("<IQ", kind, nr), data + tag, ad or self.digest, what)


class Image:
    def __init__(self, path, sums=True, secret=None, kind=0):
        self.f = open(path, "rb")
        self.sums = sums
        self.secret, self.kind, self.seal = secret, kind, None
        self.header()
        self.state()
        self.index()

    def at(self, off, n):
        self.f.seek(off)
        data = self.f.read(n)
        need(len(data) == n, f"image ends before {off + n}")
        return data

    def unseal(self, front):
        """The header behind the chunks, for the sealed one that stands in front."""
        need(struct.unpack_from("<Q", front, 4088)[0] == xxh64(front[:4088]), "sealed header checksum")
        need(self.secret is not None, "encrypted")
        size, zero, cipher, zero2 = struct.unpack_from("<I16s", front, 12) + struct.unpack_from("<II", front, 64)
        need(size == PAGE and not any(zero) and not zero2 and not any(front[256:4088]), "sealed header")
        need(cipher == 1, "cipher")
        self.seal = Seal(front, self.secret, self.kind)
        end = struct.unpack_from("<Q", front, 232)[0]
        h = self.seal.piece(3, 0, self.at(end, PAGE), front[240:256], "encrypted header", front[:240])
        need(h[32:64] == front[32:64], "id or label of the two headers")
        need(h[88:96] + h[104:120] == front[216:240], "sizes of the two headers")
        return h

    def header(self):
        h = self.at(0, PAGE)
        need(h[:8] == b"KJIMAGE1", "no image")
        if h[8:12] == b"\2\0\0\0":
            h = self.unseal(h)
        else:
            need(self.secret is None, "not encrypted")
        need(struct.unpack_from("<Q", h, 4088)[0] == xxh64(h[:4088]), "header checksum")
        version, size, _, incompat = struct.unpack_from("<IIQQ", h, 8)
        need((version, size) == (1, PAGE) and incompat < 4, "version, size or features")
        self.fill = bool(incompat & 1)
        self.id, self.label = h[32:48], h[48:64]
        (self.created, self.saved, unit, self.codec, self.nunits, index_off, self.data_off,
         self.end_off, self.ndata, self.nzero, self.nfree, self.nram_pages, fill) = (
            struct.unpack_from("<QQIIQQQQQQQQQ", h, 64))
        self.pattern = fill
        need(unit == 256 and index_off == 8192, "constants")
        need(fill == 0 or self.fill and fill == 0xAAAAAAAAAAAAAAAA, "what free pages hold")
        self.jump = struct.unpack_from("<7Q", h, 160)
        nram, nwin = struct.unpack_from("<II", h, 512)
        need(0 < nram <= 128 and nwin <= 16, "number of ranges")
        self.ram = [struct.unpack_from("<QQ", h, 520 + 16 * i) for i in range(nram)]
        self.window = [struct.unpack_from("<QQ", h, 2568 + 16 * i) for i in range(nwin)]
        need(not any(h[520 + 16 * nram : 2568]), "unused RAM slots")
        nfs, zero = struct.unpack_from("<II", h, 2824)
        need(nfs <= 16 and (nfs > 0) == bool(incompat & 2) and not zero, "number of fingerprints")
        self.prints = [struct.unpack_from("<II16s16sQQQ", h, 2832 + 64 * i) for i in range(nfs)]
        left = 0
        for i, p in enumerate(self.prints):
            if left:
                _, count, *piece = struct.unpack_from("<II7Q", h, 2832 + 64 * i)
                need(p[0] == 5 and 0 < count < 4 and not any(piece[2 * count : 6]), "pieces of a file system's device")
                need(all(piece[2 * k] + piece[2 * k + 1] <= piece[6] for k in range(count)), "a piece")
                left -= sum(piece[1 : 2 * count : 2])
                need(left == 0 or left > 0 and count == 3, "pieces")
                continue
            need(0 < p[0] < 5 and p[1] < 2 and not p[6], "fingerprints")
            left = p[4] if p[1] else 0
        need(not left, "missing pieces")
        need(not any(h[2568 + 16 * nwin : 2824]), "unused window slots")
        need(not any(h[2832 + 64 * nfs : 4088]), "unused fingerprints or reserved bytes")
        for rs in self.ram, self.window:
            flat = [x for r in rs for x in r]
            need(flat == sorted(flat) and not any(x % PAGE for x in flat), "ranges")
        self.units = sorted({pa >> 20 for lo, hi in self.ram for pa in range(lo & -(1 << 20), hi, 1 << 20)})
        need(self.nunits == len(self.units), "number of units")
        need(self.data_off == 8192 + (self.nunits * 128 + 4095 & -PAGE), "data offset")
        need(sum(hi - lo for lo, hi in self.ram) == self.nram_pages * PAGE, "pages of RAM")
        self.seed = struct.unpack("<Q", self.id[:8])[0]

    def state(self):
        s = self.at(PAGE, PAGE)
        need(s[:8] == b"KJSTATE1", "no state block")
        need(struct.unpack_from("<Q", s, 4088)[0] == xxh64(s[:4088]), "state checksum")
        version, state = struct.unpack_from("<II", s, 8)
        need(version == 1 and s[16:32] == self.id and not any(s[48:4088]), "state block")
        need(1 <= state <= 4, "state")
        self.state_name = ("ready", "loading", "consumed", "stale")[state - 1]

    def index(self):
        raw = self.at(8192, self.data_off - 8192)
        need(not any(raw[self.nunits * 128 :]), "padding of the index")
        self.entries = []
        self.filled = set()
        spans = []
        for n, mib in enumerate(self.units):
            e = raw[n * 128 : n * 128 + 128]
            if self.seal:
                e = self.seal.piece(2, n, e[:112], e[112:], f"unit {n}: entry") + bytes(16)
            magic, clen, unit, pfn, off, dlen, codec, flags = struct.unpack_from("<IIQQQIHH", e)
            psum, zero, esum = struct.unpack_from("<QQQ", e, 104)
            need(magic == 0x48434A4B, f"unit {n}: magic")
            if self.seal:
                need(psum == 0, f"unit {n}: sum of an encrypted chunk")
            else:
                need(esum == xxh64(e[:120], self.seed), f"unit {n}: entry checksum")
            need((unit, pfn, zero) == (n, mib << 8, 0), f"unit {n}: number or pfn")
            need(flags <= self.fill, f"unit {n}: flags")
            if flags:
                self.filled.update(set(range(mib << 8, (mib + 1) << 8)))
            data, zeros = bits(e[40:72]), bits(e[72:104])
            need(not set(data) & set(zeros), f"unit {n}: a page is both data and zero")
            if data:
                need(dlen == (128 + clen + 4095 & -PAGE), f"unit {n}: chunk length")
                need(codec <= 2 and (clen == len(data) * PAGE if codec == 0 else
                                     0 < clen < len(data) * PAGE), f"unit {n}: codec or length")
                need(off % PAGE == 0, f"unit {n}: offset")
                spans.append((off, dlen))
            else:
                need((clen, off, dlen, codec, psum) == (0, 0, 0, 0, 0), f"unit {n}: not empty")
            self.entries.append((e, pfn, data, zeros, off, dlen, clen, codec, psum))
        at = self.data_off
        for off, dlen in sorted(spans):
            need(off == at, f"gap or overlap of chunks at {at}")
            at += dlen
        need(at == self.end_off, "end of the chunks")
        need(sum(len(e[2]) for e in self.entries) == self.ndata, "number of data pages")
        need(sum(len(e[3]) for e in self.entries) == self.nzero, "number of zero pages")

    def pages(self):
        """(pfn, bytes) for each page stored, None for a zero page."""
        for n, (e, pfn, data, zeros, off, dlen, clen, codec, psum) in enumerate(self.entries):
            found = {i: None for i in zeros}
            if data:
                chunk = self.at(off, dlen)
                if self.seal:
                    need(not any(chunk[16:128]), f"unit {n}: head of the chunk")
                    chunk = chunk[:128] + self.seal.piece(1, n, chunk[128:], chunk[:16], f"unit {n}: chunk")
                else:
                    need(chunk[:128] == e, f"unit {n}: entry and chunk differ")
                if self.sums and not self.seal:
                    need(psum == xxh64(chunk[128:], n), f"unit {n}: chunk checksum")
                need(not any(chunk[128 + clen :]), f"unit {n}: padding")
                body = chunk[128 : 128 + clen]
                if codec:
                    body = (lz4_block, zstd_frame)[codec - 1](body, len(data) * PAGE)
                for k, i in enumerate(data):
                    found[i] = body[k * PAGE : k * PAGE + PAGE]
            for i in sorted(found):
                yield pfn + i, found[i]


class Core:
    """PT_LOADs of an ELF core by physical address."""

    def __init__(self, path):
        self.f = open(path, "rb")
        h = self.f.read(64)
        phoff, phnum = struct.unpack_from("<Q", h, 32)[0], struct.unpack_from("<H", h, 56)[0]
        self.f.seek(phoff)
        self.loads = []
        for _ in range(phnum):
            kind, _, off, va, pa, size, _, _ = struct.unpack("<IIQQQQQQ", self.f.read(56))
            if kind == 1 and va < 0xFFFFFFFF80000000:
                self.loads.append((pa, size, off))

    def page(self, pa):
        for start, size, off in self.loads:
            if start <= pa < start + size:
                self.f.seek(off + pa - start)
                return self.f.read(PAGE)
        raise Bad(f"page {pa:#x} is not in the core")


def compare(img, core, left):
    """Each page of RAM outside the window is stored as it is in the core, or in left."""
    want = {
        pa >> 12
        for lo, hi in img.ram
        for pa in range(lo, hi, PAGE)
        if not any(wlo <= pa < whi for wlo, whi in img.window)
    }
    need(img.ndata + img.nzero + img.nfree == len(want), "page counts of the header")
    for pfn, page in img.pages():
        need(pfn in want, f"pfn {pfn}: no RAM, or in the window")
        want.remove(pfn)
        need((page or bytes(PAGE)) == core.page(pfn << 12), f"pfn {pfn}: differs")
        need(page is None or any(page), f"pfn {pfn}: a zero page stored as data")
    if left is not None:
        need(want == left, f"{len(want - left)} pages missing, {len(left - want)} not left out")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--hashes", action="store_true")
    p.add_argument("--core")
    p.add_argument("--left")
    p.add_argument("--fill", help="pages to be filled with poison")
    p.add_argument("--state", default="ready")
    p.add_argument("--no-sums", action="store_true", help="skip the checksums of chunks")
    p.add_argument("--passphrase")
    p.add_argument("--key-file")
    p.add_argument("image")
    args = p.parse_args()
    secret, kind = None, 0
    if args.passphrase:
        secret, kind = args.passphrase.encode(), 1
    try:
        if args.key_file:
            with open(args.key_file, "rb") as f:
                secret, kind = f.read(), 2
        img = Image(args.image, not args.no_sums, secret, kind)
        need(img.state_name == args.state, f"state is {img.state_name}")
        if args.core:
            left = None
            if args.left:
                with open(args.left, encoding="ascii") as f:
                    left = {int(line) for line in f}
            compare(img, Core(args.core), left)
            need(img.fill == bool(args.fill), "whether free pages are filled")
            if args.fill:
                with open(args.fill, encoding="ascii") as f:
                    fill = {int(line) for line in f}
                need(img.pattern == 0xAAAAAAAAAAAAAAAA, "what they are filled with")
                need(img.filled & left == fill, "pages to be filled")
        else:
            for pfn, page in img.pages():
                if args.hashes:
                    digest = hashes().sha256(page or bytes(PAGE)).hexdigest()
                    print(pfn, "zero" if page is None else "data", digest)
    except (Bad, OSError, IndexError) as e:
        sys.exit(f"kjimage.py: {args.image}: {e}")
    if not args.hashes:
        print(f"ID={img.id.hex()}\nDATA={img.ndata}\nZERO={img.nzero}\nFREE={img.nfree}")


if __name__ == "__main__":
    main()
