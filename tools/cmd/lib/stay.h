/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel B that stays in memory between two snapshots: who holds its pages for the job, and which image it is; must never
 * take an image for that B that somebody else has loaded.
 *
 * One process of kjump goes on, the holder, for a page stays pinned as long as its process lives. A file says what there is,
 * and is locked as long as that process lives. B ends with its holder.
 */
#ifndef KJ_CMD_STAY_H
#define KJ_CMD_STAY_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/lib/kcore.h"
#include "sys/pin.h"

#define KJ_STAY_FILE "/run/kjump/stays"

struct kj_stay {
	int fd;				/* of the file; -1: none */
	uint32_t pid;			/* of the holder */
	uint32_t jobs;			/* that B has done */
	uint64_t made_of;		/* a sum: which files and settings B was loaded from */
	uint64_t va[KJ_PIN_PAGES];	/* of the job block and the mailbox in the holder */
	uint64_t pa[KJ_PIN_PAGES];
	uint8_t nonce[KJ_PIN_PAGES][16];
	struct kj_kimage image;
};

/* Is there one? 0, and ->fd is open; -ENOENT: no; -ESRCH: its holder is gone, so it cannot be used; -EBADMSG: the file is none
 * of ours. @root is put before the paths: "" but in tests. */
int kj_stay_open(const char *root, struct kj_stay *s);
/* By the holder: make the file, lock it, and write it; ->fd is set. 0 or -errno. */
int kj_stay_make(const char *root, struct kj_stay *s);
/* Write what has changed. 0 or -errno. */
int kj_stay_write(const struct kj_stay *s);
/* -1 in ->fd is accepted. */
void kj_stay_close(struct kj_stay *s);

/* 0: B is still what is loaded, and the pages are where B looks for them; -ESTALE: no. */
int kj_stay_check(const char *root, const struct kj_stay *s);
/* Page @n of the holder, 4096 bytes. 0 or -errno. */
int kj_stay_put(const struct kj_stay *s, unsigned int n, const uint8_t *page);
int kj_stay_get(const struct kj_stay *s, unsigned int n, uint8_t *page);

/* The image is not loaded any more: end the holder, if there is one, and remove the file. */
void kj_stay_end(const char *root);

#endif
