# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# An image in a swap file that is not restored. With noresume C gives the file back before it boots on; and after a boot that
# knows nothing of kjump, swapon refuses the file until `kjump discard` gives it back.
# timeout: 360
. "$VM_TOP/test-vm/bad.sh"

vm_plan "an image" "its state" "swapon does not know the area"
bad_root
vm_disk target.img 8
vm_disk data.img 800
mke2fs -q -t ext4 -F data.img
CYCLE_CONF=SWAP=/mnt/swap
cycle_guest "$VM_TOP/test-vm/guest/hibernate.sh"
vm_tap_expect a "target labelled" "workload runs" "enough memory counted" "all right before" "memory is swapped out"
vm_start a mem=512 initrd=a.img disk=target.img disk=data.img append='kjt.percent=40 kjt.kind=swapfile kjt.size=640 bdev_allow_write_mounted=1'
ok_if "an image" vm_wait a 150 || exit 1
info() { "$VM_OUT/ship/kjump-info" "$@" 2>/dev/null; }
place=$(vm_kv a place)
block=${place##*resume_offset=}
signature() { tail -c +$((block * 4096 + 4087)) "$1" | head -c 10 | tr -d '\000'; }
ok_is "its state" "$(info "data.img@$block" | sed -n 's/^STATE=//p')" ready
ok_is "swapon does not know the area" "$(signature data.img)" ULSUSPEND
rm -f a.img

# A had it mounted, so its journal comes first
fsck_of() {
	e2fsck -y -E journal_only "$1" >fsck.journal 2>&1
	e2fsck -fn "$1" >fsck.out 2>&1
}

vm_plan "noresume: C boots on" "noresume: a swap area again" "noresume: no image to be found" "noresume: the file system is whole"
vm_tap_expect noresume "boots on"
cp --sparse=always data.img noresume.data
vm_start noresume mem=512 initrd="$VM_OUT/kjump-initramfs.img" disk=target.img disk=noresume.data disk=root.img \
	append="kjump.final=reboot kjump.wait=1 root=/dev/vdc rw noresume $place"
ok_if "noresume: C boots on" vm_wait noresume 60
note "noresume: $(tr -d '\r' <noresume/console.log | grep -aE '^kjump' | tr '\n' '|')"
ok_is "noresume: a swap area again" "$(signature noresume.data)" SWAPSPACE2
ok_is "noresume: no image to be found" "$(info "noresume.data@$block")" KIND=none
ok_if "noresume: the file system is whole" fsck_of noresume.data
rm -f noresume.data

vm_plan "other: boots past it" "other: a swap area again" "other: no image to be found" "other: the file system is whole"
vm_tap_expect other "the disk mounts" "swapon refuses" "kjump status" "kjump images" "kjump hibernate" "kjump discard" \
	"swapon takes it" "nothing to discard" "it has its own header" "the disk is let go"
CYCLE=other
cycle_guest "$VM_TOP/test-vm/guest/swapfile.sh"
vm_start other mem=512 initrd=other-a.img disk=target.img disk=data.img append=bdev_allow_write_mounted=1
ok_if "other: boots past it" vm_wait other 60
ok_is "other: a swap area again" "$(signature data.img)" SWAPSPACE2
ok_is "other: no image to be found" "$(info "data.img@$block")" KIND=none
ok_if "other: the file system is whole" fsck_of data.img
