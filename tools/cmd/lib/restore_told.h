/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Word of a resume that failed, left in the target's record for whoever boots on; must never touch the record of a job
 * whose image this was not.
 */
#ifndef KJ_CMD_RESTORE_TOLD_H
#define KJ_CMD_RESTORE_TOLD_H

#include <stdint.h>

/* Image @id on @path, which nobody has open, was not restored: @status is why, and @text in words. It may still be. */
void kj_restore_told_failed(const char *path, const uint8_t id[16], int status, const char *text);
/* It has been given up: the record is KJ_REC_LOST, and keeps what the above has left there. */
void kj_restore_told_lost(const char *path, const uint8_t id[16]);

#endif
