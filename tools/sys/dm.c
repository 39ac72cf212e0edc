// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DM_TABLE_STATUS. It must never believe a length or an offset that does not lie in the buffer.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "sys/compat.h"
#include "sys/dm.h"
#include "sys/io.h"

#define IOC_TABLE_STATUS 0xc138fd0cul	/* _IOWR(0xfd, 12, struct dm_ioctl) */
#define FLAG_SUSPEND (1u << 1)
#define FLAG_TABLE (1u << 4)
#define FLAG_ACTIVE (1u << 5)
#define FLAG_FULL (1u << 8)
#define FLAG_NOFLUSH (1u << 11)

/* linux/dm-ioctl.h: struct dm_ioctl */
struct request {
	uint32_t version[3], data_size, data_start, count;
	int32_t open_count;
	uint32_t flags, event, padding;
	uint64_t dev;		/* as huge_encode_dev() makes it, linux/kdev_t.h */
	char name[KJ_DM_NAME], uuid[129], data[7];
};
_Static_assert(sizeof(struct request) == 312, "linux/dm-ioctl.h");

int kj_dm_status(uint32_t major, uint32_t minor, void *buf, const uint8_t **data, size_t *len, uint32_t *count,
		 char name[KJ_DM_NAME])
{
	struct request *r = buf;
	int fd, err;

	if (major > 0xfff || minor > 0xfffff)
		return -ENXIO;
	fd = kj_open("/dev/mapper/control", O_RDWR);
	if (fd < 0)
		return fd == -ENXIO || fd == -ENODEV ? -ENOENT : fd;
	memset(buf, 0, KJ_DM_BUF);
	r->version[0] = 4;
	r->data_size = KJ_DM_BUF;
	r->data_start = sizeof(*r);
	/* what is asked for is the table alone: no device need finish what it is at */
	r->flags = FLAG_TABLE | FLAG_NOFLUSH;
	r->dev = (minor & 0xff) | (uint64_t)major << 8 | (uint64_t)(minor & ~0xffu) << 12;
	err = kj_ioctl(fd, IOC_TABLE_STATUS, r);
	kj_close(fd);
	if (err < 0)
		return err;
	if (r->flags & FLAG_FULL)
		return -E2BIG;
	if (!(r->flags & FLAG_ACTIVE) || r->flags & FLAG_SUSPEND)
		return -EAGAIN;
	if (r->data_size > KJ_DM_BUF || r->data_start < sizeof(*r) || r->data_start > r->data_size)
		return -EPROTO;
	*data = (const uint8_t *)buf + r->data_start;
	*len = r->data_size - r->data_start;
	*count = r->count;
	memcpy(name, r->name, KJ_DM_NAME);
	name[KJ_DM_NAME - 1] = 0;
	return 0;
}
