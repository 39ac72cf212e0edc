#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: initramfs/lib/restore.sh, under the shells that may run it, with programs in place of ours: what it does about a
# target that holds no image, and one whose image cannot be restored.
set -u
. "${0%/*}/lib.sh"

cd "$KJ_TMP" || exit 70
mkdir -p run bin dev sys/class/block/sdz1
top=$PWD
for f in common restore; do
	sed "s|>/dev/console|>>$top/con|g; s|</dev/console|</dev/null|g; s|/dev/kmsg|/dev/null|g; s|/proc/cmdline|$top/proc/cmdline|g; s|/run/|$top/run/|g
		s|/sys/class|$top/sys/class|g; s|=/dev/|=$top/dev/|g; s|\\[ -b |[ -e |g; s|/lib/kjump/|$top/|g" \
		"$KJ_TOP/initramfs/lib/$f.sh" >"$f.sh"
done
: >dev/sdz1
fake() {
	printf '#!/bin/sh\necho "%s $*" >>%s/log\n%s\n' "$1" "$top" "$2" >"bin/$1"
	chmod +x "bin/$1"
}
fake kjump-info "case \$1 in
-l) echo LABEL_UUID=ab; echo PLACE=\$2 ;;
-d) [ \$2 = PARTUUID=12ab ] && echo DEVICE=$top/dev/sdz1 ;;
*) [ -s $top/state ] || exit 1
	echo STATE=\$(cat $top/state); echo ID=77 ;;
esac"
fake kjump-return ''
# shellcheck disable=SC2016 # for that script
fake kjump-restore 'case $1 in --report) exit 1 ;; --stale) exit 0 ;; esac
for last; do :; done
exit $(cat "'"$top"'/fails.${last##*/}" 2>/dev/null || echo 65)'
fake kjump-off ''

# restore SHELL [RESUME OFFSET TARGET]: kj_restore, at whose question $answer is typed, one word each time, with what the command line and kjump.conf say, with no root file system to boot on to
restore() {
	: >log
	: >con
	# shellcheck disable=SC2086,SC2016 # `busybox ash` is two words; the rest is for that shell
	PATH=$top/bin:$PATH try $1 -c '. ./common.sh && . ./restore.sh || exit 99
		KJ_TARGET=auto KJ_WAIT=0 KJ_ONFAIL=ask KJ_NORESUME="" KJ_ROOT="" KJ_FINAL="" KJ_PATH=auto KJ_PASS="" KJ_TEST_HANG=""
		KJ_DISKS=30 KJ_RESUME=$2 KJ_RESUME_OFFSET=$3 CONF_KJ_TARGET=$4
		kj_device() { [ -e "$PWD/dev/${1##*/}" ] && echo "$PWD/dev/${1##*/}"; }
		kj_typed=$5
		[ -z "$6" ] || KJ_WAIT=3
		# disks come up while somebody waits for them
		sleep() { echo sleep >>log; sh -c "$comes" || :; }
		[ -z "$kj_typed" ] || kj_answer() { kj_a=${kj_typed%% *} kj_typed=${kj_typed#* }; }
		kj_boot_on() { echo "live:$KJ_LIVE" >>log; }
		kj_restore' restore "$shell" "${2:-}" "${3:-0}" "${4:-}"  "${answer:-}" "${comes:-}"
	answer=''
	grep -v '^kjump-info\|--report' log | sed "s|$top||g" >did
}

for shell in dash 'busybox ash'; do
	command -v "${shell%% *}" >/dev/null || { skip "$shell is not installed"; continue; }
	for a in '|30' 'kjump.wait=3|30' 'kjump.wait=90|90'; do
		mkdir -p proc
		echo "quiet ${a%|*}" >proc/cmdline
		# shellcheck disable=SC2086,SC2016 # as above
		try $shell -c '. ./common.sh; kj_cmdline; echo "$KJ_DISKS"'
		[ "$(cat out)" = "${a#*|}" ]
		report $? "$shell: disks are waited for ${a#*|} s: ${a%|*}" "$(cat out err)"
	done
	# shellcheck disable=SC2086,SC2016 # as above
	PATH=$top/bin:$PATH try $shell -c '. ./common.sh; kj_device PARTUUID=12ab; kj_device PARTUUID=34cd; :'
	[ "$(cat out)" = "$top/dev/sdz1" ]
	report $? "$shell: PARTUUID= is found without the kernel's help" "$(cat out err)"
	rm -f state
	restore "$shell"
	[ "$(cat did)" = live: ] && [ ! -s con ]
	report $? "$shell: no image: boots on, and asks nobody" "$(cat did con err)"
	echo consumed >state
	restore "$shell"
	[ "$(cat did)" = live: ] && [ ! -s con ]
	report $? "$shell: a spent one: the same" "$(cat did con err)"
	echo ready >state
	restore "$shell"
	[ "$(tail -n 1 did)" = 'live: /dev/sdz1' ] && grep -q 'not restored (status 65)' con && grep -q 'give the image up' con
	report $? "$shell: one that is refused: asks, then it is to be given up" "$(cat did con err)"

	# what may pass is asked about like any other
	for n in 66 75 77; do
		echo $n >fails.sdz1
		restore "$shell"
		[ "$(sed -n '/restore/d; p' did | head -n 1)" = 'live: /dev/sdz1' ] && grep -q '(b in 30 s)' con
		report $? "$shell: status $n, and nobody answers: boots on" "$(cat did con err)"
		[ "$(cat did)" = "$(printf '%s\n' \
			'kjump-restore --restored s5 --path auto --wait 30 --append  /dev/sdz1' 'live: /dev/sdz1')" ]
		report $? "$shell: status $n: tried once" "$(cat did)"
	done
	for a in 'b|live: /dev/sdz1' 'p|kjump-off ' 'x|live: /dev/sdz1'; do
		answer=${a%|*} restore "$shell"
		[ "$(sed -n '/restore/d; p' did | head -n 1)" = "${a#*|}" ]
		report $? "$shell: somebody types ${a%|*}" "$(cat did con err)"
	done
	answer='r r b' restore "$shell"
	[ "$(grep -c '^kjump-restore' did)" = 3 ] && [ "$(tail -n 1 did)" = 'live: /dev/sdz1' ]
	report $? "$shell: or r: it is tried again" "$(cat did con err)"
	rm fails.sdz1

	# a volume that is no device here is found by its blocks, and not waited for
	mkdir sys/class/block/sdz2
	: >dev/sdz2
	sed -i "s|^-l) |-l) case \$2 in *sdz1) exit 1 ;; esac; |" bin/kjump-info
	restore "$shell" /dev/sdz2 4096 /dev/vg/image
	[ "$(tail -n 1 did)" = 'live: /dev/sdz2@4096 /dev/sdz2' ] && ! grep -q 'is not there' con
	report $? "$shell: resume= and resume_offset= lead to a volume" "$(cat did con err)"
	restore "$shell" '' 0 /dev/vg/image
	grep -q "target '/dev/vg/image' is not there after 0 s" con
	report $? "$shell: a device that is not there is missed" "$(cat did con err)"
	# swap: a volume in a LUKS volume, which was opened by its name
	sed -i "s|^-l) |-l) exit 1; |" bin/kjump-info
	echo LABELONE >dev/vg-swap
	restore "$shell" '' 0 "SWAP=$top/dev/mapper/vg-swap"
	grep -q "if target 'SWAP=.*/dev/mapper/vg-swap' is a volume, it can only be found by resume=" con &&
		grep -q 'no target found after 0 s' con
	report $? "$shell: what is no swap area is not taken for the one" "$(cat did con err)"
	{
		head -c 4086 /dev/zero
		echo SWAPSPACE2
	} >dev/vg-swap
	restore "$shell" '' 0 "SWAP=$top/dev/mapper/vg-swap"
	[ "$(cat did)" = live: ] && [ ! -s con ]
	report $? "$shell: a swap area without an image" "$(cat did con err)"
	rm dev/vg-swap
	restore "$shell" /dev/sdz2 4096 "SWAP=$top/dev/mapper/vg-swap"
	[ "$(cat did)" = live: ] && [ ! -s con ]
	report $? "$shell: one that resume= and resume_offset= lead to" "$(cat did con err)"
	restore "$shell" '' 0 "SWAP=$top/dev/disk/by-id/gone"
	grep -q 'no target found after 0 s' con && ! grep -q 'can only be found' con
	report $? "$shell: one that is not there, but is no volume" "$(cat did con err)"
	sed -i 's|^-l) exit 1; |-l) |' bin/kjump-info

	# a partition that once was a target, on a fast disk, and a swap area on one that comes up later
	sed -i "s|^-l) .*esac; |-l) case \$2 in *sdz2*) [ -s $top/dev/sdz2 ] \&\& set -- -l $top/dev/sdz2@0 ;; esac; |" bin/kjump-info
	rm -rf dev/sdz2 sys/class/block/sdz2
	# late SWAP-SPEC [RESUME OFFSET]: it is there at the second look
	late() {
		comes='[ -e dev/sdz2 ] || { echo ULSUSPEND >dev/sdz2; mkdir sys/class/block/sdz2; }' restore "$shell" "${2:-}" "${3:-0}" "$1"
		[ "$(grep -c sleep did)" = 1 ] && grep -q '^kjump-restore.* /dev/sdz2@' did && ! grep -q 'not there' con
		report $? "$shell: waited for, though another disk has a label: $*" "$(cat did con err)"
		rm -r dev/sdz2 sys/class/block/sdz2
	}
	late "SWAP=$top/dev/sdz2"
	late "SWAP=$top/dev/vg/swap" "/dev/sdz2" 4096
	late SWAP=/swapfile /dev/sdz2 4096
	late /var/kjump.img /dev/sdz2 4096
	late /dev/vg/image /dev/sdz2 4096
	# bounded, and the other one is looked at as ever
	comes=: restore "$shell" '' 0 "SWAP=$top/dev/sdz2"
	[ "$(grep -c sleep did)" = 3 ] && grep -q "^kjump-restore.* /dev/sdz1\$" did && grep -q "target 'SWAP=.*' is not there after 3 s" con
	report $? "$shell: one that does not come" "$(cat did con err)"
	# what no waiting helps
	for t in SWAP=/swapfile /var/kjump.img; do
		comes=: restore "$shell" '' 0 "$t"
		! grep -q sleep did && grep -q "^kjump-restore.* /dev/sdz1\$" did && grep -q "target '$t' can only be found by resume=" con
		report $? "$shell: $t without resume=" "$(cat did con err)"
	done
	comes=: restore "$shell" '' 0 "$top/dev/sdz1"
	! grep -q sleep did
	report $? "$shell: a partition that is there is not waited for" "$(cat did con err)"
	: >dev/sdz2
	mkdir sys/class/block/sdz2
	rm -r sys/class/block/sdz2
	sed -i 's|^-l) .*esac; |-l) |' bin/kjump-info
done
done_testing
