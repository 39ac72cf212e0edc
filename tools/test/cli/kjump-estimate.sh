#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump estimate: the parts make the sum, what is reserved is found in both places where kernels have it, and the exit
# status says which is larger.
set -u
. "${0%/*}/lib.sh"

kjump=$KJ_BIN/kjump
cd "$KJ_TMP" || exit 70

"$KJ_BIN/unit/bzimage" --gen bz
mkdir -p tree root/sys/devices/system/cpu root/sys/kernel
echo 0-3 >root/sys/devices/system/cpu/present
head -c 300000 /dev/zero >tree/file
(cd tree && find . | cpio -o -H newc --quiet) >plain.img
zstd -q -c plain.img >zstd.img
conf() {
	printf 'kernel %s\ninitrd %s\n' "$PWD/bz" "$PWD/zstd.img" >kjump.conf
	printf '%s\n' "$@" >>kjump.conf
}
estimate() {
	try "$kjump" estimate --config kjump.conf --sysroot root "$@"
}
# value KEY
value() {
	sed -n "s/^$1=//p" out
}

conf
estimate
status_is 1 'no reservation: status'
key_is RESERVED 0 'nothing is reserved'
key_is ENOUGH no 'which is not enough'
key_is CPUS 4 'four CPUs'
key_is WORKERS 4 'and as many workers'
key_is INITRD_UNPACKED "$(wc -c <plain.img)" 'what the initramfs unpacks to, without unpacking it'
key_is INITRD_PACKED "$(wc -c <zstd.img)" 'and what it is packed'
sum=0
for k in KERNEL INITRD BASE CPUS DUMP LUKS DRIVERS PAGES; do
	sum=$((sum + $(value PART_$k)))
done
[ "$sum" -gt 0 ] && [ "$sum" = "$(value SUM)" ]
ok 'the parts make the sum' "$(cat out)"
want=$(value RECOMMENDED)
[ "$((${want%M} << 20))" -ge "$sum" ] && [ "$((${want%M} << 20))" -ge "$(value JUMP_LEAST)" ] && [ $((${want%M} % 16)) = 0 ]
ok 'the recommendation covers it, and a jump' "$want"

echo $((${want%M} << 20)) >root/sys/kernel/kexec_crash_size
estimate
status_is 0 'as much is reserved, in the old place: status'
key_is ENOUGH yes 'is enough'
mkdir root/sys/kernel/kexec
echo $(((${want%M} << 20) - 4096)) >root/sys/kernel/kexec/crash_size
estimate
status_is 1 'a page less, in the new place, which counts: status'
key_is RESERVED $(((${want%M} << 20) - 4096)) 'is what is told'
echo many >root/sys/kernel/kexec/crash_size
estimate
status_is 71 'a kernel that talks nonsense: status'
one_line 'kjump: kexec_crash_size: Invalid argument' 'says so'
rm -r root/sys/kernel/kexec

conf 'workers 1' 'cmdline_append maxcpus=3 nr_cpus=2 xnr_cpus=1'
estimate
key_is CPUS 2 'as many CPUs as its command line allows'
key_is WORKERS 1 'as many workers as configured'

conf 'crash_target /dev/luks ssh luks@host' 'crash_key /root/crash.key'
estimate
key_is PART_LUKS 0 'no LUKS volume'
without=$(value SUM)
conf 'crash_target /dev/sda1 luks /dev/sda2' 'crash_key /root/crash.key'
estimate
key_is PART_LUKS 134217728 'a LUKS volume that B opens: what its key slot may want'
[ "$(value SUM)" -ge $((without + 134217728)) ]
ok 'which is part of the sum' "$(cat out)"

cp plain.img zstd.img
conf
estimate
[ "$(value INITRD_UNPACKED)" -ge 300000 ]
ok 'an initramfs that is not packed'
head -c 1000 plain.img >zstd.img
estimate
status_is 65 'an initramfs cut short: status'
one_line "kjump: $PWD/zstd.img: not an initramfs of cpio, zstd, gzip and xz: *" 'says so'
rm zstd.img
estimate
status_is 66 'no initramfs: status'
one_line "kjump: $PWD/zstd.img: not there; /usr/lib/kjump/image builds kjump's" 'no initramfs: what builds one'
cp plain.img zstd.img
cp plain.img bz
estimate
status_is 65 'a kernel that is none: status'
one_line "kjump: $PWD/bz: not a bzImage" 'says so'
estimate --all
status_is 64 'unknown option'
estimate now
status_is 64 'an argument'
try "$kjump" estimate --help
status_is 0 'help'
done_testing
