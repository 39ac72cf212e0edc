/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /dev/watchdog, ABI of linux/watchdog.h; never closes it without the magic character.
 */
#include "sys/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "sys/compat.h"
#include "sys/io.h"

#define WDIOC_KEEPALIVE_ 0x80045705ul
#define WDIOC_SETTIMEOUT_ 0xc0045706ul

int kj_watchdog_arm(unsigned int seconds)
{
	int timeout = (int)seconds;
	int fd = kj_open("/dev/watchdog", O_WRONLY);
	int rc;

	if (fd == -ENODEV || fd == -ENXIO)
		return -ENOENT;
	if (fd < 0)
		return fd;
	rc = kj_ioctl(fd, WDIOC_SETTIMEOUT_, &timeout);
	/* a driver with one fixed timeout is as good */
	if (rc < 0 && rc != -EOPNOTSUPP && rc != -ENOTTY && rc != -EINVAL) {
		kj_watchdog_disarm(fd);
		return rc;
	}
	kj_ioctl(fd, WDIOC_KEEPALIVE_, NULL);
	return fd;
}

int kj_watchdog_disarm(int fd)
{
	int rc;

	if (fd < 0)
		return 0;
	rc = kj_write_full(fd, "V", 1);
	kj_close(fd);
	return rc;
}
