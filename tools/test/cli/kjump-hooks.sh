#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A hibernation that ends before anything is loaded: by a signal while the hooks before it run, which those after it are
# told; or as an image waits on the target, and then no hook runs. The target is a loop device, the hooks lie in an /etc of
# our own, and so this needs root.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

self=$(cd "${0%/*}" && pwd)/${0##*/}
cd "$KJ_TMP" || exit 70
if [ "${KJ_SPACE:-}" != own ]; then
	why=
	[ "$(id -u)" -eq 0 ] || why='not root'
	truncate -s 8M disk
	[ -n "$why" ] || probe=$(losetup -f --show disk 2>/dev/null) || why='no loop devices here'
	[ -z "${probe:-}" ] || losetup -d "$probe"
	[ -n "$why" ] || unshare -m true 2>/dev/null || why='no mount namespaces here'
	if [ -n "$why" ]; then
		skip "$why"
		done_testing
	fi
	export KJ_TOP KJ_BIN KJ_SHIP KJ_TMP
	KJ_SPACE=own exec unshare -m "$self"
fi

kjump=$KJ_BIN/kjump
dev=$(losetup -f --show disk) || exit 70
trap 'losetup -d "$dev"' EXIT
"$kjump" init-target "$dev" >/dev/null || exit 70
mkdir -p etc/kjump/pre.d etc/kjump/post.d run
printf 'target %s\nrequire_test no\nkernel %s/none\n' "$dev" "$PWD" >etc/kjump.conf
mount --bind run /run && mount --bind etc /etc || exit 70

# hook WHEN COMMAND...: a program that writes down that it was run, and does that
hook() {
	# shellcheck disable=SC2016 # for that shell
	printf '#!/bin/sh\necho %s "KJ_STATUS=$KJ_STATUS" >>%s/ran\n%s\n' "$1" "$KJ_TMP" "$2" >"etc/kjump/$1.d/10-$1"
	chmod 755 "etc/kjump/$1.d/10-$1"
}

hook post :
for sig in HUP:1 TERM:15; do
	number=${sig#*:} sig=${sig%:*}
	# shellcheck disable=SC2016 # for that shell
	hook pre "kill -$sig \$PPID"
	rm -f ran
	try "$kjump" hibernate --force
	status_is 75 "SIG$sig while a hook runs"
	grep -qx "kjump: stopped by signal $number" err
	ok "SIG$sig: why" "$(cat err)"
	[ "$(tr '\n' ' ' <ran)" = 'pre KJ_STATUS= post KJ_STATUS=75 ' ]
	ok "SIG$sig: the hooks after it were run" "$(cat ran)"
done
# without one it goes on, to a kernel B that is not there
hook pre :
try "$kjump" hibernate --force
status_is 66 'no signal'

# ---- an image that waits ----
"$KJ_BIN/unit/restore" --make image >/dev/null
put_image() { dd if=image of="$dev" conv=notrunc 2>/dev/null && sync "$dev"; }
put_image
ok 'an image on the target'
rm -f ran
try "$kjump" hibernate
status_is 75 'it waits'
one_line "kjump: $dev: image [0-9a-f]* of kernel *, saved *, waits to be restored: kjump discard removes it, --force overwrites it" \
	'it waits: why'
[ ! -e ran ]
ok 'it waits: no hook was run'
try "$kjump" hibernate --force
status_is 66 'it waits: forced'
grep -q ', waits to be restored, and is overwritten$' err
ok 'it waits: forced: but told' "$(cat err)"
"$KJ_BIN/kjump-restore" --stale "$dev" >/dev/null
try "$kjump" hibernate --force
! grep -q waits err
ok 'one that was given up does not' "$(cat err)"
put_image
printf x | dd of="$dev" bs=1 seek=600 conv=notrunc 2>/dev/null
try "$kjump" hibernate --force
! grep -q waits err
ok 'nor does a damaged one' "$(cat err)"
put_image
try "$kjump" discard
status_is 0 'discard'
try "$kjump" hibernate --force
! grep -q waits err
ok 'nor what was discarded' "$(cat err)"
done_testing
