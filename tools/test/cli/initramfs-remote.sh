#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: initramfs/lib/crash.sh and remote.sh: the list of targets, one after the other, what a server gets, and what is kept on
# a file system; under the shells that may run them. A directory is the server, and a shell its ssh.
set -u
. "${0%/*}/lib.sh"
cd "$KJ_TMP" || exit 70

command -v python3 >/dev/null || { skip 'python3 is not installed'; done_testing; }
"$KJ_TOP/tools/test/gen/mkvmcore.py" --kind crash --ram 1000-9f000,100000-2100000 c.core
mkdir run bin etc mnt dev
top=$PWD
: >mounts
for f in common crash remote; do
	sed "s|/run/|$top/run/|g; s|>/dev/console|>>$top/console|g; s|/dev/kmsg|/dev/null|g; s|/proc/vmcore|$top/c.core|g
		s|/mnt/target|$top/mnt|g; s|/proc/mounts|$top/mounts|g
		s|/etc/kjump.profile|$top/profile|g; s|/etc/hosts|$top/etc/hosts|g; s|/etc/kjump.net|$top/etc/kjump.net|g
		s|/sys/class|$top/sys/class|g; s|/lib/kjump/|$top/|g; s|\\[ -b |[ -e |g; s|^\\t/dev/\\*)|\\t*/dev/*)|; s|echo \"/dev/|echo \"$top/dev/|" "$KJ_TOP/initramfs/lib/$f.sh" >"$f.sh"
done
fake() {
	cat >"bin/$1"
	chmod +x "bin/$1"
}
fake dmesg <<'END'
#!/bin/sh
echo 'B has a log'
END
fake kjump-dmesg <<'END'
#!/bin/sh
echo '[    0.000000] the log'
END
fake kjump-info <<'END'
#!/bin/sh
exit 1
END
# ssh -F config -p PORT -l USER HOST COMMAND
fake ssh <<'END'
#!/bin/sh
echo "$3 $4 $5 $6 $7" >>"$TOP/asked"
case $4 in
22) exec sh -c "$8" ;;
# it goes away in the middle of the dump
23) case $8 in *'cat >'*vmcore*incomplete*) head -c 100000 | sh -c "$8"; echo 'Connection to host closed by remote host.' >&2; exit 255 ;; *) exec sh -c "$8" ;; esac ;;
# it is asleep: when the dump comes, or always
25) case $8 in *'cat >'*vmcore*incomplete*) exec sleep 1000 ;; *) exec sh -c "$8" ;; esac ;;
26) exec sleep 1000 ;;
# it has no room
24) exec sh -c "trap '' XFSZ; ulimit -f 200; $8" ;;
*) echo 'Host key verification failed.' >&2; exit 255 ;;
esac
END
fake ip <<'END'
#!/bin/sh
case "$*" in
'-4 addr show dev eth7') cat "$TOP/address" ;;
'addr add '*) echo "    inet ${3} scope global eth7" >"$TOP/address" ;;
esac
echo "ip $*" >>"$TOP/net.log"
END
fake udhcpc <<'END'
#!/bin/sh
echo "udhcpc" >>"$TOP/net.log"
[ -z "${NO_DHCP:-}" ] || exit 1
echo '    inet 10.9.8.7/24 brd 10.9.8.255 scope global eth7' >"$TOP/address"
END
fake mount <<'END'
#!/bin/sh
echo "mount $*" >>"$TOP/net.log"
case "$*" in *"${MOUNTS:-nothing}"*) exit 0 ;; *"${DEAD:-nothing}"*) exit 137 ;; esac
echo 'mount: mounting failed: Connection refused' >&2
exit 255
END
fake df <<'END'
#!/bin/sh
echo 'Filesystem           1024-blocks    Used Available Capacity Mounted on'
echo "/dev/some 1 name   99999999999  12345 $FREE   1% /mnt/target"
END
fake umount <<'END'
#!/bin/sh
exit 0
END
printf 'CARD=52:54:00:00:00:07\n' >etc/kjump.net
printf '10.9.8.1 server\n10.9.8.2 10.9.8.2\n' >etc/hosts
mkdir -p sys/class/net/eth7/device sys/class/net/vlan7 sys/class/net/eth8/device
echo 52:54:00:00:00:07 | tee sys/class/net/vlan7/address >sys/class/net/eth7/address
echo 52:54:00:00:00:08 >sys/class/net/eth8/address
echo 1 >sys/class/net/eth7/carrier
: >dev/disk
: >dev/sdz1
mkdir -p sys/class/block/sdz1
printf "DEVNAME=sdz1\nPARTN=1\nPARTNAME=dumps\n" >sys/class/block/sdz1/uevent

# crash SHELL TARGETS [COMMANDS]: kj_crash up to its end
crash() {
	: >console
	: >asked
	: >net.log
	: >address
	rm -rf mnt
	mkdir mnt
	# shellcheck disable=SC2086,SC2016 # `busybox ash` is two words; the rest is for that shell
	TOP=$top PATH=$top/bin:$KJ_SHIP:$PATH $1 -c '. ./common.sh && . ./crash.sh || exit 99
		CONF_KJ_CRASH_TARGET=$1 KJ_WAIT=0 KJ_DEADLINE=0 KJ_TEST_HANG="" KJ_TEST_HOOK="" KJ_FINAL="" KJ_SHELL=""
		# that shell prefers its own to those of PATH, and so does its timeout
		for p in ip udhcpc mount umount dmesg df; do eval "$p() { \"\$TOP/bin/$p\" \"\$@\"; }"; done
		timeout() { case $4 in ssh) command timeout "$@" ;; *) shift 3; "$@" ;; esac; }
		kj_deadline_reset() { KJ_RESET_PID=; }
		kj_final() { echo "final $1" >>"$TOP/console"; exit 0; }
		eval "$2"
		kj_crash' sh "$2" "${3:-}" >out 2>err </dev/null
	status=$?
	tried="crash $2"
}
said() {
	grep -Eq "$1" console
	report $? "$2" "$(cat console err)"
}
told() { # DIR PYTHON NAME
	python3 -S -c 'import json, sys
s = json.load(open(sys.argv[1] + "/status.json"))
sys.exit(0 if eval("(" + sys.argv[2] + ")", {}, {"s": s}) else str(s))' "$1" "$2" >told.out 2>&1
	report $? "$3" "$(cat told.out)"
}
files_are() {
	[ "$(cd "$1" && find . -type f | sed 's|./||' | LC_ALL=C sort | tr '\n' ' ')" = "$2" ]
	report $? "$3" "$(find "$1" -type f; cat console)"
}

for shell in dash 'busybox ash'; do
	command -v "${shell%% *}" >/dev/null || { skip "$shell is not installed"; continue; }
	rm -rf r
	mkdir r
	crash "$shell" "ssh u@server$top/r/good"
	said '^final reboot$' "$shell: reboots"
	d=$(echo r/good/10.9.8.7-20*)
	files_are "$d" 'README.txt kexec-dmesg.log status.json vmcore-dmesg.txt vmcore.flat ' "$shell: ssh: five files"
	told "$d" "s['state'] == 'saved' and s['exit_status'] == 0 and s['reason'] is None and s['file'] == 'vmcore.flat' and s['failed_before'] == []" \
		"$shell: ssh: status.json says saved"
	told "$d" "s['file_bytes'] == $(stat -c %s "$d"/vmcore.flat) and s['warnings'] == [] and s['dmesg'] == 'vmcore-dmesg.txt'" "$shell: ssh: how much"
	grep -q 'makedumpfile -R vmcore <vmcore.flat' "$d/README.txt" && [ "$(stat -c %a "$d" "$d/vmcore.flat" "$d/status.json" | tr '\n' ' ')" = '700 600 600 ' ]
	report $? "$shell: ssh: README.txt says how it is read, and nobody else may"
	[ "$(sort -u asked)" = '-p 22 -l u server' ]
	report $? "$shell: ssh: who and where" "$(cat asked)"

	crash "$shell" "ssh u@server$top/r/elf" 'CONF_KJ_CORE_COLLECTOR="kjump-dump -f elf -d 0"'
	files_are "$(echo r/elf/10*)" 'README.txt kexec-dmesg.log status.json vmcore vmcore-dmesg.txt ' "$shell: ssh: an ELF core is one there too"

	# a chain; the disk is the last one. The one in the middle would be a pattern.
	crash "$shell" "ssh u@server:2222$top/r/x ssh u@server:23$top/r/cut ssh u@server:24$top/r/full nfs server:/x $top/dev/none LABEL=d* $top/dev/disk" \
		'MOUNTS=dev/disk; export MOUNTS'
	d=$(echo mnt/var/crash/127.0.0.1-20*)
	told "$d" "s['state'] == 'saved' and len(s['failed_before']) == 6" "$shell: a chain: the last one has it"
	told "$d" "['Host key verification failed.' in s['failed_before'][0], 'closed by remote host' in s['failed_before'][1],
		'File too large' in s['failed_before'][2], 'does not mount: mount: mounting failed' in s['failed_before'][3],
		'is not there' in s['failed_before'][4], 'is not there' in s['failed_before'][5]] == [True] * 6" "$shell: a chain: and says why the others have not"
	for x in cut full; do
		d=$(echo r/$x/10*)
		files_are "$d" 'README.txt kexec-dmesg.log status.json vmcore-dmesg.txt vmcore.flat-incomplete ' "$shell: $x: does not look whole"
		told "$d" "s['state'] == 'incomplete' and s['exit_status'] == 74 and s['file'] == 'vmcore.flat-incomplete' and s['reason'] and
			s['file_bytes'] == $(stat -c %s "$d/vmcore.flat-incomplete")" "$shell: $x: status.json"
		grep -q '^vmcore status: NOT saved: ' "$d/README.txt"
		report $? "$shell: $x: README.txt"
	done
	[ "$(grep -c udhcpc net.log)" = 1 ]
	report $? "$shell: a chain: an address is asked for once" "$(cat net.log)"

	# partitions are looked for by a pattern, the list of targets holds none
	crash "$shell" "PARTLABEL=dumps" 'MOUNTS=dev/sdz1; export MOUNTS'
	told "$(echo mnt/var/crash/127*)" "s['state'] == 'saved' and s['target'] == 'PARTLABEL=dumps'" "$shell: a partition by PARTLABEL"

	# servers that are there and do nothing; with the shell that B has, for it takes its time
	if [ "$shell" != dash ]; then
		crash "$shell" "ssh u@server:25$top/r/asleep ssh u@server:26$top/r/y $top/dev/disk" 'MOUNTS=dev/disk; export MOUNTS; KJ_PATIENCE=3'
		d=$(echo mnt/var/crash/127.0.0.1-20*)
		told "$d" "s['state'] == 'saved' and 'ssh: nothing moves for 15 s' in s['failed_before'][0] and 'no answer for 3 s' in s['failed_before'][1]" \
			"$shell: servers that sleep: the next target has it"
		told "$(echo r/asleep/10*)" "s['state'] != 'saved'" "$shell: a server that sleeps has no dump that looks whole"
	fi

	# the collector fails, not the way there
	crash "$shell" "ssh u@server$top/r/dead" 'CONF_KJ_CORE_COLLECTOR="kjump-dump -f kdump -c none -d 99"'
	d=$(echo r/dead/10*)
	told "$d" "s['state'] == 'incomplete' and s['exit_status'] == 64 and s['reason'].startswith('kjump-dump: ')" "$shell: no dump: the collector is to blame"
	[ ! -e "$d/vmcore.flat" ]
	report $? "$shell: no dump: what came, nothing, is not called one"
	said '^final reboot$' "$shell: no dump: reboots"
	grep -q 'no target worked' console && grep -q 'the log' console
	report $? "$shell: no target at all: the kernel log is shown" "$(cat console)"

	crash "$shell" "nfs server:/srv" 'MOUNTS=vers=3; export MOUNTS; CONF_KJ_PATH=/'
	files_are "$(echo mnt/10.9.8.7-20*)" 'README.txt kexec-dmesg.log status.json vmcore vmcore-dmesg.txt ' "$shell: nfs: five files, by our address"
	[ "$(grep -c '^mount ' net.log)" = 3 ] && grep -q '^mount -i -t nfs -o vers=3,nolock.*soft.*addr=10.9.8.1.* 10.9.8.1:/srv ' net.log
	report $? "$shell: nfs: versions one after the other, to the address that was baked in" "$(cat net.log)"

	crash "$shell" "nfs server:/srv" 'DEAD=vers=4; export DEAD'
	said "failed: server:/srv: does not mount: no answer" "$shell: nfs: a server that is silent"
	[ "$(grep -c '^mount ' net.log)" = 1 ]
	report $? "$shell: nfs: is not waited for once more" "$(cat net.log)"

	# shellcheck disable=SC2016 # for that shell
	crash "$shell" "nfs 10.9.8.2:/srv" 'MOUNTS=vers=4.2; export MOUNTS; CONF_KJ_PATH=/a/file/b; mkdir mnt/a; : >mnt/a/file'
	said "^kjump: target 'nfs 10.9.8.2:/srv' failed: mkdir: " "$shell: a directory that cannot be made: why"
	said '^final reboot$' "$shell: a directory that cannot be made: reboots"

	# keep, and what there was before: a file system is mounted, and so made, by kj_crash
	# shellcheck disable=SC2016 # for that shell
	keep='MOUNTS=dev/disk; export MOUNTS; CONF_KJ_KEEP=2
		for d in 127.0.0.1-2001-01-01-01:01:01 127.0.0.1-2001-01-01-01:01:02 127.0.0.1-2999-01-01-01:01:01 10.9.8.7-2001-01-01-01:01:01 \
			127.0.0.1-2001-01-01 x127.0.0.1-2001-01-01-01:01:01; do mkdir -p mnt/var/crash/$d && : >mnt/var/crash/$d/status.json; done
		d=mnt/var/crash/127.0.0.1-2000-01-01-01:01:01; mkdir $d && : >$d/vmcore; mkdir mnt/there && : >mnt/there/status.json
		ln -s "$TOP/mnt/there" mnt/var/crash/127.0.0.1-2000-01-01-01:01:02'
	crash "$shell" "$top/dev/disk" "$keep"
	(cd mnt/var/crash && find . -mindepth 1 -maxdepth 1 | sed "s/$(date +%Y)-[0-9:-]*/NOW/" | LC_ALL=C sort) >kept
	[ "$(tr '\n' ' ' <kept)" = './10.9.8.7-2001-01-01-01:01:01 ./127.0.0.1-2000-01-01-01:01:01 ./127.0.0.1-2000-01-01-01:01:02 ./127.0.0.1-2001-01-01 ./127.0.0.1-2999-01-01-01:01:01 ./127.0.0.1-NOW ./x127.0.0.1-2001-01-01-01:01:01 ' ] &&
		[ -e mnt/there/status.json ]
	report $? "$shell: keep: the oldest of ours go, and nobody else's" "$(cat kept console)"
	said '^kjump: old dump removed: .*127.0.0.1-2001-01-01-01:01:02$' "$shell: keep: that is said"
	crash "$shell" "$top/dev/disk" "$keep; CONF_KJ_KEEP=1"
	[ "$(echo mnt/var/crash/127.0.0.1-????-??-??-??:??:??/vmcore | wc -w)" = 2 ] && [ ! -e mnt/var/crash/127.0.0.1-2999-01-01-01:01:01 ]
	report $? "$shell: keep: the new one stays, though by the clock it is old" "$(ls mnt/var/crash)"
	crash "$shell" "$top/dev/disk" "$keep; CONF_KJ_CORE_COLLECTOR='kjump-dump -f kdump -c none -d 99'"
	[ -e mnt/var/crash/127.0.0.1-2001-01-01-01:01:01 ]
	report $? "$shell: keep: no dump, nothing is removed" "$(ls mnt/var/crash)"

	# no colon is in a name there
	echo "/dev/disk $top/mnt vfat rw,relatime 0 0" >mounts
	# shellcheck disable=SC2016 # for that shell
	crash "$shell" "$top/dev/disk" 'MOUNTS=dev/disk; export MOUNTS; CONF_KJ_KEEP=1
		d=mnt/var/crash/127.0.0.1-2001-01-01-01.01.01
		mkdir -p $d && : >$d/status.json'
	: >mounts
	[ -e "$(echo mnt/var/crash/127.0.0.1-????-??-??-??.??.??/vmcore)" ]
	report $? "$shell: vfat: another name, and an old dump goes" "$(find mnt/var/crash)"

	crash "$shell" "$top/dev/disk" 'MOUNTS=dev/disk; export MOUNTS; FREE=99999999999; export FREE; CONF_KJ_MIN_FREE=1073741824'
	told "$(echo mnt/var/crash/127*)" "s['state'] == 'saved'" "$shell: min_free: enough"
	crash "$shell" "$top/dev/disk" 'MOUNTS=dev/disk; export MOUNTS; FREE=1049000; export FREE; CONF_KJ_MIN_FREE=1073741824'
	d=$(echo mnt/var/crash/127*)
	told "$d" "s['state'] == 'incomplete' and s['exit_status'] == 73 and 'target full' in s['reason'] and s['file_bytes'] <= (1049000 - 1048576) * 1024" \
		"$shell: min_free: no more than is beyond it"
	[ -s "$d/vmcore-dmesg.txt" ] && [ -s "$d/README.txt" ]
	report $? "$shell: min_free: the kernel log is there"
	crash "$shell" "$top/dev/disk" 'MOUNTS=dev/disk; export MOUNTS; FREE=1000; export FREE; CONF_KJ_MIN_FREE=1073741824'
	d=$(echo mnt/var/crash/127*)
	told "$d" "s['state'] == 'incomplete' and s['exit_status'] == 73 and s['file_bytes'] == 0" "$shell: min_free: nothing is beyond it"

	# what makes the dump is killed, for want of memory say
	fake kjump-dump <<-'END'
		#!/bin/sh
		for o; do
			[ "$last" != -o ] || [ "$o" = - ] || echo a part >"$o"
			last=$o
		done
		echo 'kjump-dump: c.core: 100 pages cannot be read' >&2
		kill -KILL $$
	END
	crash "$shell" "$top/dev/disk" 'MOUNTS=dev/disk; export MOUNTS'
	d=$(echo mnt/var/crash/127*)
	told "$d" "s['state'] == 'incomplete' and s['exit_status'] == 137 and s['reason'] == 'kjump-dump: ended by signal 9'" \
		"$shell: killed: status.json"
	files_are "$d" 'README.txt kexec-dmesg.log status.json vmcore-dmesg.txt vmcore-incomplete ' "$shell: killed: what is there"
	said '^final reboot$' "$shell: killed: reboots"
	crash "$shell" "ssh u@server$top/r/killed" :
	d=$(echo r/killed/10.9.8.7-20*)
	told "$d" "s['exit_status'] == 137 and s['reason'] == 'kjump-pipe: kjump-dump: ended by signal 9'" "$shell: killed, ssh: status.json"
	[ -s "$d/vmcore-dmesg.txt" ]
	report $? "$shell: killed, ssh: the kernel log is there"
	rm bin/kjump-dump

	crash "$shell" "ssh u@server/x" 'NO_DHCP=1; export NO_DHCP'
	said "failed: network: no address by DHCP on 'eth7'" "$shell: no address"
	[ ! -s asked ]
	report $? "$shell: no address: no server is asked"
	crash "$shell" "ssh u@server$top/r/static" 'CONF_KJ_NETWORK="192.168.7.6/28 192.168.7.1"'
	files_are "$(echo r/static/192.168.7.6-20*)" 'README.txt kexec-dmesg.log status.json vmcore-dmesg.txt vmcore.flat ' "$shell: an address of its own"
	grep -qx 'ip route add default via 192.168.7.1 dev eth7' net.log && ! grep -q udhcpc net.log
	report $? "$shell: its gateway" "$(cat net.log)"
	echo 0 >sys/class/net/eth7/carrier
	crash "$shell" "ssh u@server/x"
	said "failed: network: no link on 'eth7'" "$shell: no link"
	echo 1 >sys/class/net/eth7/carrier
	mv etc/kjump.net net.away
	crash "$shell" "ssh u@server/x"
	said 'failed: network: this image was built without one' "$shell: an image without a network"
	echo CARD=52:54:00:00:00:99 >etc/kjump.net
	crash "$shell" "ssh u@server/x"
	said "failed: network: no card with address '52:54:00:00:00:99'" "$shell: another machine's card"
	mv net.away etc/kjump.net
done

# lease EVENT: what udhcpc would run
lease() {
	: >net.log
	TOP=$top PATH=$top/bin:$PATH interface=eth7 ip=10.1.2.3 mask=20 router='10.1.2.1 10.1.2.254' try "$KJ_TOP/initramfs/lib/dhcp.sh" "$1"
}
lease bound
[ "$status" -eq 0 ] && grep -qx 'ip addr add 10.1.2.3/20 dev eth7' net.log && [ "$(grep -c 'route add default' net.log)" = 1 ] &&
	grep -qx 'ip route add default via 10.1.2.1 dev eth7' net.log
ok 'a lease: the address, and one gateway' "$(cat net.log err)"
lease deconfig
[ "$(cat net.log)" = 'ip link set eth7 up' ]
ok 'none yet: the card is on' "$(cat net.log)"
lease nak
[ ! -s net.log ]
ok 'anything else: nothing'
done_testing
