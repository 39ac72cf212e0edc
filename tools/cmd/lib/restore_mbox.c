// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Filling in a mailbox. It must never touch magic, nonce or anything it was not told.
 */
#include <string.h>

#include "cmd/lib/restore_mbox.h"
#include "core/parse.h"

enum kj_err kj_how_parse(const char *name, uint32_t *ret)
{
	static const struct {
		const char *name;
		uint32_t how;
	} hows[] = {
		{ "jump", KJ_HOW_JUMP },
		{ "s5", KJ_HOW_S5 },
		{ "s4", KJ_HOW_S4 },
	};
	size_t i;

	for (i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		if (!strcmp(name, hows[i].name)) {
			*ret = hows[i].how;
			return KJ_OK;
		}
	}
	return KJ_ENOTFOUND;
}

/* A always reads one printable line that ends. */
static void put_text(char *dst, size_t cap, const char *src)
{
	size_t i;

	memset(dst, 0, cap);
	for (i = 0; src && src[i] && i + 1 < cap; i++)
		dst[i] = src[i] < ' ' || src[i] > '~' ? '?' : src[i];
}

void kj_mbox_stats(struct kj_le_mbox *m, const char *text, size_t len)
{
	const struct {
		const char *key;
		le64 *field;
	} keys[] = {
		{ "PAGES_DATA=", &m->pages_data }, { "PAGES_ZERO=", &m->pages_zero },
		{ "PAGES_FREE=", &m->pages_free }, { "BYTES=", &m->bytes },
		{ "MS_SAVE=", &m->ms_save },
	};
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl ? nl : end) - text), i;

		for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			size_t k = strlen(keys[i].key);
			uint64_t v;

			if (n > k && !memcmp(text, keys[i].key, k) &&
			    !kj_parse_u64(text + k, n - k, &v))
				*keys[i].field = kj_put_le64(v);
		}
		text += n + 1;
	}
}

void kj_mbox_entered(struct kj_le_mbox *m, const struct kj_mbox_report *r)
{
	m->entered = kj_put_le32(r->entered);
	m->restored = kj_put_le32(KJ_HOW_NONE);
	m->result = kj_put_le32(r->result);
	if (r->id)
		memcpy(m->id, r->id, sizeof(m->id));
	m->t_entered = kj_put_le64(r->t_boot);
	/* on the way back the dump, if there was one, is done */
	if (r->entered == KJ_HOW_JUMP && kj_get_le64(m->bytes))
		m->t_saved = kj_put_le64(r->now);
	m->ms_boot = kj_put_le64(r->ms_boot);
	m->stays = kj_put_le32(r->stays);
	put_text(m->text, sizeof(m->text), r->text);
	put_text(m->who, sizeof(m->who), r->who);
	kj_block_seal(m, KJ_MBOX_MAGIC);
}

void kj_mbox_restored(struct kj_le_mbox *m, uint32_t how, const struct kj_le_image *h,
		      uint64_t now, const char *who)
{
	m->restored = kj_put_le32(how);
	m->t_saved = h->t_saved;
	m->t_restored = kj_put_le64(now);
	m->pages_data = h->data_pages;
	m->pages_zero = h->zero_pages;
	m->pages_free = h->free_pages;
	m->bytes = h->end_off;
	put_text(m->who, sizeof(m->who), who);
	kj_block_seal(m, KJ_MBOX_MAGIC);
}
