// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of an image that is not restored, and word of a job that never ended. It must never make an image that was used
 * look as if it had not been, nor give a swap area back while an image in it could be restored.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/place.h"
#include "cmd/lib/record.h"
#include "cmd/lib/restore_giveup.h"
#include "cmd/lib/restore_told.h"
#include "cmd/lib/target.h"
#include "core/date.h"
#include "core/job.h"
#include "core/swsusp.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

#define NONE 1 /* clean no */

/* Gives up one that the kernel's own loader would take. 1: there is none of that kind. */
static int stale_swsusp(const char *path)
{
	static struct kj_le_swsusp_head h;
	int fd = kj_open_rw(path), err;

	if (fd < 0)
		return 1;
	err = kj_pread_full(fd, &h, sizeof(h), 0, NULL);
	if (err || kj_swsusp_check(&h, UINT64_MAX)) {
		kj_close(fd);
		return 1;
	}
	if (kj_swsusp_state(&h) == KJ_SWS_READY) {
		memcpy(h.sig, KJ_SWSUSP_STALE, sizeof(h.sig));
		err = kj_pwrite_full(fd, &h, sizeof(h), 0);
		if (!err)
			err = kj_fsync(fd);
		if (!err)
			kj_log(KJ_LOG_NOTE, "%s: image given up", path);
	}
	kj_close(fd);
	if (err)
		kj_log(KJ_LOG_ERR, "%s: %s", path, strerror(-err));
	return err ? EX_IOERR : 0;
}

/* A swap area is to be one again. 1: it is none, or has not been marked by us. */
static int give_back(const char *path)
{
	struct kj_list l;
	const char *why;
	char dev[256];
	uint64_t block;
	int fd, err = kj_place_split(path, dev, sizeof(dev), &block);

	if (err || block == KJ_PLACE_WHOLE)
		return 1;
	fd = kj_open_rw(dev);
	if (fd < 0) {
		kj_log(KJ_LOG_ERR, "%s: %s", dev, strerror(-fd));
		return EX_NOINPUT;
	}
	err = kj_list_read(fd, block, &l, &why);
	if (!err)
		err = l.x.kind == KJ_EXTENTS_SWAP ? kj_list_unmark(&l, fd) : -ENOMSG;
	kj_list_free(&l);
	kj_close(fd);
	if (err == -ENOMSG)
		return 1;
	/* who looked for the image has said it */
	if (err == -EBADMSG)
		return EX_DATAERR;
	if (err)
		kj_log(KJ_LOG_ERR, "%s: %s", path, strerror(-err));
	else
		kj_log(KJ_LOG_NOTE, "%s: swap area given back", path);
	return err ? EX_IOERR : 0;
}

/* *@lost: it is one of ours, and was not given up before. */
static int stale_image(struct kj_restore *r, int *lost)
{
	uint32_t loads;
	int status = stale_swsusp(r->path);

	*lost = 0;
	if (status != 1)
		return status;
	status = kj_restore_open(r, 1);
	if (status)
		return status;
	/* one that was used is never made to look as if it had not been */
	if (!r->img.state_err && kj_img_state(&r->img, &loads) == KJ_ST_CONSUMED)
		return 0;
	kj_img_state(&r->img, &loads);
	if (kj_img_state_write(&r->img, KJ_ST_STALE, loads)) {
		kj_log(KJ_LOG_ERR, "%s: %s", r->path, r->img.why);
		return EX_IOERR;
	}
	kj_log(KJ_LOG_NOTE, "%s: image given up", r->path);
	*lost = 1;
	return 0;
}

/* Give it up, and say so in the record. */
static int lose_image(struct kj_restore *r)
{
	uint8_t id[16];
	int lost, status = stale_image(r, &lost);

	memcpy(id, r->img.id, sizeof(id));
	kj_restore_close(r);
	if (lost)
		kj_restore_told_lost(r->path, id);
	return status;
}

int kj_restore_stale(struct kj_restore *r)
{
	int swap, status;

	/* the image first: a swap area that swapon takes must not hold one that could be restored */
	status = lose_image(r);
	if (status && status != NONE && status != EX_DATAERR)
		return status;
	swap = give_back(r->path);
	return swap == 1 || (status && status != NONE) ? status : swap;
}

/* Is there an image of job @id that a boot would restore? */
static int image_waits(const struct kj_target *t, const uint8_t id[16])
{
	static struct kj_le_image h;
	static struct kj_le_state s;
	struct kj_image_look look;
	uint32_t state;

	if (kj_pread_full(t->fd, &h, sizeof(h), 0, NULL))
		return 0;
	if (kj_swsusp_waits(&h, t->usable, id))
		return 1;
	if (kj_pread_full(t->fd, &s, sizeof(s), sizeof(h), NULL) ||
	    kj_image_look(&h, t->usable, &look) || memcmp(look.id, id, sizeof(look.id)) ||
	    kj_state_check(&s, id))
		return 0;
	state = kj_get_le32(s.state);
	return state == KJ_ST_READY || state == KJ_ST_LOADING;
}

int kj_restore_report(const char *path)
{
	static struct kj_le_record rec;
	char when[KJ_DATE_TEXT], text[sizeof(rec.text)];
	struct kj_target t;
	uint32_t was;
	int err = kj_target_open(path, O_RDWR | O_EXCL, &t);

	if (err == -ENODEV)
		return NONE;
	if (err == -EBADMSG)
		die(EX_DATAERR, "%s: extent list is damaged", path);
	if (err)
		die(err == -EBUSY ? EX_TEMPFAIL : EX_NOINPUT, "%s: %s", path, strerror(-err));
	if (kj_record_read(t.fd, t.size, &rec) ||
	    !kj_record_unfinished(&rec, image_waits(&t, rec.id)))
		return NONE;
	was = kj_get_le32(rec.state);
	memcpy(text, rec.text, sizeof(text));
	err = kj_record_write(t.fd, t.size, &rec, KJ_REC_REPORTED, kj_get_le32(rec.result), text,
			      kj_record_now());
	printf("%s: job ", path);
	for (unsigned int i = 0; i < sizeof(rec.id); i++)
		printf("%02x", rec.id[i]);
	printf(" (%s of %s, %s) never finished: the machine was reset before it did\n",
	       kj_mode_name(kj_get_le32(rec.mode)),
	       kj_date_text(kj_get_le64(rec.t_pending), when), kj_record_name(was));
	if (fflush(stdout) || err)
		die(EX_IOERR, "%s: record of the job: %s", path, strerror(err ? -err : EIO));
	kj_target_close(&t);
	return 0;
}
