#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In a dracut initrd without systemd, /lib/kjump/wait: 0 if the target is there or nobody need wait for it any longer.
# Finite, whatever becomes of the clock: by the kernel's uptime.

PATH=/sbin:/bin:/usr/sbin:/usr/bin
export PATH
# shellcheck source=initramfs/lib/common.sh
. /lib/kjump/common.sh
# shellcheck source=initramfs/lib/hook.sh
. /lib/kjump/hook.sh

kj_hook_cmdline || exit 0
kj_spec=$(kj_hook_spec)
# any disk with our label: those that are there when the queue is empty
[ "$kj_spec" != auto ] || exit 0
! kj_hook_lost "$kj_spec" || exit 0
kj_hook_find "$kj_spec" >/dev/null && exit 0
read -r kj_now _ </proc/uptime || exit 0
[ -e /run/kjump.since ] || echo "$kj_now" >/run/kjump.since
read -r kj_since </run/kjump.since || exit 0
[ "$((${kj_now%.*} - ${kj_since%.*}))" -ge "$KJ_WAIT" ]
