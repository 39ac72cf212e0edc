/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A key of type "user" in the kernel's keyrings, as systemd-ask-password --keyname= and keyctl(1) leave one; must never
 * make one.
 */
#ifndef KJ_SYS_KEYRING_H
#define KJ_SYS_KEYRING_H

#include <stddef.h>
#include <stdint.h>

/* The payload of the key @name of this user's or this session's keyring.  0; -ENOKEY: there is none, or the kernel has
 * no keyrings; -EFBIG: more than @cap bytes; -errno. */
int kj_keyring_read(const char *name, void *buf, size_t cap, size_t *ret);
/* Make the kernel forget it. */
int kj_keyring_drop(const char *name);

#endif
