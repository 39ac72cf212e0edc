# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A Debian 12 with systemd hibernates, by `kjump hibernate` and by `systemctl hibernate`, and comes back through what
# dracut builds with systemd and our hook; the second time by Debian's own kernel. Its services, an ssh session from
# outside and a database under write load go on.
# timeout: 1200
# kernel: systemd
# long: yes
# plan: a kernel with KEXEC_JUMP for a Debian
# plan: a disk with a Debian
# plan: systemctl hibernate switches it off
# plan: an image is there
# plan: Debian's kernel brings it back
# plan: the image is erased
# plan: the file system is whole
# plan: the database is whole

# shellcheck source=test-vm/debian-hibernate.sh
. "$VM_TOP/test-vm/debian-hibernate.sh"

HIB_KERNEL=$VM_VARIANT
ok_if "a kernel with KEXEC_JUMP for a Debian" test -s "$HIB_KERNEL/bzImage" || exit 1
ok_if "a disk with a Debian" hib_disk systemd stock || exit 1

hib_cycle systemd || exit 1
ok_if "systemctl hibernate switches it off" vm_wait systemd 240 || exit 1
image_there() { ! hib_erased; }
ok_if "an image is there" image_there
hib_after stock
hib_start stock disk.img.boot/kernel stock
ok_if "Debian's kernel brings it back" vm_wait stock 300 || exit 1

ok_if "the image is erased" hib_erased
ok_if "the file system is whole" debian_fsck disk.img
ok_if "the database is whole" hib_database
