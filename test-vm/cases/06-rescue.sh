# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A person at the rescue shell: the banner, a command typed on the serial
# console, and the modules that the initramfs was built with, by -m and by
# extra_modules of the configuration; then somebody else at the keyboard, before
# a screen that the kernel was not told of.
# timeout: 90
# plan: initramfs with modules
# plan: banner
# plan: nothing is done by itself
# plan: a typed command runs
# plan: modules are loaded
# plan: no target is offered that is none
# plan: reboot from the shell of the screen

release=$(ls "$VM_KERNEL/modules/lib/modules")
echo 'extra_modules nls_iso8859-1' >kjump.conf
ok_if "initramfs with modules" "$VM_TOP/initramfs/build" -t "$VM_OUT/ship" -o b.img -c kjump.conf \
	-k "$release" -d "$VM_KERNEL/modules" -m vfat 2>build.log
vm_disk disk.img 4
cp disk.img before.img
vm_start c initrd=b.img disk=disk.img append="kjump.mode=rescue"
ok_if "banner" vm_console c 'DANGER: do not mount' 40
# shellcheck disable=SC2016 # the guest's shell expands it
vm_type c 'echo typed-$((6 * 7)); sed -n "s/^\(vfat\|nls_iso8859_1\) .*/has \1/p" /proc/modules
'
ok_if "a typed command runs" vm_console c '^typed-42' 20
ok_if "modules are loaded" vm_console c '^has nls_iso8859_1' 20
grep -aq '^has vfat' c/console.log || not_ok "vfat" "not in /proc/modules"
ok_if "no target is offered that is none" sh -c '! grep -aq "target: /dev" c/console.log'
for key in r e b o o t spc minus f ret; do vm_hmp c "sendkey $key" >/dev/null; done
ok_if "reboot from the shell of the screen" vm_wait c 20 reset
ok_if "nothing is done by itself" cmp -s disk.img before.img
