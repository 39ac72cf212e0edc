#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump import --enable: what it writes and switches, in which order, what it refuses and what it undoes, by every
# shell
# that may run it, with programs in place of the service manager and of findmnt that note what they were asked.
set -u
. "${0%/*}/lib.sh"

cd "$KJ_TMP" || exit 70
mkdir -p usr/sbin usr/lib/kjump bin run/systemd/system
cp "$KJ_BIN/kjump" usr/sbin/kjump
kjump=$PWD/usr/sbin/kjump

fake() {
	printf '#!/bin/sh\n%s\n' "$2" >"$1"
	chmod +x "$1"
}
# what is switched on is a line of the file on; FAIL is a word of the command that fails, FAIL_AT some of its words; SIGNAL_AT
# those of the one at which our script gets a signal
fake bin/systemctl "cd $PWD
echo \"systemctl \$*\" >>log
for w; do unit=\${w%.service}; [ \"\$w\" != \"\${FAIL:-}\" ] || exit 1; done
case \" \$* \" in *\" \${FAIL_AT:-none} \"*) exit 1 ;; *\" \${SIGNAL_AT:-none} \"*) kill -TERM \$PPID ;; esac
case \" \$* \" in
*' is-enabled '*) grep -qx \"\$unit\" on ;;
*' enable '*) echo \"\$unit\" >>on ;;
*' disable '*) grep -vx \"\$unit\" on >on.new; mv on.new on ;;
esac"
fake bin/findmnt "case \$* in
*' UUID '*) echo \"\${UUID-ab-12}\" ;;
*' TARGET '*) echo \"\${TARGET-/}\" ;;
*' FSTYPE '*) echo \"\${FSTYPE-ext4}\" ;;
*' FSROOT '*) echo \"\${FSROOT-/}\" ;;
esac"
fake usr/lib/kjump/image "cd $PWD; echo image >>log; [ \"\${FAIL:-}\" != image ]"
PATH=$PWD/bin:$PATH

# system SERVICE...: one in which these are switched on
system() {
	rm -rf root
	mkdir -p root/etc/default root/etc/sysconfig
	printf '%s\n' "$@" >on
	cat >root/etc/default/kdump-tools <<-'END'
		USE_KDUMP=1
		KDUMP_KERNEL=/var/lib/kdump/vmlinuz
		KDUMP_INITRD=/var/lib/kdump/initrd.img
		KDUMP_COREDIR="/var/crash"
		KDUMP_NUM_DUMPS=3
	END
	printf '# mine\ntarget PARTUUID=77\nkeep 9\n' >root/etc/kjump.conf
	cp root/etc/kjump.conf before
	: >log
}
# has LINE...: kjump.conf, comments left out
has() {
	name=$1
	shift
	printf '%s\n' "$@" >want
	grep -v '^#' root/etc/kjump.conf | cmp -s - want
	report $? "$name" "$(cat root/etc/kjump.conf err)"
}
did() {
	name=$1
	shift
	printf '%s\n' "$@" >want
	grep -v is-enabled log | sed "s|$PWD/||g" | cmp -s - want
	report $? "$name" "$(cat log err)"
}
untouched() {
	cmp -s root/etc/kjump.conf before && ! grep -v is-enabled log >/dev/null
	report $? "$1: nothing was changed" "$(cat log root/etc/kjump.conf)"
}

for shell in dash 'busybox ash'; do
	command -v "${shell%% *}" >/dev/null || { skip "$shell is not installed"; continue; }
	sed "1s|.*|#!$(command -v "${shell%% *}") ${shell#"${shell%% *}"}|" "$KJ_TOP/service/take-over" \
		>usr/lib/kjump/take-over
	chmod +x usr/lib/kjump/take-over

	system kdump-tools
	try "$kjump" import --enable --sysroot "$PWD/root"
	status_is 0 "$shell: a system of Debian's: status"
	has "$shell: its settings, and what was there" \
		'target PARTUUID=77' 'keep 3' 'crash_target UUID=ab-12' 'path /var/crash'
	cmp -s before root/etc/kjump.conf.old
	ok "$shell: the old file is kept"
	did "$shell: services are switched" 'systemctl -q --root=root disable kdump-tools.service' \
		'systemctl -q --root=root enable kjump-crash.service'
	[ "$(cat out)" = "kjump: $PWD/root/etc/kjump.conf: written; what it was is in $PWD/root/etc/kjump.conf.old
kjump: kdump-tools: switched off
kjump: kjump-crash: switched on" ]
	ok "$shell: each step is said" "$(cat out)"
	try "$kjump" import --enable --sysroot "$PWD/root"
	status_is 1 "$shell: once more: status"
	one_line 'kjump: neither kdump-tools nor kdump is switched on: nothing was changed' \
		"$shell: once more: there is nothing to do"

	system kdump-tools
	TARGET=/var FSROOT=/@var FSTYPE=btrfs try "$kjump" import --enable --sysroot "$PWD/root"
	has "$shell: a path is one in its file system" \
		'target PARTUUID=77' 'keep 3' 'crash_target UUID=ab-12' 'path /@var/crash'
	system kdump-tools
	UUID='' try "$kjump" import --enable --sysroot "$PWD/root"
	status_is 1 "$shell: no UUID: status"
	grep -q "^kjump: the file system that holds '/var/crash' has no UUID: .*: nothing was changed\$" err
	ok "$shell: no UUID: that is said" "$(cat err)"
	untouched "$shell: no UUID"
	system kdump-tools
	FSTYPE=zfs try "$kjump" import --enable --sysroot "$PWD/root"
	grep -qx "kjump: '/var/crash' is on zfs, which kernel B does not mount: nothing was changed" err
	ok "$shell: a file system that B does not know" "$(cat err)"
	untouched "$shell: a file system that B does not know"

	system kdump-tools
	echo 'FTP="ftp.example.org"' >>root/etc/default/kdump-tools
	try "$kjump" import --enable --sysroot "$PWD/root"
	status_is 1 "$shell: what cannot be mapped: status"
	line='kjump: what is named above has no counterpart (--force goes on without it): nothing was changed'
	grep -q 'kdump-tools:6: not mapped: FTP' err && grep -qx "$line" err
	ok "$shell: what cannot be mapped is named" "$(cat err)"
	untouched "$shell: what cannot be mapped"
	try "$kjump" import --enable --force --sysroot "$PWD/root"
	status_is 0 "$shell: --force goes on"
	has "$shell: without it" 'target PARTUUID=77' 'keep 3' 'crash_target UUID=ab-12' 'path /var/crash'

	system kdump kdump-early
	printf 'ext4 UUID=01-ab\npath /var/crash\n' >root/etc/kdump.conf
	rm root/etc/kjump.conf
	try "$kjump" import --enable --sysroot "$PWD/root"
	status_is 0 "$shell: kdump, and no kjump.conf: status"
	has "$shell: kdump: its settings" 'path /var/crash' 'crash_target UUID=01-ab'
	did "$shell: both of its services are switched off" 'systemctl -q --root=root disable kdump.service' \
		'systemctl -q --root=root disable kdump-early.service' \
		'systemctl -q --root=root enable kjump-crash.service'
	system kdump
	printf 'ext4 UUID=01-ab\n' >root/etc/kdump.conf
	mkdir -p root/etc/kdump/pre.d root/etc/kjump/kdump_pre.d
	: >root/etc/kdump/pre.d/10-a
	try "$kjump" import --enable --sysroot "$PWD/root"
	status_is 0 "$shell: nothing that may be run in kdump's directories"
	system kdump
	mkdir -p root/etc/kdump/pre.d root/etc/kdump/post.d
	printf 'ext4 UUID=01-ab\n' >root/etc/kdump.conf
	fake root/etc/kdump/post.d/10-a :
	try "$kjump" import --enable --sysroot "$PWD/root"
	status_is 1 "$shell: a program in one of them: status"
	grep -qx "kjump: $PWD/root/etc/kdump/post.d/10-a: not mapped: its place is $PWD/root/etc/kjump/kdump_post.d" err
	ok "$shell: a program in one of them is named" "$(cat err)"
	untouched "$shell: a program in one of them"
	mkdir -p root/etc/kjump/kdump_post.d
	cp root/etc/kdump/post.d/10-a root/etc/kjump/kdump_post.d/
	try "$kjump" import --enable --sysroot "$PWD/root"
	status_is 0 "$shell: which is in ours by now"
	system kdump
	try "$kjump" import --enable --sysroot "$PWD/root"
	one_line 'kjump: kdump: there is no file with its settings: nothing was changed' \
		"$shell: kdump without settings"
	printf 'ext4 UUID=02\n' >mine
	try "$kjump" import --enable --sysroot "$PWD/root" mine
	has "$shell: a file that is named" 'target PARTUUID=77' 'keep 9' 'crash_target UUID=02'
	try "$kjump" import --enable --sysroot "$PWD/root" none
	status_is 66 "$shell: a file that is not there"
	system kdump-tools
	printf 'colour blue\n' >root/etc/kjump.conf
	cp root/etc/kjump.conf before
	try "$kjump" import --enable --sysroot "$PWD/root"
	status_is 1 "$shell: a mistake in our own: status"
	untouched "$shell: a mistake in our own"

	# a system that runs: all its paths here
	sed -i "s|^conf=.*|conf=$PWD/root/etc/kjump.conf|; s|/run/systemd|$PWD/run/systemd|
		s|\\\$root/etc/default|$PWD/root/etc/default|" \
		usr/lib/kjump/take-over
	system kdump-tools
	try "$kjump" import --enable
	status_is 0 "$shell: a system that runs: status"
	did "$shell: first the image, then the services" image 'systemctl -q disable --now kdump-tools.service' \
		'systemctl -q enable --now kjump-crash.service'
	tail -n 1 out | grep -Eqx 'ready|not ready'
	ok "$shell: at last whether it is ready" "$(cat out)"
	system kdump-tools
	FAIL=image try "$kjump" import --enable
	status_is 1 "$shell: the image cannot be built: status"
	cmp -s before root/etc/kjump.conf && [ "$(cat on)" = kdump-tools ]
	ok "$shell: the image cannot be built: all is as it was" "$(cat on root/etc/kjump.conf)"
	system kdump-tools
	FAIL=kjump-crash.service try "$kjump" import --enable
	status_is 71 "$shell: ours cannot be switched on: status"
	cmp -s before root/etc/kjump.conf && [ "$(cat on)" = kdump-tools ] &&
		grep -qx 'kjump: kdump-tools: switched on again' out
	ok "$shell: ours cannot be switched on: all is as it was" "$(cat on out root/etc/kjump.conf)"
	system kdump-tools
	FAIL=disable try "$kjump" import --enable
	status_is 71 "$shell: theirs cannot be switched off: status"
	cmp -s before root/etc/kjump.conf && grep -qx kdump-tools on && ! grep -q kjump-crash on
	ok "$shell: theirs cannot be switched off: all is as it was" "$(cat on root/etc/kjump.conf)"

	# all_on NAME: both of kdump's services, and not ours
	all_on() {
		cmp -s before root/etc/kjump.conf && [ "$(sort -u on | tr '\n' ' ')" = 'kdump kdump-early ' ] && [ ! -e root/etc/kjump.conf.new ]
		report $? "$1" "$(cat on out log root/etc/kjump.conf)"
	}
	system kdump kdump-early
	FAIL_AT='disable --now kdump-early.service' try "$kjump" import --enable mine
	status_is 71 "$shell: the second of theirs cannot be switched off: status"
	all_on "$shell: the second of theirs cannot be switched off: both are on"
	for at in 'disable --now kdump.service' 'disable --now kdump-early.service' 'enable --now kjump-crash.service'; do
		system kdump kdump-early
		SIGNAL_AT=$at try "$kjump" import --enable mine
		status_is 130 "$shell: a signal at $at: status"
		all_on "$shell: a signal at $at: all is as it was"
	done
	system kdump
	rm root/etc/kjump.conf
	FAIL=image try "$kjump" import --enable mine
	[ "$status" -eq 1 ] && [ ! -e root/etc/kjump.conf ]
	report $? "$shell: where there was no kjump.conf, there is none again" "$(cat out err)"
	echo 'path /var/crash' >mine
	UUID='ab 12' try "$kjump" import --enable --sysroot "$PWD/root" mine
	[ "$status" -eq 1 ] && grep -qx 'kjump: that is no kjump.conf: nothing was changed' err && [ ! -e root/etc/kjump.conf ]
	report $? "$shell: nor is one made before a refusal" "$status $(cat out err)"

	try "$kjump" import --enable --sysroot
	status_is 64 "$shell: an option without its value"
	try "$kjump" import --enable --all
	status_is 64 "$shell: an unknown option"
	try "$kjump" import --enable --help
	status_is 0 "$shell: help"
done
rm usr/lib/kjump/take-over
try "$kjump" import --enable
status_is 69 'the script is not there: status'
one_line "kjump: $PWD/usr/sbin/../lib/kjump/take-over: cannot be run" 'the script is not there: one line'

# while theirs is switched on, ours is not loaded
mkdir -p units/multi-user.target.wants
: >units/kdump-tools.service
ln -s /etc/systemd/system/kdump-tools.service units/multi-user.target.wants/kdump-tools.service
# shellcheck disable=SC2016 # for that shell
in_units='mount --bind "$1" /etc/systemd/system && shift && exec "$@"'
if unshare -rm sh -c "$in_units" sh "$PWD/units" true 2>/dev/null; then
	try unshare -rm sh -c "$in_units" sh "$PWD/units" "$kjump" load --crash
	status_is 75 'kjump load --crash beside kdump-tools: status'
	line='kjump: kdump-tools.service is switched on and loads a crash kernel too'
	one_line "$line: kjump import --enable takes over; *" 'kjump load --crash: one line'
else
	skip 'no mount name space, or no /etc/systemd/system'
fi
done_testing
