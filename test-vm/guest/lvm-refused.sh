# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: mappings that are no place for a target, each refused in one line that names why; linear ones as they are made and change.
# shellcheck source=test-vm/guest/work
. /kjt/work
export DM_DISABLE_UDEV=1

# refuses NAME STATUS REGEX COMMAND...
refuses() {
	local name="$1" want="$2" re="$3"
	shift 3
	tap_try "$name" work_says "$want" "^kjump: $re\$" "$@"
}

# map NAME: its table is on stdin
map() { dmsetup create --noudevsync "$1"; }

# place WHAT-KJUMP-SAID
place() { sed -n 's/.*to be found at boot by: //p' "$1"; }

only='only linear ones can be followed'
echo "0 32768 striped 2 128 /dev/vda 0 /dev/vdb 0" | map vg-striped
refuses "striped" 69 "/dev/mapper/vg-striped: is on /dev/dm-0 \(vg-striped\), a 'striped' mapping; $only" \
	kjump init-target /dev/mapper/vg-striped
echo "0 16384 linear /dev/mapper/vg-striped 2048" | map vg-upon
refuses "linear on striped" 69 "/dev/mapper/vg-upon: is on /dev/dm-0 \(vg-striped\), a 'striped' mapping; $only" \
	kjump init-target /dev/mapper/vg-upon
dmsetup remove --noudevsync vg-upon
dmsetup remove --noudevsync vg-striped
printf '%s\n' "0 16384 linear /dev/vda 0" "16384 16384 linear /dev/vdb 0" | map vg-two
refuses "on two disks" 69 "/dev/mapper/vg-two: is on more than one disk or partition, [0-9]*:[0-9]* and [0-9]*:[0-9]*" \
	kjump init-target /dev/mapper/vg-two
mkswap /dev/mapper/vg-two >/dev/null && swapon /dev/mapper/vg-two
refuses "swap on two disks" 69 "/dev/mapper/vg-two: is on more than one disk or partition, .*" kjump hibernate -t SWAP=/dev/mapper/vg-two
swapoff /dev/mapper/vg-two
dmsetup remove --noudevsync vg-two

work_lv vg-image /dev/vda 24
refuses "no label" 65 "/dev/mapper/vg-image: has no extent list of kjump's; kjump init-target makes one" \
	kjump hibernate -t /dev/mapper/vg-image
kjump init-target /dev/mapper/vg-image >/tmp/init
tap_is "labelled" "$(sed 's/ [0-9a-f]\{32\},/ UUID,/' /tmp/init | head -n 1)" "/dev/mapper/vg-image: target UUID, 23 MiB for images"
# 12 MiB, and 4 between its halves
tap_is "its place" "$(place /tmp/init)" "resume=/dev/vda resume_offset=4096"
tap_is "the same by its other name" "$(sed -i 's|^target .*|target /dev/dm-0|' /etc/kjump.conf; kjump status | sed -n 's/^to be found at boot by: //p')" \
	"$(place /tmp/init)"
sed -i 's|^target .*|target /dev/mapper/vg-image|' /etc/kjump.conf
tap_is "no image" "$(kjump images)" "/dev/mapper/vg-image: no image"
# LVM may have been there first where C looks for an image; but nobody may have a volume of that disk
tap_is "below a volume" "$(kjump-restore --report /dev/vda@4096 2>&1; echo $?)" 1
echo "0 20480 linear /dev/vda 59392" | map vg-other
tap_is "below two" "$(kjump-restore --report /dev/vda@4096 2>&1; echo $?)" 1
mkswap /dev/mapper/vg-other >/dev/null && swapon /dev/mapper/vg-other
tap_is "below one in use" "$(kjump-restore --report /dev/vda@4096 2>&1; echo $?)" \
	"kjump-restore: /dev/vda@4096: Device or resource busy
75"
swapoff /dev/mapper/vg-other
dmsetup remove --noudevsync vg-other
{ cat /etc/kjump.conf; echo 'format swsusp'; } >/tmp/conf
refuses "format swsusp" 78 '/dev/mapper/vg-image: format swsusp needs a whole partition: .*' kjump hibernate -c /tmp/conf
dmsetup remove --noudevsync vg-image
printf '%s\n' "0 24576 linear /dev/vda 32768" "24576 24576 linear /dev/vda 57344" | map vg-image
refuses "moved" 65 '/dev/mapper/vg-image: its blocks have moved; .*' kjump hibernate
dmsetup remove --noudevsync vg-image
printf '%s\n' "0 24576 linear /dev/vda 32769" | map vg-image
refuses "between blocks" 65 '/dev/mapper/vg-image: is not made of whole 4096-byte blocks of its disk' \
	kjump init-target /dev/mapper/vg-image
dmsetup remove --noudevsync vg-image
tap_try "nothing is loaded" work_unloaded
