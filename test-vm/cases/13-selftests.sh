# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What kernel-patch/ adds to the kernel's own selftests, on a kernel with the patches, whose CPUs would wait in MWAIT while
# they are offline. And on one without: where it is reset, by an entry point that is not mapped, by a CPU that does not stay
# asleep, by a peer that has gone.
# timeout: 240
# kernel: patched
# long: yes
# plan: a: test_kexec_core
# plan: a: test_kexec_empty_segment
# plan: a: test_kexec_peer
# plan: a: test_kexec_staged
# plan: a: test_kexec_platform
# plan: a: nothing stays loaded
# plan: power off
# plan: without patches: an entry point outside of all segments
# plan: without patches: an image over the kernel's text
# plan: without patches: a peer that has gone
# plan: without patches: an empty segment
. "$VM_TOP/test-vm/patched.sh"
# shellcheck disable=SC2016 # the kernel's own way to write it
intel='cpu=max,vendor=GenuineIntel smp=3 append=memmap=2M$0x18000000'
cat >guest.sh <<'GUEST'
for name in core empty_segment peer staged platform; do
	rc=0
	# shellcheck disable=SC2046 # words
	/kjt/test_kexec_$name $([ $name != peer ] || echo 0x18000000 text) >/tmp/out 2>&1 || rc=$?
	cat /tmp/out
	grep -q '^not ok\|# SKIP' /tmp/out && rc=1
	tap_is "test_kexec_$name" "$rc" 0
done
tap_is "nothing stays loaded" "$(cat /sys/kernel/kexec_loaded)" 0
GUEST
cat >without.sh <<'GUEST'
# shellcheck source=test-vm/guest/work
. /kjt/work
# shellcheck disable=SC2046 # words
/kjt/$(work_option test none) $(work_option peer '') >/dev/console 2>&1
GUEST
set -- "$VM_TOP/test-vm/guest/work:/kjt/work"
for f in "$VM_VARIANT"/selftests/test_kexec_*; do
	[ ! -f "$f" ] || [ ! -x "$f" ] || set -- "$f:/kjt/${f##*/}" "$@"
done

vm_guest a.img "$@" --script guest.sh
# shellcheck disable=SC2086 # words
vm_start a kernel="$VM_VARIANT/bzImage" initrd=a.img $intel
ok_if "power off" vm_wait a 100

vm_guest without.img "$@" --script without.sh
# without VM TEST ARGUMENT END LAST: how the machine ends, and the last that the test says. Of what is not had the kernel says a lot.
without() {
	# shellcheck disable=SC2086 # words
	vm_start "$1" initrd=without.img $intel append="memmap=2M\$0x18000000 loglevel=1 kjt.test=test_kexec_$2 kjt.peer=$3"
	vm_wait "$1" 60 "$4" || return 1
	tr -d '\r' <"$1/console.log" | grep -a '^\(not \)\?ok [0-9]' | tail -n 1 >last
	note "$1: $(cat last)"
	grep -q "$5" last
}
ok_if "without patches: an empty segment" without empty empty_segment '' poweroff '^not ok 3 '
ok_if "without patches: an entry point outside of all segments" without entry peer 0x18000000 reset '^ok 8 jump to where the'
ok_if "without patches: an image over the kernel's text" without text peer text reset '^ok 9 .*: no ADDRESS'
ok_if "without patches: a peer that has gone" without gone peer '' reset '^ok 11 jump to a peer that goes away'
