/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a kdump, by their place in the file that it is or that its flattened stream would make; must never
 * hand out a byte that the stream has not got.
 */
#ifndef KJ_CMD_KDFILE_H
#define KJ_CMD_KDFILE_H

#include <stddef.h>
#include <stdint.h>

/* A piece of the dump in the stream. */
struct kj_kdseg {
	uint64_t off; /* in the dump */
	uint64_t at;  /* in the stream */
	uint64_t len;
};

struct kj_kdfile {
	int fd;        /* the caller's */
	int flat;
	int ended;     /* a stream: it has its last record; a plain file always has */
	uint64_t size; /* of the dump: of the plain file, or the end of the last piece */
	struct kj_kdseg *seg; /* a stream: ascending, disjoint */
	uint32_t nseg, room;
};

/* 1: these are the first @len bytes of a kdump or of a stream. */
int kj_kdfile_is(const uint8_t *buf, size_t len);

/*
 * @fd is of a kdump or a stream of @size bytes. Of bytes that come more than once in a stream the last ones count, as
 * in makedumpfile -R, and what lies between two records is zeros; a record that is cut counts as far as it goes.
 * 0; -EBADMSG: *why says what is wrong; -ENOMEM, -EIO and others. Nothing needs closing after an error.
 */
int kj_kdfile_open(struct kj_kdfile *f, int fd, uint64_t size, const char **why);
void kj_kdfile_close(struct kj_kdfile *f);

/* @len bytes from @off on. -ENODATA: they are not all there, but the *got (may be NULL) first ones. Otherwise as
 * kj_pread_full(). */
int kj_kdfile_read(const struct kj_kdfile *f, void *buf, size_t len, uint64_t off, size_t *got);

#endif
