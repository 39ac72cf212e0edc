# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: a snapshot after which kernel B is to stay, where one of the kernels cannot do that; what comes of it goes to
# the host.
# shellcheck source=test-vm/guest/work
. /kjt/work

tap_try "target labelled" kjump init-target /dev/vda
status=0
kjump snapshot --stay >/tmp/out 2>/tmp/err || status=$?
cat /tmp/out /tmp/err >/dev/console
kv status "$status"
kv err "$(cat /tmp/err)"
tap_try "nothing stays loaded" work_unloaded
tap_is "no process stays" "$(pidof kjump)" ""
tap_try "all CPUs online" work_cpus
