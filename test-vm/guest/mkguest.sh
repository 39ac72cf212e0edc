#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Build kernel A's initramfs for the rig: busybox, our guest init, the test
# scripts and whatever files are named.  Must never need root.
#
# Usage: test-vm/guest/mkguest.sh OUT.cpio [SRC:DST...] [--script FILE...]
#
# SRC:DST puts a file (or a directory with all below it) at DST, mode kept.
# The first --script is what the guest runs; kjt.script=NAME on its command
# line chooses another, by the name of its file.
set -eu

me=mkguest.sh
here=$(cd "$(dirname "$0")" && pwd)
die() { printf '%s: %s\n' "$me" "$*" >&2; exit 1; }

[ $# -ge 1 ] || { echo "usage: $me OUT.cpio [SRC:DST...] [--script FILE...]" >&2; exit 64; }
out=$1
shift

busybox=
for f in /usr/bin/busybox /bin/busybox; do
	[ -x "$f" ] && busybox=$f && break
done
[ -n "$busybox" ] || die "no busybox, install busybox-static"

root=$(mktemp -d "${TMPDIR:-/tmp}/mkguest.XXXXXX")
trap 'rm -rf "$root" "$out.tmp"' EXIT
trap 'exit 130' INT TERM HUP

mkdir -p "$root/bin" "$root/sbin" "$root/usr/bin" "$root/usr/sbin" \
	"$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/etc" \
	"$root/root" "$root/kjt/scripts"
cp "$busybox" "$root/bin/busybox"
"$busybox" --list | while read -r applet; do
	[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
cp "$here/init" "$root/init"
cp "$here/lib" "$root/kjt/lib"
echo kjtest >"$root/etc/hostname"
echo 'root:x:0:0::/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"

while [ $# -gt 0 ]; do
	case $1 in
	--script)
		[ -r "${2:-}" ] || die "${2:-}: no such script"
		name=$(basename "$2")
		cp "$2" "$root/kjt/scripts/$name"
		[ -e "$root/kjt/default" ] || echo "$name" >"$root/kjt/default"
		shift ;;
	*:/*)
		src=${1%%:/*}
		dst=$root/${1#*:/}
		[ -e "$src" ] || die "$src: no such file"
		mkdir -p "$(dirname "$dst")"
		cp -RLp "$src" "$dst" ;;
	*)
		die "$1: neither SRC:/DST nor --script" ;;
	esac
	shift
done
[ -e "$root/kjt/default" ] || echo none >"$root/kjt/default"

# The kernel unpacks legacy lz4 fastest, and under TCG that is seconds.
pack() {
	if command -v lz4 >/dev/null; then
		lz4 -l -1 -q -c
	else
		gzip -1 -c
	fi
}
(cd "$root" && find . | LC_ALL=C sort |
	cpio -o -H newc -R 0:0 --quiet) | pack >"$out.tmp"
mv "$out.tmp" "$out"
