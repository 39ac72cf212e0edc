# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The Debian of 74-debian-hibernate comes back through what initramfs-tools builds, and through what dracut builds
# without systemd, each with our hook. Its services, an ssh session from outside and a database under write load go on.
# timeout: 1200
# kernel: systemd
# long: yes
# plan: a kernel with KEXEC_JUMP for a Debian
# plan: a disk with a Debian
# plan: the image is erased
# plan: the file system is whole
# plan: the database is whole

# shellcheck source=test-vm/debian-hibernate.sh
. "$VM_TOP/test-vm/debian-hibernate.sh"

HIB_KERNEL=$VM_VARIANT
ok_if "a kernel with KEXEC_JUMP for a Debian" test -s "$HIB_KERNEL/bzImage" || exit 1
ok_if "a disk with a Debian" hib_disk tools hooks || exit 1

for kind in tools hooks; do
	vm_plan "$kind: it ends by itself"
	hib_cycle $kind || exit 1
	ok_if "$kind: it ends by itself" vm_wait $kind 120 || exit 1
done
ok_if "the image is erased" hib_erased
ok_if "the file system is whole" debian_fsck disk.img
ok_if "the database is whole" hib_database
