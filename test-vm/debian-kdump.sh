# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A Debian that has its own kdump-tools, with makedumpfile, and our package beside it. Must never start anything of what it
# installs: in a chroot the kernel is the host's.

# shellcheck source=test-vm/debian.sh
. "$VM_TOP/test-vm/debian.sh"

# kdump_disk SCRIPT [SRC:DST...]: disk.img, with kdump-tools switched on and set up, and ours not; the arguments are for
# test-vm/debian-disk. Loads 2 MB by apt-get.
kdump_disk() {
	local deb
	cat >setup <<-'END'
		printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
		chmod 755 /usr/sbin/policy-rc.d
		DEBIAN_FRONTEND=noninteractive
		export DEBIAN_FRONTEND
		# its own initramfs has no more drivers then either
		/kjt/make-initrd tools "$1" "/boot/initrd.img-$1"
		apt-get -qq update
		apt-get -qqy --no-install-recommends install kdump-tools makedumpfile
		apt-get clean
		dpkg -i /root/kjump.deb
		printf '%s\n' KDUMP_NUM_DUMPS=2 'MAKEDUMP_ARGS="-c -d 31"' >>/etc/default/kdump-tools
		/etc/kernel/postinst.d/kdump-tools "$1"
		rm /usr/sbin/policy-rc.d
	END
	deb=$(echo "$VM_OUT"/kjump_*_amd64.deb)
	"$VM_TOP/test-vm/debian-disk" -c setup "$DEBIAN_ROOT" disk.img "$@" "$deb:/root/kjump.deb"
}
