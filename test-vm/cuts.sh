# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Disks as power cuts may leave them, for the cases that record what is written (disk=FILE,log=RECORD of vm_start). Must
# never boot the same disk twice, nor count it.
# shellcheck source=test-vm/bad.sh
. "$VM_TOP/test-vm/bad.sh"

CUTLOG=$VM_TOP/test-vm/judge/cutlog.py
cuts=0
: >digests

# cut_new FILE: nobody has had this disk yet.
cut_new() {
	local sum
	sum=$(sha256sum <"$1")
	! grep -qF "$sum" digests || return
	echo "$sum" >>digests
}

# cut_each NAME BASE SUFFIX FIRST LAST SEEDS COMMAND: for flushes FIRST to LAST of the record NAME.log on disk BASE, and
# for as many random choices behind each, COMMAND VM, whose disk VM.SUFFIX is as that cut leaves it.
cut_each() {
	local name="$1" base="$2" suffix="$3" k="$4" last="$5" seeds="$6" command="$7" seed vm
	note "$name: flushes $k to $last"
	while [ "$k" -le "$last" ]; do
		for seed in $(seq 0 "$seeds"); do
			vm=$name$k.$seed
			"$CUTLOG" cut "$name.log" "$base" "$vm.$suffix" "$k" "$seed" >"$vm.cut" || return 1
			if cut_new "$vm.$suffix"; then
				cuts=$((cuts + 1))
				note "$vm: $(tr '\n' ' ' <"$vm.cut")"
				"$command" "$vm" || return 1
			fi
			rm -f "$vm.target" "$vm.data" "$vm.root"
		done
		k=$((k + 1))
	done
}

# cut_sound FILE: a file system whose journal makes it clean.
cut_sound() {
	local status=0
	e2fsck -y -E journal_only "$1" >"$1.fsck" 2>&1 || status=$?
	[ $status -le 1 ] && e2fsck -fn "$1" >>"$1.fsck" 2>&1
}

# cut_said VM REGEX RECORD: C has told of a job, in a line like that, whose record ends so: of one that had begun it has to,
# of one that never began or has told its end it must not.
cut_said() {
	local said
	said=$(tr -d '\r' <"$1/console.log" | grep -aE -- "$2")
	note "$1: $said"
	case $3 in
	pending | entered | saved) printf '%s\n' "$said" | grep -q ' never finished' ;;
	*) ! printf '%s\n' "$said" | grep -q ' never finished' ;;
	esac
}
