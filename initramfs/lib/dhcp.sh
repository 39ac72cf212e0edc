#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What udhcpc runs in kernel B: address and gateway for the one card. It must never touch another one.
# shellcheck disable=SC2154 # udhcpc sets interface, ip, mask and router
case $1 in
deconfig) ip link set "$interface" up ;;
bound | renew)
	ip addr flush dev "$interface"
	ip addr add "$ip/${mask:-24}" dev "$interface" || exit 1
	# the first; it need not lie in the network that it leads out of
	for r in ${router:-}; do
		ip route add "$r" dev "$interface" 2>/dev/null
		ip route add default via "$r" dev "$interface"
		break
	done ;;
esac
exit 0
