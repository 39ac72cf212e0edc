# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# kjump test as an administrator runs it: the kernel's levels of pm_test, five seconds each, and the jump; hibernate
# wants it passed. Then a hibernation with hooks of ours and of systemd's around it.
# timeout: 400
. "$VM_TOP/test-vm/cycle.sh"
vm_tap_expect a "hibernate wants a test" "a test without the levels passes" "but does not count" \
	"every level and the jump" "nothing is left of them" "another window was not tested" "ready" "a hook objects"
vm_tap_expect c "every hook ran in its turn" "and was told what kjump knows"
cycle_hibernate mem=512 percent=40 wait=200 append=kjt.tested=yes conf='require_test yes'
