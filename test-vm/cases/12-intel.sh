# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Intel's offline CPUs wait in MWAIT: B runs in the crashkernel= reservation. Three jumps and a hibernation, with KASLR
# and without; and without a reservation, CPUs that cannot MWAIT.
# timeout: 500
. "$VM_TOP/test-vm/cycle.sh"
intel=cpu=max,vendor=GenuineIntel
cycle_hibernate cell=kaslr $intel jumps=3 percent=40 reserved=yes append=crashkernel=128M
cycle_hibernate cell=nokaslr $intel jumps=3 percent=40 reserved=yes append="crashkernel=128M nokaslr" cappend=nokaslr
cycle_hibernate cell=clearcpuid $intel jumps=1 percent=40 append=clearcpuid=monitor
