# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A has panicked: the file system that is kernel B's first target may not be filled up (min_free), so the dump is cut
# short there, and the next one goes to an SSH server. On the network B has the address that kjump.conf gives it, and asks
# nobody for one.
# timeout: 240
# long: yes
# plan: a server
# plan: static: cut short by min_free
# plan: static: so much is still free
# plan: static: the kernel log is there all the same
# plan: static: status.json of it
# plan: static: the address of kjump.conf
# plan: static: nobody asked for an address
# plan: static: status.json of the server's
# plan: static: makedumpfile makes a file of it
# plan: static: a source to compare with
# plan: static: every page is what QEMU had
. "$VM_TOP/test-vm/crash-net.sh"

command -v ssh-keygen >/dev/null || vm_skip "ssh-keygen is not there: openssh-client"
why=$("$VM_TOP/test-vm/sshd" --make 2>&1) || vm_skip "$(printf '%s\n' "$why" | tail -n 1)"
PORT=$(net_ports 1)
server() { net_sshd '' "$PORT" && net_known host.key.pub "$PORT"; }
ok_if "a server" server || exit 1

crash_data data.img
vm_disk small.disk 160
mke2fs -q -t ext4 -m 0 -F small.disk
CRASH_DATA=vdb net_start static "/dev/vda ssh $(id -un)@10.0.2.2:$PORT$PWD/remote" 'min_free 140M
network 10.0.2.99/24 10.0.2.2' '' disk=small.disk disk=data.img \
	arg=-object arg=filter-dump,id=net0dump,netdev=net0,file=net.pcap
crash_memory static

ok_if "static: cut short by min_free" \
	net_said static "^kjump: target '/dev/vda' failed: kjump-dump: .*: target full: [0-9]+ of [0-9]+ pages saved"
free() { dumpe2fs -h small.disk 2>/dev/null | sed -n "s/^$1: *//p"; }
note "free: $(free 'Free blocks') blocks of $(free 'Block size')"
ok_if "static: so much is still free" \
	test "$(($(free 'Free blocks') * $(free 'Block size')))" -ge $((140 << 20))
mkdir files
debugfs -R 'rdump /var files' small.disk 2>/dev/null
SAVED=$(echo files/var/crash/127.0.0.1-20*)
ok_if "static: the kernel log is there all the same" \
	grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$SAVED/vmcore-dmesg.txt"
ok_if "static: status.json of it" net_status "$SAVED" \
	's["state"] == "incomplete" and s["exit_status"] == 73 and s["file"] == "vmcore-incomplete"'

SAVED=$(echo remote/10.0.2.99-20*)
ok_if "static: the address of kjump.conf" test -s "$SAVED/vmcore.flat"
# a request is a UDP packet to port 67; what the card sent is in that file
ok_is "static: nobody asked for an address" "$($CRASH_PYTHON - net.pcap <<'END'
import struct
import sys

data = open(sys.argv[1], "rb").read()
at, asked, sent = 24, 0, 0
while at + 16 <= len(data):
    size = struct.unpack_from("<I", data, at + 8)[0]
    packet = data[at + 16:at + 16 + size]
    at += 16 + size
    sent += packet[6:12] == bytes.fromhex("525400123456")
    asked += packet[12:14] == b"\x08\x00" and packet[23] == 17 and packet[36:38] == b"\x00\x43"
print(asked if sent > 100 else "%d packets only" % sent)
END
)" 0
ok_if "static: status.json of the server's" net_status "$SAVED" \
	's["state"] == "saved" and s["exit_status"] == 0 and len(s["failed_before"]) == 1 and
	"target full" in s["failed_before"][0]'
ok_if "static: makedumpfile makes a file of it" makedumpfile -R static.vmcore <"$SAVED/vmcore.flat"
ok_if "static: a source to compare with" crash_source static static.vmcore || exit
ok_if "static: every page is what QEMU had" crash_pages static static.vmcore
rm -f static.core static.img
