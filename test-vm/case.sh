#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run one case in the current directory, for test-vm/run, which has set the VM_
# variables.  Must never be the judge: that is run's, from result.tap.
#
# Usage: case.sh CASE-FILE

# cryptsetup, dmsetup, mke2fs: an ordinary user's shell looks for them nowhere
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=/dev/null
. "$VM_TOP/test-vm/lib.sh"

: >result.tap
# On every way out, a signal's too; once only.
trap 'trap - EXIT; vm_finish' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# shellcheck source=/dev/null
. "$1"
: >ended
