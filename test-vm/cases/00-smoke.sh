# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The rig itself: A boots, sees its devices, speaks TAP, powers off.
# timeout: 60
# plan: a: two CPUs
# plan: a: disk
# plan: a: the kernel can jump
# plan: a: file put in
# plan: power off

cat >guest.sh <<'GUEST'
tap_is "two CPUs" "$(grep -c ^processor /proc/cpuinfo)" 2
tap_is "disk" "$(cat /sys/block/vda/size)" 8192
zcat /proc/config.gz >/tmp/config
tap_try "the kernel can jump" grep -q ^CONFIG_KEXEC_JUMP=y /tmp/config
tap_is "file put in" "$(cat /etc/kjt-note)" hello
GUEST
echo hello >note.txt
vm_disk disk.img 4
vm_guest a.img note.txt:/etc/kjt-note --script guest.sh
vm_start a initrd=a.img disk=disk.img
ok_if "power off" vm_wait a 50
