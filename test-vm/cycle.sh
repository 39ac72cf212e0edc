# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Whole cycles, for the cases that differ only in machine and options: A with a
# workload, through B, a power cycle, and C, back to A.  Must never let A judge
# the half of a cycle that it cannot see: power-off, the second QEMU and its
# KASLR seed are the host's to check.

# The cell of a case that runs several cycles: before the names of its VMs,
# files and tests.  Empty in a case with one.
CYCLE=''
# Where A sees its disks; `disk=ahci` changes it.
CYCLE_TARGET=/dev/vda
CYCLE_DATA=/dev/vdb
# What kjump.conf says of it.
CYCLE_CONF=/dev/vda
# More files for A's initramfs, SRC:DST words.
CYCLE_FILES=''
# What opens the images of `kind=encrypted`.
CYCLE_PASSPHRASE=correct-horse-battery

# shellcheck source=test-vm/cycle-volumes.sh
. "$VM_TOP/test-vm/cycle-volumes.sh"

cycle_name() { echo "${CYCLE:+$CYCLE-}$1"; }
cycle_test() { echo "${CYCLE:+$CYCLE: }$1"; }

# cycle_disks TARGET-MIB [DATA-MIB [TYPE]]: the target and a data disk with that file system, ext4 if not told.
cycle_disks() {
	vm_disk "$(cycle_name target.img)" "$1"
	vm_disk "$(cycle_name data.img)" "${2:-64}"
	cycle_mkfs "${3:-ext4}" "$(cycle_name data.img)"
}

# cycle_place VM: the target as the host can look at it. VM has said where on its device the extent list, or the header of
# the swap area, is; at its start if it has not.
cycle_place() {
	local place
	[ "${crypt:-no}" = no ] || { cycle_crypt_place "$1"; return; }
	place=$(vm_kv "$1" place | sed -n 's/.*resume_offset=//p')
	case ${kind:-device} in
	device | encrypted) cycle_name target.img ;;
	lv | swap) echo "$(cycle_name target.img)@${place:-0}" ;;
	*) echo "$(cycle_name data.img)@$place" ;;
	esac
}

# cycle_guest SCRIPT [CONF-LINE...]: A's initramfs with programs, workload and
# configuration. That kjump test has passed is not required: it takes half a
# minute, and 23-tested is about it.
cycle_guest() {
	local script line
	script=$1
	shift
	{
		echo "target $CYCLE_CONF"
		echo 'kernel /boot/bzImage'
		echo 'initrd /boot/kjump.img'
		case " $* " in *' require_test '*) ;; *) echo 'require_test no' ;; esac
		for line in "$@"; do printf '%s\n' "$line"; done
	} >kjump.conf
	vm_kjwork
	# shellcheck disable=SC2086 # words
	set -- $CYCLE_FILES kjump.conf:/etc/kjump.conf kjwork:/usr/sbin/kjwork \
		"$VM_TOP/test-vm/guest/work:/kjt/work" "$VM_TOP/test-vm/guest/tested:/kjt/tested" --script "$script"
	if [ "${lvm:-no}" = yes ] || [ "${crypt:-no}" != no ]; then
		for line in $(vm_program dmsetup); do set -- "$line" "$@"; done
	fi
	if [ "${crypt:-no}" != no ]; then
		for line in $(vm_program cryptsetup) $(vm_program mke2fs); do set -- "$line" "$@"; done
		set -- luks.key:/etc/luks.key "$@"
		[ ! -e other.head ] || set -- other.head:/other.head "$@"
	fi
	vm_guest_kjump "$(cycle_name a.img)" "$@"
}

# vm_kjwork: the workload program, built when its sources have changed.
vm_kjwork() {
	if [ ! -x "$VM_OUT/kjwork" ] || [ -n "$(find "$VM_TOP/test-vm/guest" -name 'kjwork*' -newer "$VM_OUT/kjwork")" ]; then
		"$VM_TOP/test-vm/guest/build.sh" "$PWD/kjwork.new" && mv kjwork.new "$VM_OUT/kjwork"
	fi
	cp "$VM_OUT/kjwork" kjwork
}

# cycle_hibernate [KEY=VALUE...]: one hibernation and one resume.
#   cell=NAME                 of several cycles in one case
#   mem= smp= cpu= machine=   both QEMUs
#   append=                   A's command line, more of it
#   cappend=                  C's
#   percent=                  of A's memory that is filled
#   jumps=                    to B and back, before (0)
#   wait=                     seconds for each QEMU
#   efi=yes                   UEFI starts A and C; C has the variables that A's firmware left
#   reserved=yes              the window is the crashkernel reservation
#   disk=ahci                 the target, instead of virtio
#   code=MIB                  see vm_start
#   conf=LINE                 for kjump.conf; repeat it
#   script=FILE               A's script
#   path=snapshot|direct|kexec   the path that C is told; for the direct one its initramfs has a kernel
#   akernel=DIR bkernel=DIR ckernel=DIR   of their kernels, if not that of all cases
#   path=swsusp               an image for the kernel's own loader: nothing of ours is in C
#   want=auto                 what C is told instead of that path
#   end=s4                    the first QEMU ends so, after --force-s4
#   target=MIB                of the target, if mem + 64 is not enough
#   lvm=yes                   both disks are mapped as LVM does it, and there is nothing of that in B and C
#   crypt=luks1|luks2         the target disk is a LUKS volume; with lvm=yes both volumes, in one piece and in two, are in it
#   kind=lv                   with lvm=yes: the target is a whole volume
#   kind=file|swap|swapfile   the target is a file on the data disk, or A swaps to it, or to such a file (guest/work)
#   kind=encrypted            a passphrase is asked for
#   fs=xfs                    of the data disk; modules for it in CYCLE_FILES
cycle_hibernate() {
	local mem=1024 smp=2 cpu=max machine=pc append='' cappend='' percent=60 jumps=0 wait=150 reserved=no disk=virtio
	local path='' want='' akernel='' ckernel='' end=poweroff target='' kind=device data='' lvm=no crypt=no efi=no fs=ext4
	local script o a c place='' code=''
	script=$VM_TOP/test-vm/guest/hibernate.sh
	: >conf.lines
	export VM_SECOND=''
	for o in "$@"; do
		case $o in
		cell=*) CYCLE=${o#*=} ;;
		mem=*) mem=${o#*=} ;;
		smp=*) smp=${o#*=} ;;
		cpu=*) cpu=${o#*=} ;;
		machine=*) machine=${o#*=} ;;
		append=*) append=${o#*=} ;;
		cappend=*) cappend=${o#*=} ;;
		percent=*) percent=${o#*=} ;;
		jumps=*) jumps=${o#*=} ;;
		wait=*) wait=${o#*=} ;;
		reserved=*) reserved=${o#*=} ;;
		efi=*) efi=${o#*=} ;;
		disk=*) disk=${o#*=} ;;
		code=*) code=${o#*=} ;;
		conf=*) printf '%s\n' "${o#*=}" >>conf.lines ;;
		script=*) script=${o#*=} ;;
		path=*) path=${o#*=} ;;
		end=*) end=${o#*=} ;;
		want=*) want=${o#*=} ;;
		akernel=*) akernel=${o#*=} ;;
		bkernel=*) VM_SECOND=${o#*=} ;;
		ckernel=*) ckernel=${o#*=} ;;
		target=*) target=${o#*=} ;;
		kind=*) kind=${o#*=} ;;
		lvm=*) lvm=${o#*=} ;;
		crypt=*) crypt=${o#*=} ;;
		fs=*) fs=${o#*=} ;;
		*) not_ok "cycle" "$o: unknown"; return 1 ;;
		esac
	done
	a=$(cycle_name a) c=$(cycle_name c)
	cycle_target
	set --
	while IFS= read -r o; do set -- "$@" "$o"; done <conf.lines
	if [ "$lvm$crypt" = yesno ]; then
		vm_disk "$(cycle_name target.img)" $((${target:-$((mem + 64))} + 8))
		cycle_lv "${data:-64}"
	else
		cycle_disks $((${target:-$((mem + 64))} + $([ "$crypt" = no ] && echo 0 || echo 96))) "$data" "$fs"
	fi
	[ "$crypt" = no ] || cycle_crypt_disk "$crypt" || { not_ok "$(cycle_test "a LUKS volume")"; return 1; }
	cycle_guest "$script" "$@"
	o=$(cycle_name target.img)
	[ "$disk" != ahci ] || o=$o,ahci
	set -- mem="$mem" smp="$smp" cpu="$cpu" machine="$machine" code="$code" disk="$o" disk="$(cycle_name data.img)"
	cycle_expect "$jumps"
	cycle_expect_more
	[ "$efi" = no ] || append="kjt.efi=yes $append"
	vm_start "$a" "$@" efi="$efi" kernel="${akernel:-$VM_KERNEL}/bzImage" initrd="$(cycle_name a.img)" \
		append="kjt.percent=$percent kjt.reserved=$reserved kjt.jumps=$jumps $append"
	ok_if "$(cycle_test "B powers off")" vm_wait "$a" "$wait" "$end" || return 0
	# what the image was, for whoever wants to know when it is gone
	"$VM_OUT/ship/kjump-info" "$(cycle_place "$a")" >"$a.image" 2>&1 || :
	[ "$crypt" = no ] || ok_if "$(cycle_test "nothing of it can be read")" cycle_crypt_hidden
	[ "$crypt" != luks2 ] || ok_is "$(cycle_test "the kernel keeps the key")" "$(vm_kv "$a" held)" 64:logon
	ok_is "$(cycle_test "an image is there")" "$(sed -n 's/^STATE=//p' "$a.image")" ready
	[ "$lvm" = no ] || ok_if "$(cycle_test "a fingerprint of the volume")" cycle_print "$a"
	note "$a: $(grep -E '^(DATA|ZERO|FREE)_PAGES=|^BYTES=' "$a.image" | tr '\n' ' ')"
	# The clock goes on while the machine is off; the second QEMU gets the disks and nothing else.
	cycle_back "$@" || return 1
	ok_if "$(cycle_test "A ends by itself")" vm_wait "$c" "$wait" || return 0
	case $path in
	'') ;;
	swsusp) ok_if "$(cycle_test "nothing of ours was asked")" cycle_alone "$c" ;;
	*) ok_if "$(cycle_test "by path $path")" cycle_path "$c" "$path" ;;
	esac
	ok_if "$(cycle_test "the file system is whole")" cycle_fsck
	[ -z "$place" ] || ok_if "$(cycle_test "$place")" cycle_moved "$a" "$c" "$place"
	ok_if "$(cycle_test "the image is erased")" cycle_erased "$a" || return 0
	# a matrix would fill the disk
	[ -z "$CYCLE" ] || rm -f "$(cycle_name a.img)" "$(cycle_name target.img)" "$(cycle_name data.img)"
}

# What follows is cycle_hibernate's, and reads and sets its variables.

# cycle_target: where the image goes, and what A's kjump.conf and command line have to say of it.
cycle_target() {
	local guest="$kind" size="$((mem + 64))"
	CYCLE_TARGET=/dev/vda CYCLE_DATA=/dev/vdb
	[ "$disk" != ahci ] || CYCLE_TARGET=/dev/sda CYCLE_DATA=/dev/vda
	[ "$lvm" = no ] || CYCLE_TARGET=/dev/mapper/vg-image CYCLE_DATA=/dev/mapper/vg-data
	CYCLE_CONF=$CYCLE_TARGET
	case $kind in
	file)
		# every byte of it is written beforehand
		[ "$mem" -le 1024 ] || size=$((mem * 3 / 4))
		# an xfs keeps 64 MiB for its log
		CYCLE_CONF=/mnt/image data=$((size + $([ "$fs" = ext4 ] && echo 128 || echo 256))) target=8
		;;
	swap) CYCLE_CONF=SWAP=$CYCLE_TARGET target=$((2 * mem)) ;;
	swapfile)
		# the test kernel would let nobody write there, as 37-target-refused sees
		CYCLE_CONF=SWAP=/mnt/swap data=$((mem + 256)) target=8 append="bdev_allow_write_mounted=1 $append"
		;;
	encrypted)
		guest=device append="kjt.passphrase=$CYCLE_PASSPHRASE $append"
		echo 'encrypt /etc/kjump.key' >>conf.lines
		;;
	esac
	[ "$path" != swsusp ] || echo 'format swsusp' >>conf.lines
	[ "$end" != s4 ] || append="kjt.s4=yes $append"
	case $lvm$crypt in
	yesno) append="kjt.lvm=yes $append" ;;
	noluks*) append="kjt.crypt=disk $append" CYCLE_TARGET=/dev/mapper/secret CYCLE_CONF=/dev/mapper/secret ;;
	yesluks*) append="kjt.crypt=lvm $append" ;;
	esac
	[ "$crypt" = no ] || echo 'target_key /etc/luks.key' >>conf.lines
	append="kjt.target=$CYCLE_TARGET kjt.data=$CYCLE_DATA kjt.fs=$fs kjt.kind=$guest kjt.size=$size $append"
}

# cycle_expect_more: what is expected of this cycle beside what is of all.
cycle_expect_more() {
	vm_plan "$(cycle_test "an image is there")"
	[ "$lvm" = no ] || vm_plan "$(cycle_test "a fingerprint of the volume")"
	case $lvm$crypt in
	yesno) vm_tap_expect "$a" "mappings" ;;
	*luks*)
		vm_tap_expect "$a" "encrypted device"
		vm_tap_expect "$c" "no device of ours stays"
		[ "$crypt" = luks1 ] || vm_plan "$(cycle_test "the kernel keeps the key")"
		vm_plan "$(cycle_test "nothing of it can be read")" "$(cycle_test "a passphrase is asked for")"
		;;
	esac
	if [ "$efi" != no ]; then
		vm_tap_expect "$a" "UEFI keeps a variable"
		vm_tap_expect "$c" "UEFI still has it, and keeps another"
	fi
	case $kind in
	swap*)
		vm_tap_expect "$a" "memory is swapped out"
		vm_tap_expect "$c" "it still is" "what was swapped out is right" "swap can be used again"
		;;
	encrypted)
		vm_tap_expect "$a" "a key"
		vm_plan "$(cycle_test "it is encrypted")" "$(cycle_test "a passphrase is asked for")"
		;;
	esac
	case " $append " in
	*" kjt.short="*) vm_tap_expect "$a" "little free memory: a smaller window" ;;
	esac
	case " $append " in
	*" kjt.zeros="*) vm_tap_expect "$c" "free pages came back clean" ;;
	esac
	if [ "$end" = s4 ]; then
		vm_tap_expect "$a" "S4 is refused"
		vm_tap_expect "$c" "S4 is told"
	fi
	case $path in
	'') ;;
	swsusp)
		# and so nothing says where kernel C lay
		vm_plan "$(cycle_test "it is a swsusp image")" "$(cycle_test "nothing of ours was asked")"
		return
		;;
	*) vm_plan "$(cycle_test "by path $path")" ;;
	esac
	case " $append " in
	*" nokaslr "*) place="kernel C lies where A did" ;;
	*) place="kernel C has a KASLR seed of its own" ;;
	esac
	vm_plan "$(cycle_test "$place")"
}

# cycle_back VM-OPTION...: kernel C, until it is up to it alone.
cycle_back() {
	[ "$efi" = no ] || set -- "$@" efi="$a/vars.fd"
	if [ "$path" = swsusp ]; then
		ok_is "$(cycle_test "it is a swsusp image")" "$(tail -c +4087 "$(cycle_name target.img)" | head -c 9)" S1SUSPEND
		vm_start "$c" "$@" append="resume=$CYCLE_TARGET $cappend"
		return
	fi
	[ -z "$ckernel" ] || set -- "$@" kernel="$ckernel/bzImage"
	# a partition is found without being told, and so is a swap area that is one
	case $kind$lvm in
	device* | encrypted* | swapno) ;;
	*) cappend="$(vm_kv "$a" place) $cappend" ;;
	esac
	o=$VM_OUT/kjump-initramfs.img
	if [ "$crypt" != no ]; then
		sed -n '/^target /p' kjump.conf >luks.conf
		echo 'target_luks /dev/vda' >>luks.conf
		"$VM_TOP/initramfs/build" -t "$VM_OUT/ship" -z gzip -c luks.conf -k none -o luks.img 2>build.err || return 1
		o=luks.img
	fi
	if [ "$path" = direct ] || [ -n "$want" ]; then
		cycle_direct_initrd || return 1
		o=direct.img
	fi
	[ -z "$path" ] || cappend="kjump.path=${want:-$path} $cappend"
	vm_start "$c" "$@" initrd="$o" append="kjump.final=reboot kjump.test.hook=layout $cappend"
	[ "$crypt" = no ] ||
		ok_if "$(cycle_test "a passphrase is asked for")" cycle_answer_luks "$c" "$CYCLE_PASSPHRASE"
	[ "$kind" = encrypted ] || return 0
	ok_if "$(cycle_test "it is encrypted")" grep -q '^ENCRYPTED=' "$a.image"
	ok_if "$(cycle_test "a passphrase is asked for")" cycle_answer "$c" 1 "$CYCLE_PASSPHRASE"
	return 0
}

# cycle_asked VM N: so many times for the passphrase.
cycle_asked() { [ "$(grep -ac "^passphrase for $CYCLE_TARGET: " "$1/console.log")" -ge "$2" ]; }

# cycle_answer VM N TEXT: the Nth prompt.
cycle_answer() {
	vm_until "$1" 60 cycle_asked "$1" "$2" || return 1
	vm_type "$1" "$3
"
}

# cycle_alone VM: no program of ours has said anything before A was back.
cycle_alone() {
	tr -d '\r' <"$1/console.log" | awk '/^resumed from / { exit } /^kjump[-:]/ { bad = 1 } END { exit bad }'
}

# cycle_direct_initrd: an initramfs for C that holds a kernel for the direct path.
cycle_direct_initrd() {
	[ -e direct.img ] || "$VM_TOP/initramfs/build" -t "$VM_OUT/ship" -z gzip -K "$VM_KERNEL/bzImage" -o direct.img 2>build.err
}

# cycle_path VM PATH: C said so, and for the direct one its successor did it.
cycle_path() {
	local at=$CYCLE_TARGET
	case $kind in
	file) at="$CYCLE_DATA@[0-9]*" ;;
	swap) at=$CYCLE_TARGET@0 ;;
	esac
	note "$1: $(tr -d '\r' <"$1/console.log" | grep -aE '^kjump-restore: (path|.*point of no return)' | tr '\n' '|')"
	grep -aq "^kjump-restore: path $2 for $at: " "$1/console.log" || return 1
	[ "$2" != direct ] ||
		grep -aq "^kjump-restore: $at: written in [0-9]* ms by [0-9]* workers, point of no return" "$1/console.log"
}

# cycle_cell PATH TARGET CODEC LEVELS END CPUS VENDOR KASLR MIB DISK MACHINE [KEY=VALUE...]: a cycle of that kind, named by
# these words (matrix.py has what they can be); the rest as for cycle_hibernate.
cycle_cell() {
	local path="$1" kind="$2" codec="$3" levels="$4" end="$5" smp="$6" vendor="$7" kaslr="$8" mem="$9"
	local disk="${10}" machine="${11}" name cpu=max words='' percent=60 window='' reserved=no
	shift 11
	name=$path-$kind-$codec-$levels-$end-$smp-$vendor-$kaslr-$mem-$disk-$machine
	[ "$kind" != partition ] || kind=device
	[ "$end" = s4 ] || end=poweroff
	[ "$kaslr" = kaslr ] || words=nokaslr
	# beside the window; and the time that it takes
	case $mem in
	512) percent=45 ;;
	3072) percent=45 ;;
	esac
	# hardly a page that counts is where it would be: a pc keeps the top of its memory free, and of the 2 GiB that a q35
	# has below 4 GiB A's kernel holds much of the top
	[ "$mem" != 3072 ] || window=' kjt.window=128M@0x60000000,128M@0x50000000'
	# Intel's offline CPUs wait in MWAIT: the window has to be the reservation
	[ "$vendor" != intel ] || cpu=$cpu,vendor=GenuineIntel window=' crashkernel=128M' percent=25 reserved=yes
	[ "$levels" = 5 ] || cpu=$cpu,la57=off
	[ "$path" != kexec ] || set -- ckernel="$VM_VARIANT" "$@"
	cycle_hibernate cell="$name" path="$path" kind="$kind" conf="codec $codec" cpu="$cpu" end="$end" smp="$smp" \
		append="$words$window" cappend="$words" reserved="$reserved" mem="$mem" disk="$disk" machine="$machine" \
		percent="$percent" wait=300 "$@"
}

# cycle_half VM MIB: more than half of those have data in VM's image.
cycle_half() {
	local pages
	pages=$(sed -n 's/^DATA_PAGES=//p' "$1.image")
	note "$1: $pages of $(($2 * 256)) pages have data"
	[ $((pages * 2)) -gt $(($2 * 256)) ]
}

cycle_fsck() {
	local disk
	disk=$(cycle_name data.img)
	case ${lvm:-no}${crypt:-no} in
	yesno) cycle_lv_take && disk=lv.fs ;;
	yes*) cycle_crypt_fs && disk=lv.fs ;;
	esac
	cycle_whole "${fs:-ext4}" "$disk" >fsck.out 2>&1
}

cycle_erased() {
	local status=0 place
	case ${kind:-device} in
	file | lv)
		"$VM_OUT/ship/kjump-info" "$(cycle_place "$1")" >erased 2>&1 || status=$?
		[ "$status" = 0 ] && grep -qx KIND=label erased
		return
		;;
	swap*)
		"$VM_OUT/ship/kjump-info" "$(cycle_place "$1")" >erased 2>&1 || status=$?
		[ "$status" = 1 ] && grep -qx KIND=none erased
		return
		;;
	esac
	place=$(cycle_place "$1") && [ -s "$place" ] && [ "$(head -c 8192 "$place" | tr -d '\000' | wc -c)" -eq 0 ]
}

# cycle_moved A C PLACE: C has said where its kernel lies; it must not be where A's did, but without KASLR it must.
cycle_moved() {
	local was now
	was=$(vm_kv "$1" layout) || return 1
	now=$(tr -d '\r' <"$2/console.log" | sed -n 's/^kjump: this kernel lies at //p' | head -n 1)
	note "$1: kernel at $was; $2: at $now"
	[ -n "$was" ] && [ -n "$now" ] || return 1
	case $3 in
	*seed*) [ "$was" != "$now" ] ;;
	*) [ "$was" = "$now" ] ;;
	esac
}

# cycle_expect [JUMPS]: what the guest script says, before and after.
cycle_expect() {
	local name n=1
	for name in "B powers off" "A ends by itself" "the file system is whole" "the image is erased"; do
		vm_plan "$(cycle_test "$name")"
	done
	vm_tap_expect "$(cycle_name a)" "target labelled" "workload runs" "enough memory counted" "all right before"
	while [ "$n" -le "${1:-0}" ]; do
		vm_tap_expect "$(cycle_name a)" "jump $n"
		n=$((n + 1))
	done
	vm_tap_expect "$(cycle_name c)" "kjump exits 0" "kjump says how it came back" "all right after" \
		"same memory checksum" "same boot id and a sane clock" "no in-kernel hibernation" "all CPUs online" \
		"nothing stays loaded" "file system clean"
}
