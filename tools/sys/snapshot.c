// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /dev/snapshot: opening, feeding and closing it. It must never decide when; the order is the
 * caller's.
 */
#include <errno.h>
#include <unistd.h>

#include "sys/compat.h"
#include "sys/io.h"
#include "sys/snapshot.h"

/* include/uapi/linux/suspend_ioctls.h: _IO('3', n), no argument */
#define SNAPSHOT_FREEZE 0x3301UL
#define SNAPSHOT_ATOMIC_RESTORE 0x3304UL
#define SNAPSHOT_PLATFORM_SUPPORT 0x330fUL
#define SNAPSHOT_POWER_OFF 0x3310UL
#define SNAPSHOT_SET_SWAP_AREA 0x400c330dUL
#define SNAPSHOT_ALLOC_SWAP_PAGE 0x80083314UL

int kj_snapshot_open_load(void)
{
	return kj_open(KJ_SNAPSHOT_PATH, O_WRONLY);
}

int kj_snapshot_write(int fd, const uint8_t page[4096])
{
	/* the raw call: no libc in between, for this runs once for each page of RAM */
	long n = kj_syscall(SYS_write, fd, (long)page, 4096, 0, 0, 0);

	if (n < 0)
		return (int)n;
	/* 0: the kernel has all the pages that the header announced */
	return n == 4096 ? 0 : -EIO;
}

int kj_snapshot_freeze(int fd)
{
	int r = kj_ioctl(fd, SNAPSHOT_FREEZE, NULL);

	return r < 0 ? r : 0;
}

int kj_snapshot_restore(int fd)
{
	int r = kj_ioctl(fd, SNAPSHOT_ATOMIC_RESTORE, NULL);

	/* success does not come back, so a 0 would be a kernel that did nothing */
	return r < 0 ? r : -EIO;
}

int kj_snapshot_power_off(void)
{
	int fd = kj_open(KJ_SNAPSHOT_PATH, O_RDONLY), r;

	if (fd < 0)
		return fd;
	/* the argument is a number, not a pointer; -EINVAL: the platform has no S4 */
	r = kj_ioctl(fd, SNAPSHOT_PLATFORM_SUPPORT, (void *)1);
	if (r >= 0)
		r = kj_ioctl(fd, SNAPSHOT_FREEZE, NULL);
	if (r >= 0)
		r = kj_ioctl(fd, SNAPSHOT_POWER_OFF, NULL);
	kj_close(fd);
	/* success does not come back */
	return r < 0 ? r : -EIO;
}

int kj_snapshot_swap_area(int fd, uint32_t major, uint32_t minor, uint64_t block)
{
	/* struct resume_swap_area; the number as new_encode_dev() of linux/kdev_t.h makes it */
	struct {
		uint64_t offset;
		uint32_t dev;
	} __attribute__((packed)) area = { block, (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12 };
	int r;

	_Static_assert(sizeof(area) == 12, "linux/suspend_ioctls.h");
	if (major > 0xfff || minor > 0xfffff)
		return -ENODEV;
	r = kj_ioctl(fd, SNAPSHOT_SET_SWAP_AREA, &area);
	return r < 0 ? r : 0;
}

int kj_snapshot_alloc(int fd, uint64_t *off)
{
	uint64_t at = 0;
	int r = kj_ioctl(fd, SNAPSHOT_ALLOC_SWAP_PAGE, &at);

	if (r >= 0)
		*off = at;
	return r < 0 ? r : 0;
}

void kj_snapshot_close(int fd)
{
	if (fd >= 0)
		kj_close(fd);
}
