#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: initramfs/build puts in modules as they were before they were packed, and what kdump_pre and kdump_post name, and
# nothing that kernel B could not run.
set -u
. "${0%/*}/lib.sh"
cd "$KJ_TMP" || exit 70

build=$KJ_TOP/initramfs/build
: >conf
if ! command -v cpio >/dev/null || ! "$build" -t "$KJ_SHIP" -z none -c conf -o plain.cpio 2>err; then
	skip "no initramfs can be built here: $(head -n 1 err)"
	done_testing
fi
built() { try "$build" -t "$KJ_SHIP" -z none -c conf -o new.cpio; }
shows() { cpio -i --quiet --to-stdout "$1" <new.cpio; }

# a system may have packed modules, and no xz but busybox'
mkdir -p mods/lib/modules/6.1 shim
printf '#!/bin/sh\nexit 127\n' >shim/xz
chmod 755 shim/xz
# what depmod takes for a module
if echo 'int kjump_test;' | cc -c -x c -o module.ko - 2>err && xz -k module.ko 2>>err &&
	cp module.ko.xz mods/lib/modules/6.1/ && depmod -b "$PWD/mods" 6.1 2>>err; then
	PATH=$PWD/shim:$PATH try "$build" -t "$KJ_SHIP" -z none -k 6.1 -d mods -m module -o new.cpio
	status_is 0 'a packed module: status'
	shows lib/modules/module.ko | cmp -s - module.ko
	ok 'a packed module: it is unpacked'
	[ "$(shows lib/kjump/modules.order)" = /lib/modules/module.ko ]
	ok 'a packed module: its place in the order'
else
	skip "no module can be made here: $(head -n 1 err)"
fi
! cpio -it --quiet <plain.cpio | grep -q kdump_
ok 'no program unless it is asked for'
printf '#! /usr/bin/sh -e\necho what I say\n' >pre
chmod 755 pre
printf 'kdump_pre %s/pre\nkdump_post /bin/true\n' "$PWD" >conf
built
status_is 0 'a script and a program: status'
[ "$(shows lib/kjump/kdump_pre)" = "$(printf '#!/bin/sh\necho what I say')" ]
report $? 'the script, for the shell that kernel B has' "$(shows lib/kjump/kdump_pre)"
cpio -itv --quiet lib/kjump/kdump_pre <new.cpio | grep -q '^-rwxr-xr-x '
ok 'which may be run'
cpio -itv --quiet lib/kjump/kdump_post <new.cpio | grep -q ' -> /bin/true$'
ok 'the program, by its own name'
shows bin/true | cmp -s - /bin/true
ok 'which is there, instead of busybox'
shows bin/busybox | cmp -s - "$(readlink -f "$(command -v busybox)")"
ok 'which is as it was'
shows "$(ldd /bin/true | sed -n 's|^[^/]*/\([^ ]*libc\.so\.6\) .*|\1|p')" | cmp -s - "$(ldd /bin/true | sed -n 's|^[^/]*\(/[^ ]*libc\.so\.6\) .*|\1|p')"
ok 'with its libraries'

# directories of them beside the configuration
mkdir -p kjump/kdump_pre.d kjump/kdump_post.d
printf '#!/bin/sh\necho ten\n' >kjump/kdump_pre.d/10-ten
cp kjump/kdump_pre.d/10-ten kjump/kdump_pre.d/off
cp /bin/true kjump/kdump_post.d/a-program
chmod 755 kjump/kdump_pre.d/10-ten
: >conf
built
status_is 0 'programs of a directory: status'
[ "$(cpio -it --quiet <new.cpio | grep '^lib/kjump/kdump' | tr '\n' ' ')" = \
	'lib/kjump/kdump_post.d lib/kjump/kdump_post.d/a-program lib/kjump/kdump_pre.d lib/kjump/kdump_pre.d/10-ten ' ]
report $? 'all that may be run is there' "$(cpio -it --quiet <new.cpio | grep kdump)"
[ "$(shows lib/kjump/kdump_pre.d/10-ten)" = "$(printf '#!/bin/sh\necho ten')" ]
ok 'the script'
shows "${PWD#/}/kjump/kdump_post.d/a-program" | cmp -s - /bin/true
ok 'the program'
printf '#!/bin/bash\n' >kjump/kdump_pre.d/off
chmod 755 kjump/kdump_pre.d/off
built
[ "$status" -ne 0 ] && grep -q "kdump_pre.d/off '$PWD/kjump/kdump_pre.d/off' is a script for '/bin/bash'" err
report $? 'one that B could not run is refused' "$status $(cat err)"
rm -r kjump

# refused KEY FILE WHY
refused() {
	rm -f new.cpio
	echo "$1 $2" >conf
	built
	[ "$status" -ne 0 ] && [ ! -e new.cpio ] && grep -q "$1 '$2' $3" err
	report $? "$3" "$status $(cat err)"
}
refused kdump_post "$PWD/none" 'is no program'
: >text
refused kdump_pre "$PWD/text" 'is no program'
printf '#!/bin/bash\n' >bash
chmod 755 bash
refused kdump_pre "$PWD/bash" "is a script for '/bin/bash', which kernel B has not: /bin/sh is there"
printf '#!/usr/bin/env python3\n' >python
chmod 755 python
refused kdump_post "$PWD/python" "is a script for '/usr/bin/env', which kernel B has not: /bin/sh is there"
done_testing
