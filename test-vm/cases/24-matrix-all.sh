# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Hibernation on machines of every kind: each value with each; and Intel, in the reservation.
# long: yes
# timeout: 14400
. "$VM_TOP/test-vm/cycle.sh"
for levels in 5 4; do
	for kaslr in kaslr nokaslr; do
		for mem in 512 1024 3072; do
			cycle_cell $levels $kaslr 2 $mem lz4 virtio q35 cell=intel-$levels-$kaslr-$mem reserved=yes jumps=1 percent=25 \
				cpu="max,vendor=GenuineIntel$([ $levels = 5 ] || echo ,la57=off)" \
				append="crashkernel=128M$([ $kaslr = kaslr ] || echo ' nokaslr')"
		done
		for smp in 1 2; do
			for mem in 512 3072; do
				for codec in lz4 zstd; do
					for disk in virtio ahci; do
						for machine in pc q35; do
							cycle_cell $levels $kaslr $smp $mem $codec $disk $machine
						done
					done
				done
			done
		done
	done
done
