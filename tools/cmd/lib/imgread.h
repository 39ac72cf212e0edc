/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image for reading: header, state, index and the pages of a unit, each checked before it is
 * handed out; must never write anything but the state block, and that only when asked to.
 *
 * Functions return 0 or -errno; -EBADMSG is damage. The text of a failure stands in ->why (or
 * where the caller says), without the path, for one line on stderr.
 */
#ifndef KJ_CMD_IMGREAD_H
#define KJ_CMD_IMGREAD_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/lib/crypt.h"
#include "core/image.h"
#include "core/sealed.h"

#define KJ_IMG_WHY 160u

struct kj_img {
	int fd;
	const char *path;		/* the caller's */
	int is_block;
	uint64_t size;			/* bytes of the device or file */
	uint8_t id[16];
	uint8_t *pages;			/* where head, sealed and state lie */
	struct kj_le_image *head;	/* checked; NULL: encrypted, and kj_img_unlock() has not been here */
	struct kj_le_sealed *sealed;	/* checked; NULL: it is not encrypted */
	const struct kj_img_crypt *crypt;	/* how its pieces open; NULL as head */
	struct kj_seal *seal;		/* its key, shared with children; NULL as head */
	struct kj_le_state *state;	/* only if state_err is KJ_OK */
	enum kj_err state_err;
	struct kj_ranges ram, window;
	uint64_t nunits;
	struct kj_le_entry *index;	/* nunits of them, checked; NULL before kj_img_index() */
	size_t index_len;
	char why[KJ_IMG_WHY];
};

/* Set by kj_img_unlock(), so that programs that open none carry no cryptography. As kj_unseal_entry(), kj_unseal_chunk(). */
struct kj_img_crypt {
	int (*entry)(const struct kj_seal *s, uint64_t unit, const uint8_t id[16], struct kj_le_entry *e);
	int (*chunk)(const struct kj_seal *s, uint64_t unit, uint8_t *chunk, size_t dlen);
};

/* imgread.c for imgunlock.c: @h, checked, is the header. */
void kj_img_take_head(struct kj_img *img, struct kj_le_image *h);

/* Longest chunk: entry and a stored unit. */
#define KJ_IMG_ROOM (KJ_UNIT_BYTES + 4096u)

/* Buffers for one reader of units. */
struct kj_img_work {
	uint8_t *raw;			/* one packed chunk as it lies on disk */
	uint8_t *unit;			/* KJ_IMG_ROOM for its pages */
	uint8_t *codec;
	size_t codec_len;
};

/*
 * Open @path and check header and state. A block device is read past the page cache; with @rw it
 * is opened for the state block too, and for ourselves alone (-EBUSY if it is in use).
 * -ENOMSG: there is no image; -EBADMSG: a damaged header; -ENOENT and others: as open(2).
 */
int kj_img_open(struct kj_img *img, const char *path, int rw);
void kj_img_close(struct kj_img *img);

/* imgunlock.c: open an encrypted image by the secret half of its key (kj_key_open()), or do nothing if it is not encrypted.
 * -EBADMSG: what was encrypted is damaged, or not this image's. */
int kj_img_unlock(struct kj_img *img, const uint8_t secret[KJ_CRYPT_KEY]);
/* The same of an encrypted one by the key that another kernel has handed on; kj_handover_check() has been here. */
int kj_img_unlock_handover(struct kj_img *img, const struct kj_le_handover *hand);
/* The key of an encrypted image that is open, to be handed on. */
void kj_img_handover(const struct kj_img *img, struct kj_le_handover *ret);
/* Wipe its key: no unit can be read any more, by children neither. The header stays. */
void kj_img_lock(struct kj_img *img);

/* Read and check the whole index, and its sums against the header. */
int kj_img_index(struct kj_img *img);

/* State of the image, a number for kj_state_name(), and how often it was loaded; 0 and 0 if the
 * state block is damaged. */
uint32_t kj_img_state(const struct kj_img *img, uint32_t *loads);

/* Write the state block, flush it and read it back. */
int kj_img_state_write(struct kj_img *img, enum kj_image_state st, uint32_t loads);

int kj_img_work_init(struct kj_img_work *w);
void kj_img_work_free(struct kj_img_work *w);

/* The data pages of unit @e, one after another, somewhere in @room (KJ_IMG_ROOM bytes, at a page's start): *ret leads to
 * them. What is stored as it is, is read there and stays there. Verified; @why gets KJ_IMG_WHY bytes at most. 0, with
 * *ret NULL for a unit without data; -EBADMSG: not what was written; else -errno of the read. */
int kj_img_unit(const struct kj_img *img, const struct kj_le_entry *e, struct kj_img_work *w, uint8_t *room, char *why,
		const uint8_t **ret);

/* One page of A's. -ENOENT: it is not stored. Needs the index. */
int kj_img_page(struct kj_img *img, struct kj_img_work *w, uint64_t pfn, uint8_t page[4096]);

/* True if page @pfn is stored, be it as zeros. Needs the index. */
int kj_img_has(const struct kj_img *img, uint64_t pfn);

#endif
