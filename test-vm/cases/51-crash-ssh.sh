# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A has panicked, and kernel B saves over the network, to an SSH server on this side of QEMU's user-mode network: the dump
# arrives whole, and is judged here. Then a chain of servers that do not work: none at that port, one with another host key,
# one where the directory cannot be made, one that gets full; the dump lands on the disk behind them.
# timeout: 420
. "$VM_TOP/test-vm/crash-net.sh"

command -v ssh-keygen >/dev/null || vm_skip "ssh-keygen is not there: openssh-client"
why=$("$VM_TOP/test-vm/sshd" --make 2>&1) || vm_skip "$(printf '%s\n' "$why" | tail -n 1)"

# server: one sshd on three ports; what comes over the third has little room.
server() {
	# shellcheck disable=SC2016 # for that shell
	printf '%s\n' "trap '' XFSZ" 'ulimit -f 2048' 'exec sh -c "$SSH_ORIGINAL_COMMAND"' >full.sh
	net_sshd "Match LocalPort $FULL
		ForceCommand sh $PWD/full.sh" "$GOOD" "$CHANGED" "$FULL" || return
	net_known host.key.pub "$GOOD" "$FULL"
	net_known other.key.pub "$CHANGED" "$DOWN"
}

unflatten() { makedumpfile -R "$2" <"$1"; }

me=$(id -un)
# shellcheck disable=SC2046 # four words
set -- $(net_ports 4)
GOOD=$1 CHANGED=$2 FULL=$3 DOWN=$4
vm_plan "a server"
ok_if "a server" server || exit 1
crash_data data.img
cp data.img data2.img

# --- it arrives ---
CRASH_DATA=vda net_start good "ssh $me@10.0.2.2:$GOOD$PWD/good.remote" '' '' disk=data.img
# --- four that do not work, and a disk ---
: >file
vm_disk chain.disk 300
mke2fs -q -t ext4 -F chain.disk
CRASH_DATA=vdb net_start chain "ssh $me@10.0.2.2:$DOWN$PWD/x ssh $me@10.0.2.2:$CHANGED$PWD/x ssh $me@10.0.2.2:$GOOD$PWD/file/x ssh $me@10.0.2.2:$FULL$PWD/full.remote /dev/vda" \
	'' '' disk=chain.disk disk=data2.img

crash_memory good
vm_plan "good: five files, nobody else's to read" "good: A's last words" "good: status.json tells" "good: README.txt tells" \
	"good: makedumpfile makes a file of it" "good: a source to compare with" "good: what drgn finds" \
	"good: every page is what QEMU had" "good: makedumpfile finds the same kernel log"
SAVED=$(echo "$PWD"/good.remote/10.0.2.15-20[0-9][0-9]-[01][0-9]-[0-3][0-9]-[0-2][0-9]:[0-5][0-9]:[0-5][0-9])
ok_is "good: five files, nobody else's to read" "$(cd "$SAVED" && stat -c '%n %a' -- * | tr '\n' ' ')" \
	"README.txt 600 kexec-dmesg.log 600 status.json 600 vmcore-dmesg.txt 600 vmcore.flat 600 "
ok_if "good: A's last words" grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$SAVED/vmcore-dmesg.txt"
ok_if "good: status.json tells" net_status "$SAVED" \
	"s['state'] == 'saved' and s['exit_status'] == 0 and s['file'] == 'vmcore.flat' and s['file_bytes'] == $(stat -c %s "$SAVED/vmcore.flat") and
	s['failed_before'] == [] and s['warnings'] == [] and s['pages_data'] > 1000 and s['target'] == 'ssh $me@10.0.2.2:$GOOD$PWD/good.remote'"
ok_if "good: README.txt tells" grep -q '^vmcore status: saved successfully$' "$SAVED/README.txt"
ok_if "good: makedumpfile makes a file of it" unflatten "$SAVED/vmcore.flat" good.vmcore
if ok_if "good: a source to compare with" crash_source good good.vmcore; then
	ok_if "good: what drgn finds" crash_judge good 0 2 good.vmcore
	ok_if "good: every page is what QEMU had" crash_pages good good.vmcore
	ok_if "good: makedumpfile finds the same kernel log" crash_dmesg good good.vmcore "$SAVED/vmcore-dmesg.txt"
fi
rm -f good.core good.img

crash_memory chain
vm_plan "chain: nobody at that port" "chain: another host key" "chain: no directory" "chain: full" \
	"chain: what the full one has does not look whole" "chain: its status.json" "chain: the disk has it" \
	"chain: its status.json tells of all four" "chain: every page is what QEMU had"
ok_if "chain: nobody at that port" net_said chain "^kjump: target 'ssh .*:$DOWN/.* failed: .*Connection refused"
ok_if "chain: another host key" net_said chain "^kjump: target 'ssh .*:$CHANGED/.* failed: Host key verification failed"
ok_if "chain: no directory" net_said chain "^kjump: target 'ssh .*/file/x' failed: mkdir: .*Not a directory"
ok_if "chain: full" net_said chain "^kjump: target 'ssh .*/full.remote' failed: cat: .*File too large"
SAVED=$(echo "$PWD"/full.remote/10.0.2.15-20*)
ok_if "chain: what the full one has does not look whole" test -s "$SAVED/vmcore.flat-incomplete" -a ! -e "$SAVED/vmcore.flat" -a -s "$SAVED/vmcore-dmesg.txt"
ok_if "chain: its status.json" net_status "$SAVED" \
	's["state"] == "incomplete" and s["exit_status"] == 74 and "File too large" in s["reason"] and s["file"] == "vmcore.flat-incomplete" and len(s["failed_before"]) == 3'
mkdir chain.files
debugfs -R 'rdump /var chain.files' chain.disk 2>/dev/null
SAVED=$(echo chain.files/var/crash/127.0.0.1-20*)
ok_if "chain: its status.json tells of all four" net_status "$SAVED" \
	's["state"] == "saved" and len(s["failed_before"]) == 4 and "Connection refused" in s["failed_before"][0] and
	"Host key verification failed" in s["failed_before"][1] and "Not a directory" in s["failed_before"][2] and "File too large" in s["failed_before"][3]'
ok_if "chain: the disk has it" crash_source chain "$SAVED/vmcore"
ok_if "chain: every page is what QEMU had" crash_pages chain "$SAVED/vmcore"
