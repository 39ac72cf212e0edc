# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The power goes while C loads: the image is tried once more, and works; cut again, it is given up. Cut behind the point
# of no return it is not there any more. And when A has been back, no boot finds it.
# timeout: 200
. "$VM_TOP/test-vm/bad.sh"
bad_image

# cut VM REGEX [KEY=VALUE...]: C until its console says so.
cut() {
	local vm="$1" re="$2"
	shift 2
	vm_plan "$vm: power cut"
	bad_boot "$vm" "$@"
	ok_if "$vm: power cut" vm_console "$vm" "$re" 60
	vm_kill "$vm"
}

# as VM FROM: VM's disks are those that FROM left.
as() {
	mv "$2.target" "$1.target"
	mv "$2.data" "$1.data"
	mv "$2.root" "$1.root"
}

vm_plan "after one: counted" "after two: counted" "after CONSUMED: state"
cut first 'kjump-restore: [2-9][0-9] %' tdisk=throttling.bps-read=16000000
ok_is "after one: counted" "$(bad_kv first.target STATE) $(bad_kv first.target LOADS)" "loading 1"
cp --sparse=always first.target again.target
cp --sparse=always first.data again.data

# cut twice: given up, boots on
as second first
cut second 'kjump-restore: [2-9][0-9] %' tdisk=throttling.bps-read=16000000
ok_is "after two: counted" "$(bad_kv second.target STATE) $(bad_kv second.target LOADS)" "loading 2"
as third second
bad_boot third
bad_refused third 1 stale '^kjump-restore: /dev/vda: loading was tried 2 times and never ended, given up'

# cut once: A comes back
vm_plan "again: A ends by itself" "again: kjump exits 0" "again: how it came back" "again: no image"
vm_tap_expect again "all right after" "all CPUs online" "nothing stays loaded" "file system clean"
bad_boot again
ok_if "again: A ends by itself" vm_wait again 90
ok_is "again: kjump exits 0" "$(vm_kv again status)$(vm_kv again err)" 0
ok_if "again: how it came back" grep -aq '^resumed from S5 by kernel ' again/console.log
ok_if "again: no image" bad_erased again.target

# and after that there is nothing to restore, nor to report
vm_plan "double: C boots on" "double: nothing to say"
vm_tap_expect double "boots on"
as double again
bad_boot double
ok_if "double: C boots on" vm_wait double 40
ok_is "double: nothing to say" "$(tr -d '\r' <double/console.log | grep -a ^kjump)" "kjump: boot on from /dev/vdc"

# behind the point of no return
cut gone 'point of no return'
ok_is "after CONSUMED: state" "$(bad_kv gone.target STATE)" consumed
vm_plan "late: C boots on" "late: says which job never finished"
vm_tap_expect late "boots on"
as late gone
bad_boot late
ok_if "late: C boots on" vm_wait late 40
ok_if "late: says which job never finished" grep -aq '^kjump: /dev/vda: job .*, saved) never finished' late/console.log
