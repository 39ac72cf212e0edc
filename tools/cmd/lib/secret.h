/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a passphrase or a key comes from: a file, the kernel's keyring, a person; and opening an image with it.  Must
 * never print one, or leave one in memory of its own.
 */
#ifndef KJ_CMD_SECRET_H
#define KJ_CMD_SECRET_H

#include <stdint.h>

#include "cmd/lib/crypt.h"

#define KJ_SECRET_FILE "/etc/kjump.secret"	/* where initramfs/build puts key_file */
#define KJ_SECRET_KEY "kjump"			/* name of the key in the kernel's keyring */
#define KJ_SECRET_WHY 160u

struct kj_secret {
	size_t len;
	uint8_t b[KJ_CRYPT_SECRET_MAX + 2];
};

/* A whole file; for KJ_KEY_PASSPHRASE its first line.  -ENODATA: it is empty; -EFBIG; -errno. */
int kj_secret_file(const char *path, enum kj_key_kind kind, struct kj_secret *ret);
/* The key of that name; for KJ_KEY_PASSPHRASE up to its first 0, for systemd keeps several. As kj_keyring_read(), and
 * -ENODATA. */
int kj_secret_keyring(enum kj_key_kind kind, struct kj_secret *ret);
/* A line of standard input behind @prompt on stderr.  As kj_ask(), and -ENODATA for an empty line. */
int kj_secret_ask(const char *prompt, unsigned int seconds, struct kj_secret *ret);

/* The first line that @program, a path, prints when it is run with @prompt as its argument.  -ENODATA: that line is empty;
 * -E2BIG; -ECANCELED: it did not end with status 0; -errno. */
int kj_secret_program(const char *program, const char *prompt, struct kj_secret *ret);

/* The secret half of @k by whichever of these is there: @file if it is given, else the keyring, else KJ_SECRET_FILE or, for
 * a passphrase, a person, who may try three times: on standard input, or by the program @ask if that is given.  0 or an
 * exit status; @why is then one line, to be printed behind the name of @what, and what went wrong before the last try has
 * been logged. */
int kj_secret_open(const struct kj_le_key *k, const char *what, const char *file, const char *ask,
		   uint8_t ret[KJ_CRYPT_KEY], char why[KJ_SECRET_WHY]);

#endif
