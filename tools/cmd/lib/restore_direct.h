/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The direct path, both halves. Kernel C verifies the image and enters, by a plain kexec, a kernel that owns nothing but
 * the image's window (C2); that one writes all other memory and jumps. Must never write a page while C2 owns a page
 * outside the window.
 *
 * As in restore_run.h each step returns 0 or an exit status, having logged one line that says why.
 */
#ifndef KJ_CMD_RESTORE_DIRECT_H
#define KJ_CMD_RESTORE_DIRECT_H

#include "cmd/lib/restore_run.h"

/* C: verify, load C2, mark LOADING, go. Returns only when that failed; the image is then as it was. */
int kj_direct_enter(struct kj_restore *r);

/* C2: for image @id, which C has marked LOADING, after kj_restore_open() and kj_restore_plan(): guards, kexec_load, all
 * pages, CONSUMED, the jump. Returns only when that failed, with the image LOADING still: what is left is a reset, and
 * the next boot counts. kj_direct_unlock() comes behind kj_direct_admit(), and opens an encrypted image by the key that
 * C has handed on. */
int kj_direct_admit(struct kj_restore *r, const uint8_t id[16]);
int kj_direct_unlock(struct kj_restore *r);
int kj_direct_write(struct kj_restore *r);

#endif
