/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress line on stderr, once a second at most; must never go to the kernel's log, which
 * drops what comes too fast.
 */
#ifndef KJ_CMD_PROGRESS_H
#define KJ_CMD_PROGRESS_H

#include "core/progress.h"

struct kj_meter {
	struct kj_progress p;
	const char *prog; /* program name, in front of the line */
	int quiet;
	int tty;     /* rewrite the line in place */
	int on_line; /* the cursor stands behind one */
};

/* @total bytes. */
void kj_meter_start(struct kj_meter *m, const char *prog, uint64_t total, int quiet);
/* Show `PROG: 43 % 256 of 600 MiB, 81 MiB/s, 4 s left` if it is time. */
void kj_meter_update(struct kj_meter *m, uint64_t done);
/* End an open line. Call it before anything else is printed. */
void kj_meter_end(struct kj_meter *m);
/* Nanoseconds of the clock that meters use. */
uint64_t kj_meter_now(void);

#endif
