# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B of bench-vm, with the rig's init: dumps of /proc/vmcore by two tools in turns, to one disk that the host slows
# down when it is told to. Must never count a run that failed, or one whose bytes are not on the disk.
# shellcheck source=test-vm/guest/work
. /kjt/work

rounds=$(work_option rounds 3)
codecs=$(work_option codecs lzo | tr , ' ')
levels=$(work_option levels '1,31' | tr , ' ')
cpus=$(grep -c '^processor' /proc/cpuinfo)

# Hundredths of a second since boot.
now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }

# CPU time of all that this shell has waited for, user and system: hundredths.
waited() { awk '{ print $16 + $17 }' "/proc/$$/stat"; }

# Hundredths, from seconds with two or more decimals: those of all lines that the pattern finds in FILE.
hundredths() { sed -n "s/.*$2 *\([0-9]*\.[0-9][0-9]\).*/\1/p" "$1" | awk '{ s += $1 } END { printf "%.0f", s * 100 }'; }

# ours CODEC LEVEL
ours() { kjump-dump -q -f kdump -c "$1" -d "$2" -w "$cpus" -s /tmp/stats -o /mnt/dump /proc/vmcore; }
# level 30: all but progress
theirs() {
	local packed=-l
	[ "$1" = lzo ] || packed=-z
	makedumpfile --message-level 30 $packed -d "$2" /proc/vmcore /mnt/dump >/tmp/said 2>&1
}

# run TOOL CODEC LEVEL DISK ROUND: tell wall, CPU, classify, copy (hundredths) and bytes
run() {
	local tool="$1" t0 t1 cpu classify copy
	rm -f /mnt/dump
	sync
	echo 3 >/proc/sys/vm/drop_caches
	t0=$(now)
	cpu=$(waited)
	$tool "$2" "$3" || { tap_not_ok "$tool $2 -d $3, $4 disk, round $5" "$(tail -n 3 /tmp/said 2>/dev/null)"; return 1; }
	sync
	t1=$(now)
	cpu=$(($(waited) - cpu))
	if [ "$tool" = ours ]; then
		classify=$(($(work_value /tmp/stats MS_CLASSIFY) / 10)) copy=$(($(work_value /tmp/stats MS_COPY) / 10))
	else
		classify=$(hundredths /tmp/said '\[Excluding unnecessary pages\] :') copy=$(hundredths /tmp/said '\[Copying data  *\] :')
	fi
	tap_raw "run $tool $2 $3 $4 $5 $((t1 - t0)) $cpu $classify $copy $(wc -c </mnt/dump)"
}

# rounds_of CODEC LEVEL DISK
rounds_of() {
	local r=1
	while [ "$r" -le "$rounds" ]; do
		run ours "$@" "$r" && run theirs "$@" "$r" || return 1
		r=$((r + 1))
	done
}

# What one worker packs, in bytes a second: written nowhere.
rate() {
	kjump-dump -q -f flat -c "$1" -d "$2" -w 1 -s /tmp/stats -o - /proc/vmcore >/dev/null || return 1
	kv "rate-$1-$2" $(($(work_value /tmp/stats BYTES) * 1000 / $(work_value /tmp/stats MS_COPY)))
}

# host WORD: the host does it, and types a line
host() {
	stage "$1"
	read -r _ </dev/console
}

all() {
	mkdir -p /mnt
	mount -t ext4 /dev/vda /mnt || return 1
	for codec in $codecs; do
		for level in $levels; do
			rate "$codec" "$level" && rounds_of "$codec" "$level" free && host "slow-$codec-$level" &&
				rounds_of "$codec" "$level" slow && host "free-$codec-$level" || return 1
		done
	done
	umount /mnt
}

kv makedumpfile "$(makedumpfile -v 2>&1 | sed -n 's/^makedumpfile: version \([^ ]*\).*/\1/p')"
tap_try "all rounds" all
