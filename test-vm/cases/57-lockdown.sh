# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A stock kernel of Debian's that is locked down: every command that would jump is refused in one line, and status says so.
# timeout: 300
# long: yes
# plan: a stock kernel
# plan: its modules
# plan: A ends by itself
. "$VM_TOP/test-vm/crash.sh"

ok_if "a stock kernel" "$VM_TOP/test-vm/kernel/debian" 6.12 || exit 0
dir=$("$VM_TOP/test-vm/kernel/debian" --print 6.12)
ok_if "its modules" crash_modules "$dir" "$(cat "$dir/release")" || exit 0
vm_tap_expect a "load, where nobody can see why" "locked down" "target labelled" "hibernate" "snapshot" "test" "load" "load --crash" "unload" \
	"status is not ready" "status says why" "the job never began"
printf '%s\n' 'target /dev/vda' 'kernel /boot/bzImage' 'initrd /boot/kjump.img' 'require_test no' 'crash_target /dev/vdb' >kjump.conf
vm_disk target.img 64
vm_guest_kjump a.img kjump.conf:/etc/kjump.conf "$dir/bzImage:/boot/bzImage" mods:/kjt/modules \
	"$VM_TOP/test-vm/guest/work:/kjt/work" --script "$VM_TOP/test-vm/guest/lockdown.sh"
vm_start a mem=1024 kernel="$dir/bzImage" initrd=a.img disk=target.img append="crashkernel=256M lockdown=integrity"
ok_if "A ends by itself" vm_wait a 200
