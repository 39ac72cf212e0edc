#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut initqueue/finished hook, without systemd; sourced: the main loop goes on until the target is there, or its time is
# over. It is put there by the build, for /sbin/initqueue reads all functions of dracut's at each call.

# shellcheck source=initramfs/lib/quick.sh
. /lib/kjump/quick.sh
kj_quick_device || /lib/kjump/wait
