/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kexec path: the image is loaded in stages into this kernel, which enters it by a plain kexec. Must never mark the
 * image CONSUMED before the kernel holds all of it.
 */
#ifndef KJ_CMD_RESTORE_KEXEC_H
#define KJ_CMD_RESTORE_KEXEC_H

#include "cmd/lib/restore_run.h"

/* LOADING, the stream, CONSUMED, the jump, as kj_restore_load() does it. Returns only when that failed, with an exit
 * status and one line that says why; the image is READY again. What the kernel had loaded is kept until it has all of
 * the image, and nothing is begun where that is another program's. */
int kj_kexec_restore(struct kj_restore *r);

/* Bytes of memory that it takes itself, beside the runs of pages. */
uint64_t kj_kexec_memory(void);

/* ---- for tests ---- */

/* 0; EX_TEMPFAIL and a line: another program's image is loaded, by what is below @root, "" but in tests. */
int kj_kexec_admit(const struct kj_restore *r, const char *root);

/* Exit status for what kj_stage_open() or kj_stage_commit() has said. */
int kj_kexec_status(int err);

/* Where pages go: to @fd, at the addresses that @runs gives one after another, many at a time. All zero but these. */
struct kj_kexec_sink {
	int fd;
	const struct kj_runs *runs;
	struct kj_runs_at at;
	uint8_t *buf;			/* KJ_KEXEC_BUF bytes */
	uint64_t pfn;			/* of the first page in it */
	uint64_t n;			/* pages in it */
};

#define KJ_KEXEC_BUF (256u << 10)

/* struct kj_stream's sink. 0; -EMSGSIZE: a page more than @runs has; what the file says. */
int kj_kexec_take(void *ctx, const uint8_t page[4096]);
/* What is still in the buffer. */
int kj_kexec_flush(struct kj_kexec_sink *s);

#endif
