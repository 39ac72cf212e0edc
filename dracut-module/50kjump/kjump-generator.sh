#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# systemd generator of an initrd: has kjump-resume.service started, and not before the target's device is there, for which
# it waits a bounded time. It must never fail a boot: without a device the service is left out, and that is all.

[ -e /etc/initrd-release ] || exit 0
dir=${1:-/tmp}
PATH=/sbin:/bin:/usr/sbin:/usr/bin
export PATH
# shellcheck source=initramfs/lib/quick.sh
. /lib/kjump/quick.sh

# unit_of PATH: the name of its device unit, as systemd-escape has it.
unit_of() {
	kj_rest=${1#/} kj_unit=''
	while [ -n "$kj_rest" ]; do
		kj_c=${kj_rest%"${kj_rest#?}"}
		kj_rest=${kj_rest#?}
		case $kj_c in
		/) kj_unit=$kj_unit- ;;
		[a-zA-Z0-9:_]) kj_unit=$kj_unit$kj_c ;;
		# most of them; each program that need not run is a boot that is shorter
		-) kj_unit="$kj_unit\\x2d" ;;
		# only a first one would be escaped, and no path in /dev begins with one
		.) kj_unit=$kj_unit. ;;
		*) kj_unit=$kj_unit$(printf '\\x%02x' "'$kj_c") ;;
		esac
	done
	kj_unit=$kj_unit.device
}

# asked: path, by all that the command line may say
asked() {
	spec=$(kj_hook_spec)
	case $spec in
	/dev/*) path=$spec ;;
	PARTUUID=*) path=/dev/disk/by-partuuid/$(echo "${spec#*=}" | tr A-F a-f) ;;
	UUID=*) path=/dev/disk/by-uuid/${spec#*=} ;;
	LABEL=*) path=/dev/disk/by-label/${spec#*=} ;;
	PARTLABEL=*) path=/dev/disk/by-partlabel/${spec#*=} ;;
	*) path='' ;;
	esac
}

kj_unit=''
if kj_quick_path; then
	path=$kj_dev
	# as kj_cmdline and kj_hook_patience have it
	case $path in
	/dev/disk/*) KJ_WAIT=30 ;;
	/dev/*/*) KJ_WAIT=150 ;;
	*) KJ_WAIT=30 ;;
	esac
else
	# shellcheck source=initramfs/lib/common.sh
	. /lib/kjump/common.sh
	# shellcheck source=initramfs/lib/hook.sh
	. /lib/kjump/hook.sh
	kj_hook_cmdline || exit 0
	asked
fi
[ -z "$path" ] || [ -n "$kj_unit" ] || unit_of "$path"
mkdir -p "$dir/sysinit.target.wants" "$dir/kjump-resume.service.d" ${kj_unit:+"$dir/$kj_unit.d"}
ln -s /usr/lib/systemd/system/kjump-resume.service "$dir/sysinit.target.wants/kjump-resume.service"
if [ -z "$path" ]; then
	# our own label, which udev does not know: all disks, once those that are there have been seen; it waits by itself
	printf '[Unit]\nWants=systemd-udev-settle.service\nAfter=systemd-udev-settle.service\n' \
		>"$dir/kjump-resume.service.d/device.conf"
	exit 0
fi
printf '[Unit]\nBindsTo=%s\nAfter=%s\n' "$kj_unit" "$kj_unit" >"$dir/kjump-resume.service.d/device.conf"
printf '[Unit]\nJobTimeoutSec=%s\n' "$KJ_WAIT" >"$dir/$kj_unit.d/kjump.conf"
exit 0
