#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump: targets as they are named and made, as far as that goes without a disk.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
kjump=$KJ_BIN/kjump

try "$kjump" init-target --help
status_is 0 'init-target: help'
for args in '' '/dev/null 0' '/dev/null x' '/dev/null 1M 1M' '--frce /dev/null' '--force'; do
	# shellcheck disable=SC2086 # words
	try "$kjump" init-target $args
	status_is 64 "init-target $args: usage"
done
try "$kjump" init-target /dev/null
status_is 64 'no block device'
one_line 'kjump: /dev/null: is not a block device' 'why'
try "$kjump" init-target "$KJ_TMP/none"
status_is 66 'a file that is not there, without a size'
try "$kjump" init-target "$KJ_TMP/small" 4095
status_is 65 'too small a file'
one_line "kjump: $KJ_TMP/small: target too small, or larger than any file" 'why'
[ ! -e "$KJ_TMP/small" ]
ok 'is not made'
try "$kjump" init-target "$KJ_TMP/huge" 9223372036854775807
status_is 65 'too large a file'
if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && [ -w /dev/shm ]; then
	try "$kjump" init-target "/dev/shm/kjump.$$" 2M
	status_is 69 'a file in memory'
	one_line "kjump: /dev/shm/kjump.$$: is not on ext2, ext3, ext4 or xfs" 'why'
	[ ! -e "/dev/shm/kjump.$$" ]
	ok 'is not left there'
	: >"/dev/shm/kjump.$$"
	try "$kjump" init-target "/dev/shm/kjump.$$" 2M
	status_is 73 'a file that exists, with a size'
	try "$kjump" init-target --force "/dev/shm/kjump.$$"
	status_is 69 'and without one'
	[ -e "/dev/shm/kjump.$$" ]
	ok 'is left alone'
	rm "/dev/shm/kjump.$$"
else
	skip 'no tmpfs here'
fi

for target in /var/lib/kjump.img SWAP=/dev/sda3 PARTUUID=01234567-89ab-cdef-0123-456789abcdef; do
	echo "target $target" >"$KJ_TMP/conf"
	try "$kjump" config "$KJ_TMP/conf"
	status_is 0 "target $target"
	key_is KJ_TARGET "'$target'" 'is kept as it is'
done
echo 'target SWAP=sda3' >"$KJ_TMP/conf"
try "$kjump" config "$KJ_TMP/conf"
status_is 78 'a swap area without a path'
one_line "kjump: $KJ_TMP/conf:1: not a path, PARTUUID=, KJLABEL= or SWAP=path 'SWAP=sda3'" 'why'

for command in hibernate test; do
	try "$kjump" $command --stay
	status_is 64 "$command --stay: only a snapshot's B can wait for the next one"
done
if own_run python3 -c "" 2>/dev/null; then
	if [ ! -e /sys/kernel/kexec_jump_elfcorehdr_size ]; then
		echo "target $KJ_TMP/none" >"$KJ_TMP/conf"
		try own_run "$kjump" snapshot --stay -c "$KJ_TMP/conf"
		status_is 69 'a kernel B that stays, and a kernel A without the patches'
		one_line 'kjump: --stay: this kernel *: it needs kernel-patch/' 'why'
	fi
	echo "target SWAP=$KJ_TMP/none" >"$KJ_TMP/conf"
	try own_run "$kjump" snapshot -c "$KJ_TMP/conf"
	status_is 66 'a swap area that is not there'
	one_line "kjump: $KJ_TMP/none: no such swap area" 'why'
	try own_run "$kjump" snapshot -t SWAP=/dev/null
	status_is 64 'no block device'
	one_line 'kjump: /dev/null: is neither a block device nor a file' 'why'
	chmod 644 "$KJ_TMP/conf"
	try own_run "$kjump" snapshot -t "SWAP=$KJ_TMP/conf"
	status_is 77 'a swap file that others may read'
	one_line "kjump: $KJ_TMP/conf: is not root's alone (owner root, mode 0600)" 'why'
	chmod 600 "$KJ_TMP/conf"
	try own_run "$kjump" snapshot -t "SWAP=$KJ_TMP/conf"
	status_is 65 'a swap file that is too small'
	one_line "kjump: $KJ_TMP/conf: swap area too small" 'why'

	# one that is at work: whoever comes meanwhile does nothing, and runs no hooks
	mkdir -p "$KJ_TMP/run/kjump" "$KJ_TMP/etc/kjump/pre.d" "$KJ_TMP/etc/kjump/post.d"
	printf '#!/bin/sh\necho ran >>%s\n' "$KJ_TMP/ran" >"$KJ_TMP/etc/kjump/pre.d/10-a"
	chmod 755 "$KJ_TMP/etc/kjump/pre.d/10-a"
	printf 'target SWAP=%s\nrequire_test no\n' "$KJ_TMP/none" >"$KJ_TMP/etc/kjump.conf"
	mkfifo "$KJ_TMP/locked" "$KJ_TMP/end"
	python3 -c 'import fcntl, os, sys
f = open(sys.argv[1], "w")
fcntl.lockf(f, fcntl.LOCK_EX)
open(sys.argv[2], "w").write(str(os.getpid()))
open(sys.argv[3]).read()' "$KJ_TMP/run/kjump/lock" "$KJ_TMP/locked" "$KJ_TMP/end" &
	read -r pid <"$KJ_TMP/locked" || :
	# shellcheck disable=SC2016 # for that shell
	busy='mount --bind "$1/run" /run && mount --bind "$1/etc" /etc && shift && exec "$@"'
	for c in hibernate snapshot test 'test --jump-only' load unload discard; do
		# shellcheck disable=SC2086 # words
		try unshare -rm sh -c "$busy" sh "$KJ_TMP" "$kjump" $c
		status_is 75 "$c beside another kjump"
		one_line "kjump: /run/kjump/lock: another kjump is at work (pid $pid)" "$c: why"
	done
	[ ! -e "$KJ_TMP/ran" ]
	ok 'no hook was run'
	try unshare -rm sh -c "$busy" sh "$KJ_TMP" "$kjump" images
	status_is 66 'images needs no lock'
	: >"$KJ_TMP/end"
	wait
	try unshare -rm sh -c "$busy" sh "$KJ_TMP" "$kjump" hibernate
	status_is 66 'and when that one has ended'
	rm "$KJ_TMP/run/kjump/lock"
	ln -s /dev/null "$KJ_TMP/run/kjump/lock"
	try unshare -rm sh -c "$busy" sh "$KJ_TMP" "$kjump" hibernate
	status_is 71 'a lock that cannot be'
	one_line 'kjump: /run/kjump/lock: *' 'why'
else
	skip 'no name spaces, or no python3 here'
fi
done_testing
