# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: encrypted devices that kernel B could not open, each refused in one line that names why, before the jump or after it.
# shellcheck source=test-vm/guest/work
. /kjt/work
export DM_DISABLE_UDEV=1

# refuses NAME STATUS REGEX COMMAND...
refuses() {
	local name="$1" want="$2" re="$3"
	shift 3
	tap_try "$name" work_says "$want" "^kjump: $re\$" "$@"
	tap_try "$name: no device of ours stays" work_closed
}

# conf LINE...: kjump.conf with these as well
conf() {
	cp /etc/kjump.conf /tmp/conf
	printf '%s\n' "$@" >>/tmp/conf
}

tap_try "encrypted device" work_crypt disk
on='/dev/mapper/secret: is on /dev/mapper/secret'
refuses "no label" 65 '/dev/mapper/secret: has no kjump label; .*' kjump hibernate
tap_try "labelled" kjump init-target /dev/mapper/secret
conf 'format swsusp'
refuses "format swsusp" 78 "/dev/mapper/secret: format swsusp: .* before an encrypted device is open" kjump hibernate -c /tmp/conf
# the prompt stands before it, for two minutes
kjump hibernate >/tmp/out 2>/tmp/err
tap_is "nobody types" "$?: $(tail -n 1 /tmp/err)" "77: kjump: $on, whose key the kernel keeps to itself: nobody has typed \
the passphrase, and target_key of kjump.conf is not set"
tap_try "nobody types: no device of ours stays" work_closed
# who is asked has the last word before the hooks
mkdir -p /etc/kjump/pre.d
printf '#!/bin/sh\necho ran >/tmp/hook\n' >/etc/kjump/pre.d/10-ran
chmod 755 /etc/kjump/pre.d/10-ran
mkfifo /tmp/typed
kjump hibernate </tmp/typed >/tmp/out 2>/tmp/err &
pid=$!
exec 9>/tmp/typed
for _ in $(seq 300); do
	! grep -q '^passphrase for' /tmp/err || break
	sleep 0.2
done
kill -TERM $pid
wait $pid
tap_is "a signal at the prompt" "$?: $(tail -n 1 /tmp/err)" \
	"75: passphrase for /dev/mapper/secret: kjump: $on, and a signal stopped the question for its passphrase"
exec 9>&-
tap_is "a signal at the prompt: no hook was run" "$(cat /tmp/hook 2>/dev/null)" ""
tap_try "a signal at the prompt: no device of ours stays" work_closed
rm -r /etc/kjump/pre.d
echo wrong >/tmp/wrong
conf 'target_key /tmp/wrong'
refuses "a wrong key" 77 "$on, and target_key of kjump.conf does not open it" kjump hibernate -c /tmp/conf
conf 'target_key /tmp/none'
refuses "no key file" 69 "$on, and cryptsetup cannot get its key" kjump hibernate -c /tmp/conf
mv /usr/sbin/cryptsetup /usr/sbin/cryptsetup.away
conf 'target_key /etc/luks.key'
refuses "no cryptsetup" 69 "$on, whose key the kernel keeps to itself, and cryptsetup is not installed to get it" kjump hibernate -c /tmp/conf
mv /usr/sbin/cryptsetup.away /usr/sbin/cryptsetup

# another volume's header in its place: its key is a good one, of something else
dd if=/dev/vda of=/tmp/head bs=1M count=1 2>/dev/null
dd if=/other.head of=/dev/vda bs=1M conv=notrunc 2>/dev/null
refuses "another header" 69 "$on, and what is read with its table and key is something else" kjump hibernate -c /tmp/conf
dd if=/tmp/head of=/dev/vda bs=1M conv=notrunc 2>/dev/null

key=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
echo "0 65536 crypt aes-xts-plain64 $key 0 /dev/mapper/secret 0" | dmsetup create --noudevsync twice
kjump init-target /dev/mapper/twice >/dev/null
refuses "encrypted twice" 69 '/dev/mapper/twice: is on /dev/mapper/twice, which is on an encrypted device itself' \
	kjump snapshot -t /dev/mapper/twice
dmsetup remove --noudevsync twice
kjump init-target --force /dev/mapper/secret >/dev/null
# as a volume is while it is encrypted anew
printf '%s\n' "0 32768 crypt aes-xts-plain64 $key 0 /dev/vdb 0" "32768 32768 crypt aes-xts-plain64 $key 32768 /dev/vdb 32768" |
	dmsetup create --noudevsync two
refuses "of two parts" 69 "/dev/mapper/two: is on /dev/dm-[0-9]* \(two\), a 'crypt' mapping; only linear ones can be followed" \
	kjump init-target /dev/mapper/two
dmsetup remove --noudevsync two
echo "0 65536 crypt aes-xts-plain64 $key 0 /dev/vdb 0" | dmsetup create --noudevsync other
kjump init-target /dev/mapper/other >/dev/null
refuses "a key that may be gone" 69 \
	"/dev/mapper/other: is on /dev/mapper/other, which is no LUKS volume: its key may be lost with this boot; --force saves all the same" \
	kjump hibernate -t /dev/mapper/other
mkdir /other && /usr/sbin/mke2fs -q -t ext4 /dev/mapper/other && mount -t ext4 /dev/mapper/other /other
refuses "a file system on another one" 69 \
	"/other: ext4 is on encrypted /dev/mapper/other, which the target is not on: cannot be fingerprinted; --force saves all the same" \
	kjump hibernate -c /tmp/conf
umount /other
dmsetup remove --noudevsync other

# what only B can see
failed='hibernate failed in kernel B: kjump-dump: target'
conf 'target_key /etc/luks.key' 'cmdline_append initcall_blacklist=dm_crypt_init'
refuses "B has no dm-crypt" 69 "$failed: this kernel has no dm-crypt with aes-xts-plain64" kjump hibernate -c /tmp/conf
conf 'target_key /etc/luks.key' 'cmdline_append initcall_blacklist=virtio_blk_init'
refuses "B has no such disk" 69 "$failed: no partition or disk is like the one below its encrypted device" kjump hibernate -c /tmp/conf
tap_is "no image" "$(kjump images)" "/dev/mapper/secret: no image"

# and what can be done there but hibernate
conf 'target_key /etc/luks.key'
tap_try "a snapshot" kjump snapshot -q -c /tmp/conf -o /tmp/dump
tap_is "is a dump" "$(head -c 5 /tmp/dump)" KDUMP
tap_try "a snapshot: no device of ours stays" work_closed
tap_try "nothing is loaded" work_unloaded
