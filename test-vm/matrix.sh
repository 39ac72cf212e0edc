# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A matrix of hibernations: its cells, one after the other, and a table of them. Must never remember a cell that did not
# say all that it had planned, nor take one for tried with another build, kernel or test.

# matrix_cells pairs|triples|full: rows for cycle_cell.
matrix_cells() { "$VM_TOP/test-vm/matrix.py" "$1"; }

# matrix_open: MATRIX_DONE is the file that names the cells which passed with this build, kernel and test.
# MATRIX_FRESH=1 empties it. Files of other builds stay; they may be removed at will.
matrix_open() {
	local dir="${KJUMP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kjump}/matrix" sum
	sum=$(cat "$VM_OUT"/kjump-initramfs.img "$VM_OUT"/ship/kjump* "$VM_KERNEL"/bzImage "$VM_TOP"/test-vm/*.sh \
		"$VM_TOP"/test-vm/guest/* | sha256sum) || return 1
	MATRIX_DONE=$dir/${sum%% *}
	mkdir -p "$dir" || return 1
	[ "${MATRIX_FRESH:-0}" = 0 ] || rm -f "$MATRIX_DONE"
	: >>"$MATRIX_DONE"
}

# matrix_cell NAME COMMAND [ARG...]: a cell, unless it is known to pass; the command plans its tests, as cycle_cell does,
# and leaves NAME-a.image. A row of the table for it.
matrix_cell() {
	local name="$1" planned said began row
	shift
	if row=$(grep "^$name " "$MATRIX_DONE"); then
		vm_plan "$name: passed before with the same build"
		ok "$name: passed before with the same build"
		matrix_row "$row ok, before"
		return
	fi
	planned=$(wc -l <plan) said=$(wc -l <result.tap) began=$(date +%s)
	"$@"
	# what the guests said, and their logs; the names of their VMs are free again
	vm_finish
	row="$name $(sed -n 's/^BYTES=//p' "$name-a.image" 2>/dev/null | awk '{ n = $1 } END { printf "%.0f", n / 1048576 }')"
	row="$row $(($(date +%s) - began))"
	if matrix_passed "$planned" "$said"; then
		printf '%s\n' "$row" >>"$MATRIX_DONE"
		matrix_row "$row ok"
	else
		matrix_row "$row NOT OK"
	fi
}

# matrix_table: the head of the table, which the runner shows with the verdict and puts into out/.
matrix_table() {
	matrix_row "path-target-codec-levels-end-CPUs-vendor-KASLR-MiB-disk-machine image s result" >table
}

# matrix_row 'NAME MIB SECONDS RESULT'
matrix_row() {
	printf '%s\n' "$1" | sed 's/-/ /g' | awk '{
		split("9 10 7 7 4 5 7 8 5 7 8 6 5 0", wide)
		for (i = 1; i < 14; i++)
			printf "%-" wide[i] "s", $i
		for (; i <= NF; i++)
			printf "%s%s", $i, i < NF ? " " : "\n"
	}' >>table
}

# matrix_end SET: what the table has no rows for, and why.
matrix_end() {
	{
		echo
		echo 'left out:'
		"$VM_TOP/test-vm/matrix.py" "$1" rules | sed 's/^/  /'
	} >>table
}

# matrix_passed PLANNED SAID: behind these numbers of lines all that is planned is said, and nothing is wrong.
matrix_passed() {
	[ "$(wc -l <plan)" -gt "$1" ] || return 1
	tail -n +"$(($2 + 1))" result.tap >cell.tap
	! grep -q '^not ok' cell.tap || return 1
	sed -n 's/ # .*//; s/^ok - //p' cell.tap | sort -u >cell.said
	[ -z "$(tail -n +"$(($1 + 1))" plan | sort -u | comm -23 - cell.said)" ]
}
