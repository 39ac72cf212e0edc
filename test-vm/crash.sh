# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Crashes, for the cases that differ in machine, target and kind of dump: A fills its memory, panics, B saves, and others
# look at what it saved. Must never take a reader's word for a page: each is compared with what QEMU had.

# shellcheck source=test-vm/cycle.sh
. "$VM_TOP/test-vm/cycle.sh"

vm_allow 'Kernel panic - not syncing: sysrq triggered crash'
vm_allow 'Call Trace:'
# libkdumpfile and drgn are modules of this one
CRASH_PYTHON=/usr/bin/python3
CRASH_JUDGE=$VM_TOP/test-vm/judge

crash_value() { sed -n "s/^$2=//p" "$1" | tail -n 1; }

# crash_data IMG: a disk with a file system, and in it a file that A reads into its page cache. Sets CRASH_CRC.
crash_data() {
	mkdir -p "$1.files"
	head -c 6000000 /dev/urandom >"$1.files/cachefile"
	CRASH_CRC=$($CRASH_PYTHON -c 'import sys, zlib
d = open(sys.argv[1], "rb").read()
print("%08x" % zlib.crc32(d.ljust((len(d) + 4095) // 4096 * 4096, b"\0")))' "$1.files/cachefile")
	vm_disk "$1" 32
	mke2fs -q -t ext4 -F -d "$1.files" "$1"
}

# crash_start VM CPU TARGETS CONF-LINE KEY=VALUE...: A with its memory full, until it crashes; B waits for a line then.
# VM.conf.more may hold more lines for kjump.conf.
crash_start() {
	local vm="$1" cpu="$2" targets="$3" line="$4"
	shift 4
	printf '%s\n' 'target /dev/vda' 'kernel /boot/bzImage' 'initrd /boot/kjump.img' "crash_target $targets" "$line" \
		"cmdline_append \"${CRASH_B:-kjump.test.hook=pause-dump}\"" >"$vm.conf"
	# shellcheck disable=SC2086 # words
	"$VM_TOP/initramfs/build" -t "$VM_OUT/ship" -c "$vm.conf" -z gzip -o "$vm.kjump.img" \
		${CRASH_RELEASE:+-k "$CRASH_RELEASE" -d "$CRASH_MODDIR" -m "virtio_pci virtio_blk ext4"}
	vm_kjwork
	# shellcheck disable=SC2086 # words
	vm_guest_kjump "$vm.img" "$vm.conf:/etc/kjump.conf" "$vm.kjump.img:/boot/kjump.img" kjwork:/usr/sbin/kjwork \
		"$VM_TOP/test-vm/guest/work:/kjt/work" ${CRASH_GUEST:-} --script "$VM_TOP/test-vm/guest/crash.sh"
	vm_tap_expect "$vm" "memory of every class" "loaded for a crash" "crash kernel loaded"
	vm_plan "$vm: B stands still" "$vm: B reboots"
	vm_start "$vm" mem="${CRASH_MIB:-512}" initrd="$vm.img" "$@" \
		append="crashkernel=${CRASH_SIZE:-128M} kjt.jump=no kjt.cpu=$cpu kjt.fill=/dev/${CRASH_DATA:-vda} ${CRASH_A:-}"
}

# crash_modules DIR RELEASE [MORE]: of a stock kernel, A's modules, those of MORE too, and the order in which they load,
# in mods; B gets its own by initramfs/build.
crash_modules() {
	local m
	mkdir -p mods
	for m in virtio_pci virtio_blk ext4 ${3:-}; do
		modprobe -d "$1" -S "$2" -q --show-depends "$m" || return
	done >depends
	while read -r word path _; do
		[ "$word" = insmod ] || continue
		[ ! -e "mods/$(basename "${path%.xz}")" ] || continue
		case $path in
		*.xz) xz -dc "$path" >"mods/$(basename "${path%.xz}")" ;;
		*) cp "$path" mods ;;
		esac
		basename "${path%.xz}" >>mods/order
	done <depends
}

# crash_memory VM: what A left, in VM.mem, and let B go on.
crash_memory() {
	ok_if "$1: B stands still" vm_console "$1" '^kjump: test: waiting for a line' 150 || return
	vm_hmp "$1" stop
	vm_hmp "$1" "pmemsave 0 $((${CRASH_MIB:-512} << 20)) $1.mem"
	vm_hmp "$1" cont
	vm_type "$1" '
'
	ok_if "$1: B reboots" vm_wait "$1" 150 reset
}

# crash_garbage VM: the copy of VMCOREINFO that A's kernel keeps for its crash, in the reservation, is overwritten while A
# runs; it is the only text there that begins like this.
crash_garbage() {
	vm_stage "$1" crash 120 || return
	vm_hmp "$1" stop
	vm_hmp "$1" "pmemsave 0 $((${CRASH_MIB:-512} << 20)) $1.mem"
	"$CRASH_JUDGE/garbage.py" "$1/gdb" "$1.mem" "$(vm_kv "$1" ram)"
	set -- "$?" "$1"
	rm -f "$2.mem"
	vm_hmp "$2" cont
	vm_type "$2" '
'
	return "$1"
}

# crash_source VM DUMP: VM.core, what B's /proc/vmcore was: A's memory above the first MiB but for the reservation.
crash_source() {
	CRASH_RAM=$(vm_kv "$1" ram) || return
	"$CRASH_JUDGE/kdump.py" core "$2" "$1.mem" "${CRASH_VMLINUX:-$VM_KERNEL/vmlinux}" "$CRASH_RAM" "$1.core" && rm -f "$1.mem"
}

# crash_judge VM CPU CPUS DUMP [FILE]: what drgn finds.
crash_judge() {
	/usr/bin/drgn -q -c "$4" -s "${CRASH_VMLINUX:-$VM_KERNEL/vmlinux}" "$CRASH_JUDGE/crash.py" ${5:+"$5"} >"$1.drgn" 2>"$1.drgn.err"
	cat "$1.drgn" "$1.drgn.err"
	[ "$(crash_value "$1.drgn" PID)" = "$(vm_kv "$1" pid)" ] && [ "$(crash_value "$1.drgn" COMM)" = kjpanic ] &&
		[ "$(crash_value "$1.drgn" CPU)" = "$2" ] && [ "$(crash_value "$1.drgn" CPUS)" = "$3" ] &&
		[ "$(crash_value "$1.drgn" RELEASE)" = "$(vm_kv "$1" release)" ] &&
		[ "$(crash_value "$1.drgn" BANNER)" = "$(vm_kv "$1" release)" ] &&
		[ "$(crash_value "$1.drgn" INIT)" = init ] && [ "$(crash_value "$1.drgn" CACHES)" -gt 20 ] || return
	[ -n "${CRASH_NOTRACE:-}" ] || crash_trace "$1"
}

# The crashed thread's registers and stack.
crash_trace() {
	[ "$(crash_value "$1.drgn" RSP_ON_STACK)" = yes ] && [ "$(crash_value "$1.drgn" RIP_IN)" = __crash_kexec ] &&
		grep -Eq '^TRACE=.*(sysrq_handle_crash,)?__handle_sysrq,write_sysrq_trigger,.*vfs_write,' "$1.drgn"
}

# crash_cached VM: drgn has found the file in the page cache.
crash_cached() {
	[ "$(crash_value "$1.drgn" CACHE_PAGES)" = 1465 ] && [ "$(crash_value "$1.drgn" CACHE_CRC)" = "$CRASH_CRC" ]
}

# crash_pages VM DUMP: each page, through libkdumpfile.
crash_pages() {
	"$CRASH_JUDGE/kdump.py" pages "$2" "$1.core" "$CRASH_RAM" >"$1.pages" 2>&1 || {
		cat "$1.pages"
		return 1
	}
	note "$1: $(tr '\n' ' ' <"$1.pages")"
	[ "$(crash_value "$1.pages" COMPLETE)" = yes ]
}

# crash_same VM DUMP LEVEL: makedumpfile, one that knows this kernel, leaves out the same pages.
crash_same() {
	"$CRASH_MDF" --message-level 0 -l -d "$3" "$1.core" "$1.theirs" || return
	"$CRASH_JUDGE/kdump.py" same "$2" "$1.theirs" "$1.core" >"$1.same"
	set -- "$?" "$1"
	note "$2: makedumpfile: $(tr '\n' ' ' <"$2.same")"
	rm -f "$2.theirs"
	return "$1"
}

# crash_refilter VM DUMP: makedumpfile makes of our dump what it makes of the source.
crash_refilter() {
	"$CRASH_MDF" --message-level 0 -l -d 31 "$2" "$1.again" && "$CRASH_MDF" --message-level 0 -l -d 31 "$1.core" "$1.theirs" &&
		"$CRASH_JUDGE/kdump.py" same "$1.again" "$1.theirs" "$1.core" >"$1.same"
	set -- "$?" "$1"
	rm -f "$2.again" "$2.theirs"
	return "$1"
}

# crash_dmesg VM DUMP OURS: makedumpfile takes the same kernel log out of the dump; older ones leave out the callers, and
# so have other indentation where a record goes on.
crash_dmesg() {
	sed 's/^\(\[ *[0-9.]*\] \)\[ *[TC][0-9]*\] /\1/; /^\[/!s/^ \{11\}//' "$3" >"$1.dmesg.plain"
	rm -f "$1.dmesg"
	"${CRASH_MDF:-makedumpfile}" --message-level 0 --dump-dmesg "$2" "$1.dmesg" || return
	cmp -s "$1.dmesg" "$3" || cmp "$1.dmesg" "$1.dmesg.plain"
}

# The makedumpfile whose choice of pages is the measure; Debian's knows no 6.12.
CRASH_MDF=${MAKEDUMPFILE:-}
crash_mdf() {
	[ -n "$CRASH_MDF" ] && return
	note "skipped: the pages of makedumpfile: MAKEDUMPFILE= names none that knows this kernel"
	return 1
}
