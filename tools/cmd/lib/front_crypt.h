/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What B has to know of the encrypted device that a target is on: its table, and the key; must never let the key get
 * anywhere but into the job block, in a log or on a command line least of all.
 */
#ifndef KJ_CMD_FRONT_CRYPT_H
#define KJ_CMD_FRONT_CRYPT_H

#include "cmd/lib/front.h"
#include "core/job.h"

/*
 * Fill @ret for the open target @t: zeros if its device is not encrypted. A key that the kernel keeps in its keyring
 * cryptsetup gets from the LUKS header, with what is in the file @key, or, if that is "", with a passphrase that a
 * person types. All of it is tried before it is believed. @ret is locked into memory, or a warning says why not.
 * 0 or an exit status, with one line on stderr. The caller wipes @ret.
 */
int kj_front_crypt(const struct kj_front_target *t, const char *key, struct kj_le_dmcrypt *ret);

/* Will anybody be able to open that device again when the machine has been off? Of a LUKS volume its header says so;
 * others often have a random key, swap above all. 0; 69, or with @force a warning. */
int kj_front_crypt_lasts(const struct kj_front_target *t, int force);

/* What B may write there, once the target's extents are known. */
void kj_front_crypt_limit(const struct kj_front_target *t, struct kj_le_dmcrypt *c);

#endif
