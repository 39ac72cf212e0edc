# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Debian's stock kernel as A and as B, with the modules of network card and NFS in B's initramfs: the dump goes to an NFS
# server on this side of QEMU's user-mode network, where an old one is removed for it. Then a chain: no NFS server at that
# address, an SSH server with another host key, a directory that is read-only; the dump lands on the disk behind them.
# timeout: 1200
# long: yes
. "$VM_TOP/test-vm/crash-net.sh"

[ "$(id -u)" -eq 0 ] || vm_skip "not root: nfs-ganesha"
for f in /usr/bin/ganesha.nfsd /usr/bin/ssh-keygen; do
	[ -x "$f" ] || vm_skip "$f is not there"
done
why=$("$VM_TOP/test-vm/sshd" --make 2>&1) || vm_skip "$(printf '%s\n' "$why" | tail -n 1)"
vm_plan "the kernel is in the cache" "servers"
ok_if "the kernel is in the cache" "$VM_TOP/test-vm/kernel/debian" 6.1 || exit 1
dir=$("$VM_TOP/test-vm/kernel/debian" --print 6.1)
release=$(cat "$dir/release")
crash_modules "$dir" "$release"
CRASH_VMLINUX=$dir/vmlinux CRASH_MIB=1024 CRASH_SIZE=256M CRASH_RELEASE=$release CRASH_MODDIR=$dir
CRASH_GUEST="$dir/bzImage:/boot/bzImage mods:/kjt/modules"

# shellcheck disable=SC2046 # two words
set -- $(net_ports 2)
NFS=$1 SSH=$2
servers() {
	net_ganesha "$NFS" && net_sshd '' "$SSH" && net_known other.key.pub "$SSH"
}
ok_if "servers" servers || exit 1
# NFS has one port, and this one may be another server's here
guest=",guestfwd=tcp:10.0.2.100:2049-cmd:busybox nc 127.0.0.1 $NFS"
for d in 10.0.2.15-2001-01-01-01:01:01 10.0.2.16-2001-01-01-01:01:01; do
	mkdir -p "rw.export/dumps/$d"
	: >"rw.export/dumps/$d/status.json"
done
crash_data data.img
cp data.img data2.img

CRASH_DATA=vda net_start good "nfs 10.0.2.100:/srv" 'path /dumps
keep 1
extra_modules virtio_net' "$guest" kernel="$dir/bzImage" disk=data.img
crash_memory good
vm_plan "good: five files, nobody else's to read" "good: A's last words" "good: status.json tells" "good: an old one is gone, another machine's not" \
	"good: a source to compare with" "good: what drgn finds" "good: every page is what QEMU had" "good: makedumpfile finds the same kernel log"
SAVED=$(echo rw.export/dumps/10.0.2.15-20[1-9]*)
ok_is "good: five files, nobody else's to read" "$(cd "$SAVED" && stat -c '%n %a' -- * | tr '\n' ' ')" \
	"README.txt 600 kexec-dmesg.log 600 status.json 600 vmcore 600 vmcore-dmesg.txt 600 "
ok_if "good: A's last words" grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$SAVED/vmcore-dmesg.txt"
ok_if "good: status.json tells" net_status "$SAVED" \
	"s['state'] == 'saved' and s['exit_status'] == 0 and s['file_bytes'] == $(stat -c %s "$SAVED/vmcore") and s['failed_before'] == [] and
	s['target'] == 'nfs 10.0.2.100:/srv'"
ok_is "good: an old one is gone, another machine's not" "$(cd rw.export/dumps && echo *2001*)" 10.0.2.16-2001-01-01-01:01:01
if ok_if "good: a source to compare with" crash_source good "$SAVED/vmcore"; then
	ok_if "good: what drgn finds" crash_judge good 0 2 "$SAVED/vmcore"
	ok_if "good: every page is what QEMU had" crash_pages good "$SAVED/vmcore"
	ok_if "good: makedumpfile finds the same kernel log" crash_dmesg good "$SAVED/vmcore" "$SAVED/vmcore-dmesg.txt"
fi
rm -f good.core good.img

vm_disk chain.disk 700
mke2fs -q -t ext4 -F chain.disk
CRASH_DATA=vdb net_start chain "nfs 10.0.2.77:/srv ssh $(id -un)@10.0.2.2:$SSH$PWD/x nfs 10.0.2.100:/ro /dev/vda" \
	'extra_modules virtio_net' "$guest" kernel="$dir/bzImage" disk=chain.disk disk=data2.img
crash_memory chain
vm_plan "chain: no server" "chain: another host key" "chain: read-only" "chain: a dump" "chain: its status.json tells of all three" \
	"chain: a source to compare with" "chain: every page is what QEMU had"
ok_if "chain: no server" net_said chain "^kjump: target 'nfs 10.0.2.77:/srv' failed: .*does not mount"
ok_if "chain: another host key" net_said chain "^kjump: target 'ssh .*:$SSH/.* failed: Host key verification failed"
ok_if "chain: read-only" net_said chain "^kjump: target 'nfs 10.0.2.100:/ro' failed: .*Read-only file system"
mkdir chain.files
debugfs -R 'rdump /var chain.files' chain.disk 2>/dev/null
SAVED=$(echo chain.files/var/crash/127.0.0.1-20*)
ok_if "chain: a dump" test -s "$SAVED/vmcore"
ok_if "chain: its status.json tells of all three" net_status "$SAVED" \
	's["state"] == "saved" and len(s["failed_before"]) == 3 and s["failed_before"][0].startswith("nfs 10.0.2.77:/srv: ") and
	"Host key verification failed" in s["failed_before"][1] and "Read-only file system" in s["failed_before"][2]'
ok_if "chain: a source to compare with" crash_source chain "$SAVED/vmcore"
ok_if "chain: every page is what QEMU had" crash_pages chain "$SAVED/vmcore"
