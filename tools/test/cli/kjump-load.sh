#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump-load --plan against a PC made of files, and everything that it refuses, each with one line and its status.
set -u
. "${0%/*}/lib.sh"

load=$KJ_BIN/kjump-load
d=$KJ_TMP/gen
root=$KJ_TMP/root
mkdir -p "$d"

# entry N START END TYPE
entry() {
	mkdir -p "$root/sys/firmware/memmap/$1"
	echo "$2" >"$root/sys/firmware/memmap/$1/start"
	echo "$3" >"$root/sys/firmware/memmap/$1/end"
	echo "$4" >"$root/sys/firmware/memmap/$1/type"
}

# pc [CRASHKERNEL-LINE]: 1 GiB, two CPUs that wait in MWAIT
pc() {
	rm -rf "$root"
	mkdir -p "$root/proc/sys/kernel/random" "$root/sys/devices/system/cpu/cpu0" \
		"$root/sys/devices/system/cpu/cpu1" "$root/sys/kernel/boot_params"
	entry 0 0x0 0x9fbff 'System RAM'
	entry 1 0x9fc00 0x9ffff Reserved
	entry 2 0xf0000 0xfffff Reserved
	entry 3 0x100000 0x3ffdcfff 'System RAM'
	entry 4 0x3ffdd000 0x3fffffff Reserved
	entry 5 0xfffc0000 0xffffffff Reserved
	entry 6 0xfd00000000 0xffffffffff Reserved
	cat >"$root/proc/iomem" <<-END
		00000000-00000fff : Reserved
		00001000-0009fbff : System RAM
		0009fc00-0009ffff : Reserved
		000f0000-000fffff : Reserved
		00100000-3ffdcfff : System RAM
		  21600000-21dfffff : Kernel code
		  22000000-221fffff : Kernel data
		${1:-  22400000-226fffff : Kernel bss}
		3ffdd000-3fffffff : Reserved
	END
	printf 'MemTotal:        1000000 kB\nMemFree:          900000 kB\n' >"$root/proc/meminfo"
	printf 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse3 monitor vmx\n' \
		>"$root/proc/cpuinfo"
	echo 0-1 >"$root/sys/devices/system/cpu/present"
	cp "$root/sys/devices/system/cpu/present" "$root/sys/devices/system/cpu/possible"
	cp "$root/sys/devices/system/cpu/present" "$root/sys/devices/system/cpu/online"
	echo 'root=/dev/sda console=tty0 console=ttyS0,115200 quiet' >"$root/proc/cmdline"
	echo 6.12.90-kj >"$root/proc/sys/kernel/osrelease"
	printf 'Node 0, zone DMA\n        present  3998\nNode 0, zone DMA32\n        present  258013\n' \
		>"$root/proc/zoneinfo"
	"$KJ_BIN/unit/corehdr" --gen "$root/proc/kcore"
}

amd() {
	printf 'vendor_id\t: AuthenticAMD\nflags\t\t: fpu monitor\n' >"$root/proc/cpuinfo"
}

plan() {
	try "$load" --plan --sysroot "$root" --kernel "$d/bz" --initrd "$d/rd" "$@"
}

"$KJ_BIN/unit/bzimage" --gen "$d/bz"
ok 'a kernel'
head -c 1400000 /dev/zero >"$d/rd"

# ---- windows ----
pc
plan
status_is 69 'offline CPUs wait in MWAIT'
one_line 'kjump-load: window: offline CPUs wait in MWAIT, *crashkernel=80M or clearcpuid=monitor' 'so it is refused'
plan --force
status_is 0 'unless forced'
amd
plan
status_is 0 'on AMD they do not'
key_is MAIN_WINDOW 0x37000000-0x3c000000 'the window'
key_is WINDOW 0x1000-0x9f000,0x37000000-0x3c000000 'and low memory'
key_is RESERVED no 'not reserved'
key_is SEGMENTS 5 'segments'
key_is BACKUP_PAGES 20638 'pages'
key_is E820_CRC 0f75740f 'the digest that linux computes for this map'
key_is PHYSPAGES 262011 'and the pages that it counts'
key_is PAGE_OFFSET 0xffff888000000000 'direct map'
key_is KERNEL_RELEASE 6.12.90-kj 'release'
key_is LOAD_0 0x100000-0x37000000 'memory below the window'
key_is LOAD_1 0x3c000000-0x3ffdd000 'and above'
key_is E820_4 0x100000-0x37000000:2 "A's memory is reserved"
key_is E820_5 0x37000000-0x3bffe000:1 "B's is RAM"
key_is E820_6 0x3bffe000-0x40000000:2 'less the header'
key_is CMDLINE 'elfcorehdr=0x3bffe000 panic=5 oops=panic softlockup_panic=1 nmi_watchdog=0 transparent_hugepage=never acpi_no_memhotplug console=tty0 console=ttyS0,115200' \
	"command line with A's consoles"
plan --append 'console=ttyS1 kjump.mode=auto'
grep -q '^CMDLINE=.*memhotplug console=ttyS1 kjump.mode=auto$' "$KJ_TMP/out"
ok 'a console of its own'
key_is CORE_BY loader 'the core header is ours'
echo 57748 >"$root/sys/kernel/kexec_jump_elfcorehdr_size"
plan
status_is 0 "a kernel that writes it"
key_is CORE_BY kernel 'may'
key_is CORE_PA 0x3bfc8000 'and has room for it and for 8 bytes a page'
key_is NOTES_PA 0x3bfff000 'before the notes'
key_is BACKUP_PAGES 20638 'in the same window'
plan --confine 0x30000000-0x38000000
key_is CORE_BY loader 'but not where nobody comes back'
echo x >"$root/sys/kernel/kexec_jump_elfcorehdr_size"
plan
status_is 71 'a size that is none'
one_line 'kjump-load: /sys/kernel/kexec_jump_elfcorehdr_size: no size' 'says so'
rm "$root/sys/kernel/kexec_jump_elfcorehdr_size"
printf 'flags\t\t: fpu hypervisor sev_es\n' >"$root/proc/cpuinfo"
plan
status_is 69 'a SEV guest'
one_line 'kjump-load: memory is encrypted (AMD SEV): another kernel cannot read it' 'is refused'
printf 'flags\t\t: fpu monitor\n' >"$root/proc/cpuinfo"
echo 0 >"$root/sys/devices/system/cpu/present"
plan
status_is 0 'nor with one CPU'
pc
sed -i 's/ monitor//' "$root/proc/cpuinfo"
plan
status_is 0 'nor with clearcpuid=monitor'
for w in 0x28000000-0x2fffffff 0x28000000-0x30000000 128M@0x28000000; do
	plan --window $w
	key_is MAIN_WINDOW 0x28000000-0x30000000 "--window $w"
done
plan --window 64M
key_is MAIN_WINDOW 0x38000000-0x3c000000 '--window 64M'
plan --window 16M
status_is 69 'a window too small'
one_line 'kjump-load: window: 16 MiB is too small for this kernel and initrd' 'says so'
plan --window 600M
status_is 69 'a window of more than half of RAM'
one_line 'kjump-load: window: 600 MiB is more than half of RAM (*' 'says so'
plan --window 0x38000000-0x48000000
status_is 69 'a window behind RAM'
plan --window 0x20000000-0x28000000
status_is 69 "a window over A's kernel"
one_line 'kjump-load: window: this kernel, or a page of the job, is there' 'says so'
plan --window 0x28001000-0x30001000
status_is 64 'a window that is not aligned'
for w in '' big 128X 0x-0x 4K0 0x30000000-0x20000000 0x28000000-0x28000123; do
	plan --window "$w"
	status_is 64 "--window '$w'"
done
# have MIB: so much is available
have() { printf 'MemTotal:        1000000 kB\nMemAvailable:    %d kB\n' $(($1 * 1024)) >"$root/proc/meminfo"; }
have 113
plan
key_is MAIN_WINDOW 0x37000000-0x3c000000 'memory for the window, 24 MiB beside it and 8 to spare'
have 110
plan
key_is MAIN_WINDOW 0x37400000-0x3c000000 'a bit less: a smaller window'
have 60
plan
status_is 0 'not enough'
key_is MAIN_WINDOW 0x37600000-0x3c000000 'the smallest one'
mkdir -p "$root/run/kjump"
echo 1 >"$root/sys/kernel/kexec_loaded"
printf 'MODE=jump\nBACKUP_PAGES=20638\n' >"$root/run/kjump/loaded"
plan
key_is MAIN_WINDOW 0x37000000-0x3c000000 'an image that is loaded makes room'

pc '  33000000-3effffff : Crash kernel'
plan
status_is 0 'a reservation does for any CPU'
key_is MAIN_WINDOW 0x37000000-0x3f000000 'its end'
key_is RESERVED yes 'reserved'
plan --window 0x34000000-0x38000000
status_is 0 'a part of it'
plan --window 0x30000000-0x34000000
status_is 69 'a place beside it'

# ---- job ----
n=00112233445566778899aabbccddeeff
plan --job 0x12345000:$n --mailbox 0x12346000:$n
status_is 0 'job and mailbox'
plan --job 0x38000000:$n
status_is 0 'a job page in the reservation is none of ours'
amd
plan --window 0x28000000-0x30000000 --job 0x28001000:$n
status_is 69 'a job page in the window'
plan --job 0x50000000:$n
status_is 69 'a job page that is no RAM'
for j in "" "0x12345000" "0x12345000:" "0x12345000:${n}0" "0x12345000:${n%f}" "0x12345000:${n%f}g" "0x12345001:$n" "0:$n"; do
	plan --job "$j"
	status_is 64 "--job '$j'"
done

# ---- notes ----
echo hello >"$d/note"
plan --note "MINE=$d/note" --note "YOURS=$d/note"
status_is 0 'notes'
for x in MINE "=x" "MINE=" "KJUMP=$d/note" "VMCOREINFO=$d/note" "CORE=$d/note" "a b=$d/note"; do
	plan --note "$x"
	status_is 64 "--note '$x'"
done
plan --note "MINE=$d/none"
status_is 66 'a note that is not there'
head -c 70000 /dev/zero >"$d/large"
plan --note "MINE=$d/large"
status_is 65 'a note of 70 kB'

# ---- kernel ----
for n in 0 100 600 2560 60000; do
	head -c "$n" "$d/bz" >"$d/cut"
	try "$load" --plan --sysroot "$root" --kernel "$d/cut" --initrd "$d/rd"
	status_is 65 "a kernel cut at $n bytes"
done
one_line "kjump-load: $d/cut: truncated" 'says so'
{ head -c 40000 "$d/bz"; printf x; tail -c +40002 "$d/bz"; } >"$d/bad"
try "$load" --plan --sysroot "$root" --kernel "$d/bad" --initrd "$d/rd"
status_is 65 'a kernel with one byte changed'
one_line "kjump-load: $d/bad: checksum mismatch" 'says so'
try "$load" --plan --sysroot "$root" --kernel "$d/rd" --initrd "$d/rd"
status_is 65 'no kernel'
one_line "kjump-load: $d/rd: not a bzImage" 'says so'
try "$load" --plan --sysroot "$root" --kernel "$d/none" --initrd "$d/rd"
status_is 66 'no such kernel'
try "$load" --plan --sysroot "$root" --kernel "$d/bz" --initrd "$d/none"
status_is 66 'no such initrd'
one_line "kjump-load: $d/none: not there; /usr/lib/kjump/image builds kjump's" 'says what builds one'
: >"$d/empty"
try "$load" --plan --sysroot "$root" --kernel "$d/bz" --initrd "$d/empty"
status_is 65 'an empty initrd'

# ---- command line ----
for a in elfcorehdr=1 'x mem=1G' memmap=exactmap "$(printf 'a\nb')"; do
	plan --append "$a"
	status_is 64 "--append '$a'"
done
plan --append "$(head -c 2040 /dev/zero | tr '\0' x)"
status_is 64 'a command line longer than the kernel takes'
one_line 'kjump-load: --append: command line of * bytes, this kernel takes 2047' 'says so'
plan --append mem_sleep_default=deep
status_is 0 'but what only begins like them is fine'

# ---- crash ----
pc
plan --crash
status_is 69 'no reservation'
one_line 'kjump-load: no memory is reserved for a crash kernel: boot with crashkernel=SIZE' 'says so'
pc '  33000000-3effffff : Crash kernel'
plan --crash
status_is 69 'no crash notes'
echo 3fc0a000 >"$root/sys/devices/system/cpu/cpu0/crash_notes"
echo 3fd0a000 >"$root/sys/devices/system/cpu/cpu1/crash_notes"
echo 368 >"$root/sys/devices/system/cpu/cpu0/crash_notes_size"
echo 368 >"$root/sys/devices/system/cpu/cpu1/crash_notes_size"
plan --crash
status_is 69 'no vmcoreinfo'
echo '0x0000000002650000 1024' >"$root/sys/kernel/vmcoreinfo"
plan --crash
status_is 0 'crash'
key_is MODE crash 'mode'
key_is MAIN_WINDOW 0x33000000-0x3f000000 'the whole reservation'
key_is SEGMENTS 4 'segments'
key_is BACKUP_PAGES 0 'nothing is backed up'
key_is RE_PA 0x0 'no way back'
key_is LOAD_0 0x100000-0x33000000 'low memory is left out'
grep -q '^CMDLINE=elfcorehdr=.* reset_devices irqpoll console=' "$KJ_TMP/out"
ok 'command line' "$(grep CMDLINE "$KJ_TMP/out")"
plan --crash --window 64M
status_is 64 'a crash kernel has no choice'
plan --crash --job 0x12345000:00112233445566778899aabbccddeeff
status_is 64 'and no job'

# ---- confined ----
pc
plan --confine 0x1000-0x9f000,0x20000000-0x28000000
status_is 0 'confined: over our own kernel, and processors that wait'
key_is MODE confine 'mode'
key_is WINDOW 0x1000-0x9f000,0x20000000-0x28000000 'these pages'
key_is MAIN_WINDOW 0x20000000-0x28000000 'the largest piece'
key_is BACKUP_PAGES 0 'nothing is backed up'
key_is RE_PA 0x0 'no way back'
key_is LOAD_0 0x100000-0x20000000 'all other RAM is offered'
grep -q '^E820_[0-9]*=0x20000000-0x27[0-9a-f]*:1$' "$KJ_TMP/out" && ! grep '^E820_.*:1$' "$KJ_TMP/out" | grep -qv '=0x1000-0x9f000:\|=0x2'
ok 'and none of it is RAM' "$(grep E820_ "$KJ_TMP/out")"
sed -i 's/quiet/no5lvl quiet/' "$root/proc/cmdline"
plan --confine 0x1000-0x9efff,0x20000000-0x27ffffff
status_is 0 'last bytes will do'
key_is WINDOW 0x1000-0x9f000,0x20000000-0x28000000 'the same pages'
grep -q '^CMDLINE=.* no5lvl$' "$KJ_TMP/out"
ok 'page tables as deep as ours' "$(grep CMDLINE "$KJ_TMP/out")"
rm "$root/proc/kcore"
plan --confine 0x20000000-0x28000000
status_is 0 'nobody looks at our memory'
for r in '' x 0x20000000-0x28000800 0x20000000 0x28000000-0x20000000 0x20000000-0x28000000,0x24000000-0x2c000000; do
	plan --confine "$r"
	status_is 64 "confined to '$r'"
done
one_line 'kjump-load: --confine: not START-END of whole pages: "0x24000000-0x2c000000"' 'says which'
plan --confine 0x38000000-0x40000000
status_is 69 'what is no RAM'
one_line 'kjump-load: --confine: 0x38000000-0x40000000 is not System RAM' 'says so'
plan --confine 0x1000-0x9f000
status_is 69 'no room for a kernel'
plan --confine 0x20000000-0x21000000
status_is 69 'too little of it'
for o in --crash '--window 64M' '--job 0x12345000:00112233445566778899aabbccddeeff'; do
	# shellcheck disable=SC2086 # words
	plan --confine 0x20000000-0x28000000 $o
	status_is 64 "confined, and $o"
done
echo hush >"$d/secret"
plan --confine 0x20000000-0x28000000 --secret "$d/secret"
status_is 0 'a secret comes along'
key_is SECRET_PA 0x27fff000 'in the last page'
key_is NOTES_PA 0x27ffe000 'which has no note'
grep -q '^E820_[0-9]*=0x27ff[0-9a-f]*-0x40000000:2$' "$KJ_TMP/out" &&
	grep -q '^SEGMENT_[0-9]*=0x27ff[0-9a-f]*-0x28000000:header$' "$KJ_TMP/out"
ok 'and is loaded, but no RAM of that kernel' "$(grep 'E820_\|SEGMENT_' "$KJ_TMP/out")"
plan --confine 0x20000000-0x28000000 --platform
status_is 64 'prepared for S4, and confined'
one_line 'kjump-load: --platform goes without --crash and --confine' 'says so'
plan --crash --platform
status_is 64 'prepared for S4, and for a crash'
plan --secret "$d/secret"
status_is 64 'a secret without a way that is for good'
one_line 'kjump-load: --secret goes with --confine only' 'says so'
head -c 4097 /dev/zero >"$d/secret"
plan --confine 0x20000000-0x28000000 --secret "$d/secret"
status_is 65 'a secret of more than a page'
plan --confine 0x20000000-0x28000000 --secret "$d/none"
status_is 66 'a secret that is not there'

# ---- A ----
pc
amd
rm "$root/proc/kcore"
plan
status_is 69 'no /proc/kcore'
one_line 'kjump-load: /proc/kcore: no VMCOREINFO note*' 'says so'
plan --force
status_is 0 'unless forced'
pc
sed -i 's/[0-9a-f]\{8\}-[0-9a-f]\{8\}/00000000-00000000/' "$root/proc/iomem"
plan
status_is 77 'hidden addresses'
one_line 'kjump-load: /proc/iomem: addresses are hidden: not root' 'says so'
echo rubbish >"$root/proc/iomem"
plan
status_is 71 'rubbish in /proc/iomem'
pc
amd
echo 'Persistent Memory' >"$root/sys/firmware/memmap/3/type"
plan
status_is 69 'maps that do not agree'
one_line 'kjump-load: /sys/firmware/memmap: does not call RAM what /proc/iomem does' 'says so'
echo zero >"$root/sys/firmware/memmap/3/start"
plan
status_is 71 'rubbish in /sys/firmware/memmap'
rm -r "$root/sys/firmware"
plan
status_is 0 'no /sys/firmware/memmap'
key_is E820_5 0x37000000-0x3bffe000:1 '/proc/iomem will do'

# ---- usage ----
try "$load"
status_is 64 'no arguments'
try "$load" --nonsense
status_is 64 'an unknown option'
try "$load" --kernel x --initrd y extra
status_is 64 'too many arguments'
try "$load" --kernel x --initrd y --sysroot z
status_is 64 '--sysroot without --plan'
try "$load" -h
status_is 0 'help'
[ "$(wc -l <"$KJ_TMP/out")" -le 24 ]
ok 'of 24 lines at most'
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null && command -v cat >/dev/null; then
	chmod 755 "$KJ_TMP" "$d" 2>/dev/null
	try setpriv --reuid 65534 --clear-groups "$KJ_SHIP/kjump-load" --kernel "$d/bz" --initrd "$d/rd"
	if [ "$status" -eq 127 ] || grep -q -i 'permission denied' "$KJ_TMP/err"; then
		skip 'not root: the program cannot be reached as another user'
	else
		status_is 77 'not root'
		one_line 'kjump-load: not root' 'says so'
	fi
elif [ "$(id -u)" -ne 0 ]; then
	try "$load" --kernel "$d/bz" --initrd "$d/rd"
	status_is 77 'not root'
	one_line 'kjump-load: not root' 'says so'
else
	skip 'not root: no setpriv'
fi
done_testing
