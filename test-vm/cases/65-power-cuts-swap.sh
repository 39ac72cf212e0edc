# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The power goes at every flush of a save into a swap file that A is using, and of the restore from it, and between flushes:
# the disk that is cut is the one with A's file system, whose own flushes before and after are among them. The next boot
# brings back all of A, or boots on and says why; then the file system is sound once its journal is done, and the swap file is
# one that swapon takes.
# long: yes
# timeout: 3600
. "$VM_TOP/test-vm/cuts.sh"

# random choices behind each flush; flushes before B is up, and behind LOADING and CONSUMED; the least number of disks
CUT_SEEDS=3
CUT_BEFORE=6
CUT_AFTER=6
CUT_LEAST=20

# place_kv FILE KEY: of the image in that disk's swap file, and of the job's record there
place_kv() {
	{ "$VM_OUT/ship/kjump-info" "$1@$place"; "$VM_OUT/ship/kjump-info" -l "$1@$place"; } 2>/dev/null |
		sed -n "s/^$2=//p" | head -n 1
}

no_image() {
	local status=0
	"$VM_OUT/ship/kjump-info" "$1@$place" >erased 2>&1 || status=$?
	[ $status = 1 ] && grep -qx KIND=none erased
}

cut_resumes() {
	vm_wait "$1" 150 && [ "$(vm_kv "$1" status)$(vm_kv "$1" err)" = 0 ] &&
		grep -aq '^resumed from S5 by kernel ' "$1/console.log" && no_image "$1.data" &&
		e2fsck -fn "$1.data" >"$1.fsck" 2>&1
}

# The swap file's header lies in its first block.
swap_header() { [ "$(dd if="$1" bs=4096 skip="$place" count=1 2>/dev/null | tail -c 10)" = SWAPSPACE2 ]; }

cut_boots_on() {
	vm_wait "$1" 60 && swap_header "$1.data" && cut_sound "$1.data" &&
		[ "$(debugfs -R 'cat /witness' "$1.data" 2>/dev/null)" = "written before the jump" ]
}

# cut_boot VM: the next boot on $VM.data, judged by the state that the image is in.
cut_boot() {
	local vm="$1" state record
	state=$(place_kv "$vm.data" STATE)
	record=$(place_kv "$vm.data" REC_STATE)
	cp --sparse=always a.target "$vm.target"
	note "$vm: image: ${state:-none} $(place_kv "$vm.data" LOADS), record: ${record:-none}"
	case $state in
	ready | loading)
		vm_plan "$vm: A is back, whole"
		vm_tap_expect "$vm" "all right after" "all CPUs online" "nothing stays loaded" "file system clean"
		bad_boot "$vm" append="resume=/dev/vdb resume_offset=$place"
		ok_if "$vm: A is back, whole" cut_resumes "$vm" ;;
	*)
		vm_plan "$vm: boots on, all is sound" "$vm: says why"
		vm_tap_expect "$vm" "boots on"
		bad_boot "$vm" append="resume=/dev/vdb resume_offset=$place"
		ok_if "$vm: boots on, all is sound" cut_boots_on "$vm"
		ok_if "$vm: says why" cut_said "$vm" "^kjump: /dev/vdb@$place: " "$record" ;;
	esac
	return 0
}

vm_plan "kernel B is up" "saved" "restored" "save: all cuts" "load: all cuts" "different disks"
bad_disks a 8
vm_disk a.data 448
mke2fs -q -t ext4 -b 4096 -F a.data
bad_root
cp root.img a.root
cp --sparse=always a.data blank
vm_tap_expect a "target labelled" "workload runs" "all right before"
# the test kernel lets nobody write to a disk that is mounted, see 37-target-refused
bad_start a tries.sh target=SWAP=/mnt/swap ddisk=log=save.log disk=a.root \
	append='kjt.percent=25 kjt.label=no kjt.kind=swapfile kjt.size=352 bdev_allow_write_mounted=1'
ok_if "kernel B is up" vm_console a '^kjump: hibernate of ' 150 || exit 1
# until A's processes are frozen its work flushes too; the last few are of the list, the mark and the record
first=$(($("$CUTLOG" flushes save.log) - CUT_BEFORE))
ok_if "saved" vm_wait a 150 || exit 1
place=$(vm_kv a place | sed -n 's/.*resume_offset=//p')

vm_tap_expect c "all right after" "all CPUs online" "nothing stays loaded" "file system clean"
cp --sparse=always a.target c.target
cp --sparse=always a.data c.data
cp --sparse=always a.data saved
bad_boot c append="resume=/dev/vdb resume_offset=$place" ddisk=log=load.log
ok_if "restored" cut_resumes c || exit 1

ok_if "save: all cuts" cut_each save blank data "$first" "$("$CUTLOG" flushes save.log)" $CUT_SEEDS cut_boot
# C's own are LOADING and CONSUMED; then A gives the blocks back
ok_if "load: all cuts" cut_each load saved data 0 $((2 + CUT_AFTER)) $CUT_SEEDS cut_boot
note "$cuts different disks"
ok_if "different disks" test "$cuts" -ge "$CUT_LEAST"
