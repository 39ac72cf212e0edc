#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: initramfs/net: what it puts into kernel B's initramfs for targets on the network, on a machine made of files, and
# what it refuses.
set -u
. "${0%/*}/lib.sh"
cd "$KJ_TMP" || exit 70

for p in ssh ssh-keygen ldd; do
	command -v "$p" >/dev/null || { skip "$p is not installed"; done_testing; }
done
net=$KJ_TOP/initramfs/net
here=$(pwd -P)

# a card two bridges down, another one, and what is none
card() { # NAME ADDRESS DEVICE DRIVER
	mkdir -p "root/sys/class/net/$1" "root/sys/devices/$3" "root/sys/module/$4" "root/sys/drivers/$4"
	echo "$2" >"root/sys/class/net/$1/address"
	ln -s "$here/root/sys/devices/$3" "root/sys/class/net/$1/device"
	ln -s "$here/root/sys/module/$4" "root/sys/drivers/$4/module"
	ln -s "$here/root/sys/drivers/$4" "root/sys/devices/$3/driver"
}
card eth0 52:54:00:00:00:01 pci0000:00/0000:00:01.0/0000:01:00.0/virtio3 virtio_net
card eth1 52:54:00:00:00:02 pci0000:00/0000:00:02.0 e1000e
mkdir -p root/sys/module/virtio_pci root/sys/drivers/virtio-pci root/sys/drivers/pcieport root/sys/class/net/bond0
ln -s "$here/root/sys/module/virtio_pci" root/sys/drivers/virtio-pci/module
ln -s "$here/root/sys/drivers/virtio-pci" root/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/driver
# built in: a driver, but no module
ln -s "$here/root/sys/drivers/pcieport" root/sys/devices/pci0000:00/0000:00:01.0/driver
mkdir -p root/sys/devices/mdio/phy root/sys/module/realtek root/sys/drivers/phy
ln -s "$here/root/sys/module/realtek" root/sys/drivers/phy/module
ln -s "$here/root/sys/drivers/phy" root/sys/devices/mdio/phy/driver
ln -s "$here/root/sys/devices/mdio/phy" root/sys/class/net/eth1/phydev

mkdir bin
cat >bin/ip <<'END'
#!/bin/sh
case $4 in
10.0.0.*) echo "$4 dev eth0 src 10.0.0.9 uid 0" ;;
10.0.1.*) echo "$4 via 10.0.1.1 dev eth1 src 10.0.1.9 uid 0" ;;
10.0.2.*) echo "$4 dev bond0 src 10.0.2.9 uid 0" ;;
*) echo 'RTNETLINK answers: Network is unreachable' >&2; exit 2 ;;
esac
END
cat >bin/getent <<'END'
#!/bin/sh
case $2 in
near) printf '10.0.0.5        STREAM near\n10.0.0.5        DGRAM\n' ;;
far.example.org) echo '10.0.1.7       STREAM far.example.org' ;;
lost) echo '192.0.2.1 STREAM lost' ;;
*) exit 2 ;;
esac
END
# of these there are modules, of others not
cat >bin/modprobe <<'END'
#!/bin/sh
for m; do :; done
case $m in nfs | nfsv3 | af_packet) exit 0 ;; *) exit 1 ;; esac
END
chmod +x bin/*
ssh-keygen -q -t ed25519 -N '' -f id
ssh-keygen -q -t ed25519 -N secret -f locked
ssh-keygen -q -t ed25519 -N '' -f server
key=$(cut -d ' ' -f 1,2 server.pub)
printf '%s\n' "near $key" "other $key" "[far.example.org]:2222 $key" >known

# env KEY=VALUE...: what kjump config says
env_is() {
	printf "%s='%s'\n" KJ_SSHKEY "$PWD/id" KJ_KNOWN_HOSTS "$PWD/known" KJ_NETWORK dhcp KJ_NETWORK_CARD auto >conf.env
	for e; do
		grep -v "^${e%%=*}=" conf.env >env.new
		printf "%s='%s'\n" "${e%%=*}" "${e#*=}" >>env.new
		mv env.new conf.env
	done
	rm -rf image
	mkdir -p image/etc image/bin
}
build() {
	env_is "$@"
	PATH=$PWD/bin:$PATH try "$net" -k none -S "$here/root" conf.env image
}
modules_are() {
	[ "$(cat out)" = "$1" ]
	report $? "$2" "$(cat out err)"
}

build 'KJ_CRASH_TARGET=/dev/sda1 UUID=ab'
status_is 0 'no target on the network: status'
[ ! -s out ] && [ ! -s err ] && [ -z "$(find image -type f)" ]
ok 'nothing is needed, nothing is there'

build "KJ_CRASH_TARGET=/dev/sda1 ssh root@near/srv"
status_is 0 'ssh: status'
modules_are 'virtio_net virtio_pci af_packet' 'modules: of the card and of what it hangs on'
[ "$(cat image/etc/hosts)" = '10.0.0.5 near' ] && [ "$(cat image/etc/kjump.net)" = CARD=52:54:00:00:00:01 ]
ok 'address and card' "$(cat image/etc/hosts image/etc/kjump.net)"
[ "$(cat image/etc/kjump.ssh/known_hosts)" = "near $key" ]
ok 'the key of that server, and no other' "$(cat image/etc/kjump.ssh/known_hosts)"
cmp -s id image/etc/kjump.ssh/key && [ "$(stat -c %a image/etc/kjump.ssh/key)" = 400 ]
ok 'our key, nobody else can read it'
cmp -s "$(command -v ssh)" "image$(command -v ssh)" && [ "$(find image -name 'libc.so.6' | wc -l)" -eq 1 ] && [ ! -e image/ldd ]
ok 'the client, with a libc'
if [ "$(id -u)" -eq 0 ]; then
	mkdir -p image/dev
	: >image/dev/null
	status=0
	chroot image "$(command -v ssh)" -F /etc/kjump.ssh/config -G root@near >conf 2>&1 || status=$?
	[ "$status" -eq 0 ] && grep -qx 'batchmode yes' conf && grep -qix 'stricthostkeychecking \(true\|yes\)' conf &&
		grep -qx 'userknownhostsfile /etc/kjump.ssh/known_hosts' conf && grep -qx 'passwordauthentication no\|preferredauthentications publickey' conf
	ok 'it runs in there, and would ask nobody' "$(head -n 40 conf)"
else
	skip 'not root: chroot'
fi

build "KJ_CRASH_TARGET=ssh u@far.example.org:2222"
modules_are 'e1000e realtek af_packet' 'another card, with a driver of its own for the cable'
[ "$(cat image/etc/kjump.ssh/known_hosts)" = "[far.example.org]:2222 $key" ]
ok 'a key at a port'
build "KJ_CRASH_TARGET=nfs 10.0.0.77:/srv"
status_is 0 'nfs: status'
modules_are 'virtio_net virtio_pci nfs nfsv3 af_packet' 'nfs, and of its versions what there is'
[ "$(cat image/etc/hosts)" = '10.0.0.77 10.0.0.77' ] && [ ! -e image/etc/kjump.ssh ] && [ -z "$(find image -name 'libc*')" ]
ok 'no ssh client for that'
build "KJ_CRASH_TARGET=nfs lost:/srv" KJ_NETWORK_CARD=52:54:00:00:00:02
status_is 0 'a card that is named needs no route'
modules_are 'e1000e realtek nfs nfsv3 af_packet' 'its modules'
build "KJ_CRASH_TARGET=nfs 10.0.0.1:/srv" KJ_NETWORK_CARD=52:54:00:00:00:99
status_is 0 'a card of another machine'
[ "$(cat image/etc/kjump.net)" = CARD=52:54:00:00:00:99 ] && grep -q "no card '52:54:00:00:00:99' in this machine: extra_modules" err
ok 'is taken at its word, and that is said'

# refused NAME PATTERN KEY=VALUE...
refused() {
	name=$1 pattern=$2
	shift 2
	build "$@"
	[ "$status" -eq 1 ]
	report $? "$name: status" "$(cat out err)"
	one_line "initramfs/net: $pattern" "$name"
}
refused 'a name without address' "'nobody' has no IPv4 address *" 'KJ_CRASH_TARGET=nfs nobody:/x'
refused 'no route' "no route to 'lost' (192.0.2.1)" 'KJ_CRASH_TARGET=nfs lost:/x'
refused 'no card of its own' "the way to '10.0.2.3' is 'bond0', which is no network card*" 'KJ_CRASH_TARGET=nfs 10.0.2.3:/x'
refused 'two cards' "kernel B has one network card, and the ways lead over 'eth0 eth1'" 'KJ_CRASH_TARGET=ssh u@near nfs far.example.org:/x'
refused 'no host key' "'$PWD/known' has no key of 'far.example.org'*" 'KJ_CRASH_TARGET=ssh u@far.example.org'
refused 'none at that port' "'$PWD/known' has no key of '?near?:2222'*" 'KJ_CRASH_TARGET=ssh u@near:2222'
refused 'no file of host keys' "known_hosts '/none' cannot be read: the key of 'near' is not known" 'KJ_CRASH_TARGET=ssh u@near' KJ_KNOWN_HOSTS=/none
refused 'no key' "sshkey '/none' is not there" 'KJ_CRASH_TARGET=ssh u@near' KJ_SSHKEY=/none
refused 'a passphrase' "sshkey '$PWD/locked' is no private key, or wants a passphrase*" 'KJ_CRASH_TARGET=ssh u@near' "KJ_SSHKEY=$PWD/locked"
refused 'a public key' "sshkey '$PWD/id.pub' is no private key*" 'KJ_CRASH_TARGET=ssh u@near' "KJ_SSHKEY=$PWD/id.pub"
done_testing
