# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A Debian with our hook in each kind of initramfs, that is never hibernated: what our hook does to a boot that has
# nothing to do with it. Must never let a boot count that did not come to its end.

# shellcheck source=test-vm/debian.sh
. "$VM_TOP/test-vm/debian.sh"

# harmless_disk: disk.img with partition 2 as target, without an image, and boot/ with KIND.img and KIND-without.img,
# which has no hook of ours, KIND being tools, hooks or systemd (guest/make-initrd), for Debian's kernel.
harmless_disk() {
	local deb
	cat >setup <<-'END'
		dpkg -i /root/kjump.deb
		for k in tools hooks systemd; do /kjt/make-initrd $k "$1" /boot/$k-without.img; done
		printf '%s\n' 'target PARTUUID=6b6a756d-7000-4000-8000-000000000012' 'onfail boot' >/etc/kjump.conf
		for k in tools hooks systemd; do /kjt/make-initrd $k "$1" /boot/$k.img; done
	END
	deb=$(echo "$VM_OUT"/kjump_*_amd64.deb)
	"$VM_TOP/test-vm/debian-disk" -c setup "$DEBIAN_ROOT" disk.img "$VM_TOP/test-vm/guest/debian-harmless.sh" \
		"$deb:/root/kjump.deb" "$VM_TOP/test-vm/guest/debian-handed:/kjt/handed" && debian_files disk.img /boot . &&
		harmless_target
}

# Its label.
harmless_target() {
	local loop status=0
	loop=$(losetup -f --show -o $((1281 * 1048576)) --sizelimit $((64 * 1048576)) disk.img) || return
	"$VM_OUT/ship/kjump" init-target "$loop" || status=$?
	losetup -d "$loop"
	return $status
}

# harmless_boot VM KIND IMAGES: to the end, where kjump images ends with that status.
harmless_boot() {
	vm_plan "$1: it ends by itself" "$1: what is on the target"
	vm_tap_expect "$1" "Debian boots"
	vm_start "$1" kernel=disk.img.boot/kernel initrd="boot/$2.img" disk=disk.img code=32 append="$DEBIAN_ROOTFS"
	ok_if "$1: it ends by itself" vm_wait "$1" 240 || return
	ok_is "$1: what is on the target" "$(vm_kv "$1" images)" "$3"
}
