/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs of the administrator's that run before A is saved and when it runs again, with what is known as KEY=value in
 * their environment; must never make a failure of theirs look like one of the resume, nor a failed save like a good one.
 *
 * Ours: /etc/kjump/pre.d/ and post.d/, with pre or post and the mode as arguments. systemd's: those of
 * /usr/lib/systemd/system-sleep/, as systemd-sleep(8) runs them, but one after the other. Executable files whose names
 * do not begin with a dot, in the order of the bytes of their names.
 */
#ifndef KJ_CMD_FRONT_HOOKS_H
#define KJ_CMD_FRONT_HOOKS_H

#include "cmd/lib/front_run.h"

/* Before: ours first. The first of ours that fails ends it: 75, with one line. One of systemd's that fails is a warning.
 * @root is "" but in tests. */
int kj_hooks_pre(const char *root, const struct kj_run *r);
/* After, whatever came of it, which is @status: systemd's first. Each that fails is a warning. */
void kj_hooks_post(const char *root, const struct kj_run *r, int status);

#endif
