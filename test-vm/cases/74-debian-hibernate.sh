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
ok_if "a disk with a Debian" hib_disk || exit 1

# cycle KIND: boots, hibernates and is reset, and comes back
cycle() {
	vm_plan "$1: an ssh session" "$1: the ssh session goes on"
	hib_before "$1"
	hib_after "$1"
	hib_start "$1" "$HIB_KERNEL/bzImage" "$1"
	ok_if "$1: an ssh session" vm_stage "$1" ready 300 && hib_login "$1" || return
	vm_stage "$1" resumed 300 || { note "$1: it does not come back"; return 1; }
	ok_if "$1: the ssh session goes on" hib_still "$1"
}
cycle systemd || exit 1
ok_if "systemctl hibernate switches it off" vm_wait systemd 240 || exit 1
erased() { [ "$(tail -c +"$((1281 * 1048576 + 1))" disk.img | head -c 8192 | tr -d '\000' | wc -c)" -eq 0 ]; }
image_there() { ! erased; }
ok_if "an image is there" image_there
hib_after stock
hib_start stock disk.img.boot/kernel stock
ok_if "Debian's kernel brings it back" vm_wait stock 300 || exit 1

ok_if "the image is erased" erased
ok_if "the file system is whole" debian_fsck disk.img
debian_files disk.img /var/lib/kjt files
ok_if "the database is whole" /usr/bin/python3 - files/kjt/db <<'END'
import hashlib
import sqlite3
import sys

db = sqlite3.connect(sys.argv[1])
assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
rows = db.execute("SELECT n, d, h FROM log ORDER BY n").fetchall()
print("rows %d to %d" % (rows[0][0], rows[-1][0]))
assert [r[0] for r in rows] == list(range(rows[0][0], rows[-1][0] + 1))
assert all(hashlib.sha3_256(r[1]).digest() == r[2] for r in rows)
END
