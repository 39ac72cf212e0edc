# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The power goes at every flush of a save and of a restore, and between flushes, when some of what was written since the
# last one has reached the disk and some has not: all writes are recorded, and the target is put together as each cut may
# have left it. The next boot brings back all of A, or boots on; it does the first when the image was ready and not yet
# spent, and never otherwise; and what was brought back once is not brought back again.
# long: yes
# timeout: 3600
. "$VM_TOP/test-vm/cuts.sh"

# random choices behind each flush, and the least number of different disks
CUT_SEEDS=30
CUT_LEAST=40
# lines about a job that ended early, or about an image that cannot be restored
CUT_SAYS='^kjump: /dev/vda: job .* never finished|^kjump: kjump-info: /dev/vda: |^kjump-restore: /dev/vda: '

# cut_resumes VM: all of A is there, and the file system too.
cut_resumes() {
	vm_wait "$1" 120 && [ "$(vm_kv "$1" status)$(vm_kv "$1" err)" = 0 ] &&
		grep -aq '^resumed from S5 by kernel ' "$1/console.log" && bad_erased "$1.target" &&
		e2fsck -fn "$1.data" >"$1.fsck" 2>&1
}

# cut_boots_on VM FROM: as if nothing had been, and A's disk is as cut FROM left it, sound once its journal is done.
cut_boots_on() {
	vm_wait "$1" 60 && cmp "$1.data" "$2" && cut_sound "$1.data"
}

# cut_boot VM DATA: the next boot on $VM.target, judged by the state that the target is in.
cut_boot() {
	local vm="$1" data="$2" state record
	state=$(bad_kv "$vm.target" STATE)
	record=$(bad_kv "$vm.target" REC_STATE)
	cp --sparse=always "$data" "$vm.data"
	note "$vm: image: ${state:-none} $(bad_kv "$vm.target" LOADS), record: ${record:-none}"
	case $state in
	ready | loading)
		vm_plan "$vm: A is back, whole"
		vm_tap_expect "$vm" "all right after" "all CPUs online" "nothing stays loaded" "file system clean"
		bad_boot "$vm"
		ok_if "$vm: A is back, whole" cut_resumes "$vm" ;;
	*)
		vm_plan "$vm: boots on, disk unharmed" "$vm: says why"
		vm_tap_expect "$vm" "boots on"
		bad_boot "$vm"
		ok_if "$vm: boots on, disk unharmed" cut_boots_on "$vm" "$data"
		ok_if "$vm: says why" cut_said "$vm" "$CUT_SAYS" "$record" ;;
	esac
}

# cut_data VM STATE: A's own disk at that time. A writes to it again when the image is spent: any time of that will do.
cut_data() {
	local n k
	[ -s load-data.log ] || { cp --sparse=always saved.data "$1.was"; return; }
	case $2 in
	ready | loading) cp --sparse=always saved.data "$1.was" ;;
	*)
		n=$("$CUTLOG" flushes load-data.log) || return
		k=$((cuts % (n + 1)))
		"$CUTLOG" cut load-data.log saved.data "$1.was" "$k" "$((cuts + 1))" >"$1.was.cut" ;;
	esac
}

# cut_one VM
cut_one() {
	cut_data "$1" "$(bad_kv "$1.target" STATE)" || return 1
	cut_boot "$1" "$1.was"
	rm -f "$1.was"
}

# cut_phase NAME BASE: each flush of the record NAME.log on disk BASE, and random choices behind it.
cut_phase() {
	local n
	n=$("$CUTLOG" flushes "$1.log") && cut_each "$1" "$2" target 0 "$n" "$CUT_SEEDS" cut_one
}

# what A, B and then C and A write to the target; and to A's own disk, when A is back
vm_plan "saved" "restored" "save: all cuts" "load: all cuts" "different disks"
bad_disks a 300
vm_tap_expect a "target labelled" "workload runs" "all right before"
bad_root
cp root.img a.root
cp --sparse=always a.target blank
bad_start a tries.sh append=kjt.percent=25 tdisk=log=save.log disk=a.root
ok_if "saved" vm_wait a 120 || exit 1
cp --sparse=always a.target saved
cp --sparse=always a.data saved.data

vm_tap_expect c "all right after" "all CPUs online" "nothing stays loaded" "file system clean"
cp --sparse=always saved c.target
cp --sparse=always saved.data c.data
bad_boot c tdisk=log=load.log ddisk=log=load-data.log
ok_if "restored" cut_resumes c || exit 1

mv load-data.log later
ok_if "save: all cuts" cut_phase save blank
mv later load-data.log
ok_if "load: all cuts" cut_phase load saved
note "$cuts different disks"
ok_if "different disks" test "$cuts" -ge "$CUT_LEAST"
