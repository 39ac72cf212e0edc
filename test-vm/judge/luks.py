#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Decrypt parts of a LUKS volume without device-mapper: what kernel B wrote there, by somebody else's AES. Or fill one.

Must never write to a volume that is only to be read.

usage: luks.py IMAGE KEY PLAIN START-END...
       luks.py --encrypt IMAGE KEY PLAIN
  KEY     the volume key, of aes-xts-plain64
  PLAIN   is made, as large as what is inside, and has these bytes of it (a number, or one from the end: -N); the rest is zeros
"""
import json
import struct
import subprocess
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def layout(path):
    """Offset of the first encrypted byte, and bytes that are encrypted as one."""
    with open(path, "rb") as f:
        head = f.read(512)
    if head[:6] != b"LUKS\xba\xbe":
        sys.exit("luks.py: no LUKS volume")
    if struct.unpack(">H", head[6:8])[0] == 1:
        if head[8:12] + head[40:51] != b"aes\0xts-plain64":
            sys.exit("luks.py: another cipher")
        return struct.unpack(">I", head[104:108])[0] * 512, 512
    text = subprocess.run(["cryptsetup", "luksDump", "--dump-json-metadata", path], check=True, capture_output=True).stdout
    seg = json.loads(text)["segments"]["0"]
    if seg["encryption"] != "aes-xts-plain64" or seg["iv_tweak"] != "0":
        sys.exit("luks.py: another cipher")
    return int(seg["offset"]), int(seg["sector_size"])


def encrypt(path, key, plain):
    """All of @plain goes into the volume, from its start on."""
    start, sector = layout(path)
    with open(plain, "rb") as f, open(path, "r+b") as out:
        for at in range(0, f.seek(0, 2), sector):
            f.seek(at)
            block = f.read(sector)
            e = Cipher(algorithms.AES(key), modes.XTS(struct.pack("<QQ", at // 512, 0))).encryptor()
            out.seek(start + at)
            out.write(e.update(block))


def main(argv):
    if len(argv) == 5 and argv[1] == "--encrypt":
        with open(argv[3], "rb") as f:
            encrypt(argv[2], f.read(), argv[4])
        return
    if len(argv) < 5:
        sys.exit(__doc__)
    start, sector = layout(argv[1])
    with open(argv[2], "rb") as f:
        key = f.read()
    with open(argv[1], "rb") as f, open(argv[3], "wb") as out:
        size = f.seek(0, 2) - start
        out.truncate(size)
        for part in argv[4:]:
            begin, _, end = part.rpartition("-") if not part.startswith("-") else (part, "", "")
            if part.startswith("-"):
                begin, end = size + int(part), size
            begin, end = int(begin) // sector * sector, min(int(end), size)
            for at in range(begin, end, sector):
                f.seek(start + at)
                tweak = struct.pack("<QQ", at // 512, 0)
                d = Cipher(algorithms.AES(key), modes.XTS(tweak)).decryptor()
                out.seek(at)
                out.write(d.update(f.read(sector)))


if __name__ == "__main__":
    main(sys.argv)
