# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A after a boot: what kjump says of the job before.
status=0
kjump status >/tmp/out 2>&1 || status=$?
cat /tmp/out >/dev/console
kv status "$status"
kv never "$(sed -n 's/^ *\(job .* never finished\).*/\1/p' /tmp/out)"
kjump status >/tmp/out 2>&1
kv again "$(sed -n 's/^last job *//p' /tmp/out)"
