# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What initramfs-tools and dracut (with systemd and without) build in a Debian in which our package was installed: all that
# brings A back is in, and nothing of it in what boots after a crash; a key_file is, and then nobody else may read the
# initramfs. No machine is started.
# timeout: 900
# long: yes
# plan: an initramfs of each kind

. "$VM_TOP/test-vm/hooks.sh"

# has NAME FILE...: all of them are in that initramfs
has() {
	local list="$made/$1.list" f
	shift
	for f in "$@"; do
		grep -q "$f\$" "$list" || { note "$list: no $f"; return 1; }
	done
}
vm_plan "tools: what it needs is in it" "hooks: what it needs is in it" "systemd: what it needs is in it" \
	"tools-kdump: nothing of it is there" "dracut-kdump: nothing of it is there"
for n in tools systemd hooks; do vm_plan "$n: no key" "$n-key: the key, for root" "$n-key: root's alone"; done
all='sbin/kjump-info sbin/kjump-restore sbin/kjump-load sbin/kjump-off lib/kjump/resume lib/kjump/hook.sh
	lib/kjump/restore.sh lib/kjump/common.sh lib/kjump/quick.sh etc/kjump.env etc/kjump.quick'
# shellcheck disable=SC2086 # a list
ok_if "tools: what it needs is in it" has tools $all scripts/local-premount/kjump scripts/panic/kjump bin/busybox
# shellcheck disable=SC2086
ok_if "hooks: what it needs is in it" has hooks $all hooks/initqueue/finished/50-kjump-finished.sh hooks/pre-mount/05-kjump-pre-mount.sh \
	hooks/emergency/50-kjump-emergency.sh lib/kjump/wait
# shellcheck disable=SC2086
ok_if "systemd: what it needs is in it" has systemd $all systemd/system/kjump-resume.service \
	systemd/system-generators/kjump-generator hooks/emergency/50-kjump-emergency.sh
for n in tools-kdump dracut-kdump; do
	# shellcheck disable=SC2016 # for that shell
	ok_if "$n: nothing of it is there" sh -c '! grep -qE "kjump-restore|lib/kjump|kjump-resume" "$1"' sh "$made/$n.list"
done
for n in tools systemd hooks; do
	# shellcheck disable=SC2016 # for that shell
	ok_if "$n: no key" sh -c '! grep -q kjump.secret "$1"' sh "$made/$n.list"
	ok_if "$n-key: the key, for root" grep -q '^-r-------- .* etc/kjump.secret$' "$made/$n-key.list"
	ok_is "$n-key: root's alone" "$(stat -c %a "$made/$n-key.img")" 600
done
