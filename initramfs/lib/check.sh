# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B in a virtual machine of whoever sets it up, for kjump test --vm: say what works here, and switch off. It must
# never look for anything to save or to restore.

kj_check() {
	kj_missing=''
	while read -r kj_m _; do
		kj_m=${kj_m##*/} kj_m=${kj_m%.ko}
		grep -q "^$(echo "$kj_m" | tr - _) " /proc/modules || kj_missing="$kj_missing $kj_m"
	done <<-END
		$(cat /lib/kjump/modules.order 2>/dev/null)
	END
	[ -z "${kj_missing# }" ] || kj_say "check: without${kj_missing}"
	kj_say "check: memory $(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo) KiB of it are left"
	kj_final poweroff
}
