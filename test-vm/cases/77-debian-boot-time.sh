# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# How much longer a boot is by our hook that finds no image, from the start of Debian's kernel to the first program of
# the root file system: in an initramfs of each kind, beside one without our hook, by turns, medians of three boots. The
# figures are a table, and no pass or fail. Time is counted in instructions of one CPU, one a nanosecond, so that no
# other program on this machine is in them; but while the guest waits for its disk that passes which the host needs, so
# the time for which programs and threads of the kernel ran is there as well.
# timeout: 6000
# long: yes
# plan: a disk with a Debian
# plan: tools: each boot comes to its end
# plan: hooks: each boot comes to its end
# plan: systemd: each boot comes to its end

# shellcheck source=test-vm/debian-harmless.sh
. "$VM_TOP/test-vm/debian-harmless.sh"

ok_if "a disk with a Debian" harmless_disk || exit 1

# told VM INITRD: a boot; milliseconds go to INITRD.handed and INITRD.worked
told() {
	local k
	vm_start "$1" kernel=disk.img.boot/kernel initrd="boot/$2.img" disk=disk.img,snapshot=on clock=cpu \
		append="$DEBIAN_ROOTFS init=/kjt/handed"
	# one that counts instructions crawls while others are busy
	vm_wait "$1" 300 || return
	for k in handed worked; do vm_kv "$1" $k | awk '{ printf "%.0f\n", $1 * 1000 }' >>"$2.$k"; done
}
median() { sort -n "$1" | sed -n 2p; }

# timed KIND: three boots with it and three without
timed() {
	local n k
	for n in 1 2 3; do
		told "$1-$n" "$1" && told "$1-without-$n" "$1-without" || return
	done
	for k in handed worked; do
		printf '%-8s %s: without %s ms, with %s: %s more (%s, %s)\n' "$1" $k "$(median "$1-without.$k")" "$(median "$1.$k")" \
			"$(($(median "$1.$k") - $(median "$1-without.$k")))" "$(sort -n "$1-without.$k" | tr '\n' ' ')" \
			"$(sort -n "$1.$k" | tr '\n' ' ')" >>table
	done
}
for kind in tools hooks systemd; do
	ok_if "$kind: each boot comes to its end" timed $kind
done
