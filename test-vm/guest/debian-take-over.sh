# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# In a Debian whose crash dumps are kdump-tools' to make: kjump takes over while it runs, crashes it when asked to, and at
# the next boot says what came of it. One boot, one part.

running() { systemctl is-system-running --wait; }
# is SERVICE: switched on, and at work
is() { echo "$(systemctl is-enabled "$1") $(systemctl is-active "$1")"; }
# says STATUS COMMAND...: what it says is in /run/says
says() {
	local want="$1" status=0
	shift
	"$@" >/run/says 2>&1 </dev/null || status=$?
	sed 's/^/# /' /run/says
	echo "# status $status of: $*"
	[ "$status" -eq "$want" ]
}
one_line() { [ "$(wc -l </run/says)" -eq 1 ] && grep -q "$1" /run/says; }
refused() { says 75 kjump load --crash && one_line kdump-tools; }
asks() { says 1 kjump test --crash && grep -q 'nobody said yes' /run/says; }

part_take_over() {
	tap_is "Debian boots with kdump-tools" "$(running)" running
	tap_is "its crash kernel is loaded" "$(is kdump-tools) $(cat /sys/kernel/kexec_crash_loaded)" "enabled active 1"
	tap_try "kjump refuses beside it" refused
	tap_try "kjump import --enable" says 0 kjump import --enable
	tap_is "kdump-tools is off" "$(is kdump-tools)" "disabled inactive"
	tap_is "kjump-crash is on" "$(is kjump-crash)" "enabled active"
	tap_is "with its settings" "$(grep -E '^(crash_target|path|keep|core_collector) ' /etc/kjump.conf | sort | tr '\n' ';')" \
		"core_collector kjump-dump -f kdump -c zlib -l 0 -d 31;crash_target UUID=$(findmnt -n -o UUID /);keep 2;path /var/crash;"
	tap_try "ready for a panic" says 0 kjump status --crash
	tap_try "kjump test --crash asks first" asks
	echo crashed >/kjt/part
	exec kjump test --crash --yes
}

part_crashed() {
	local dir
	tap_is "Debian boots after the crash" "$(running)" running
	dir=$(find /var/crash -mindepth 1 -maxdepth 1 -type d -name '127.0.0.1-*')
	tap_is "one dump" "$(echo "$dir" | grep -c .)" 1
	tap_try "it is whole" grep -q '"state": "saved"' "$dir/status.json"
	tap_is "both are as they were" "$(is kdump-tools), $(is kjump-crash)" "disabled inactive, enabled active"
	tap_try "ready again" says 0 kjump status --crash
	tap_try "the crash test has passed" grep -q '^crash test  .*: saved$' /run/says
	rm /kjt/part
	systemctl poweroff
}

"part_$(cat /kjt/part 2>/dev/null || echo take_over)"
