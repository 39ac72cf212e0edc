// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What kjump-info says of images and of targets. It must never show a header whose checksum is wrong.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/info_image.h"
#include "cmd/lib/info_put.h"
#include "cmd/lib/record.h"
#include "core/date.h"
#include "core/extents.h"
#include "core/job.h"
#include "core/sealed.h"
#include "sys/die.h"
#include "sys/io.h"

/* For an initramfs that has no date(1). */
static void put_saved_at(uint64_t seconds)
{
	char text[KJ_DATE_TEXT];

	kj_info_text("SAVED_AT", kj_date_text(seconds, text), sizeof(text));
}

/* The file systems that it will be compared with. */
static void put_prints(const struct kj_le_prints *p)
{
	char key[24];
	unsigned int n = 0;

	for (uint32_t i = 0; i < kj_get_le32(p->n); i = kj_print_next(p, i), n++) {
		uint64_t below;

		snprintf(key, sizeof(key), "FS%u", n);
		printf("%s=%s\n", key, kj_print_name(kj_get_le32(p->fs[i].kind)));
		snprintf(key, sizeof(key), "FS%u_UUID", n);
		kj_info_bytes(key, p->fs[i].uuid, sizeof(p->fs[i].uuid));
		snprintf(key, sizeof(key), "FS%u_SUM", n);
		kj_info_hex(key, kj_get_le64(p->fs[i].sum));
		snprintf(key, sizeof(key), "FS%u_PIECES", n);
		kj_info_num(key, kj_print_pieces(p, i, &below));
	}
}

static void put_image(const struct kj_le_image *h, const struct kj_le_state *s)
{
	static struct kj_ranges ram, window;

	kj_image_ranges(h, &ram, &window);
	puts("KIND=image");
	printf("STATE=%s\n", kj_state_name(kj_get_le32(s->state)));
	kj_info_num("LOADS", kj_get_le32(s->loads));
	kj_info_bytes("ID", h->id, sizeof(h->id));
	kj_info_bytes("LABEL", h->label_uuid, sizeof(h->label_uuid));
	kj_info_num("CREATED", kj_get_le64(h->t_created));
	kj_info_num("SAVED", kj_get_le64(h->t_saved));
	put_saved_at(kj_get_le64(h->t_saved));
	kj_info_num("DATA_PAGES", kj_get_le64(h->data_pages));
	kj_info_num("ZERO_PAGES", kj_get_le64(h->zero_pages));
	kj_info_num("FREE_PAGES", kj_get_le64(h->free_pages));
	kj_info_num("BYTES", kj_get_le64(h->end_off));
	printf("CODEC=%s\n", kj_codec_name(kj_get_le32(h->codec)));
	kj_info_hex("RE", kj_get_le64(h->jump.re));
	kj_info_hex("CR4", kj_get_le64(h->jump.cr4));
	kj_info_hex("JOB_PA", kj_get_le64(h->jump.job_pa));
	kj_info_hex("MBOX_PA", kj_get_le64(h->jump.mbox_pa));
	kj_info_ranges("WINDOW", &window);
	kj_info_ranges("RAM", &ram);
	put_prints(&h->prints);
	kj_info_host(&h->host);
}

/* Of an encrypted one there is not more to be seen. */
static void put_sealed(const struct kj_le_sealed *h, const struct kj_le_state *s, uint64_t bytes)
{
	const uint32_t kind = kj_get_le32(h->key.kind);

	puts("KIND=image\nENCRYPTED=yes");
	printf("KEY=%s\n", kj_key_kind_name(kind));
	if (kind == KJ_KEY_PASSPHRASE) {
		kj_info_num("KEY_MEMORY", kj_get_le32(h->key.memory));
		kj_info_num("KEY_PASSES", kj_get_le32(h->key.passes));
	}
	printf("STATE=%s\n", kj_state_name(kj_get_le32(s->state)));
	kj_info_num("LOADS", kj_get_le32(s->loads));
	kj_info_bytes("ID", h->id, sizeof(h->id));
	kj_info_bytes("LABEL", h->label_uuid, sizeof(h->label_uuid));
	kj_info_num("BYTES", bytes);
}

int kj_info_image(const char *path, int fd, uint64_t size, const struct kj_le_image *h)
{
	static struct kj_le_state s;
	struct kj_image_look look;
	enum kj_err e = kj_image_look(h, size, &look);
	int err;

	if (e)
		die(EX_DATAERR, "%s: image header: %s", path, kj_strerror(e));
	err = kj_pread_full(fd, &s, sizeof(s), KJ_BLOCK, NULL);
	if (err)
		die(err == -ENODATA ? EX_DATAERR : EX_IOERR, "%s: image state: %s", path, strerror(-err));
	e = kj_state_check(&s, look.id);
	if (e)
		die(EX_DATAERR, "%s: image state: %s", path, kj_strerror(e));
	if (look.sealed)
		put_sealed((const void *)h, &s, look.bytes);
	else
		put_image(h, &s);
	return kj_info_end(0);
}

int kj_info_swsusp(const char *path, uint64_t size, const struct kj_le_swsusp_head *h)
{
	enum kj_err e = kj_swsusp_check(h, size);

	if (e)
		die(EX_DATAERR, "%s: swsusp image: %s", path, kj_strerror(e));
	puts("KIND=swsusp");
	printf("STATE=%s\n", kj_swsusp_state_name(kj_swsusp_state(h)));
	kj_info_bytes("ID", h->id, sizeof(h->id));
	kj_info_bytes("LABEL", h->label_uuid, sizeof(h->label_uuid));
	kj_info_num("CREATED", kj_get_le64(h->t_created));
	kj_info_num("SAVED", kj_get_le64(h->t_saved));
	put_saved_at(kj_get_le64(h->t_saved));
	kj_info_num("DATA_PAGES", kj_get_le64(h->data_pages));
	kj_info_num("ZERO_PAGES", kj_get_le64(h->zero_pages));
	kj_info_num("FREE_PAGES", kj_get_le64(h->free_pages));
	kj_info_num("BYTES", kj_get_le64(h->end_off));
	printf("CODEC=%s\n", kj_codec_name(kj_get_le32(h->codec)));
	kj_info_text("RELEASE", h->release, sizeof(h->release));
	return kj_info_end(0);
}

static void put_record(const char *path, int fd, uint64_t size)
{
	static struct kj_le_record r;
	enum kj_err e;
	int err = kj_pread_full(fd, &r, sizeof(r), kj_record_offset(size), NULL);

	if (err)
		die(EX_IOERR, "%s: job record: %s", path, strerror(-err));
	e = kj_block_check(&r, KJ_RECORD_MAGIC);
	if (e) {
		printf("REC_STATE=%s\n", e == KJ_EMAGIC ? "none" : "bad");
		return;
	}
	printf("REC_STATE=%s\n", kj_record_name(kj_get_le32(r.state)));
	kj_info_bytes("REC_ID", r.id, sizeof(r.id));
	kj_info_bytes("REC_BOOT_ID", r.boot_id, sizeof(r.boot_id));
	printf("REC_MODE=%s\n", kj_mode_name(kj_get_le32(r.mode)));
	kj_info_num("REC_RESULT", kj_get_le32(r.result));
	kj_info_num("REC_TIME", kj_get_le64(r.t_pending));
	kj_info_num("REC_STATE_TIME", kj_get_le64(r.t_state));
	kj_info_text("REC_TEXT", r.text, sizeof(r.text));
}

int kj_info_label(const char *path, int fd, uint64_t size)
{
	static struct kj_le_label l;
	uint64_t off = kj_label_offset(size);
	enum kj_err e;
	int err;

	if (!off)
		return 1;
	err = kj_pread_full(fd, &l, sizeof(l), off, NULL);
	if (err)
		die(EX_IOERR, "%s: label: %s", path, strerror(-err));
	e = kj_block_check(&l, KJ_LABEL_MAGIC);
	if (e == KJ_EMAGIC)
		return 1;
	if (e)
		die(EX_DATAERR, "%s: label: %s", path, kj_strerror(e));
	if (kj_get_le64(l.dev_size) != size)
		die(EX_DATAERR, "%s: label: of a device of %llu bytes, this one has %llu", path,
		    (unsigned long long)kj_get_le64(l.dev_size), (unsigned long long)size);
	puts("KIND=label");
	printf("PLACE=%s\n", path);
	kj_info_bytes("LABEL_UUID", l.uuid, sizeof(l.uuid));
	kj_info_num("DEV_SIZE", size);
	kj_info_num("USABLE", kj_target_usable(size));
	put_record(path, fd, size);
	return kj_info_end(0);
}

int kj_info_waits(int fd, uint64_t size, const struct kj_le_image *first)
{
	/* where they lie on a target: together, so that the disk is waited for once */
	static struct {
		struct kj_le_record r;
		struct kj_le_label l;
	} end;
	uint64_t off = kj_label_offset(size), list;
	enum kj_err e;
	int err;

	if (!memcmp(first->magic, KJ_IMAGE_MAGIC, sizeof(first->magic)) ||
	    !memcmp(first->magic, KJ_SWSUSP_MAGIC, sizeof(first->magic)) ||
	    kj_swap_marked((const uint8_t *)first, &list) != KJ_EMAGIC)
		return 1;
	if (!off)
		return 0;
	if (kj_pread_full(fd, &end, sizeof(end), kj_record_offset(size), NULL))
		return 1;
	e = kj_block_check(&end.l, KJ_LABEL_MAGIC);
	if (e)
		return e != KJ_EMAGIC;
	err = kj_record_read(fd, size, &end.r);
	if (err)
		return err != -ENOENT;
	return kj_record_unfinished(&end.r, 0);
}
