# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# In a Debian: wait for somebody to log in, hibernate, and look what is there afterwards: by kjump, and where systemd is in
# the initramfs once more by systemctl. Where that ends is another VM than where it began.

# option NAME: kjt.NAME= of the command line
option() { tr ' ' '\n' </proc/cmdline | sed -n "s/^kjt\.$1=//p"; }

# within SECONDS COMMAND...: it succeeds by then
within() {
	local end
	end=$(($(cut -d . -f 1 /proc/uptime) + $1))
	shift
	until "$@"; do
		[ "$(cut -d . -f 1 /proc/uptime)" -lt "$end" ] || return 1
		sleep 1
	done
}

# services: each that runs, as which process, and how often it was started again
services() {
	# shellcheck disable=SC2046 # words
	systemctl show -p Id -p MainPID -p NRestarts $(systemctl list-units --type=service --state=running --no-legend --plain |
		awk '{ print $1 }')
}
ticks() { wc -l </run/kjt.ticks; }
more_ticks() { [ "$(ticks)" -gt "$1" ]; }
more_rows() { [ "$(/kjt/db last)" -gt "$1" ]; }

hibernated() { [ "$(systemctl show -P ActiveState systemd-hibernate.service)" = inactive ]; }

# label: partition 2 becomes the target, once
label() { kjump-info -l /dev/vda2 >/dev/null 2>&1 || kjump init-target /dev/vda2; }

before() {
	rm -f /run/kjt.sleep
	cat /proc/sys/kernel/random/boot_id >/run/kjt.boot
	ticks >/run/kjt.ticks.before
	/kjt/db last >/run/kjt.rows
	services >/run/kjt.services
}

# after STATUS: of what hibernated
after() {
	cat /run/kjt.out >/dev/console
	tap_is "kjump says how it came back" "$1 $(grep -c '^resumed from S5 by kernel ' /run/kjt.out)" "0 1"
	kv away "$(grep '^away ' /run/kjt.out)"
	tap_is "it is the same boot" "$(cat /proc/sys/kernel/random/boot_id)" "$(cat /run/kjt.boot)"
	tap_is "systemd is content" "$(systemctl is-system-running)$(systemctl list-units --failed --no-legend --plain)" running
	services >/run/kjt.now
	diff /run/kjt.services /run/kjt.now >/dev/console 2>&1
	tap_try "the services are the same" cmp -s /run/kjt.services /run/kjt.now
	tap_try "timers go on" within 30 more_ticks "$(ticks)"
	tap_try "the database goes on" within 60 more_rows "$(($(cat /run/kjt.rows) + 20))"
	tap_try "the database is right" /kjt/db check
	tap_is "system-sleep hooks ran" "$(tr '\n' ';' </run/kjt.sleep)" "pre hibernate;post hibernate;"
	kjump images >/run/kjt.images 2>&1
	tap_is "no image is left" $? 1
}

tap_is "Debian boots" "$(systemctl is-system-running --wait)" running
kv booted "$(cut -d ' ' -f 1 /proc/uptime)"
systemctl list-units --failed
tap_try "there is a target" label
tap_try "the database is written to" within 60 more_rows 20
stage ready
within 300 test -e /run/kjt.go
before
kjump hibernate --reboot >/run/kjt.out 2>&1
status=$?
stage resumed
after "$status"
within 300 test -e /run/kjt.end

if [ "$(option kind)" = systemd ]; then
	cd /etc/systemd/system || exit
	mkdir -p systemd-hibernate.service.d systemd-logind.service.d
	ln -s /usr/lib/kjump/systemd-hibernate.conf systemd-hibernate.service.d/kjump.conf
	ln -s /usr/lib/kjump/systemd-logind.conf systemd-logind.service.d/kjump.conf
	systemctl daemon-reload
	systemctl restart systemd-logind
	before
	systemctl hibernate
	within 300 grep -qs post /run/kjt.sleep
	within 60 hibernated
	journalctl -o cat -u systemd-hibernate.service >/run/kjt.out
	after "$(systemctl show -P ExecMainStatus systemd-hibernate.service)"
fi
systemctl poweroff
