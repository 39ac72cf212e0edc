# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The question that nearly every boot ends with, in an initramfs that is not ours: is there nothing to bring back? One
# program is run. It must never say so of a target that was not looked at, nor say anything else.

# kj_quick_path: sets kj_dev, and kj_unit or nothing, if the target that was configured is a device by name, and nobody
# asks for more.
kj_quick_path() {
	[ -r /etc/kjump.quick ] || return 1
	read -r kj_line </proc/cmdline
	case " $kj_line" in *kjump* | *' resume_offset='*) return 1 ;; esac
	# shellcheck disable=SC2034 # kj_unit is for kjump-generator.sh
	read -r kj_dev kj_unit </etc/kjump.quick
	# a name that may be another disk's today: see kj_hook_other
	case $kj_dev in
	/dev/*/*) ;;
	*) case " $kj_line" in *' resume='*) return 1 ;; esac ;;
	esac
}

# kj_quick_device: it is there, too.
kj_quick_device() { kj_quick_path && [ -b "$kj_dev" ]; }

# kj_quick: there is nothing.
kj_quick() {
	kj_quick_device || return
	kjump-info -w "$kj_dev" 2>/dev/null
	[ $? -eq 1 ]
}
