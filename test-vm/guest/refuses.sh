# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: everything that kjump must refuse before it jumps. Each in one line, with its status, nothing loaded and the
# target as it was; and at the end all of A's work is right.
# shellcheck source=test-vm/guest/work
. /kjt/work
# the root directory is that of mktemp -d
chmod 755 /
echo 'nobody:x:65534:65534::/:/bin/sh' >>/etc/passwd

sum_target() { head -c 16384 /dev/vda | md5sum; tail -c 16384 /dev/vda | md5sum; }

# says STATUS REGEX COMMAND...
says() {
	local want="$1" re="$2"
	shift 2
	work_says "$want" "^(kjump|kjump-load): $re\$" "$@"
}

# refuses NAME STATUS REGEX COMMAND...: and A is as it was.
refuses() {
	local name="$1"
	shift
	tap_try "$name" says "$@" && tap_try "$name: no harm" unharmed
}

unharmed() {
	[ "$(cat /sys/kernel/kexec_loaded)" = "${LOADED:-0}" ] || work_wrong "kexec_loaded" || return 1
	[ "$(sum_target)" = "$TARGET" ] || work_wrong "target changed"
}

# with LINE...: a configuration of its own.
with() { { echo 'target /dev/vda'; printf '%s\n' "$@" 'require_test no'; } >/tmp/conf; }

# --- an ordinary kernel without KEXEC_JUMP: nothing else can be tried there ---
if [ "$(work_option jump yes)" = no ]; then
	tap_try "target labelled" kjump init-target /dev/vda
	TARGET=$(sum_target)
	refuses "no KEXEC_JUMP: hibernate" 69 'kernel has no CONFIG_KEXEC_JUMP' kjump hibernate
	alone='kernel has no CONFIG_KEXEC_JUMP: crash dumps are all it can have .kjump load --crash.'
	refuses "no KEXEC_JUMP: test" 69 "$alone" kjump test
	grep -v require_test /etc/kjump.conf >/tmp/conf
	refuses "no KEXEC_JUMP: hibernate, where no test has passed" 69 "$alone" kjump hibernate -c /tmp/conf
	refuses "no KEXEC_JUMP: load" 69 'kernel has no CONFIG_KEXEC_JUMP' kjump load
	exit
fi

tap_try "workload runs" work_start 25
work_sum_save
TARGET=$(sum_target)
refuses "no label" 65 '/dev/vda: has no kjump label; kjump init-target writes one' kjump hibernate
tap_try "target labelled" kjump init-target /dev/vda
TARGET=$(sum_target)

refuses "not root: hibernate" 77 'only root can do this' su nobody -c 'kjump hibernate'
refuses "not root: snapshot" 77 'only root can do this' su nobody -c 'kjump snapshot'
refuses "not root: load" 77 'not root' su nobody -c 'kjump load'
refuses "target not there" 66 '/dev/nope: no such device' kjump hibernate -t /dev/nope
refuses "target mounted" 75 '/dev/vdb: is in use .*' kjump hibernate -t /dev/vdb
mkswap /dev/vdd >/dev/null && swapon /dev/vdd
refuses "target is swap" 75 '/dev/vdd: is in use .*' kjump hibernate -t /dev/vdd
swapoff /dev/vdd
refuses "target is a file" 77 "/etc/kjump.conf: is not root's alone .*" kjump hibernate -t /etc/kjump.conf
refuses "target too small" 65 '/dev/vdc: target too small' kjump hibernate -t /dev/vdc
refuses "target too small for a label" 65 '/dev/vdc: target too small' kjump init-target /dev/vdc
refuses "label: mounted" 75 '/dev/vdb: is in use .*' kjump init-target /dev/vdb
refuses "label: holds something" 73 '/dev/vdd: holds swap space; --force overwrites it' kjump init-target /dev/vdd

with 'kernel /boot/bzImage' 'deadline soon'
refuses "kjump.conf: a bad value" 78 "/tmp/conf:3: .* 'soon'" kjump hibernate -c /tmp/conf
with '' '# comment' 'kernle /boot/bzImage'
refuses "kjump.conf: an unknown key" 78 "/tmp/conf:4: .* 'kernle'" kjump hibernate -c /tmp/conf

head -c 3000000 /boot/bzImage >/tmp/short
with 'kernel /tmp/short' 'initrd /boot/kjump.img'
refuses "kernel truncated" 65 '/tmp/short: .+' kjump hibernate -c /tmp/conf
{ head -c 2000000 /boot/bzImage; printf 'x'; tail -c +2000002 /boot/bzImage; } >/tmp/flipped
with 'kernel /tmp/flipped' 'initrd /boot/kjump.img'
refuses "kernel corrupt" 65 '/tmp/flipped: checksum mismatch' kjump hibernate -c /tmp/conf
with 'kernel /boot/kjump.img' 'initrd /boot/kjump.img'
refuses "kernel is none" 65 '/boot/kjump.img: not a bzImage' kjump hibernate -c /tmp/conf
with 'kernel /boot/none' 'initrd /boot/kjump.img'
refuses "kernel not there" 66 '/boot/none: No such file or directory' kjump hibernate -c /tmp/conf
with 'kernel /boot/bzImage' 'initrd /boot/none'
refuses "initramfs not there" 66 "/boot/none: not there; /usr/lib/kjump/image builds kjump's" kjump hibernate -c /tmp/conf

refuses "window over half of RAM" 69 'window: .* more than half of RAM .*' kjump hibernate -w 300M
refuses "window too small" 69 'window: .* too small for this kernel and initrd' kjump hibernate -w 8M
refuses "window is no RAM" 69 'window or job page: not System RAM, .*' kjump hibernate -w 0xb0000000-0xb4000000

refuses "a kernel without S4" 69 '--platform: the kernel does not prepare for ACPI S4' \
	kjump-load --kernel /boot/bzImage --initrd /boot/kjump.img --platform

exec 9</dev/snapshot
refuses "another hibernation" 75 '/dev/snapshot: another hibernation is under way' kjump hibernate
exec 9<&-

# what another program loaded is not ours to replace
kjump load >/dev/null && rm -r /run/kjump
LOADED=1
refuses "a foreign kexec image" 75 "another program's kexec image is loaded: .*" kjump hibernate
LOADED=0
kjump unload --force >/dev/null

# fill what is left, but for a little that A itself needs
mount -t tmpfs -o size=100% full /root
dd if=/dev/zero of=/root/fill bs=1M count=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024 - 60)) 2>/dev/null
refuses "no free memory" 75 'not enough free memory for the window of .*' kjump hibernate
umount /root

tap_try "all right after" work_check
tap_try "same memory checksum" work_sum_same
# cannot be undone, so the last one
echo 1 >/proc/sys/kernel/kexec_load_disabled
refuses "kexec_load is disabled" 77 'kexec_load: disabled by kernel.kexec_load_disabled' kjump hibernate
tap_try "file system clean" work_end
