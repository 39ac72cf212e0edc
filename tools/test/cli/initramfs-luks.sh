#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: initramfs/luks: what kjump.conf names is there, the key is tried, and nothing else of this machine's goes
# into the image.
set -u
. "${0%/*}/lib.sh"
cd "$KJ_TMP" || exit 70
PATH=$PATH:/usr/sbin:/sbin

command -v cryptsetup >/dev/null || { skip 'cryptsetup is not installed'; done_testing; }
top=$PWD
conf() {
	printf '%s\n' "$@" >kjump.conf
	"$KJ_BIN/kjump" config kjump.conf >kjump.env || exit 70
	rm -rf root
	mkdir -p root/etc root/sbin
}
luks() {
	try "$KJ_TOP/initramfs/luks" -k none -d "$top" -S "$top/sys root" kjump.env root
}
empty() {
	[ -z "$(find root -type f)" ]
	report $? "$1" "$(find root -type f)"
}
mkdir -p 'sys root/dev/disk/by-uuid'
# volume NAME SLOT0 MORE...: its second slot is crash.key's
volume() {
	f="sys root/dev/$1"
	shift
	truncate -s 20M "$f"
	cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$f" other.key >/dev/null &&
		cryptsetup luksAddKey -q "$@" --key-file other.key "$f" crash.key
}
echo other >other.key
head -c 32 /dev/urandom >crash.key
if ! volume small --pbkdf pbkdf2 --pbkdf-force-iterations 1000 2>err ||
	! volume large --pbkdf argon2id --pbkdf-memory 262144 --pbkdf-force-iterations 4 --pbkdf-parallel 1 2>err; then
	skip "no LUKS volume can be made here: $(tail -n 1 err)"
	done_testing
fi
ln -s ../../small 'sys root/dev/disk/by-uuid/1234'

conf 'crash_target /dev/sda1'
luks
status_is 0 'no volume: status'
empty 'no volume: nothing'

conf 'target_luks UUID=1234'
luks
status_is 0 'target_luks: status'
[ -x root/usr/sbin/cryptsetup ] || [ -x root/sbin/cryptsetup ]
report $? 'target_luks: cryptsetup is there'
[ ! -e root/etc/kjump.luks.key ] && [ ! -e root/etc/kjump.luks ]
report $? 'target_luks: and no key'
if [ "$(id -u)" = 0 ] && chroot root /usr/sbin/cryptsetup --version >version 2>&1; then
	grep -q '^cryptsetup [1-9]' version
	report $? 'target_luks: it runs' "$(cat version)"
else
	skip 'not root, or no chroot'
fi

conf 'crash_target luks /dev/small'
luks
status_is 1 'no crash_key: status'
one_line "initramfs/luks: crash_target has a LUKS volume, and crash_key of kjump.conf does not say what opens it" \
	'no crash_key: why'
conf 'crash_target luks /dev/small' "crash_key $top/none"
luks
status_is 1 'no such file: status'
one_line "initramfs/luks: crash_key '$top/none' is not there, or empty" 'no such file: why'

conf 'crash_target ssh u@h luks UUID=1234 /dev/sda1' "crash_key $top/crash.key"
luks
status_is 0 'a key: status'
cmp -s crash.key root/etc/kjump.luks.key && [ "$(stat -c %a root/etc/kjump.luks.key)" = 400 ]
report $? 'a key: it is there, for root alone'
[ "$(cat root/etc/kjump.luks)" = 'UUID=1234 1' ]
report $? 'a key: and which slot it opens' "$(cat root/etc/kjump.luks)"
[ -z "$(tr -d '\n' <out)" ]
report $? 'a key: no modules of a kernel that has none'

conf 'crash_target luks /dev/gone luks /dev/small' "crash_key $top/crash.key"
luks
status_is 0 'a volume that is not here: status'
grep -qx "initramfs/luks: no LUKS volume '/dev/gone' here now: whether crash_key opens it is not known" err
report $? 'a volume that is not here: says so' "$(cat err)"

conf 'crash_target luks /dev/small' "crash_key $top/kjump.env"
luks
status_is 1 'a key that opens nothing: status'
one_line "initramfs/luks: crash_key '$top/kjump.env' does not open '/dev/small'" 'a key that opens nothing: why'
conf 'crash_target luks /dev/large' "crash_key $top/crash.key"
luks
status_is 1 'a slot that wants much memory: status'
hint='cryptsetup luksConvertKey --pbkdf pbkdf2'
one_line "initramfs/luks: the key slot of crash_key in '/dev/large' wants more memory than kernel B has: $hint" \
	'a slot that wants much memory: why'
done_testing
