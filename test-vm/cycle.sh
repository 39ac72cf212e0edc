# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Whole cycles, for the cases that differ only in machine and options: A with a
# workload, through B, a power cycle, and C, back to A.  Must never let A judge
# the half of a cycle that it cannot see: power-off and the second QEMU are the
# host's to check.

# cycle_disks TARGET-MIB: the target and a data disk with ext4.
cycle_disks() {
	vm_disk target.img "$1"
	vm_disk data.img 64
	mke2fs -q -t ext4 -F data.img
}

# cycle_guest SCRIPT [CONF-LINE...]: A's initramfs with programs, workload and
# configuration.
cycle_guest() {
	local script line
	script=$1
	shift
	{
		echo 'target /dev/vda'
		echo 'kernel /boot/bzImage'
		echo 'initrd /boot/kjump.img'
		for line in "$@"; do printf '%s\n' "$line"; done
	} >kjump.conf
	vm_kjwork
	vm_guest_kjump a.img kjump.conf:/etc/kjump.conf kjwork:/usr/sbin/kjwork \
		"$VM_TOP/test-vm/guest/work:/kjt/work" --script "$script"
}

# vm_kjwork: the workload program, built once a run.
vm_kjwork() {
	[ -x "$VM_OUT/kjwork" ] ||
		{ "$VM_TOP/test-vm/guest/build.sh" "$PWD/kjwork.new" && mv kjwork.new "$VM_OUT/kjwork"; }
	cp "$VM_OUT/kjwork" kjwork
}

# cycle_hibernate [KEY=VALUE...]: one hibernation and one resume.
#   mem= smp= cpu= machine=   both QEMUs
#   append=                   A's command line, more of it
#   cappend=                  C's
#   percent=                  of A's memory that is filled
#   wait=                     seconds for each QEMU
#   reserved=yes              the window is the crashkernel reservation
#   conf=LINE                 for kjump.conf; repeat it
#   script=FILE               A's script
cycle_hibernate() {
	local mem=1024 smp=2 cpu=max machine=pc append='' cappend='' percent=60 wait=150 reserved=no
	local script o
	script=$VM_TOP/test-vm/guest/hibernate.sh
	: >conf.lines
	for o in "$@"; do
		case $o in
		mem=*) mem=${o#*=} ;;
		smp=*) smp=${o#*=} ;;
		cpu=*) cpu=${o#*=} ;;
		machine=*) machine=${o#*=} ;;
		append=*) append=${o#*=} ;;
		cappend=*) cappend=${o#*=} ;;
		percent=*) percent=${o#*=} ;;
		wait=*) wait=${o#*=} ;;
		reserved=*) reserved=${o#*=} ;;
		conf=*) printf '%s\n' "${o#*=}" >>conf.lines ;;
		script=*) script=${o#*=} ;;
		*) not_ok "cycle" "$o: unknown"; return 1 ;;
		esac
	done
	set --
	while IFS= read -r o; do set -- "$@" "$o"; done <conf.lines
	cycle_disks $((mem + 64))
	cycle_guest "$script" "$@"
	cycle_expect
	vm_start a mem="$mem" smp="$smp" cpu="$cpu" machine="$machine" initrd=a.img \
		disk=target.img disk=data.img \
		append="kjt.percent=$percent kjt.reserved=$reserved $append"
	ok_if "B powers off" vm_wait a "$wait" || return 0
	# The clock goes on while the machine is off; the second QEMU gets the disks and nothing else.
	vm_start c mem="$mem" smp="$smp" cpu="$cpu" machine="$machine" \
		initrd="$VM_OUT/kjump-initramfs.img" disk=target.img disk=data.img \
		append="kjump.final=reboot $cappend"
	ok_if "A ends by itself" vm_wait c "$wait" || return 0
	ok_if "the image is erased" cycle_erased
}

cycle_erased() {
	[ "$(head -c 8192 target.img | tr -d '\000' | wc -c)" -eq 0 ]
}

# What the guest script says, before and after.
cycle_expect() {
	vm_plan "B powers off" "A ends by itself" "the image is erased"
	vm_tap_expect a "target labelled" "workload runs" "enough memory counted" "all right before"
	vm_tap_expect c "kjump exits 0" "kjump says how it came back" "all right after" \
		"same boot id and a sane clock" "no in-kernel hibernation" "all CPUs online" \
		"file system clean"
}
