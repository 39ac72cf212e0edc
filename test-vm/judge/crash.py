# SPDX-License-Identifier: GPL-2.0-or-later
"""What drgn sees in a crash dump, as KEY=value lines for a case. Must never print what it did not read in the dump.

usage: drgn -q -c VMCORE -s VMLINUX crash.py [FILE]
FILE: name of a file that kjclasses holds open; its pages in the page cache are counted and summed
"""
import sys
import zlib

from drgn import cast
from drgn.helpers.linux.cpumask import for_each_online_cpu
from drgn.helpers.linux.fs import for_each_file
from drgn.helpers.linux.mm import page_to_virt
from drgn.helpers.linux.pid import find_task, for_each_task
from drgn.helpers.linux.sched import task_cpu
from drgn.helpers.linux.slab import for_each_slab_cache
from drgn.helpers.linux.xarray import xa_for_each


def cached(name):
    """Pages of the file that kjclasses holds open, in their order."""
    task = next(t for t in for_each_task(prog) if t.comm.string_() == b"kjclasses")
    file = next(f for _, f in for_each_file(task) if f.f_path.dentry.d_name.name.string_() == name.encode())
    pages = {}
    for index, entry in xa_for_each(file.f_mapping.i_pages.address_of_()):
        if entry.value_() & 1:
            continue  # a shadow entry: was there once
        pages[index] = cast("struct page *", entry)
    return b"".join(prog.read(page_to_virt(pages[i]), 4096) for i in sorted(pages))


task = prog.crashed_thread().object
print("PID=%d" % task.pid)
print("COMM=%s" % task.comm.string_().decode())
print("CPU=%d" % task_cpu(task))
print("CPUS=%d" % len(list(for_each_online_cpu(prog))))
print("TASKS=%d" % len(list(for_each_task(prog))))
print("INIT=%s" % find_task(prog, 1).comm.string_().decode())
print("RELEASE=%s" % prog["init_uts_ns"].name.release.string_().decode())
print("BANNER=%s" % prog["linux_banner"].string_().decode().split()[2])
print("CACHES=%d" % len(list(for_each_slab_cache(prog))))
try:
    trace = prog.crashed_thread().stack_trace()
    print("TRACE=%s" % ",".join(f.name or "?" for f in trace))
    # of the innermost frame; the kernel saved them when it crashed
    regs = trace[0].registers()
    print("RIP_IN=%s" % (prog.symbol(regs["rip"]).name))
    stack = task.stack.value_()
    print("RSP_ON_STACK=%s" % ("yes" if stack <= regs["rsp"] < stack + 16384 else "no"))
except Exception as e:  # drgn 0.0.22 raises just that for unwind tables that it does not know
    print("TRACE_ERROR=%s" % e)
if len(sys.argv) > 1:
    data = cached(sys.argv[1])
    print("CACHE_PAGES=%d" % (len(data) // 4096))
    print("CACHE_CRC=%08x" % zlib.crc32(data))
