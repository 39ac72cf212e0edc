# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B panics, stands still, or does not come up: the machine is reset, and the next boot says which job never
# finished. Where B can still go back, it does.
# timeout: 220
. "$VM_TOP/test-vm/bad.sh"
vm_allow 'Kernel panic - not syncing: sysrq triggered crash'
vm_allow 'Kernel panic - not syncing: VFS: Unable to mount root fs'
vm_allow 'Call Trace:'
dog() { printf '%s\n' arg=-device arg=i6300esb arg=-action arg=watchdog=reset; }

# All at once, one CPU each: they mostly wait.
bad_disks panic 600
bad_expect_before panic
bad_start panic tries.sh smp=1 conf='cmdline_append kjump.test.hang=panic'

# All of B's user space stands still: nobody feeds the watchdog.
bad_disks dead 600
bad_expect_before dead
# shellcheck disable=SC2046 # words
bad_start dead tries.sh smp=1 conf='cmdline_append kjump.test.hang=dead kjump.watchdog=8' $(dog)

# B's kernel does not come up: zeros in the packed kernel, the decompressor halts; the watchdog that A armed.
python3 - "$VM_KERNEL/bzImage" broken <<'PY'
import struct, sys, zlib
b = bytearray(open(sys.argv[1], "rb").read())
b[1 << 20:(1 << 20) + 65536] = bytes(65536)
# arch/x86/boot/tools/build.c: the checksum that kjump-load would refuse it by
b[-4:] = struct.pack("<I", zlib.crc32(b[:-4]) ^ 0xffffffff)
open(sys.argv[2], "wb").write(b)
PY
bad_disks early 600
bad_expect_before early
# shellcheck disable=SC2046 # words
bad_start early tries.sh smp=1 conf='watchdog 8' file=broken:/boot/bzImage $(dog)

# B's initramfs is cut short: its kernel finds no /init and panics.
head -c 400000 "$VM_OUT/kjump-initramfs.img" >short.img
bad_disks initrd 600
bad_expect_before initrd
bad_start initrd tries.sh smp=1 file=short.img:/boot/kjump.img

# --- panic: A is the first to hear of it, then C ---
vm_plan "panic: reset" "panic: A says which job" "panic: and that it said so"
ok_if "panic: reset" vm_wait panic 90 reset
id=$(bad_kv panic.target REC_ID)
cp panic.target a2.target
cp panic.data a2.data
bad_start a2 status.sh
vm_wait a2 60
ok_is "panic: A says which job" "$(vm_kv a2 never)" "job $id never finished"
ok_if "panic: and that it said so" bad_says "$(vm_kv a2 again)" "hibernate $id, 20.* UTC: reported"
bad_expect_next c1
bad_next c1 panic pending

# --- initrd, dead, early ---
vm_plan "initrd: reset"
ok_if "initrd: reset" vm_wait initrd 90 reset
bad_expect_next c4
bad_next c4 initrd pending
vm_plan "dead: reset by the watchdog" "early: reset by the watchdog" "early: B never came up"
vm_wait dead 90 watchdog
ok_is "dead: reset by the watchdog" "$VM_END" watchdog
bad_expect_next c2
bad_next c2 dead pending
vm_wait early 90 watchdog
ok_is "early: reset by the watchdog" "$VM_END" watchdog
ok_is "early: B never came up" "$(grep -ac 'Linux version' early/console.log)" 1
bad_expect_next c3
bad_next c3 early pending
