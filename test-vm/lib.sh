# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What a VM case is written with: start QEMU, wait for what happens in it, say
# what was right.  Must never leave a QEMU behind, and must never call a lost
# VM, a lost line or a warning in a kernel log a success.
#
# test-vm/run sources this and then the case, in the case's own directory.
# Given to a case: VM_TOP (the tree), VM_DIR (= the current directory),
# VM_KERNEL (directory of bzImage, vmlinux, System.map, modules and of
# bzImage-nojump, the same without KEXEC_JUMP), VM_OUT (what make built),
# VM_CASE (its name), VM_VARIANT (like VM_KERNEL, of the kernel that its header asks for).
# Each VM keeps its files in a directory of its name: console.log, tap.log,
# events.log, qemu.err, cmdline.

VM_LIST=
# Debian's package ovmf
VM_EFI=/usr/share/OVMF
# drgn 0.0.22 reads debug information with a thread for each CPU, and then takes, now and then, a type for another one:
# "struct mm_struct has no member 'pgd'", where the next try finds it.
export OMP_NUM_THREADS=1

# --- results ---------------------------------------------------------------

ok() { printf 'ok - %s\n' "$1" >>result.tap; }
not_ok() { printf 'not ok - %s%s\n' "$1" "${2:+ # $2}" >>result.tap; }
note() { printf '# %s\n' "$*" >>result.tap; }

# ok_if NAME COMMAND [ARG...]: ok when the command succeeds.
ok_if() {
	local name="$1" status=0
	shift
	"$@" || status=$?
	if [ $status -eq 0 ]; then
		ok "$name"
	else
		not_ok "$name" "status $status of: $*"
	fi
	return $status
}

# ok_is NAME GOT WANT: ok when both are the same.
ok_is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "got '$2', want '$3'"
		return 1
	fi
}

# vm_plan NAME...: adds names to the plan, for a case that is a loop.
vm_plan() { printf '%s\n' "$@" >>plan; }

# vm_tap_expect VM NAME...: the VM has to say ok to these.
vm_tap_expect() {
	local vm="$1" name
	shift
	for name in "$@"; do vm_plan "$vm: $name"; done
}

# vm_allow REGEX: console lines that match (grep -E) are no fault.
vm_allow() { printf '%s\n' "$1" >>allow; }

# vm_skip WHY: ends the case; the runner counts it as skipped.
vm_skip() {
	printf '%s\n' "$1" >skip
	exit 0
}

# vm_need FILE...: build products without which the case cannot run.
vm_need() {
	local f
	for f in "$@"; do
		[ -e "$f" ] && continue
		not_ok "build products" "$f is missing, run make first"
		exit 1
	done
}

# --- VMs -------------------------------------------------------------------

# vm_disk FILE MIB: a raw sparse disk of zeros.
vm_disk() {
	rm -f "$1"
	truncate -s "$2M" "$1"
}

# vm_guest OUT [mkguest.sh arguments]: an initramfs for A.
vm_guest() { "$VM_TOP/test-vm/guest/mkguest.sh" "$@"; }

# vm_guest_kjump OUT [mkguest.sh arguments]: the same with all that A needs to be
# hibernated: our programs, kernel B and its initramfs.  /etc/kjump.conf is the
# case's own to put in.  VM_SECOND is the directory of kernel B, if not VM_KERNEL.
vm_guest_kjump() {
	local out="$1" f
	shift
	vm_need "$VM_OUT/ship/kjump" "$VM_OUT/kjump-initramfs.img"
	for f in "$VM_OUT"/ship/kjump*; do
		[ ! -f "$f" ] || [ ! -x "$f" ] ||
			set -- "$f:/usr/sbin/${f##*/}" "$@"
	done
	vm_guest "$out" "${VM_SECOND:-$VM_KERNEL}/bzImage:/boot/bzImage" \
		"$VM_OUT/kjump-initramfs.img:/boot/kjump.img" "$@"
}

# vm_program NAME: a program of this system for a guest, with the libraries that it wants, as mkguest.sh takes them.
vm_program() {
	local path
	path=$(PATH=$PATH:/usr/sbin:/sbin command -v "$1") || return 1
	echo "$path:/usr/sbin/$1"
	ldd "$path" | sed -n 's|^.*[[:space:]]\(/[^ ]*\) (0x.*|\1|p' | while read -r path; do echo "$path:$path"; done
}

# vm_start NAME [KEY=VALUE...]: starts a VM in the background.
#   mem=1024       MiB                      smp=2
#   cpu=max        la57=off, vendor=... go after it. ERMS is off unless it says erms=on: emulated, what copies and clears memory
#                  by the byte takes much longer than by the word
#   machine=pc     or q35
#   clock=cpu      a nanosecond of the guest's clocks is an instruction of its one CPU, but while that waits: no other program
#                  on this machine slows it down
#   efi=yes        started by UEFI (OVMF); efi=FILE: with a copy of these variables of its
#   kernel=FILE    $VM_KERNEL/bzImage       initrd=FILE
#   append=WORDS   after console=ttyS0 panic=-1
#   disk=FILE[,ahci][,QEMU-DRIVE-OPTIONS][,log=RECORD]   virtio-blk if not ahci; its writes are recorded; repeat it
#   disk=FILE[,ahci],fail=read:SECTOR   or write: what has that sector in it fails
#   reboot=yes     a reset is carried out, and not the end of QEMU
#   code=MIB       so much of translated code is kept at most. A page of which much is kept is written to very slowly, and what
#                  a Debian leaves of its own when it is reset may keep the next kernel for minutes
#   rtc=WHEN       the clock at the start (QEMU's base=)
#   arg=WORD       one argument for QEMU as it is; repeat it
vm_start() {
	local vm="$1" mem=1024 smp=2 cpu=max machine=pc reboot=no rtc=utc code='' thread=multi
	local kernel="$VM_KERNEL"/bzImage initrd='' append='' disks='' ahci='' n=0
	local o d
	shift
	case " $VM_LIST " in
	*" $vm "*) echo "vm_start: $vm: name is taken" >&2; return 1 ;;
	esac
	rm -rf "$vm"
	mkdir "$vm"
	: >"$vm/args"
	for o in "$@"; do
		case $o in
		mem=*) mem=${o#*=} ;;
		smp=*) smp=${o#*=} ;;
		cpu=*) cpu=${o#*=} ;;
		machine=*) machine=${o#*=} ;;
		clock=cpu)
			# one that fills a page would count for as many as it has bytes
			smp=1 thread=single cpu=max,erms=off,fsrm=off
			printf '%s\n' -icount shift=0 >>"$vm/args" ;;
		efi=no) ;;
		efi=*)
			o=${o#*=}
			[ "$o" != yes ] || o=$VM_EFI/OVMF_VARS_4M.fd
			cp "$o" "$vm/vars.fd" || return
			printf '%s\n' -drive "if=pflash,format=raw,readonly=on,file=$VM_EFI/OVMF_CODE_4M.fd" \
				-drive "if=pflash,format=raw,file=$vm/vars.fd" >>"$vm/args" ;;
		kernel=*) kernel=${o#*=} ;;
		initrd=*) initrd=${o#*=} ;;
		append=*) append=${o#*=} ;;
		reboot=*) reboot=${o#*=} ;;
		rtc=*) rtc=${o#*=} ;;
		code=*) code=${o#*=} ;;
		arg=*) printf '%s\n' "${o#*=}" >>"$vm/args" ;;
		disk=*)
			d=${o#*=}
			case ,$d, in
			*,ahci,*)
				d=$(printf '%s' "$d" | sed 's/,ahci//')
				[ -n "$ahci" ] ||
					printf '%s\n' -device ahci,id=ahci0 >>"$vm/args"
				ahci=yes
				disks=ide-hd,bus=ahci0.$n ;;
			*) disks=virtio-blk-pci ;;
			esac
			case $d in
			*,log=*)
				: >"${d##*,log=}"
				o=${d%%,log=*}
				d="driver=blklogwrites,log.driver=file,log.filename=${d##*,log=},file.driver=file,file.filename=$o" ;;
			*,fail=*)
				o=${d##*,fail=}
				o=inject-error.0.event=none,inject-error.0.iotype=${o%:*},inject-error.0.sector=${o#*:},inject-error.0.errno=5
				d="driver=blkdebug,image.driver=file,image.filename=${d%%,fail=*},$o" ;;
			*) d="file=$d,format=raw" ;;
			esac
			printf '%s\n' -drive "$d,if=none,id=d$n" \
				-device "$disks,drive=d$n" >>"$vm/args"
			n=$((n + 1)) ;;
		*) echo "vm_start: $o: unknown" >&2; return 1 ;;
		esac
	done
	case $cpu in *erms=*) ;; max | max,*) cpu=$cpu,erms=off,fsrm=off ;; esac
	[ "$reboot" = yes ] || echo -no-reboot >>"$vm/args"
	[ -z "$initrd" ] || printf '%s\n' -initrd "$initrd" >>"$vm/args"
	VM_LIST="$VM_LIST $vm"
	mkfifo "$vm/qmp.in"
	: >"$vm/console.log"
	: >"$vm/tap.log"
	(
		set --
		while IFS= read -r o; do set -- "$@" "$o"; done <"$vm/args"
		# no_timer_check: on a host that is busy the timer's first ticks may come too late for it, under TCG
		set -- -name "$vm" -machine "$machine" -accel "tcg,thread=$thread${code:+,tb-size=$code}" \
			-cpu "$cpu" -smp "$smp" -m "$mem" -nodefaults -net none \
			-vga std -display none -rtc "base=$rtc" \
			-kernel "$kernel" -append "console=ttyS0 panic=-1 no_timer_check rcupdate.rcu_cpu_stall_timeout=120 $append" \
			-chardev "socket,id=con,path=$vm/con,server=on,wait=off,logfile=$vm/console.log" \
			-serial chardev:con -serial "file:$vm/tap.log" \
			-qmp "unix:$vm/qmp,server=on,wait=off" -qmp stdio "$@"
		printf '%s\n' "$*" >"$vm/cmdline"
		# A second QMP on stdio logs every event without a process of
		# ours; the fifo, open both ways, keeps it from ending.
		exec 3<>"$vm/qmp.in"
		echo '{"execute":"qmp_capabilities"}' >&3
		# Should this shell die, whatever the reason, QEMU dies too.
		exec /usr/bin/setpriv --pdeathsig KILL -- qemu-system-x86_64 "$@" \
			<&3 3>&- >"$vm/events.log" 2>"$vm/qemu.err"
	) &
	echo $! >"$vm/pid"
}

# vm_alive VM: QEMU runs (a zombie does not).
vm_alive() {
	local stat
	stat=$(cat "/proc/$(cat "$1/pid")/stat" 2>/dev/null) || return 1
	case $stat in
	*") Z "*) return 1 ;;
	esac
}

# vm_event VM EVENT: that QMP event has happened.
vm_event() { grep -q "\"event\": \"$2\"" "$1/events.log" 2>/dev/null; }

# How the VM ended, from what QEMU said of it.
vm_how() {
	local e="$1"/events.log
	if vm_event "$1" SUSPEND_DISK; then
		echo s4
	elif grep -q '"reason": "guest-shutdown"' "$e"; then
		echo poweroff
	elif vm_event "$1" WATCHDOG; then
		echo watchdog
	elif grep -q '"reason": "guest-reset"' "$e"; then
		echo reset
	elif grep -q '"reason": "guest-panic"' "$e"; then
		echo panic
	else
		echo killed
	fi
}

# vm_until VM SECONDS COMMAND...: repeats the command until it succeeds.
# Fails when the time is up, or when QEMU ended and it still does not.
vm_until() {
	local vm="$1" end
	end=$(($(date +%s) + $2 * ${VM_SLOW:-1}))
	shift 2
	while ! "$@"; do
		if ! vm_alive "$vm"; then
			"$@"
			return
		fi
		[ "$(date +%s)" -lt "$end" ] || return 1
		sleep 0.2
	done
}

vm_dead() { ! vm_alive "$1"; }

# vm_wait VM SECONDS [poweroff|reset|watchdog|s4|killed]: waits for QEMU's end.  Succeeds
# when it ended like that (power-off by default).  VM_END says how it ended, or
# `timeout`; then the VM still runs.
vm_wait() {
	local vm="$1" want="${3:-poweroff}"
	if vm_until "$vm" "$2" vm_dead "$vm"; then
		wait "$(cat "$vm/pid")" 2>/dev/null || :
		VM_END=$(vm_how "$vm")
	else
		VM_END=timeout
	fi
	[ "$VM_END" = "$want" ] && return
	note "$vm: ended by $VM_END, expected $want"
	return 1
}

# vm_kill VM: ends QEMU as a power cut would: nothing of the guest's is flushed.
vm_kill() {
	local pid
	pid=$(cat "$1/pid" 2>/dev/null) || return 0
	kill -KILL "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
}

# vm_console VM REGEX SECONDS: waits for a console line (grep -E).
vm_console() { vm_until "$1" "$3" grep -aEq -- "$2" "$1/console.log"; }

# vm_stage VM WORD SECONDS: waits until the guest script says `stage WORD`.
vm_stage() { vm_until "$1" "$3" grep -aq "^stage $2.\{0,1\}\$" "$1/tap.log"; }

# vm_kv VM KEY: the value that the guest reported last; fails if it never did.
vm_kv() {
	tr -d '\r' <"$1/tap.log" | awk -v k="kv $2=" '
		index($0, k) == 1 { v = substr($0, length(k) + 1); f = 1 }
		END { if (!f) exit 1; print v }'
}

# vm_hmp VM COMMAND: a monitor command (pmemsave, stop, cont, system_reset,
# sendkey, dump-guest-memory); prints the answer.  File names in it are
# relative to the case's directory.
vm_hmp() { "$VM_TOP/test-vm/qmp.py" "$1/qmp" hmp "$2"; }

# vm_type VM TEXT: typed on the serial console.
vm_type() { "$VM_TOP/test-vm/qmp.py" "$1/con" type "$2"; }

# --- the end ---------------------------------------------------------------

# Things in a console log that are a failure wherever they stand.
VM_BAD='WARNING:|BUG:|BUG |Oops|KASAN|UBSAN|lockdep|Kernel panic|refcount_t'
VM_BAD="$VM_BAD|general protection|INFO: task .* blocked|soft lockup"
VM_BAD="$VM_BAD|rcu: INFO:|Call Trace|segfault at|Out of memory"

# Called by the runner when the case's script has run to its end or has died:
# ends what still runs, joins the guests' lines to ours, judges the logs.
vm_finish() {
	local vm bad
	for vm in $VM_LIST; do vm_kill "$vm"; done
	: >>allow
	for vm in $VM_LIST; do
		tr -d '\r' <"$vm/tap.log" | sed -n \
			-e "s/^ok - /ok - $vm: /p" -e "s/^not ok - /not ok - $vm: /p" \
			>>result.tap
		bad=$(tr -d '\r' <"$vm/console.log" | grep -aE -- "$VM_BAD" |
			grep -avE -f allow -- | head -n 1)
		[ -z "$bad" ] || not_ok "$vm: clean log" "$bad"
		[ ! -s "$vm/qemu.err" ] ||
			note "$vm: qemu: $(tail -n 1 "$vm/qemu.err")"
	done
	VM_LIST=
}
