# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel C: look for an image of a hibernated system, bring it back, else boot on. It must never mount anything before
# that is decided, never boot on from A's disks and leave an image of A behind, and a broken image must never stop a boot.

# kj_target_at PLACE: its place, if it is the target that was asked for.
kj_target_at() {
	kjump-info -l "$1" >/run/kjump.label 2>/dev/null || return 1
	LB_LABEL_UUID='' LB_PLACE=''
	kj_read_kv LB /run/kjump.label
	# shellcheck disable=SC2153 # KJ_TARGET is what was asked for, KJ_TARGETS what was found
	case $KJ_TARGET in
	auto | "$LB_LABEL_UUID") echo "$LB_PLACE" ;;
	esac
}

# What resume= and resume_offset= name: the first block of a file's extent list, or the header of a swap area.
kj_resume_place() {
	[ -n "$KJ_RESUME" ] && kj_d=$(kj_device "$KJ_RESUME") && echo "$kj_d@$KJ_RESUME_OFFSET"
}

# Places of labelled targets, one a line.
kj_targets() {
	kj_rp=$(kj_resume_place) && kj_target_at "$kj_rp"
	for kj_b in /sys/class/block/*; do
		[ -e "$kj_b" ] || continue
		kj_n=/dev/${kj_b##*/}
		case ${kj_b##*/} in ram* | zram* | loop*) continue ;; esac
		[ -b "$kj_n" ] || continue
		# a swap area that resume= names has been found
		[ "$kj_rp" != "$kj_n@0" ] || continue
		kj_target_at "$kj_n"
	done
}

# kj_is_swap DEVICE: with the kernel's own signature, at the end of its first page.
kj_is_swap() {
	[ "$(dd if="$1" bs=1 skip=4086 count=10 2>/dev/null | tr -d '\000')" = SWAPSPACE2 ]
}

# A swap area without an image is an ordinary one. If it is what this image was configured for, there is nothing to wait
# for then; nor if the device is there that has it, or a file or a volume, at resume_offset=, and has been looked at. A LUKS
# volume that was opened by the name of a volume in it is none.
kj_settled() {
	case ${CONF_KJ_TARGET:-} in
	SWAP=/dev/*)
		{ kj_d=$(kj_device "${CONF_KJ_TARGET#*=}") && kj_is_swap "$kj_d"; } ||
			{ [ "$KJ_RESUME_OFFSET" != 0 ] && kj_resume_place; }
		;;
	/dev/disk/*) return 1 ;;
	/dev/*/*) [ "$KJ_RESUME_OFFSET" != 0 ] && kj_resume_place ;;
	/dev/*) return 1 ;;
	/* | SWAP=*) kj_resume_place ;;
	*) return 1 ;;
	esac >/dev/null
}

# Is what this image was configured for, or may be, among KJ_TARGETS? A whole partition, that once was a target, says nothing
# of a swap area, a file or a volume: their places have an @.
kj_among() {
	[ -n "$KJ_TARGETS" ] || return 1
	[ "$KJ_TARGET" = auto ] || return 0
	case ${CONF_KJ_TARGET:-} in
	/dev/disk/*) return 0 ;;
	/dev/*/*) [ "$KJ_RESUME_OFFSET" != 0 ] || return 0 ;;
	/dev/*) return 0 ;;
	/* | SWAP=*) ;;
	*) return 0 ;;
	esac
	case $KJ_TARGETS in *@*) ;; *) return 1 ;; esac
}

# Wait for a target, as disks may come late; finite. Of several the one that this image was configured for counts:
# booting on without it would use the disks of a system whose image shows up next time.
kj_wait_targets() {
	case ${CONF_KJ_TARGET:-} in
	'') ;;
	KJLABEL=*) [ "$KJ_TARGET" != auto ] || KJ_TARGET=${CONF_KJ_TARGET#*=} ;;
	SWAP=/dev/*) ;;
	/dev/*)
		# what A's device-mapper makes is never there: resume_offset= leads to its blocks
		[ "$KJ_RESUME_OFFSET" != 0 ] || kj_wait_device "$CONF_KJ_TARGET" >/dev/null ||
			kj_say "target '$CONF_KJ_TARGET' is not there after $KJ_WAIT s"
		;;
	/* | SWAP=*)
		if [ -z "$KJ_RESUME" ] || [ "$KJ_RESUME_OFFSET" = 0 ]; then
			kj_say "target '$CONF_KJ_TARGET' can only be found by resume= and resume_offset="
			# and not by waiting
			if [ "$KJ_TARGET" = auto ]; then
				KJ_TARGETS=$(kj_targets)
				return 0
			fi
		fi
		;;
	*)
		kj_wait_device "$CONF_KJ_TARGET" >/dev/null ||
			kj_say "target '$CONF_KJ_TARGET' is not there after $KJ_WAIT s"
		;;
	esac
	kj_i=0
	while :; do
		# in this order: what comes up in between is looked at next time
		kj_done=''
		! kj_settled || kj_done=1
		KJ_TARGETS=$(kj_targets)
		[ -z "$kj_done" ] && ! kj_among || return 0
		[ "$kj_i" -lt "$KJ_WAIT" ] || break
		kj_i=$((kj_i + 1))
		sleep 1
	done
	case $KJ_RESUME${CONF_KJ_TARGET:-} in
	SWAP=/dev/disk/*) ;;
	SWAP=/dev/*/*) kj_say "if target '$CONF_KJ_TARGET' is a volume, it can only be found by resume= and resume_offset=" ;;
	esac
	[ -n "$KJ_TARGETS" ] || return 1
	kj_say "target '$CONF_KJ_TARGET' is not there after $KJ_WAIT s"
}

# The name that A has for it, as resume= or the configuration say, or one of ours.
kj_luks_name() {
	kj_n=${CONF_KJ_TARGET#SWAP=}
	case $KJ_RESUME in /dev/mapper/*) kj_n=$KJ_RESUME ;; esac
	case $kj_n in
	/dev/mapper/*/*) echo kjump-luks ;;
	/dev/mapper/?*) echo "${kj_n#/dev/mapper/}" ;;
	*) echo kjump-luks ;;
	esac
}

# The LUKS volume that the target is in: whoever sits there is asked for its passphrase, three times. Without it the
# image stays.
kj_open_luks() {
	[ -n "${CONF_KJ_TARGET_LUKS:-}" ] && [ -z "$KJ_NORESUME" ] || return 0
	if ! kj_l=$(kj_wait_device "$CONF_KJ_TARGET_LUKS"); then
		kj_say "target_luks '$CONF_KJ_TARGET_LUKS' is not there after $KJ_WAIT s"
		return
	fi
	# what nobody answers must not hold up a boot
	DM_DISABLE_UDEV=1 cryptsetup open --tries 3 --timeout 120 --disable-locks "$kj_l" "$(kj_luks_name)" \
		</dev/console ||
		kj_say "$kj_l: not opened: no image in it is looked for"
}

# Nobody needs it any more.
kj_close_luks() {
	[ -z "${CONF_KJ_TARGET_LUKS:-}" ] || [ ! -e "/dev/mapper/$(kj_luks_name)" ] ||
		DM_DISABLE_UDEV=1 cryptsetup close --disable-locks "$(kj_luks_name)"
}

# An image for the kernel's own loader, in a kernel that was started without resume=: it takes it from here.
kj_try_swsusp() {
	kj_say "$1: image $IM_ID of ${IM_RELEASE:-?}, saved ${IM_SAVED_AT:-?}: handed to the kernel's own loader"
	cat "/sys/class/block/${1##*/}/dev" >/sys/power/resume
	kj_say "$1: not restored, the kernel's log says why"
	return 65
}

# 0: nothing there that could be restored, now or later. Does not return when the restore works.
kj_try() {
	IM_STATE='' IM_ID='' IM_KIND='' IM_ENCRYPTED=''
	kj_rc=0
	kjump-info "$1" >/run/kjump.image 2>/run/kjump.err || kj_rc=$?
	if [ "$kj_rc" -eq 1 ]; then
		return 0
	elif [ "$kj_rc" -ne 0 ]; then
		kj_say "$(sed -n '$p' /run/kjump.err)"
		return 65
	fi
	kj_read_kv IM /run/kjump.image
	case $IM_STATE in ready | loading) ;; *) return 0 ;; esac
	if [ -n "$KJ_NORESUME" ]; then
		kj_say "$1: image $IM_ID is left alone (noresume)"
		return 1
	fi
	if [ "$IM_KIND" = swsusp ]; then
		kj_try_swsusp "$1"
		return
	fi
	if [ -n "$IM_ENCRYPTED" ]; then
		kj_say "$1: image $IM_ID, encrypted: restoring"
	else
		kj_say "$1: image $IM_ID of ${IM_RELEASE:-?}, saved ${IM_SAVED_AT:-?}: restoring"
	fi
	kj_rc=0
	# KJ_ASK: who asks for a passphrase, if this terminal is not the one
	kjump-restore --restored s5 --path "$KJ_PATH" --wait "$KJ_DISKS" ${KJ_ASK:+--ask "$KJ_ASK"} --append "$KJ_PASS" \
		"$1" || kj_rc=$?
	kj_say "$1: not restored (status $kj_rc)"
	return "$kj_rc"
}

# KJ_FAILED: the status of an image that did not come back, empty if all did.
kj_try_targets() {
	KJ_FAILED='' KJ_LIVE=''
	for kj_dev in $KJ_TARGETS; do
		# a job that jumped and was never heard of again
		kj_text=$(kjump-restore --report "$kj_dev" 2>&1) && kj_say "$kj_text"
		# it has a use of its own for kj_rc
		kj_try "$kj_dev" && {
			# a swap area is to be one again, image or not
			case $kj_dev in *@*) KJ_LIVE="$KJ_LIVE $kj_dev" ;; esac
			continue
		}
		kj_rc=$?
		KJ_LIVE="$KJ_LIVE $kj_dev"
		[ -n "$KJ_NORESUME" ] || KJ_FAILED=$kj_rc
	done
}

kj_restore() {
	kj_test_hang
	kj_open_luks
	if ! kj_wait_targets; then
		kj_say "no target found after $KJ_WAIT s"
	fi
	kj_try_targets
	while [ -n "$KJ_FAILED" ] && ! kj_refused; do kj_try_targets; done
	kj_boot_on
}

# kj_a is what somebody types in half a minute.
kj_answer() {
	printf 'kjump: [r]etry, [b]oot on and give the image up, [p]ower off, [s]hell? (b in 30 s) ' >/dev/console
	# shellcheck disable=SC3045 # busybox ash has read -t
	read -r -t 30 kj_a </dev/console || kj_a=''
	echo >/dev/console
}

# After a refusal and before anything is mounted: what to do with the image is a person's choice, for a while. 1: try again.
kj_refused() {
	kj_do=$KJ_ONFAIL
	if [ "$kj_do" = ask ]; then
		kj_answer
		case $kj_a in
		r*) return 1 ;;
		p*) kj_do=poweroff ;;
		s*) kj_do=shell ;;
		*) kj_do=boot ;;
		esac
	fi
	case $kj_do in
	poweroff) kjump-off ;;
	shell)
		# shellcheck source=initramfs/lib/rescue.sh
		. /lib/kjump/rescue.sh && kj_rescue_shell
		;;
	esac
	return 0
}

# The rest of an ordinary boot: a root file system if one was named.
kj_boot_on() {
	if [ -z "$KJ_ROOT" ]; then
		kj_say "nothing to restore and no root= given"
		[ -z "$KJ_FINAL" ] || kj_final "$KJ_FINAL"
		return 1
	fi
	if ! kj_root=$(kj_wait_device "$KJ_ROOT"); then
		kj_say "root='$KJ_ROOT' is not there"
		return 1
	fi
	# From here on A's disks change: no image that is there may ever be restored.
	for kj_dev in $KJ_LIVE; do
		# one whose header is damaged can be restored no more as it is; 1: there was none
		kj_text=$(kjump-restore --stale "$kj_dev" 2>&1) || [ $? -eq 65 ] || [ $? -eq 1 ] || kj_say "$kj_text"
	done
	kj_close_luks
	mkdir -p /sysroot
	if ! mount -o "$KJ_ROOTFLAGS" "$kj_root" /sysroot; then
		kj_say "root='$KJ_ROOT' does not mount"
		return 1
	fi
	if [ ! -x "/sysroot$KJ_INIT" ] && [ ! -L "/sysroot$KJ_INIT" ]; then
		kj_say "root='$KJ_ROOT' has no $KJ_INIT"
		umount /sysroot
		return 1
	fi
	kj_say "boot on from $KJ_ROOT"
	killall watchdog 2>/dev/null
	# shellcheck disable=SC2086 # numbers
	[ -z "${KJ_FOLLOWERS:-}" ] || kill $KJ_FOLLOWERS 2>/dev/null
	umount /run /sys
	mount --move /dev /sysroot/dev 2>/dev/null
	umount /proc
	exec switch_root /sysroot "$KJ_INIT"
}
