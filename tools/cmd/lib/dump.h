/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the formats of kjump-dump share: the source, the target, worker processes and the first
 * failure's text. Must never report success while a batch is not done.
 *
 * Functions that return int return 0 or an exit status; the text is in ->sh->why then, to be
 * printed behind the object it is about, which stands in it already.
 */
#ifndef KJ_CMD_DUMP_H
#define KJ_CMD_DUMP_H

#include <signal.h>
#include <stdint.h>

#include "cmd/lib/amem.h"
#include "cmd/lib/crypt.h"
#include "cmd/lib/keep.h"
#include "cmd/lib/progress.h"
#include "sys/workers.h"

#define KJ_DUMP_BATCH 32u               /* units: their index entries are one block */
#define KJ_DUMP_WALK (1u << 20)         /* bytes of A's memory that a worker maps at once */
#define KJ_DUMP_WALK_BACKUP (64u << 10) /* the same for backup pages, which are scattered */

#define KJ_DUMP_PARTS 8u                /* items that a section of 128 MiB makes (kdump) */
#define KJ_DUMP_ROUNDS 4u               /* and how often it is come to, each time for other pages */

/* Shared with the workers; numbers are changed atomically. */
struct kj_dump_shared {
	uint32_t stop;             /* workers leave as soon as they see it */
	uint32_t status;           /* of the first failure */
	uint64_t done;             /* pages dealt with */
	uint64_t data, zero, left; /* pages stored, zero, left out */
	uint64_t packed[4];        /* of the first, by codec, as kj_pack_index() (kdump) */
	uint64_t missing;          /* pages of RAM that the source does not hold */
	uint64_t lost;             /* pages that could not be read */
	uint64_t lost_first;       /* number of the first of them, UINT64_MAX: none */
	uint64_t next;             /* first free byte of the target (image, kdump) */
	uint64_t room;             /* a file has got space up to here (kdump) */
	char why[200];
};

struct kj_dump {
	/* set by the caller */
	struct kj_amem *m;
	const char *prog;
	uint32_t codec; /* enum kj_codec; kdump: KJ_KDUMP_* */
	int level;      /* of the codec */
	uint32_t filter; /* KJ_LEVEL_*: what an ELF dump or a kdump leaves out */
	int flat;        /* kdump as a stream to standard output */
	int trim;        /* kdump: leave out struct pages that describe nothing in it */
	int fill;        /* image: A relies on the content of its free pages, and it is this: */
	uint64_t fill_pattern;
	int direct;      /* image: C need not hold it beside its kernel */
	int flag_zeros;  /* swsusp: zero pages as flagged numbers, C's kernel is 6.6 or later */
	unsigned int workers; /* 0: one for each CPU */
	int quiet;
	const volatile sig_atomic_t *interrupted;
	const char *target; /* its name, for messages */
	int fd;             /* the target; -1: standard output (elf) */
	int dfd;            /* the same opened O_DIRECT, or equal to fd */
	int is_dev;
	uint64_t capacity; /* bytes from 0 on that may be written; UINT64_MAX: as many as fit */
	uint8_t id[16];
	uint8_t label_uuid[16];
	uint64_t t_created;
	const struct kj_le_prints *prints; /* of what A has mounted; NULL: not known */
	const struct kj_le_key *key; /* image: what it is encrypted to; NULL: it is not */

	/* results */
	uint64_t bytes; /* of the target used */
	uint64_t total; /* pages to be dealt with */
	uint64_t trimmed; /* struct pages that ->trim has left out, in pages */
	unsigned int used_workers;
	uint64_t ms_classify, ms_copy; /* pass 1, pass 2 */

	/* private */
	struct kj_keep keep;
	struct kj_keep gone; /* ->fill: of the pages to leave out those that are not free */
	struct kj_dump_shared *sh;
	struct kj_claims *claims;
	size_t claims_len;
	uint64_t nunits;
	struct kj_sws *sws; /* of dump_swsusp.c */
	struct kj_seal *seal; /* ->key: shared with the workers, so that wiping it once is enough */
	struct kj_le_sealed sealed; /* ->key: the header that anybody can read */
};

/* What becomes of the work of a worker that dies by a signal. */
enum kj_redo {
	KJ_REDO_OPEN,  /* what it had not finished is done again */
	KJ_REDO_ALL,   /* everything is */
	KJ_REDO_NEVER, /* the dump has failed */
};

/* Allocate. @level as kj_classifier_open(), @cut as kj_keep_open(). */
int kj_dump_prepare(struct kj_dump *d, uint32_t level, const struct kj_ranges *cut);
/* The same, and count the pages that can be left out (pass 1). */
int kj_dump_open(struct kj_dump *d, uint32_t level, const struct kj_ranges *cut);
void kj_dump_close(struct kj_dump *d);

/*
 * Run @fn in workers until every batch of KJ_DUMP_BATCH units, or each of @n items, is claimed and
 * done. A worker that dies by a signal is made good, as @redo says, by one more round with a single
 * worker; with KJ_REDO_ALL @restart(@d) is called before it. Progress is shown if ->total is known.
 */
int kj_dump_run(struct kj_dump *d, int (*fn)(unsigned int nr, void *d), enum kj_redo redo,
		void (*restart)(struct kj_dump *d));
int kj_dump_run_items(struct kj_dump *d, uint32_t n, int (*fn)(unsigned int nr, void *d),
		      enum kj_redo redo, void (*restart)(struct kj_dump *d));

/* For workers: 1 when it is time to leave. */
int kj_dump_stopped(const struct kj_dump *d);

/* Note the first failure; returns @status. */
int kj_dump_fail(struct kj_dump *d, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for an I/O error -@err of @what (0 < -@err): ENOSPC, EIO, ... */
int kj_dump_fail_io(struct kj_dump *d, const char *what, int err);

/* Count the page at @pa, which could not be had: @err as kj_walk_page(). Any other error than -EFAULT,
 * -EIO and -ENXIO is a failure: an exit status. */
int kj_dump_no_page(struct kj_dump *d, uint64_t pa, int err);

/* Add what a batch came to. */
void kj_dump_count(struct kj_dump *d, uint64_t data, uint64_t zero, uint64_t left);

/* Write at @off of the target, past the page cache if that can be. @buf and both numbers aligned to
 * 4096. */
int kj_dump_write(struct kj_dump *d, const void *buf, size_t len, uint64_t off);

/* dump_image.c: physical view of a jump, image container. */
int kj_dump_image(struct kj_dump *d);
/* When ->sh says how many pages an image has: 0, or 75 if no C could load it. Only images on a target are
 * looked at. */
int kj_dump_loadable(struct kj_dump *d);
/* dump_head.c: fsync, state READY, header, fsync, read both back. @buf page aligned. */
#define KJ_DUMP_FINISH 24576u
int kj_dump_image_finish(struct kj_dump *d, uint8_t buf[KJ_DUMP_FINISH]);
/* dump_seal.c, nothing without ->key.  A new key for this image; for the one that is written over, a second one. */
int kj_dump_seal(struct kj_dump *d);
/* Wipe it. Nothing can be written any more. */
void kj_dump_seal_end(struct kj_dump *d);
/* Make a half written image or dump on a device unusable: its first blocks are zeroed, flushed.
 * 0 or -errno. */
int kj_dump_erase(int fd);

/* dump_elf.c: logical view, ELF core. */
int kj_dump_elf(struct kj_dump *d);

/* dump_kdump.c: logical view, kdump-compressed, as a file or a flattened stream. */
int kj_dump_kdump(struct kj_dump *d);

/* dump_swsusp.c: physical view of a jump, as the kernel's own loader wants it. */
int kj_dump_swsusp(struct kj_dump *d);

#endif
