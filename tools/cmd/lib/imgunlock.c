// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The key of an encrypted image, from the secret half of the pair that it was encrypted to. It must never hand out a header
 * that was not authenticated.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/lib/imgread.h"
#include "sys/compat.h"
#include "sys/io.h"

static const struct kj_img_crypt crypt = { kj_unseal_entry, kj_unseal_chunk };

static int take_seal(struct kj_img *img)
{
	void *p;
	int r = kj_alloc_shared(sizeof(*img->seal), &p);

	if (r)
		snprintf(img->why, sizeof(img->why), "out of memory");
	else
		img->seal = p;
	return r;
}

/* By ->seal, which is wiped if @r says so or it opens nothing. */
static int open_header(struct kj_img *img, int r)
{
	struct kj_le_image *h = (void *)(img->pages + 8192);
	enum kj_err e;

	if (!r)
		r = kj_pread_full(img->fd, h, sizeof(*h), kj_get_le64(img->sealed->end_off), NULL);
	if (!r)
		r = kj_unseal_header(img->seal, img->sealed, h);
	if (r == -EBADMSG)
		snprintf(img->why, sizeof(img->why), "header: does not open with its own key: damaged");
	else if (r)
		snprintf(img->why, sizeof(img->why), "encrypted header: %s", strerror(-r));
	if (!r) {
		e = kj_image_check(h, img->size);
		if (!e)
			e = kj_sealed_match(img->sealed, h);
		if (e)
			snprintf(img->why, sizeof(img->why), "encrypted header: %s", kj_strerror(e));
		r = e ? -EBADMSG : 0;
	}
	if (r) {
		kj_img_lock(img);
		return r;
	}
	img->crypt = &crypt;
	kj_img_take_head(img, h);
	return 0;
}

int kj_img_unlock(struct kj_img *img, const uint8_t secret[KJ_CRYPT_KEY])
{
	int r;

	if (!img->sealed)
		return 0;
	r = take_seal(img);
	return r ? r : open_header(img, kj_seal_again(img->sealed, secret, img->seal));
}

int kj_img_unlock_handover(struct kj_img *img, const struct kj_le_handover *hand)
{
	int r = take_seal(img);

	if (r)
		return r;
	memcpy(img->seal->key, hand->key, sizeof(img->seal->key));
	memcpy(img->seal->digest, hand->digest, sizeof(img->seal->digest));
	return open_header(img, 0);
}

void kj_img_handover(const struct kj_img *img, struct kj_le_handover *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->magic, KJ_HANDOVER_MAGIC, sizeof(ret->magic));
	memcpy(ret->id, img->id, sizeof(ret->id));
	memcpy(ret->key, img->seal->key, sizeof(ret->key));
	memcpy(ret->digest, img->seal->digest, sizeof(ret->digest));
}
