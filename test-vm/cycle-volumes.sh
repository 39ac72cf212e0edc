# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2154 # $lvm and $crypt are of cycle_hibernate
# Disks of cycles that are volumes of LVM's or encrypted, and their file systems, as the host makes them and looks into them:
# for cycle.sh. Must never open one with a program of ours where another can.

# cycle_mkfs TYPE FILE
cycle_mkfs() {
	case $1 in
	ext4) mke2fs -q -t ext4 -F "$2" ;;
	*) "mkfs.$1" -q "$2" ;;
	esac
}

# cycle_whole TYPE FILE: its own program, which may not change anything, finds nothing wrong with it.
cycle_whole() {
	case $1 in
	ext4) e2fsck -fn "$2" ;;
	xfs) xfs_repair -n "$2" ;;
	btrfs) btrfs check --readonly "$2" ;;
	esac
}

# cycle_modules NAME...: of the variant of the kernel that the case asks for, those modules and what they need, and the order
# in which they load, to the directory mods: for a guest's /kjt/modules.
cycle_modules() {
	local dir="$VM_VARIANT/modules" name word path
	mkdir -p mods
	for name in "$@"; do
		modprobe -d "$dir" -S "$(ls "$dir/lib/modules")" --show-depends "$name" || return
	done >depends
	while read -r word path _; do
		[ "$word" = insmod ] || continue
		[ -e "mods/${path##*/}" ] || { cp "$path" mods && echo "${path##*/}" >>mods/order; } || return
	done <depends
}

# cycle_lv MIB: a data disk with an ext4 of that size on a volume as work_lv makes it; its middle is 2 MiB behind its start.
cycle_lv() {
	local half=$(($1 / 2))
	vm_disk lv.fs "$1"
	mke2fs -q -t ext4 -b 4096 -F lv.fs
	vm_disk "$(cycle_name data.img)" $(($1 + 8))
	dd if=lv.fs of="$(cycle_name data.img)" bs=1M skip=$half seek=1 count=$half conv=notrunc,sparse 2>/dev/null
	dd if=lv.fs of="$(cycle_name data.img)" bs=1M seek=$((half + 4)) count=$half conv=notrunc,sparse 2>/dev/null
}

# cycle_lv_take: lv.fs is that again.
cycle_lv_take() {
	local half
	half=$((($(stat -c %s "$(cycle_name data.img)") / 1048576 - 8) / 2))
	vm_disk lv.fs $((2 * half))
	dd if="$(cycle_name data.img)" of=lv.fs bs=1M skip=$((half + 4)) count=$half conv=notrunc,sparse 2>/dev/null
	dd if="$(cycle_name data.img)" of=lv.fs bs=1M skip=1 seek=$half count=$half conv=notrunc,sparse 2>/dev/null
}

# cycle_crypt_disk TYPE: the target becomes a LUKS volume, which CYCLE_PASSPHRASE opens; volume.key is its key.
cycle_crypt_disk() {
	local sectors=512
	[ "$1" = luks1 ] || sectors=4096
	printf %s "$CYCLE_PASSPHRASE" >luks.key
	set -- --type "$1" --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-size 512 --cipher aes-xts-plain64
	[ "$sectors" = 512 ] || set -- "$@" --sector-size "$sectors"
	rm -f volume.key
	cryptsetup luksFormat -q "$@" "$(cycle_name target.img)" luks.key >/dev/null &&
		cryptsetup luksDump -q --dump-volume-key --volume-key-file volume.key --key-file luks.key "$(cycle_name target.img)" >/dev/null
}

# cycle_crypt_place VM: the target as it is inside, made anew: ends of a whole one, or all that there is.
cycle_crypt_place() {
	local place
	place=$(vm_kv "$1" place | sed -n 's/.*resume_offset=//p')
	set -- 0-8388608 -131072
	[ "$lvm" = no ] || set -- 0-1000000000000
	"$VM_TOP/test-vm/judge/luks.py" "$(cycle_name target.img)" volume.key inside.img "$@" >luks.err 2>&1 || return
	echo "inside.img${place:+@$place}"
}

# cycle_crypt_fs: the file system of crypt=lvm, as lv.fs.
cycle_crypt_fs() {
	"$VM_TOP/test-vm/judge/luks.py" "$(cycle_name target.img)" volume.key inside.img 1048576-68157440 >luks.err 2>&1 &&
		dd if=inside.img of=lv.fs bs=1M skip=1 count=64 2>/dev/null
}

# cycle_print VM: what B took of the file system is what our program finds in it, put together here.
cycle_print() {
	if [ "$crypt" = no ]; then cycle_lv_take; else cycle_crypt_fs; fi
	"$VM_OUT/ship/kjump-info" --fs lv.fs >lv.info 2>&1
	note "$1: $(grep '^FS' "$1.image" | tr '\n' ' ')"
	grep -qx "FS0_PIECES=$([ "$crypt" = no ] && echo 2 || echo 1)" "$1.image" && grep -q '^FS_SUM=0x' lv.info &&
		[ "$(sed -n 's/^FS_SUM=//p' lv.info)" = "$(sed -n 's/^FS0_SUM=//p' "$1.image")" ]
}

# cycle_crypt_hidden: what an image has in the clear, and what A was told to have in memory, is nowhere on the disk.
cycle_crypt_hidden() {
	local status=0
	grep -aEq 'KJIMAGE1|KJLABEL1|KJEXTENT|ULSUSPEND|6\.12\.[0-9]+-kjtest' "$(cycle_name target.img)" || status=$?
	[ "$status" = 1 ]
}

# cycle_answer_luks VM TEXT: cryptsetup's prompt.
cycle_answer_luks() {
	vm_console "$1" '^Enter passphrase for ' 60 || return 1
	vm_type "$1" "$2
"
}
