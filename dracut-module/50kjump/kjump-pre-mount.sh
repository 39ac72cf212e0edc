#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut pre-mount hook, without systemd; sourced. A root file system of the network is mounted by now, and may be one that
# the saved system had mounted: then it is too late.

# shellcheck source=initramfs/lib/quick.sh
. /lib/kjump/quick.sh
# what nearly every boot ends with is asked in this shell; the main loop has waited, and it is not waited for once more
if kj_quick; then
    :
elif getargbool 1 rd.kjump; then
    # shellcheck disable=SC2154 # dracut's
    if ismounted "$NEWROOT"; then
        warn "kjump: $NEWROOT is mounted already: no image is looked for"
    else
        KJ_HOOK_WAITED=1 /lib/kjump/resume
    fi
fi
