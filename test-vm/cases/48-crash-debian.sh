# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Debian's stock kernels, 6.1 and 6.12, as A and as B: the same crash as in 40-crash, judged by Debian 12's readers and, in
# a chroot, by the newer ones of Debian 13; then all levels and codecs of that memory, page by page. Both are fetched once
# into the cache: about 2 GB to load, 1.5 GB kept. SERIES= names one of them, LEVELS= and CODECS= as for judge/levels.
# timeout: 5400
# long: yes
. "$VM_TOP/test-vm/crash.sh"

# newer NAME SCRIPT...: a reader of Debian 13, in this directory.
newer() { "$CRASH_JUDGE/trixie" . "$@"; }

# newer_drgn VM DUMP
newer_drgn() {
	cp "$CRASH_JUDGE/crash.py" crash-judge.py
	newer drgn -q -c "$2" -s vmlinux crash-judge.py >"$1.new.drgn" 2>"$1.new.drgn.err"
	cat "$1.new.drgn" "$1.new.drgn.err"
	[ "$(crash_value "$1.new.drgn" PID)" = "$(vm_kv "$1" pid)" ] && [ "$(crash_value "$1.new.drgn" CPU)" = 1 ] &&
		grep -Eq '^TRACE=.*sysrq_handle_crash,__handle_sysrq,write_sysrq_trigger,.*vfs_write,' "$1.new.drgn" &&
		[ "$(crash_value "$1.new.drgn" RSP_ON_STACK)" = yes ]
}

# crash_opens VM DUMP OUT COMMAND...: crash(8), that one, without a warning but those of VM.own, which it gives of
# QEMU's memory as well
crash_opens() {
	local vm="$1" dump="$2" out="$3"
	shift 3
	printf '%s\n' sys bt 'ps kjclasses' 'kmem -i' quit >crash.cmds
	"$@" -s -i crash.cmds vmlinux "$dump" >"$out" 2>&1 </dev/null
	cat "$out"
	! grep -i '^warning' "$out" | grep -vxF -f "$vm.own" || return
	grep -Eq "^PID: $(vm_kv "$vm" pid) .*CPU: 1 .*COMMAND: \"kjpanic" "$out" && grep -q '\] sysrq_handle_crash at ' "$out" &&
		grep -q '\] write_sysrq_trigger at ' "$out" && grep -q 'RIP: .*RSP: .*FLAGS: ' "$out" &&
		grep -q "RELEASE: $(vm_kv "$vm" release)" "$out" && grep -q 'CPUS: 2' "$out"
}

# crash_own VM COMMAND...: what that one warns of without any dump of ours
crash_own() {
	local vm="$1"
	shift
	echo quit >crash.cmds
	"$@" -s -i crash.cmds vmlinux "$vm.core" >"$vm.crash.own" 2>&1 </dev/null || return
	grep -i '^warning' "$vm.crash.own" >"$vm.own" || :
	note "$vm: warnings about QEMU's memory: $(tr '\n' ' ' <"$vm.own")"
}

# crash_trimmed VM COMMAND...: crash(8), that one, finds in a dump without struct pages of what it lacks all that it finds in
# one with them, but where it follows the lists of free pages; it says so, and has been told why.
crash_trimmed() {
	local vm="$1" kind
	shift
	{
		printf 'sys\n'
		printf '!echo "### %s"\n' begin
		printf '%s\n' 'bt -a' ps log 'kmem -s' 'kmem -v' 'kmem -V' 'kmem -n' files mount dev net mod timer 'foreach bt'
		printf '!echo "### %s"\n' end
		printf '%s\n' 'kmem -f' quit
	} >trim.cmds
	for kind in full trimmed; do
		"$@" -s -i trim.cmds vmlinux "$vm.$kind" >"$vm.$kind.crash" 2>&1 </dev/null
		sed -n '/^### begin$/,/^### end$/p' "$vm.$kind.crash" >"$vm.$kind.same"
	done
	diff "$vm.full.same" "$vm.trimmed.same" && [ "$(wc -l <"$vm.full.same")" -gt 500 ] &&
		! grep 'page excluded' "$vm.full.crash" && grep 'DUMPFILE: .*EXCLUDED VMEMMAP' "$vm.trimmed.crash" &&
		grep 'page excluded: .*"first list entry"' "$vm.trimmed.crash"
}

# trimmed VM: one with struct pages, one without
trimmed() {
	"$VM_OUT/ship/kjump-dump" -q -f kdump -c lzo -d 31 -o "$1.full" "$1.core" &&
		"$VM_OUT/ship/kjump-dump" -q -f kdump -c lzo -d 31 -e -s trim.stats -o "$1.trimmed" "$1.core" &&
		[ "$(crash_value trim.stats BYTES_TRIMMED)" -gt 10000000 ]
}

# sparse VM: an ELF core of what a dump has
sparse() {
	"$VM_OUT/ship/kjump-dump" -q -f elf -d 31 -o "$1.elf" "$1.core" && [ "$(stat -c %s "$1.elf")" -lt "$(stat -c %s "$1.core")" ]
}

newer_kdump() {
	cp "$CRASH_JUDGE/kdump.py" kdump-judge.py
	newer python3 kdump-judge.py pages "$1.vmcore" "$1.core" "$CRASH_RAM" >"$1.new.pages" 2>&1 || { cat "$1.new.pages"; return 1; }
}

# newer_dmesg VM DUMP: behind crash_dmesg
newer_dmesg() {
	rm -f "$1.new.dmesg"
	newer makedumpfile --message-level 0 --dump-dmesg "$2" "$1.new.dmesg" || return
	cmp -s "$1.new.dmesg" "$1.dmesg.ours" || cmp "$1.new.dmesg" "$1.dmesg.plain"
}

# refiltered VM SERIES: by each makedumpfile that knows the kernel, Debian 12's knows 6.1 alone
refiltered() {
	local vm="$1" mdf n=0 kind
	for mdf in ${MAKEDUMPFILE:-} $([ "$2" != 6.1 ] || echo makedumpfile); do
		n=$((n + 1))
		for kind in vmcore elf; do
			vm_plan "$vm: makedumpfile $n filters the $kind again"
			CRASH_MDF=$mdf
			ok_if "$vm: makedumpfile $n filters the $kind again" crash_refilter "$vm" "$vm.$kind"
			CRASH_MDF=${MAKEDUMPFILE:-}
		done
	done
	[ "$n" -gt 0 ] || note "skipped: no makedumpfile that knows this kernel, MAKEDUMPFILE= names none"
}

# stock SERIES
stock() {
	local series="$1" vm="k${1#6.}" dir release
	vm_plan "$vm: the kernel is in the cache"
	ok_if "$vm: the kernel is in the cache" "$VM_TOP/test-vm/kernel/debian" "$series" || return
	dir=$("$VM_TOP/test-vm/kernel/debian" --print "$series")
	release=$(cat "$dir/release")
	rm -rf mods depends vmlinux
	crash_modules "$dir" "$release"
	cp "$dir/vmlinux" vmlinux
	crash_data "$vm.data"
	vm_disk "$vm.disk" 700
	mke2fs -q -t ext4 -F "$vm.disk"
	CRASH_VMLINUX=vmlinux CRASH_MIB=1024 CRASH_SIZE=256M CRASH_DATA=vdb
	CRASH_RELEASE=$release CRASH_MODDIR=$dir
	CRASH_GUEST="$dir/bzImage:/boot/bzImage mods:/kjt/modules"
	crash_start "$vm" 1 /dev/vda 'core_collector kjump-dump -c lzo -d 17' smp=2 kernel="$dir/bzImage" disk="$vm.disk" disk="$vm.data"
	crash_memory "$vm"
	vm_plan "$vm: a dump" "$vm: a source to compare with" "$vm: what drgn finds" "$vm: drgn walks the page cache" \
		"$vm: every page is what QEMU had" "$vm: makedumpfile finds the same kernel log" \
		"$vm: what Debian 13's drgn finds" "$vm: Debian 13's crash opens it" "$vm: Debian 13's libkdumpfile reads every page" \
		"$vm: Debian 13's makedumpfile finds the same kernel log" "$vm: all levels, all codecs" \
		"$vm: struct pages left out" "$vm: Debian 13's crash without them" "$vm: a sparse ELF core" \
		"$vm: what drgn finds in it" "$vm: what Debian 13's drgn finds in it" "$vm: Debian 13's crash opens that, too" \
		"$vm: makedumpfile finds the same kernel log in it" "$vm: Debian 13's makedumpfile does, too"
	mkdir "$vm.files"
	debugfs -R "rdump /var $vm.files" "$vm.disk" 2>/dev/null
	mv "$vm".files/var/crash/*/vmcore "$vm.vmcore"
	mv "$vm".files/var/crash/*/vmcore-dmesg.txt "$vm.dmesg.ours"
	ok_if "$vm: a dump" test -s "$vm.vmcore"
	ok_if "$vm: a source to compare with" crash_source "$vm" "$vm.vmcore" || return
	# drgn 0.0.22 does not know the unwind tables of 6.12
	CRASH_NOTRACE=''
	[ "$series" = 6.1 ] || CRASH_NOTRACE=yes
	: >"$vm.own"
	ok_if "$vm: what drgn finds" crash_judge "$vm" 1 2 "$vm.vmcore" cachefile
	ok_if "$vm: drgn walks the page cache" crash_cached "$vm"
	ok_if "$vm: every page is what QEMU had" crash_pages "$vm" "$vm.vmcore"
	ok_if "$vm: makedumpfile finds the same kernel log" crash_dmesg "$vm" "$vm.vmcore" "$vm.dmesg.ours"
	ok_if "$vm: what Debian 13's drgn finds" newer_drgn "$vm" "$vm.vmcore"
	ok_if "$vm: Debian 13's crash opens it" crash_opens "$vm" "$vm.vmcore" "$vm.crash.new" newer crash
	ok_if "$vm: Debian 13's libkdumpfile reads every page" newer_kdump "$vm"
	ok_if "$vm: Debian 13's makedumpfile finds the same kernel log" newer_dmesg "$vm" "$vm.vmcore"
	ok_if "$vm: struct pages left out" trimmed "$vm"
	ok_if "$vm: Debian 13's crash without them" crash_trimmed "$vm" newer crash
	ok_if "$vm: a sparse ELF core" sparse "$vm"
	ok_if "$vm: what drgn finds in it" crash_judge "$vm" 1 2 "$vm.elf"
	ok_if "$vm: what Debian 13's drgn finds in it" newer_drgn "$vm" "$vm.elf"
	ok_if "$vm: Debian 13's crash opens that, too" crash_opens "$vm" "$vm.elf" "$vm.crash.elf" newer crash
	ok_if "$vm: makedumpfile finds the same kernel log in it" crash_dmesg "$vm" "$vm.elf" "$vm.dmesg.ours"
	ok_if "$vm: Debian 13's makedumpfile does, too" newer_dmesg "$vm" "$vm.elf"
	refiltered "$vm" "$series"
	# the crash of Debian 12 knows 6.1 and no later kernel
	if [ "$series" = 6.1 ]; then
		vm_plan "$vm: Debian 12's crash reads QEMU's memory" "$vm: Debian 12's crash opens it" \
			"$vm: Debian 12's crash opens the ELF core" \
			"$vm: Debian 12's crash without them"
		ok_if "$vm: Debian 12's crash reads QEMU's memory" crash_own "$vm" crash
		ok_if "$vm: Debian 12's crash opens it" crash_opens "$vm" "$vm.vmcore" "$vm.crash.old" crash
		ok_if "$vm: Debian 12's crash opens the ELF core" crash_opens "$vm" "$vm.elf" "$vm.crash.oldelf" crash
		ok_if "$vm: Debian 12's crash without them" crash_trimmed "$vm" crash
	fi
	rm -f "$vm.full" "$vm.trimmed" "$vm.elf"
	[ "$series" != 6.1 ] || : "${CRASH_MDF:=makedumpfile}"
	ok_if "$vm: all levels, all codecs" env O="$VM_OUT" MAKEDUMPFILE="$CRASH_MDF" taskset 1 "$CRASH_JUDGE/levels" "$vm.core"
	CRASH_MDF=${MAKEDUMPFILE:-}
	rm -f "$vm.core" "$vm.vmcore" "$vm.disk" "$vm.data" "$vm.img"
}

for series in ${SERIES:-6.1 6.12}; do
	stock "$series"
done
