# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: one snapshot after the other by a kernel B that stays, while it works; what can go wrong in between; and what makes
# that B go.
# shellcheck source=test-vm/guest/work
. /kjt/work

counter() { kjwork counter-read | sed -n 's/^VALUE=//p'; }

# snapshot NAME STATUS ARGUMENT...: one of that exit status; what it says is in /tmp/out. A is as it was.
snapshot() {
	local name="$1" want="$2" status=0
	shift 2
	kv "before-$name" "$(counter)"
	kjump snapshot "$@" >/tmp/out 2>&1 || status=$?
	kv "after-$name" "$(counter)"
	cat /tmp/out >/dev/console
	tap_is "$name: kjump's status" "$status" "$want"
	tap_try "$name: all right after" work_check
	tap_try "$name: all CPUs online" work_cpus
}

# One that stays has done so many jobs.
jobs_done() { kjump status | grep -q "^kernel B  *stays in memory, jobs done: $1; it takes [0-9]* MiB until kjump unload\$"; }
was_there() { grep -q 'kernel B was there' /tmp/out; }
was_booted() { grep -q 'kernel B up after' /tmp/out; }
says() { grep -q "^kjump: $1\$" /tmp/out; }
# Neither B nor who held its pages.
gone() { work_unloaded && [ ! -e /run/kjump/stays ] && [ "$(pidof kjump)" = "" ]; }

for disk in a c d; do tap_try "target vd$disk labelled" kjump init-target "/dev/vd$disk"; done
tap_try "workload runs" work_start "$(work_option percent 20)"
kv vaddr "$(kjwork counter-addr | sed -n 's/^VADDR=//p')"
kv pid "$(kjwork counter-addr | sed -n 's/^PID=//p')"
kv ram "$(sed -n 's/^\([0-9a-f]*-[0-9a-f]*\) : System RAM$/\1/p' /proc/iomem | tr '\n' ',' | sed 's/,$//')"

snapshot first 0 --stay -f elf -d 23 -o /mnt/first
tap_try "first: B has booted" was_booted
tap_try "first: B stays" jobs_done 1
kv jobs_before "$(kjump status | grep '^kernel B')"

# with all its pages, for the host to compare
snapshot whole 0 -f elf -d 0 -o /mnt/whole
tap_try "whole: B was there" was_there
sync
stage compare

snapshot kdump 0 -d 17 -o /mnt/kdump
tap_try "kdump: B was there" was_there
tap_try "kdump: B stays" jobs_done 3

stage stop
snapshot stopped 130 -t /dev/vdd -f elf -d 0
tap_try "stopped: is said" says 'snapshot given up in kernel B: stopped by a key'
tap_try "stopped: B stays" jobs_done 4

snapshot next 0 -f elf -d 23 -o /mnt/next
tap_try "next: B was there" was_there

snapshot failed 74 -t /dev/vdc -f elf -d 0
tap_try "failed: is said" says 'snapshot failed in kernel B: kjump-dump: /dev/vdc: I/O error'
tap_try "failed: B is gone" gone
snapshot alone 0
tap_try "alone: B has booted" was_booted
tap_try "alone: B is gone" gone

# settings that B was not loaded with: another B, which stays as well
snapshot again 0 --stay
sed 's/^cmdline_append "/&kjt.other=1 /' /etc/kjump.conf >/tmp/kjump.conf
snapshot other 0 -c /tmp/kjump.conf
tap_try "other: is said" says 'kernel B in memory is of other files or settings: loaded anew'
tap_try "other: B has booted" was_booted
tap_try "other: B stays" jobs_done 1
pid=$(sed -n 's/^PID=//p' /run/kjump/stays)
snapshot other-next 0 -c /tmp/kjump.conf
tap_try "other-next: B was there" was_there
kill "$pid"
while [ -e "/proc/$pid/fd/0" ]; do sleep 1; done
tap_try "its process was ended: B is gone" gone

# who loads a B of its own
snapshot last 0 --stay
tap_try "tested" kjump test --jump-only
tap_try "tested: B is gone" gone
snapshot last-but-one 0 --stay
tap_is "hibernate fails, by its own B" "$(kjump hibernate -t /dev/vdc >/tmp/out 2>&1; echo $?)" 74
cat /tmp/out >/dev/console
tap_try "hibernate: B is gone" gone
tap_try "hibernate: all right after" work_check
# memory that this system did not have when B was loaded
snapshot unplugged 0 --stay
stage plug
tap_try "memory is plugged in" work_plug
snapshot plugged 0 -f elf -d 23 -o /mnt/plugged
tap_try "plugged: B was there" was_there
tap_try "unload" kjump unload
tap_try "unload: B is gone" gone
tap_try "file system clean" work_end
