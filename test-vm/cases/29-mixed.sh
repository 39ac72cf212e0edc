# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernels with and without the patches, in mixed pairs: hibernated and restored, and dumped while running. A kernel A with
# the patches hands its map over in a note, whatever B is; of one without them it is looked for, whatever B is. The dump is
# compared with what QEMU had in memory.
# timeout: 900
# kernel: patched
# long: yes
. "$VM_TOP/test-vm/cycle.sh"
. "$VM_TOP/test-vm/patched.sh"
mib=512

# mixed_map VM WANT: B said where it has A's map from.
mixed_map() { tr -d '\r' <"$1/console.log" | grep -qx "kjump: A's map is from: $2"; }

# mixed_pages VM: every page of the dump is what QEMU had.
mixed_pages() {
	local status=0
	debugfs -R "dump /core core" "$(cycle_name data.img)" 2>debugfs.err && [ -s core ] || return 1
	"$VM_TOP/test-vm/judge/memory.py" core qemu.mem "$(vm_kv "$1" ram)" >memory.kv || status=$?
	note "$1: $(tr '\n' ' ' <memory.kv)"
	rm -f core qemu.mem
	return $status
}

# mixed_hibernate CELL MAP [KERNEL...]: as cycle_hibernate takes them.
mixed_hibernate() {
	local cell="$1" map="$2"
	shift 2
	vm_plan "$cell: its map is from: $map"
	cycle_hibernate cell="$cell" mem=$mib percent=45 conf='cmdline_append "kjump.test.hook=map"' "$@"
	ok_if "$cell: its map is from: $map" mixed_map "$cell-a" "$map"
}

# mixed_snapshot CELL AKERNEL BKERNEL
mixed_snapshot() {
	local a="$1-a"
	CYCLE=$1
	export VM_SECOND="$3"
	CYCLE_TARGET=/dev/vda CYCLE_DATA=/dev/vdb CYCLE_CONF=/dev/vda
	vm_tap_expect "$a" "target labelled" "workload runs" "enough memory counted" "all right before" "kjump exits 0" \
		"kjump says that it is done" "the file is root's alone" "all right after" "same memory checksum" \
		"same boot id and a sane clock" "all CPUs online" "nothing stays loaded" "the record is closed" \
		"file system clean"
	vm_plan "$1: B stands still" "$1: A powers off" "$1: every page is what QEMU had"
	cycle_disks $((mib + 64)) 768
	cycle_guest "$VM_TOP/test-vm/guest/snapshot.sh" 'cmdline_append "kjump.test.hook=pause-dump"'
	vm_start "$a" mem=$mib kernel="$2/bzImage" initrd="$(cycle_name a.img)" disk="$(cycle_name target.img)" \
		disk="$(cycle_name data.img)" append="kjt.percent=40"
	ok_if "$1: B stands still" vm_console "$a" '^kjump: test: waiting for a line' 90 || return 0
	vm_hmp "$a" stop
	vm_hmp "$a" "pmemsave 0 $((mib << 20)) qemu.mem"
	vm_hmp "$a" cont
	vm_type "$a" '
'
	ok_if "$1: A powers off" vm_wait "$a" 90 || return 0
	ok_if "$1: every page is what QEMU had" mixed_pages "$a"
	rm -f "$1"-*.img
}

mixed_snapshot snapshot-a "$VM_VARIANT" "$VM_KERNEL"
mixed_hibernate a pages akernel="$VM_VARIANT"
mixed_snapshot snapshot-b "$VM_KERNEL" "$VM_VARIANT"
mixed_hibernate bc control-page bkernel="$VM_VARIANT" ckernel="$VM_VARIANT"
