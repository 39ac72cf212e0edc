# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# An encrypted image: nothing of A's memory can be read on the target; three wrong passphrases leave the image as it is, and
# the right one brings A back, whether somebody types it or the kernel's keyring has it. Stored, so that nothing but
# encryption keeps words from being found.
# timeout: 600
# plan: words are in A's memory
# plan: none of them is on the target
# plan: what can be seen of it
# plan: wrong: is asked for a passphrase
# plan: wrong: and again
# plan: wrong: and once more
# plan: wrong: C gives up
# plan: wrong: says so in one line
# plan: wrong: not a byte of the image changed
# plan: wrong: told in the record
# plan: keyring: A ends by itself
# plan: keyring: nobody is asked
# plan: keyring: the image is erased
# plan: c: is asked for a passphrase
# plan: c: and again
# plan: no passphrase is shown or logged
. "$VM_TOP/test-vm/cycle.sh"

# words FILE: how many of what A's memory holds stand there; a.words has them.
words() {
	local n=0 w
	while IFS= read -r w; do
		! grep -aFq -- "$w" "$1" || n=$((n + 1))
	done <a.words
	echo "$n"
}

cycle_disks 832
cycle_guest "$VM_TOP/test-vm/guest/hibernate.sh" 'encrypt /etc/kjump.key' 'codec stored'
cycle_expect
vm_tap_expect a "a key"
set -- mem=768 smp=2 disk=target.img disk=data.img
vm_start a "$@" initrd=a.img append="kjt.percent=50 kjt.target=/dev/vda kjt.data=/dev/vdb kjt.passphrase=correct-horse-battery"
vm_stage a hibernate 90
vm_hmp a "pmemsave 0 $((768 << 20)) a.memory"
ok_if "B powers off" vm_wait a 150 || exit 0
printf '%s\n' plaintext-marker-host plaintext-marker-file correct-horse-battery 'Linux version ' "$(vm_kv a release)" \
	'kernel /boot/bzImage' 'kjt.data=/dev/vdb' >a.words
ok_is "words are in A's memory" "$(words a.memory)" 7
rm -f a.memory
ok_is "none of them is on the target" "$(words target.img)" 0
"$VM_OUT/ship/kjump-info" target.img >a.image
note "$(tr '\n' ' ' <a.image)"
ok_is "what can be seen of it" "$(sed 's/=.*//' a.image | tr '\n' ' ')" \
	'KIND ENCRYPTED KEY KEY_MEMORY KEY_PASSES STATE LOADS ID LABEL BYTES '

# --- a wrong passphrase ---
cp --sparse=always target.img wrong.target
cp --sparse=always data.img wrong.data
vm_start wrong mem=768 smp=2 disk=wrong.target disk=wrong.data initrd="$VM_OUT/kjump-initramfs.img" append=kjump.final=reboot
ok_if "wrong: is asked for a passphrase" cycle_answer wrong 1 wrong-horse
ok_if "wrong: and again" cycle_answer wrong 2 correct-horse-batter
ok_if "wrong: and once more" cycle_answer wrong 3 correct-horse-batterY
ok_if "wrong: C gives up" vm_wait wrong 60 reset
"$VM_OUT/ship/kjump-info" -l wrong.target >wrong.info
ok_is "wrong: says so in one line" "$(tr -d '\r' <wrong/console.log | grep -ac '^kjump-restore: /dev/vda: wrong passphrase$')" 1
# behind the image there is the record, and then the label
ok_if "wrong: not a byte of the image changed" cmp -n "$(sed -n 's/^BYTES=//p' a.image)" wrong.target target.img
ok_if "wrong: told in the record" grep -q '^REC_TEXT=.*wrong passphrase' wrong.info
rm -f wrong.target wrong.data

# --- out of the keyring, where another program has left it ---
mkdir -p keyring.d
"${CC:-gcc}" -O2 -Wall -Werror -static -o keyring.d/keyring_init "$VM_TOP/test-vm/guest/keyring_init.c"
printf correct-horse-battery >keyring.d/passphrase
{ cat "$VM_OUT/kjump-initramfs.img" && (cd keyring.d && printf '%s\n' . keyring_init passphrase | cpio -o -H newc -R 0:0 | gzip -1); } \
	>keyring.img 2>keyring.err
cp --sparse=always target.img keyring.target
cp --sparse=always data.img keyring.data
vm_tap_expect keyring "kjump exits 0" "kjump says how it came back" "all right after" "same memory checksum" \
	"same boot id and a sane clock" "no in-kernel hibernation" "all CPUs online" "nothing stays loaded" "file system clean"
vm_start keyring mem=768 smp=2 disk=keyring.target disk=keyring.data initrd=keyring.img \
	append="rdinit=/keyring_init kjump.final=reboot"
ok_if "keyring: A ends by itself" vm_wait keyring 150
ok_if "keyring: nobody is asked" test "$(grep -ac passphrase keyring/console.log)" = 0
ok_if "keyring: the image is erased" test "$(head -c 8192 keyring.target | tr -d '\000' | wc -c)" = 0
rm -f keyring.target keyring.data

# --- a slip, then the right one ---
vm_plan "kernel C has a KASLR seed of its own"
vm_start c "$@" initrd="$VM_OUT/kjump-initramfs.img" append="kjump.final=reboot kjump.test.hook=layout"
ok_if "c: is asked for a passphrase" cycle_answer c 1 correct-horse
ok_if "c: and again" cycle_answer c 2 correct-horse-battery
ok_if "A ends by itself" vm_wait c 150
ok_if "the file system is whole" cycle_fsck
ok_if "kernel C has a KASLR seed of its own" cycle_moved a c "kernel C has a KASLR seed of its own"
ok_if "the image is erased" cycle_erased a
# C's command line and log are on its console; A's own command line is what names it
ok_is "no passphrase is shown or logged" \
	"$(cat wrong/console.log keyring/console.log c/console.log | grep -av '^kjump: *test' | grep -ac horse)" 0
