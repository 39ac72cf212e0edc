#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In which order kjump-dump writes pages: a full disk takes struct pages first, then pages of processes, the kernel's
# last. One worker, where the order is to be judged: of two nobody knows which is faster.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tools/test/cli/lib-dump.sh
. "${0%/*}/lib-dump.sh"

make_core u --seed 7 --kind crash --user 60 --last u.last
sed -n 's/^user //p' u.last | sort -n - u.all >u.31

# judge NAME LEFT LEVEL ARGS... DUMP
judge() {
	local name="$1" left="$2" level="$3"
	shift 3
	judge_by "$name" kjkdump.py --truth u.mem --core u.core --ram "$ram" --left "$left" --level "$level" "$@"
}

# --- everything is there, whatever the order
for bin in "$dump" "$KJ_SHIP/kjump-dump"; do
	for level in 0 15 17 31; do
		left=u.all
		[ $level -gt 14 ] || left=/dev/null
		[ $level -ne 31 ] || left=u.31
		rm -f x.kd
		if [ $level -eq 15 ]; then
			sed -n 's/^user //p' u.last >u.15
			left=u.15
		fi
		try "$bin" -q -f kdump -c lzo -d $level -w 2 -o x.kd u.core
		status_is 0 "-d $level: status"
		judge "-d $level: the oracle agrees" $left $level x.kd
		try sh -c "exec '$bin' -q -f flat -c lzo -d $level -w 2 -o - u.core >x.flat"
		judge "-d $level, a stream: the oracle agrees" $left $level --unflatten x.raw x.flat
	done
done

# --- a worker that dies behind the first round
for place in '--fork 2 --write 2' '--fork 2 --write 3'; do
	rm -f x.kd
	# shellcheck disable=SC2086 # words are wanted
	strike $place "$dump" -q -f kdump -c none -d 17 -w 2 -o x.kd u.core
	died "worker killed at $place"
	judge "worker killed at $place: the dump is whole" u.all 17 x.kd
done

# --- a disk that gets full
# full BLOCKS NAME: x.kd
full() {
	rm -f x.kd
	full_disk "$1" -f kdump -c none -d 17 -w 1 -o x.kd u.core
	status_is 73 "$2: status"
}
lost() {
	echo $(($(sed -n 's/.*target full: \([0-9]*\) of \([0-9]*\) .*/\2 - \1/p' err)))
}
case $(ulimit -f 100; dd if=/dev/zero of=size bs=512 count=150 2>/dev/null; stat -c %s size) in
51200) ;;
*) skip "ulimit -f does not count blocks of 512 bytes here" && done_testing ;;
esac
full 58000 'no room for the last pages'
one_line "*: target full: * pages saved, all of the kernel's, the dump is incomplete" 'no room for the last pages: why'
judge 'only struct pages are lost' u.all 17 --lost 512 --last u.last x.kd
full 30000 'room for half of it'
one_line "*: target full: * pages saved, all of the kernel's, the dump is incomplete" 'room for half of it: why'
judge 'struct pages, then pages of processes are lost' u.all 17 --lost 100000 --last u.last x.kd
judge 'and no more than it says' u.all 17 --lost "$(lost)" x.kd
grep -v '^user' u.last >only.structs
! "$gen/kjkdump.py" --truth u.mem --core u.core --ram "$ram" --left u.all --level 17 --lost 100000 --last only.structs \
	x.kd >judge.out 2>&1
report $? 'the oracle sees lost pages of another kind'
full 12000 'not even room for the kernel'
one_line '*: target full: * pages saved, the dump is incomplete' 'not even room for the kernel: why'
done_testing
