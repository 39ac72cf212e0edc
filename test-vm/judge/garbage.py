#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Overwrite the crash copy of VMCOREINFO in a guest that stands still.

Must never write anywhere but over that one text.

usage: garbage.py GDB-SOCKET MEMORY RAM!RESERVED
  MEMORY    guest physical memory from 0 on; RESERVED: the reservation, as kdump.py has it
"""
import mmap
import socket
import sys

BEGIN = b"OSRELEASE="


def packet(s, text):
    s.send(("$%s#%02x" % (text, sum(text.encode()) & 255)).encode())
    answer = b""
    while b"#" not in answer or len(answer) < answer.index(b"#") + 3:
        got = s.recv(4096)
        if not got:
            sys.exit("garbage.py: QEMU closed the connection")
        answer += got
    s.send(b"+")
    return answer[answer.index(b"$") + 1:answer.index(b"#")].decode()


def main(argv):
    if len(argv) != 4:
        sys.exit(__doc__.strip())
    start, last = (int(x, 16) for x in argv[3].split("!")[1].split("-"))
    with open(argv[2], "rb") as f:
        memory = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
    # it begins a page; kernel B's own image is packed, its notes are elsewhere
    found = [at for at in range(start, last, 4096) if memory[at:at + len(BEGIN)] == BEGIN]
    if len(found) != 1:
        sys.exit("garbage.py: %d copies of VMCOREINFO" % len(found))
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(argv[1])
    if packet(s, "Qqemu.PhyMemMode:1") != "OK":
        sys.exit("garbage.py: QEMU has no physical memory mode")
    for at in range(found[0], found[0] + 4096, 512):
        data = "".join("%02x" % (0x80 | i * 7 & 0x7f) for i in range(512))
        if packet(s, "M%x,%x:%s" % (at, 512, data)) != "OK":
            sys.exit("garbage.py: cannot write at %#x" % at)
    packet(s, "D")
    print("AT=%#x" % found[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
