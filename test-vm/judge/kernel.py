# SPDX-License-Identifier: GPL-2.0-or-later
"""What drgn finds in a dump, by the kernel's debug information alone.

Must never use anything of ours: it is what our dumps are judged by.

usage: drgn -q -c CORE -s VMLINUX kernel.py counter COMM ADDRESS
           PID=, VALUE= and MAGIC= of what is at ADDRESS in the process named COMM
"""
import struct
import sys

from drgn.helpers.linux.mm import access_process_vm
from drgn.helpers.linux.pid import for_each_task


def counter(comm, address):
    tasks = [t for t in for_each_task(prog) if t.comm.string_() == comm.encode()]
    if len(tasks) != 1:
        sys.exit("%s: %u processes of that name" % (comm, len(tasks)))
    data = access_process_vm(tasks[0], int(address, 0), 24)
    print("PID=%u" % tasks[0].pid.value_())
    print("VALUE=%u" % struct.unpack_from("<Q", data)[0])
    print("MAGIC=%s" % data[8:23].decode("ascii", "replace"))


if len(sys.argv) == 4 and sys.argv[1] == "counter":
    counter(sys.argv[2], sys.argv[3])
else:
    sys.exit(__doc__.strip())
