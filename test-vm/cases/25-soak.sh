# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# 25 hibernations of a few systems that live on and on, each time with other work: test-vm/soak does the same for hours.
# long: yes
# timeout: 3600
. "$VM_TOP/test-vm/soak.sh"
SOAK_DONE=$PWD/cycles
: >cycles
vm_plan "25 cycles" "hardly two kernels C lay at the same place"
soak_run 25
ok_is "25 cycles" "$(soak_count)" 25
ok_if "hardly two kernels C lay at the same place" [ "$(soak_seeds)" -ge 20 ]
