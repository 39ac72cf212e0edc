# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2034 # what is set here is used by restore.sh
# The same search for an image in an initramfs that is not ours, of dracut or initramfs-tools, before that mounts the root
# file system. It must never stop a boot, mount anything, or wait for what will not come; and it may use only what is named
# in HOOK_PROGRAMS below, and what every shell has built in.

# shellcheck source=initramfs/lib/restore.sh
. /lib/kjump/restore.sh

# HOOK_PROGRAMS cat rm sed sleep timeout tr

# rd.kjump.KEY= is dracut's way to say kjump.KEY=; resume= names a target where the configuration has none. 1: rd.kjump=0.
kj_hook_cmdline() {
	KJ_HOOK_OFF='' KJ_HOOK_RESUME=''
	kj_cmdline
	set -f
	# shellcheck disable=SC2154 # kj_cmdline has read it
	for kj_w in $kj_line; do
		case $kj_w in
		rd.kjump=0 | rd.kjump=no | rd.kjump=off) KJ_HOOK_OFF=1 ;;
		rd.kjump | rd.kjump=*) KJ_HOOK_OFF='' ;;
		rd.kjump.target=*) KJ_TARGET=${kj_w#*=} ;;
		rd.kjump.wait=*) KJ_WAIT=$(kj_number "${kj_w#*=}") ;;
		rd.kjump.onfail=*) KJ_ONFAIL=${kj_w#*=} ;;
		rd.kjump.path=*)
			case ${kj_w#*=} in
			auto | snapshot | direct | kexec) KJ_PATH=${kj_w#*=} ;;
			*) kj_say "rd.kjump.path='${kj_w#*=}' is not known: $KJ_PATH" ;;
			esac ;;
		resume=*) KJ_HOOK_RESUME=${kj_w#*=} ;;
		esac
	done
	set +f
	kj_hook_patience
	kj_disks
	# dracut's main loop has done so, for the target
	[ -z "${KJ_HOOK_WAITED:-}" ] || KJ_WAIT=0
	[ -z "$KJ_HOOK_OFF" ]
}

# Somebody may have to type a passphrase before the target is there: it has a name of device-mapper's, or of LVM's.
kj_hook_patience() {
	case " $kj_line " in
	*' kjump.wait='* | *' rd.kjump.wait='*) return ;;
	esac
	case $(kj_hook_spec) in
	/dev/disk/*) ;;
	/dev/*/*) KJ_WAIT=150 ;;
	esac
}

# kj_hook_spec: the device to look at, or `auto`: any with our label. A file, or a volume that is no device here, is at
# resume_offset= of what resume= says.
kj_hook_spec() {
	if [ "$KJ_TARGET" != auto ]; then
		case $KJ_TARGET in
		*=* | /dev/*) echo "$KJ_TARGET" ;;
		*) echo "KJLABEL=$KJ_TARGET" ;;
		esac
	elif [ -n "$KJ_HOOK_RESUME" ] && [ "$KJ_RESUME_OFFSET" != 0 ]; then
		echo "$KJ_HOOK_RESUME"
	else
		kj_conf=${CONF_KJ_TARGET:-${KJ_HOOK_RESUME:-auto}}
		echo "${kj_conf#SWAP=}"
	fi
}

# kj_hook_lost SPEC: a file whose place nobody has said: no device can come up that it is on.
kj_hook_lost() {
	case $1 in
	/dev/*) return 1 ;;
	/*) ;;
	*) return 1 ;;
	esac
}

# kj_hook_device SPEC: its node by the links that udev keeps, or as in our own initramfs, where there is no udev.
kj_hook_device() {
	case $1 in
	# each program that need not run is a boot without an image that is shorter
	PARTUUID=*[A-F]*) kj_l=/dev/disk/by-partuuid/$(echo "${1#*=}" | tr A-F a-f) ;;
	PARTUUID=*) kj_l=/dev/disk/by-partuuid/${1#*=} ;;
	UUID=*) kj_l=/dev/disk/by-uuid/${1#*=} ;;
	LABEL=*) kj_l=/dev/disk/by-label/${1#*=} ;;
	PARTLABEL=*) kj_l=/dev/disk/by-partlabel/${1#*=} ;;
	*) kj_l='' ;;
	esac
	if [ -n "$kj_l" ] && [ -b "$kj_l" ]; then
		echo "$kj_l"
	else
		kj_device "$1"
	fi
}

# kj_hook_find SPEC: devices with our label, one a line; 1: the device is not there. One that is there and has no label is
# found, and holds nothing.
kj_hook_find() {
	case $1 in
	auto) kj_targets ;;
	KJLABEL=*)
		KJ_TARGET=${1#*=}
		kj_found=$(kj_targets)
		[ -n "$kj_found" ] && echo "$kj_found" ;;
	*)
		kj_found=$(kj_hook_device "$1") || return 1
		[ "$1" != "$KJ_HOOK_RESUME" ] || [ "$KJ_RESUME_OFFSET" = 0 ] || kj_found=$kj_found@$KJ_RESUME_OFFSET
		LB_PLACE=''
		kjump-info -l "$kj_found" >/run/kjump.label 2>/dev/null || return 0
		kj_read_kv LB /run/kjump.label
		# of a swap area it is not the device alone
		echo "$LB_PLACE" ;;
	esac
}

# kj_hook_other SPEC: a target that resume= names, where SPEC is a name of the kernel's and may be another disk's today. It is
# not waited for.
kj_hook_other() {
	[ "$KJ_TARGET" = auto ] && [ -n "$KJ_HOOK_RESUME" ] && [ "$1" != "$KJ_HOOK_RESUME" ] || return 0
	case $1 in
	/dev/*/*) ;;
	/dev/*) kj_hook_find "$KJ_HOOK_RESUME" ;;
	esac
}

# kj_hook_look SPEC: sets KJ_TARGETS; 1: nothing is there yet.
kj_hook_look() {
	kj_there=1
	! KJ_TARGETS=$(kj_hook_find "$1") || kj_there=0
	[ -n "$KJ_TARGETS" ] || KJ_TARGETS=$(kj_hook_other "$1")
	[ -n "$KJ_TARGETS" ] || return "$kj_there"
}

# Takes the place of that in restore.sh: volumes are opened by whoever does that in this initramfs, or not at all.
kj_open_luks() { :; }

# Takes the place of that in restore.sh. Disks may come late; finite.
kj_wait_targets() {
	kj_spec=$(kj_hook_spec)
	KJ_TARGETS=''
	if kj_hook_lost "$kj_spec"; then
		kj_say "target '$CONF_KJ_TARGET' can only be found by resume= and resume_offset="
		return 0
	fi
	kj_i=0
	while ! kj_hook_look "$kj_spec"; do
		[ "$kj_i" -lt "$KJ_WAIT" ] || return 1
		kj_i=$((kj_i + 1))
		sleep 1
	done
	for kj_dev in $KJ_TARGETS; do
		if kj_hook_has_image "$kj_dev"; then
			kj_hook_prepare
			break
		fi
	done
}

kj_hook_has_image() {
	IM_STATE=''
	kjump-info "$1" >/run/kjump.image 2>/dev/null || return 1
	kj_read_kv IM /run/kjump.image
	case $IM_STATE in
	ready | loading) ;;
	*) return 1 ;;
	esac
}

# Does somebody else have the terminal, who can ask for a passphrase? By /lib/kjump/ask then.
kj_hook_asker() {
	KJ_ASK=''
	if { [ -d /run/systemd/system ] && command -v systemd-ask-password; } ||
		{ command -v plymouth && plymouth --ping; }; then
		KJ_ASK=/lib/kjump/ask
	fi >/dev/null 2>&1
}

# All processes are about to be frozen: the screen must show our words, and udev must not be in the middle of something.
kj_hook_prepare() {
	if command -v plymouth >/dev/null && plymouth --ping 2>/dev/null; then
		plymouth deactivate
		KJ_HOOK_PLYMOUTH=1
	fi
	! command -v udevadm >/dev/null || udevadm settle --timeout=10
}

# Takes the place of that in restore.sh: read -t is not in every shell, and there is no shell of ours to give.
kj_answer() {
	printf 'kjump: [r]etry, [b]oot on and give the image up, [p]ower off? (b in 30 s) ' >/dev/console
	# shellcheck disable=SC2016 # for that shell
	kj_a=$(timeout 30 sh -c 'read -r a && echo "$a"' </dev/console 2>/dev/null)
	case $kj_a in s*) kj_a='' ;; esac
	echo >/dev/console
}

# Takes the place of that in restore.sh: the boot is somebody else's. From here on A's disks change: no image that is there
# may ever be restored.
kj_boot_on() {
	for kj_dev in $KJ_LIVE; do
		# one whose header is damaged can be restored no more as it is
		kj_text=$(kjump-restore --stale "$kj_dev" 2>&1) || [ $? -eq 65 ] || kj_say "$kj_text"
	done
	[ -z "$KJ_HOOK_PLYMOUTH" ] || plymouth reactivate
	return 0
}

kj_hook() {
	KJ_HOOK_PLYMOUTH=''
	kj_hook_cmdline || return 0
	kj_hook_asker
	kj_restore
	rm -f /run/kjump.image /run/kjump.label /run/kjump.err
}

# For somebody at an emergency shell: is there an image, and what can be done with it?
kj_hook_tell() {
	kj_cmdline
	for kj_dev in $(kj_targets); do
		kj_hook_has_image "$kj_dev" || continue
		kj_say "$kj_dev: an image of a saved system waits: do not mount, fsck or swapon its disks"
		kj_say "/lib/kjump/resume brings it back, kjump-restore --stale $kj_dev gives it up"
	done
}
