# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# kjump test --vm as an administrator runs it, in a QEMU of this machine: the rig's kernel and our initramfs come up; a
# module that is damaged is told of; and in too little memory nothing comes up.
# timeout: 180
# plan: it comes up
# plan: what is said of it
# plan: a module that does not load
# plan: which one
# plan: too little memory

vm_need "$VM_OUT/ship/kjump"
mkdir -p d/usr/sbin d/usr/lib/kjump mods
cp "$VM_OUT/ship/kjump" d/usr/sbin/
cp "$VM_TOP/service/try-vm" d/usr/lib/kjump/
cp -r "$VM_KERNEL/modules/lib" mods/
release=$(ls mods/lib/modules)
printf 'kernel %s\ninitrd %s\n' "$VM_KERNEL/bzImage" "$PWD/kjump.img" >kjump.conf
image() {
	"$VM_TOP/initramfs/build" -t "$VM_OUT/ship" -c kjump.conf -k "$release" -d mods -m vfat -z gzip -o kjump.img
}
# tried STATUS SECONDS MIB: what was said is in said
tried() {
	local status=0
	KJUMP_TRY_SECONDS=$(($2 * ${VM_SLOW:-1}))
	export KJUMP_TRY_SECONDS
	d/usr/sbin/kjump test --vm -c kjump.conf -m "$3" >said 2>&1 || status=$?
	cat said
	[ "$status" = "$1" ]
}

image
ok_if "it comes up" tried 0 40 96
ok_if "what is said of it" grep -Eqx 'kernel B comes up in 96 MiB, with all modules; [1-9][0-9]* KiB of it are left' \
	said
find mods -name vfat.ko -exec truncate -s 1000 {} +
image
ok_if "a module that does not load" tried 1 40 96
ok_if "which one" grep -qx 'kjump: kernel B comes up in 96 MiB, but these modules do not load there: vfat' said
ok_if "too little memory" tried 1 10 16
