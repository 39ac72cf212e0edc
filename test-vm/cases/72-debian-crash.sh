# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A Debian 12 as it is, with systemd and its own kernel as A and as B: our package is installed in it, crash dumps are
# switched on, it crashes, and the dump is below /var/crash when it is up again. Then a crash that no target takes, of
# which the next boot knows.
# timeout: 1200
# long: yes
# allow: Kernel panic - not syncing: sysrq triggered crash
# allow: Call Trace:
# plan: a disk with a Debian
# plan: it is switched off
# plan: it crashes, saves, reboots and is switched off
# plan: kdump_post has run after it
# plan: the file system is whole
# plan: what file(1) calls it
# plan: makedumpfile finds the kernel log
# plan: debug information of that kernel
# plan: what drgn finds

. "$VM_TOP/test-vm/debian.sh"

deb=$(echo "$VM_OUT"/kjump_*_amd64.deb)
ok_if "a disk with a Debian" "$VM_TOP/test-vm/debian-disk" "$DEBIAN_ROOT" disk.img "$VM_TOP/test-vm/guest/debian-crash.sh" \
	"$deb:/root/kjump.deb" || exit 1

# debian_crash VM [KEY=VALUE...]
debian_crash() {
	local vm="$1"
	shift
	vm_start "$vm" kernel=disk.img.boot/kernel initrd=disk.img.boot/initrd disk=disk.img "$@"
}
vm_tap_expect new "Debian boots" "the package installs" "kjump.conf is accepted" "the service is switched on" \
	"the initramfs is built" "not ready without a reservation" "a size is recommended"
debian_crash new append="root=/dev/vda1 ro"
ok_if "it is switched off" vm_wait new 240 || exit 1
note "recommended: $(vm_kv new recommended); drivers: $(vm_kv new drivers)"

vm_tap_expect a "Debian boots with a reservation" "the service is active" "status: ready" "status: no jumps" \
	"Debian boots after the crash" \
	"one dump" "it is whole" "root alone can read it" "status.json says so" "kdump_pre has run before it" \
	"the kernel log ends with the crash" \
	"ready for the next one" "the service says nothing of a reset" "loaded for a target that is not there" \
	"Debian boots after a crash that no target took" "the service says so" "and who logs in is told"
debian_crash a reboot=yes code=32 append="root=/dev/vda1 ro crashkernel=256M"
ok_if "it crashes, saves, reboots and is switched off" vm_wait a 600 || exit 1
ok_if "kdump_post has run after it" grep -aq '^after: 0' a/console.log
ok_if "the file system is whole" debian_fsck disk.img
debian_dump disk.img
ok_if "what file(1) calls it" debian_called
ok_if "makedumpfile finds the kernel log" debian_same_log
"$VM_TOP/test-vm/kernel/debian" 6.1 >vmlinux.dir 2>vmlinux.err || :
dir=$(cat vmlinux.dir)
ok_is "debug information of that kernel" "$(cat "$dir/release")" "$DEBIAN_RELEASE" || exit
/usr/bin/drgn -q -c vmcore -s "$dir/vmlinux" "$VM_TOP/test-vm/judge/crash.py" >drgn 2>drgn.err || :
cat drgn drgn.err
seen() {
	[ "$(sed -n 's/^PID=//p' drgn)" = "$(vm_kv a pid)" ] && grep -qx COMM=kjpanic drgn && grep -qx CPUS=2 drgn &&
		grep -qx INIT=systemd drgn && grep -qx "RELEASE=$DEBIAN_RELEASE" drgn &&
		grep -q '^TRACE=.*sysrq_handle_crash' drgn
}
ok_if "what drgn finds" seen
