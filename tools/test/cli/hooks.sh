#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: what runs in an initramfs of dracut or initramfs-tools, by every shell that may be there, with programs in place of
# ours that note what they were asked: it restores, gives up, waits and leaves alone when it should, and its status is 0.
set -u
. "${0%/*}/lib.sh"

cd "$KJ_TMP" || exit 70
mkdir -p lib/kjump run bin dev/disk/by-partuuid sys/class/block/sdz1 etc
: >sys/class/block/sdz1/uevent
top=$PWD
# put SRC DST: with all paths below here; a device may be any file
put() {
	sed "s|>/dev/console|>>$top/dev/console|g; s|$top/dev|/dev|g; s|/run/|$top/run/|g; s|/dev/|$top/dev/|g; s|$top/dev/null|/dev/null|g; s|/proc/|$top/proc/|g; s|/sys/|$top/sys/|g
		s|/lib/kjump/|$top/lib/kjump/|g; s|/etc/|$top/etc/|g; s|\\[ -b |[ -e |g; s|^PATH=.*|:|" "$KJ_TOP/$1" >"$2"
	chmod +x "$2"
}
mkdir proc
for f in common restore hook quick; do put initramfs/lib/$f.sh lib/kjump/$f.sh; done
put initramfs/resume lib/kjump/resume
put initramfs/ask lib/kjump/ask
put dracut-module/50kjump/kjump-wait.sh lib/kjump/wait
put dracut-module/50kjump/kjump-finished.sh finished
put dracut-module/50kjump/kjump-generator.sh generator
: >etc/initrd-release
: >dev/sdz1

fake() {
	printf '#!/bin/sh\necho "%s $*" >>%s/log\n%s\n' "$1" "$top" "$2" >"bin/$1"
	chmod +x "bin/$1"
}
# sdz1 has our label; whether it holds an image, the file state says
fake kjump-info "case \$1 in
-w) [ -s $top/state ] || exit 1 ;;
-l) [ \$2 = $top/dev/sdz1 ] && [ -e $top/label ] && echo LABEL_UUID=ab-cd && echo PLACE=\$2 ;;
*) [ -s $top/state ] || exit 1
	echo STATE=\$(cat $top/state)
	echo ID=77 ;;
esac"
# shellcheck disable=SC2016 # for that script
fake kjump-restore 'case $1 in --report) exit 1 ;; --stale) exit 0 ;; *) exit $(cat "'"$top"'/fails" 2>/dev/null || echo 65) ;; esac'
fake kjump-off ''
fake sleep ''
fake udevadm ''

# boot SHELL WORDS [SCRIPT]: the hook, told so by the kernel's command line; what it did is in the file did
boot() {
	echo "root=/dev/sda1 $2" >proc/cmdline
	: >log
	: >dev/console
	# shellcheck disable=SC2086 # `busybox ash` is two words
	PATH=$top/bin:$PATH try $1 "${3:-lib/kjump/resume}"
	# looking does no harm, and some shells sleep by themselves
	grep -v '^kjump-info\|--report\|^sleep' log | sed "s|$top||g" >did
}
did() {
	name=$1
	shift
	{ [ $# -eq 0 ] || printf '%s\n' "$@"; } >want
	[ "$status" -eq 0 ] && cmp -s want did
	report $? "$name" "status $status; $(cat did err dev/console)"
}
says() {
	grep -q "$1" dev/console
	report $? "$2" "$(cat dev/console)"
}
conf() {
	printf "KJ_%s='%s'\n" "$@" >etc/kjump.env
}
settle='udevadm settle --timeout=10'
try_it='kjump-restore --restored s5 --path auto --wait 30 --append  /dev/sdz1'
stale='kjump-restore --stale /dev/sdz1'

for shell in dash bash 'busybox ash'; do
	command -v "${shell%% *}" >/dev/null || { skip "$shell is not installed"; continue; }
	rm -f label state dev/disk/by-partuuid/*
	: >label
	conf TARGET /dev/sdz1 ONFAIL boot
	sed -i "s|='/dev|='$top/dev|" etc/kjump.env
	boot "$shell" quiet
	did "$shell: no image: nothing"
	[ ! -s dev/console ]
	report $? "$shell: no image: not a word" "$(cat dev/console)"
	# an initramfs of this version says where to look; $quick is all that a boot may run then
	quick="kjump-info -w $top/dev/sdz1"
	echo "$top/dev/sdz1" >etc/kjump.quick
	boot "$shell" quiet
	did "$shell: no image: nothing, by one look"
	[ "$(cat log)" = "$quick" ]
	report $? "$shell: no image: one program is run" "$(cat log)"
	for w in rd.kjump.target=ab-cd kjump.wait=1 resume_offset=4711; do
		boot "$shell" "$w"
		! grep -qF "$quick" log
		report $? "$shell: $w: no short cut" "$(cat log)"
	done
	echo ready >state
	boot "$shell" quiet
	did "$shell: an image: the short cut finds it" "$settle" "$try_it" "$stale"
	boot "$shell" noresume
	did "$shell: an image: and noresume gives it up" "$settle" "$stale"
	: >state
	echo "$top/dev/gone" >etc/kjump.quick
	boot "$shell" quiet
	! grep -qF "kjump-info -w" log
	report $? "$shell: no device: no short cut" "$(cat log)"
	boot "$shell" quiet lib/kjump/wait
	status_is 0 "$shell: wait: by the long way"
	echo "$top/dev/sdz1" >etc/kjump.quick
	boot "$shell" quiet finished
	[ "$status" -eq 0 ] && [ ! -s log ]
	report $? "$shell: wait: no program is run for a device that is there" "$(cat log)"
	rm etc/kjump.quick
	rm label
	boot "$shell" quiet
	did "$shell: no label: nothing, and no waiting"
	: >label
	echo ready >state
	boot "$shell" quiet
	did "$shell: an image that cannot be restored is given up" "$settle" "$try_it" "$stale"
	says 'restoring' "$shell: and is named"
	boot "$shell" 'noresume'
	did "$shell: noresume: it is given up without a try" "$settle" "$stale"
	boot "$shell" 'rd.kjump=0'
	did "$shell: rd.kjump=0: nothing is touched"
	boot "$shell" 'rd.kjump=0 rd.kjump=1'
	did "$shell: the last word counts" "$settle" "$try_it" "$stale"
	boot "$shell" 'rd.kjump.path=direct'
	did "$shell: rd.kjump.path=" "$settle" "kjump-restore --restored s5 --path direct --wait 30 --append  /dev/sdz1" "$stale"
	boot "$shell" 'rd.kjump.path=sideways'
	did "$shell: a path that is none" "$settle" "$try_it" "$stale"
	boot "$shell" 'rd.kjump.onfail=poweroff'
	did "$shell: rd.kjump.onfail=poweroff" "$settle" "$try_it" 'kjump-off ' "$stale"
	boot "$shell" 'rd.kjump.onfail=ask'
	did "$shell: ask, and nobody answers" "$settle" "$try_it" "$stale"
	# what may pass
	for n in 66 75 77; do
		echo $n >fails
		boot "$shell" 'rd.kjump.onfail=ask rd.kjump.wait=90'
		did "$shell: ask, status $n and nobody answers" "$settle" "$(echo "$try_it" | sed 's/wait 30/wait 90/')" "$stale"
		boot "$shell" 'rd.kjump.onfail=boot'
		did "$shell: boot, status $n" "$settle" "$try_it" "$stale"
	done
	# busybox takes its own, whatever is in the way
	[ "${shell%% *}" = busybox ] || {
		fake timeout "[ -e $top/typed ] || { : >$top/typed; echo r; }"
		boot "$shell" 'rd.kjump.onfail=ask'
		rm bin/timeout typed
		grep -v ^timeout did >did.less
		mv did.less did
		did "$shell: ask, and somebody wants it tried again" "$settle" "$try_it" "$try_it" "$stale"
	}
	rm fails
	# who asks for a passphrase where the terminal is not ours
	asked_by="${try_it%% --append*} --ask /lib/kjump/ask --append${try_it#*--append}"
	fake systemd-ask-password 'echo horse'
	boot "$shell" quiet
	did "$shell: systemd-ask-password, but no systemd runs" "$settle" "$try_it" "$stale"
	mkdir -p run/systemd/system
	boot "$shell" quiet
	did "$shell: systemd runs, and asks" "$settle" "$asked_by" "$stale"
	: >log
	# shellcheck disable=SC2086
	PATH=$top/bin:$PATH try $shell lib/kjump/ask 'passphrase for /dev/sdz1: '
	status_is 0 "$shell: ask: systemd's answer"
	[ "$(cat out)" = horse ] && [ "$(cat log)" = \
		'systemd-ask-password --id=kjump --icon=drive-harddisk --timeout=120 passphrase for /dev/sdz1:' ]
	report $? "$shell: ask: nobody else is asked" "$(cat out log)"
	# shellcheck disable=SC2016 # for that script
	fake plymouth 'case $1 in ask-for-password) echo battery ;; esac'
	: >log
	# shellcheck disable=SC2086
	PATH=$top/bin:$PATH try $shell lib/kjump/ask 'passphrase for x: '
	[ "$(cat out)" = horse ] && [ "$(grep -v '^plymouth --ping' log | sed 's/ --.*//')" = \
		"$(printf '%s\n' 'plymouth reactivate' systemd-ask-password 'plymouth deactivate')" ]
	report $? "$shell: ask: plymouth has the screen while systemd asks" "$(cat out log)"
	fake systemd-ask-password 'exit 1'
	# shellcheck disable=SC2086
	PATH=$top/bin:$PATH try $shell lib/kjump/ask 'passphrase for x: '
	status_is 1 "$shell: ask: nobody answers"
	rm -r run/systemd
	boot "$shell" quiet
	did "$shell: plymouth asks" 'plymouth --ping' 'plymouth --ping' 'plymouth deactivate' "$settle" "$asked_by" "$stale" \
		'plymouth reactivate'
	: >log
	# shellcheck disable=SC2086
	PATH=$top/bin:$PATH try $shell lib/kjump/ask 'passphrase for x: '
	[ "$status" -eq 0 ] && [ "$(cat out)" = battery ] && grep -qx 'plymouth ask-for-password --prompt=passphrase for x' log
	report $? "$shell: ask: plymouth's answer" "$(cat out log)"
	rm bin/plymouth bin/systemd-ask-password
	echo consumed >state
	boot "$shell" quiet
	did "$shell: a spent image: nothing"

	# where the target is
	echo ready >state
	conf TARGET PARTUUID=AB-12 ONFAIL boot
	boot "$shell" 'rd.kjump.wait=1'
	did "$shell: not there: waits, and goes on"
	says 'no target found after 1 s' "$shell: and says so"
	: >dev/disk/by-partuuid/ab-12
	boot "$shell" 'rd.kjump.wait=2'
	did "$shell: there, without label: nothing"
	rm dev/disk/by-partuuid/ab-12
	conf TARGET KJLABEL=ab-cd ONFAIL boot
	boot "$shell" quiet
	did "$shell: by our own label" "$settle" "$try_it" "$stale"
	conf TARGET KJLABEL=ef-01 ONFAIL boot
	boot "$shell" 'rd.kjump.wait=1'
	did "$shell: by a label that no disk has"
	boot "$shell" 'rd.kjump.wait=1 rd.kjump.target=ab-cd'
	did "$shell: rd.kjump.target=" "$settle" "$try_it" "$stale"
	conf TARGET '' ONFAIL boot
	boot "$shell" "resume=$top/dev/sdz1"
	did "$shell: resume= where nothing is configured" "$settle" "kjump-restore --restored s5 --path auto --wait 30 --append resume=/dev/sdz1 /dev/sdz1" "$stale"
	# a swap area, then one in a file
	conf TARGET SWAP=/dev/sdz1 ONFAIL boot
	sed -i "s|=/dev|=$top/dev|" etc/kjump.env
	sed -i "s|PLACE=.*;;$|PLACE=\$2@0 ;;|" bin/kjump-info
	boot "$shell" quiet
	did "$shell: a swap area" "$settle" "$try_it@0" "$stale@0"
	sed -i "s|PLACE=.*;;$|PLACE=\$2 ;;|; s|= $top/dev/sdz1 |= $top/dev/sdz1@4711 |" bin/kjump-info
	conf TARGET SWAP=/swapfile ONFAIL boot
	boot "$shell" "resume=$top/dev/sdz1 resume_offset=4711"
	did "$shell: a swap file" "$settle" \
		"kjump-restore --restored s5 --path auto --wait 30 --append resume=/dev/sdz1 resume_offset=4711 /dev/sdz1@4711" "$stale@4711"
	boot "$shell" "resume=$top/dev/sdz1 resume_offset=4712"
	did "$shell: a swap file that is elsewhere: nothing"
	# the kernel has given the names in another order: what is there now has no label, or the name is nobody's
	mv label label.no
	: >dev/sdz7
	sed -i "s|^-l) |-l) [ \$2 = $top/dev/sdz7 ] \&\& echo LABEL_UUID=ab-cd \&\& echo PLACE=\$2@0 \&\& exit; |" bin/kjump-info
	echo ready >state
	other="kjump-restore --restored s5 --path auto --wait 30 --append resume=/dev/sdz7 /dev/sdz7@0"
	for t in SWAP=$top/dev/sdz1 SWAP=$top/dev/sdz8 $top/dev/sdz1; do
		conf TARGET "$t" ONFAIL boot
		echo "${t#SWAP=}" >etc/kjump.quick
		boot "$shell" "resume=$top/dev/sdz7"
		did "$shell: ${t#"$top"}, and resume= leads to it" "$settle" "$other" 'kjump-restore --stale /dev/sdz7@0'
		! grep -q '^kjump-info -w\|^sleep' log
		report $? "$shell: ${t#"$top"}: without a short cut or a wait" "$(cat log)"
	done
	rm etc/kjump.quick
	boot "$shell" "resume=$top/dev/sdz7 rd.kjump.target=$top/dev/sdz1"
	did "$shell: not where another one is asked for"
	conf TARGET PARTUUID=AB-12 ONFAIL boot
	: >dev/disk/by-partuuid/ab-12
	boot "$shell" "resume=$top/dev/sdz7"
	did "$shell: nor where the name is no other disk's"
	rm dev/disk/by-partuuid/ab-12
	sed -i 's|^-l) .*&& exit; |-l) |' bin/kjump-info
	mv label.no label
	rm dev/sdz7
	for t in SWAP=/swapfile /var/kjump.img; do
		conf TARGET "$t" ONFAIL boot
		for w in quiet "resume=$top/dev/sdz1"; do
			boot "$shell" "$w"
			[ "$status" -eq 0 ] && ! grep -q '^sleep\|restore' log
			report $? "$shell: $t, $w: not found, and not waited for" "$(cat log)"
			says "target '$t' can only be found by resume=" "$shell: $t, $w: says so"
			boot "$shell" "$w" lib/kjump/wait
			status_is 0 "$shell: $t, $w: nor by the main loop"
		done
	done
	sed -i "s|= $top/dev/sdz1@4711 |= $top/dev/sdz1 |" bin/kjump-info
	echo "root=/dev/sda1" >proc/cmdline
	: >dev/console
	# shellcheck disable=SC2086
	PATH=$top/bin:$PATH try $shell lib/kjump/resume --tell
	status_is 0 "$shell: --tell: status"
	says 'do not mount, fsck or swapon' "$shell: --tell: an image waits"

	# dracut's main loop
	conf TARGET PARTUUID=AB-12
	echo '100.00 1.00' >proc/uptime
	echo 95.00 >run/kjump.since
	boot "$shell" 'rd.kjump.wait=6' lib/kjump/wait
	status_is 1 "$shell: wait: not there, five of six seconds are over"
	echo 94.00 >run/kjump.since
	boot "$shell" 'rd.kjump.wait=6' lib/kjump/wait
	status_is 0 "$shell: wait: all six are"
	rm run/kjump.since
	echo "$top/dev/disk/by-partuuid/ab-12" >etc/kjump.quick
	boot "$shell" quiet finished
	[ "$status" -eq 1 ] && [ "$(cat run/kjump.since)" = 100.00 ]
	report $? "$shell: wait: the first time is remembered" "$status $(cat run/kjump.since)"
	rm etc/kjump.quick
	echo 99.00 >run/kjump.since
	boot "$shell" 'rd.kjump.wait=6 rd.kjump=0' lib/kjump/wait
	status_is 0 "$shell: wait: not asked for"
	: >dev/disk/by-partuuid/ab-12
	boot "$shell" 'rd.kjump.wait=6' lib/kjump/wait
	status_is 0 "$shell: wait: there"

	# systemd's generator
	gen() {
		rm -rf units
		mkdir units
		echo "$1" >proc/cmdline
		# shellcheck disable=SC2086
		try $shell generator units units units
		(cd units && find . -type f -o -type l | sed 's|^\./||' | LC_ALL=C sort) >did
	}
	conf TARGET PARTUUID=AB-12 ONFAIL boot
	gen quiet
	# shellcheck disable=SC1003 # a backslash is what is meant
	u='dev-disk-by\x2dpartuuid-ab\x2d12.device'
	# the paths below here are longer than those of a machine
	echo units/*.device.d >unit
	# shellcheck disable=SC2046 # one a line
	did "$shell: generator: a link and two drop-ins" $(printf '%s\n' "$(sed 's|^units/||' unit)/kjump.conf" \
		kjump-resume.service.d/device.conf sysinit.target.wants/kjump-resume.service | LC_ALL=C sort)
	grep -q "^BindsTo=.*$(printf '%s' "$u" | sed 's/\\/\\\\/g')\$" units/kjump-resume.service.d/device.conf
	report $? "$shell: generator: bound to its device" "$(cat units/kjump-resume.service.d/device.conf)"
	grep -qx 'JobTimeoutSec=30' units/*.device.d/kjump.conf
	report $? "$shell: generator: and for a time only"
	cp etc/kjump.env env.before
	# patient SECONDS NAME WORDS: that long may the device take
	patient() {
		gen "$3"
		grep -qx "JobTimeoutSec=$1" units/*.device.d/kjump.conf
		report $? "$shell: generator: $2" "$(cat units/*.device.d/kjump.conf)"
	}
	conf TARGET "SWAP=$top/dev/mapper/secret"
	patient 150 'longer where a passphrase may have to be typed' quiet
	patient 30 'not if somebody says the usual time' 'kjump.wait=30'
	conf TARGET "SWAP=$top/dev/vg/swap"
	patient 150 'or by the name that LVM gives it' quiet
	conf TARGET /swapfile
	patient 150 'or for a file in there' "resume=$top/dev/mapper/secret resume_offset=4711"
	conf TARGET ''
	patient 150 'or where nothing is configured' "resume=$top/dev/mapper/secret"
	patient 10 'but not for a partition' "resume=$top/dev/sdz1"
	patient 10 'whatever link leads to it' "resume=$top/dev/disk/by-id/sdz1"
	conf TARGET PARTUUID=AB-12
	patient 150 'or for another target' "rd.kjump.target=$top/dev/mapper/secret"
	mv env.before etc/kjump.env
	# the short cut says the same
	both() {
		gen quiet
		cp -r units units.long
		echo "$1" >etc/kjump.quick
		gen quiet
		diff -r --no-dereference units.long units >diff.out
		report $? "$shell: generator: the short cut says the same: $2" "$(cat diff.out)"
		# shellcheck disable=SC2012 # one name
		printf '%s %s\n' "$1" "$(ls units | sed -n 's/^\(dev-.*\.device\)\.d$/\1/p')" >etc/kjump.quick
		gen quiet
		rm etc/kjump.quick
		diff -r --no-dereference units.long units >diff.out
		report $? "$shell: generator: and with the name of a unit: $2" "$(cat diff.out)"
		rm -r units.long
	}
	both "$top/dev/disk/by-partuuid/ab-12" 'a link'
	conf TARGET "SWAP=$top/dev/mapper/secret"
	both "$top/dev/mapper/secret" 'a volume'
	conf TARGET "$top/dev/sdz1"
	both "$top/dev/sdz1" 'a device'
	conf TARGET PARTUUID=AB-12
	gen 'rd.kjump.wait=7'
	grep -qx 'JobTimeoutSec=7' units/*.device.d/kjump.conf
	report $? "$shell: generator: for as long as one says"
	gen 'rd.kjump=0'
	did "$shell: generator: rd.kjump=0"
	conf TARGET KJLABEL=ab-cd
	gen quiet
	did "$shell: generator: our label" kjump-resume.service.d/device.conf sysinit.target.wants/kjump-resume.service
	grep -qx 'After=systemd-udev-settle.service' units/kjump-resume.service.d/device.conf
	report $? "$shell: generator: once udev has seen all disks"
	rm etc/initrd-release
	gen quiet
	did "$shell: generator: not in an initrd"
	: >etc/initrd-release
done

# ---- what is put into such an initramfs ----
mkdir -p usr/sbin usr/lib/kjump boot
cp "$KJ_BIN/kjump" usr/sbin/kjump
for p in kjump-info kjump-restore kjump-return kjump-load kjump-off; do echo $p >usr/sbin/$p; done
cp -r "$KJ_TOP/initramfs/lib" "$KJ_TOP/initramfs/resume" "$KJ_TOP/initramfs/ask" usr/lib/kjump/
cp "$KJ_TOP/dracut-module/stage" usr/lib/kjump/hook-stage
sed "s|sys=/sys dev=/dev crypto=/proc|sys=$top/sys dev=$top/dev crypto=$top/proc|" "$KJ_TOP/service/drivers" \
	>usr/lib/kjump/drivers
chmod +x usr/lib/kjump/hook-stage usr/lib/kjump/drivers
stage() {
	try usr/lib/kjump/hook-stage -c kjump.conf "$@"
}
files_are() {
	(cd "$1" && find . -type f | sed 's|^\./||' | LC_ALL=C sort | tr '\n' ' ') >did
	[ "$(cat did)" = "$2" ]
	report $? "$3" "$(cat did)"
}
all='etc/kjump.env lib/kjump/ask lib/kjump/common.sh lib/kjump/hook.sh lib/kjump/quick.sh lib/kjump/restore.sh lib/kjump/resume sbin/kjump-info sbin/kjump-load sbin/kjump-off sbin/kjump-restore '
: >kjump.conf
stage -q
status_is 1 'stage: no target is configured'
stage one
status_is 1 'stage: so nothing is put in'
[ ! -e one ]
ok 'stage: nothing at all'
stage -a one
status_is 0 'stage: unless asked for'
files_are one "$all" 'stage: these files'
echo 'colour blue' >kjump.conf
stage -q
status_is 78 'stage: a mistake in kjump.conf'
echo 'target /dev/sdz1' >kjump.conf
stage -q
status_is 0 'stage: a target'
stage two
grep -qx "KJ_TARGET='/dev/sdz1'" two/etc/kjump.env
ok 'stage: it is baked in'
# ---- the key file ----
stage -k
status_is 1 'stage: no key_file'
printf 'target /dev/sdz1\nkey_file %s\n' "$top/key" >kjump.conf
stage -k
status_is 0 'stage: a key_file'
stage keyless
[ "$status" -eq 70 ] && grep -qx "kjump hook: key_file '$top/key' is not there" err
report $? 'stage: a key_file that is not there' "$status $(cat err)"
echo 'what opens images' >key
stage keyed
[ "$status" -eq 0 ] && cmp -s key keyed/etc/kjump.secret && [ "$(stat -c %a keyed/etc/kjump.secret)" = 400 ] && [ ! -s err ]
report $? 'stage: it is put in, for root alone' "$status $(cat err; ls -l keyed/etc)"
stage -p public
[ "$status" -eq 0 ] && [ ! -e public/etc/kjump.secret ] && [ -e public/etc/kjump.env ]
report $? 'stage -p: it is left out where others could read it' "$status $(ls -l public/etc)"
one_line "kjump hook: key_file '$top/key' is left out of an initramfs that others could read" 'stage -p: and says so'
# what mkinitramfs is told, by its own way of asking
hook_dir=$top/usr/lib/kjump
sed "s|/usr/lib/kjump|$hook_dir|g; s|hook-stage -k|hook-stage -c $top/kjump.conf -k|" \
	"$KJ_TOP/dracut-module/initramfs-tools/conf-hook" >conf-hook
# shellcheck disable=SC2016 # for that shell
asked='. ./conf-hook; echo "$BUSYBOX $UMASK"'
[ "$(UMASK='' sh -ec "$asked")" = 'y 0077' ]
report $? 'conf-hook: then nobody else may read the initramfs'
echo 'target /dev/sdz1' >kjump.conf
[ "$(UMASK=0027 sh -ec "$asked")" = 'y 0027' ]
report $? 'conf-hook: else it is as somebody wants it'
# ---- a name that may be another disk's at the next boot ----
mkdir parts
ln -s /dev/sdz9 parts/ab-11
ln -s /dev/sdz1 parts/ab-12
ln -s /dev/sdz1 'parts/no\x20id'
sed -i "s|^links=.*|links=$top/parts|" usr/lib/kjump/hook-stage
n=0
for t in /dev/sdz1=PARTUUID=ab-12 SWAP=/dev/sdz1=SWAP=PARTUUID=ab-12 /dev/sdz2=/dev/sdz2 /dev/disk/by-id/sdz1=/dev/disk/by-id/sdz1; do
	n=$((n + 1)) want=${t#"${t%%sdz[12]=*}"}
	want=${want#*=}
	echo "target ${t%="$want"}" >kjump.conf
	stage "lasting$n"
	grep -qx "KJ_TARGET='$want'" "lasting$n/etc/kjump.env"
	report $? "stage: ${t%="$want"} is looked for as $want" "$(grep KJ_TARGET= "lasting$n/etc/kjump.env") $(cat err)"
done
# shellcheck disable=SC1003 # a backslash is what is meant
[ "$(cat lasting2/etc/kjump.quick)" = '/dev/disk/by-partuuid/ab-12 dev-disk-by\x2dpartuuid-ab\x2d12.device' ]
report $? 'stage: and the short cut looks there' "$(cat lasting2/etc/kjump.quick)"
rm -r parts
echo 'target /dev/sdz1' >kjump.conf
# quick_is WANT NAME: where a boot is told to look
n=0
quick_is() {
	n=$((n + 1))
	stage -a "quick$n"
	[ "$(cat "quick$n/etc/kjump.quick" 2>/dev/null)" = "$1" ]
	report $? "stage: a short cut: $2" "$(cat "quick$n/etc/kjump.quick" err)"
}
quick_is '/dev/sdz1 dev-sdz1.device' 'a path'
echo 'target PARTUUID=AB-12' >kjump.conf
# shellcheck disable=SC1003 # a backslash is what is meant
quick_is '/dev/disk/by-partuuid/ab-12 dev-disk-by\x2dpartuuid-ab\x2d12.device' 'a link that udev makes'
echo 'target SWAP=/dev/vg/swap' >kjump.conf
quick_is '/dev/vg/swap dev-vg-swap.device' 'a swap area'
echo 'target /dev/mapper/a+b' >kjump.conf
quick_is /dev/mapper/a+b 'a name that is not simple'
for t in 'target KJLABEL=0123456789abcdef0123456789abcdef' 'target SWAP=/swapfile' 'target /var/kjump.img' ''; do
	echo "$t" >kjump.conf
	quick_is '' "none: ${t:-no target}"
done
echo 'target /dev/sdz1' >kjump.conf

# a disk: block device, virtio device, PCI device
mkdir -p sys/devices/pci0/virtio0/block/sdz/sdz1 sys/devices/pci0/virtio0/driver sys/devices/pci0/driver sys/module/virtio_blk \
	sys/module/virtio_pci
rm -r sys/class/block/sdz1
ln -s ../../devices/pci0/virtio0/block/sdz/sdz1 sys/class/block/sdz1
ln -s ../../../../module/virtio_blk sys/devices/pci0/virtio0/driver/module
ln -s ../../../module/virtio_pci sys/devices/pci0/driver/module
stage -m
[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <out)" = 'virtio_blk virtio_pci ' ]
report $? 'stage: the modules of the target, from the disk up' "$(cat out err)"
# what kernel B needs of it for a dump
fake blkid 'echo xfs'
printf 'crash_target UUID=77 /dev/sdy1 PARTUUID=98\n' >kjump.conf
mkdir -p dev/disk/by-uuid sys/devices/pci0/virtio1/block/sdy/sdy1 sys/devices/pci0/virtio1/driver sys/module/virtio_scsi
ln -s ../../sdz1 dev/disk/by-uuid/77
: >dev/sdy1
ln -s ../../devices/pci0/virtio1/block/sdy/sdy1 sys/class/block/sdy1
ln -s ../../../../module/virtio_scsi sys/devices/pci0/virtio1/driver/module
PATH=$top/bin:$PATH try usr/lib/kjump/drivers -c kjump.conf
[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <out)" = 'virtio_blk virtio_pci xfs virtio_scsi ' ]
report $? 'drivers: of each crash_target that is there, and of its file system' "$(cat out err)"
PATH=$top/bin:$PATH try usr/lib/kjump/drivers -c kjump.conf -t
[ "$status" -eq 0 ] && [ ! -s out ]
report $? 'drivers -t: not of those' "$(cat out err)"
# a watchdog of the chipset's, whose device another driver has made, and one of software
mkdir -p sys/class/watchdog/watchdog0 sys/class/watchdog/watchdog1 sys/devices/pci0/smbus/wdt sys/devices/pci0/smbus/driver \
	sys/devices/pci0/smbus/wdt/driver sys/module/i2c_i801 sys/module/iTCO_wdt
ln -s ../../../devices/pci0/smbus/wdt sys/class/watchdog/watchdog0/device
ln -s ../../../../../module/iTCO_wdt sys/devices/pci0/smbus/wdt/driver/module
ln -s ../../../../module/i2c_i801 sys/devices/pci0/smbus/driver/module
printf 'target /dev/sdz1\n' >kjump.conf
PATH=$top/bin:$PATH try usr/lib/kjump/drivers -c kjump.conf
[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <out)" = 'virtio_blk virtio_pci iTCO_wdt i2c_i801 ' ]
report $? 'drivers: of the hardware watchdog' "$(cat out err)"
PATH=$top/bin:$PATH try usr/lib/kjump/drivers -c kjump.conf -t
[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <out)" = 'virtio_blk virtio_pci ' ]
report $? 'drivers -t: not of that' "$(cat out err)"
printf 'target /dev/sdz1\nwatchdog off\n' >kjump.conf
PATH=$top/bin:$PATH try usr/lib/kjump/drivers -c kjump.conf
[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <out)" = 'virtio_blk virtio_pci ' ]
report $? 'drivers: nor of one that is not to run' "$(cat out err)"
rm -r sys/class/watchdog
# a swap file, in a file system on a volume of that disk
fake findmnt "[ \"\$*\" = '-n -v -o SOURCE -T /swapfile' ] && echo $top/dev/mapper/vg-root"
mkdir -p dev/mapper sys/devices/virtual/block/dm-0/slaves
: >dev/dm-0
ln -s ../dm-0 dev/mapper/vg-root
ln -s ../../devices/virtual/block/dm-0 sys/class/block/dm-0
ln -s ../../../../pci0/virtio1/block/sdy/sdy1 sys/devices/virtual/block/dm-0/slaves/sdy1
printf 'target SWAP=/swapfile\n' >kjump.conf
PATH=$top/bin:$PATH try usr/lib/kjump/drivers -c kjump.conf -t
[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <out)" = 'virtio_scsi virtio_pci ' ]
report $? 'drivers: of a file on a volume, what the volume is made of' "$(cat out err)"
mkdir sys/devices/virtual/block/dm-0/dm
echo CRYPT-LUKS2-33-secret >sys/devices/virtual/block/dm-0/dm/uuid
printf 'name         : xts(aes)\nmodule       : %s\n\n' aesni_intel kernel aesni_intel >proc/crypto
PATH=$top/bin:$PATH try usr/lib/kjump/drivers -c kjump.conf -t
[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <out)" = 'virtio_scsi virtio_pci dm_mod dm_crypt aesni_intel ' ]
report $? 'drivers: of one in an encrypted device, what decrypts it' "$(cat out err)"
printf 'crash_target luks /dev/sdy1\n' >kjump.conf
PATH=$top/bin:$PATH try usr/lib/kjump/drivers -c kjump.conf
[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <out)" = 'virtio_scsi virtio_pci ext4 ' ]
report $? 'drivers: of a LUKS volume, and of a file system that is likely in it' "$(cat out err)"
mkdir sys/devices/pci0/virtio1/block/sdy/sdy1/holders
ln -s ../../../../../../virtual/block/dm-0 sys/devices/pci0/virtio1/block/sdy/sdy1/holders/dm-0
PATH=$top/bin:$PATH try usr/lib/kjump/drivers -c kjump.conf
[ "$status" -eq 0 ] && [ "$(tr '\n' ' ' <out)" = 'virtio_scsi virtio_pci xfs ' ]
report $? 'drivers: of one that is open, what it is' "$(cat out err)"
echo 'target PARTUUID=99' >kjump.conf
stage -m
[ "$status" -eq 0 ] && [ ! -s out ]
report $? 'stage: none of one that is not there' "$(cat out err)"

printf 'target /dev/sdz1\nrestore_direct yes\ninitrd %s\n' "$PWD/boot/kjump.img" >kjump.conf
stage three
[ "$status" -ne 0 ]
report $? 'stage: restore_direct, and no initramfs'
mkdir -p front/boot/kjump
echo kernel >front/boot/kjump/kernel
echo initrd >front/boot/kjump/initrd
(cd front && find . | cpio -o -H newc --quiet) >boot/kjump.img
echo behind >>boot/kjump.img
stage four
files_are four "boot/kjump/initrd boot/kjump/kernel etc/kjump.env etc/kjump.quick ${all#* }" 'stage: restore_direct: a kernel comes along'
echo none | cpio -o -H newc --quiet >boot/kjump.img 2>/dev/null || :
stage five
[ "$status" -ne 0 ] && grep -q 'holds no kernel for restore_direct\|cannot be read' err
report $? 'stage: restore_direct: an initramfs without one' "$(cat err)"
done_testing
