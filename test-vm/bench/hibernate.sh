# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# One hibernation for test-vm/bench-hibernate, in a directory of its own, run by test-vm/case.sh. Must never call one
# measured that did not bring A's memory back.
# Environment: BENCH_METHOD swsusp, kjump, direct or kexec (kjump, and C takes that path), BENCH_MIB, BENCH_PERCENT.
. "$VM_TOP/test-vm/cycle.sh"

# stamps VM KEY FILE REGEX...: in the background, to VM.stamps
stamps() {
	local vm="$1"
	shift
	"$VM_TOP/test-vm/stamp.py" "$@" >"$vm.stamps" &
}

# the image, what is swapped out, and some room
vm_disk target.img $((BENCH_MIB * 2 + 64))
# what is slow is to be measured, and not to be taken for a lockup
patience='watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120'
cycle_guest "$VM_TOP/test-vm/guest/bench.sh" "cmdline_append \"$patience\""
# no ERMS: emulated, what copies and clears memory by the byte takes much longer than by the word
set -- mem="$BENCH_MIB" smp=2 cpu=max,erms=off,fsrm=off disk=target.img
vm_start a "$@" initrd=a.img append="kjt.method=$BENCH_METHOD kjt.percent=$BENCH_PERCENT $patience"
stamps a hibernate a/tap.log '^stage hibernate' back a/tap.log '^stage resumed'
ok_if "A is saved" vm_wait a 600 || exit 1
if [ -n "$(vm_kv a status || :)" ]; then
	note "cannot: $(vm_kv a status)"
else
	echo "bytes=$(($(stat -c '%b' target.img) * 512))" >bytes
	if [ "$BENCH_METHOD" = swsusp ]; then
		date +poweron=%s.%N >poweron
		vm_start c "$@" append="resume=/dev/vda $patience"
	else
		initrd="$VM_OUT/kjump-initramfs.img" path=''
		case $BENCH_METHOD in
		direct)
			cycle_direct_initrd
			initrd=direct.img path='kjump.path=direct '
			;;
		kexec)
			set -- "$@" kernel="$VM_VARIANT/bzImage"
			path='kjump.path=kexec '
			;;
		esac
		date +poweron=%s.%N >poweron
		vm_start c "$@" initrd="$initrd" append="${path}kjump.final=reboot $patience"
	fi
	stamps c resumed c/tap.log '^stage resumed' init c/console.log 'Run /init as init process' \
		load c/console.log 'PM: hibernation: resume from hibernation' \
		touched c/tap.log '^ok - same memory checksum'
	ok_if "A runs again" vm_wait c 600 || exit 1
	ok_if "the same memory" grep -aq '^ok - same memory checksum' c/tap.log
fi
