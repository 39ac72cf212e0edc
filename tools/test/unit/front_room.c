// SPDX-License-Identifier: GPL-2.0-or-later
/* front_room.h: when caches are dropped, and that whoever can be loaded keeps them. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/front_room.h"
#include "cmd/lib/restore_host.h"
#include "tap.h"

#define MIB (1ull << 20)

static char dir[] = "/tmp/kj-room-XXXXXX";

static const char *path(const char *name)
{
	static char p[128];

	snprintf(p, sizeof(p), "%s/%s", dir, name);
	return p;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(path(name), "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

static int dropped(void)
{
	FILE *f = fopen(path("proc/sys/vm/drop_caches"), "r");
	int c = f ? getc(f) : EOF;

	if (f)
		fclose(f);
	return c == '1';
}

/* Whatever is said to have room can be loaded by a C that has as much for itself as was measured. */
static void test_rule(void)
{
	int bad = 0, some = 0;

	for (uint64_t total = 128; total < 1 << 20; total += total / 7)
		for (uint64_t part = 0; part <= 64; part++) {
			const uint64_t unused = total * part / 64 * MIB;
			const uint64_t pages = (total * MIB - unused + total * MIB / 64 + 48 * MIB) / 4096;

			if (kj_front_room_short(total * MIB, unused))
				continue;
			some++;
			bad += kj_host_need(pages, total * 256 * 65 / 64, 16 * MIB) > (total - 153) * MIB;
		}
	ok(some > 100, "there is room on many machines");
	is(bad, 0, "and where there is, C can load it");
	ok(kj_front_room_short(700 * MIB, 200 * MIB), "700 MiB, of which 500 are in use: none");
	ok(!kj_front_room_short(700 * MIB, 400 * MIB), "300: room");
	ok(kj_front_room_short(100 * MIB, 100 * MIB), "a machine that is too small");
	ok(!kj_front_room_short(100 * MIB, 101 * MIB), "numbers that cannot be");
}

int main(void)
{
	static const char *const dirs[] = { "proc", "proc/sys", "proc/sys/vm" };

	test_rule();
	if (!mkdtemp(dir))
		return 1;
	is(kj_front_room(dir), 0, "no /proc");
	for (unsigned int i = 0; i < 3; i++)
		if (mkdir(path(dirs[i]), 0700))
			return 1;
	put("proc/meminfo", "MemTotal: 716800 kB\nMemFree: 204800 kB\n");
	is(-kj_front_room(dir), ENOENT, "a kernel that cannot drop any");
	put("proc/sys/vm/drop_caches", "");
	is(kj_front_room(dir), 1, "no room");
	ok(dropped(), "caches are dropped");
	put("proc/sys/vm/drop_caches", "");
	put("proc/meminfo", "MemTotal: 716800 kB\nMemFree: 409600 kB\n");
	is(kj_front_room(dir), 0, "room");
	ok(!dropped(), "nothing is");
	put("proc/meminfo", "MemFree: 4096 kB\n");
	is(kj_front_room(dir), 0, "nobody knows");
	ok(!dropped(), "nothing is");
	unlink(path("proc/meminfo"));
	unlink(path("proc/sys/vm/drop_caches"));
	for (unsigned int i = 3; i--;)
		rmdir(path(dirs[i]));
	rmdir(dir);
	return tap_done();
}
