#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: encrypted images: kjump init-key, kjump-dump -K, what can be seen without the key, kjump-restore -n with the right
# key and with wrong ones, and an oracle that has the cryptography of OpenSSL, hashlib and libsodium. By whom and when a
# passphrase may be tried, the unit tests secret and ask know.
set -u
. "${0%/*}/lib.sh"
. "${0%/*}/lib-dump.sh"

k=$KJ_BIN/kjump
p=$KJ_BIN/kjump-restore

# ---- init-key ----
try "$k" init-key --help
status_is 0 'init-key --help'
[ "$(wc -l <out)" -le 24 ]
ok 'usage fits a screen'
for o in 'x' '-z' '-m'; do
	try "$k" init-key $o
	status_is 64 "usage: init-key $o"
done
for m in 7 1025 x ''; do
	try "$k" init-key -m "$m"
	status_is 64 "init-key -m '$m'"
	one_line "kjump: -m '$m': not a number from 8 to 1024" 'says what is wrong'
done
try "$k" init-key -o new.key -m 8
status_is 66 'no passphrase'
one_line 'kjump: no passphrase' 'says so'
[ ! -e new.key ]
ok 'no key is made'
printf 'horse battery\n' >secret.txt
printf 'horse battery\n' | "$k" init-key -o pass.key -m 8 >out 2>err
ok 'a key under a passphrase' "$(cat err)"
[ ! -s err ] && [ "$(stat -c '%a %s' pass.key)" = '600 256' ]
ok 'that nobody else can read'
! grep -q battery pass.key out
ok 'and that does not hold the passphrase'
try "$k" init-key -o pass.key
status_is 73 'there is one'
one_line 'kjump: pass.key: there is one; --force replaces it' 'says so'
head -c 64 /dev/urandom >file.bin
head -c 31 /dev/urandom >short.bin
try "$k" init-key -o file.key -x file.bin
status_is 0 'a key under a file'
try "$k" init-key -o x.key -x short.bin
status_is 65 'a file that is too short'
one_line 'kjump: short.bin: 31 bytes are no key, at least 32 random ones are' 'says so'
try "$k" init-key -o x.key -x none.bin
status_is 66 'no such file'
try "$k" init-key -o nowhere/x.key -x file.bin
status_is 73 'no such directory'

# ---- images ----
make_cores
for o in '-f elf' '-f kdump' '-f swsusp'; do
	# shellcheck disable=SC2086 # words
	try "$dump" -q $o -K pass.key -o x.img a.core
	status_is 64 "no encryption: $o"
done
try "$dump" -q -f image -K file.bin -o x.img a.core
status_is 65 'no key file'
one_line 'kjump-dump: file.bin: no key of kjump init-key: *' 'says so'
try "$dump" -q -f image -K none.key -o x.img a.core
status_is 66 'no such key'
for c in none lz4 zstd; do
	rm -f "$c.img"
	try "$dump" -q -f image -c "$c" -K pass.key -o "$c.img" a.core
	status_is 0 "$c: saved"
done
try "$dump" -q -f image -K file.key -w 3 -o file.img k.core
status_is 0 'under a file: saved'
rm -f x.img
try "$dump" -q -f image -c none -o plain.img a.core
# Debian's own python has Debian's modules
py=
for c in python3 /usr/bin/python3; do
	[ -n "$py" ] || ! "$c" -c 'import nacl.bindings, cryptography' 2>/dev/null || py=$c
done
# opens NAME ARGS...: so says the oracle
opens() {
	local name="$1"
	shift
	if [ -z "$py" ]; then
		skip "$name: python3-nacl or python3-cryptography is not installed"
		return
	fi
	"$py" "$gen/kjimage.py" "$@" >judge.out 2>&1
	report $? "$name" "$(tail -n 1 judge.out)"
}
for c in none lz4 zstd; do
	opens "$c: each page is the core's" --passphrase 'horse battery' --core a.core --left a.left "$c.img"
done
opens 'under a file: each page is the core'"'s" --key-file file.bin --core k.core --left k.left file.img
if [ -n "$py" ]; then
	! "$py" "$gen/kjimage.py" --passphrase 'horse batterz' none.img >/dev/null 2>&1
	ok 'the oracle cannot open it by another passphrase'
fi

# the shipped programs, which have another libc and other builds of both libraries
try "$KJ_SHIP/kjump-dump" -q -f image -K pass.key -o ship.img a.core
status_is 0 'shipped: saved'
opens 'shipped: each page is the core'"'s" --passphrase 'horse battery' --core a.core --left a.left ship.img
try "$KJ_SHIP/kjump-restore" -nq -x secret.txt ship.img
status_is 0 'shipped: verified'
try "$KJ_SHIP/kjump-restore" -nq -x short.bin ship.img
status_is 77 'shipped: not by another passphrase'
printf 'horse battery\n' | "$KJ_SHIP/kjump" init-key -o ship.key -m 8 >out 2>err
ok 'shipped: a key' "$(cat err)"
try "$dump" -q -f image -K ship.key -o ship2.img a.core
try "$p" -nq -x secret.txt ship2.img
status_is 0 'shipped: which the others can use'

# ---- what can be seen ----
try "$KJ_BIN/kjump-info" lz4.img
status_is 0 'kjump-info'
key_is KIND image 'an image'
key_is ENCRYPTED yes 'that is encrypted'
key_is KEY passphrase 'under a passphrase'
key_is KEY_MEMORY 8192 'that costs memory'
key_is STATE ready 'its state'
key_is BYTES "$(wc -c <lz4.img)" 'its length'
! grep -q '^RELEASE\|^RAM\|^RE=\|_PAGES\|^SAVED' out
ok 'and nothing of the system'
# nothing as short as KJCH: four bytes come by chance
for w in synthetic 'Linux version' KJUMP KJMBOX; do
	grep -qaF "$w" plain.img || continue
	! grep -qaF "$w" none.img
	ok "'$w' is in a plain image, not in an encrypted one"
done
grep -qaF synthetic plain.img
ok 'that there is something to look for'

# ---- restore -n ----
cp lz4.img copy.img
for i in none lz4 zstd; do
	try "$p" -nq -x secret.txt "$i.img"
	status_is 0 "$i: verified"
	key_is STATE ready 'its state'
	key_is RELEASE 6.12.0-synthetic 'its release'
done
try "$p" -nq -x file.bin file.img
status_is 0 'under a file: verified'
printf 'wrong\nhorse battery\n' | "$p" -nq lz4.img >out 2>err
ok 'the passphrase, at the second try'
printf 'a\nb\nc\nhorse battery\n' | "$p" -nq lz4.img >out 2>err
[ $? -eq 77 ] && [ "$(tail -n 1 err)" = 'passphrase for lz4.img: kjump-restore: lz4.img: wrong passphrase' ]
ok 'not at the fourth' "$(cat err)"
try "$p" -nq -x short.bin lz4.img
status_is 77 'a wrong passphrase in a file'
one_line 'kjump-restore: lz4.img: short.bin: wrong passphrase' 'says so'
try "$p" -nq -x short.bin file.img
status_is 77 'a wrong key file'
one_line 'kjump-restore: file.img: short.bin: wrong key file' 'says so'
try "$p" -nq -x none.bin file.img
status_is 66 'no key file'
try "$p" -nq file.img
status_is 66 'none at all'
one_line 'kjump-restore: file.img: /etc/kjump.secret: No such file or directory' 'says so'
try "$p" -nq lz4.img
status_is 77 'nobody there to ask'
try "$p" -q -x short.bin lz4.img
status_is 77 'nor is it restored by a wrong one'
try "$p" -q -p direct -x short.bin lz4.img
status_is 77 'nor by path direct'
try "$KJ_BIN/kjump-return" -C s5 -o x.mbox lz4.img
status_is 69 'kjump-return'
one_line 'kjump-return: lz4.img: is encrypted; kjump-restore -C tells that system' 'says so'
cmp -s lz4.img copy.img
ok 'not a byte of it has changed'

# ---- damage ----
len=$(wc -c <lz4.img)
for at in 20 40 100 130 200 230 245 4090 8192 8300 12280 12288 13000 "$((len / 2))" "$((len - 4097))" "$((len - 4000))" "$((len - 1))"; do
	cp lz4.img bad.img
	printf '\125\252' | dd of=bad.img bs=1 seek="$at" conv=notrunc 2>/dev/null
	cmp -s lz4.img bad.img && continue
	try "$p" -nq -x secret.txt bad.img
	[ "$status" -eq 65 ] || [ "$status" -eq 77 ]
	report $? "bytes at $at changed" "status $status: $(cat err)"
	one_line 'kjump-restore: *bad.img: *' 'one line'
done
for n in 20000 "$((len - 4096))" "$((len - 1))"; do
	head -c "$n" lz4.img >bad.img
	try "$p" -nq -x secret.txt bad.img
	status_is 65 "cut to $n bytes"
done
# two images of one system and one key: nothing of one fits into the other
cp none.img mix.img
dd if=zstd.img of=mix.img bs=4096 skip=2 seek=2 count=1 conv=notrunc 2>/dev/null
try "$p" -nq -x secret.txt mix.img
status_is 65 'an index block of another image'
one_line 'kjump-restore: mix.img: index entry 0: checksum mismatch' 'says so'

# ---- the state needs no key ----
try "$p" --stale copy.img
status_is 0 '--stale'
try "$KJ_BIN/kjump-info" copy.img
key_is STATE stale 'is stale'
try "$p" -q -x secret.txt copy.img
status_is 1 'and so not restored, and nobody is asked'

# ---- kjump.conf ----
printf 'encrypt /etc/kjump.key\ntarget /dev/vda\nformat swsusp\n' >conf
try "$k" config conf
status_is 78 'encrypt and format swsusp'
one_line "kjump: conf:3: format swsusp cannot be encrypted, and encrypt is given too: 'swsusp'" 'says where'
printf 'restore_direct yes\nencrypt /etc/kjump.key\n' >conf
try "$k" config conf
status_is 0 'encrypt and restore_direct'
printf 'encrypt /etc/kjump.key\nkey_file /root/secret\n' >conf
try "$k" config conf
status_is 0 'encrypt and key_file'
key_is KJ_ENCRYPT "'/etc/kjump.key'" 'encrypt'
key_is KJ_KEY_FILE "'/root/secret'" 'key_file'
# ---- key_file in the initramfs ----
build=$KJ_TOP/initramfs/build
printf 'encrypt /etc/kjump.key\nkey_file %s/file.bin\n' "$PWD" >conf
if ! command -v cpio >/dev/null || ! "$build" -t "$KJ_SHIP" -z none -o plain.cpio 2>err; then
	skip "no initramfs can be built here: $(head -n 1 err)"
	done_testing
fi
! cpio -it --quiet <plain.cpio | grep -q kjump.secret
ok 'no key file unless it is asked for'
try "$build" -t "$KJ_SHIP" -z none -c conf -o key.cpio
status_is 0 'initramfs with a key file'
cpio -itv --quiet etc/kjump.secret <key.cpio | grep -q '^-r-------- .* 64 '
ok 'it is there, for nobody else'
cpio -i --quiet --to-stdout etc/kjump.secret <key.cpio | cmp -s - file.bin
ok 'and is what it was'
[ "$(stat -c %a key.cpio)" = 600 ]
ok 'nor is the initramfs for anybody else'
mkdir shim
# shellcheck disable=SC2016 # for that shell
printf '#!/bin/sh\nstat -c %%a "$1"\nexec %s "$@"\n' "$(command -v mv)" >shim/mv
chmod +x shim/mv
PATH=$PWD/shim:$PATH try "$build" -t "$KJ_SHIP" -z none -c conf -o key.cpio
[ "$(cat out)" = 600 ]
ok 'and was not before it got its name' "$(cat out err)"
printf 'key_file /nonexistent/secret\n' >conf
try "$build" -t "$KJ_SHIP" -z none -c conf -o bad.cpio
[ "$status" -ne 0 ] && [ ! -e bad.cpio ]
ok 'no initramfs without the key file that it is to have'
done_testing
