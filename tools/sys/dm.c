// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Calls of linux/dm-ioctl.h. It must never believe a length or an offset that does not lie in the buffer.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "sys/compat.h"
#include "sys/dm.h"
#include "sys/io.h"

#define IOC_CREATE 0xc138fd03ul		/* _IOWR(0xfd, 3, struct dm_ioctl) */
#define IOC_REMOVE 0xc138fd04ul
#define IOC_SUSPEND 0xc138fd06ul
#define IOC_STATUS 0xc138fd07ul
#define IOC_TABLE_LOAD 0xc138fd09ul
#define IOC_TABLE_STATUS 0xc138fd0cul
#define FLAG_READONLY (1u << 0)
#define FLAG_SUSPEND (1u << 1)
#define FLAG_TABLE (1u << 4)
#define FLAG_ACTIVE (1u << 5)
#define FLAG_FULL (1u << 8)
#define FLAG_NOFLUSH (1u << 11)
#define FLAG_SECURE (1u << 15)		/* tables have keys in them: the kernel wipes its copy */
#define FLAG_DEFERRED (1u << 17)
/* libdevmapper's flags for its udev rules, in the upper half of an event's number: no subsystem, disk or other
 * rules, low priority, and that this event is what they are for */
#define UDEV_NOTHING (0x5eu << 16)

/* linux/dm-ioctl.h: struct dm_ioctl */
struct request {
	uint32_t version[3], data_size, data_start, count;
	int32_t open_count;
	uint32_t flags, event, padding;
	uint64_t dev;		/* as huge_encode_dev() makes it, linux/kdev_t.h */
	char name[KJ_DM_NAME], uuid[129], data[7];
};
_Static_assert(sizeof(struct request) == 312, "linux/dm-ioctl.h");

static int open_control(void)
{
	int fd = kj_open("/dev/mapper/control", O_RDWR);

	return fd == -ENXIO || fd == -ENODEV ? -ENOENT : fd;
}

static void begin(struct request *r, uint32_t size)
{
	memset(r, 0, size);
	r->version[0] = 4;
	r->data_size = size;
	r->data_start = sizeof(*r);
}

int kj_dm_status(uint32_t major, uint32_t minor, void *buf, const uint8_t **data, size_t *len, uint32_t *count,
		 char name[KJ_DM_NAME])
{
	struct request *r = buf;
	int fd, err;

	if (major > 0xfff || minor > 0xfffff)
		return -ENXIO;
	fd = open_control();
	if (fd < 0)
		return fd;
	begin(r, KJ_DM_BUF);
	/* what is asked for is the table alone: no device need finish what it is at */
	r->flags = FLAG_TABLE | FLAG_NOFLUSH | FLAG_SECURE;
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

/* linux/dm-ioctl.h: struct dm_target_spec; its parameters behind it, and the next one 8-byte aligned behind those */
struct spec {
	uint64_t start, len;
	int32_t status;
	uint32_t next;
	char type[16];
};
_Static_assert(sizeof(struct spec) == 40, "linux/dm-ioctl.h");

struct load {
	struct request r;
	struct {
		struct spec s;
		char params[KJ_DM_PARAMS];
	} target[KJ_DM_TARGETS];
};
_Static_assert(sizeof(struct load) == sizeof(struct request) + KJ_DM_TARGETS * (sizeof(struct spec) + KJ_DM_PARAMS),
	       "no holes");

static int fill(struct load *l, const struct kj_dm_target *t, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct spec *s = &l->target[i].s;

		if (strlen(t[i].type) >= sizeof(s->type) || strlen(t[i].params) >= KJ_DM_PARAMS)
			return -E2BIG;
		s->start = t[i].start;
		s->len = t[i].len;
		s->next = sizeof(l->target[i]);
		strcpy(s->type, t[i].type);
		strcpy(l->target[i].params, t[i].params);
	}
	l->r.count = n;
	return 0;
}

static int ask(int fd, unsigned long what, const char *name, struct load *l, uint32_t flags)
{
	strcpy(l->r.name, name);
	l->r.flags = flags;
	return kj_ioctl(fd, what, &l->r);
}

int kj_dm_create(const char *name, const struct kj_dm_target *t, uint32_t n, int ro, uint32_t *major, uint32_t *minor)
{
	const uint32_t flags = ro ? FLAG_READONLY : 0;
	struct load l;
	uint64_t dev = 0;
	int fd, err;

	if (strlen(name) >= KJ_DM_NAME || !n || n > KJ_DM_TARGETS)
		return -EINVAL;
	fd = open_control();
	if (fd < 0)
		return fd;
	begin(&l.r, sizeof(l));
	err = ask(fd, IOC_CREATE, name, &l, flags);
	if (err < 0) {
		kj_close(fd);
		return err == -EBUSY ? -EEXIST : err;
	}
	dev = l.r.dev;
	begin(&l.r, sizeof(l));
	err = fill(&l, t, n);
	if (!err)
		err = ask(fd, IOC_TABLE_LOAD, name, &l, flags | FLAG_SECURE);
	kj_wipe(&l, sizeof(l));
	if (err >= 0) {
		/* resume: the table goes live */
		begin(&l.r, sizeof(l));
		l.r.event = UDEV_NOTHING;
		err = ask(fd, IOC_SUSPEND, name, &l, flags);
	}
	kj_close(fd);
	if (err < 0) {
		(void)kj_dm_remove(name);
		return err;
	}
	*major = (uint32_t)(dev >> 8 & 0xfff);
	*minor = (uint32_t)(dev & 0xff) | (uint32_t)(dev >> 12 & ~0xffull & 0xfffff);
	return 0;
}

/* What needs no table: @l has the answer. */
static int ask_once(unsigned long what, const char *name, struct load *l, uint32_t event, uint32_t flags)
{
	int fd, err;

	if (strlen(name) >= KJ_DM_NAME)
		return -EINVAL;
	fd = open_control();
	if (fd < 0)
		return fd;
	begin(&l->r, sizeof(*l));
	l->r.event = event;
	err = ask(fd, what, name, l, flags);
	kj_close(fd);
	return err < 0 ? err : 0;
}

int kj_dm_works(const char *name)
{
	struct load l;
	const int err = ask_once(IOC_STATUS, name, &l, 0, 0);

	if (err)
		return err;
	return !(l.r.flags & FLAG_ACTIVE) || l.r.flags & FLAG_SUSPEND ? -EAGAIN : 0;
}

int kj_dm_remove(const char *name)
{
	struct load l;

	return ask_once(IOC_REMOVE, name, &l, UDEV_NOTHING, FLAG_DEFERRED);
}
