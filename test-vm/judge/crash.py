# SPDX-License-Identifier: GPL-2.0-or-later
"""What drgn sees in a crash dump, as KEY=value lines for a case. Must never print what it did not read in the dump.

usage: drgn -q -c VMCORE -s VMLINUX crash.py
"""
from drgn.helpers.linux.cpumask import for_each_online_cpu
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.sched import task_cpu

task = prog.crashed_thread().object
print("PID=%d" % task.pid)
print("COMM=%s" % task.comm.string_().decode())
print("CPU=%d" % task_cpu(task))
print("CPUS=%d" % len(list(for_each_online_cpu(prog))))
print("TASKS=%d" % len(list(for_each_task(prog))))
print("RELEASE=%s" % prog["init_uts_ns"].name.release.string_().decode())
print("TRACE=%s" % ",".join(f.name or "?" for f in prog.crashed_thread().stack_trace()))
