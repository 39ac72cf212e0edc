# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A panics with memory of every class in use: on one, two and four CPUs, on CPU 0 and on CPU 1. Kernel B saves a kdump to
# an ext4 file system, or to a labelled raw device, and reboots. drgn, libkdumpfile and makedumpfile are the judges: what
# was kept is what QEMU had, page by page.
# timeout: 420
. "$VM_TOP/test-vm/crash.sh"

# judged VM CPU CPUS DUMP LEVEL DMESG [FILE]
judged() {
	local vm="$1" dump="$4"
	vm_plan "$vm: a source to compare with" "$vm: notes" "$vm: what drgn finds" "$vm: every page is what QEMU had"
	ok_if "$vm: a source to compare with" crash_source "$vm" "$dump" || return
	ok_if "$vm: notes" notes "$vm"
	ok_if "$vm: what drgn finds" crash_judge "$vm" "$2" "$3" "$dump" ${7:+"$7"}
	ok_if "$vm: every page is what QEMU had" crash_pages "$vm" "$dump"
	# Debian 12's makedumpfile was built without zstd
	if [ -n "$CRASH_MDF" ] || [ "$vm" != two ]; then
		vm_plan "$vm: makedumpfile finds the same kernel log"
		ok_if "$vm: makedumpfile finds the same kernel log" crash_dmesg "$vm" "$dump" "$6"
	fi
	if crash_mdf; then
		vm_plan "$vm: makedumpfile leaves out the same pages" "$vm: makedumpfile filters it again"
		ok_if "$vm: makedumpfile leaves out the same pages" crash_same "$vm" "$dump" "$5"
		ok_if "$vm: makedumpfile filters it again" crash_refilter "$vm" "$dump"
	fi
	rm -f "$vm.core" "$vm.img"
}

# The core has the dump's notes.
notes() {
	eu-readelf -n "$1.core" >"$1.notes" 2>&1
	[ "$(grep -c PRSTATUS "$1.notes")" -ge 1 ] && grep -q '^ *VMCOREINFO ' "$1.notes" && [ "$(grep -c '^ *KJUMP ' "$1.notes")" -ge 3 ]
}

# saved VM IMG FILES: what lies on that file system; sets SAVED.
saved() {
	vm_plan "$1: file system clean" "$1: five files, nobody else's to read" "$1: A's last words" "$1: B's own log" \
		"$1: status.json tells" "$1: README.txt tells"
	ok_if "$1: file system clean" e2fsck -fn "$2"
	mkdir "$1.files"
	debugfs -R "rdump /var $1.files" "$2" 2>/dev/null
	rm -f "$2"
	SAVED=$(echo "$1".files/var/crash/127.0.0.1-20[0-9][0-9]-[01][0-9]-[0-3][0-9]-[0-2][0-9]:[0-5][0-9]:[0-5][0-9])
	ok_is "$1: five files, nobody else's to read" "$(cd "$SAVED" && stat -c '%n %a' -- * | tr '\n' ' ')" \
		"README.txt 600 kexec-dmesg.log 600 status.json 600 vmcore 600 vmcore-dmesg.txt 600 "
	ok_if "$1: A's last words" grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$SAVED/vmcore-dmesg.txt"
	ok_if "$1: B's own log" grep -q 'kjump: A has crashed: ' "$SAVED/kexec-dmesg.log"
	ok_if "$1: status.json tells" status_tells "$1" "$SAVED"
	ok_if "$1: README.txt tells" grep -q '^vmcore status: saved successfully$' "$SAVED/README.txt"
}

status_tells() {
	/usr/bin/python3 - "$2" "$(vm_kv "$1" release)" <<-'END'
		import json, os, sys
		s = json.load(open(sys.argv[1] + "/status.json"))
		print(s)
		size = os.path.getsize(sys.argv[1] + "/vmcore")
		assert s["state"] == "saved" and s["exit_status"] == 0 and s["reason"] is None and s["file"] == "vmcore"
		assert s["file_bytes"] == size and s["crashed_release"] == sys.argv[2] and s["dmesg"] == "vmcore-dmesg.txt"
		assert s["pages_data"] > 1000 and s["pages_zero"] + s["pages_left_out"] > 1000 and s["workers"] >= 1
		assert s["failed_before"] == [] and s["warnings"] == [] and s["collector"].startswith("kjump-dump -f kdump -c ")
		assert 0 <= s["time"] - s["crash_time"] < 600
	END
}

locked() { vm_console "$1" '^kjump: test: waiting for a line' 150 && vm_hmp "$1" 'sendkey scroll_lock'; }

vm_plan "two: Scroll Lock at the screen"
crash_data data.img
cp data.img data2.img
cp data.img data3.img

# --- two CPUs, CPU 0, a file system, what the defaults make ---
vm_disk two.disk 300
mke2fs -q -t ext4 -F two.disk
CRASH_DATA=vdb crash_start two 0 /dev/vda 'deadline 10m' smp=2 disk=two.disk disk=data.img
# a screen that takes no more output must not hold the dump up
ok_if "two: Scroll Lock at the screen" locked two
crash_memory two
# --- one CPU, four levels of page tables, a file system, cache and user pages kept ---
vm_disk one.disk 500
mke2fs -q -t ext4 -F one.disk
CRASH_DATA=vdb crash_start one 0 /dev/vda 'core_collector kjump-dump -c lzo -d 17' smp=1 cpu=max,la57=off disk=one.disk disk=data2.img
crash_memory one
# --- four CPUs, CPU 1, a raw device ---
vm_disk four.disk 300
vm_tap_expect four "target labelled"
CRASH_DATA=vdb CRASH_A=kjt.label=yes crash_start four 1 /dev/vda 'core_collector kjump-dump -f kdump -c zlib -d 31' smp=4 \
	disk=four.disk disk=data3.img
saved two two.disk
judged two 0 2 "$SAVED/vmcore" 31 "$SAVED/vmcore-dmesg.txt"
saved one one.disk
vm_plan "one: drgn walks the page cache"
judged one 0 1 "$SAVED/vmcore" 17 "$SAVED/vmcore-dmesg.txt" cachefile
ok_if "one: drgn walks the page cache" crash_cached one
crash_memory four
"$VM_OUT/ship/kjump-dmesg" four.disk >four.dmesg.ours || :
judged four 1 4 four.disk 31 four.dmesg.ours
