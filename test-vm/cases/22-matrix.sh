# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Hibernation on machines of every kind: six cells, in which each pair of values of any two columns occurs. 24-matrix
# has all cells; 20-hibernate and 12-intel are more of them.
# timeout: 900
. "$VM_TOP/test-vm/cycle.sh"
#          levels kaslr  CPUs MiB codec disk   machine
cycle_cell 5      kaslr   2  3072 lz4   virtio pc
cycle_cell 4      nokaslr 1  512  zstd  ahci   pc
cycle_cell 4      nokaslr 1  3072 lz4   virtio q35
cycle_cell 4      kaslr   2  512  zstd  virtio q35
cycle_cell 5      nokaslr 2  3072 zstd  ahci   q35
cycle_cell 5      kaslr   1  512  lz4   ahci   pc
