# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A has panicked, and kernel B meets a full target, and a VMCOREINFO that is garbage: each is said
# in one line, nothing is called whole that is not, and the machine reboots.
# timeout: 300
. "$VM_TOP/test-vm/crash.sh"

# rdump VM IMG DIR: sets SAVED to the one dump on that file system.
fetch() {
	mkdir "$3"
	debugfs -R "rdump /var $3" "$2" 2>/dev/null
	SAVED=$(echo "$3"/var/crash/127.0.0.1-20*)
	[ -d "$SAVED" ]
}

status_has() {
	/usr/bin/python3 -c 'import json, sys
s = json.load(open(sys.argv[1] + "/status.json"))
print(s)
sys.exit(0 if eval(sys.argv[2], {}, {"s": s}) else 1)' "$1" "$2"
}

said() { tr -d '\r' <"$1/console.log" | grep -aEq -- "$2"; }

# partly VM DUMP: marked incomplete; a good part of its pages is there, and right.
partly() {
	"$CRASH_JUDGE/kdump.py" pages "$2" "$1.core" >"$1.part" || { cat "$1.part"; return 1; }
	note "$1: $(tr '\n' ' ' <"$1.part")"
	[ "$(crash_value "$1.part" COMPLETE)" = no ] && [ "$(crash_value "$1.part" KEPT)" -gt 500 ] && [ "$(crash_value "$1.part" LOST)" -gt 500 ]
}

# everything VM DUMP: each page of RAM is in it, as QEMU had it.
everything() {
	CRASH_RAM=$(vm_kv "$1" ram)
	"$CRASH_JUDGE/kdump.py" plain "$2" "$1.mem" "$CRASH_RAM" >"$1.plain" || { cat "$1.plain"; return 1; }
	note "$1: $(tr '\n' ' ' <"$1.plain")"
	[ "$(crash_value "$1.plain" KEPT)" = "$(crash_value "$1.plain" RAM)" ]
}

crash_data data.img
cp data.img data2.img

# --- the first target holds a part of it ---
vm_disk small.disk 16
mke2fs -q -t ext4 -F small.disk
vm_disk large.disk 300
mke2fs -q -t ext4 -F large.disk
CRASH_DATA=vdc crash_start full 0 '/dev/vda /dev/vdb' 'core_collector kjump-dump -c lzo -d 16' smp=2 disk=small.disk disk=large.disk disk=data.img

crash_memory full
vm_plan "full: says so" "full: an incomplete dump" "full: status.json says incomplete" "full: README.txt says not saved" \
	"full: what is there is right" "full: the next target is tried" "full: status.json of the second" \
	"full: every page is there all the same"
ok_if "full: says so" said full "^kjump: target '/dev/vda' failed: kjump-dump: .*vmcore-incomplete: target full: [0-9]+ of [0-9]+ pages saved"
fetch full large.disk full.large || :
ok_if "full: the next target is tried" crash_source full "$SAVED/vmcore"
ok_if "full: every page is there all the same" crash_pages full "$SAVED/vmcore"
ok_if "full: status.json of the second" status_has "$SAVED" \
	's["state"] == "saved" and len(s["failed_before"]) == 1 and "target full" in s["failed_before"][0] and s["warnings"] == []'
fetch full small.disk full.small || :
ok_if "full: an incomplete dump" test -s "$SAVED/vmcore-incomplete" -a ! -e "$SAVED/vmcore"
ok_if "full: status.json says incomplete" status_has "$SAVED" \
	's["state"] == "incomplete" and s["exit_status"] == 73 and "target full" in s["reason"] and s["file"] == "vmcore-incomplete"'
ok_if "full: README.txt says not saved" grep -q '^vmcore status: NOT saved: .*target full' "$SAVED/README.txt"
ok_if "full: what is there is right" partly full "$SAVED/vmcore-incomplete"

# --- what the kernel says of itself is garbage ---
vm_disk raw.disk 600
mke2fs -q -t ext4 -F raw.disk
CRASH_A=kjt.wait=yes CRASH_DATA=vdb crash_start garbage 0 /dev/vda 'core_collector kjump-dump -c lzo -d 31' smp=1 disk=raw.disk disk=data2.img \
	arg=-gdb arg=unix:garbage/gdb,server=on,wait=off
vm_plan "garbage: VMCOREINFO overwritten"
ok_if "garbage: VMCOREINFO overwritten" crash_garbage garbage

crash_memory garbage
vm_plan "garbage: says so" "garbage: a dump all the same" "garbage: status.json" "garbage: of all memory"
ok_if "garbage: says so" said garbage '^kjump-dump: /proc/vmcore: .*all pages kept'
fetch garbage raw.disk garbage.raw || :
ok_if "garbage: a dump all the same" test -s "$SAVED/vmcore"
ok_if "garbage: status.json" status_has "$SAVED" 's["state"] == "saved" and len(s["warnings"]) >= 1'
ok_if "garbage: of all memory" everything garbage "$SAVED/vmcore"
