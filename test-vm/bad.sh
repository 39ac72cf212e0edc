# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For the cases in which something goes wrong: what A says, what the next boot says, and that the disks are as they
# should be. Must never take a VM that ended for another reason for one that ended as it should.
# shellcheck source=test-vm/cycle.sh
. "$VM_TOP/test-vm/cycle.sh"

# bad_disks VM MIB [TYPE]: a target, and a data disk of its own with that file system, ext4 if not told.
bad_disks() {
	vm_disk "$1.target" "$2"
	case ${3:-ext4} in
	ext4) vm_disk "$1.data" 64 && mke2fs -q -t ext4 -F "$1.data" ;;
	# the smallest that their makers agree to
	xfs) vm_disk "$1.data" 320 && mkfs.xfs -q "$1.data" ;;
	btrfs) vm_disk "$1.data" 128 && mkfs.btrfs -q "$1.data" ;;
	esac
}

# bad_start VM SCRIPT [CONF=LINE|KEY=VALUE...]: guest A with SCRIPT; conf=LINE for kjump.conf, file=SRC:DST into its
# initramfs, append=, disk options tdisk= and ddisk=, target=, /dev/vda if not given; the rest is for vm_start.
bad_start() {
	local vm="$1" script="$2" append='' tdisk='' ddisk='' target=/dev/vda o
	shift 2
	printf '%s\n' 'kernel /boot/bzImage' 'initrd /boot/kjump.img' 'require_test no' >"$vm.conf"
	: >"$vm.files"
	: >"$vm.start"
	for o in "$@"; do
		case $o in
		conf=*) printf '%s\n' "${o#*=}" >>"$vm.conf" ;;
		file=*) printf '%s\n' "${o#*=}" >>"$vm.files" ;;
		append=*) append=${o#*=} ;;
		tdisk=*) tdisk=,${o#*=} ;;
		ddisk=*) ddisk=,${o#*=} ;;
		target=*) target=${o#*=} ;;
		*) printf '%s\n' "$o" >>"$vm.start" ;;
		esac
	done
	echo "target $target" >>"$vm.conf"
	set --
	while IFS= read -r o; do set -- "$@" "$o"; done <"$vm.files"
	vm_kjwork
	vm_guest_kjump "$vm.cpio" "$vm.conf:/etc/kjump.conf" kjwork:/usr/sbin/kjwork \
		"$VM_TOP/test-vm/guest/work:/kjt/work" "$@" --script "$VM_TOP/test-vm/guest/$script"
	set --
	while IFS= read -r o; do set -- "$@" "$o"; done <"$vm.start"
	vm_start "$vm" mem=512 initrd="$vm.cpio" "disk=$vm.target$tdisk" "disk=$vm.data$ddisk" "$@" append="$append"
}

# What tries.sh says before the jump, and after it.
bad_expect_before() {
	vm_tap_expect "$1" "target labelled" "workload runs" "all right before"
}

bad_expect_back() {
	vm_tap_expect "$1" "all right after" "all CPUs online" "nothing stays loaded" "file system clean"
	vm_plan "$1: kjump's status" "$1: one line" "$1: what it says" "$1: no image" "$1: A ends by itself"
}

# bad_back VM STATUS REGEX SECONDS: A runs again, knows why, and no image is left.
bad_back() {
	ok_if "$1: A ends by itself" vm_wait "$1" "$4" || return 0
	ok_is "$1: kjump's status" "$(vm_kv "$1" status)" "$2"
	ok_is "$1: one line" "$(vm_kv "$1" lines)" 1
	ok_if "$1: what it says" bad_says "$(vm_kv "$1" err)" "$3"
	ok_if "$1: no image" bad_erased "$1.target"
}

bad_says() {
	note "$1"
	printf '%s\n' "$1" | grep -Eq -- "^$2\$"
}

bad_erased() {
	[ "$(head -c 8192 "$1" | tr -d '\000' | wc -c)" -eq 0 ]
}

# bad_kv FILE KEY: of what kjump-info says of an image or target on the host.
bad_kv() {
	{ "$VM_OUT/ship/kjump-info" "$1"; "$VM_OUT/ship/kjump-info" -l "$1"; } 2>/dev/null | sed -n "s/^$2=//p" | head -n 1
}

# bad_next VM FROM STATE: the boot after VM FROM was lost in job state STATE: C says so once, and there is no image.
bad_expect_next() {
	vm_plan "$1: boots" "$1: says which job never finished" "$1: says it once" "$1: no image" "$1: data undamaged"
}

bad_next() {
	local vm="$1" from="$2" id
	id=$(bad_kv "$from.target" REC_ID)
	ok_if "$vm: no image" bad_erased "$from.target"
	vm_start "$vm" mem=512 initrd="$VM_OUT/kjump-initramfs.img" disk="$from.target" append=kjump.final=reboot
	ok_if "$vm: boots" vm_wait "$vm" 40 reset
	ok_if "$vm: says which job never finished" grep -aq \
		"^kjump: /dev/vda: job $id (hibernate of 20.* UTC, $3) never finished: the machine was reset before it did" "$vm/console.log"
	ok_is "$vm: says it once" "$(bad_kv "$from.target" REC_STATE)" reported
	ok_if "$vm: data undamaged" bad_data "$from.data"
}

# A's file system after a reset: its journal makes it clean, and what was synced is there.
bad_data() {
	local status=0
	e2fsck -fy "$1" >fsck.out 2>&1 || status=$?
	[ $status -le 1 ] && [ "$(debugfs -R 'cat /witness' "$1" 2>/dev/null)" = "written before the jump" ]
}

# --- images, and what a boot does with them ---

# root.img: the system that C boots on to.
bad_root() {
	mkdir -p root/dev root/proc root/sys root/sbin root/bin
	cp "$(command -v busybox)" root/bin/busybox
	ln -sf /bin/busybox root/bin/sh
	cat >root/sbin/init <<'INIT'
#!/bin/sh
echo "ok - boots on" >/dev/ttyS1
/bin/busybox stty -F /dev/ttyS1 raw
/bin/busybox poweroff -f
INIT
	chmod 755 root/sbin/init
	truncate -s 16M root.img
	mke2fs -q -t ext4 -F -d root root.img
}

# bad_image: a.target and a.data of an A that was hibernated, for C to find.
bad_image() {
	vm_plan "an image"
	bad_disks a 300
	vm_tap_expect a "target labelled" "workload runs" "all right before"
	# as many devices as C has: each adds to the firmware's tables, and so changes the memory map
	bad_root
	cp root.img a.root
	bad_start a tries.sh append=kjt.percent=25 disk=a.root
	ok_if "an image" vm_wait a 90 || exit 1
	ok_is "its state" "$(bad_kv a.target STATE)" ready
	vm_plan "its state"
}

# bad_copy VM: the disks for another boot.
bad_copy() {
	cp --sparse=always a.target "$1.target"
	cp --sparse=always a.data "$1.data"
}

# bad_boot VM [KEY=VALUE...]: C on a copy of the disks, made by the caller or here; root=no: there is no system to boot on
# to; tdisk=, ddisk=: disk options of the target and of A's own disk.
bad_boot() {
	local vm="$1" root='root=/dev/vdc rw' append='' tdisk='' ddisk='' o
	shift
	[ -e "$vm.target" ] || bad_copy "$vm"
	: >"$vm.start"
	for o in "$@"; do
		case $o in
		root=no) root='' ;;
		append=*) append=${o#*=} ;;
		tdisk=*) tdisk=,${o#*=} ;;
		ddisk=*) ddisk=,${o#*=} ;;
		*) printf '%s\n' "$o" >>"$vm.start" ;;
		esac
	done
	cp root.img "$vm.root"
	set --
	while IFS= read -r o; do set -- "$@" "$o"; done <"$vm.start"
	vm_start "$vm" mem=512 initrd="$VM_OUT/kjump-initramfs.img" disk="$vm.target$tdisk" disk="$vm.data$ddisk" \
		disk="$vm.root" "$@" \
		append="kjump.final=reboot kjump.wait=1 $root $append"
}

# bad_refused VM LINES STATE REGEX [DATA]: it is not restored, for a reason that is said in so many lines; C boots on,
# and the image is then in that state, A's disk as file DATA (a.data) has it.
bad_refused() {
	local n
	vm_plan "$1: C boots on" "$1: one clear line" "$1: state of the image" "$1: A's disk untouched"
	vm_tap_expect "$1" "boots on"
	ok_if "$1: C boots on" vm_wait "$1" 60
	n=$(tr -d '\r' <"$1/console.log" | grep -acE '^(kjump: )?kjump-(info|return|restore): /')
	note "$1: $(tr -d '\r' <"$1/console.log" | grep -aE '^kjump' | grep -av 'boot on from' | tr '\n' '|')"
	if [ "$n" = "$2" ] && tr -d '\r' <"$1/console.log" | grep -aEq -- "$4"; then
		ok "$1: one clear line"
	else
		not_ok "$1: one clear line" "$n of them"
	fi
	ok_is "$1: state of the image" "$(bad_kv "$1.target" STATE)" "$3"
	# and kjump status will say why
	if [ "$3" = stale ]; then
		vm_plan "$1: told in the record"
		ok_is "$1: told in the record" "$(bad_kv "$1.target" REC_STATE)" lost
	fi
	ok_if "$1: A's disk untouched" cmp "$1.data" "${5:-a.data}"
	rm -f "$1.target" "$1.data" "$1.root"
}

# bad_flip FILE OFFSET: another byte there.
bad_flip() {
	python3 - "$1" "$2" <<'PY'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2]))
    b = f.read(1)
    f.seek(int(sys.argv[2]))
    f.write(bytes([b[0] ^ 0x10]))
PY
}
