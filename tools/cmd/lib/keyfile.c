// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading and writing the key file. It must never leave half of one under its name.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/keyfile.h"
#include "cmd/lib/record.h"
#include "sys/io.h"

int kj_keyfile_read(const char *path, struct kj_le_key *ret, char why[KJ_KEYFILE_WHY])
{
	char buf[sizeof(struct kj_le_keyfile) + 1];
	struct kj_le_keyfile f;
	enum kj_err e = KJ_ETRUNC;
	size_t len = 0;
	int err = kj_slurp(path, buf, sizeof(buf), &len);

	if (err && err != -EFBIG) {
		snprintf(why, KJ_KEYFILE_WHY, "%s", strerror(-err));
		return EX_NOINPUT;
	}
	if (err)
		e = KJ_EMAGIC;
	if (!err && len == sizeof(f)) {
		memcpy(&f, buf, sizeof(f));
		e = kj_keyfile_check(&f);
	}
	if (!e) {
		*ret = f.key;
		return 0;
	}
	snprintf(why, KJ_KEYFILE_WHY, "no key of kjump init-key: %s", kj_strerror(e));
	return EX_DATAERR;
}

int kj_keyfile_write(const char *path, const struct kj_le_key *k, int replace)
{
	struct kj_le_keyfile f;
	char part[512];
	int fd, err, n = snprintf(part, sizeof(part), "%s.part", path);

	if (n < 0 || (size_t)n >= sizeof(part))
		return -ENAMETOOLONG;
	if (!replace && !access(path, F_OK))
		return -EEXIST;
	memset(&f, 0, sizeof(f));
	f.created = kj_put_le64(kj_record_now());
	f.key = *k;
	kj_keyfile_seal(&f);
	(void)unlink(part);
	fd = kj_open_new(part);
	if (fd < 0)
		return fd;
	err = kj_write_full(fd, &f, sizeof(f));
	if (!err)
		err = kj_fsync(fd);
	n = kj_close(fd);
	if (!err)
		err = n;
	if (!err && rename(part, path))
		err = -errno;
	if (err)
		(void)unlink(part);
	return err;
}
