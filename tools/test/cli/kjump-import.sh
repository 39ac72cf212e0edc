#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump import: a file of each kind, to a kjump.conf that kjump config takes; and that nothing in them is ever run.
set -u
. "${0%/*}/lib.sh"

kjump=$KJ_BIN/kjump
cd "$KJ_TMP" || exit 70

cat >kdump.conf <<'END'
# comment
ext4 UUID=01-ab
path /var/crash
core_collector makedumpfile -l --message-level 7 -d 31
failure_action reboot
END
try "$kjump" import kdump.conf
status_is 0 'kdump.conf: everything is mapped'
[ ! -s err ]
ok 'without a word'
cat >want <<'END'
failure_action reboot
path /var/crash
crash_target UUID=01-ab
core_collector kjump-dump -f kdump -c lzo -l 0 -d 31
END
cmp -s want out
ok 'to this' "$(cat out)"
cp out ours.conf
try "$kjump" config ours.conf
status_is 0 'which is a kjump.conf'
key_is KJ_CRASH_TARGET "'UUID=01-ab'" 'with this target'

cat >kdump-tools <<'END'
USE_KDUMP=1
KDUMP_COREDIR="/var/crash"
KDUMP_FAIL_CMD="$(touch ran) reboot -f"
KDUMP_KEXEC_ARGS=`touch ran`
END
cp kdump-tools before
try "$kjump" import kdump-tools
status_is 1 'something is not mapped: status'
[ ! -e ran ] && cmp -s before kdump-tools
ok 'nothing was run, the file is as it was'
grep -qx 'kjump: kdump-tools:3: not mapped: KDUMP_FAIL_CMD: a shell would have to expand it .*' err
ok 'the line is named' "$(cat err)"
grep -qx 'kjump: kdump-tools:4: not mapped: KDUMP_KEXEC_ARGS: behind a line that is no assignment, so it may not always count' err
ok 'and the one behind it, which nobody can be sure of' "$(cat err)"
grep -qx "kjump: kdump-tools: crash_target is still to be set: the file system that holds '/var/crash'" err
ok 'and what Debian has no setting for'
[ "$(cat out)" = 'path /var/crash' ]
ok 'the rest is there'

printf 'KDUMP_DUMPFORMAT="ELF"\nKDUMP_DUMPLEVEL="16"\n' >kdump
try "$kjump" import kdump.conf kdump
status_is 0 'two files'
one=$(grep -c 'takes the place of what was set before' err)
[ "$one" = 1 ] && grep -qx 'core_collector kjump-dump -f elf -d 16' out && grep -qx 'path /var/crash' out
ok 'the second wins, and says so' "$(cat err out)"

try "$kjump" import none
status_is 66 'no such file: status'
one_line 'kjump: none: No such file or directory' 'no such file: one line'
head -c 70000 /dev/zero | tr '\0' a >big
try "$kjump" import big
status_is 65 'too large: status'
try "$kjump" import
status_is 64 'no file at all'
try "$kjump" import --all kdump.conf
status_is 64 'an option'
try "$kjump" import --help
status_is 0 'help'
# shellcheck disable=SC2016 # for that shell
try sh -c '"$1" import kdump.conf >/dev/full' sh "$kjump"
status_is 74 'an output that takes nothing'
done_testing
