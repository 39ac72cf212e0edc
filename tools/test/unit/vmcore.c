// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sys/vmcore: what can be opened, and whose size is believed.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/io.h"
#include "sys/vmcore.h"
#include "tap.h"

int main(void)
{
	char path[] = "/tmp/kj-vmcore-XXXXXX";
	uint64_t size = 1;
	int fd = mkstemp(path);

	if (fd < 0 || ftruncate(fd, 12345) || close(fd))
		abort();
	fd = kj_vmcore_open(path, &size);
	ok(fd >= 0, "a file");
	is(size, 12345, "has its size");
	kj_close(fd);
	unlink(path);
	is(kj_vmcore_open(path, &size), -ENOENT, "none");
	is(kj_vmcore_open("/tmp", &size), -EISDIR, "a directory");
	is(kj_vmcore_open("/dev/null", &size), -ENODEV, "a device that holds nothing");
	fd = kj_vmcore_open("/proc/kcore", &size);
	if (fd >= 0) {
		is(size, 0, "of a file in /proc the size is not known");
		kj_close(fd);
	} else {
		skip("/proc/kcore cannot be opened");
	}
	return tap_done();
}
