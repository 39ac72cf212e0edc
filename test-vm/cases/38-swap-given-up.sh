# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# An image in swap that is not restored: C gives the swap area back before it boots on, so that the next system can use it.
# timeout: 360
. "$VM_TOP/test-vm/bad.sh"

vm_plan "an image" "its state" "swapon does not know the area"
bad_root
vm_disk target.img 1024
vm_disk data.img 64
mke2fs -q -t ext4 -F data.img
cp root.img a.root
CYCLE_CONF=SWAP=/dev/vda
cycle_guest "$VM_TOP/test-vm/guest/hibernate.sh"
vm_tap_expect a "target labelled" "workload runs" "enough memory counted" "all right before" "memory is swapped out"
vm_start a mem=512 initrd=a.img disk=target.img disk=data.img disk=a.root append='kjt.percent=40 kjt.kind=swap'
ok_if "an image" vm_wait a 150 || exit 1
info() { "$VM_OUT/ship/kjump-info" "$@" 2>/dev/null; }
signature() { tail -c +4087 "$1" | head -c 10 | tr -d '\000'; }
ok_is "its state" "$(info target.img@0 | sed -n 's/^STATE=//p')" ready
ok_is "swapon does not know the area" "$(signature target.img)" ULSUSPEND

# given_up NAME WORDS: C boots on, the area is a swap area, and nothing leads to an image.
given_up() {
	vm_plan "$1: C boots on" "$1: A's disk untouched" "$1: a swap area again" "$1: no image to be found"
	vm_tap_expect "$1" "boots on"
	cp --sparse=always data.img "$1.data"
	cp root.img "$1.root"
	vm_start "$1" mem=512 initrd="$VM_OUT/kjump-initramfs.img" disk="$1.target" disk="$1.data" disk="$1.root" \
		append="kjump.final=reboot kjump.wait=1 root=/dev/vdc rw $2"
	ok_if "$1: C boots on" vm_wait "$1" 60
	note "$1: $(tr -d '\r' <"$1/console.log" | grep -aE '^kjump' | tr '\n' '|')"
	ok_if "$1: A's disk untouched" cmp data.img "$1.data"
	ok_is "$1: a swap area again" "$(signature "$1.target")" SWAPSPACE2
	ok_is "$1: no image to be found" "$(info "$1.target@0")" KIND=none
	rm -f "$1.target" "$1.data" "$1.root"
}

cp --sparse=always target.img noresume.target
given_up noresume noresume
# a chunk that does not hold what the index says: the last block of all extents but label and record
cp --sparse=always target.img damaged.target
python3 - damaged.target <<'PY'
import struct, sys
with open(sys.argv[1], "r+b") as f:
    f.seek(4068)
    block = struct.unpack("<Q", f.read(8))[0]
    f.seek(block + 128)
    first = struct.unpack("<Q", f.read(8))[0]
    f.seek(first + 200)
    byte = f.read(1)[0]
    f.seek(first + 200)
    f.write(bytes([byte ^ 4]))
PY
given_up damaged ''
