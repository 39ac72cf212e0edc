# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: files and swap areas that must not be targets, each refused in one line, with its status, and nothing loaded.
# shellcheck source=test-vm/guest/work
. /kjt/work

# refuses NAME STATUS REGEX COMMAND...
refuses() { tap_try "$1" says "$@"; }

says() {
	local want="$2" re="$3"
	shift 3
	work_says "$want" "^kjump: $re\$" "$@" || return 1
	work_unloaded || work_wrong "kernel B stays loaded"
}

signature() { dd if=/dev/vda bs=1 skip=4086 count=10 2>/dev/null; }

gone() { [ ! -e "$1" ]; }

tap_try "workload runs" work_start 25
work_sum_save

refuses "not on a disk" 69 '/tmp/image: is not on ext2, ext3, ext4 or xfs' kjump init-target /tmp/image 8M
tap_try "not on a disk: no file" gone /tmp/image
# not where the workload writes
mkdir /room && mount -t ext4 /dev/vdd /room
refuses "no room" 73 '/room/big: No space left on device' kjump init-target /room/big 32M
tap_try "no room: no file" gone /room/big
umount /room
refuses "too small a file" 65 '/mnt/small: target too small, .*' kjump init-target /mnt/small 64K
truncate -s 16M /mnt/sparse && chmod 600 /mnt/sparse
refuses "a sparse file" 65 '/mnt/sparse: is sparse' kjump init-target --force /mnt/sparse
fallocate -l 16777216 /mnt/promised && chmod 600 /mnt/promised
refuses "a fallocated file" 65 '/mnt/promised: has unwritten blocks .*' kjump init-target --force /mnt/promised
dd if=/dev/zero of=/mnt/plain bs=1M count=16 2>/dev/null
refuses "readable by others" 77 "/mnt/plain: is not root's alone .*" kjump init-target --force /mnt/plain
chmod 600 /mnt/plain
refuses "a file of somebody's" 73 '/mnt/plain: was no target before; --force overwrites it' kjump init-target /mnt/plain
refuses "a file without a list" 65 "/mnt/plain: has no extent list of kjump's; .*" kjump hibernate -t /mnt/plain
tap_try "a file that was written" kjump init-target --force /mnt/plain

tap_try "a new file" kjump init-target /mnt/image 24M
tap_is "a new file: root's alone" "$(stat -c '%a %u %s' /mnt/image)" "600 0 25165824"
refuses "a file that exists" 73 '/mnt/image: exists; .*' kjump init-target /mnt/image 24M
{ cat /etc/kjump.conf; echo 'format swsusp'; } >/tmp/conf
refuses "format swsusp" 78 '/mnt/image: format swsusp needs a whole partition: .*' kjump hibernate -c /tmp/conf -t /mnt/image
cp -p /mnt/image /mnt/copy && sync
refuses "a file whose blocks moved" 65 '/mnt/copy: its blocks have moved; .*' kjump hibernate -t /mnt/copy
tap_try "made one again" kjump init-target /mnt/copy
dd if=/dev/zero bs=4096 count=1 >>/mnt/copy 2>/dev/null
refuses "a file that grew" 65 '/mnt/copy: its blocks have moved; .*' kjump hibernate -t /mnt/copy
# the list is sealed again but the label is another's
dd if=/mnt/image of=/mnt/plain bs=4096 skip=6143 seek=4095 count=1 conv=notrunc 2>/dev/null && sync
refuses "another's label" 65 "/mnt/plain: its label is damaged, or another target's" kjump hibernate -t /mnt/plain
work_told 'resume=/dev/vdb resume_offset=1'
refuses "a file elsewhere" 78 '/mnt/image: no boot would find it: .* has resume_offset=1; --force does without' kjump hibernate -t /mnt/image
sed -i "s|^target .*|target /mnt/image|" /etc/kjump.conf
kjump status >/tmp/out
tap_try "a file elsewhere: kjump status" grep -q '^  *no boot would find it: ' /tmp/out
work_told ''
refuses "a file that nobody is told of" 78 '/mnt/image: no boot would find it: .* has none; --force does without' kjump hibernate -t /mnt/image
work_told "$(kjump init-target /mnt/image | sed -n 's/^to be found at boot by: //p')"
refuses "a file too small for the image" 73 'hibernate failed in kernel B: .*: target too small: .*' kjump hibernate -t /mnt/image
tap_is "a file too small: no image" "$(kjump-info "/dev/vdb@$(kjump init-target /mnt/image | sed -n 's/.*resume_offset=//p')" | sed -n 's/^KIND=//p')" label

refuses "no such swap area" 66 '/dev/nope: no such swap area' kjump hibernate -t SWAP=/dev/nope
mkswap /dev/vda >/dev/null
refuses "swap not in use" 75 '/dev/vda: is no swap area in use' kjump hibernate -t SWAP=/dev/vda
swapon /dev/vda
refuses "a snapshot in swap" 78 '/dev/vda: a swap area keeps no dump; .*' kjump snapshot -t SWAP=/dev/vda
refuses "swap as a device" 75 '/dev/vda: is in use .*' kjump hibernate -t /dev/vda
refuses "swap too small for the image" 73 'hibernate failed in kernel B: .*: target too small: .*' kjump hibernate -t SWAP=/dev/vda
WORK_SWAP=/dev/vda
sed -i 's|^target .*|target SWAP=/dev/vda|' /etc/kjump.conf
# somebody who was killed has left it marked: list at block 5
printf '\000\120\000\000\000\000\000\000SWAPSPACE2ULSUSPEND\000' | dd of=/dev/vda bs=1 seek=4068 conv=notrunc 2>/dev/null
tap_is "a header that was left marked" "$(kjump discard 2>&1; signature)" "/dev/vda: no image
SWAPSPACE2"
tap_try "swap can be used again" work_swap_again
mkswap /dev/vdc >/dev/null && swapon /dev/vdc
refuses "hardly any swap" 75 '/dev/vdc: swap area too small: [0-9]* KiB are free' kjump hibernate -t SWAP=/dev/vdc
WORK_SWAP=/dev/vdc
tap_try "hardly any swap: as it was" work_swap_again

dd if=/dev/zero of=/mnt/swap bs=1M count=16 2>/dev/null
chmod 600 /mnt/swap && mkswap /mnt/swap >/dev/null
refuses "a swap file not in use" 69 '/mnt/swap: this kernel lets nobody write below a mounted file system; .*' kjump hibernate -t SWAP=/mnt/swap
swapon /mnt/swap
refuses "a swap file where nobody may write" 69 '/mnt/swap: this kernel lets nobody write below a mounted file system; .*' \
	kjump hibernate -t SWAP=/mnt/swap
swapoff /mnt/swap

tap_try "all right after" work_check
tap_try "same memory checksum" work_sum_same
tap_try "file system clean" work_end
