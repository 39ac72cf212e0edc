# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# In a Debian: install the package and switch crash dumps on; after a boot with a reservation, crash; after that, look at
# the dump. One boot, one part.

running() { systemctl is-system-running --wait; }

# Only what README and man pages say.
install_it() {
	dpkg -i /root/kjump.deb
}
configure_it() {
	# shellcheck disable=SC2016 # for those shells
	printf '#!/bin/sh\necho "before: $(uname -r)" >/dev/kmsg\n' >/root/before
	printf '#!/bin/sh\necho "after: $*" >/dev/console\n' >/root/after
	chmod 755 /root/before /root/after
	cat >/etc/kjump.conf <<-END
		kdump_pre /root/before
		kdump_post /root/after
		crash_target PARTUUID=$(findmnt -n -o PARTUUID /)
		# the makedumpfile of Debian 12 knows no zstd
		core_collector "kjump-dump -c lzo"
	END
	kjump config >/run/conf
}
status_of() {
	local status=0
	"$@" >/run/status.out 2>&1 || status=$?
	sed 's/^/# /' /run/status.out
	echo "# status $status of: $*"
	return "$status"
}

part_install() {
	tap_is "Debian boots" "$(running)" running
	tap_try "the package installs" install_it
	tap_try "kjump.conf is accepted" configure_it
	tap_try "the service is switched on" systemctl enable kjump-crash
	tap_try "the initramfs is built" /usr/lib/kjump/image
	kv drivers "$(/usr/lib/kjump/drivers | tr '\n' ' ')"
	status_of kjump status --crash
	tap_is "not ready without a reservation" $? 1
	status_of kjump estimate
	kv recommended "$(sed -n 's/^RECOMMENDED=//p' /run/status.out)"
	tap_try "a size is recommended" grep -q '^RECOMMENDED=[1-9]' /run/status.out
	echo crash >/kjt/part
	systemctl poweroff
}

part_crash() {
	tap_is "Debian boots with a reservation" "$(running)" running
	tap_is "the service is active" "$(systemctl is-active kjump-crash)" active
	status_of kjump status --crash
	tap_is "status: ready" $? 0
	status_of kjump status
	tap_try "status: no jumps" grep -q '^kernel  *no CONFIG_KEXEC_JUMP' /run/status.out
	kv release "$(uname -r)"
	echo dump >/kjt/part
	ln -sf /bin/dash /kjt/kjpanic
	sync
	# shellcheck disable=SC2016 # for that shell
	exec /kjt/kjpanic -c '. /kjt/lib; kv pid $$; echo c >/proc/sysrq-trigger'
}

part_dump() {
	local dir
	tap_is "Debian boots after the crash" "$(running)" running
	dir=$(find /var/crash -mindepth 1 -maxdepth 1 -type d -name '127.0.0.1-*')
	tap_is "one dump" "$(echo "$dir" | grep -c .)" 1
	ls -la "$dir"
	tap_is "it is whole" "$(find "$dir" -type f -size +0 -printf '%f ' | tr ' ' '\n' | sort | tr '\n' ' ')" \
		"README.txt kexec-dmesg.log status.json vmcore vmcore-dmesg.txt "
	tap_is "root alone can read it" "$(stat -c %a "$dir" && find "$dir" -perm /077)" 700
	tap_try "status.json says so" grep -q '"state": "saved"' "$dir/status.json"
	tap_try "kdump_pre has run before it" grep -q "before: $(uname -r)" "$dir/kexec-dmesg.log"
	tap_try "the kernel log ends with the crash" grep -q 'Kernel panic - not syncing: sysrq triggered crash' \
		"$dir/vmcore-dmesg.txt"
	status_of kjump status --crash
	tap_is "ready for the next one" $? 0
	tap_is "the service says nothing of a reset" "$(journalctl -b -o cat -u kjump-crash | grep -c 'left no dump')" 0
	printf '%s\n' 'crash_target UUID=01234567-89ab-cdef-0123-456789abcdef' 'cmdline_append "kjump.wait=1"' >/etc/kjump.conf
	tap_try "loaded for a target that is not there" systemctl reload kjump-crash
	echo lost >/kjt/part
	sync
	echo c >/proc/sysrq-trigger
}

part_lost() {
	tap_is "Debian boots after a crash that no target took" "$(running)" running
	tap_is "the service says so" "$(journalctl -b -o cat -u kjump-crash | grep -c 'left no dump')" 1
	/etc/update-motd.d/92-kjump >/run/status.out
	tap_try "and who logs in is told" \
		grep -q '^This system was reset without a shutdown before .*, and left no dump' /run/status.out
	rm /kjt/part
	systemctl poweroff
}

"part_$(cat /kjt/part 2>/dev/null || echo install)"
