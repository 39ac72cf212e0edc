# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernels A that rely on what their free pages hold, zeros or poison: whatever C had in them, no page comes back dirty.
# timeout: 600
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate cell=zeros smp=1 mem=768 percent=40 append='init_on_free=1 kjt.zeros=70'
cycle_hibernate cell=poison mem=768 percent=40 append='page_poison=1 kjt.zeros=70' cpu=max,la57=off
cycle_hibernate cell=direct smp=1 mem=768 percent=40 append='init_on_free=1 kjt.zeros=70' path=direct
