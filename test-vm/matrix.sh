# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Which machines a matrix of hibernations has, and which of them need not be tried again. Must never remember a cell
# that did not say all that it had planned, nor take one for tried with another build, kernel or test.

# matrix_cells pairs|triples|full: rows for cycle_cell: levels of page tables, kaslr, CPUs, MiB, codec, disk, machine.
# pairs: each pair of values of any two columns occurs; triples: each three values of any three. test-vm/selftest
# counts them.
matrix_cells() {
	case $1 in
	pairs)
		echo '5 kaslr   2 3072 lz4  virtio pc'
		echo '4 nokaslr 1 512  zstd ahci   pc'
		echo '4 nokaslr 1 3072 lz4  virtio q35'
		echo '4 kaslr   2 512  zstd virtio q35'
		echo '5 nokaslr 2 3072 zstd ahci   q35'
		echo '5 kaslr   1 512  lz4  ahci   pc' ;;
	triples | full)
		# an orthogonal array of strength 3: four columns in full, each other one the parity of three of them
		awk -v full="$([ "$1" = full ] && echo 1 || echo 0)" 'BEGIN {
			split("5 kaslr 1 512 lz4 virtio pc", zero)
			split("4 nokaslr 2 3072 zstd ahci q35", one)
			for (n = 0; n < (full ? 128 : 16); n++) {
				for (i = 1; i <= 7; i++)
					b[i] = int(n / 2 ^ (i - 1)) % 2
				if (!full) {
					b[5] = (b[1] + b[2] + b[3]) % 2
					b[6] = (b[2] + b[3] + b[4]) % 2
					b[7] = (b[1] + b[3] + b[4]) % 2
				}
				for (i = 1; i <= 7; i++)
					printf "%s%s", b[i] ? one[i] : zero[i], i < 7 ? " " : "\n"
			}
		}' ;;
	*) echo "matrix_cells: $1: unknown" >&2; return 1 ;;
	esac
}

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

# matrix_cell NAME COMMAND [ARG...]: a cell, unless it is known to pass; the command plans its tests, as cycle_cell does.
matrix_cell() {
	local name="$1" planned said
	shift
	if grep -Fqx "$name" "$MATRIX_DONE"; then
		vm_plan "$name: passed before with the same build"
		ok "$name: passed before with the same build"
		return
	fi
	planned=$(wc -l <plan) said=$(wc -l <result.tap)
	"$@"
	# what the guests said, and their logs; the names of their VMs are free again
	vm_finish
	matrix_passed "$planned" "$said" && printf '%s\n' "$name" >>"$MATRIX_DONE"
	return 0
}

# matrix_passed PLANNED SAID: behind these numbers of lines all that is planned is said, and nothing is wrong.
matrix_passed() {
	[ "$(wc -l <plan)" -gt "$1" ] || return 1
	tail -n +"$(($2 + 1))" result.tap >cell.tap
	! grep -q '^not ok' cell.tap || return 1
	sed -n 's/ # .*//; s/^ok - //p' cell.tap | sort -u >cell.said
	[ -z "$(tail -n +"$(($1 + 1))" plan | sort -u | comm -23 - cell.said)" ]
}
