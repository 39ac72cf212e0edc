// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The key of the image that is being written. It must never be used for two images, nor stay in memory when the image is
 * done or given up.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/dump.h"
#include "sys/compat.h"

int kj_dump_seal(struct kj_dump *d)
{
	struct kj_le_sealed *h = &d->sealed;
	void *p;
	int err;

	if (!d->key)
		return 0;
	if (!d->seal) {
		err = kj_alloc_shared(sizeof(*d->seal), &p);
		if (err)
			return kj_dump_fail(d, EX_OSERR, "out of memory");
		d->seal = p;
	}
	memset(h, 0, sizeof(*h));
	memcpy(h->id, d->id, sizeof(h->id));
	memcpy(h->label_uuid, d->label_uuid, sizeof(h->label_uuid));
	h->cipher = kj_put_le32(KJ_SEALED_CIPHER);
	h->key = *d->key;
	err = kj_seal_new(h, d->seal);
	return err ? kj_dump_fail(d, err == -EINVAL ? EX_DATAERR : EX_OSERR, "%s: no key for the image: %s", d->target,
				  err == -EINVAL ? "the public key is none" : strerror(-err)) :
		     0;
}

void kj_dump_seal_end(struct kj_dump *d)
{
	if (!d->seal)
		return;
	kj_wipe(d->seal, sizeof(*d->seal));
	kj_munmap(d->seal, sizeof(*d->seal));
	d->seal = NULL;
}
