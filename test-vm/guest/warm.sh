# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: into a kernel B that stays, and back, kjt.jumps= times, half of them with memory at kjt.plug= that it did not have
# before; kernel B's own initramfs is /boot/warm.img.
# shellcheck source=test-vm/guest/work
. /kjt/work

# B has the file mapped when the memory comes
hold=$(($(work_option jumps 50) / 2))
# PAGE is kexec_warm's to set
load="kjump-load --kernel /boot/bzImage --initrd /boot/warm.img \
	--append \"console=ttyS0 kjt.script=warm-b.sh kjt.page=\$PAGE kjt.hold=$hold\" >/tmp/load"
at=$(work_option plug 0)
block=/sys/devices/system/memory/memory$((at / 0x$(cat /sys/devices/system/memory/block_size_bytes)))
plug="echo kexec_warm: plug >/dev/console; until [ -e $block ]; do sleep 1; done; echo online_movable >$block/state"
tap_try "entered and left each time" kexec_warm a "$(work_option jumps 50)" "$load" "$plug" "$at" >/tmp/warm
cat /tmp/warm >/dev/console
for key in COLD_MS WARM_MS WARM_MIN_MS WARM_MAX_MS; do kv $key "$(work_value /tmp/warm $key)"; done
tap_is "the kernel writes the core header" "$(work_value /tmp/load CORE_BY)" kernel
tap_try "all CPUs online" work_cpus
tap_try "unloaded" kjump-load --unload
tap_try "nothing stays loaded" work_unloaded
