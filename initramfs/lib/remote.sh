# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B after a panic of A: targets on the network, by what initramfs/net has put into this image. Nothing here may wait
# for ever, ask for a password, or believe a server that is not the one it was told of.

# kj_card: the name of the network card with the address that the image was built for.
kj_card() {
	kj_i=0
	while :; do
		for kj_n in /sys/class/net/*; do
			# what lies on top of a card has its address as well
			[ -e "$kj_n/device" ] || continue
			[ "$(cat "$kj_n/address")" = "$NET_CARD" ] || continue
			echo "${kj_n##*/}"
			return 0
		done
		[ "$kj_i" -lt "$KJ_WAIT" ] || return 1
		kj_i=$((kj_i + 1))
		sleep 1
	done
}

# kj_net_up: one card with an address, in KJ_ADDRESS; tried once, and what came of it holds for all targets.
kj_net_up() {
	[ -z "${KJ_NET_DONE:-}" ] || { KJ_WHY=$KJ_NET_WHY; [ -z "$KJ_NET_WHY" ]; return; }
	KJ_NET_DONE=1 KJ_NET_WHY='' KJ_ADDRESS=''
	kj_net_try || { KJ_NET_WHY=$KJ_WHY; return 1; }
	kj_say "network: $KJ_ADDRESS on $kj_if"
}

kj_net_try() {
	NET_CARD=''
	kj_read_kv NET /etc/kjump.net || { KJ_WHY='network: this image was built without one'; return 1; }
	kj_if=$(kj_card) || { KJ_WHY="network: no card with address '$NET_CARD'"; return 1; }
	ip link set lo up
	ip link set "$kj_if" up || { KJ_WHY="network: '$kj_if' cannot be switched on"; return 1; }
	# the link takes some seconds; without it the card says so, or cannot be asked
	kj_i=0
	while [ "$(cat "/sys/class/net/$kj_if/carrier" 2>/dev/null)" != 1 ]; do
		[ "$kj_i" -lt "$KJ_WAIT" ] || { KJ_WHY="network: no link on '$kj_if'"; return 1; }
		kj_i=$((kj_i + 1))
		sleep 1
	done
	# shellcheck disable=SC2086 # address and gateway
	set -- ${CONF_KJ_NETWORK:-dhcp}
	if [ "$1" = dhcp ]; then
		timeout -s KILL 90 udhcpc -f -n -q -t 8 -T 4 -i "$kj_if" -s /lib/kjump/dhcp.sh >/run/kjump.dhcp.log 2>&1 || {
			KJ_WHY="network: no address by DHCP on '$kj_if'"
			return 1
		}
	else
		ip addr add "$1" dev "$kj_if" || { KJ_WHY="network: '$1' cannot be set"; return 1; }
		[ -z "${2:-}" ] || ip route add default via "$2" dev "$kj_if" || { KJ_WHY="network: no gateway '$2'"; return 1; }
	fi
	KJ_ADDRESS=$(ip -4 addr show dev "$kj_if" | sed -n 's|^ *inet \([0-9.]*\)/.*|\1|p' | head -n 1)
	[ -n "$KJ_ADDRESS" ] || { KJ_WHY="network: no address on '$kj_if'"; return 1; }
}

# kj_host_address NAME: as it was when the image was built; nobody is asked here.
kj_host_address() {
	while read -r kj_a kj_h _; do
		[ "$kj_h" = "$1" ] || continue
		echo "$kj_a"
		return 0
	done </etc/hosts
	return 1
}

# ---- NFS ----

# kj_save_nfs HOST:/PATH
kj_save_nfs() {
	kj_net_up || { kj_say "$KJ_WHY"; return 69; }
	kj_server=$(kj_host_address "${1%%:*}") || { KJ_WHY="'${1%%:*}' is not in this image"; return 69; }
	mkdir -p /mnt/target
	# Soft: whoever waits for a dead server for ever never comes to the next target. An error then ends the dump, and is
	# one of write() or fsync().
	kj_opts="soft,timeo=100,retrans=3,proto=tcp,addr=$kj_server"
	kj_nfs=''
	for kj_v in "vers=4.2,clientaddr=$KJ_ADDRESS" "vers=4.0,clientaddr=$KJ_ADDRESS" "vers=3,nolock,mountproto=tcp,mountaddr=$kj_server"; do
		kj_mount_rc=0
		timeout -s KILL 60 mount -i -t nfs -o "$kj_v,$kj_opts" "$kj_server:${1#*:}" /mnt/target 2>/run/kjump.mount.log || kj_mount_rc=$?
		case $kj_mount_rc in
		0) kj_nfs=$kj_v ;;
		# who does not answer to one version does not to another
		137) echo 'no answer' >/run/kjump.mount.log ;;
		*) continue ;;
		esac
		break
	done
	if [ -z "$kj_nfs" ]; then
		KJ_WHY="$1: does not mount: $(grep . /run/kjump.mount.log | tail -n 1)"
		kj_say "$KJ_WHY"
		return 66
	fi
	kj_say "$1: mounted, ${kj_nfs%%,*}"
	kj_save_mounted "$KJ_ADDRESS"
}

# ---- SSH ----

# kj_remote COMMAND: run by the server's shell; when it fails, KJ_WHY is the last that was said.
kj_remote() {
	kj_ssh_rc=0
	[ -z "$kj_silent" ] || return 74
	timeout -s KILL "$kj_patience" ssh -F /etc/kjump.ssh/config -p "$kj_port" -l "$kj_user" "$kj_host" "$1" 2>/run/kjump.ssh.log || kj_ssh_rc=$?
	if [ "$kj_ssh_rc" -eq 137 ]; then
		# it is not asked again
		kj_silent=1 KJ_WHY="no answer for $kj_patience s"
		return 74
	fi
	[ "$kj_ssh_rc" -eq 0 ] || KJ_WHY=$(tr -d '\r' </run/kjump.ssh.log | grep . | tail -n 1)
	[ "$kj_ssh_rc" -eq 0 ] || : "${KJ_WHY:=ssh ended with status $kj_ssh_rc}"
	return "$kj_ssh_rc"
}

# kj_send FILE: one of /run/kjump.stage, in one step.
kj_send() {
	kj_remote "umask 077; cd '$kj_dest' && cat >'$1.part' && { sync '$1.part' || sync; } && mv '$1.part' '$1'" <"/run/kjump.stage/$1"
}

# The dump as a stream, to $kj_name-incomplete there. Whether it is whole, only we know here: it is renamed by a command of
# its own. A server that takes nothing must not keep the dump from the next target; but what it has to write back in the end
# may be gigabytes.
kj_send_dump() {
	# shellcheck disable=SC2046,SC2086 # words that kjump config has checked
	kj_collect kjump-pipe -t "$((kj_patience * 5))" kjump-dump ${kj_flags#kjump-dump} $(kj_profile) -s /run/kjump.stats -o - /proc/vmcore -- \
		ssh -F /etc/kjump.ssh/config -p "$kj_port" -l "$kj_user" "$kj_host" \
		"umask 077; cd '$kj_dest' && cat >'$kj_name-incomplete' && { sync '$kj_name-incomplete' || sync; }" || return
	kj_remote "cd '$kj_dest' && mv '$kj_name-incomplete' '$kj_name' && { sync '$kj_name' . || sync; } && wc -c <'$kj_name'" </dev/null >/run/kjump.ssh.out || return 74
	kj_size=$(tr -cd 0-9 </run/kjump.ssh.out)
}

# kj_ssh_parse USER@HOST[:PORT][/PATH]
kj_ssh_parse() {
	kj_silent='' kj_patience=${KJ_PATIENCE:-120}
	kj_user=${1%%@*} kj_host=${1#*@} kj_port=22 kj_path=${CONF_KJ_PATH:-/var/crash}
	case $kj_host in */*) kj_path=/${kj_host#*/} kj_host=${kj_host%%/*} ;; esac
	case $kj_host in *:*) kj_port=${kj_host#*:} kj_host=${kj_host%%:*} ;; esac
	kj_dest=${kj_path%/}/$KJ_ADDRESS-$(date +%Y-%m-%d-%H:%M:%S)
	# a kdump cannot be written without going back; its flattened form can
	kj_flags=$KJ_COLLECTOR kj_name=vmcore
	case $KJ_COLLECTOR in *' -f kdump'*) kj_flags="${KJ_COLLECTOR%% -f kdump*} -f flat${KJ_COLLECTOR#* -f kdump}" kj_name=vmcore.flat ;; esac
}

# kj_save_ssh USER@HOST[:PORT][/PATH]: the saved layout there, by way of /run/kjump.stage.
kj_save_ssh() {
	kj_net_up || { kj_say "$KJ_WHY"; return 69; }
	kj_ssh_parse "$1"
	kj_st=/run/kjump.stage
	rm -rf "$kj_st" && mkdir -m 700 "$kj_st" || return 73
	: >/run/kjump.dump.log
	rm -f /run/kjump.stats
	kj_remote "umask 077; mkdir -p '$kj_dest'" </dev/null || { kj_say "$KJ_WHY"; return 69; }
	if (umask 077 && kjump-dmesg /proc/vmcore >"$kj_st/vmcore-dmesg.txt"); then
		kj_send vmcore-dmesg.txt && kj_say "A's kernel log saved: $kj_dest/vmcore-dmesg.txt"
	else
		kj_say "A's kernel log could not be read whole"
		[ ! -s "$kj_st/vmcore-dmesg.txt" ] || mv "$kj_st/vmcore-dmesg.txt" "$kj_st/vmcore-dmesg.txt.part"
		rm -f "$kj_st/vmcore-dmesg.txt"
		[ ! -s "$kj_st/vmcore-dmesg.txt.part" ] || kj_remote "umask 077; cat >'$kj_dest/vmcore-dmesg.txt.part'" <"$kj_st/vmcore-dmesg.txt.part" || :
	fi
	kj_status "$kj_st" running "$kj_name-incomplete" 0 && kj_send status.json
	KJ_WHY='' kj_size=0 kj_status_rc=0
	kj_send_dump || kj_status_rc=$?
	kj_state=incomplete kj_file=$kj_name-incomplete
	[ "$kj_status_rc" -ne 0 ] || kj_state=saved kj_file=$kj_name
	kj_reason=$KJ_WHY
	if [ "$kj_state" != saved ]; then
		kj_patience=$(((kj_patience + 3) / 4))
		# what is there may be of use, or not be there at all
		kj_size=$(kj_remote "wc -c <'$kj_dest/$kj_file'" </dev/null | tr -cd 0-9)
		[ -n "$kj_size" ] || kj_file=''
	fi
	KJ_WHY=$kj_reason
	kj_status "$kj_st" "$kj_state" "$kj_file" "$kj_status_rc" "$kj_size"
	kj_readme "$kj_st" "$kj_state" "$kj_file"
	(umask 077 && dmesg | tail -c 131072 >"$kj_st/kexec-dmesg.log") || :
	for kj_f in status.json README.txt kexec-dmesg.log; do
		kj_send "$kj_f" || kj_say "$kj_f could not be sent: $KJ_WHY"
	done
	KJ_WHY=$kj_reason
	return "$kj_status_rc"
}
