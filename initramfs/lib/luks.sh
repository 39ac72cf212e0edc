# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# LUKS volumes as places for a dump after a panic, with the key that the image carries. It must never leave one open, and
# never ask anybody for a passphrase.

# kj_luks_slot VOLUME: the key slot that luks of build has found, for another one may want more memory than there is here.
kj_luks_slot() {
	[ -r /etc/kjump.luks ] || return 0
	while read -r kj_lv kj_ls; do
		[ "$kj_lv" != "$1" ] || echo "--key-slot $kj_ls"
	done </etc/kjump.luks
}

# kj_save_luks VOLUME: what is in it takes the dump as a partition would.
kj_save_luks() {
	if ! kj_v=$(kj_wait_device "$1"); then
		KJ_WHY="LUKS volume '$1' is not there"
		kj_say "$KJ_WHY"
		return 66
	fi
	# a name of its own: one that cannot be closed must not be in the way of the next
	kj_luks_n=$((${kj_luks_n:-0} + 1))
	kj_luks_dev=kjump-crash-$kj_luks_n
	# shellcheck disable=SC2046 # words
	if ! DM_DISABLE_UDEV=1 cryptsetup open --type luks --disable-locks --disable-keyring --key-file /etc/kjump.luks.key \
		$(kj_luks_slot "$1") "$kj_v" "$kj_luks_dev" 2>/run/kjump.luks.log; then
		KJ_WHY="LUKS volume '$1' is not opened: $(tail -n 1 /run/kjump.luks.log)"
		kj_say "$KJ_WHY"
		return 77
	fi
	kj_luks_rc=0
	kj_save_device "/dev/mapper/$kj_luks_dev" || kj_luks_rc=$?
	if ! DM_DISABLE_UDEV=1 cryptsetup close --disable-locks "$kj_luks_dev" 2>/run/kjump.luks.log; then
		[ "$kj_luks_rc" -ne 0 ] || KJ_WHY="LUKS volume '$1' is not closed: $(tail -n 1 /run/kjump.luks.log)"
		kj_luks_rc=74
	fi
	return "$kj_luks_rc"
}
