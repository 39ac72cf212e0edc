// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Extent lists on devices. It must never write anything but a list, in blocks of that list's own target, and the header of
 * the swap area that it is for.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/place.h"
#include "core/job.h"
#include "core/parse.h"
#include "sys/block.h"
#include "sys/compat.h"
#include "sys/fdmap.h"
#include "sys/io.h"
#include "sys/vmcore.h"

int kj_place_split(const char *spec, char *dev, size_t cap, uint64_t *block)
{
	const char *at = strrchr(spec, '@');
	size_t len = at ? (size_t)(at - spec) : strlen(spec);
	uint64_t n = KJ_PLACE_WHOLE;

	if (at && !access(spec, F_OK)) {
		at = NULL;
		len = strlen(spec);
	}
	/* no device has as many blocks as would overflow */
	if (at && kj_parse_u64_in(at + 1, strlen(at + 1), 0, (uint64_t)INT64_MAX / KJ_BLOCK - 1, &n))
		return -EINVAL;
	if (len >= cap)
		return -ENAMETOOLONG;
	memcpy(dev, spec, len);
	dev[len] = 0;
	*block = n;
	return 0;
}

int kj_list_alloc(struct kj_list *l, uint32_t max)
{
	void *p;
	int err;

	memset(l, 0, sizeof(*l));
	/* the second half is for kj_extents_check() */
	l->len = 2 * (size_t)max * sizeof(struct kj_extent) + ((size_t)kj_extents_blocks(max) + 1) * sizeof(*l->block);
	err = kj_alloc_pages(l->len, &p);
	if (err)
		return err;
	l->mem = p;
	l->x.e = p;
	l->x.max = max;
	l->block = (uint64_t *)(l->x.e + 2 * (size_t)max);
	return 0;
}

void kj_list_free(struct kj_list *l)
{
	kj_munmap(l->mem, l->len);
	memset(l, 0, sizeof(*l));
}

static enum kj_err check(struct kj_list *l)
{
	return kj_extents_check(&l->x, l->x.e + l->x.max);
}

/* @page of @fd, which may be O_DIRECT: page aligned. */
static int read_page(int fd, uint64_t off, void *page)
{
	int err = kj_pread_full(fd, page, KJ_BLOCK, off, NULL);

	return err == -ENODATA ? -ENOMSG : err;
}

static int damaged(enum kj_err e, const char **why)
{
	*why = kj_strerror(e);
	return -EBADMSG;
}

/* Is the header of the swap area marked, and for the list at @at? */
static int check_header(int fd, uint64_t swap, uint64_t at, uint8_t *page)
{
	uint64_t list;
	int err = read_page(fd, swap, page);

	if (err)
		return err;
	return kj_swap_marked(page, &list) || list != at ? -ENOMSG : 0;
}

static int read_blocks(int fd, uint64_t at, uint8_t *page, struct kj_list *l, const char **why)
{
	struct kj_le_extents *b = (struct kj_le_extents *)page;
	uint64_t size, next = at;
	uint32_t total;
	enum kj_err e;
	int err;

	err = kj_block_size(fd, &size);
	if (!err)
		err = read_page(fd, at, page);
	if (err)
		return err;
	e = kj_block_check(b, KJ_EXTENTS_MAGIC);
	if (e == KJ_EMAGIC)
		return -ENOMSG;
	total = kj_get_le32(b->total);
	if (!e && (!total || total > KJ_EXTENTS_MAX))
		e = KJ_ERANGE;
	if (e)
		return damaged(e, why);
	err = kj_list_alloc(l, total);
	if (err)
		return err;
	l->at = at;
	/* each block brings an extent at least, so this ends */
	for (;;) {
		if (l->nblock <= kj_extents_blocks(total))
			l->block[l->nblock++] = next;
		e = kj_extents_get(&l->x, b, &next);
		if (e || !next)
			break;
		err = read_page(fd, next, page);
		if (err)
			return err == -ENOMSG ? damaged(KJ_ETRUNC, why) : err;
	}
	if (!e && l->x.dev_size != size)
		e = KJ_EMISMATCH;
	size = l->x.size;
	if (!e)
		e = check(l);
	if (!e && (size != l->x.size || !kj_target_usable(size)))
		e = KJ_EFORMAT;
	return e ? damaged(e, why) : 0;
}

int kj_list_read(int fd, uint64_t block, struct kj_list *ret, const char **why)
{
	uint64_t at = block * KJ_BLOCK;
	struct kj_list l;
	uint8_t *page;
	void *p;
	int err = kj_alloc_pages(KJ_BLOCK, &p);

	memset(&l, 0, sizeof(l));
	memset(ret, 0, sizeof(*ret));
	*why = "";
	if (err)
		return err;
	page = p;
	err = read_page(fd, at, page);
	/* a swap area's header leads there; anything else is the list, or nothing of ours */
	if (!err)
		(void)kj_swap_marked(page, &at);
	if (!err)
		err = read_blocks(fd, at, page, &l, why);
	if (!err && l.x.kind == KJ_EXTENTS_SWAP)
		err = check_header(fd, l.x.swap, at, page);
	kj_munmap(p, KJ_BLOCK);
	if (err)
		kj_list_free(&l);
	else
		*ret = l;
	return err;
}

int kj_list_map(const struct kj_list *l, int fd)
{
	_Static_assert(sizeof(struct kj_piece) == sizeof(struct kj_extent), "the same two numbers");

	return kj_fdmap_set(fd, (const struct kj_piece *)l->x.e, l->x.n);
}

int kj_list_plan(struct kj_list *l)
{
	/* as many as the extents take before some are gone: one too many does not matter */
	const uint32_t n = kj_extents_blocks(l->x.n);

	for (l->nblock = 0; l->nblock < n; l->nblock++)
		if (kj_extents_take(&l->x, &l->block[l->nblock]))
			return -ENOSPC;
	if (!l->x.n)
		return -ENOSPC;
	if (check(l))
		return -EINVAL;
	l->at = l->block[0];
	return kj_target_usable(l->x.size) ? 0 : -ENOSPC;
}

int kj_list_write(const struct kj_list *l, int fd, int file)
{
	const uint32_t n = kj_extents_blocks(l->x.n);
	struct kj_le_extents *b;
	uint32_t i;
	void *p;
	int err = kj_alloc_pages(KJ_BLOCK, &p);

	if (err)
		return err;
	b = p;
	for (i = 0; i < n && !err; i++) {
		kj_extents_put(&l->x, i, i + 1 < n ? l->block[i + 1] : 0, b);
		err = kj_pwrite_full(fd, b, sizeof(*b), file ? (uint64_t)i * KJ_BLOCK : l->block[i]);
	}
	kj_munmap(p, KJ_BLOCK);
	return err ? err : kj_fsync(fd);
}

int kj_list_unmark(const struct kj_list *l, int fd)
{
	void *p;
	int err = kj_alloc_pages(KJ_BLOCK, &p);

	if (err)
		return err;
	err = check_header(fd, l->x.swap, l->at, p);
	if (!err) {
		kj_swap_unmark(p);
		err = kj_pwrite_full(fd, p, KJ_BLOCK, l->x.swap);
	}
	if (!err)
		err = kj_fsync(fd);
	kj_munmap(p, KJ_BLOCK);
	return err;
}

int kj_place_map(int fd, uint64_t block, const char **why)
{
	struct kj_list l;
	int err;

	*why = "";
	if (block == KJ_PLACE_WHOLE)
		return 0;
	err = kj_list_read(fd, block, &l, why);
	if (!err)
		err = kj_list_map(&l, fd);
	kj_list_free(&l);
	return err;
}

int kj_place_open(const char *spec, int flags, const char **why)
{
	char dev[256];
	uint64_t block;
	int fd, err = kj_place_split(spec, dev, sizeof(dev), &block);

	*why = "";
	if (err)
		return err;
	fd = kj_open(dev, flags);
	if (fd < 0)
		return fd;
	err = kj_place_map(fd, block, why);
	if (!err)
		return fd;
	kj_close(fd);
	return err;
}

int kj_place_view(const char *spec, uint64_t *size, const char **why)
{
	char dev[256];
	uint64_t block;
	int fd, err = kj_place_split(spec, dev, sizeof(dev), &block);

	*why = "";
	if (err)
		return err;
	fd = kj_vmcore_open(dev, size);
	if (fd < 0 || block == KJ_PLACE_WHOLE)
		return fd;
	err = kj_place_map(fd, block, why);
	if (!err)
		err = kj_block_size(fd, size);
	if (!err)
		return fd;
	kj_close(fd);
	return err;
}
