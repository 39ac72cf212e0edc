// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An encrypted image opened for a restore. It must never change the image, whatever is typed.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/restore_run.h"
#include "cmd/lib/secret.h"
#include "sys/compat.h"
#include "sys/log.h"

int kj_restore_unlock(struct kj_restore *r)
{
	uint8_t secret[KJ_CRYPT_KEY];
	char why[KJ_SECRET_WHY];
	int err, status;

	if (!r->img.sealed)
		return 0;
	status = kj_secret_open(&r->img.sealed->key, r->path, r->key_file, r->ask, secret, why);
	if (status) {
		kj_log(KJ_LOG_ERR, "%s: %s", r->path, why);
		return status;
	}
	err = kj_img_unlock(&r->img, secret);
	kj_wipe(secret, sizeof(secret));
	if (!err)
		return 0;
	kj_log(KJ_LOG_ERR, "%s: %s", r->path, r->img.why);
	return err == -EBADMSG ? EX_DATAERR : err == -ENOMEM ? EX_TEMPFAIL : EX_IOERR;
}
