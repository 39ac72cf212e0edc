// SPDX-License-Identifier: GPL-2.0-or-later
/* cmd/lib/front_copy: how long a dump on a target is, by what it says itself; never beyond the target. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_copy.h"
#include "core/kdump.h"
#include "sys/hold.h"
#include "sys/log.h"
#include "tap.h"

#define SIZE (1u << 20)
#define FRAMES 64u

static struct kj_kdump k;
static uint8_t disk[SIZE];

static void put64(uint64_t off, uint64_t v)
{
	le64 x = kj_put_le64(v);

	memcpy(disk + off, &x, sizeof(x));
}

/* A kdump of two pages; the last one in the file belongs to the first of them. */
static void fill(uint32_t status)
{
	memset(&k, 0, sizeof(k));
	memset(disk, 0xaa, sizeof(disk));
	k.max_mapnr = FRAMES;
	k.ncpus = 1;
	k.status = status;
	memcpy(k.uts[KJ_UTS_SYSNAME], "Linux", 6);
	if (kj_kdump_layout(&k))
		abort();
	memset(disk, 0, k.desc);
	kj_kdump_put(&k, disk);
	disk[k.bitmap2] = 3;
	memset(disk + k.desc, 0, 48);
	put64(k.desc, 40960);
	put64(k.desc + 8, 100);
	put64(k.desc + 24, 36864);
	put64(k.desc + 32, 4096);
}

static char from[] = "/tmp/kj-copy-from-XXXXXX", to[] = "/tmp/kj-copy-to-XXXXXX";

/* Status of a copy; the length of what it made in *len, -1: not what the target has. */
static int copy(off_t *len)
{
	static uint8_t got[SIZE];
	struct kj_front_target t = { .size = SIZE };
	struct stat st;
	int out = open(to, O_RDWR | O_TRUNC), status;

	t.fd = open(from, O_RDWR);
	if (t.fd < 0 || out < 0 || pwrite(t.fd, disk, SIZE, 0) != SIZE)
		abort();
	snprintf(t.path, sizeof(t.path), "%s", from);
	status = kj_front_copy(&t, out, to);
	if (fstat(out, &st))
		abort();
	*len = st.st_size;
	if (!status && (pread(out, got, (size_t)st.st_size, 0) != st.st_size || memcmp(got, disk, (size_t)st.st_size)))
		*len = -1;
	close(t.fd);
	close(out);
	return status;
}

int main(void)
{
	off_t len;

	kj_log_init("front_copy");
	close(mkstemp(from));
	close(mkstemp(to));
	fill(KJ_KDUMP_ZSTD);
	is(copy(&len), 0, "a kdump");
	is(len, 40960 + 100, "up to the end of the page that lies last");
	kj_hold_watch();
	raise(SIGTERM);
	is(copy(&len), EX_TEMPFAIL, "a signal stops it");
	is(len, 0, "and makes no file");
	kj_hold_unwatch();
	memset(disk + k.desc, 0, 16);
	is(copy(&len), 0, "one page was lost");
	is(len, 36864 + 4096, "the other counts");
	fill(KJ_KDUMP_INCOMPLETE);
	is(copy(&len), EX_DATAERR, "a kdump that is not complete");
	is(len, 0, "makes no file");
	fill(KJ_KDUMP_ZSTD);
	put64(k.desc, SIZE - 8192 - 99);
	is(copy(&len), EX_DATAERR, "a page that reaches into the record");
	put64(k.desc, 1ull << 63);
	is(copy(&len), EX_DATAERR, "a page far behind");
	fill(KJ_KDUMP_ZSTD);
	memset(disk + k.bitmap2, 0xff, 8);
	disk[4096 + 96] = 0xff;
	disk[4096 + 97] = 0xff;
	is(copy(&len), EX_DATAERR, "bitmaps too small for its pages");
	memset(disk, 0, SIZE);
	is(copy(&len), EX_DATAERR, "no dump at all");
	unlink(from);
	unlink(to);
	return tap_done();
}
