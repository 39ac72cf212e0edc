#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Choose the cells of the matrix of hibernations, and say what it leaves out and why.

Must never leave a cell out but by one of RULES, and never choose another set on another machine.

usage: matrix.py pairs|triples|full|all [rules]
  pairs    rows in which each two values of any two columns occur that can occur together, with kernels as they are
  triples  the same of three values of any three columns
  full     all combinations of WHOLE columns, the others varied from row to row
  all      every cell that there can be
With rules: what there is no row for, one a line, with the reason.
A row has a value of each column, in the order of COLUMNS, blanks between.
"""
import functools
import itertools
import sys
import zlib

COLUMNS = {
    "path": ("snapshot", "direct", "swsusp", "kexec"),
    "target": ("partition", "file", "swap", "encrypted"),
    "codec": ("lz4", "zstd", "stored", "lzo"),
    "levels": ("4", "5"),
    "end": ("s5", "s4"),
    "cpus": ("2", "1"),
    "vendor": ("amd", "intel"),
    "kaslr": ("kaslr", "nokaslr"),
    "mib": ("512", "3072"),
    "disk": ("virtio", "ahci"),
    "machine": ("pc", "q35"),
}
WHOLE = 7  # columns, from the first on
DRAW = {2: 148, 3: 1}  # of those tried, the draws by which pairs, and triples, need the fewest rows

RULES = (
    ({"path": ("snapshot", "direct", "kexec"), "codec": ("lzo",)},
     "an image of ours is never packed by lzo; kjump.conf refuses it"),
    ({"path": ("swsusp",), "codec": ("zstd",)},
     "the kernel's own loader does not know zstd; kjump.conf refuses it"),
    ({"path": ("swsusp",), "target": ("file", "swap")},
     "the kernel's own loader knows no extents; kjump hibernate refuses it"),
    ({"path": ("swsusp",), "target": ("encrypted",)},
     "the kernel's own loader cannot decrypt; kjump.conf refuses it"),
)
PATCHED = (
    ({"path": ("kexec",)},
     "kernel C has to have the patches, and make test builds no such kernel; 24-matrix-long has it"),
)


def allowed(row, without):
    cell = dict(zip(COLUMNS, row))
    return not any(all(cell[k] in values for k, values in rule.items()) for rule, _ in without)


def every(without=RULES):
    return [row for row in itertools.product(*COLUMNS.values()) if allowed(row, without)]


def cover(strength):
    """Rows, as few as a greedy choice finds, with all that `every` has in any so many columns."""
    rows = every(RULES + PATCHED if strength == 2 else RULES)
    ids, masks = {}, {}
    for row in rows:
        mask = 0
        for columns in itertools.combinations(range(len(row)), strength):
            key = (columns, tuple(row[c] for c in columns))
            mask |= 1 << ids.setdefault(key, len(ids))
        masks[row] = mask
    # where two rows do as well, a fixed draw is better than the order of the product
    rows.sort(key=lambda row: zlib.crc32(f"{DRAW[strength]} {' '.join(row)}".encode()))
    total = (1 << len(ids)) - 1
    missing, chosen = total, []
    while missing:
        best = max(rows, key=lambda row: bin(masks[row] & missing).count("1"))
        missing &= ~masks[best]
        chosen.append(best)
    # much memory takes long: only where it counts
    mib = list(COLUMNS).index("mib")
    for i, row in enumerate(chosen):
        less = row[:mib] + COLUMNS["mib"][:1] + row[mib + 1:]
        if functools.reduce(lambda mask, r: mask | masks[r], chosen[:i] + [less] + chosen[i + 1:], 0) == total:
            chosen[i] = less
    return chosen


def whole():
    rest = list(itertools.product(*list(COLUMNS.values())[WHOLE:]))
    rows = []
    for n, head in enumerate(dict.fromkeys(row[:WHOLE] for row in every())):
        rows.append(head + rest[(7 * n + 3 * (n // len(rest))) % len(rest)])
    return rows


def rules(which):
    for rule, why in which:
        print("; ".join(f"{k} {' or '.join(values)}" for k, values in rule.items()) + ": " + why)


def main(argv):
    sets = {"pairs": lambda: cover(2), "triples": lambda: cover(3), "full": whole, "all": every}
    if len(argv) == 3 and argv[1] in sets and argv[2] == "rules":
        rules(RULES + PATCHED if argv[1] == "pairs" else RULES)
    elif len(argv) == 2 and argv[1] in sets:
        for row in sets[argv[1]]():
            print(" ".join(row))
    else:
        sys.exit(__doc__.strip())


if __name__ == "__main__":
    main(sys.argv)
