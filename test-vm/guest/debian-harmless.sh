# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# In a Debian: it has booted; what is on the target?

tap_is "Debian boots" "$(systemctl is-system-running --wait)" running
systemctl list-units --failed
kjump images >/run/images 2>&1
kv images "$?"
systemctl poweroff
