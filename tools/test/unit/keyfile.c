// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The key file: there and back, every reason to refuse one.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/keyfile.h"
#include "sys/io.h"
#include "tap.h"

static char path[4096], part[4200], why[KJ_KEYFILE_WHY];

static void put(const void *p, size_t len)
{
	int fd;

	unlink(path);
	fd = kj_open_new(path);
	if (fd < 0 || kj_write_full(fd, p, len) || kj_close(fd))
		exit(1);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP");
	struct kj_le_keyfile f;
	struct kj_le_key k, got;
	uint8_t raw[sizeof(f) + 1];
	struct stat st;
	size_t len;

	snprintf(path, sizeof(path), "%s/key", dir ? dir : "/tmp");
	snprintf(part, sizeof(part), "%s.part", path);
	unlink(path);
	memset(&k, 0x33, sizeof(k));
	k.kind = kj_put_le32(KJ_KEY_FILE);
	k.memory = k.passes = k.reserved = kj_put_le32(0);
	is(kj_keyfile_read(path, &got, why), EX_NOINPUT, "none there");
	is(kj_keyfile_write(path, &k, 0), 0, "write");
	is(stat(path, &st), 0, "is there");
	is(st.st_mode & 07777, 0600, "for nobody else");
	ok(access(part, F_OK), "under one name");
	memset(&got, 0, sizeof(got));
	is(kj_keyfile_read(path, &got, why), 0, "read");
	ok(!memcmp(&got, &k, sizeof(k)), "is the same");
	k.salt[0]++;
	is(-kj_keyfile_write(path, &k, 0), EEXIST, "not over another");
	is(kj_keyfile_write(path, &k, 1), 0, "unless told to");
	is(kj_keyfile_read(path, &got, why), 0, "read");
	ok(!memcmp(&got, &k, sizeof(k)), "is the new one");
	is(-kj_keyfile_write("/nonexistent/key", &k, 0), ENOENT, "no such directory");
	is(kj_slurp(path, (char *)raw, sizeof(raw), &len), 0, "its bytes");
	is(len, 256, "as many as there should be");
	raw[100]++;
	put(raw, 256);
	is(kj_keyfile_read(path, &got, why), EX_DATAERR, "a damaged one");
	is_str(why, "no key of kjump init-key: checksum mismatch", "says so");
	put(raw, 255);
	is(kj_keyfile_read(path, &got, why), EX_DATAERR, "one that is cut");
	is_str(why, "no key of kjump init-key: truncated", "says so");
	put(raw, 257);
	is(kj_keyfile_read(path, &got, why), EX_DATAERR, "one that is longer");
	is_str(why, "no key of kjump init-key: magic not found", "says so");
	memset(&f, 0, sizeof(f));
	kj_keyfile_seal(&f);
	put(&f, sizeof(f));
	is(kj_keyfile_read(path, &got, why), EX_DATAERR, "one without a key");
	unlink(path);
	return tap_done();
}
