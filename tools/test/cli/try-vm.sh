#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump test --vm, by every shell that may run it, with a QEMU that only notes what it was asked and says what a
# kernel B might say; and what B says, its modules being a file.
set -u
. "${0%/*}/lib.sh"

cd "$KJ_TMP" || exit 70
mkdir -p usr/sbin usr/lib/kjump bin
cp "$KJ_BIN/kjump" usr/sbin/kjump
kjump=$PWD/usr/sbin/kjump
"$KJ_BIN/unit/bzimage" --gen bz
printf 'kernel %s\ninitrd %s\ncmdline_append "quiet console=ttyS1"\n' "$PWD/bz" "$PWD/kjump.img" >kjump.conf
cat >bin/qemu-system-x86_64 <<END
#!/bin/sh
cd $PWD
printf '%s\n' "\$@" >asked
# lone and last words
for a; do case \$a in file:*) cat console >"\${a#file:}" ;; esac; done
cat complaint >&2
END
chmod +x bin/qemu-system-x86_64
: >complaint
PATH=$PWD/bin:$PATH

# asked LINE...: those were among QEMU's arguments
asked() {
	for line; do
		grep -qxF -e "$line" asked || return
	done
}

for shell in dash 'busybox ash'; do
	command -v "${shell%% *}" >/dev/null || { skip "$shell is not installed"; continue; }
	sed "1s|.*|#!$(command -v "${shell%% *}") ${shell#"${shell%% *}"}|; s|/sys/kernel/|$PWD/|" "$KJ_TOP/service/try-vm" \
		>usr/lib/kjump/try-vm
	chmod +x usr/lib/kjump/try-vm
	echo 201326592 >kexec_crash_size
	echo image >kjump.img
	printf 'kjump: something else\r\nkjump: check: memory 1234 KiB of it are left\r\n' >console
	try "$kjump" test --vm --config kjump.conf
	status_is 0 "$shell: it comes up: status"
	[ "$(cat out)" = 'kernel B comes up in 192 MiB, with all modules; 1234 KiB of it are left' ] && [ ! -s err ]
	report $? "$shell: it comes up: what is said" "$(cat out err)"
	asked 192 "$PWD/bz" "$PWD/kjump.img" 'quiet console=ttyS1 console=ttyS0 panic=-1 kjump.mode=check'
	report $? "$shell: what QEMU is asked" "$(cat asked)"
	try "$kjump" test --vm -c kjump.conf -m 64
	asked 64
	report $? "$shell: so much memory" "$(cat asked)"
	echo 0 >kexec_crash_size
	try "$kjump" test --vm -c kjump.conf
	asked 256
	report $? "$shell: nothing is reserved" "$(cat asked)"
	rm kexec_crash_size
	try "$kjump" test --vm -c kjump.conf
	status_is 0 "$shell: nothing can be: status"
	grep -qx 'kjump: no memory is reserved, see crashkernel=; tried in 256 MiB' err
	report $? "$shell: nothing can be: that is said" "$(cat err)"
	sed -i '1i kjump: check: without nvme xfs\r' console
	try "$kjump" test --vm -c kjump.conf -m 64
	status_is 1 "$shell: modules do not load: status"
	one_line 'kjump: kernel B comes up in 64 MiB, but these modules do not load there: nvme xfs' "$shell: which ones"
	echo 'Kernel panic - not syncing: out of memory' >console
	echo 'qemu: no KVM' >complaint
	try "$kjump" test --vm -c kjump.conf -m 32
	status_is 1 "$shell: it does not come up: status"
	[ "$(cat err)" = 'kjump: kernel B did not come up in 32 MiB; the last that was said:
qemu: no KVM
Kernel panic - not syncing: out of memory' ]
	report $? "$shell: it does not come up: what was said there" "$(cat err)"
	: >complaint
	rm kjump.img
	try "$kjump" test --vm -c kjump.conf
	status_is 66 "$shell: no initramfs: status"
	one_line "kjump: $PWD/kjump.img: not there; /usr/lib/kjump/image builds it" "$shell: no initramfs"
	try "$kjump" test --vm -m none
	status_is 64 "$shell: no number"
	try "$kjump" test --vm --help
	status_is 0 "$shell: help"
	PATH=/nowhere try "$kjump" test --vm -c kjump.conf
	[ "$status" -ne 0 ]
	report $? "$shell: no QEMU" "$status"

	# B's side
	mkdir -p lib
	sed "s|/lib/kjump/|$PWD/lib/|; s|/proc/|$PWD/lib/|" "$KJ_TOP/initramfs/lib/check.sh" >check.sh
	printf 'MemTotal:  9 kB\nMemAvailable:   77 kB\n' >lib/meminfo
	printf '/lib/modules/one-two.ko\n/lib/modules/three.ko x=1\n' >lib/modules.order
	echo 'one_two 16384 0 - Live 0x0' >lib/modules
	says() {
		# shellcheck disable=SC2086,SC2016 # `busybox ash` is two words; the rest is for that shell
		$shell -c 'kj_say() { echo "$*"; }; kj_final() { echo "$1"; }; . ./check.sh; kj_check' >says
		[ "$(cat says)" = "$1" ]
		report $? "$shell: B: $2" "$(cat says)"
	}
	says 'check: without three
check: memory 77 KiB of it are left
poweroff' 'a module is missing'
	echo 'three 16384 0 - Live 0x0' >>lib/modules
	says 'check: memory 77 KiB of it are left
poweroff' 'all are there'
	rm lib/modules.order
	says 'check: memory 77 KiB of it are left
poweroff' 'none was asked for'
done
rm usr/lib/kjump/try-vm
try "$kjump" test --vm
status_is 69 'the script is not there'
done_testing
