# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# kjump-profile: of the test kernel's own vmlinux it says what that kernel says in VMCOREINFO; and with VMCOREINFO poor and
# no symbols to find BTF by, a profile leads to the very dump that the rich one gave.
# timeout: 300
# plan: vm: memory of every class
# plan: vm: loaded for a crash
# plan: vm: sizes of a running kernel
# plan: vm: the same ten times
# plan: vm: a disk for it
# plan: vm: a dump of everything
# plan: vm: is on the disk
# plan: it ended
# plan: the dump is there
# plan: a profile of vmlinux
# plan: it says what the kernel says
# plan: a dump of what the kernel says
# plan: with a poor VMCOREINFO everything is kept
# plan: with a profile, a dump again
# plan: both are the same
. "$VM_TOP/test-vm/crash.sh"

ship=$VM_OUT/ship

# poor FILE: names in VMCOREINFO that nobody knows
poor() {
	/usr/bin/python3 - "$1" <<-'END'
		import sys
		with open(sys.argv[1], "r+b") as f:
		    head = f.read(1 << 16)
		    for name in b"NUMBER(P", b"OFFSET(page", b"OFFSET(mem_section", b"SIZE(page", b"SIZE(mem_section", b"LENGTH(zone", b"SYMBOL(kallsyms":
		        assert name in head, name
		        head = head.replace(name, b"xx" + name[2:])
		    f.seek(0)
		    f.write(head)
	END
}

# Each number that both have, twenty at least.
agrees() {
	head -c 65536 whole | tr '\0' '\n' | grep -aE '^(BUILD-ID|OSRELEASE|SIZE|OFFSET|LENGTH|NUMBER).*=' | LC_ALL=C sort -u >said
	LC_ALL=C sort -u profile >ours
	cut -d = -f 1 said | LC_ALL=C sort >said.keys
	cut -d = -f 1 ours | LC_ALL=C sort | LC_ALL=C comm -12 - said.keys >both
	[ "$(wc -l <both)" -ge 20 ] || return 1
	while read -r key; do
		[ "$(grep -aF "$key=" said)" = "$(grep -aF "$key=" ours)" ] || { note "$key differs"; return 1; }
	done <both
	note "$(wc -l <both) of $(wc -l <ours) lines are in VMCOREINFO too"
}

# again OUT SOURCE [OPTION...]: a dump of the dump, by one worker: the same pages make the same file
again() {
	local out="$1" source="$2"
	shift 2
	"$ship/kjump-dump" -q -w 1 -f kdump -c none "$@" -s "$out.stats" -o "$out" "$source" 2>"$out.err"
}

kept() {
	again none.kd whole && [ "$(crash_value none.kd.stats PAGES_DATA)" -gt 20000 ] &&
		grep -q ': memory sections: not found (BTF: not there), all pages kept$' none.kd.err
}

same() {
	[ ! -s poor.kd.err ] && [ "$(crash_value rich.kd.stats PAGES_DATA)" -gt 1000 ] && poor rich.kd && cmp rich.kd poor.kd
}

crash_data data.img
vm_disk whole.img 600
mke2fs -q -t ext4 -F whole.img
vm_kjwork
vm_need "$VM_OUT/host/kjump-profile"
vm_guest b.img "$ship/kjump-dump:/usr/sbin/kjump-dump" --script "$VM_TOP/test-vm/guest/profile-b.sh"
printf '%s\n' 'target /dev/vdb' 'kernel /boot/bzImage' 'initrd /boot/b.img' 'crash_target /dev/vdb' >kjump.conf
vm_guest_kjump a.img kjump.conf:/etc/kjump.conf b.img:/boot/b.img kjwork:/usr/sbin/kjwork \
	"$VM_TOP/test-vm/guest/work:/kjt/work" --script "$VM_TOP/test-vm/guest/estimate.sh"
vm_start vm mem=512 smp=2 initrd=a.img disk=data.img disk=whole.img append='crashkernel=160M'
ok_if "it ended" vm_wait vm 240
debugfs -R 'dump /whole whole' whole.img 2>debugfs.err
rm -f whole.img
ok_if "the dump is there" "$ship/kjump-info" whole
ok_if "a profile of vmlinux" "$VM_OUT/host/kjump-profile" -o profile "$VM_KERNEL/vmlinux"
ok_if "it says what the kernel says" agrees
ok_if "a dump of what the kernel says" again rich.kd whole
poor whole
ok_if "with a poor VMCOREINFO everything is kept" kept
ok_if "with a profile, a dump again" again poor.kd whole -p profile
ok_if "both are the same" same
