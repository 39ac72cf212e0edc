# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# C finds an image that is damaged or of another machine: it says why in one line, boots on, and gives the image up.
# timeout: 320
. "$VM_TOP/test-vm/bad.sh"
bad_image
end=$(bad_kv a.target BYTES)

# --- damaged ---
for what in header:100 index:8300 "chunk:$((end / 2 / 4096 * 4096 + 300))" "last:$((end - 4097))"; do
	vm=${what%:*}
	bad_copy "$vm"
	bad_flip "$vm.target" "${what#*:}"
	bad_boot "$vm"
	case $vm in
	header) bad_refused header 1 '' '^kjump: kjump-info: /dev/vda: image header: checksum mismatch' ;;
	index) bad_refused index 1 stale '^kjump-restore: /dev/vda: index entry [0-9]+: checksum mismatch' ;;
	*) bad_refused "$vm" 1 stale '^kjump-restore: /dev/vda: chunk [0-9]+ at offset [0-9]+: checksum mismatch' ;;
	esac
done
bad_copy state
bad_flip state.target 4200
bad_boot state
bad_refused state 1 stale '^kjump: kjump-info: /dev/vda: image state: checksum mismatch'
bad_copy cut
truncate -s $((end - 65536)) cut.target
bad_boot cut
bad_refused cut 0 '' '^kjump: no target found after 1 s'

# --- of another machine ---
bad_boot mem mem=576
bad_refused mem 1 stale '^kjump-restore: /dev/vda: image of another machine: another amount of memory: [0-9]+ pages, here [0-9]+'
bad_boot cpu cpu=max,smap=off
bad_refused cpu 1 stale '^kjump-restore: /dev/vda: image of another machine: missing CPU features: 7.ebx=0x100000'
bad_boot la57 cpu=max,la57=off
bad_refused la57 1 stale '^kjump-restore: /dev/vda: image of another machine: page tables of another depth: 5 levels, here 4'

# --- by a path that does not go ---
bad_boot kexec append=kjump.path=kexec
bad_refused kexec 1 stale '^kjump-restore: /dev/vda: not restored: path kexec: needs a patched kernel$'
bad_boot direct append=kjump.path=direct
bad_refused direct 1 stale '^kjump-restore: /dev/vda: not restored: path direct: no kernel for it is here$'

# --- not asked for ---
bad_boot noresume append=noresume
bad_refused noresume 0 stale '^kjump: /dev/vda: image [0-9a-f]* is left alone .noresume.'
vm_plan "alone: C ends" "alone: still ready" "alone: not a byte changed"
bad_boot alone root=no append=noresume
ok_if "alone: C ends" vm_wait alone 40 reset
ok_is "alone: still ready" "$(bad_kv alone.target STATE)" ready
ok_if "alone: not a byte changed" cmp alone.target a.target
