# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# An encrypted image by the direct path, opened by a key file that is in C's initramfs and that A has never seen: neither
# that file nor the image's key is anywhere in memory when A is back.
# timeout: 450
# plan: C and the kernel in the window know the secret
# plan: something was handed over
# plan: it is encrypted
# plan: by path direct
# plan: the kernel in the window was told to wipe
# plan: A has the key file nowhere in its memory
# plan: nor what was handed over
# plan: but what it knows is found there
# plan: kernel C has a KASLR seed of its own
. "$VM_TOP/test-vm/cycle.sh"

# memory_of VM: all of it, while it stands still
memory_of() {
	vm_hmp "$1" stop
	vm_hmp "$1" "pmemsave 0 $((768 << 20)) $1.memory"
	vm_hmp "$1" cont
}

# found VM HEX: these bytes are somewhere in its memory; missing: they are not. Either fails if it cannot look.
found() {
	python3 - "$1.memory" "$2" "${3:-found}" <<'PY'
import mmap, sys
with open(sys.argv[1], "rb") as f, mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
    at = m.find(bytes.fromhex(sys.argv[2]))
print(f"{sys.argv[1]}: {at:#x}" if at >= 0 else f"{sys.argv[1]}: nowhere")
sys.exit((at >= 0) != (sys.argv[3] == "found"))
PY
}

missing() { found "$1" "$2" missing; }

head -c 48 /dev/urandom | base64 -w 0 >secret
"$VM_OUT/ship/kjump" init-key -x secret -o kjump.key || exit 1
secret=$(od -A n -v -t x1 secret | tr -d ' \n')
cycle_disks 832
CYCLE_FILES="kjump.key:/etc/kjump.key"
cycle_guest "$VM_TOP/test-vm/guest/hibernate.sh" 'encrypt /etc/kjump.key'
{
	cat kjump.conf
	echo "key_file $PWD/secret"
} >direct.conf
"$VM_TOP/initramfs/build" -t "$VM_OUT/ship" -z gzip -c direct.conf -K "$VM_KERNEL/bzImage" -o direct.img 2>build.err || exit 1
cycle_expect
set -- mem=768 smp=2 disk=target.img disk=data.img
vm_start a "$@" initrd=a.img append="kjt.percent=50 kjt.target=/dev/vda kjt.data=/dev/vdb"
ok_if "B powers off" vm_wait a 150 || exit 0
"$VM_OUT/ship/kjump-info" target.img >a.image
ok_if "it is encrypted" grep -q '^KEY=file$' a.image
id=$(sed -n 's/^ID=//p' a.image)

vm_start c "$@" initrd=direct.img append="kjump.final=reboot kjump.test.hook=layout kjump.path=direct"
vm_console c 'entering the window' 90
memory_of c
ok_if "C and the kernel in the window know the secret" found c "$secret"
# KJHAND01, and the image that it opens
ok_if "something was handed over" found c "4b4a48414e443031$id"
vm_stage c resumed 150
memory_of c
ok_if "A has the key file nowhere in its memory" missing c "$secret"
ok_if "nor what was handed over" missing c "4b4a48414e443031$id"
ok_if "but what it knows is found there" grep -aFq 'encrypt /etc/kjump.key' c.memory
rm -f c.memory
ok_if "A ends by itself" vm_wait c 150
kind=device
ok_if "by path direct" cycle_path c direct
ok_if "the kernel in the window was told to wipe" grep -aq 'kjump.mode=direct .*init_on_free=1' c/console.log
ok_if "the file system is whole" cycle_fsck
ok_if "kernel C has a KASLR seed of its own" cycle_moved a c "kernel C has a KASLR seed of its own"
ok_if "the image is erased" cycle_erased a
