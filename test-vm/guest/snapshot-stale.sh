# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: gets memory at kjt.plug= between two snapshots by one kernel B, which cannot see that; what comes of the second goes to
# the host.
# shellcheck source=test-vm/guest/work
. /kjt/work

tap_try "target labelled" kjump init-target /dev/vda
tap_try "B stays" kjump snapshot --stay
stage plug
work_plug
status=0
kjump snapshot >/tmp/out 2>/tmp/err || status=$?
cat /tmp/out /tmp/err >/dev/console
kv status "$status"
kv err "$(tr '\n' '|' </tmp/err)"
tap_try "nothing stays loaded" work_unloaded
tap_is "no process stays" "$(pidof kjump)" ""
tap_try "all CPUs online" work_cpus
