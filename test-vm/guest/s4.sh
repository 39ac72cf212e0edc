# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A, hibernated through ACPI S4 by kjt.method=: platform, the kernel's own hibernation, or kjump; then asleep
# until its clock wakes it, and its power button pressed.
# shellcheck source=test-vm/guest/work
. /kjt/work

# s4_said TEXT: how often this kernel has logged it.
s4_said() { dmesg | grep -c "$1"; }

# s4_sleep: to RAM for some seconds, until the alarm of the clock.
s4_sleep() {
	local before
	echo deep >/sys/power/mem_sleep || return 1
	before=$(cat /sys/power/suspend_stats/success)
	echo 0 >/sys/class/rtc/rtc0/wakealarm
	echo +8 >/sys/class/rtc/rtc0/wakealarm || return 1
	stage asleep
	echo mem >/sys/power/state || return 1
	stage awake
	[ "$(cat /sys/power/suspend_stats/success)" -eq $((before + 1)) ]
}

s4_pressed() { sed 's/^ *\([0-9]*\).*/\1/' /sys/firmware/acpi/interrupts/ff_pwr_btn; }

# s4_button: the host presses it once.
s4_button() {
	local before n=0
	before=$(s4_pressed)
	stage press
	while [ "$(s4_pressed)" -eq "$before" ] && [ $n -lt 200 ]; do
		sleep 0.2
		n=$((n + 1))
	done
	[ "$(s4_pressed)" -gt "$before" ]
}

method=$(work_option method kjump)
if [ "$method" = platform ]; then
	tap_try "target" sh -c 'mkswap /dev/vda >/dev/null && swapon /dev/vda && echo platform >/sys/power/disk'
else
	tap_try "target" kjump init-target /dev/vda
	kv s4 "$(kjump status | sed -n 's/^S4 *//p')"
fi
tap_try "memory filled" sh -c "kjwork fill --percent 30 --seed 7 >/tmp/fill"
work_sum_save
kjwork clock-save /tmp/clock >/dev/null
stage hibernate
if [ "$method" = platform ]; then
	tap_try "resumed" sh -c 'echo disk >/sys/power/state'
else
	status=0
	kjump hibernate --s4 >/tmp/out 2>/tmp/err || status=$?
	cat /tmp/out /tmp/err >/dev/console
	kv err "$(head -n 1 /tmp/err)"
	tap_is "resumed" "$status" 0
fi
stage resumed
tap_try "same memory checksum" work_sum_same
tap_try "same boot id and a sane clock" work_clock /tmp/clock 1 3600
tap_try "all CPUs online" work_cpus
kv put_back "$(s4_said 'Restoring platform NVS memory')"
kv woken "$(s4_said 'Waking up from system sleep state S4')"
tap_try "the clock wakes it" s4_sleep
tap_try "the power button is heard" s4_button
tap_try "same memory checksum still" work_sum_same
[ "$method" = platform ] || tap_try "nothing stays loaded" work_unloaded
