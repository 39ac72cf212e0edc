# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Every way back on machines of every kind: 15 cells, in which each two values of any two columns occur that can.
# 24-matrix-long has more cells; 20-hibernate and 12-intel are more of them.
# timeout: 1500
. "$VM_TOP/test-vm/cycle.sh"
. "$VM_TOP/test-vm/matrix.sh"
# nothing is remembered
MATRIX_DONE=/dev/null
matrix_cells pairs >cells || exit 1
matrix_table
while read -r cell; do
	# shellcheck disable=SC2086 # words are wanted
	matrix_cell "$(echo $cell | tr ' ' -)" cycle_cell $cell </dev/null
done <cells
matrix_end pairs
