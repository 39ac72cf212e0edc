#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump -j: a job in A's memory, a labelled target. Targets are loop devices over files of
# our own, so this needs root; without it there is nothing to test here.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

gen=$KJ_TOP/tools/test/gen
dump=$KJ_BIN/kjump-dump
ram=1000-9f000,100000-1800000
cd "$KJ_TMP" || exit 70

loops=
detach() {
	for l in $loops; do
		losetup -d "$l"
	done
	loops=
}

why=
[ "$(id -u)" -eq 0 ] || why='not root'
command -v python3 >/dev/null || why='python3 is not installed'
command -v losetup >/dev/null || why='losetup is not installed'
truncate -s 65536 probe.dev
[ -n "$why" ] || probe=$(losetup -f --show probe.dev 2>/dev/null) || why='no loop devices here'
if [ -n "$why" ]; then
	skip "$why"
	done_testing
fi
losetup -d "$probe"
trap detach EXIT

# A label of this run's own: another run beside us must not find our targets.
label=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

# target NAME MIB: NAME.dev full of junk, labelled, behind $dev
target() {
	rm -f "$1.dev"
	"$gen/mktarget.py" --label "$label" --size $(($2 << 20)) "$1.dev"
	dev=$(losetup -f --show "$1.dev") || exit 70
	loops="$loops $dev"
}

# core NAME MIB FORMAT CODEC LEVEL ARMED: a core with a job for a target of that size
core() {
	"$gen/mkvmcore.py" --ram "$ram" --left "$1.left" --left-all "$1.all" --truth "$1.mem" \
		--job "$label,$(($2 << 20)),$3,$4,$5,$6" "$1.core"
}

# record_is STATE RESULT NAME
record_is() {
	"$gen/mktarget.py" --record "$dev" >record
	[ "$(sed -n 's/^STATE=//p' record)" = "$1" ] && [ "$(sed -n 's/^RESULT=//p' record)" = "$2" ]
	report $? "$3" "$(cat record)"
}

# no_image NAME: neither header nor state
no_image() {
	head -c 12288 "$dev" | cmp -s -n 12288 - /dev/zero
	report $? "$1"
}

core img 32 1 2 3 1
core elf 32 2 0 0 1
"$gen/mkvmcore.py" --ram "$ram" --left poison.left --fill poison.fill --job "$label,$((32 << 20)),1,1,0,1,0,16" \
	poison.core
core idle 32 1 1 0 0
core bad 32 1 1 9 1
core kd 32 4 4 6 1,17
core lz4 32 4 1 0 1,17
core high 32 4 2 10 1,17
core bare 32 4 5 0 1,17,64
"$gen/mkvmcore.py" --ram "$ram" --last bare.last --job "$label,$((32 << 20)),4,5,0,1,17,64" bare.again
core elfbare 32 2 0 0 1,0,64

try "$dump" -j img.core
status_is 66 'no target: status'
one_line 'kjump-dump: target *: no device has this label' 'no target: why'

# what kjump-exec says as long as there is no image of the job, and when there is one
exec_is() {
	try "$KJ_BIN/kjump-exec" -n img.core
	status_is "$1" "kjump-exec $2"
}

target a 32
exec_is 0 'goes back while there is no image of the job'
for build in "$KJ_BIN" "$KJ_SHIP"; do
	try "$build/kjump-dump" -q -j -s stats img.core
	status_is 0 'image: status'
	"$gen/kjimage.py" --core img.core --left img.left "$dev" >judge 2>&1
	report $? 'image: the oracle agrees' "$(tail -n 1 judge)"
	exec_is 1 'stays when there is one'
	one_line 'kjump-exec: /dev/loop*: holds an image of that system, to be restored: not entered' 'and says why'
	record_is 3 0 'image: record says saved'
	cp stats out
	key_is CODEC zstd 'image: codec of the job'
	key_is WORKERS 2 'image: workers of the job'
done
grep -q "^ID=$(printf '33%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)" judge
report $? 'image: id of the job' "$(cat judge)"
try "$dump" -q -j poison.core
status_is 0 'a system that poisons its free pages: status'
"$gen/kjimage.py" --core poison.core --left poison.left --fill poison.fill "$dev" >judge 2>&1
report $? 'which of them are to be filled' "$(tail -n 1 judge)"
[ "$(wc -l <poison.fill)" -gt 64 ] && ! cmp -s poison.left img.left
report $? 'some, but not those beside pages that are out of use' "$(wc -l poison.fill)"
head -c 64 /dev/urandom >secret
"$KJ_BIN/kjump" init-key -o job.key -x secret >/dev/null
core sealed 32 1 2 3 1,0,0,0,0,0,job.key
try "$dump" -q -j sealed.core
status_is 0 'encrypted: status'
try "$KJ_BIN/kjump-info" "$dev"
key_is ENCRYPTED yes 'encrypted: so it says'
key_is STATE ready 'and that it is whole'
try "$KJ_BIN/kjump-exec" -n sealed.core
status_is 1 'kjump-exec stays when there is one'
record_is 3 0 'encrypted: record says saved'
try "$KJ_BIN/kjump-restore" -nq -x secret "$dev"
status_is 0 'encrypted: the file opens it'
key_is ID "$(printf '33%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)" 'encrypted: id of the job'
try "$dump" -q -j elf.core
status_is 0 'elf over an image and junk: status'
"$dump" -q -f elf -o elf.file elf.core
size=$(stat -c %s elf.file)
cmp -n "$size" "$dev" elf.file >judge 2>&1
report $? 'elf: byte for byte what a file gets' "$(cat judge)"
"$gen/kjelf.py" --truth elf.mem --core elf.core --ram "$ram" elf.file >judge 2>&1
report $? 'elf: what A had' "$(cat judge)"
record_is 3 0 'elf: record says saved'

for build in "$KJ_BIN" "$KJ_SHIP"; do
	try "$build/kjump-dump" -q -j -s stats kd.core
	status_is 0 'kdump over an ELF core: status'
	cp stats out
	key_is CODEC zlib 'kdump: codec of the job'
	cp "$dev" device
	"$gen/kjkdump.py" --truth kd.mem --core kd.core --ram "$ram" --left kd.all --level 17 device >judge 2>&1
	report $? 'kdump: what A had, less what its job leaves out' "$(cat judge)"
	record_is 3 0 'kdump: record says saved'
	try "$build/kjump-dump" -q -j -s stats bare.core
	status_is 0 'a mix of codecs, without struct pages: status'
	cp stats out
	key_is CODEC auto 'a mix of codecs: codec of the job'
	cp "$dev" device
	"$gen/kjkdump.py" --truth bare.mem --core bare.core --ram "$ram" --left bare.all --level 17 --trim bare.last device \
		>judge 2>&1
	report $? 'what A had, less those struct pages too' "$(cat judge)"
	[ "$(sed -n 's/^BYTES_TRIMMED=//p' stats)" -gt 0 ]
	report $? 'and there are some' "$(cat stats)"
done
cmp bare.core bare.again
report $? 'cores of the same job are the same'
try "$dump" -j elfbare.core
status_is 65 'an ELF core without struct pages: status'
one_line '*job block: number out of range*' 'an ELF core without struct pages: why'
try "$dump" -j lz4.core
status_is 65 'a kdump with lz4: status'
one_line '*job block: lz4 is no codec of format kdump' 'a kdump with lz4: why'
try "$dump" -j high.core
status_is 65 'a level that zstd has not: status'
one_line '*job block: zstd has no level 10' 'a level that zstd has not: why'

try "$dump" -j idle.core
status_is 1 'job not armed: status'
one_line '*job is not armed' 'job not armed: why'
try "$dump" -j bad.core
status_is 65 'level that lz4 has not: status'
"$gen/kjimage.py" "$dev" >/dev/null 2>&1 && report 1 'elf: no image is seen'

# by name, without a job: a device must have a label all the same
try "$dump" -q -f elf -o "$dev" elf.core
status_is 0 'elf to a labelled device by name: status'
cmp -n "$size" "$dev" elf.file >judge 2>&1
report $? 'elf to a labelled device by name: the same bytes' "$(cat judge)"
head -c 1048576 /dev/urandom >bare.dev
bare=$(losetup -f --show bare.dev)
loops="$loops $bare"
try "$dump" -q -f elf -o "$bare" elf.core
status_is 73 'a device without a label: status'
one_line '*a device without a kjump label' 'a device without a label: why'
cmp "$bare" bare.dev && losetup -d "$bare" && loops=${loops% *}

# held exclusively by another, as a mount would
python3 -S -c 'import os, sys, time
os.open(sys.argv[1], os.O_RDWR | os.O_EXCL)
open("held", "w").close()
time.sleep(60)' "$dev" &
holder=$!
while [ ! -e held ]; do sleep 0.1; done
try "$dump" -j img.core
status_is 75 'target in use: status'
one_line 'kjump-dump: /dev/loop*: is in use' 'target in use: why'
exec_is 0 'goes back when somebody holds the target and there is none'
kill $holder
wait $holder 2>/dev/null

# interrupted in the middle: the old image is gone too
try "$dump" -q -j img.core
"$dump" -q -j img.core 2>err >out </dev/null &
pid=$!
i=0 child=
while [ -z "$child" ] && [ $i -lt 3000 ]; do
	child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
	i=$((i + 1))
done
# shellcheck disable=SC2086 # a list of processes
kill -STOP $child 2>/dev/null
kill -TERM $pid
# shellcheck disable=SC2086
kill -CONT $child 2>/dev/null
status=0
wait $pid || status=$?
tried=SIGTERM
status_is 75 'SIGTERM: status'
no_image 'SIGTERM: half the image is erased'
record_is 2 75 'SIGTERM: record says entered, and why it ended'

target b 32
try "$dump" -j img.core
status_is 65 'two targets of one label: status'
one_line '*more than one device has this label' 'two targets of one label: why'
detach

# a target of another size than the job's
target c 24
try "$dump" -j img.core
status_is 65 'another size: status'
one_line '*the label is right, size, partition or extents are not' 'another size: why'
detach

core small 6 1 0 0 1
target d 6
try "$dump" -q -j small.core
status_is 73 'target too small: status'
one_line 'kjump-dump: /dev/loop*: target too small: it takes 5 MiB, the image about *' 'too small: why'
no_image 'target too small: half the image is erased'
record_is 2 73 'target too small: record says so'
detach
# what lz4 would rather store is packed where there is no room for that
core tight 8 1 0 0 1
target t 8
try "$dump" -q -j tight.core
status_is 73 'target with room for a packed image only: stored: status'
detach
core tight 8 1 1 0 1
target t 8
try "$dump" -q -j tight.core
status_is 0 'target with room for a packed image only: lz4: status'
detach
core small 6 4 0 0 1
target k 6
try "$dump" -q -j small.core
status_is 73 'target too small for a kdump: status'
one_line 'kjump-dump: /dev/loop*: target full: * of * pages saved*, the dump is incomplete' 'too small for a kdump: why'
no_image 'target too small: no half of a kdump stays, for A goes on'
detach
core small 6 2 0 0 1
target e 6
try "$dump" -q -j small.core
status_is 73 'target too small for an ELF core: status'
one_line '*target too small: it takes 5 MiB, the dump 24 MiB' 'too small for an ELF core: why'
detach

# A that uses nearly all of its memory: C could not hold its image, so A must not be given up for it
"$gen/mkvmcore.py" --ram "$ram" --window 1000-9f000,400000-440000 --free 2 \
	--job "$label,$((32 << 20)),1,1,0,1" full.core
target f 32
try "$dump" -q -j full.core
status_is 75 'more than C could load: status'
one_line '*too much memory in use to be restored: * MiB, 3 have to be free' 'more than C could load: why'
no_image 'more than C could load: no image stays'
record_is 2 75 'more than C could load: record says so'
detach
done_testing
