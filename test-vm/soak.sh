# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Hibernation after hibernation of the same A, on six kinds of machine: for test-vm/soak and 25-soak. Must never count a
# cycle that A did not call right, or with a fault in any console log, nor one of another build.
# shellcheck source=test-vm/cycle.sh
. "$VM_TOP/test-vm/cycle.sh"

SOAK_KINDS='amd-832 intel-896 amd-1024 intel-832 amd-896 intel-1024'

# soak_open: SOAK_DONE has a line for each cycle that passed with this build, kernel and test. SOAK_FRESH=1 empties it.
soak_open() {
	local dir="${KJUMP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kjump}/soak" sum
	sum=$(cat "$VM_OUT"/kjump-initramfs.img "$VM_OUT"/ship/kjump* "$VM_KERNEL"/bzImage "$VM_TOP"/test-vm/*.sh \
		"$VM_TOP"/test-vm/guest/* | sha256sum) || return 1
	SOAK_DONE=$dir/${sum%% *}
	mkdir -p "$dir" || return 1
	[ "${SOAK_FRESH:-0}" = 0 ] || rm -f "$SOAK_DONE"
	: >>"$SOAK_DONE"
}

# A host that is busy for hours may forget a virtual CPU for longer than a lockup takes.
SOAK_PATIENCE='watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120'

soak_count() { wc -l <"$SOAK_DONE"; }

# soak_machine KIND: words for vm_start in $SOAK_VM, for A's command line in $SOAK_A.
soak_machine() {
	SOAK_MIB=${1#*-} SOAK_A='' SOAK_VM="mem=$SOAK_MIB smp=2 cpu=max"
	case $1 in
	# offline CPUs of Intel's wait in MWAIT: B has to run in the reservation
	intel-*) SOAK_VM=$SOAK_VM,vendor=GenuineIntel SOAK_A='crashkernel=128M kjt.reserved=yes' ;;
	esac
	# the page tables of most machines
	case $1 in *-896) SOAK_VM=$SOAK_VM,la57=off ;; esac
}

soak_seconds() { awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN { printf "%.0f", b - a }'; }

# soak_image: MiB of A's data, and of the image.
soak_image() {
	"$VM_OUT/ship/kjump-info" target.img 2>/dev/null | awk -F= '
		$1 == "DATA_PAGES" { d = $2 / 256 } $1 == "BYTES" { b = $2 / 1048576 }
		END { printf "%d MiB in %d", d, b }'
}

# soak_judge VM N: cycle N ended in it, and all is right; what the guest and the logs say goes to result.tap.
soak_judge() {
	local said
	said=$(wc -l <result.tap)
	vm_finish
	! tail -n +$((said + 1)) result.tap | grep '^not ok' >&2 || return 1
	tail -n +$((said + 1)) result.tap | grep -Fqx "ok - $1: cycle $2"
}

# soak_life KIND CYCLES: an A that lives that long. A line for each cycle, to stdout and SOAK_DONE.
soak_life() {
	local machine="$1" cycles="$2" i=1 vm last first began place image line life
	soak_machine "$machine"
	first=$(($(soak_count) + 1))
	life=$first
	cycle_disks $((SOAK_MIB + 64))
	cycle_guest "$VM_TOP/test-vm/guest/soak.sh" "cmdline_append \"$SOAK_PATIENCE\""
	last=life$life-0
	vm_plan "$last: target labelled" "life $life, $machine: the file system is whole" "life $life, $machine: no image is left"
	# shellcheck disable=SC2086 # words are wanted
	vm_start $last $SOAK_VM disk=target.img disk=data.img initrd=a.img \
		append="kjt.cycles=$cycles kjt.first=$first kjt.percent=60 $SOAK_PATIENCE $SOAK_A"
	while [ "$i" -le "$cycles" ]; do
		vm_wait "$last" 300 || { not_ok "$machine: $last" "ended by $VM_END"; return 1; }
		# the first VM has no cycle to judge, but it has a log
		[ "$i" -gt 1 ] || { vm_finish; ! grep '^not ok' result.tap >&2 || return 1; }
		image=$(soak_image)
		began=$(date +%s.%N) vm=life$life-$i
		vm_plan "$vm: cycle $i"
		# shellcheck disable=SC2086 # words are wanted
		vm_start "$vm" $SOAK_VM disk=target.img disk=data.img initrd="$VM_OUT/kjump-initramfs.img" \
			append="kjump.final=reboot kjump.test.hook=layout $SOAK_PATIENCE"
		vm_stage "$vm" "resumed $i" 300 || { not_ok "$machine: $vm" "A does not come back"; return 1; }
		line="$machine, cycle $i of $cycles: $image; back in $(soak_seconds "$began") s"
		place=$(tr -d '\r' <"$vm/console.log" | sed -n 's/^kjump: this kernel lies at //p' | head -n 1)
		vm_wait "$vm" 300 || { not_ok "$machine: $vm" "ended by $VM_END"; return 1; }
		soak_judge "$vm" "$i" || { not_ok "$machine: $vm" "cycle $i"; return 1; }
		line="$(date '+%H:%M:%S') $(($(soak_count) + 1)): $line; C at $place"
		printf '%s\n' "$line" >>"$SOAK_DONE"
		printf '%s\n' "$line"
		rm -rf "$last"
		last=$vm i=$((i + 1))
	done
	ok_if "life $life, $machine: the file system is whole" cycle_fsck &&
		ok_if "life $life, $machine: no image is left" cycle_erased "$last"
}

# soak_seeds: how many different places C had.
soak_seeds() { sed -n 's/.*; C at //p' "$SOAK_DONE" | sort -u | wc -l; }

# soak_run N: until so many cycles are done. Lives are so long that each kind of machine comes twice.
soak_run() {
	local n="$1" long machine left
	long=$(((n + 11) / 12))
	[ $long -ge 3 ] || long=3
	while :; do
		for machine in $SOAK_KINDS; do
			left=$((n - $(soak_count)))
			[ $left -gt 0 ] || return 0
			[ $left -ge $long ] || long=$left
			soak_life "$machine" "$long" || return 1
		done
	done
}
