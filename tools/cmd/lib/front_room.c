/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A system that has been up for weeks has its memory full of files that are on disks as well. Must never refuse anything:
 * what an image comes to is known to B alone.
 */
#include <stdio.h>
#include <unistd.h>

#include "cmd/lib/front_room.h"
#include "cmd/lib/meminfo.h"
#include "sys/io.h"

/* Of a C with systemd and dracut 153 MiB were measured, and what two workers take on top. */
#define C_TAKES (176ull << 20)
/* The kernel's own pages, which its sums leave out. */
#define OWN (64ull << 20)

int kj_front_room_short(uint64_t total, uint64_t unused)
{
	uint64_t image;

	if (unused > total)
		return 0;
	/* what describes pages is a 64th, and as much again may come while kernel B is loaded */
	image = total - unused + total / 32 + OWN;
	/* lists of pages as kj_host_need() counts them, and what C's zones keep */
	image += image / 170 + total / 256;
	return total < C_TAKES || image > total - C_TAKES;
}

int kj_front_room(const char *root)
{
	char path[512], text[8192];
	uint64_t total;
	size_t len;
	int err;

	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	if (kj_slurp(path, text, sizeof(text), &len))
		return 0;
	total = kj_meminfo_find(text, "MemTotal:");
	if (!total || !kj_front_room_short(total, kj_meminfo_find(text, "MemFree:")))
		return 0;
	/* only what has been written can be dropped */
	sync();
	snprintf(path, sizeof(path), "%s/proc/sys/vm/drop_caches", root);
	err = kj_spit(path, "1", 1);
	return err ? err : 1;
}
