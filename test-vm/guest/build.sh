#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds kjwork, static, into the file named by $1. Must never write anywhere else.
set -eu

[ $# -eq 1 ] || {
	echo "usage: build.sh OUTPUT" >&2
	exit 64
}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# -no-pie: counter-addr tells an address that holds in every process.
exec "${CC:-gcc}" -std=gnu11 -O2 -g0 -static -no-pie \
	-Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wundef -Wpointer-arith -Wwrite-strings -Wshadow \
	-o "$1" "$here"/kjwork.c "$here"/kjwork_*.c
