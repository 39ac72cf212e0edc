#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a program, and strike when one of the processes that it forks is at a place that we name.

Usage: kjstop.py [--fork N] [--write N | --call N] [--kill | --twice | --term | --int] COMMAND...

The place: the Nth process forked (1) enters its Nth write at an offset of a file (1), or its Nth
system call. Until then the processes forked after it stand still, so there is always work left for
them, and as it is the only one that runs, the place is the same each time, however busy the machine
is.

--kill       that process dies of SIGKILL there (this is what happens without an option)
--twice      and so does the first one that is forked when it is dead
--term,--int the program itself gets the signal while that process stands still
Exit status: that of the program; 98: nobody came to the place; 99: nobody may trace here.
"""
import argparse
import ctypes
import os
import signal
import sys

PTRACE_PEEKUSER, PTRACE_CONT, PTRACE_SYSCALL, PTRACE_SEIZE = 3, 7, 24, 0x4206
FORKS = 2 | 4 | 8  # PTRACE_O_TRACEFORK, VFORK, CLONE
SYSGOOD, EXITKILL = 1, 1 << 20
ORIG_RAX = 15 * 8
WRITES = {18, 296, 328}  # pwrite64, pwritev, pwritev2 of x86-64

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(what, pid, data=0):
    ctypes.set_errno(0)
    return libc.ptrace(what, pid, ORIG_RAX if what == PTRACE_PEEKUSER else 0, data)


def start(command):
    """The program, traced from before its first instruction on."""
    ready, go = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(go)
        os.read(ready, 1)
        os.execvp(command[0], command)
    if ptrace(PTRACE_SEIZE, pid, FORKS | SYSGOOD | EXITKILL):
        os.kill(pid, signal.SIGKILL)
        print("kjstop.py: ptrace:", os.strerror(ctypes.get_errno()), file=sys.stderr)
        sys.exit(99)
    os.write(go, b"x")
    return pid


class Run:
    """A program under way: what it forks stands still, runs on, or is the victim, which is watched."""

    def __init__(self, args):
        self.args = args
        self.main = start(args.command)
        self.forked = 0
        self.known = {self.main}
        self.held = []
        self.victim = None
        self.left = args.strikes
        self.count = 0
        self.entering = True

    def release(self):
        self.victim = None
        for pid in self.held:
            ptrace(PTRACE_CONT, pid)
        self.held = []

    def strike(self):
        self.left -= 1
        if self.args.signal == signal.SIGKILL:
            os.kill(self.victim, signal.SIGKILL)
        else:
            os.kill(self.main, self.args.signal)
            ptrace(PTRACE_CONT, self.victim)
        self.release()

    def new(self, pid):
        """The first stop of a forked process."""
        self.known.add(pid)
        self.forked += 1
        again = 0 < self.left < self.args.strikes and not self.victim
        if self.forked == self.args.fork or again:
            self.victim, self.count, self.entering = pid, 0, True
            ptrace(PTRACE_SYSCALL, pid)
        elif self.victim:
            self.held.append(pid)
        else:
            ptrace(PTRACE_CONT, pid)

    def call(self):
        """The victim enters or leaves a system call."""
        if self.entering:
            number = ptrace(PTRACE_PEEKUSER, self.victim)
            self.count += self.args.call is not None or number in WRITES
            if self.count == (self.args.call or self.args.write):
                self.strike()
                return
        self.entering = not self.entering
        ptrace(PTRACE_SYSCALL, self.victim)

    def stopped(self, pid, sig, event):
        if pid not in self.known:
            self.new(pid)
        elif sig == signal.SIGTRAP | 0x80 and pid == self.victim:
            self.call()
        else:
            ours = event or sig == signal.SIGTRAP | 0x80
            ptrace(PTRACE_SYSCALL if pid == self.victim else PTRACE_CONT, pid, 0 if ours else sig)

    def wait(self):
        """Until the program has ended: its status."""
        while True:
            pid, status = os.waitpid(-1, 0x40000000)  # __WALL
            if os.WIFSTOPPED(status):
                self.stopped(pid, os.WSTOPSIG(status), status >> 16)
            elif pid == self.main:
                return os.waitstatus_to_exitcode(status)
            elif pid == self.victim:
                self.release()  # it ended before it came to the place


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--fork", type=int, default=1)
    p.add_argument("--write", type=int, default=1)
    p.add_argument("--call", type=int)
    p.add_argument("--twice", dest="strikes", action="store_const", const=2, default=1)
    for name, sig in ("kill", signal.SIGKILL), ("term", signal.SIGTERM), ("int", signal.SIGINT):
        p.add_argument("--" + name, dest="signal", action="store_const", const=sig)
    p.set_defaults(signal=signal.SIGKILL)
    p.add_argument("command", nargs=argparse.REMAINDER)
    run = Run(p.parse_args())
    status = run.wait()
    if run.left:
        print(f"kjstop.py: {run.forked} processes, and none was there", file=sys.stderr)
        sys.exit(98)
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
