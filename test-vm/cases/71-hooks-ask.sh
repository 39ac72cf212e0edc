# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# An encrypted image is brought back by Debian's kernel with an initramfs of each kind that is not ours. Each asks for the
# passphrase: with systemd there, systemd-ask-password does, and the service has no terminal; else it is the console.
# timeout: 900
# long: yes
# plan: an initramfs of each kind
# plan: B powers off

. "$VM_TOP/test-vm/hooks.sh"
# shellcheck source=test-vm/cycle.sh
. "$VM_TOP/test-vm/cycle.sh"

# asked VM N: so many times; systemd's agent says it its own way
asked() { [ "$(grep -ac 'passphrase for /dev/vda:' "$1/console.log")" -ge "$2" ]; }
# answer VM N TEXT: the Nth time. Who draws asterisks switches the echo off only then, and drops what came before.
answer() {
	vm_until "$1" 120 asked "$1" "$2" || return
	sleep 1
	vm_type "$1" "$3
"
}

cycle_disks 832
cycle_guest "$VM_TOP/test-vm/guest/hibernate.sh" 'encrypt /etc/kjump.key' 'codec stored'
vm_tap_expect a "target labelled" "a key" "workload runs" "enough memory counted" "all right before"
set -- mem=768 smp=2
vm_start a "$@" disk=target.img disk=data.img initrd=a.img \
	append="kjt.percent=30 kjt.target=/dev/vda kjt.data=/dev/vdb kjt.passphrase=correct-horse-battery"
ok_if "B powers off" vm_wait a 150 || exit 0

for kind in systemd hooks tools; do
	vm_plan "$kind: asks for a passphrase" "$kind: and again" "$kind: A ends by itself" "$kind: the image is erased" \
		"$kind: no passphrase is shown"
	vm_tap_expect $kind "kjump exits 0" "kjump says how it came back" "all right after" "same memory checksum" \
		"same boot id and a sane clock" "no in-kernel hibernation" "all CPUs online" "nothing stays loaded" "file system clean"
	cp --sparse=always target.img $kind.target
	cp --sparse=always data.img $kind.data
	vm_start $kind "$@" disk=$kind.target disk=$kind.data kernel="$made/kernel" initrd="$made/$kind.img" append='root=/dev/vdb ro'
	ok_if "$kind: asks for a passphrase" answer $kind 1 wrong-horse
	ok_if "$kind: and again" answer $kind 2 correct-horse-battery
	ok_if "$kind: A ends by itself" vm_wait $kind 150 || exit 0
	ok_if "$kind: the image is erased" test "$(head -c 8192 $kind.target | tr -d '\000' | wc -c)" = 0
	ok_is "$kind: no passphrase is shown" "$(grep -ac horse $kind/console.log)" 0
	rm -f $kind.target $kind.data
done
