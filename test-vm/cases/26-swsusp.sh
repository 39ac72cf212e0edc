# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Images for the kernel's own loader: nothing of ours runs in C, which has no initramfs at all and is told resume= alone;
# once uncompressed and once in each of its codecs. One C more has our initramfs and no resume=, and hands the image over.
# timeout: 600
. "$VM_TOP/test-vm/cycle.sh"

# cell NAME CODEC CPUS MIB KEY=VALUE... : a cycle; conf=LINE as for cycle_hibernate, cpu=, c=WORDS C's command line,
# c=ours for our initramfs.
cell() {
	local codec="$2" smp="$3" mem="$4" cpu=max c='' o a pages
	CYCLE=$1
	shift 4
	: >conf.lines
	for o in "$@"; do
		case $o in
		conf=*) printf '%s\n' "${o#*=}" >>conf.lines ;;
		cpu=*) cpu=${o#*=} ;;
		c=*) c=${o#*=} ;;
		esac
	done
	set --
	while IFS= read -r o; do set -- "$@" "$o"; done <conf.lines
	a=$(cycle_name a)
	cycle_disks $((mem + 64))
	cycle_guest "$VM_TOP/test-vm/guest/hibernate.sh" 'format swsusp' "codec $codec" "$@"
	set -- mem="$mem" smp="$smp" cpu="$cpu" disk="$(cycle_name target.img)" disk="$(cycle_name data.img)"
	cycle_expect
	vm_plan "$(cycle_test "it is a swsusp image")" "$(cycle_test "it is more than half of RAM")" \
		"$(cycle_test "nothing of ours was asked")" "$(cycle_test "A knows")"
	vm_start "$a" "$@" initrd="$(cycle_name a.img)" append="kjt.percent=60 kjt.target=/dev/vda kjt.data=/dev/vdb"
	ok_if "$(cycle_test "B powers off")" vm_wait "$a" 150 || return 0
	ok_is "$(cycle_test "it is a swsusp image")" "$(tail -c +4087 "$(cycle_name target.img)" | head -c 9)" S1SUSPEND
	pages=$(od -An -tu8 -j 64 -N 8 "$(cycle_name target.img)" | tr -d ' ')
	note "$CYCLE: $pages of $((mem * 256)) pages have data, end at $(od -An -tu8 -j 88 -N 8 "$(cycle_name target.img)")"
	[ -z "$c" ] || set -- "$@" initrd="$VM_OUT/kjump-initramfs.img"
	ok_if "$(cycle_test "it is more than half of RAM")" [ $((pages * 2)) -gt $((mem * 256)) ]
	vm_start "$(cycle_name c)" "$@" append="${c:-resume=/dev/vda}"
	ok_if "$(cycle_test "A ends by itself")" vm_wait "$(cycle_name c)" 150 || return 0
	ok_if "$(cycle_test "nothing of ours was asked")" cell_alone "$(cycle_name c)" "$c"
	ok_if "$(cycle_test "A knows")" grep -aq '^resumed from S5 by kernel code alone (resume=): image ' "$(cycle_name c)/console.log"
	ok_if "$(cycle_test "the file system is whole")" cycle_fsck
	ok_if "$(cycle_test "the image is erased")" cycle_erased "$a" || return 0
	rm -f "$(cycle_name a.img)" "$(cycle_name target.img)" "$(cycle_name data.img)"
}

# cell_alone VM WORDS: no program of ours has said anything in C; or, with our initramfs, that it hands over.
cell_alone() {
	if [ -n "$2" ]; then
		grep -aq "handed to the kernel's own loader" "$1/console.log"
	else
		! grep -aq '^kjump[-:]' "$1/console.log"
	fi
}

#    name  codec   CPUs MiB
cell none  stored  2    1024
cell lzo   lzo     1    1024
# with two CPUs the kernel hands each piece to the other one, and waits: an emulator on a busy host is slow at that
cell lz4   lz4     1    1024 cpu=max,la57=off conf='swsusp_zeros flag'
cell given stored  1    1024 c=kjump.final=reboot
