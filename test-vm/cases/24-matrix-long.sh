# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Hibernation on machines of every kind: 16 cells, in which each three values of any three columns occur (MATRIX=full:
# all 128); and Intel, in the reservation. A cell that passed with the same build is not tried again: MATRIX_FRESH=1
# forgets.
# long: yes
# timeout: 14400
. "$VM_TOP/test-vm/cycle.sh"
. "$VM_TOP/test-vm/matrix.sh"
matrix_open || exit 1
for levels in 5 4; do
	for kaslr in kaslr nokaslr; do
		for mem in 512 1024 3072; do
			matrix_cell intel-$levels-$kaslr-$mem cycle_cell $levels $kaslr 2 $mem lz4 virtio q35 \
				cell=intel-$levels-$kaslr-$mem reserved=yes jumps=1 percent=25 \
				cpu="max,vendor=GenuineIntel$([ $levels = 5 ] || echo ,la57=off)" \
				append="crashkernel=128M$([ $kaslr = kaslr ] || echo ' nokaslr')"
		done
	done
done
matrix_cells "${MATRIX:-triples}" >cells || exit 1
while read -r cell; do
	# shellcheck disable=SC2086 # words are wanted
	matrix_cell "$(echo $cell | tr ' ' -)" cycle_cell $cell </dev/null
done <cells
