# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The power goes while the kernel in the window writes memory: the image is tried once more, and works; cut again, it is
# given up. Cut behind the point of no return it is not there any more.
# timeout: 300
. "$VM_TOP/test-vm/bad.sh"
bad_image
cycle_direct_initrd || exit 1

# direct VM [KEY=VALUE...]: C, whose way is through the window.
direct() {
	local vm="$1"
	shift
	bad_boot "$vm" initrd=direct.img append=kjump.path=direct "$@"
}

# cut VM REGEX [KEY=VALUE...]: until its console says so.
cut() {
	local vm="$1" re="$2"
	shift 2
	vm_plan "$vm: power cut"
	direct "$vm" "$@"
	ok_if "$vm: power cut" vm_console "$vm" "$re" 90
	vm_kill "$vm"
}

# as VM FROM: VM's disks are those that FROM left.
as() {
	mv "$2.target" "$1.target"
	mv "$2.data" "$1.data"
	mv "$2.root" "$1.root"
}

vm_plan "after one: counted" "after two: counted" "after CONSUMED: state"
cut first 'kjump-restore: writing: [2-9][0-9] %' tdisk=throttling.bps-read=24000000
ok_is "after one: counted" "$(bad_kv first.target STATE) $(bad_kv first.target LOADS)" "loading 1"
cp --sparse=always first.target again.target
cp --sparse=always first.data again.data

# cut twice: given up, boots on
as second first
cut second 'kjump-restore: writing: [2-9][0-9] %' tdisk=throttling.bps-read=24000000
ok_is "after two: counted" "$(bad_kv second.target STATE) $(bad_kv second.target LOADS)" "loading 2"
as third second
bad_boot third
bad_refused third 1 stale '^kjump-restore: /dev/vda: loading was tried 2 times and never ended, given up'

# cut once: A comes back
vm_plan "again: A ends by itself" "again: kjump exits 0" "again: how it came back" "again: through the window" "again: no image"
vm_tap_expect again "all right after" "all CPUs online" "nothing stays loaded" "file system clean"
direct again
ok_if "again: A ends by itself" vm_wait again 90
ok_is "again: kjump exits 0" "$(vm_kv again status)$(vm_kv again err)" 0
ok_if "again: how it came back" grep -aq '^resumed from S5 by kernel ' again/console.log
ok_if "again: through the window" cycle_path again direct
ok_if "again: no image" bad_erased again.target

# behind the point of no return
cut gone 'point of no return'
ok_is "after CONSUMED: state" "$(bad_kv gone.target STATE)" consumed
vm_plan "late: C boots on" "late: says which job never finished"
vm_tap_expect late "boots on"
as late gone
bad_boot late
ok_if "late: C boots on" vm_wait late 40
ok_if "late: says which job never finished" grep -aq '^kjump: /dev/vda: job .*, saved) never finished' late/console.log
