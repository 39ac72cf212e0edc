# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# An image encrypted to a key file is brought back by Debian's kernel with an initramfs of each kind that is not ours, into
# which the hook has put what key_file names: nobody is asked.
# timeout: 900
# long: yes
# plan: an initramfs of each kind
# plan: B powers off

. "$VM_TOP/test-vm/hooks.sh"
# shellcheck source=test-vm/cycle.sh
. "$VM_TOP/test-vm/cycle.sh"

cycle_disks 832
CYCLE_FILES="$made/kjump.key:/etc/kjump.key"
cycle_guest "$VM_TOP/test-vm/guest/hibernate.sh" 'encrypt /etc/kjump.key' 'codec stored'
vm_tap_expect a "target labelled" "workload runs" "enough memory counted" "all right before"
set -- mem=768 smp=2
vm_start a "$@" disk=target.img disk=data.img initrd=a.img append="kjt.percent=30 kjt.target=/dev/vda kjt.data=/dev/vdb"
ok_if "B powers off" vm_wait a 150 || exit 0

for kind in systemd hooks tools; do
	vm_plan "$kind: A ends by itself" "$kind: nobody is asked" "$kind: the image is erased"
	vm_tap_expect $kind "kjump exits 0" "kjump says how it came back" "all right after" "same memory checksum" \
		"same boot id and a sane clock" "no in-kernel hibernation" "all CPUs online" "nothing stays loaded" "file system clean"
	cp --sparse=always target.img $kind.target
	cp --sparse=always data.img $kind.data
	vm_start $kind "$@" disk=$kind.target disk=$kind.data kernel="$made/kernel" initrd="$made/$kind-key.img" append='root=/dev/vdb ro'
	ok_if "$kind: A ends by itself" vm_wait $kind 150 || exit 0
	ok_is "$kind: nobody is asked" "$(grep -ac passphrase $kind/console.log)" 0
	ok_if "$kind: the image is erased" test "$(head -c 8192 $kind.target | tr -d '\000' | wc -c)" = 0
	rm -f $kind.target $kind.data
done
