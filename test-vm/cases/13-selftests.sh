# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What kernel-patch/ adds to the kernel's own selftests, on a kernel with the patches.
# timeout: 120
# kernel: patched
# long: yes
# plan: a: test_kexec_core
# plan: a: test_kexec_empty_segment
# plan: a: test_kexec_peer
# plan: a: test_kexec_staged
# plan: a: test_kexec_platform
# plan: a: nothing stays loaded
# plan: power off
. "$VM_TOP/test-vm/patched.sh"
cat >guest.sh <<'GUEST'
for name in core empty_segment peer staged platform; do
	rc=0
	/kjt/test_kexec_$name $([ $name != peer ] || echo 0x18000000) >/tmp/out 2>&1 || rc=$?
	cat /tmp/out
	grep -q '^not ok\|# SKIP' /tmp/out && rc=1
	tap_is "test_kexec_$name" "$rc" 0
done
tap_is "nothing stays loaded" "$(cat /sys/kernel/kexec_loaded)" 0
GUEST
set --
for f in "$VM_VARIANT"/selftests/test_kexec_*; do
	[ ! -f "$f" ] || [ ! -x "$f" ] || set -- "$f:/kjt/${f##*/}" "$@"
done
vm_guest a.img "$@" --script guest.sh
# shellcheck disable=SC2016 # the kernel's own way to write it
vm_start a kernel="$VM_VARIANT/bzImage" initrd=a.img append='memmap=2M$0x18000000'
ok_if "power off" vm_wait a 100
