# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A disk that A had mounted is not there when C looks for it: it is waited for, and A comes back; one that does not come
# costs the session nothing where `onfail poweroff` says so.
# timeout: 300
. "$VM_TOP/test-vm/bad.sh"
bad_image

# Taking a disk out would change the firmware's tables, and so the memory map. One of another size is not A's either.
lost() {
	bad_copy "$1"
	truncate -s 32M "$1.data"
	bad_boot "$1" append=kjump.onfail=poweroff
	vm_plan "$1: C waits for it"
	ok_if "$1: C waits for it" vm_console "$1" \
		'^kjump-restore: /dev/vda: ext file system [0-9a-f]*: is on no device here: waiting for up to 30 s' 60
}

vm_plan "late: A ends by itself" "late: kjump exits 0" "late: how it came back" "late: no image" "late: the file system is whole"
vm_tap_expect late "all right after" "all CPUs online" "nothing stays loaded" "file system clean"
lost late
sleep 15
dd if=a.data of=late.data bs=1M skip=32 seek=32 conv=notrunc status=none
vm_hmp late 'block_resize d1 64M'
ok_if "late: A ends by itself" vm_wait late 90
ok_is "late: kjump exits 0" "$(vm_kv late status)$(vm_kv late err)" 0
ok_if "late: how it came back" grep -aq '^resumed from S5 by kernel ' late/console.log
ok_if "late: no image" bad_erased late.target
ok_if "late: the file system is whole" e2fsck -fn late.data >late.fsck 2>&1

vm_plan "missing: off" "missing: the image waits" "missing: nobody boots on"
lost missing
ok_if "missing: off" vm_wait missing 100
ok_is "missing: the image waits" "$(bad_kv missing.target STATE)" ready
ok_is "missing: nobody boots on" "$(grep -ac 'boot on from\|give the image up' missing/console.log)" 0
