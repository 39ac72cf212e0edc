# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A person at a shell in B or C: what was found and what can be done. It must never do any of it by itself.

kj_banner() {
	echo
	echo "kjump rescue shell, kernel $(uname -r)"
	if [ -e /proc/vmcore ]; then
		echo "  A's memory is here: ${VM_RELEASE:-${VM_OSRELEASE:-unknown kernel}}, job ${VM_JOB:-none}"
	else
		echo "  no memory of another kernel here (/proc/vmcore does not exist)"
	fi
	for kj_b in /sys/class/block/*; do
		kj_n=/dev/${kj_b##*/}
		[ -b "$kj_n" ] && kjump-info -l "$kj_n" >/dev/null 2>&1 && echo "  target: $kj_n"
	done
	cat <<-END

	  kjump-info FILE            what is in /proc/vmcore, in an image or on a target
	  kjump-dmesg /proc/vmcore   the kernel log of the system that waits or crashed
	  kjump-dump -f elf -o FILE  its memory to a file
	  kjump-exec                 back into a system that waits
	  kjump-restore DEVICE       bring a hibernated system back      (-n: only verify)
	  reboot -f                  start afresh

	  DANGER: do not mount, fsck or swapon any disk of a system that waits or is hibernated, not even read-only.

	END
}

kj_rescue_shell() {
	kj_banner
	# shellcheck disable=SC2016 # the inner shell expands it
	setsid -c env PS1='kjump:${PWD}# ' sh </dev/console >/dev/console 2>&1
}

# A person may sit at any of the other consoles, too.
kj_rescue_others() {
	for kj_o in $KJ_OTHERS; do
		(
			exec >"$kj_o" 2>&1
			while :; do
				kj_banner
				# shellcheck disable=SC2016 # the inner shell expands it
				setsid -c env PS1='kjump:${PWD}# ' sh <"$kj_o"
				# a console with nothing behind it must not keep a CPU busy
				sleep 3
			done
		) 2>/dev/null &
	done
}

kj_rescue() {
	if [ -n "$KJ_FINAL" ] && [ "$KJ_FINAL" != shell ] && [ -z "$KJ_SHELL" ]; then
		kj_final "$KJ_FINAL"
	fi
	kj_rescue_others
	while :; do
		kj_rescue_shell
		kj_say "the shell has ended; a new one starts in 3 s"
		sleep 3
	done
}
