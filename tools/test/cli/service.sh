#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: what the services run: when the initramfs is built and when the crash kernel is loaded, by every shell that may run
# it, with our check-image, and programs in place of kexec and of the build that note what they were asked.
set -u
. "${0%/*}/lib.sh"

cd "$KJ_TMP" || exit 70
mkdir -p usr/sbin usr/lib/kjump boot run
# /run is ours here
for f in image crash kjump-crash.init kernel-hook; do
	sed "s|/run/kjump|$PWD/run|g; s|/etc/kjump.conf|$PWD/kjump.conf|g; s|^lib=/usr/lib/kjump|lib=$PWD/usr/lib/kjump|
		s|/proc/cmdline|$PWD/cmdline|g; s|/var/lib/kjump|$PWD/state|g; s|/proc/sys/kernel/random/boot_id|$PWD/boot_id|g" "$KJ_TOP/service/$f" >"usr/lib/kjump/$f"
	chmod +x "usr/lib/kjump/$f"
done
cat >usr/sbin/kjump <<END
#!/bin/sh
case \$1 in
check-image) shift; exec "$KJ_BIN/kjump" check-image -c "$PWD/kjump.conf" "\$@" ;;
config) exec "$KJ_BIN/kjump" "\$@" ;;
status) [ ! -e "$PWD/last" ] || cat "$PWD/last" ;;
esac
echo "kjump \$*" >>"$PWD/log"
case "\$1 \${FAIL:-}" in
'hibernate hibernate') exit 75 ;;
'load load') exit 75 ;;
'load '*) : >"$PWD/run/loaded-crash" ;;
'unload '*) rm -f "$PWD/run/loaded-crash" ;;
esac
END
cat >usr/lib/kjump/build <<END
#!/bin/sh
echo "build \$*" >>"$PWD/log"
while [ \$# -gt 0 ]; do
	[ "\$1" != -o ] || echo new >"\$2"
	shift
done
[ -z "\${FAIL:-}" ]
END
printf '#!/bin/sh\ncat %s/drivers 2>/dev/null || :\n' "$PWD" >usr/lib/kjump/drivers
chmod +x usr/sbin/kjump usr/lib/kjump/build usr/lib/kjump/drivers
"$KJ_BIN/unit/bzimage" --gen boot/bz
conf() {
	printf 'kernel %s\ninitrd %s\n' "$PWD/boot/bz" "$PWD/boot/kjump.img" >kjump.conf
	printf '%s\n' "$@" >>kjump.conf
	# what is built from now on has a later time stamp, whatever the grain of those is
	sleep 0.05
}
# run SHELL COMMAND...: one of the scripts; what it did is in the file log
run() {
	: >log
	shell=$1 script=$PWD/usr/lib/kjump/$2
	shift 2
	# shellcheck disable=SC2086 # `busybox ash` is two words
	try $shell "$script" "$@"
}
# did NAME LINE...: exactly this was done
did() {
	name=$1
	shift
	{ [ $# -eq 0 ] || printf '%s\n' "$@"; } >want
	sed "s|$PWD/||g; s|[^ ]*/usr/lib/kjump/../../||; s|-t [^ ]*|-t T|" log >got
	cmp -s got want
	report $? "$name" "$(cat got err)"
}
img=boot/kjump.img
built='build -t T -o boot/kjump.img.new -c kjump.conf -k 6.12.90-kj'

for shell in dash 'busybox ash'; do
	command -v "${shell%% *}" >/dev/null || { skip "$shell is not installed"; continue; }
	rm -f $img run/*
	echo 'quiet crashkernel=128M' >cmdline
	conf
	run "$shell" image -u
	status_is 0 "$shell: image -u: there is none: status"
	did "$shell: image -u: nothing is built"
	mv boot/bz boot/none
	run "$shell" image -u
	status_is 0 "$shell: image -u: nor a kernel: status"
	run "$shell" image
	status_is 66 "$shell: image: no kernel: status"
	mv boot/none boot/bz
	sleep 0.05
	run "$shell" image
	status_is 0 "$shell: image: status"
	did "$shell: image: it is built" "$built"
	[ "$(cat $img)" = new ] && [ ! -e $img.new ]
	ok "$shell: image: it is there"
	run "$shell" image
	did "$shell: image: once is enough"
	run "$shell" image -f
	did "$shell: image -f: unless forced" "$built"
	touch -d '1 hour ago' $img
	run "$shell" image -u
	did "$shell: image -u: an old one is built anew" "$built"
	grep -q "older than $PWD/kjump.conf" err
	ok "$shell: and why is said"
	touch -d '1 hour ago' $img
	cp $img before
	FAIL=1 run "$shell" image
	[ "$status" -ne 0 ] && cmp -s $img before && [ ! -e $img.new ]
	report $? "$shell: image: a build that fails leaves the old one" "$status $(ls boot)"
	conf 'colour blue'
	run "$shell" image
	status_is 78 "$shell: image: a mistake in kjump.conf"
	did "$shell: image: nothing is built with it"
	conf
	printf 'virtio_blk\nreiserfs\n' >drivers
	run "$shell" image -f
	did "$shell: image: with what drives the targets" "$built -M virtio_blk reiserfs"
	rm drivers
	conf 'restore_direct yes'
	run "$shell" image -f
	did "$shell: image: restore_direct: with the kernel that check-image names" "$built -K boot/bz"
	conf

	rm -f $img
	run "$shell" crash start
	status_is 0 "$shell: crash start: status"
	did "$shell: crash start: build, then load" "$built" 'kjump load --crash'
	run "$shell" crash update
	did "$shell: crash update: all is current"
	touch -d '1 hour ago' $img
	touch -d '2 hours ago' run/loaded-crash
	run "$shell" crash update
	did "$shell: crash update: build, load again" "$built" 'kjump load --crash'
	rm -f run/loaded-crash
	touch -d '1 hour ago' $img
	run "$shell" crash update
	did "$shell: crash update: what is not loaded is not loaded" "$built"
	run "$shell" crash stop
	did "$shell: crash stop: nothing of ours is loaded"
	: >run/loaded-crash
	run "$shell" crash stop
	did "$shell: crash stop" 'kjump unload --crash'
	FAIL=load run "$shell" crash start
	status_is 75 "$shell: crash start: status of a load that fails"
	[ ! -e state/running ]
	ok "$shell: crash start: whose run nobody is asked about"
	run "$shell" crash status
	did "$shell: crash status" 'kjump status --crash'
	run "$shell" crash begin
	status_is 64 "$shell: crash: unknown word"

	# how the run before this one ended
	rm -rf state crash last
	no_dump='the last run of this system did not end by a shutdown, and left no dump on this machine'
	# boots ID SAID NAME: the service starts; is it said, and kept?
	boots() {
		echo "$1" >boot_id
		run "$shell" crash start
		[ "$status" -eq 0 ] && [ "$(grep -c "$no_dump" err)" = "$2" ] && [ "$(cat state/running)" = "$1" ]
		report $? "$shell: crash start: $3" "$status $(cat err state/running)"
	}
	boots one 0 'the first time'
	boots one 0 'once more in the same run'
	run "$shell" crash stop
	[ ! -e state/running ]
	ok "$shell: crash stop: this run ends as it should"
	boots two 0 'after a shutdown'
	[ ! -e state/no-dump ]
	ok "$shell: crash start: nothing is kept"
	touch -d '1 minute ago' state/running
	mkdir -p crash/h-2026-01-02-03:04:05
	echo "last crash  $PWD/crash/h-2026-01-02-03:04:05: incomplete" >last
	boots three 0 'after a crash that left something here'
	[ ! -e state/no-dump ]
	ok "$shell: crash start: nothing is kept then"
	touch -d '1 minute ago' crash/*
	boots four 1 'after a reset, with an old dump only'
	[ -e state/no-dump ]
	ok "$shell: crash start: that is kept"
	rm -r last state/no-dump
	boots five 1 'after a reset, without any dump'
	rm -rf state
	: >state
	run "$shell" crash start
	[ "$status" -eq 0 ] && grep -q 'cannot be written' err && grep -q 'load --crash' log
	report $? "$shell: crash start: no place for it: loaded all the same" "$status $(cat err log)"
	rm state

	run "$shell" kjump-crash.init start
	did "$shell: init script" 'kjump load --crash'
	echo quiet >cmdline
	run "$shell" kjump-crash.init start
	status_is 0 "$shell: init script: no reservation: status"
	did "$shell: init script: no reservation: nothing"
	rm -f kjump.conf
	echo crashkernel=1M >cmdline
	run "$shell" kjump-crash.init start
	did "$shell: init script: no settings: nothing"
	run "$shell" kjump-crash.init begin
	status_is 2 "$shell: init script: unknown word"

	conf
	touch -d '1 hour ago' $img run/loaded-crash
	run "$shell" kernel-hook 6.1 /boot/vmlinuz-6.1
	did "$shell: kernel hook" "$built" 'kjump load --crash'
	conf 'colour blue'
	run "$shell" kernel-hook 6.1 /boot/vmlinuz-6.1
	status_is 0 "$shell: kernel hook: never fails the package"
	grep -q 'not up to date' err
	ok "$shell: kernel hook: but says so"

	# what somebody who logs in is told
	rm -rf crash notice
	mkdir -p crash/h-2026-01-02-03:04:05
	sed "s|^kjump=.*|kjump=$PWD/notice|; s|^lost=.*|lost=$PWD/no-dump|" "$KJ_TOP/service/login-notice" >login-notice
	notice() {
		# shellcheck disable=SC2016 # for the script that is made
		printf '#!/bin/sh\n[ "$1" != config ] || { echo "KJ_CRASH_TARGET=%s"; exit 0; }\necho "last crash  %s"\nexit %s\n' \
			"'$1'" "$2" "$3" >notice
		chmod +x notice
		# shellcheck disable=SC2086 # as above
		try $shell ./login-notice
	}
	notice '' 'none in /var/crash' 1
	[ "$status" -eq 0 ] && [ ! -s out ]
	report $? "$shell: login: crash dumps are not set up: nothing" "$(cat out err)"
	notice /dev/sda1 'none in /var/crash' 0
	[ "$status" -eq 0 ] && [ ! -s out ]
	report $? "$shell: login: all is well: nothing" "$(cat out err)"
	notice /dev/sda1 "$PWD/crash/h-2026-01-02-03:04:05: incomplete" 1
	[ "$status" -eq 0 ] && [ "$(wc -l <out)" = 2 ] && grep -q "crashed.* $PWD/crash/h-2026-01-02-03:04:05 (incomplete)" out &&
		grep -q '^It is not ready' out
	report $? "$shell: login: there was a crash, and there is no place for another" "$(cat out err)"
	touch -d '8 days ago' crash/*
	notice /dev/sda1 "$PWD/crash/h-2026-01-02-03:04:05: saved" 0
	[ "$status" -eq 0 ] && [ ! -s out ]
	report $? "$shell: login: it was long ago" "$(cat out err)"
	touch -d '6 days ago' no-dump
	notice /dev/sda1 'none in /var/crash' 0
	[ "$status" -eq 0 ] && [ "$(wc -l <out)" = 1 ] && grep -q '^This system was reset without a shutdown before 20' out
	report $? "$shell: login: it went away without a word" "$(cat out err)"
	touch -d '8 days ago' no-dump
	notice /dev/sda1 'none in /var/crash' 0
	[ "$status" -eq 0 ] && [ ! -s out ]
	report $? "$shell: login: that was long ago too" "$(cat out err)"
	rm notice no-dump
	# shellcheck disable=SC2086 # as above
	try $shell ./login-notice
	[ "$status" -eq 0 ] && [ ! -s out ] && [ ! -s err ]
	report $? "$shell: login: kjump is gone" "$(cat out err)"
done
done_testing
