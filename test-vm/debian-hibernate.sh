# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A Debian 12 with systemd that kjump can hibernate: its kernel, its disk, how it boots with each initramfs, and an ssh session
# from outside. Must never restart a VM whose session is to survive: QEMU has the other end of its connection.

# shellcheck source=test-vm/debian.sh
. "$VM_TOP/test-vm/debian.sh"

# hib_disk KIND...: disk.img with our package installed and configured, and boot/ with an initramfs of each of these kinds
# (guest/make-initrd) for the kernel in $HIB_KERNEL, made there; `stock` is by dracut with systemd, for Debian's own.
hib_disk() {
	local deb release
	deb=$(echo "$VM_OUT"/kjump_*_amd64.deb)
	release=$(basename "$HIB_KERNEL"/modules/lib/modules/*)
	cat >setup <<-END
		dpkg -i /root/kjump.deb
		cat >/etc/kjump.conf <<LINES
		target PARTUUID=6b6a756d-7000-4000-8000-000000000012
		kernel /boot/vmlinuz-$release
		require_test no
		LINES
		/usr/lib/kjump/image
		for k in $*; do
			case \$k in
			stock) /kjt/make-initrd systemd \$1 /boot/\$k.img ;;
			*) /kjt/make-initrd \$k $release /boot/\$k.img ;;
			esac
		done
		systemctl enable kjt-db.service kjt-tick.timer
	END
	"$VM_TOP/test-vm/debian-disk" -m 1100 -c setup "$DEBIAN_ROOT" disk.img "$VM_TOP/test-vm/guest/debian-hibernate.sh" \
		"$deb:/root/kjump.deb" "$HIB_KERNEL/bzImage:/boot/vmlinuz-$release" "$HIB_KERNEL/config:/boot/config-$release" \
		"$HIB_KERNEL/modules/lib/modules/$release:/lib/modules/$release" \
		"$VM_TOP/test-vm/guest/debian-db:/kjt/db" "$VM_TOP/test-vm/guest/debian-sleep:/usr/lib/systemd/system-sleep/kjt" \
		"$(hib_unit kjt-db.service 'ExecStart=/kjt/db write' 'Restart=on-failure' '[Install]' WantedBy=multi-user.target)" \
		"$(hib_unit kjt-tick.service Type=oneshot 'ExecStart=/bin/sh -c "echo >>/run/kjt.ticks"')" \
		"$(hib_timer)" || return
	debian_files disk.img /boot .
}

# hib_unit NAME LINE...: a unit with those lines in its [Service], for debian-disk to put there.
hib_unit() {
	local name="$1"
	shift
	printf '%s\n' '[Unit]' 'Description=For the test' '[Service]' "$@" >"$name"
	echo "$PWD/$name:/etc/systemd/system/$name"
}
hib_timer() {
	printf '%s\n' '[Timer]' OnBootSec=1 OnUnitActiveSec=3 AccuracySec=1 '[Install]' WantedBy=timers.target >kjt-tick.timer
	echo "$PWD/kjt-tick.timer:/etc/systemd/system/kjt-tick.timer"
}

# hib_start VM KERNEL KIND [WORDS]: with an initramfs of that kind, and a port for ssh.
hib_start() {
	local vm="$1" kernel="$2" kind="$3"
	HIB_PORT=$(/usr/bin/python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	vm_start "$vm" kernel="$kernel" initrd="boot/$kind.img" disk=disk.img reboot=yes mem=1024 code=32 \
		append="$DEBIAN_ROOTFS kjt.kind=$vm ${4:-}" \
		arg=-netdev "arg=user,id=net0,hostfwd=tcp:127.0.0.1:$HIB_PORT-:22" arg=-device arg=virtio-net-pci,netdev=net0
}

# hib_login VM: a shell there, with its input on descriptor 7 and its output in VM/ssh.out.
hib_login() {
	mkfifo "$1/ssh.in"
	exec 7<>"$1/ssh.in"
	setpriv --pdeathsig KILL -- ssh -F none -i disk.img.key -p "$HIB_PORT" -o BatchMode=yes -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -T root@127.0.0.1 sh <"$1/ssh.in" >"$1/ssh.out" 2>"$1/ssh.err" 7<&- &
	# shellcheck disable=SC2016 # for that shell
	echo 'kept=17; echo "before $$ $kept"; : >/run/kjt.go' >&7
	vm_until "$1" 60 grep -q '^before [0-9]* 17$' "$1/ssh.out"
}

# hib_still VM: the same shell answers, and knows what it was told.
hib_still() {
	# shellcheck disable=SC2016 # for that shell
	echo 'echo "after $$ $kept"; : >/run/kjt.end' >&7
	vm_until "$1" 60 grep -q '^after ' "$1/ssh.out" || { cat "$1/ssh.err"; return 1; }
	[ "$(sed -n 's/^after //p' "$1/ssh.out")" = "$(sed -n 's/^before //p' "$1/ssh.out")" ]
}

# hib_cycle KIND: boots, hibernates and is reset, comes back through an initramfs of that kind, and the session goes on.
hib_cycle() {
	vm_plan "$1: an ssh session" "$1: the ssh session goes on"
	hib_before "$1"
	hib_after "$1"
	hib_start "$1" "$HIB_KERNEL/bzImage" "$1"
	ok_if "$1: an ssh session" vm_stage "$1" ready 300 && hib_login "$1" || return
	vm_stage "$1" resumed 300 || { note "$1: it does not come back"; return 1; }
	ok_if "$1: the ssh session goes on" hib_still "$1"
}

# hib_erased: partition 2 begins as an empty target does.
hib_erased() { [ "$(tail -c +"$((1281 * 1048576 + 1))" disk.img | head -c 8192 | tr -d '\000' | wc -c)" -eq 0 ]; }

# hib_database: no row of it is lost, twice there or other than it was written, as another program sees it.
hib_database() {
	debian_files disk.img /var/lib/kjt files
	/usr/bin/python3 - files/kjt/db <<-'END'
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
}

# What the guest script says before a hibernation, and after it.
hib_before() { vm_tap_expect "$1" "Debian boots" "there is a target" "the database is written to"; }
hib_after() {
	vm_tap_expect "$1" "kjump says how it came back" "it is the same boot" "systemd is content" "the services are the same" \
		"timers go on" "the database goes on" "the database is right" "system-sleep hooks ran" "no image is left"
}
