# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Servers on this side of QEMU's user-mode network, for the crash cases that save to one: the guest is 10.0.2.15, and sees
# 127.0.0.1 as 10.0.2.2. They end with the case's shell, and have no port, key or file that anybody else has.

# shellcheck source=test-vm/crash.sh
. "$VM_TOP/test-vm/crash.sh"

NET_MAC=52:54:00:12:34:56

# net_ports N: that many that are free now.
net_ports() {
	$CRASH_PYTHON -c 'import socket, sys
s = [socket.socket() for i in range(int(sys.argv[1]))]
for x in s: x.bind(("127.0.0.1", 0))
print(*[x.getsockname()[1] for x in s])' "$1"
}

# net_await PATTERN LOG
net_await() {
	local i=0
	until grep -q "$1" "$2" 2>/dev/null; do
		[ $i -lt 150 ] || { tail -n 20 "$2"; return 1; }
		i=$((i + 1))
		sleep 0.2
	done
}

# net_known KEY PORT...: at these ports there is, so B is told, whoever has that key.
net_known() {
	local key
	key=$(cut -d ' ' -f 1,2 "$1")
	shift
	for p; do echo "[10.0.2.2]:$p $key"; done >>known
}

# net_sshd LINES PORT...: sshd at those ports, with host.key; id may come in. other.key is nobody's.
net_sshd() {
	local lines="$1"
	shift
	for k in host.key other.key id; do ssh-keygen -q -t ed25519 -N '' -f $k || return; done
	{
		for p; do echo "ListenAddress 127.0.0.1:$p"; done
		printf '%s\n' "HostKey $PWD/host.key" "AuthorizedKeysFile $PWD/id.pub" 'PidFile none' 'StrictModes no' 'UsePAM no' \
			'PasswordAuthentication no' 'PermitRootLogin yes' "$lines"
	} >sshd.conf
	setpriv --pdeathsig KILL -- "$VM_TOP/test-vm/sshd" -D -e -f "$PWD/sshd.conf" >sshd.log 2>&1 &
	net_await "Server listening on 127.0.0.1 port $p" sshd.log
}

# net_nfs VERSION: an NFS server of version 3 or 4 and no other, with rw.export at /srv and ro.export, which nobody may write
# to, at /ro. Sets NET_NFS to what the guest's network card needs to find it at 10.0.2.100; it is nowhere else.
net_nfs() {
	local port pid
	mkdir -p rw.export ro.export
	{
		echo "NFS_CORE_PARAM { Protocols = $1; MNT_Port = 20048; Enable_NLM = false; Enable_RQUOTA = false;"
		echo "mount_path_pseudo = true; Plugins_Dir = \"${KJUMP_CACHE:-$HOME/.cache/kjump}/nfsd/usr/lib/x86_64-linux-gnu/ganesha\"; }"
		echo 'NFSV4 { Graceless = true; RecoveryBackend = fs; Only_Numeric_Owners = true; UseGetpwnam = true; }'
		net_export "$1" 1 rw.export /srv RW
		net_export "$1" 2 ro.export /ro RO
	} >"ganesha$1.conf"
	setpriv --pdeathsig KILL -- "$VM_TOP/test-vm/nfsd" -f "$PWD/ganesha$1.conf" -L "$PWD/ganesha$1.log" -p "$PWD/ganesha$1.pid" \
		>"ganesha$1.out" 2>&1 &
	pid=$!
	NET_NFS=''
	# of the mount protocol and of rpcbind only version 3 knows
	for port in 2049 20048 111; do
		NET_NFS="$NET_NFS,guestfwd=tcp:10.0.2.100:$port-cmd:nsenter --net=/proc/$pid/ns/net busybox nc 127.0.0.1 $port"
	done
	net_await 'NFS SERVER INITIALIZED' "ganesha$1.log"
}

net_export() {
	echo "EXPORT { Export_Id = $2; Path = $PWD/$3; Pseudo = $4; Access_Type = $5; Squash = No_Root_Squash; Protocols = $1; Transports = TCP; SecType = sys; PrivilegedPort = false; FSAL { Name = VFS; } }"
}

# net_start VM TARGETS LINES USER-OPTIONS KEY=VALUE...: crash_start with a network card.
net_start() {
	local vm="$1" targets="$2" lines="$3" user="$4"
	shift 4
	crash_start "$vm" 0 "$targets" "core_collector kjump-dump -c lzo -d 31
sshkey $PWD/id
known_hosts $PWD/known
network_card $NET_MAC
$lines" smp=2 "$@" arg=-netdev "arg=user,id=net0$user" arg=-device "arg=virtio-net-pci,netdev=net0,mac=$NET_MAC"
}

# net_said VM REGEX: on its console.
net_said() { tr -d '\r' <"$1/console.log" | grep -aEq -- "$2"; }

# net_status DIR PYTHON: what that expression says of status.json, s.
net_status() {
	$CRASH_PYTHON -c 'import json, sys
s = json.load(open(sys.argv[1] + "/status.json"))
print(s)
sys.exit(0 if eval("(" + sys.argv[2] + ")", {}, {"s": s}) else 1)' "$1" "$2"
}
