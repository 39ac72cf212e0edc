# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every way back on machines of every kind: 58 cells, in which each three values of any three columns occur that can
# (MATRIX=full: all 624 combinations of the seven columns that matter most); and 12 of Intel's, each with a jump before.
# A cell that passed with the same build is not tried again: MATRIX_FRESH=1 forgets.
# kernel: patched
# long: yes
# timeout: 43200
. "$VM_TOP/test-vm/cycle.sh"
. "$VM_TOP/test-vm/matrix.sh"
. "$VM_TOP/test-vm/patched.sh"
matrix_open || exit 1
matrix_cells "${MATRIX:-triples}" >cells || exit 1
matrix_table
for levels in 5 4; do
	for kaslr in kaslr nokaslr; do
		for mem in 512 1024 3072; do
			cell="snapshot partition lz4 $levels s5 2 intel $kaslr $mem virtio q35"
			name=$(echo "$cell" | tr ' ' -)-jump
			# shellcheck disable=SC2086 # words are wanted
			matrix_cell "$name" cycle_cell $cell cell="$name" jumps=1
		done
	done
done
while read -r cell; do
	# shellcheck disable=SC2086 # words are wanted
	matrix_cell "$(echo $cell | tr ' ' -)" cycle_cell $cell </dev/null
done <cells
matrix_end "${MATRIX:-triples}"
