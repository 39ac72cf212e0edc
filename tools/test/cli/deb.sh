#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: the Debian package: made of what make installs, the same each time, and dpkg installs, upgrades, removes and purges
# it in an empty root, after which nothing of it is left.
set -u
. "${0%/*}/lib.sh"

why=
for p in dpkg-deb dpkg; do
	command -v $p >/dev/null || why="$p is not installed"
done
as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root=fakeroot
	command -v fakeroot >/dev/null || why='not root, and fakeroot is not installed'
fi
if [ -n "$why" ]; then
	skip "$why"
	done_testing
fi
cd "$KJ_TMP" || exit 70

# stage DIR
stage() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$KJ_TOP" install PACKAGE=yes O="${O:-out}" DESTDIR="$PWD/$1" PREFIX=/usr \
		>make.log 2>&1
}
# three packages are made; how small they are is no matter here
export DPKG_DEB_COMPRESSOR_LEVEL=0
export SOURCE_DATE_EPOCH=1700000000 DEBFULLNAME='A Builder' DEBEMAIL=builder@example.org
stage one && "$KJ_TOP/package/deb" -v 0.1 -o one.deb one 2>err
ok 'a package' "$(cat make.log err)"
stage two && "$KJ_TOP/package/deb" -v 0.1 -o two.deb two 2>err
cmp -s one.deb two.deb
ok 'and the same once more'
stage three && "$KJ_TOP/package/deb" -v 0.2 -o three.deb three 2>err
ok 'a later version' "$(cat err)"

dpkg-deb -f one.deb >control
[ "$(sed -n 's/^Package: //p' control)" = kjump ] && [ "$(sed -n 's/^Version: //p' control)" = 0.1 ]
ok 'name and version' "$(cat control)"
for d in busybox-static cpio kmod zstd; do
	grep -q "^Depends: .*$d" control
	ok "depends on $d, which initramfs/build runs"
done
dpkg-deb -c one.deb | sed 's|^\(..........\) root/root .* \./|\1 |' >list
for f in usr/sbin/kjump usr/sbin/kjump-dump usr/lib/kjump/build usr/lib/kjump/image usr/lib/kjump/crash usr/lib/kjump/init \
	etc/init.d/kjump-crash etc/kernel/postinst.d/zz-kjump etc/update-motd.d/92-kjump; do
	grep -qx -e "-rwxr-xr-x $f" list
	ok "has $f"
done
for f in etc/kjump.conf usr/lib/systemd/system/kjump-crash.service usr/share/man/man8/kjump.8.gz usr/share/man/man5/kjump.conf.5.gz \
	usr/share/doc/kjump/copyright usr/share/doc/kjump/changelog.gz; do
	grep -qx -e "-rw-r--r-- $f" list
	ok "has $f"
done
n=$(find "$KJ_TOP/tools/man" -name '*.[1-8]' ! -name kjump-profile.8 | wc -l)
[ "$(grep -c 'share/man/man./.*gz$' list)" -eq "$n" ]
ok "all $n man pages"
mkdir info
dpkg-deb -e one.deb info
find one/etc -type f | sed 's|^one||' | sort >etc
sort info/conffiles | cmp -s - etc
ok 'all below /etc are conffiles' "$(cat info/conffiles)"
(cd one && md5sum --quiet -c ../info/md5sums) >sums 2>&1
ok 'checksums' "$(cat sums)"
# it takes as long as all the rest
if [ "${LINT:-full}" = quick ]; then
	skip "lintian looks at it in make test, where it is installed"
elif command -v lintian >/dev/null; then
	lintian --allow-root --fail-on error one.deb >lint 2>&1
	ok 'lintian finds no error' "$(cat lint)"
else
	skip 'lintian is not installed'
fi

# ---- in an empty root ----
mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/lib/dpkg/triggers root/boot root/etc/rc2.d \
	root/etc/systemd/system/multi-user.target.wants
: >root/var/lib/dpkg/status
: >root/var/lib/dpkg/available
(cd root && find . -path ./var -prune -o -print | sort) >before
# fakeroot forgets who owns what between two calls, which nobody here asks
pkg() {
	# shellcheck disable=SC2086 # nothing, or one word
	PATH=$PATH:/usr/sbin:/sbin try $as_root dpkg --root="$PWD/root" --force-depends --force-not-root --force-script-chrootless \
		--force-confold --force-confdef "$@"
}
state() {
	sed -n 's/^Status: //p' root/var/lib/dpkg/status
}
pkg -i one.deb
status_is 0 'installs'
[ "$(state)" = 'install ok installed' ] && [ -x root/usr/sbin/kjump ]
ok 'is installed' "$(state)"
[ -z "$(ls root/etc/systemd/system/multi-user.target.wants)$(ls root/etc/rc2.d)" ]
ok 'switches nothing on'
echo '# mine' >>root/etc/kjump.conf
pkg -i three.deb
status_is 0 'upgrades'
[ "$(sed -n 's/^Version: //p' root/var/lib/dpkg/status)" = 0.2 ] && [ "$(tail -n 1 root/etc/kjump.conf)" = '# mine' ]
ok 'keeps the settings'
: >root/boot/kjump.img
ln -s /usr/lib/systemd/system/kjump-crash.service root/etc/systemd/system/multi-user.target.wants/
ln -s ../init.d/kjump-crash root/etc/rc2.d/S01kjump-crash
pkg -r kjump
status_is 0 'removes'
[ ! -e root/usr/sbin/kjump ] && [ -e root/etc/kjump.conf ] && [ -e root/boot/kjump.img ]
ok 'leaves the settings'
try root/etc/init.d/kjump-crash start
status_is 0 'the init script of a removed package is silent: status'
[ ! -s out ] && [ ! -s err ]
ok 'and says nothing'
try root/etc/kernel/postinst.d/zz-kjump 6.1 /boot/vmlinuz-6.1
[ "$status" -eq 0 ] && [ ! -s out ] && [ ! -s err ]
report $? 'so is the hook' "$(cat err)"
pkg -P kjump
status_is 0 'purges'
(cd root && find . -path ./var -prune -o -print | sort) >after
cmp -s before after
ok 'leaves nothing' "$(diff before after)"
done_testing
