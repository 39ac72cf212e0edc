/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * B's initramfs against what it is made of; must never write to it.
 */
#ifndef KJ_CMD_FRONT_IMAGE_H
#define KJ_CMD_FRONT_IMAGE_H

#include "cmd/lib/front.h"

enum kj_front_image_state { KJ_FRONT_CURRENT, KJ_FRONT_OLD, KJ_FRONT_MISSING };

struct kj_front_image {
	enum kj_front_image_state state;
	char release[64];		/* of the kernel, "" if it does not say */
	char newer[KJ_FRONT_TEXT];	/* what changed since the initramfs was built; "" */
};

/*
 * An initramfs is old when configuration, kernel (or the link that names it), the modules of its release if some are asked
 * for, programs that run before and after a dump, our programs, our initramfs files or busybox came into their present
 * state after it was written: by ctime, for a package manager gives files the date of their making.  @root is put before
 * /lib/modules.
 * 0, or an exit status after one line: no kernel (66), a file that is none (65).
 */
int kj_front_image_look(const struct kj_front *f, const char *conf, const char *root, struct kj_front_image *ret);

/* front_crash.c: the same as a line of kjump status. 1: current. */
int kj_front_image_line(const struct kj_front *f, const char *conf, const char *root);

#endif
