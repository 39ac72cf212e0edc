# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A Debian 12 that has crash dumps by kdump-tools, which is loaded: `kjump import --enable` takes over its settings and its
# place while the system runs, `kjump test --crash` crashes it, and the dump is where kdump-tools would have put it.
# timeout: 900
# long: yes
# allow: Kernel panic - not syncing: sysrq triggered crash
# allow: Call Trace:
# plan: a disk with a Debian and kdump-tools
# plan: it crashes, saves, reboots and is switched off
# plan: the file system is whole
# plan: what file(1) calls it
# plan: makedumpfile finds the kernel log

# shellcheck source=test-vm/debian-kdump.sh
. "$VM_TOP/test-vm/debian-kdump.sh"

ok_if "a disk with a Debian and kdump-tools" kdump_disk "$VM_TOP/test-vm/guest/debian-take-over.sh" || exit 1

vm_tap_expect a "Debian boots with kdump-tools" "its crash kernel is loaded" "kjump refuses beside it" \
	"kjump import --enable" "kdump-tools is off" "kjump-crash is on" "with its settings" "ready for a panic" \
	"kjump test --crash asks first" \
	"Debian boots after the crash" "one dump" "it is whole" "both are as they were" "ready again" \
	"the crash test has passed"
vm_start a kernel=disk.img.boot/kernel initrd=disk.img.boot/initrd disk=disk.img reboot=yes \
	append="$DEBIAN_ROOTFS crashkernel=256M"
ok_if "it crashes, saves, reboots and is switched off" vm_wait a 480 || exit 1
ok_if "the file system is whole" debian_fsck disk.img
debian_dump disk.img
ok_if "what file(1) calls it" debian_called
ok_if "makedumpfile finds the kernel log" debian_same_log
