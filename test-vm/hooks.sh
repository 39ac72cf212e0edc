# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2154 # what run sets
# For the cases about others' initramfs: $made is the directory of what test-vm/initrds builds, cached. Must never take one
# that was built of something else than what is installed now.

[ "$(id -u)" -eq 0 ] || vm_skip "needs root, for chroot"
base=$("$VM_TOP/test-vm/debian-root" 2>root.err) || vm_skip "$(tail -n 1 root.err)"
vm_need "$VM_OUT"/kjump_*_amd64.deb
# made anew when something has changed that goes into them
cache=${KJUMP_CACHE:-$HOME/.cache/kjump}
made=$cache/initrds-$(cd "$VM_OUT/deb" && find usr/lib usr/sbin usr/share/initramfs-tools "$VM_TOP/test-vm/initrds" \
	"$VM_TOP/test-vm/guest/make-initrd" -type f |
	LC_ALL=C sort | xargs sha256sum | sed "s|$VM_TOP||" | sha256sum | cut -c 1-16)
if [ ! -d "$made" ]; then
	rm -rf "$cache"/initrds-*
	"$VM_TOP/test-vm/initrds" "$base" "$VM_OUT"/kjump_*_amd64.deb new 'target /dev/vda' >initrds.err 2>&1 && mv new "$made"
fi
ok_if "an initramfs of each kind" test -s "$made/kjump.key" || exit 1
