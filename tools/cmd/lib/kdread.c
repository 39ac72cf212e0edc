// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Headers and bitmaps of a kdump, plain or flattened. It must never read behind what the file is
 * known to hold.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/kdread.h"
#include "core/kdump.h"

#define PIECE 4096u

static int bad(const char **why, const char *what)
{
	*why = what;
	return -EBADMSG;
}

int kj_kdread_head(const struct kj_kdfile *f, struct kj_kdump *ret, const char **why)
{
	uint8_t head[KJ_KDUMP_HEAD];
	enum kj_err e;
	int err = kj_kdfile_read(f, head, sizeof(head), 0, NULL);

	if (err)
		return err == -ENODATA ? bad(why, "headers are cut") : err;
	e = kj_kdump_parse(head, sizeof(head), f->size, ret);
	if (e == KJ_EMAGIC && f->flat && !memcmp(head, "\177ELF", 4))
		return bad(why, "a stream of an ELF core: make a file of it first, by makedumpfile -R");
	if (e == KJ_EUNSUPP && kj_kdump_is_part(head))
		return bad(why, "a part of a split dump: reassemble it first");
	return e ? bad(why, kj_strerror(e)) : 0;
}

/* Count the bits of [from, to). */
static int count(const struct kj_kdfile *f, uint64_t from, uint64_t to, uint64_t *bits)
{
	uint64_t buf[PIECE / 8];
	unsigned int i;
	int err = 0;

	for (; !err && from < to; from += PIECE) {
		err = kj_kdfile_read(f, buf, sizeof(buf), from, NULL);
		for (i = 0; !err && i < PIECE / 8; i++)
			*bits += (unsigned int)__builtin_popcountll(buf[i]);
	}
	return err;
}

int kj_kdread(int fd, uint64_t size, struct kj_kdread *ret, const char **why)
{
	struct kj_kdfile f;
	int err;

	memset(ret, 0, sizeof(*ret));
	err = kj_kdfile_open(&f, fd, size, why);
	if (err)
		return err == -ENODATA ? bad(why, "the file ends early") : err;
	ret->flat = f.flat;
	err = kj_kdread_head(&f, &ret->k, why);
	if (!err)
		err = count(&f, ret->k.bitmap1, ret->k.bitmap2, &ret->ram);
	if (!err)
		err = count(&f, ret->k.bitmap2, ret->k.desc, &ret->kept);
	if (err == -ENODATA)
		err = bad(why, "the file ends in the bitmaps");
	if (!err && !f.flat && ret->kept > (size - ret->k.desc) / sizeof(struct kj_le_page_desc))
		err = bad(why, "the file ends in the descriptors");
	ret->complete = f.ended && !(ret->k.status & KJ_KDUMP_INCOMPLETE);
	kj_kdfile_close(&f);
	return err;
}
