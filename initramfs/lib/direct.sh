# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A kernel that lives in the window of an image, started by the one that found it: write all other memory, and jump. What
# was there before is dead. It must never end anywhere but in A or in a reset: the next boot looks at the image again.

# shellcheck source=initramfs/lib/restore.sh
. /lib/kjump/restore.sh

kj_direct() {
	kj_test_hang
	# nobody asks for it here, and A shall not find it in its free memory
	rm -f /etc/kjump.secret
	if ! kj_wait_targets; then
		kj_say "target $KJ_TARGET is not there after $KJ_WAIT s"
	fi
	for kj_dev in $KJ_TARGETS; do
		kj_rc=0
		kjump-restore --restored s5 --confined "$KJ_IMAGE" "$kj_dev" || kj_rc=$?
		kj_say "$kj_dev: not restored (status $kj_rc)"
	done
	# a person wants to look first
	[ -z "$KJ_SHELL" ] || return 0
	kj_reset
}
