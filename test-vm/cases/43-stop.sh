# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Somebody thinks better of it while B saves: Backspace, at the serial line or at the screen's keyboard, erases the half
# image and A goes on. Any other key does nothing.
# timeout: 200
. "$VM_TOP/test-vm/bad.sh"

# stop VM COMMAND...: the command presses the key.
stop() {
	local vm="$1" t
	shift
	vm_plan "$vm: the dump was under way" "$vm: it goes on"
	bad_disks "$vm" 600
	bad_expect_before "$vm"
	bad_expect_back "$vm"
	bad_start "$vm" tries.sh append=kjt.percent=40 tdisk=throttling.bps-write=4000000
	ok_if "$vm: the dump was under way" vm_console "$vm" 'kjump-dump: [1-4][0-9] %' 60
	# noise
	vm_type "$vm" xyz
	vm_hmp "$vm" 'sendkey q'
	ok_if "$vm: it goes on" vm_console "$vm" 'kjump-dump: [56][0-9] %' 60
	[ "$vm" = line ] || vm_hmp "$vm" 'pmemsave 0xb8000 4000 screen.text'
	"$@"
	t=$(date +%s.%N)
	vm_stage "$vm" back 60
	note "$vm: A is back $(awk "BEGIN { print $(date +%s.%N) - $t }") s after the key"
	bad_back "$vm" 130 'kjump: hibernate given up in kernel B: stopped by a key' 60
}

hint='Backspace stops this and goes back'
vm_plan "line: the key is shown" "screen: the key is shown" "line: nothing is left on the target"
stop line vm_type line "$(printf '\177')"
ok_if "line: the key is shown" grep -aq "^kjump: $hint" line/console.log
ok_is "line: nothing is left on the target" "$(bad_kv line.target KIND) $(bad_kv line.target REC_STATE)" "label done"
stop screen vm_hmp screen 'sendkey backspace'
# a cell of the screen is a character and its colour
ok_if "screen: the key is shown" sh -c "od -An -v -w2 -c screen.text | cut -c 4 | tr -d '\n' | grep -q '$hint'"
