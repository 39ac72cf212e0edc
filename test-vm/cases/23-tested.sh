# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# kjump test as an administrator runs it: the kernel's levels of pm_test, five seconds each, and the jump; hibernate
# wants it passed. Then a hibernation.
# timeout: 400
. "$VM_TOP/test-vm/cycle.sh"
vm_tap_expect a "hibernate wants a test" "a test without the levels passes" "but does not count" \
	"every level and the jump" "nothing is left of them" "another window was not tested" "ready"
cycle_hibernate mem=512 percent=40 wait=200 append=kjt.tested=yes conf='require_test yes'
