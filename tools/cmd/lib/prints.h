/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fingerprints of file systems on the devices of this machine: found by what they are, taken, compared; must never
 * mount or write anything.
 */
#ifndef KJ_CMD_PRINTS_H
#define KJ_CMD_PRINTS_H

#include <stdint.h>

#include "core/fsprint.h"

#define KJ_PRINTS_WHY 256

/* What is on an open device or file of @size bytes: kind, uuid, size and, if @take, sum; partuuid is left zero.  As
 * kj_print_identify() and kj_print_take(). */
enum kj_err kj_prints_of(int fd, uint64_t size, int take, struct kj_le_print *ret);

/* B: find each file system of @p and set its sum.  0 or an exit status, with one line in @why: 66 it is on no device
 * here, 65 it is on more than one, or damaged; 74. */
int kj_prints_take(struct kj_le_prints *p, char why[KJ_PRINTS_WHY]);

/* C: is each of them as it was?  0; the above; 65: one was written since.  One that is not there is waited for, @wait
 * seconds altogether. */
int kj_prints_compare(const struct kj_le_prints *p, unsigned int wait, char why[KJ_PRINTS_WHY]);

/* "ext file system 0123...": for messages. */
void kj_prints_text(const struct kj_le_print *f, char *text, unsigned int cap);

#endif
