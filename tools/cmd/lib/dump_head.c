// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The last step of an image: state and header. It must never run before every chunk and index
 * block has been written.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/dump.h"
#include "cmd/lib/record.h"
#include "core/image.h"
#include "sys/io.h"

static void put_ranges(struct kj_le_range *r, const struct kj_ranges *from)
{
	uint32_t i;

	for (i = 0; i < from->n; i++) {
		r[i].start = kj_put_le64(from->r[i].start);
		r[i].end = kj_put_le64(from->r[i].end);
	}
}

static void fill_header(const struct kj_dump *d, struct kj_le_image *h)
{
	const struct kj_facts *f = &d->m->facts;

	memset(h, 0, sizeof(*h));
	memcpy(h->id, d->id, 16);
	memcpy(h->label_uuid, d->label_uuid, 16);
	h->t_created = kj_put_le64(d->t_created);
	h->t_saved = kj_put_le64(kj_record_now());
	h->unit_pages = kj_put_le32(KJ_UNIT_PAGES);
	h->codec = kj_put_le32(d->codec);
	h->nunits = kj_put_le64(d->nunits);
	h->index_off = kj_put_le64(KJ_INDEX_OFF);
	h->data_off = kj_put_le64(kj_image_data_off(d->nunits));
	h->end_off = kj_put_le64(d->sh->next);
	h->data_pages = kj_put_le64(d->sh->data);
	h->zero_pages = kj_put_le64(d->sh->zero);
	h->free_pages = kj_put_le64(d->sh->left);
	h->incompat = kj_put_le64(d->fill ? KJ_IMAGE_FILL : 0);
	h->fill = kj_put_le64(d->fill ? d->fill_pattern : 0);
	h->ram_pages = kj_put_le64(kj_ranges_pages(&d->m->ram));
	h->jump.re = kj_put_le64(f->re);
	h->jump.table = kj_put_le64(d->m->cp.table);
	h->jump.swap = kj_put_le64(d->m->cp.swap);
	h->jump.map = kj_put_le64(d->m->cp.head);
	h->jump.cr4 = kj_put_le64(d->m->cp.cr4);
	h->jump.job_pa = kj_put_le64(f->job_pa);
	h->jump.mbox_pa = kj_put_le64(f->mbox_pa);
	memcpy(h->jump.job_nonce, f->job_nonce, 16);
	memcpy(h->jump.mbox_nonce, f->mbox_nonce, 16);
	h->host = f->host;
	h->nram = kj_put_le32(d->m->ram.n);
	h->nwindow = kj_put_le32(f->window.n);
	put_ranges(h->ram, &d->m->ram);
	put_ranges(h->window, &f->window);
	if (d->prints && kj_get_le32(d->prints->n)) {
		h->incompat = kj_put_le64(kj_get_le64(h->incompat) | KJ_IMAGE_PRINTS);
		h->prints = *d->prints;
	}
	kj_image_seal(h);
}

/* The header goes behind the chunks, encrypted, and @front becomes what anybody can read. */
static int seal_header(struct kj_dump *d, struct kj_le_image *h, struct kj_le_sealed *front)
{
	const uint64_t end = d->sh->next;

	if (end > d->capacity || d->capacity - end < KJ_SEALED_TAIL)
		return kj_dump_fail(d, EX_CANTCREAT, "%s: target too small: it takes %llu MiB, the image %llu MiB", d->target,
				    (unsigned long long)(d->capacity >> 20), (unsigned long long)(end >> 20) + 1);
	d->sealed.nunits = h->nunits;
	d->sealed.data_off = h->data_off;
	d->sealed.end_off = h->end_off;
	kj_seal_header(d->seal, &d->sealed, h);
	kj_sealed_seal(&d->sealed);
	*front = d->sealed;
	return kj_dump_write(d, h, sizeof(*h), end);
}

static int read_back(struct kj_dump *d, void *buf, size_t len, uint64_t off)
{
	int err = kj_pread_full(d->dfd, buf, len, off, NULL);

	/* O_DIRECT that the device takes at open and refuses here */
	return err == -EINVAL ? kj_pread_full(d->fd, buf, len, off, NULL) : err;
}

/* @buf: header and state, and room to read both back; then the header that is encrypted, and room for that. */
int kj_dump_image_finish(struct kj_dump *d, uint8_t buf[KJ_DUMP_FINISH])
{
	struct kj_le_image *h = (void *)(buf + 16384);
	enum kj_err e;
	int err;

	fill_header(d, h);
	/* our own reader is the judge before anybody has to rely on it */
	e = kj_image_check(h, UINT64_MAX);
	if (e)
		return kj_dump_fail(d, EX_SOFTWARE, "%s: header: %s", d->target, kj_strerror(e));
	d->bytes = d->sh->next + (d->seal ? KJ_SEALED_TAIL : 0);
	if (!d->seal)
		memcpy(buf, h, sizeof(*h));
	else if (seal_header(d, h, (void *)buf))
		return (int)d->sh->status;
	err = kj_fsync(d->fd);
	if (err)
		return kj_dump_fail_io(d, d->target, err);
	kj_state_seal((void *)(buf + 4096), d->id, KJ_ST_READY, 0, kj_record_now());
	err = kj_pwrite_full(d->fd, buf + 4096, 4096, 4096);
	if (!err)
		err = kj_pwrite_full(d->fd, buf, 4096, 0);
	if (!err)
		err = kj_fsync(d->fd);
	if (!err)
		err = read_back(d, buf + 8192, 8192, 0);
	if (!err && d->seal)
		err = read_back(d, buf + 20480, 4096, d->sh->next);
	if (err)
		return kj_dump_fail_io(d, d->target, err);
	if (memcmp(buf, buf + 8192, 8192) || (d->seal && memcmp(buf + 16384, buf + 20480, 4096)))
		return kj_dump_fail(d, EX_IOERR, "%s: header reads back different", d->target);
	return 0;
}
