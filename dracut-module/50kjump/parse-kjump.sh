#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut cmdline hook, without systemd; sourced. The main loop goes on until the target is there, or its time is over.

if getargbool 1 rd.kjump; then
    read -r kj_since _ < /proc/uptime
    echo "$kj_since" > /run/kjump.since
    /sbin/initqueue --finished --unique --name kjump /lib/kjump/wait
fi
