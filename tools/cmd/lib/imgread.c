// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image for reading. It must never use a byte of it before its checksum has been compared, or
 * read a device through the page cache: what C needs for A's pages is memory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/imgread.h"
#include "cmd/lib/place.h"
#include "core/unit.h"
#include "core/xxh.h"
#include "sys/block.h"
#include "sys/compat.h"
#include "sys/io.h"

#define HEAD_LEN 12288u				/* header and state; and the header that was encrypted */
#define DISK_LEN 8192u				/* the first two on disk */
#define STATE_OFF 4096u

static int bad(struct kj_img *img, const char *what, enum kj_err e)
{
	snprintf(img->why, sizeof(img->why), "%s: %s", what, kj_strerror(e));
	return -EBADMSG;
}

static int fail(struct kj_img *img, const char *what, int err)
{
	if (!img->why[0])
		snprintf(img->why, sizeof(img->why), "%s: %s", what, strerror(-err));
	return err;
}

static int open_fd(struct kj_img *img, int rw)
{
	int flags = rw ? O_RDWR | O_DSYNC : O_RDONLY;
	char dev[256];
	const char *why;
	struct stat st;
	uint64_t block;
	int r = kj_place_split(img->path, dev, sizeof(dev), &block);

	if (r)
		return r;
	if (stat(dev, &st))
		return -errno;
	img->is_block = S_ISBLK(st.st_mode);
	if (!img->is_block && !S_ISREG(st.st_mode))
		return -EINVAL;
	/* O_EXCL without O_CREAT: fails while a file system or another one has it */
	if (img->is_block)
		flags |= O_DIRECT | (rw ? O_EXCL : 0);
	img->fd = kj_block_open_idle(dev, flags);
	if (img->fd == -EINVAL && img->is_block)
		img->fd = kj_block_open_idle(dev, flags & ~O_DIRECT);
	if (img->fd < 0)
		return img->fd;
	r = kj_place_map(img->fd, block, &why);
	if (r == -EBADMSG)
		snprintf(img->why, sizeof(img->why), "extent list: %s", why);
	return r ? r : kj_block_size(img->fd, &img->size);
}

void kj_img_take_head(struct kj_img *img, struct kj_le_image *h)
{
	img->head = h;
	img->nunits = kj_get_le64(h->nunits);
	kj_image_ranges(h, &img->ram, &img->window);
}

static int read_head(struct kj_img *img)
{
	struct kj_image_look look;
	enum kj_err e;
	void *p;
	int r;

	r = kj_alloc_pages(HEAD_LEN, &p);
	if (r)
		return fail(img, "out of memory", r);
	img->pages = p;
	img->state = (struct kj_le_state *)(img->pages + 4096);
	r = kj_pread_full(img->fd, p, DISK_LEN, 0, NULL);
	if (r == -ENODATA)
		return -ENOMSG;
	if (r)
		return fail(img, "header", r);
	e = kj_image_look(p, img->size, &look);
	if (e == KJ_EMAGIC)
		return -ENOMSG;
	if (e)
		return bad(img, "header", e);
	memcpy(img->id, look.id, sizeof(img->id));
	if (look.sealed)
		img->sealed = p;
	else
		kj_img_take_head(img, p);
	img->state_err = kj_state_check(img->state, img->id);
	return 0;
}

void kj_img_lock(struct kj_img *img)
{
	if (!img->seal)
		return;
	kj_wipe(img->seal, sizeof(*img->seal));
	kj_munmap(img->seal, sizeof(*img->seal));
	img->seal = NULL;
}

int kj_img_open(struct kj_img *img, const char *path, int rw)
{
	int r;

	memset(img, 0, sizeof(*img));
	img->fd = -1;
	img->path = path;
	r = open_fd(img, rw);
	if (r)
		fail(img, "cannot open", r);
	else
		r = read_head(img);
	if (r == -ENOMSG)
		fail(img, "no image", r);
	if (r) {
		kj_close(img->fd);
		img->fd = -1;
		kj_munmap(img->pages, HEAD_LEN);
		img->pages = NULL;
		img->head = NULL;
		img->sealed = NULL;
	}
	return r;
}

void kj_img_close(struct kj_img *img)
{
	kj_img_lock(img);
	kj_munmap(img->index, img->index_len);
	kj_munmap(img->pages, HEAD_LEN);
	if (img->fd >= 0)
		kj_close(img->fd);
	img->index = NULL;
	img->pages = NULL;
	img->head = NULL;
	img->sealed = NULL;
	img->fd = -1;
}

/* Every entry by itself, then what only all of them together can say. */
static int check_index(struct kj_img *img)
{
	uint64_t data = 0, zero = 0, bytes = 0, u;
	const struct kj_le_image *h = img->head;
	size_t i;

	for (u = 0; u < img->nunits; u++) {
		struct kj_le_entry *e = &img->index[u];
		enum kj_err err = KJ_OK;

		if (img->sealed && (!img->seal || img->crypt->entry(img->seal, u, img->id, e)))
			err = KJ_ECRC;
		if (!err)
			err = kj_entry_check(e, h, u);

		if (err) {
			snprintf(img->why, sizeof(img->why), "index entry %llu: %s",
				 (unsigned long long)u, kj_strerror(err));
			return -EBADMSG;
		}
		data += kj_unit_weight(e->data);
		zero += kj_unit_weight(e->zero);
		bytes += kj_get_le32(e->dlen);
	}
	if (data != kj_get_le64(h->data_pages) || zero != kj_get_le64(h->zero_pages) ||
	    bytes != kj_get_le64(h->end_off) - kj_get_le64(h->data_off))
		return bad(img, "index and header", KJ_EMISMATCH);
	/* no checksum covers what fills up the last block, but it has only one good value */
	for (i = (size_t)img->nunits * sizeof(*img->index); i < img->index_len; i++)
		if (((const uint8_t *)img->index)[i])
			return bad(img, "index, behind its end", KJ_EFORMAT);
	return 0;
}

int kj_img_index(struct kj_img *img)
{
	uint64_t len = kj_get_le64(img->head->data_off) - KJ_INDEX_OFF;
	void *p;
	int r;

	if (img->index)
		return 0;
	if (len > (size_t)-1 / 2)
		return fail(img, "index", -ENOMEM);
	r = kj_alloc_pages((size_t)len, &p);
	if (r)
		return fail(img, "index", r);
	img->index = p;
	img->index_len = (size_t)len;
	r = kj_pread_full(img->fd, p, (size_t)len, KJ_INDEX_OFF, NULL);
	r = r ? fail(img, "index", r) : check_index(img);
	if (r) {
		kj_munmap(img->index, img->index_len);
		img->index = NULL;
	}
	return r;
}

uint32_t kj_img_state(const struct kj_img *img, uint32_t *loads)
{
	*loads = img->state_err ? 0 : kj_get_le32(img->state->loads);
	return img->state_err ? 0 : kj_get_le32(img->state->state);
}

int kj_img_state_write(struct kj_img *img, enum kj_image_state st, uint32_t loads)
{
	struct kj_le_state *s;
	uint64_t now = 0;
	void *p;
	int r;

	kj_clock_ns(CLOCK_REALTIME, &now);
	r = kj_alloc_pages(2 * sizeof(*s), &p);
	if (r)
		return fail(img, "state", r);
	s = p;
	kj_state_seal(&s[0], img->id, st, loads, now / 1000000000);
	/* O_DSYNC already; fsync also reaches devices that pretend */
	r = kj_pwrite_full(img->fd, &s[0], sizeof(*s), STATE_OFF);
	if (!r)
		r = kj_fsync(img->fd);
	if (!r)
		r = kj_pread_full(img->fd, &s[1], sizeof(*s), STATE_OFF, NULL);
	if (!r && memcmp(&s[0], &s[1], sizeof(*s)))
		r = -EIO;
	if (!r) {
		memcpy(img->state, &s[0], sizeof(*s));
		img->state_err = KJ_OK;
	}
	kj_munmap(p, 2 * sizeof(*s));
	return r ? fail(img, "state", r) : 0;
}

int kj_img_work_init(struct kj_img_work *w)
{
	size_t lz4 = kj_decompress_work(KJ_CODEC_LZ4), zstd = kj_decompress_work(KJ_CODEC_ZSTD);
	void *p;
	int r;

	memset(w, 0, sizeof(*w));
	w->codec_len = (lz4 > zstd ? lz4 : zstd) + 1;
	r = kj_alloc_pages(KJ_IMG_ROOM, &p);
	if (!r) {
		w->raw = p;
		r = kj_alloc_pages(KJ_IMG_ROOM, &p);
	}
	if (!r) {
		w->unit = p;
		r = kj_alloc_pages(w->codec_len, &p);
	}
	if (!r)
		w->codec = p;
	else
		kj_img_work_free(w);
	return r;
}

void kj_img_work_free(struct kj_img_work *w)
{
	kj_munmap(w->raw, KJ_IMG_ROOM);
	kj_munmap(w->unit, KJ_IMG_ROOM);
	kj_munmap(w->codec, w->codec_len);
	memset(w, 0, sizeof(*w));
}

static int unit_bad(const struct kj_le_entry *e, const char *what, int err, char *why)
{
	snprintf(why, KJ_IMG_WHY, "chunk %llu at offset %llu: %s",
		 (unsigned long long)kj_get_le64(e->unit), (unsigned long long)kj_get_le64(e->off),
		 what);
	return err;
}

int kj_img_unit(const struct kj_img *img, const struct kj_le_entry *e, struct kj_img_work *w, uint8_t *room, char *why,
		const uint8_t **ret)
{
	const uint32_t clen = kj_get_le32(e->clen), dlen = kj_get_le32(e->dlen), codec = kj_get_le16(e->codec);
	const size_t len = (size_t)kj_unit_weight(e->data) * 4096;
	const uint64_t off = kj_get_le64(e->off);
	uint8_t *raw = codec == KJ_CODEC_STORED ? room : w->raw;
	enum kj_err err;
	int r;

	*ret = NULL;
	if (!dlen)
		return 0;
	/* kj_entry_check() has seen to it, but the buffer is ours */
	if (dlen > KJ_IMG_ROOM || clen > dlen - sizeof(*e) || (codec == KJ_CODEC_STORED && clen != len))
		return unit_bad(e, "too long", -EBADMSG, why);
	r = kj_pread_full(img->fd, raw, dlen, off, NULL);
	if (r)
		return unit_bad(e, strerror(-r), r, why);
	if (img->sealed) {
		if (!img->seal || img->crypt->chunk(img->seal, kj_get_le64(e->unit), raw, dlen))
			return unit_bad(e, kj_strerror(KJ_ECRC), -EBADMSG, why);
	} else if (memcmp(raw, e, sizeof(*e))) {
		return unit_bad(e, "not the chunk that the index says", -EBADMSG, why);
	} else if (kj_xxh64(raw + sizeof(*e), dlen - sizeof(*e), kj_get_le64(e->unit)) != kj_get_le64(e->psum)) {
		return unit_bad(e, "checksum mismatch", -EBADMSG, why);
	}
	*ret = raw == room ? room + sizeof(*e) : room;
	if (raw == room)
		return 0;
	err = kj_decompress(codec, w->codec, w->codec_len, raw + sizeof(*e), clen, room, len);
	return err ? unit_bad(e, kj_strerror(err), -EBADMSG, why) : 0;
}

int kj_img_has(const struct kj_img *img, uint64_t pfn)
{
	uint64_t u = kj_unit_of(&img->ram, pfn);
	unsigned int bit = (unsigned int)(pfn % KJ_UNIT_PAGES);

	if (u >= img->nunits)
		return 0;
	return kj_unit_bit(img->index[u].data, bit) || kj_unit_bit(img->index[u].zero, bit);
}

int kj_img_page(struct kj_img *img, struct kj_img_work *w, uint64_t pfn, uint8_t page[4096])
{
	unsigned int bit = (unsigned int)(pfn % KJ_UNIT_PAGES), i, before = 0;
	const struct kj_le_entry *e;
	const uint8_t *data;
	int r;

	if (!kj_img_has(img, pfn)) {
		snprintf(img->why, sizeof(img->why), "page 0x%llx: not stored",
			 (unsigned long long)pfn << 12);
		return -ENOENT;
	}
	e = &img->index[kj_unit_of(&img->ram, pfn)];
	if (kj_unit_bit(e->zero, bit)) {
		memset(page, 0, 4096);
		return 0;
	}
	r = kj_img_unit(img, e, w, w->unit, img->why, &data);
	if (r)
		return r;
	for (i = 0; i < bit; i++)
		before += (unsigned int)kj_unit_bit(e->data, i);
	memcpy(page, data + (size_t)before * 4096, 4096);
	return 0;
}
