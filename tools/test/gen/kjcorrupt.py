#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""Damage an image in one place after the other, and see what kjump-restore makes of it.

Usage: kjcorrupt.py [--all] [--seed N] PROGRAM IMAGE DIRECTORY

--all   every bit of header and state, and 2,000 bits anywhere; without it a seventeenth and a
        sixteenth of that
--seed  of the bits that are chosen (1)

Where a bit lies says which line must come and with which status; the layout is kjimage.py's
reading of FORMAT section 4, not that of the program. Up to the index the program is told to
restore, and could write; behind it to verify, as no host is the machine of a made image. It must
never take a refusal for right that has another reason, or after which the image is another one.
Prints TAP.
"""
import argparse
import os
import random
import sys

from kjimage import Image

LANES = os.cpu_count() or 1
SHOW = 5


class Layout:
    """What must be said of a bit, by its byte."""

    def __init__(self, path):
        self.img = Image(path)
        self.chunks = sorted((e[4], e[5], u) for u, e in enumerate(self.img.entries) if e[5])

    def expect(self, at):
        """Exit status, text behind the path, and whether the image has to be verified for it."""
        if at < 8:
            return 1, "no image to restore", False
        if at < 4096:
            return 65, "header: " + kind(at, 8, 12), False
        if at < 8192:
            return 65, "state: " + kind(at - 4096, 8, 12), False
        if at < self.img.data_off:
            n, at = divmod(at - 8192, 128)
            if n >= self.img.nunits:
                return 65, "index, behind its end: malformed", False
            return 65, f"index entry {n}: " + kind(at, 4, 4), False
        for off, dlen, unit in self.chunks:
            if off <= at < off + dlen:
                what = "not the chunk that the index says" if at < off + 128 else "checksum mismatch"
                return 65, f"chunk {unit} at offset {off}: {what}", True
        raise ValueError(at)


def kind(at, magic, version):
    if at < magic:
        return "magic not found"
    return "unknown version or feature" if at < version else "checksum mismatch"


class Subject:
    """A copy of the image, and the program that is run on it."""

    def __init__(self, program, image, path):
        with open(image, "rb") as f:
            self.good = f.read()
        with open(path, "wb") as f:
            f.write(self.good)
        self.program, self.path = program, path
        self.fd = os.open(path, os.O_RDWR)

    def run(self, verify):
        """Exit status and all that the program says."""
        argv = [self.program, "-q", "-w", "1", self.path]
        if verify:
            argv.insert(1, "-n")
        r, w = os.pipe()
        pid = os.posix_spawn(self.program, argv, os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, w, 1), (os.POSIX_SPAWN_DUP2, w, 2)])
        os.close(w)
        with os.fdopen(r, "rb") as f:
            text = f.read()
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text.decode(errors="replace")

    def judge(self, name, want, verify):
        """None, or what is wrong with the run on the file as it is now."""
        before = os.pread(self.fd, 8192, 0), os.fstat(self.fd).st_size
        got = self.run(verify)
        if (os.pread(self.fd, 8192, 0), os.fstat(self.fd).st_size) != before:
            return f"{name}: the image was written to"
        want = want[0], f"kjump-restore: {self.path}: {want[1]}\n"
        return None if got == want else f"{name}: {got}, not {want}"

    def flip(self, bit, layout):
        at, mask = bit // 8, 1 << bit % 8
        os.pwrite(self.fd, bytes([self.good[at] ^ mask]), at)
        status, text, verify = layout.expect(at)
        bad = self.judge(f"byte {at}, bit {bit % 8}", (status, text), verify)
        os.pwrite(self.fd, self.good[at : at + 1], at)
        return bad

    def cut(self, length, layout):
        """Once as a file that ends there, once as a partition that has zeros from there on."""
        os.truncate(self.path, length)
        want = (65, "header: number out of range") if length >= 8192 else (1, "no image to restore")
        yield self.judge(f"cut to {length}", want, True)
        os.truncate(self.path, len(self.good))
        if length >= 8192 or not length:
            status, text, _ = layout.expect(length)
            if length > 8192 or not length:
                yield self.judge(f"zeros from {length} on", (status, text), True)
            else:
                yield self.judge("no index", (65, "index entry 0: magic not found"), True)
        os.pwrite(self.fd, self.good[length:], length)

    def whole(self):
        """As the last of all: it is the same image, and all right."""
        with open(self.path, "rb") as f:
            if f.read() != self.good:
                return f"{self.path}: not what it was"
        status, text = self.run(True)
        return f"{self.path}: status {status}: {text}" if status or "STATE=ready\n" not in text else None


def lane(subject, bits, layout):
    """How many were tried, and what was wrong."""
    bad = [x for x in (subject.flip(b, layout) for b in bits) if x]
    last = subject.whole()
    return len(bits), bad + [last] * bool(last)


def lanes(make, bits, layout):
    """The bits dealt out to processes with a copy each."""
    pipes = []
    for i in range(LANES):
        r, w = os.pipe()
        if not os.fork():
            n, bad = lane(make(i), bits[i::LANES], layout)
            os.write(w, "\n".join([str(n)] + bad[:SHOW]).encode())
            os._exit(0)
        os.close(w)
        pipes.append(r)
    tried, bad = 0, []
    for r in pipes:
        with os.fdopen(r, "rb") as f:
            n, *rest = f.read().decode().split("\n")
        tried += int(n or 0)
        bad += rest
        os.wait()
    if tried != len(bits):
        bad.append(f"{tried} of {len(bits)} tried")
    return bad


def cuts(subject, layout):
    points = {0, 4096, 8192, layout.img.data_off} | {off for off, _, _ in layout.chunks}
    bad = [x for p in sorted(points) for x in subject.cut(p, layout) if x]
    last = subject.whole()
    return len(points), bad + [last] * bool(last)


def report(number, what, bad):
    print(f"{'not ' * bool(bad)}ok {number} - {what}: each is refused with its line")
    print("".join(f"# {b}\n" for b in bad[:SHOW]), end="", flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--all", action="store_true")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("program")
    p.add_argument("image")
    p.add_argument("directory")
    args = p.parse_args()
    layout = Layout(args.image)
    size = os.path.getsize(args.image)
    step, anywhere = (1, 2000) if args.all else (17, 125)
    rng = random.Random(args.seed)
    make = lambda i: Subject(args.program, args.image, f"{args.directory}/lane{i}")
    index = range(8192 * 8, layout.img.data_off * 8)
    parts = [
        ("of the header", list(range(0, 4096 * 8, step))),
        ("of the state", list(range(4096 * 8, 8192 * 8, step))),
        ("of the index", sorted(rng.sample(index, min(len(index), anywhere)))),
        ("anywhere", sorted(rng.sample(range(size * 8), anywhere))),
    ]
    failed = 0
    for number, (name, bits) in enumerate(parts, 1):
        bad = lanes(make, bits, layout)
        failed += bool(bad)
        report(number, f"{len(bits)} bits {name}, seed {args.seed}", bad)
    n, bad = cuts(make(0), layout)
    failed += bool(bad)
    report(5, f"{n} truncations, at each border of a chunk", bad)
    print("1..5")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
