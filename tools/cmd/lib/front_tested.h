/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * That `kjump test` has passed, remembered for `kjump hibernate`; must never hold for another kernel, or another kernel
 * B, than it was.
 */
#ifndef KJ_CMD_FRONT_TESTED_H
#define KJ_CMD_FRONT_TESTED_H

#include <stdint.h>

#include "cmd/lib/front.h"

#define KJ_TESTED_WHY 256

/* What was tested. */
struct kj_tested {
	char release[65];
	uint64_t kernel;	/* of the running kernel: version text and build id */
	uint64_t b;		/* of B: kernel and initramfs files, window, command line */
	uint64_t when;		/* seconds since 1970 */
};

/* As things are now.  0, or an exit status after one line.  @root is "" but in tests. */
int kj_tested_now(const char *root, const struct kj_front *f, struct kj_tested *ret);
/* Keep it: in /var/lib/kjump, or in /run/kjump until the next boot.  0 and where in @path, or -errno. */
int kj_tested_write(const char *root, const struct kj_tested *t, char path[KJ_FRONT_TEXT]);
/* Has it passed as things are in @now?  1: yes, and *when; 0: no, and in @why the reason. */
int kj_tested_passed(const char *root, const struct kj_tested *now, uint64_t *when, char why[KJ_TESTED_WHY]);

#endif
