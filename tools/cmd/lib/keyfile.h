/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of `kjump init-key`: to what images are encrypted.  Must never hold a secret that is not encrypted.
 */
#ifndef KJ_CMD_KEYFILE_H
#define KJ_CMD_KEYFILE_H

#include <stddef.h>

#include "core/sealed.h"

#define KJ_KEYFILE_WHY 80u

/* 0, or an exit status: 66 it cannot be read, 65 it is damaged or something else; @why then says so, without the name. */
int kj_keyfile_read(const char *path, struct kj_le_key *ret, char why[KJ_KEYFILE_WHY]);
/* A new file, flushed, over an old one if @replace. 0 or -errno. */
int kj_keyfile_write(const char *path, const struct kj_le_key *k, int replace);

#endif
