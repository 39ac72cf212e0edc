# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Hibernation on machines of every kind: six cells, in which each pair of values of any two columns occurs.
# 24-matrix-long has more cells; 20-hibernate and 12-intel are more of them.
# timeout: 900
. "$VM_TOP/test-vm/cycle.sh"
. "$VM_TOP/test-vm/matrix.sh"
matrix_cells pairs >cells
while read -r cell; do
	# shellcheck disable=SC2086 # words are wanted
	cycle_cell $cell </dev/null
done <cells
