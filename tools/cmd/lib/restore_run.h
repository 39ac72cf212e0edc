/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One restore from the checks to the jump; must never leave LOADING or CONSUMED behind when it
 * comes back, and never come back when A runs.
 *
 * Each step returns 0 or an exit status (sysexits), having logged one line that says why.
 */
#ifndef KJ_CMD_RESTORE_RUN_H
#define KJ_CMD_RESTORE_RUN_H

#include <signal.h>

#include "cmd/lib/imgread.h"
#include "cmd/lib/restore_stream.h"
#include "core/restplan.h"

struct kj_restore {
	const char *path;
	const char *mbox_path;		/* file with the mailbox page for A, or NULL */
	uint32_t how;			/* enum kj_how: make that page, A comes back by it; KJ_HOW_NONE: do not */
	const char *key_file;		/* opens an encrypted image; NULL: whatever is there, or a person */
	const char *ask;		/* a program that asks that person; NULL: standard input */
	enum kj_path want;		/* KJ_PATH_AUTO, or what a person asked for */
	const char *kernel, *initrd;	/* for the direct path; that they are there is looked at */
	const char *append;		/* more words for that kernel, "" if none */
	uint32_t workers;
	uint32_t wait;			/* seconds for disks of A's that come late */
	int quiet;			/* no progress */
	volatile sig_atomic_t *stop;	/* set by a signal */
	struct kj_img img;
	struct kj_stream stream;
	uint8_t *tramp;			/* two pages: trampoline; mailbox, if A is told */
	uint32_t loads;			/* begun and not ended, this one included */
	uint64_t ms;			/* that the last stream took */
};

/* Open the image, for writing its state if @rw. Exit status 1: there is none. */
int kj_restore_open(struct kj_restore *r, int rw);
void kj_restore_close(struct kj_restore *r);

/* Open an encrypted image, by what kj_secret_open() finds; nothing if it is not encrypted. Before anything but the state is
 * looked at. */
int kj_restore_unlock(struct kj_restore *r);

/* Read the index and make the stream, mailbox included. */
int kj_restore_plan(struct kj_restore *r);

/* Verify every chunk; nothing is changed. */
int kj_restore_verify(struct kj_restore *r);

/* Is this the machine, does the person want it, and which path can this kernel take? One line says which and why. */
int kj_restore_guard(struct kj_restore *r, enum kj_path *ret);

/* The image's machine and @here with @ram: one line for what forbids a restore, or for each warning. */
int kj_restore_compare(struct kj_restore *r, const struct kj_le_host *here, const struct kj_ranges *ram);

/* What the state allows; marks an image STALE that was tried too often (status 1). */
int kj_restore_admit(struct kj_restore *r);

/* What the paths that load into this kernel share (restore_kexec.c): run the stream into ->sink, which is @to in a
 * message, with header and page numbers unless @bare; and, when a load has failed, make the image READY again and
 * return @status. */
int kj_restore_stream(struct kj_restore *r, const char *to, int bare);
int kj_restore_back(struct kj_restore *r, int status);

/* By /dev/snapshot: LOADING, the stream, CONSUMED, the jump. Returns only when that failed. */
int kj_restore_load(struct kj_restore *r);

#endif
