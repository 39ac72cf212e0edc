// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mounts to devices, devices to file systems. It must never write, and never believe that a mount which it does not
 * understand is harmless.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_prints.h"
#include "cmd/lib/prints.h"
#include "cmd/lib/stack.h"
#include "sys/block.h"
#include "sys/io.h"
#include "sys/log.h"

#define TEXT_MAX (1u << 20)
#define SPACES 256u	/* mount namespaces that are told apart; of more, some are read twice */
#define SEEN 256u	/* devices dealt with, likewise */

enum kj_front_mount kj_front_mount_kind(const struct kj_mount *m)
{
	/* these have no block device of their own number */
	static const char *const hidden[] = { "zfs", "bcachefs" };

	if (m->major)
		return KJ_FRONT_DEVICE;
	if (!strcmp(m->type, "btrfs"))
		return KJ_FRONT_SOURCE;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (!strcmp(m->type, hidden[i]))
			return KJ_FRONT_HIDDEN;
	return KJ_FRONT_SKIP;
}

struct gather {
	struct kj_le_prints *p;
	const struct kj_stack *target;
	int force, status;
	char space[SPACES][32];
	unsigned int nspace, nseen;
	struct { uint32_t major, minor; } seen[SEEN];
};

static int first_time(struct gather *g, uint32_t major, uint32_t minor)
{
	for (unsigned int i = 0; i < g->nseen; i++)
		if (g->seen[i].major == major && g->seen[i].minor == minor)
			return 0;
	if (g->nseen < SEEN) {
		g->seen[g->nseen].major = major;
		g->seen[g->nseen++].minor = minor;
	}
	return 1;
}

/* It cannot be fingerprinted: a mount that nobody writes through may be left out. */
static int cannot(struct gather *g, const struct kj_mount *m, const char *why)
{
	if (!m->rw)
		return 0;
	if (g->force) {
		kj_log(KJ_LOG_WARN, "%s: %s: saved without a fingerprint", m->point, why);
		return 0;
	}
	kj_log(KJ_LOG_ERR, "%s: %s: cannot be fingerprinted; --force saves all the same", m->point, why);
	return EX_UNAVAILABLE;
}

int kj_front_is_mapped(const struct kj_blkdev *d)
{
	/* of a partition of such a device as well */
	static const char *const dir[] = { "dm", "md", "bcache", "../dm", "../md", "../bcache" };
	char path[64];

	for (size_t i = 0; i < sizeof(dir) / sizeof(dir[0]); i++) {
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", d->major, d->minor, dir[i]);
		if (!access(path, F_OK))
			return 1;
	}
	return 0;
}

/* Of a file, its own file system gets a fingerprint. */
int kj_front_is_memory(const struct kj_blkdev *d)
{
	return !strncmp(d->name, "ram", 3) || !strncmp(d->name, "zram", 4) || !strncmp(d->name, "loop", 4);
}

/* Where on a disk it is, for B and C will have no such device. */
static int add_pieces(struct kj_le_prints *p, const struct kj_stack *s)
{
	for (uint32_t i = 0; i < s->map->n; i++)
		if (kj_print_add_piece(p, s->map->p[i].to, s->map->p[i].len, s->dev.size))
			return -ENOSPC;
	return 0;
}

/* B will open that encrypted device, if it is one. */
static int is_open_in_b(const struct gather *g, const struct kj_stack *s)
{
	return !s->crypt || (g->target->crypt && g->target->dev.major == s->dev.major &&
			     g->target->dev.minor == s->dev.minor);
}

/* On a device that device-mapper has made. */
static int add_mapped(struct gather *g, const struct kj_mount *m, const struct kj_blkdev *d)
{
	const struct kj_le_prints before = *g->p;
	const uint32_t n = kj_get_le32(g->p->n);
	char why[KJ_STACK_WHY], what[KJ_STACK_WHY + 40], path[KJ_BLOCK_PATH];
	struct kj_stack s;
	struct kj_le_print *f;
	enum kj_err e;
	int fd, err = kj_stack_open(d->major, d->minor, &s, why);

	snprintf(what, sizeof(what), "%.31s %s", m->type, why);
	if (err)
		return cannot(g, m, what);
	if (!is_open_in_b(g, &s)) {
		snprintf(what, sizeof(what), "%.31s is on encrypted /dev/mapper/%.127s, which the target is not on",
			 m->type, s.name);
		kj_stack_close(&s);
		return cannot(g, m, what);
	}
	snprintf(what, sizeof(what), "%.31s on /dev/%s", m->type, d->name);
	f = n < KJ_PRINT_MAX ? &g->p->fs[n] : NULL;
	fd = f ? kj_block_open(d, O_RDONLY) : -1;
	e = fd < 0 ? KJ_ETRUNC : kj_prints_of(fd, d->size, 0, f);
	(void)kj_close(fd);
	if (!e) {
		kj_block_path(&s.dev, path);
		(void)kj_block_partuuid(path, f->partuuid);
		g->p->n = kj_put_le32(n + 1);
		err = add_pieces(g->p, &s);
	}
	kj_stack_close(&s);
	if (!e && !err)
		return 0;
	*g->p = before;
	return cannot(g, m, !f || err ? "more file systems, or pieces of them, than an image has room for" : what);
}

static int add_device(struct gather *g, const struct kj_mount *m, uint32_t major, uint32_t minor)
{
	struct kj_blkdev d = { .major = major, .minor = minor };
	struct kj_le_print *f;
	char path[KJ_BLOCK_PATH], what[160];
	uint32_t n = kj_get_le32(g->p->n);
	enum kj_err e;
	int fd;

	if (!first_time(g, major, minor))
		return 0;
	if (kj_block_find(&d))
		return cannot(g, m, "its device is not there");
	if (kj_front_is_memory(&d))
		return 0;
	kj_block_path(&d, path);
	if (kj_front_is_mapped(&d))
		return add_mapped(g, m, &d);
	snprintf(what, sizeof(what), "%.31s on %s", m->type, path);
	if (n == KJ_PRINT_MAX)
		return cannot(g, m, "more file systems than an image has room for");
	f = &g->p->fs[n];
	fd = kj_block_open(&d, O_RDONLY);
	e = fd < 0 ? KJ_ETRUNC : kj_prints_of(fd, d.size, 0, f);
	(void)kj_close(fd);
	if (e) {
		memset(f, 0, sizeof(*f));
		return cannot(g, m, what);
	}
	(void)kj_block_partuuid(path, f->partuuid);
	g->p->n = kj_put_le32(n + 1);
	return 0;
}

static int add_mount(struct gather *g, const struct kj_mount *m)
{
	struct stat st;

	switch (kj_front_mount_kind(m)) {
	case KJ_FRONT_SKIP:
		break;
	case KJ_FRONT_DEVICE:
		return add_device(g, m, m->major, m->minor);
	case KJ_FRONT_SOURCE:
		if (stat(m->source, &st) || !S_ISBLK(st.st_mode))
			return cannot(g, m, "its device is not known");
		return add_device(g, m, (uint32_t)major(st.st_rdev), (uint32_t)minor(st.st_rdev));
	case KJ_FRONT_HIDDEN:
		return cannot(g, m, m->type);
	}
	return 0;
}

/* All mounts of one process's namespace. */
static int add_space(struct gather *g, const char *path)
{
	static char text[TEXT_MAX];
	struct kj_mount m;
	size_t len, pos = 0;
	enum kj_err e;
	int status = 0, err = kj_slurp(path, text, sizeof(text), &len);

	/* the process has ended */
	if (err == -ENOENT || err == -ESRCH || err == -EINVAL)
		return 0;
	if (err) {
		kj_log(KJ_LOG_ERR, "%s: %s", path, strerror(-err));
		return EX_OSERR;
	}
	while (!status && (e = kj_mountinfo_next(text, len, &pos, &m)) != KJ_ENOTFOUND) {
		if (e) {
			kj_log(KJ_LOG_ERR, "%s: a line that is none", path);
			return EX_SOFTWARE;
		}
		status = add_mount(g, &m);
	}
	return status;
}

/* Was the namespace of process @pid read before? */
static int known_space(struct gather *g, const char *pid)
{
	char path[64], name[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.16s/ns/mnt", pid);
	n = readlink(path, name, sizeof(name) - 1);
	if (n <= 0)
		return 0;
	name[n] = 0;
	for (unsigned int i = 0; i < g->nspace; i++)
		if (!strcmp(g->space[i], name))
			return 1;
	if (g->nspace < SPACES)
		strcpy(g->space[g->nspace++], name);
	return 0;
}

int kj_front_prints(struct kj_le_prints *p, const struct kj_stack *target, int force)
{
	static struct gather g;
	struct dirent *e;
	char path[64];
	DIR *dir;

	memset(p, 0, sizeof(*p));
	memset(&g, 0, sizeof(g));
	g.p = p;
	g.target = target;
	g.force = force;
	(void)known_space(&g, "self");
	g.status = add_space(&g, "/proc/self/mountinfo");
	dir = opendir("/proc");
	if (!dir) {
		kj_log(KJ_LOG_ERR, "/proc: %s", strerror(errno));
		return EX_OSERR;
	}
	while (!g.status && (e = readdir(dir))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' || known_space(&g, e->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%.16s/mountinfo", e->d_name);
		g.status = add_space(&g, path);
	}
	closedir(dir);
	return g.status;
}
