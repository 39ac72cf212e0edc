# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Debian's stock kernel as A and as B, with the modules of network card and NFS in B's initramfs: the dump goes to an NFS
# server that knows version 3 only, and to one of version 4, on this side of QEMU's user-mode network, where an old one is
# removed for it. Then a chain: no NFS server at that address, an SSH server with another host key, a directory that is
# read-only; the dump lands on the disk behind them.
# timeout: 1500
# long: yes
. "$VM_TOP/test-vm/crash-net.sh"

for s in sshd nfsd; do
	why=$("$VM_TOP/test-vm/$s" --make 2>&1) || vm_skip "$(printf '%s\n' "$why" | tail -n 1)"
done
[ -x /usr/bin/ssh-keygen ] || vm_skip "/usr/bin/ssh-keygen is not there"
vm_plan "the kernel is in the cache" "an SSH server" "an NFS server, version 3" "an NFS server, version 4"
ok_if "the kernel is in the cache" "$VM_TOP/test-vm/kernel/debian" 6.1 || exit 1
dir=$("$VM_TOP/test-vm/kernel/debian" --print 6.1)
release=$(cat "$dir/release")
crash_modules "$dir" "$release"
CRASH_VMLINUX=$dir/vmlinux CRASH_MIB=1024 CRASH_SIZE=256M CRASH_RELEASE=$release CRASH_MODDIR=$dir
CRASH_GUEST="$dir/bzImage:/boot/bzImage mods:/kjt/modules"

SSH=$(net_ports 1)
server() { net_sshd '' "$SSH" && net_known other.key.pub "$SSH"; }
ok_if "an SSH server" server || exit 1

# good VM VERSION: it saves to the server in $NET_NFS, of which version that is B finds out
good() {
	local d
	vm_plan "$1: B finds out which version" "$1: five files, nobody else's to read" "$1: A's last words" \
		"$1: status.json tells" "$1: an old one is gone, another machine's not" "$1: a source to compare with" \
		"$1: what drgn finds" "$1: every page is what QEMU had" "$1: makedumpfile finds the same kernel log"
	for d in 10.0.2.15-2001-01-01-01:01:01 10.0.2.16-2001-01-01-01:01:01; do
		mkdir -p "rw.export/dumps/$d"
		: >"rw.export/dumps/$d/status.json"
	done
	crash_data "$1.data"
	CRASH_DATA=vda net_start "$1" "nfs 10.0.2.100:/srv" 'path /dumps
keep 1
extra_modules virtio_net' "$NET_NFS" kernel="$dir/bzImage" disk="$1.data"
	crash_memory "$1"
	ok_if "$1: B finds out which version" net_said "$1" "^kjump: 10.0.2.100:/srv: mounted, vers=$2"
	SAVED=$(echo rw.export/dumps/10.0.2.15-20[1-9]*)
	ok_is "$1: five files, nobody else's to read" "$(cd "$SAVED" && stat -c '%n %a' -- * | tr '\n' ' ')" \
		"README.txt 600 kexec-dmesg.log 600 status.json 600 vmcore 600 vmcore-dmesg.txt 600 "
	ok_if "$1: A's last words" grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$SAVED/vmcore-dmesg.txt"
	ok_if "$1: status.json tells" net_status "$SAVED" \
		"s['state'] == 'saved' and s['exit_status'] == 0 and s['file_bytes'] == $(stat -c %s "$SAVED/vmcore") and s['failed_before'] == [] and
		s['target'] == 'nfs 10.0.2.100:/srv'"
	ok_is "$1: an old one is gone, another machine's not" "$(cd rw.export/dumps && echo *2001*)" 10.0.2.16-2001-01-01-01:01:01
	if ok_if "$1: a source to compare with" crash_source "$1" "$SAVED/vmcore"; then
		ok_if "$1: what drgn finds" crash_judge "$1" 0 2 "$SAVED/vmcore"
		ok_if "$1: every page is what QEMU had" crash_pages "$1" "$SAVED/vmcore"
		ok_if "$1: makedumpfile finds the same kernel log" crash_dmesg "$1" "$SAVED/vmcore" "$SAVED/vmcore-dmesg.txt"
	fi
	rm -rf "$1.core" "$1.data" rw.export/dumps
}

ok_if "an NFS server, version 3" net_nfs 3 || exit 1
good nfs3 3
ok_if "an NFS server, version 4" net_nfs 4 || exit 1
good nfs4 4.2

crash_data chain.data
vm_disk chain.disk 700
mke2fs -q -t ext4 -F chain.disk
CRASH_DATA=vdb net_start chain "nfs 10.0.2.77:/srv ssh $(id -un)@10.0.2.2:$SSH$PWD/x nfs 10.0.2.100:/ro /dev/vda" \
	'extra_modules virtio_net' "$NET_NFS" kernel="$dir/bzImage" disk=chain.disk disk=chain.data
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
