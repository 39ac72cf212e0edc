// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opening a key by a file, the kernel's keyring and a person, right and wrong.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/secret.h"
#include "sealvec.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/keyring.h"
#include "sys/log.h"
#include "tap.h"

static char path[4096], why[KJ_SECRET_WHY];
static uint8_t sk[KJ_CRYPT_KEY];
static struct kj_le_key key, filekey;

static const char *file(const void *text, size_t len)
{
	int fd;

	unlink(path);
	fd = kj_open_new(path);
	if (fd < 0 || kj_write_full(fd, text, len) || kj_close(fd))
		exit(1);
	return path;
}

/* What a person types. */
static void typed(const char *text, size_t len)
{
	int fd[2];

	if (pipe(fd) || write(fd[1], text, len) != (ssize_t)len || dup2(fd[0], STDIN_FILENO) != STDIN_FILENO)
		exit(1);
	close(fd[0]);
	close(fd[1]);
}

static int right(void)
{
	int good = sk[0] == 0x40 && sk[31] == 0x5f;

	memset(sk, 0, sizeof(sk));
	return good;
}

static void test_files(void)
{
	static uint8_t bytes[KJ_CRYPT_SECRET_MAX + 3];
	static struct kj_secret s;

	for (unsigned int i = 0; i < 64; i++)
		bytes[i] = (uint8_t)i;
	is(kj_secret_open(&filekey, "x", file(bytes, 64), NULL, sk, why), 0, "a key file");
	ok(right(), "opens it");
	is(kj_secret_open(&filekey, "x", file(bytes, 63), NULL, sk, why), EX_NOPERM, "another one");
	ok(strstr(why, "/secret: wrong key file"), "says so: %s", why);
	is(kj_secret_open(&key, "x", file("kjump test\nmore\n", 16), NULL, sk, why), 0, "a passphrase in a file, its first line");
	ok(right(), "opens it");
	is(kj_secret_open(&key, "x", file("kjump tes\n", 10), NULL, sk, why), EX_NOPERM, "another one");
	ok(strstr(why, "/secret: wrong passphrase"), "says so: %s", why);
	is(kj_secret_open(&key, "x", file("\nkjump test", 11), NULL, sk, why), EX_NOINPUT, "an empty line");
	ok(strstr(why, "/secret: is empty"), "says so: %s", why);
	is(kj_secret_open(&key, "x", "/nonexistent", NULL, sk, why), EX_NOINPUT, "none");
	is_str(why, "/nonexistent: No such file or directory", "says so");
	is(kj_secret_file(file(bytes, KJ_CRYPT_SECRET_MAX), KJ_KEY_FILE, &s), 0, "the longest");
	is(s.len, KJ_CRYPT_SECRET_MAX, "is whole");
	is(-kj_secret_file(file(bytes, KJ_CRYPT_SECRET_MAX + 1), KJ_KEY_FILE, &s), EFBIG, "one byte more");
	is(-kj_secret_file(file(bytes, KJ_CRYPT_SECRET_MAX + 2), KJ_KEY_FILE, &s), EFBIG, "and one more");
	is(-kj_secret_file(file(bytes, 0), KJ_KEY_FILE, &s), ENODATA, "an empty file");
	key.passes = kj_put_le32(0);
	is(kj_secret_open(&key, "x", file("kjump test", 10), NULL, sk, why), EX_DATAERR, "a key that cannot be");
	memcpy(&key, vec_key, sizeof(key));
	unlink(path);
}

static void test_person(void)
{
	static char lines[KJ_CRYPT_SECRET_MAX + 64];

	typed("kjump test\n", 11);
	is(kj_secret_open(&key, "x", NULL, NULL, sk, why), 0, "the passphrase, typed");
	ok(right(), "opens it");
	typed("a\nb\nkjump test\n", 15);
	is(kj_secret_open(&key, "x", NULL, NULL, sk, why), 0, "at the third try");
	ok(right(), "opens it");
	typed("a\nb\nc\nkjump test\n", 17);
	is(kj_secret_open(&key, "x", NULL, NULL, sk, why), EX_NOPERM, "not at the fourth");
	is_str(why, "wrong passphrase", "says so");
	typed("a\n", 2);
	is(kj_secret_open(&key, "x", NULL, NULL, sk, why), EX_NOPERM, "the line is closed");
	is_str(why, "no passphrase", "says so");
	memset(lines, 'a', KJ_CRYPT_SECRET_MAX);
	memcpy(lines + KJ_CRYPT_SECRET_MAX, "aa\nkjump test\n", 14);
	typed(lines, KJ_CRYPT_SECRET_MAX + 14);
	is(kj_secret_open(&key, "x", NULL, NULL, sk, why), 0, "one that is too long is wrong, and no more");
	ok(right(), "opens it");
	is(kj_secret_open(&filekey, "x", NULL, NULL, sk, why), EX_NOINPUT, "nobody can type a key file");
	is_str(why, "/etc/kjump.secret: No such file or directory", "says so");
}

/* A script as the program that asks; nothing that it needs is in standard input. */
static int asks(const char *script)
{
	typed("kjump test\n", 11);
	file(script, strlen(script));
	if (chmod(path, 0700))
		exit(1);
	return kj_secret_open(&key, "x", NULL, path, sk, why);
}

static void test_program(void)
{
	static struct kj_secret s;

	is(asks("#!/bin/sh\n[ \"$1\" = 'passphrase for x: ' ] && printf 'kjump test\\nmore\\n'\n"), 0,
	   "a program is told for what, and its first line counts");
	ok(right(), "opens it");
	is(asks("#!/bin/sh\nprintf 'kjump test'\n"), 0, "without an end of the line");
	ok(right(), "opens it");
	is(asks("#!/bin/sh\necho >>$0.n\n[ $(wc -l <$0.n) -lt 3 ] && echo a && exit\nrm $0.n\necho kjump test\n"), 0,
	   "at the third try");
	ok(right(), "opens it");
	is(asks("#!/bin/sh\necho a\n"), EX_NOPERM, "not at the fourth");
	is_str(why, "wrong passphrase", "says so");
	is(asks("#!/bin/sh\necho kjump test\nexit 1\n"), EX_TEMPFAIL, "one that fails");
	is_str(why, "nobody typed the passphrase", "says so");
	is(asks("#!/bin/sh\necho\n"), EX_NOPERM, "an empty line");
	is_str(why, "no passphrase", "says so");
	is(-kj_secret_program("/nonexistent", "", &s), ECANCELED, "one that is not there");
	asks("#!/bin/sh\nhead -c 9000 /dev/zero | tr '\\0' a\n");
	is_str(why, "wrong passphrase", "one that is too long is wrong, and no more");
	is(-kj_secret_program(path, "", &s), E2BIG, "by its own name");
}

static int add(const void *payload, size_t len)
{
	/* into the session's keyring, which ends with us */
	const long r = kj_syscall(__NR_add_key, (long)"user", (long)KJ_SECRET_KEY, (long)payload, (long)len, -3, 0);

	return r < 0 ? (int)r : 0;
}

static void test_keyring(void)
{
	static struct kj_secret s;

	if (!kj_keyring_read(KJ_SECRET_KEY, s.b, sizeof(s.b), &s.len)) {
		skip("somebody's key is in the keyring");
		return;
	}
	is(-kj_secret_keyring(KJ_KEY_FILE, &s), ENOKEY, "no key in the keyring");
	/* a keyring of our own: KEYCTL_JOIN_SESSION_KEYRING */
	if (kj_syscall(__NR_keyctl, 1, 0, 0, 0, 0, 0) < 0 || add("kjump test\0more", 15)) {
		skip("this kernel, or who runs it, does not give us a keyring");
		return;
	}
	is(-kj_keyring_read(KJ_SECRET_KEY, s.b, 3, &s.len), EFBIG, "more than there is room for");
	is(kj_secret_keyring(KJ_KEY_PASSPHRASE, &s), 0, "the keyring's");
	is(s.len, 10, "up to its first 0");
	is(kj_secret_keyring(KJ_KEY_FILE, &s), 0, "as bytes");
	is(s.len, 15, "all of it");
	is(kj_secret_open(&key, "x", NULL, NULL, sk, why), 0, "opens a key");
	ok(right(), "the right one");
	is(-kj_secret_keyring(KJ_KEY_FILE, &s), ENOKEY, "and is gone");
	is(add("wrong", 5), 0, "another");
	typed("kjump test\n", 11);
	is(kj_secret_open(&key, "x", NULL, NULL, sk, why), 0, "a wrong one is not the end");
	ok(right(), "a person is asked");
	is(kj_keyring_drop(KJ_SECRET_KEY), 0, "drop it");
	is(-kj_keyring_drop(KJ_SECRET_KEY), ENOKEY, "it is not there");
}

int main(void)
{
	const char *dir = getenv("KJ_TMP");

	/* prompts would stand in front of our own lines */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	kj_log_init("secret");
	kj_log_limit(KJ_LOG_ERR);
	snprintf(path, sizeof(path), "%s/secret", dir ? dir : "/tmp");
	memcpy(&key, vec_key, sizeof(key));
	memcpy(&filekey, vec_filekey, sizeof(filekey));
	/* before it could change what the others find */
	test_keyring();
	test_files();
	test_person();
	test_program();
	return tap_done();
}
